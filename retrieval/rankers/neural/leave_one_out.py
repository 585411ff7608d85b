"""Attribution of rankers that are no sum over events: each event is really left out, and everything is scored again.

An event's term is what its absence takes from the score. What the events do together beyond that, and the score without
any, is one more term of the part, which rests on no event; so the terms add up exactly, whatever the ranker. What does
not come from the events at all (popularity) has terms of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from retrieval.rankers.base import Ranker, Term
from retrieval.schema import FloatArray, History, IntArray


class LeaveOneOut(Ranker):
    """A ranker by its score without each event."""

    n_items: int

    @abstractmethod
    def told(self, history: History, items: IntArray, each: bool) -> FloatArray:
        """What the events give to `items`: together [1, len(items)], and with `each` also without each of them,
        [1 + n_events, len(items)], as it would be scored had it never happened."""

    def constants(self, items: IntArray) -> Mapping[str, FloatArray]:  # noqa: ARG002 - part of the contract
        """Parts that are the same for everybody, [len(items)] each."""
        return {}

    def score(self, history: History) -> FloatArray:
        return self.score_some(history, np.arange(self.n_items))

    def score_some(self, history: History, items: IntArray) -> FloatArray:
        """Scores of some items, [len(items)], as `score` gives them."""
        total = self.told(history, items, each=False)[0]
        for values in self.constants(items).values():
            total = total + values
        return np.asarray(total, dtype=np.float32)

    def decompose(self, history: History, items: IntArray) -> tuple[tuple[Term, ...], FloatArray]:
        """The constants, what the events do together, then each event: [n_constants + 1 + n_events, len(items)]."""
        constants = self.constants(items)
        terms = (
            *(Term(part) for part in constants),
            Term(self.name),
            *(Term(self.name, event) for event in range(len(history.events))),
        )
        return terms, np.concatenate([*(values[None] for values in constants.values()), self.changes(history, items)])

    def changes(self, history: History, items: IntArray) -> FloatArray:
        """What the events do together beyond their own terms, then what each one's absence would take away, which add
        up to what all of them give: [1 + n_events, len(items)]."""
        scores = self.told(history, items, each=True)
        changes = scores[0] - scores[1:]
        return np.concatenate([(scores[0] - changes.sum(axis=0))[None], changes])
