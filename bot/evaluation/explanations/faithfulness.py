"""Whether what an explanation cites is what the ranker went by: the ranker is run again with and without it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation.intervals import interval
from retrieval.rankers import Ranker
from retrieval.rankers.counterfactual import counterfactual
from retrieval.schema import FloatArray, History, IntArray

K = 5  # items deleted or inserted at most, and the list's length
HEAD = 100  # items that compete in a probability
FLIPS = 10  # items deleted at most to make the target leave the list
DRAWS = 5  # random sets per explanation
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One recommendation that is explained: the history it came from, and what could have been recommended.

    `eligible` stays the same whatever is deleted: what the user knows is known all the same. `shares` are what the
    ranker's own decomposition gives each item of the history.
    """

    ranker: Ranker
    user: str
    history: History
    target: int
    eligible: IntArray
    shares: Mapping[int, float]

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The history's items, oldest first."""
        return tuple(dict.fromkeys(event.item for event in self.history.events))

    def scores(self, rows: Sequence[int] | None = None) -> FloatArray:
        """Scores with only these items of the history, all when None."""
        if rows is None:
            return self.ranker.score(self.history)
        kept = set(rows)
        return self.ranker.score(replace(self.history, events=tuple(e for e in self.history.events if e.item in kept)))

    def rank(self, scores: FloatArray) -> int:
        """The target's place, from 1."""
        return 1 + int((scores[self.eligible] > scores[self.target]).sum())

    @cached_property
    def head(self) -> IntArray:
        """The HEAD best of what is eligible with everything there, the target among them."""
        scores = self.scores()
        best = self.eligible[np.argsort(-scores[self.eligible], kind="stable")[:HEAD]]
        return np.union1d(best, [self.target])

    def probability(self, scores: FloatArray) -> float:
        """The target's share of a softmax over `head`: the ranker's weights were fitted by such a likelihood."""
        logits = scores[self.head].astype(np.float64)
        return float(np.exp(scores[self.target] - logits.max()) / np.exp(logits - logits.max()).sum())

    def without(self, rows: Sequence[int]) -> FloatArray:
        """Scores with these items left out."""
        gone = set(rows)
        return self.scores([row for row in self.rows if row not in gone])

    @cached_property
    def whole(self) -> tuple[int, float]:
        """(rank, probability) with everything there."""
        scores = self.scores()
        return self.rank(scores), self.probability(scores)

    @cached_property
    def effects(self) -> dict[int, float]:
        """By how much the target's lead over the eligible items' mean falls when one item is left out, by item."""
        full = self._lead(self.scores())
        return {row: full - self._lead(self.without([row])) for row in self.rows}

    def _lead(self, scores: FloatArray) -> float:
        return float(scores[self.target]) - float(scores[self.eligible].mean())

    def strongest(self, count: int = K, again: bool = False) -> tuple[int, ...]:
        """The items with the largest shares, whichever way; `again`: the largest effects when each is left out."""
        of = self.effects if again else self.shares
        return tuple(sorted(of, key=lambda row: -abs(of[row]))[:count])


@dataclass(frozen=True)
class Cited:
    """What one explanation cites. `against`: rows that it says count against the target. `order`: of the whole history,
    in which a control leaves it out until the target is gone; None for who searches as `because` does."""

    trial: Trial
    rows: tuple[int, ...]
    against: frozenset[int]
    order: tuple[int, ...] | None

    @property
    def raising(self) -> tuple[int, ...]:
        """What is said to speak for the target, K at most."""
        return tuple(row for row in self.rows if row not in self.against)[:K]


def figures(cited: Cited, popularity: IntArray, rng: random.Random) -> dict[str, float]:
    """All figures of one explanation; NaN where it cites nothing that could be deleted."""
    trial, raising = cited.trial, cited.raising
    out = dict.fromkeys(NAMES, float("nan"))
    strongest = trial.strongest()
    if cited.rows:
        out["citation_precision"] = len(set(cited.rows) & set(strongest)) / len(cited.rows)
        again = trial.strongest(again=True)
        out["citation_precision_rerun"] = len(set(cited.rows) & set(again)) / len(cited.rows)
    if strongest:
        out["largest_mentioned"] = float(strongest[0] in cited.rows)
        out["coverage_top3"] = len(set(strongest[:3]) & set(cited.rows)) / len(strongest[:3])
    if not raising:
        return out
    rank, probability = trial.whole
    steps = [raising[: k + 1] for k in range(len(raising))]
    deleted = [trial.without(step) for step in steps]
    inserted = [trial.scores(step) for step in steps]
    curves = {"deletion": deleted, "insertion": inserted}
    for name, runs in curves.items():
        ranks = [_gain(trial.rank(scores)) for scores in runs]
        for k in range(K):
            out[f"{name}_{k + 1}"] = ranks[min(k, len(ranks) - 1)] / _gain(rank)
        out[name] = float(np.mean([out[f"{name}_{k + 1}"] for k in range(K)]))
    left = [probability - trial.probability(scores) for scores in deleted]
    kept = [probability - trial.probability(scores) for scores in inserted]
    out["comprehensiveness"] = float(np.mean([left[min(k, len(left) - 1)] for k in range(K)]))
    out["sufficiency"] = float(np.mean([kept[min(k, len(kept) - 1)] for k in range(K)]))
    out["rank_drop"] = float(np.mean([trial.rank(trial.without([row])) - rank for row in raising]))
    after = trial.rank(deleted[-1])
    out["pn"] = float(after > K)
    out["ps"] = float(trial.rank(inserted[-1]) <= K)
    out["rank_drop_all"] = float(after - rank)
    out["log_rank_drop_all"] = float(np.log2(after / rank))
    for name, drawn in (
        ("random", _random(trial, raising, rng)),
        ("matched", _matched(trial, raising, popularity, rng)),
    ):
        drops = [trial.rank(trial.without(rows)) for rows in drawn]
        out[f"more_than_{name}"] = out["rank_drop_all"] - float(np.mean([after - rank for after in drops]))
        out[f"log_more_than_{name}"] = out["log_rank_drop_all"] - float(np.mean(np.log2(np.array(drops) / rank)))
    flip = _flip(cited)
    out["counterfactual_validity"] = float(flip > 0)
    out["counterfactual_size"] = float(flip) if flip else float("nan")
    return out


NAMES = (
    "citation_precision", "citation_precision_rerun", "largest_mentioned", "coverage_top3", "deletion", "insertion",
    "comprehensiveness", "sufficiency", "rank_drop", "pn", "ps", "counterfactual_validity", "counterfactual_size",
    "rank_drop_all", "log_rank_drop_all", "more_than_random", "more_than_matched", "log_more_than_random",
    "log_more_than_matched", *(f"{name}_{k + 1}" for name in ("deletion", "insertion") for k in range(K)),
)  # fmt: skip
CONTRACT = (
    "citation_precision", "deletion", "insertion", "comprehensiveness", "sufficiency", "rank_drop", "pn", "ps",
    "counterfactual_validity",
)  # fmt: skip


def summary(rows: Sequence[dict[str, float]], users: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """Means over the explanations that have the figure, None where none has; `intervals` and `curves` beside them."""
    people = np.unique(np.array(users), return_inverse=True)[1].astype(np.int64) if users else np.empty(0, np.int64)
    means: dict[str, float | None] = {}
    intervals: dict[str, list[float]] = {}
    for name in NAMES:
        values = np.array([row[name] for row in rows], dtype=np.float64)
        there = ~np.isnan(values) if len(values) else np.zeros(0, dtype=bool)
        means[name] = round(float(values[there].mean()), 4) if there.any() else None
        if there.any() and not name[-1].isdigit():
            low, high = interval(values[there], people[there], seed)
            intervals[name] = [round(low, 4), round(high, 4)]
    curves = {name: [means[f"{name}_{k + 1}"] for k in range(K)] for name in ("deletion", "insertion")}
    flat = {name: value for name, value in means.items() if name[-2:-1] != "_" or not name[-1].isdigit()}
    return {**flat, "intervals": intervals, "curves": curves}


def _gain(rank: int) -> float:
    """The discount of DCG: 1 at the first place, and less the further down."""
    return float(1 / np.log2(1 + rank))


def _random(trial: Trial, rows: Sequence[int], rng: random.Random) -> list[list[int]]:
    """DRAWS sets of as many other items of the history."""
    others = [row for row in trial.rows if row not in rows] or list(rows)
    return [rng.sample(others, min(len(rows), len(others))) for _ in range(DRAWS)]


def _matched(trial: Trial, rows: Sequence[int], popularity: IntArray, rng: random.Random) -> list[list[int]]:
    """DRAWS sets in which each item is replaced by one of the five nearest in popularity."""
    drawn = []
    for _ in range(DRAWS):
        others = [row for row in trial.rows if row not in rows]
        chosen: list[int] = []
        for row in rows:
            near = sorted(others, key=lambda other: abs(int(popularity[other]) - int(popularity[row])))[:5]
            if near:
                chosen.append(rng.choice(near))
                others.remove(chosen[-1])
        drawn.append(chosen)
    return drawn


def _flip(cited: Cited) -> int:
    """How many items must go until the target leaves the list, in a real re-scoring; 0 if FLIPS do not do it.

    A control's are its first ones; otherwise they are the smallest set that the search finds.
    """
    trial = cited.trial
    if cited.order is not None:
        order = list(dict.fromkeys(row for row in (*cited.raising, *cited.order) if row not in cited.against))
        tried = [order[:size] for size in range(1, min(FLIPS, len(order)) + 1)]
    else:
        found = counterfactual(trial.ranker, trial.history, trial.target, trial.eligible, K)
        tried = [list(dict.fromkeys(trial.history.events[place].item for place in found.events))] if found else []
    return next((len(rows) for rows in tried if len(rows) <= FLIPS and trial.rank(trial.without(rows)) > K), 0)
