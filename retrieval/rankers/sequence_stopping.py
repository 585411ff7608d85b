"""How good a sequence model is at what came next: what its training stops by."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from retrieval.rankers.additive import event_rows
from retrieval.rankers.heads import Heads
from retrieval.rankers.item_item import strengths
from retrieval.rankers.sequence import Answer, Curves, popularity_curve
from retrieval.schema import FloatArray, History

BLOCK = 256
"""Questions scored at a time."""


def ndcg(heads: Heads, curves: Curves, counts: FloatArray, answers: Iterable[Answer]) -> float:
    """Mean NDCG@10 of the answers among all items that were not met; tied scores share their mean rank."""
    asked = list(answers)
    bias = curves.popularity * popularity_curve(counts)
    found: list[float] = []
    for first in range(0, len(asked), BLOCK):
        block = asked[first : first + BLOCK]
        users = np.stack([_user(heads, curves, answer.history) for answer in block])
        scores = users @ heads.outputs.T + bias
        for row, answer in zip(scores, block, strict=True):
            wanted = row[answer.item]
            row[answer.met] = -np.inf
            rank = (row > wanted).sum() + ((row == wanted).sum() + 1) / 2
            found.append(1 / np.log2(1 + rank) if rank <= 10 else 0.0)
    return float(np.mean(found)) if found else 0.0


def _user(heads: Heads, curves: Curves, history: History) -> FloatArray:
    told = heads.vectors(event_rows(history), curves.weights(strengths(history)))
    return np.asarray(told.sum(axis=0), dtype=np.float32)
