"""What every additive ranker shares: a score that is a weighted sum of statistics and of matrix rows, one per event.

    score[i] = Σ_part Σ_c constants[part][c] · statistics[part][c, i]  +  Σ_part Σ_e events[part][e] · M_part[item_e, i]

All that depends on the history *as a whole* (positions, its length, the weights of the blend) is in `Weights`. With
those frozen, removing an event removes its own terms and nothing else.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from retrieval.rankers.base import Ranker, Term
from retrieval.rankers.matrix import Rows
from retrieval.schema import FloatArray, History, IntArray


@dataclass(frozen=True)
class Weights:
    """What each statistic counts (`constants`, [n_curves] per part) and each event (`events`, [n_events] per part; of a
    part with heads [n_heads, n_events])."""

    constants: Mapping[str, FloatArray] = field(default_factory=dict)
    events: Mapping[str, FloatArray] = field(default_factory=dict)

    def without(self, event: int) -> Weights:
        """The same weights, frozen, for a history that lost the event at that position."""
        return Weights(self.constants, {part: np.delete(w, event, axis=-1) for part, w in self.events.items()})


class Additive(Ranker):
    """A ranker made of statistics of the catalogue and of item-item matrices. Subclasses say which, and the weights."""

    n_items: int

    @abstractmethod
    def weights(self, history: History) -> Weights:
        """The weights that this history gets; pass them back, shortened, to freeze them."""

    def statistics(self, now: int) -> Mapping[str, FloatArray]:  # noqa: ARG002 - part of the contract
        """Parts that rest on no event of the user: [n_curves, n_items] each, as known before `now`."""
        return {}

    def matrices(self) -> Mapping[str, Rows]:
        """Parts that rest on events: row j holds what an event on item j gives to every item."""
        return {}

    def score(self, history: History, weights: Weights | None = None) -> FloatArray:
        """Scores of all items, [n_items]."""
        weights = weights or self.weights(history)
        total = np.zeros(self.n_items, dtype=np.float32)
        for part, curves in self.statistics(history.now).items():
            total += weights.constants[part] @ curves
        rows = event_rows(history)
        for part, matrix in self.matrices().items():
            total += matrix.weighted_sum(rows, weights.events[part])
        return total

    def score_some(self, history: History, items: IntArray) -> FloatArray:
        """Scores of some items, [len(items)], as `score` gives them: quicker where those are few."""
        weights, rows = self.weights(history), event_rows(history)
        total = np.zeros(len(items), dtype=np.float32)
        for part, curves in self.statistics(history.now).items():
            total += weights.constants[part] @ curves[:, items]
        for part, matrix in self.matrices().items():
            total += matrix.some(rows, weights.events[part], items)
        return total

    def decompose(
        self, history: History, items: IntArray, weights: Weights | None = None
    ) -> tuple[tuple[Term, ...], FloatArray]:
        """Terms and values [n_terms, len(items)]: one row per statistic, then one per part and event."""
        weights = weights or self.weights(history)
        statistics, matrices, rows = self.statistics(history.now), self.matrices(), event_rows(history)
        terms = tuple(Term(part) for part in statistics) + tuple(
            Term(part, event) for part in matrices for event in range(len(rows))
        )
        values = np.zeros((len(terms), len(items)), dtype=np.float32)
        for row, (part, curves) in enumerate(statistics.items()):
            values[row] = weights.constants[part] @ curves[:, items]
        first = len(statistics)
        for part, matrix in matrices.items():
            matrix.spread(rows, weights.events[part], items, out=values[first : first + len(rows)])
            first += len(rows)
        return terms, values

    def means(self, history: History, items: IntArray) -> FloatArray:
        """The mean over `items` of each term of `decompose`, [n_terms]: by sums, so that 200,000 items cost little."""
        weights, rows = self.weights(history), event_rows(history)
        constants = [
            (weights.constants[part] @ curves[:, items]).mean() if len(items) else 0.0
            for part, curves in self.statistics(history.now).items()
        ]
        wanted = np.zeros(self.n_items, dtype=np.float32)
        wanted[items] = 1 / max(len(items), 1)
        events = [matrix.total(rows, weights.events[part], wanted) for part, matrix in self.matrices().items()]
        return np.concatenate([np.array(constants, dtype=np.float32), *events])


def event_rows(history: History) -> IntArray:
    """Catalogue rows of the events, [n_events]."""
    return np.fromiter((event.item for event in history.events), dtype=np.int64, count=len(history.events))
