"""Splits as files: what peers may see, and apart from it what they are to find.

    FOLDER/DATASET/PROTOCOL/{validation,test}.npz            events to fit on, and histories to score
    FOLDER/DATASET/PROTOCOL/{validation,test}-answers.npz    what is to be found, and what is no candidate

The validation part of a protocol is the same protocol once more, within what the test part may be fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation.protocols import Case, Split, leave_one_out, newcomers, temporal
from retrieval.evaluation.ranking import NEWCOMER_LIKES, WINDOWS
from retrieval.rankers.holdout import user_starts
from retrieval.schema import IntArray, Interactions

Ints = NDArray[np.int64]
PARTS = ("validation", "test")
NEWCOMERS = "newcomers"
LEAVE_ONE_OUT = "leave_one_out"
TOLD = tuple(likes for likes in NEWCOMER_LIKES if likes)
"""How many likes newcomers tell: who tells nothing has no history for a peer to fold in."""
ROLLING = tuple(f"temporal_{round(100 * end)}" for end in WINDOWS)
"""The temporal protocol by the share of the events, in per cent, at which the data end."""


def all_newcomers(interactions: Interactions, seed: int = 0) -> Split:
    """The newcomers of every number of likes told, in turn: one fit serves them all.

    The validation part needs a seed of its own: the same draw of users is the one that is left out already.
    """
    splits = [newcomers(interactions, likes, seed=seed, most=max(TOLD)) for likes in TOLD]
    return replace(splits[0], cases=tuple(case for split in splits for case in split.cases))


def _temporal(end: float) -> Callable[[Interactions, str], Split]:
    return lambda interactions, part: temporal(interactions, end if part == "test" else 1.0)


PROTOCOLS: dict[str, Callable[[Interactions, str], Split]] = {
    LEAVE_ONE_OUT: lambda interactions, _: leave_one_out(interactions),
    **{name: _temporal(end) for name, end in zip(ROLLING, WINDOWS, strict=True)},
    NEWCOMERS: lambda interactions, part: all_newcomers(interactions, PARTS[::-1].index(part)),
}


def both(interactions: Interactions, protocol: str) -> dict[str, Split]:
    """The split of each part."""
    test = PROTOCOLS[protocol](interactions, "test")
    return {"validation": PROTOCOLS[protocol](test.fitted, "validation"), "test": test}


def export(interactions: Interactions, n_items: int, protocol: str, folder: Path) -> None:
    """Write both parts to `folder`, the answers last."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, split in both(interactions, protocol).items():
        np.savez(folder / f"{part}.npz", **_visible(split, n_items))
        np.savez(folder / f"{part}-answers.npz", **_answers(split.cases))


def exported(folder: Path) -> bool:
    """Whether `export` has finished here."""
    return (folder / f"{PARTS[-1]}-answers.npz").exists()


@dataclass(frozen=True)
class Answers:
    """What to find in each case, what is no candidate, whose case it is, and how many events its history has."""

    users: Ints
    lengths: Ints
    relevant: tuple[IntArray, ...]
    excluded: tuple[IntArray, ...]

    @classmethod
    def read(cls, folder: Path, part: str) -> Answers:
        with np.load(folder / f"{part}-answers.npz") as arrays:
            return cls(
                arrays["users"],
                arrays["lengths"],
                *(tuple(np.split(arrays[name], arrays[f"{name}_ends"])) for name in ("relevant", "excluded")),
            )


def _visible(split: Split, n_items: int) -> dict[str, Any]:
    """The fields of `scripts/part.py`. Histories are whole, where our own models are given the latest 200 events."""
    fitted = split.fitted
    starts = user_starts(fitted)
    items, strengths, times = zip(*_histories(split.cases, fitted, starts), strict=True)
    return {
        "n_items": n_items,
        "n_users": len(fitted.user_ids),
        "users": fitted.users,
        "items": fitted.items,
        "strengths": fitted.strengths,
        "times": fitted.times,
        "case_users": np.array([c.user if starts[c.user] < starts[c.user + 1] else -1 for c in split.cases]),
        "case_times": np.array([case.history.now for case in split.cases]),
        "told": np.cumsum([0, *map(len, items)]),
        "told_items": np.concatenate(items),
        "told_strengths": np.concatenate(strengths),
        "told_times": np.concatenate(times),
    }


def _histories(cases: Sequence[Case], fitted: Interactions, starts: IntArray) -> Iterator[tuple[NDArray[Any], ...]]:
    """Items, strengths and times of everything that a case's user did before; of a newcomer, what is told."""
    for case in cases:
        own = slice(int(starts[case.user]), int(starts[case.user + 1]))
        if own.start < own.stop:
            yield fitted.items[own], fitted.strengths[own], fitted.times[own]
        else:
            told = case.history.events
            strengths = np.array([event.strength for event in told], dtype=np.float32)
            yield np.array([event.item for event in told]), strengths, np.array([event.time for event in told])


def _answers(cases: Sequence[Case]) -> dict[str, Any]:
    return {
        "users": np.array([case.user for case in cases], dtype=np.int64),
        "lengths": np.array([len(case.history.events) for case in cases], dtype=np.int64),
        "relevant": np.concatenate([case.relevant for case in cases]),
        "relevant_ends": np.cumsum([len(case.relevant) for case in cases])[:-1],
        "excluded": np.concatenate([case.excluded for case in cases]),
        "excluded_ends": np.cumsum([len(case.excluded) for case in cases])[:-1],
    }
