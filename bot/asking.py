"""Whether to ask a question beside a list, and which one: what tells most, if the person can answer it at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.values import Question
from retrieval.catalogue import Catalogue
from retrieval.schema import FloatArray, IntArray


@dataclass(frozen=True)
class Outlook:
    """What is known when a question is considered."""

    catalogue: Catalogue
    rows: IntArray  # [n] candidates that satisfy every condition and were not shown, best first
    probability: FloatArray  # [n] chance that each is what the person is after; sums to 1
    settled: frozenset[str]  # fields that were asked about, constrained or said not to matter
    compared: frozenset[int]  # rows that a pair question has offered
    unanswered: int  # questions in a row that were left without an answer


class Asking(Protocol):
    """A policy: the question to put beside the list, or None to ask nothing."""

    def __call__(self, outlook: Outlook) -> Question | None:
        """The question, or None."""
        ...


def never(outlook: Outlook) -> Question | None:
    """Recommend, and ask nothing."""
    return None
