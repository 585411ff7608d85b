"""Who liked what, by item: for counts of people who liked two things. No one is ever named from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.schema import IntArray

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix


@dataclass(frozen=True, eq=False)
class Likers:
    """Built once per catalogue; linear in the number of interactions."""

    liked: csc_matrix  # [n_users, n_items], non-zero where any interaction has a positive strength

    @classmethod
    def of(cls, catalogue: Catalogue) -> Likers:
        """From all behaviour above neutral."""
        from scipy.sparse import csc_matrix

        data = catalogue.interactions
        mine = np.flatnonzero(np.asarray(data.strengths) > 0)
        shape = (len(data.user_ids), len(catalogue.items))
        where = (np.asarray(data.users)[mine], np.asarray(data.items)[mine])
        return cls(csc_matrix((np.ones(len(mine), np.int8), where), shape=shape))

    @property
    def n_users(self) -> int:
        """All users of the data set, those who liked nothing included."""
        return int(self.liked.shape[0])

    def people(self, row: int) -> IntArray:
        """The users who liked the item, ascending, each once."""
        return np.unique(self.liked.indices[self.liked.indptr[row] : self.liked.indptr[row + 1]]).astype(np.int64)

    def both(self, first: int, second: int) -> int:
        """How many users liked both items."""
        return len(np.intersect1d(self.people(first), self.people(second), assume_unique=True))


@lru_cache(maxsize=2)
def likers(catalogue: Catalogue) -> Likers:
    """Those of a catalogue, built when first asked for."""
    return Likers.of(catalogue)
