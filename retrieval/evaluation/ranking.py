"""`because evaluate ranking`: every ranker on the same splits, by the same metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from retrieval.evaluation.metrics import METRICS, ranks
from retrieval.evaluation.protocols import Split, leave_one_out, newcomers, temporal
from retrieval.rankers import Blend, Ease, Popularity
from retrieval.rankers.popularity import DAY
from retrieval.schema import FloatArray, History, Interactions

NEWCOMER_LIKES = (1, 3, 5, 10)
PEER_HALF_LIFE = 7.0
"""Days, of the peer "recent_popularity"."""

Report = dict[str, dict[str, float]]
"""Metrics by model name."""
Progress = Callable[[str, float], None]


class Scorer(Protocol):
    """All that a model must do to be judged: score all items for a history, [n_items]."""

    def score(self, history: History) -> FloatArray: ...


class RecentPopularity:
    """A peer: decayed counts of what came before the moment of the request, and nothing else."""

    def __init__(self, interactions: Interactions, n_items: int, half_life: float = PEER_HALF_LIFE) -> None:
        order = np.argsort(interactions.times, kind="stable")
        self.items, self.times = interactions.items[order], interactions.times[order]
        self.n_items, self.half_life = n_items, half_life

    def score(self, history: History) -> FloatArray:
        before = int(np.searchsorted(self.times, history.now)) if history.now else len(self.times)
        if not before:
            return np.zeros(self.n_items, dtype=np.float32)
        ages = (self.times[before - 1] - self.times[:before]) / (self.half_life * DAY)
        counts = np.bincount(self.items[:before], weights=np.exp2(-ages), minlength=self.n_items)
        return counts.astype(np.float32)


def models(interactions: Interactions, n_items: int) -> Mapping[str, Scorer]:
    """Everything that is compared, fitted on the same interactions."""
    blend = Blend.fit(interactions, n_items)
    counted = Popularity.fit(interactions, n_items, half_lives=(PEER_HALF_LIFE,), shares=(1.0, 0.0))
    return {
        "popularity": counted,
        "recent_popularity": RecentPopularity(interactions, n_items),
        "cosine": blend.cosine,
        "ease": Ease(blend.ease.matrix, {**blend.ease.settings, "recency": 0.0}),
        "ease_recency": blend.ease,
        **({} if blend.sequence is None else {"sequence": blend.sequence}),
        "blend": blend,
    }


def judge(split: Split, scorers: Mapping[str, Scorer]) -> Report:
    """Mean of each metric over the cases, by model; `users` is how many users they come from."""
    report: Report = {}
    for name, scorer in scorers.items():
        found = [ranks(scorer.score(case.history), case.relevant, case.excluded) for case in split.cases]
        report[name] = {metric: float(np.mean([compute(r) for r in found])) for metric, compute in METRICS.items()}
        report[name]["users"] = len({case.user for case in split.cases})
    return report


def evaluate(
    interactions: Interactions,
    n_items: int,
    progress: Progress | None = None,
    newcomer_likes: tuple[int, ...] = NEWCOMER_LIKES,
    most: int = max(NEWCOMER_LIKES),
) -> dict[str, Any]:
    """The whole comparison: `leave_one_out`, `temporal`, and `newcomers` by number of likes told.

    Newcomers are users with more than `most` likes. DataError when a model gives a score that is not finite.
    """
    tell = progress or (lambda _what, _done: None)
    tell("leave one out", 0.0)
    report: dict[str, Any] = {}
    split = leave_one_out(interactions)
    report["leave_one_out"] = judge(split, models(split.fitted, n_items))
    tell("temporal", 0.4)
    split = temporal(interactions)
    report["temporal"] = judge(split, models(split.fitted, n_items))
    tell("newcomers", 0.7)
    scorers: Mapping[str, Scorer] = {}
    report["newcomers"] = {}
    for likes in newcomer_likes:
        split = newcomers(interactions, likes, most=most)
        scorers = scorers or models(split.fitted, n_items)  # the users left out are the same for all
        report["newcomers"][str(likes)] = judge(split, scorers)
    tell("done", 1.0)
    return report
