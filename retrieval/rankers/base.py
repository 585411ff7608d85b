"""The contract that every ranker keeps: a score that is an exact sum of named parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from retrieval.schema import FloatArray, History, IntArray, Interactions


@dataclass(frozen=True)
class Term:
    """What one row of a decomposition stands for: a part's name and the event behind it, if there is one."""

    part: str
    event: int | None = None  # position in `History.events`


class Ranker(ABC):
    """Scores the whole catalogue for one history.

    A new user needs no training: a history of one event told a second ago is as good as any (fold-in).
    Scores are finite. `score(h)[i] == decompose(h, [i])[1].sum()` to a relative error of 1e-5, and, with ages and
    weights frozen, leaving out event e lowers the score by exactly the sum of e's terms.
    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(cls, interactions: Interactions, n_items: int) -> Self:
        """Train on all interactions; `n_items` is the catalogue's size (items without behaviour included)."""

    @abstractmethod
    def score(self, history: History) -> FloatArray:
        """Scores of all items, shape [n_items]. Computed the quick way, not by summing `decompose`."""

    @abstractmethod
    def decompose(self, history: History, items: IntArray) -> tuple[tuple[Term, ...], FloatArray]:
        """Terms and their values, shape [n_terms, len(items)]; columns sum to the items' scores."""

    def means(self, history: History, items: IntArray) -> FloatArray:
        """The mean over `items` of each of the terms, [n_terms]; rankers that can do without all values do."""
        return np.asarray(self.decompose(history, items)[1].mean(axis=1), dtype=np.float32)

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing, empty folder."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
