"""`because evaluate ranking`: every ranker on the same splits, by the same metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from retrieval.evaluation.intervals import Floats, interval, paired_ratio
from retrieval.evaluation.metrics import METRICS, auc, ranks
from retrieval.evaluation.protocols import Split, leave_one_out, newcomers, shuffled_ties, temporal
from retrieval.rankers import Blend, Ease, Popularity
from retrieval.rankers.popularity import DAY
from retrieval.schema import FloatArray, History, IntArray, Interactions

NEWCOMER_LIKES = (0, 1, 3, 5, 10)
PEER_HALF_LIFE = 7.0
"""Days, of the peer "recent_popularity"."""

WINDOWS = (0.7, 0.8, 0.9, 1.0)
"""Shares of the events at which the rolling windows end."""
TIE_ORDERS = (1, 2, 3)
"""Seeds of the random orders of events that share a second."""
PEERS = ("popularity", "recent_popularity", "cosine", "ease")
"""The models here that are found in libraries; the peers' own implementations are another benchmark's business."""
Paired = dict[str, str | float]
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
    """Mean of each metric over the cases, by model, with the 95 % interval of NDCG@10 by bootstrap over users.

    `auc` is over all candidates; `coverage@10` the share of the catalogue that is in any list of ten, `novelty@10` how
    surprising what is listed is, −log2 of the share of users who met it; `users` is how many users the cases come from.
    """
    return measured(split, scorers)[0]


def measured(split: Split, scorers: Mapping[str, Scorer]) -> tuple[Report, dict[str, Floats]]:
    """The report, and NDCG@10 of every case by model."""
    users = np.array([case.user for case in split.cases], dtype=np.int64)
    report: Report = {}
    cases: dict[str, Floats] = {}
    for name, scorer in scorers.items():
        rows, lists = [], []
        n_items = 0
        for case in split.cases:
            scores = scorer.score(case.history)
            found = ranks(scores, case.relevant, case.excluded)
            n_items = len(scores)
            area = auc(found, n_items - len(np.unique(case.excluded)))
            rows.append([*(compute(found) for compute in METRICS.values()), area])
            lists.append(first(scores, case.excluded))
        values = np.array(rows, dtype=np.float64)
        report[name] = dict(zip((*METRICS, "auc"), values.mean(axis=0).tolist(), strict=True))
        cases[name] = values[:, list(METRICS).index("ndcg@10")]
        low, high = interval(cases[name], users)
        listed = np.concatenate(lists)
        report[name] |= {
            "ndcg@10_low": low,
            "ndcg@10_high": high,
            "coverage@10": len(np.unique(listed)) / max(n_items, 1),
            "novelty@10": float(-np.log2(known_share(split, n_items)[listed]).mean()),
            "users": len(np.unique(users)),
        }
    return report, cases


def first(scores: FloatArray, excluded: IntArray, k: int = 10) -> IntArray:
    """Rows of the k best items but `excluded`."""
    kept = scores.copy()
    kept[excluded] = -np.inf
    k = min(k, len(scores) - len(np.unique(excluded)))
    return np.asarray(np.argsort(-kept, kind="stable")[:k], dtype=np.int64)


def known_share(split: Split, n_items: int) -> Floats:
    """The share of the users who met each item, with one more user who met everything, [n_items]."""
    counts = np.bincount(split.fitted.items, minlength=n_items)
    return np.asarray((counts + 1) / (len(np.unique(split.fitted.users)) + 1), dtype=np.float64).clip(max=1)


def against_best(split: Split, report: Report, cases: Mapping[str, Floats], peers: tuple[str, ...] = PEERS) -> Paired:
    """The blend's NDCG@10 over that of the best of `peers`, with a paired interval."""
    users = np.array([case.user for case in split.cases], dtype=np.int64)
    best = max((name for name in peers if name in report), key=lambda name: report[name]["ndcg@10"])
    ratio, low, high = paired_ratio(cases["blend"], cases[best], users)
    return {"peer": best, "ratio": ratio, "low": low, "high": high}


def evaluate(
    interactions: Interactions,
    n_items: int,
    progress: Progress | None = None,
    newcomer_likes: tuple[int, ...] = NEWCOMER_LIKES,
    most: int = max(NEWCOMER_LIKES),
    thorough: bool = False,
) -> dict[str, Any]:
    """The whole comparison: `leave_one_out`, `temporal`, and `newcomers` by number of likes told; `paired` has the
    blend against the best of PEERS for each.

    Newcomers are users with more than `most` likes. `thorough` adds `rolling`, the temporal protocol with windows that
    end at WINDOWS of the events, and `ties`, leave-one-out under three random orders of each user's events of one
    second: seven more trainings. DataError when a model gives a score that is not finite.
    """
    tell = progress or (lambda _what, _done: None)
    tell("leave one out", 0.0)
    report: dict[str, Any] = {}
    paired: dict[str, Paired] = {}

    def compare(name: str, split: Split, scorers: Mapping[str, Scorer]) -> Report:
        table, cases = measured(split, scorers)
        paired[name] = against_best(split, table, cases)
        return table

    share = 0.3 if thorough else 1.0
    split = leave_one_out(interactions)
    report["leave_one_out"] = compare("leave_one_out", split, models(split.fitted, n_items))
    tell("temporal", 0.4 * share)
    split = temporal(interactions)
    report["temporal"] = compare("temporal", split, models(split.fitted, n_items))
    tell("newcomers", 0.7 * share)
    scorers: Mapping[str, Scorer] = {}
    report["newcomers"] = {}
    for likes in newcomer_likes:
        split = newcomers(interactions, likes, most=most)
        scorers = scorers or models(split.fitted, n_items)  # the users left out are the same for all
        report["newcomers"][str(likes)] = compare(f"newcomers_{likes}", split, scorers)
    if thorough:
        report["rolling"] = {"1.0": report["temporal"]}
        for place, end in enumerate(WINDOWS[:-1]):
            tell("rolling windows", share + 0.35 * place / len(WINDOWS))
            split = temporal(interactions, end)
            report["rolling"][str(end)] = compare(f"rolling_{end}", split, models(split.fitted, n_items))
        report["ties"] = {}
        for seed in TIE_ORDERS:
            tell("orders of ties", 0.65 + 0.1 * seed)
            split = leave_one_out(shuffled_ties(interactions, seed))
            report["ties"][str(seed)] = judge(split, models(split.fitted, n_items))
    report["paired"] = paired
    tell("done", 1.0)
    return report
