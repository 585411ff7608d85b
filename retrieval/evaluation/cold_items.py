"""How well items that no training ever saw are ranked, by what is known of them besides behaviour.

Some of the items that people met are drawn and left out of all training with all their events. For each user who met
any of them, by a history without them and at the data's end, the left-out items are ranked among themselves; those
that the user met are to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from retrieval.evaluation.intervals import interval
from retrieval.evaluation.metrics import auc, ndcg, ranks
from retrieval.evaluation.protocols import RECENT
from retrieval.rankers import Blend
from retrieval.rankers.additive import event_rows
from retrieval.rankers.holdout import events, user_starts
from retrieval.rankers.item_item import strengths
from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import FloatArray, History, IntArray, Interactions

SHARE, FEWEST = 0.1, 10
"""Share of the items with at least FEWEST events that are left out: 114 of MovieLens 100K's."""
Score = Callable[[History], FloatArray]
"""Scores of the left-out items, in their order."""


@dataclass(frozen=True)
class ColdCase:
    """One user: a history without the left-out items, and the places, among those, of the ones to find."""

    user: int
    history: History
    relevant: IntArray


@dataclass(frozen=True)
class ColdSplit:
    """`items` are left out altogether, ascending; `fitted` has none of their events."""

    items: IntArray
    fitted: Interactions
    cases: tuple[ColdCase, ...]


def held_out_items(interactions: Interactions, n_items: int, seed: int) -> ColdSplit:
    """A split by items; users none of whose events would be left are no case."""
    counts = np.bincount(interactions.items, minlength=n_items)
    met = np.flatnonzero(counts >= FEWEST)
    left_out = np.sort(np.random.default_rng(seed).permutation(met)[: round(SHARE * len(met))])
    gone = np.isin(interactions.items, left_out)
    starts = user_starts(interactions)
    cases = []
    for user in range(len(interactions.user_ids)):
        positions = np.arange(starts[user], starts[user + 1])
        known, found = positions[~gone[positions]], interactions.items[positions[gone[positions]]]
        if len(known) and 0 < len(np.unique(found)) < len(left_out):
            places = np.searchsorted(left_out, np.unique(found))
            cases.append(ColdCase(user, History(events(interactions, known[-RECENT:])), places))
    return ColdSplit(left_out, subset(interactions, ~gone), tuple(cases))


def cold_items(
    interactions: Interactions,
    n_items: int,
    features: FloatArray,
    vectors: FloatArray,
    seeds: tuple[int, ...] = (0,),
    progress: Callable[[float], None] = lambda _done: None,
) -> dict[str, dict[str, float]]:
    """By model: `auc` and `ndcg@10`, means over users and `seeds` with 95 % intervals (`_low`, `_high`) by bootstrap
    over users; `items` and `users` are how many there were. `features` and `vectors` are of the items, by row.

    `random`; `true_popularity`, which knows how many people met each of the items; `text_profile`, likeness to the mean
    text of what was liked; the event parts alone (`ease`, `taste` and so on), completed; `blend`, as served.
    """
    rows: dict[str, list[tuple[float, float]]] = {}
    users: list[int] = []
    items: set[int] = set()
    for place, seed in enumerate(seeds):
        split = held_out_items(interactions, n_items, seed)
        if not split.cases:
            continue
        for name, score in scorers(interactions, n_items, features, vectors, split, seed).items():
            rows.setdefault(name, []).extend(judged(score, case, len(split.items)) for case in split.cases)
        users += [case.user for case in split.cases]
        items |= set(split.items.tolist())
        progress((place + 1) / len(seeds))
    return {name: _summary(np.array(found), np.array(users), len(items)) for name, found in rows.items() if found}


def scorers(
    interactions: Interactions, n_items: int, features: FloatArray, vectors: FloatArray, split: ColdSplit, seed: int
) -> Mapping[str, Score]:
    """What is compared, fitted without the left-out items."""
    rng, left_out = np.random.default_rng(seed), split.items
    counts = np.bincount(interactions.items, minlength=n_items)[left_out].astype(np.float32)
    blend = Blend.fit(split.fitted, n_items, features=features)
    blend.complete(features)
    parts = (blend.ease, blend.taste, blend.cosine, blend.content, blend.sequence)
    weights = {part.name: part.event_weights for part in parts if part is not None}

    def part(name: str) -> Score:
        rows = blend.matrices()[name]
        return lambda history: rows.weighted_sum(event_rows(history), weights[name](history))[left_out]

    def text_profile(history: History) -> FloatArray:
        told = event_rows(history)
        liked = told[strengths(history) >= LIKED]
        profile = vectors[liked if len(liked) else told].mean(axis=0)
        return np.asarray(vectors[left_out] @ profile, dtype=np.float32)

    return {
        "random": lambda _history: rng.random(len(left_out), dtype=np.float32),
        "true_popularity": lambda _history: counts,
        "text_profile": text_profile,
        **{name: part(name) for name in weights},
        "blend": lambda history: blend.score(history)[left_out],
    }


def judged(score: Score, case: ColdCase, n_candidates: int) -> tuple[float, float]:
    """AUC and NDCG@10 of one case among the left-out items."""
    found = ranks(score(case.history), case.relevant, np.zeros(0, dtype=np.int64))
    return auc(found, n_candidates), ndcg(found, 10)


def _summary(found: FloatArray, users: IntArray, n_items: int) -> dict[str, float]:
    out: dict[str, float] = {"items": n_items, "users": len(np.unique(users))}
    for name, values in zip(("auc", "ndcg@10"), found.T.astype(np.float64), strict=True):
        out[name] = float(values.mean())
        out[f"{name}_low"], out[f"{name}_high"] = interval(values, users)
    return out
