"""Ranking metrics over the whole catalogue, from the ranks of the relevant items.

Full ranking, never sampled negatives: sampled metrics order models differently (Krichene & Rendle 2020, "On sampled
metrics for item recommendation").

Ties. Items with equal scores share their mean rank: rank = 1 + #(higher) + #(equal others) / 2. A rank may so be a
half; it counts as within k when rank <= k. A ranker that scores everything alike gets what a middling shuffle would,
not a perfect score.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DataError
from retrieval.schema import FloatArray, IntArray

Ranks = NDArray[np.float64]


def ranks(scores: FloatArray, relevant: IntArray, excluded: IntArray) -> Ranks:
    """Mean ranks (1 = best) of `relevant` among all items but `excluded`, [len(relevant)].

    `scores`: [n_items]. DataError when a score is not finite: NaN compares false with everything, and would rank first.
    """
    if not np.isfinite(scores).all():
        bad = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise DataError(f"Item row {bad} was scored {scores[bad]}, scores must be finite; mend the ranker.")
    candidate = np.ones(len(scores), dtype=bool)
    candidate[excluded] = False
    if not candidate[relevant].all():
        raise DataError("A relevant item is among the excluded ones, it could never be found; mend the protocol.")
    ordered = np.sort(scores[candidate])
    wanted = scores[relevant]
    not_higher = np.searchsorted(ordered, wanted, side="right")
    lower = np.searchsorted(ordered, wanted, side="left")
    return np.asarray(1 + (len(ordered) - not_higher) + (not_higher - lower - 1) / 2, dtype=np.float64)


def ndcg(found: Ranks, k: int) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin & Kekäläinen 2002).

    Σ over ranks r <= k of 1 / log2(1 + r), over the same sum for the best order: ranks 1 … min(n_relevant, k).
    """
    best = 1 / np.log2(1 + np.arange(1, min(len(found), k) + 1))
    return float((1 / np.log2(1 + found[found <= k])).sum() / best.sum())


def hit_rate(found: Ranks, k: int) -> float:
    """1 when any relevant item is within the first k, else 0."""
    return float((found <= k).any())


def recall(found: Ranks, k: int) -> float:
    """Relevant items within the first k, over min(n_relevant, k)."""
    return float((found <= k).sum() / min(len(found), k))


def precision(found: Ranks, k: int) -> float:
    """Relevant items within the first k, over k."""
    return float((found <= k).sum() / k)


def f1(found: Ranks, k: int) -> float:
    """Harmonic mean of precision and recall over all the relevant items."""
    return float(2 * (found <= k).sum() / (k + len(found)))


def reciprocal_rank(found: Ranks) -> float:
    """1 over the rank of the first relevant item (Voorhees 1999); its mean over the cases is MRR."""
    return float(1 / found.min())


def average_precision(found: Ranks, k: int) -> float:
    """Sum of the precisions at the relevant items' ranks up to k, over min(n_relevant, k)."""
    ordered = np.sort(found)
    hits = np.arange(1, len(ordered) + 1) / ordered
    return float(hits[ordered <= k].sum() / min(len(found), k))


def auc(found: Ranks, n_candidates: int) -> float:
    """Chance that a relevant item is above one that is not, ties half (the area under the ROC curve; Mann and Whitney
    1947). 1/2 when every candidate is relevant."""
    n_relevant = len(found)
    pairs = n_relevant * (n_candidates - n_relevant)
    if not pairs:
        return 0.5
    below = n_relevant * n_candidates - found.sum() + n_relevant  # mean ranks from the end
    return float((below - n_relevant * (n_relevant + 1) / 2) / pairs)


METRICS: dict[str, Callable[[Ranks], float]] = {
    "ndcg@10": lambda found: ndcg(found, 10),
    "hr@10": lambda found: hit_rate(found, 10),
    "recall@20": lambda found: recall(found, 20),
    "precision@10": lambda found: precision(found, 10),
    "f1@10": lambda found: f1(found, 10),
    "map@10": lambda found: average_precision(found, 10),
    "mrr": reciprocal_rank,
}
