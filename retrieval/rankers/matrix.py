"""An item-item matrix, pruned and stored sparse: rows are what an event on an item gives to every other item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from retrieval.schema import FloatArray, IntArray, Interactions

LIKED = 0.3
"""Strength from which an event counts as a like: four stars of five on MovieLens."""
BLOCK = 512
"""Rows computed at a time: a dense block is 512 x n_items x 4 bytes, 19 MB at 9,066 items."""


class Rows(Protocol):
    """An item-item matrix, stored or not: row j is what an event on item j gives to every item.

    `weights` are one number per event, [n_events], or one per head and event, [n_heads, n_events].
    """

    @property
    def n_items(self) -> int: ...

    def weighted_sum(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """What all events together give, [n_items]."""

    def some(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """What all events together give to some items, [len(items)]: quicker than to all where those are few."""

    def spread(self, rows: IntArray, weights: FloatArray, items: IntArray, out: FloatArray) -> None:
        """Add what each event gives to `items` to `out`, [n_events, len(items)] (zero on entry)."""

    def total(self, rows: IntArray, weights: FloatArray, wanted: FloatArray) -> FloatArray:
        """What each event gives to all items together, counted as `wanted` [n_items] says, [n_events]."""


@dataclass(frozen=True)
class ItemMatrix:
    """CSR of shape [n_items, n_items], float32, columns sorted."""

    csr: sp.csr_array[np.float32]

    @property
    def n_items(self) -> int:
        """Items of the catalogue."""
        return int(self.csr.shape[0])

    @classmethod
    def pruned(
        cls, blocks: Iterable[FloatArray | sp.csr_array[np.float32]], n_items: int, floor: float, most: int = 0
    ) -> ItemMatrix:
        """Stack row blocks, dense or sparse, dropping entries smaller in size than `floor` (0 keeps every non-zero).

        `most` above 0: of each row only so many, the largest.
        """
        data, columns, counts = [], [], [np.zeros(1, dtype=np.int64)]
        for block in blocks:
            entries = sp.csr_array(block)
            entries.sort_indices()
            kept = np.abs(entries.data) > floor
            if most:
                kept &= _largest(entries, most)
            data.append(entries.data[kept].astype(np.float32))
            columns.append(entries.indices[kept].astype(np.int32))
            rows = np.repeat(np.arange(entries.shape[0]), np.diff(entries.indptr))
            counts.append(np.bincount(rows[kept], minlength=entries.shape[0]))
        indptr = np.cumsum(np.concatenate(counts))
        if indptr[-1] < np.iinfo(np.int32).max:  # scipy copies unless both index arrays have one type
            indptr = indptr.astype(np.int32)
        return cls(sp.csr_array((np.concatenate(data), np.concatenate(columns), indptr), shape=(n_items, n_items)))

    def weighted_sum(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """Σ_e weights[e] · M[rows[e]], shape [n_items]."""
        if not len(rows):
            return np.zeros(self.csr.shape[1], dtype=np.float32)
        return np.asarray(self.csr[rows].T @ weights, dtype=np.float32)

    def some(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """The same of some items alone, [len(items)]; rows are sparse, so all are as quick."""
        return self.weighted_sum(rows, weights)[items]

    def spread(self, rows: IntArray, weights: FloatArray, items: IntArray, out: FloatArray) -> None:
        """Add weights[e] · M[rows[e], items[k]] to `out`, shape [n_events, len(items)] (zero on entry)."""
        n_items = self.csr.shape[1]
        whole = len(items) == n_items and bool(np.array_equal(items, np.arange(n_items)))
        target = out if whole else np.zeros((len(rows), n_items), dtype=np.float32)
        for event, (row, weight) in enumerate(zip(rows, weights, strict=True)):
            start, stop = self.csr.indptr[row], self.csr.indptr[row + 1]
            target[event, self.csr.indices[start:stop]] = self.csr.data[start:stop] * weight
        if not whole:
            out[:] = target[:, items]

    def total(self, rows: IntArray, weights: FloatArray, wanted: FloatArray) -> FloatArray:
        """Σ_i weights[e] · M[rows[e], i] · wanted[i], [n_events]."""
        return np.asarray(weights * (self.csr[rows] @ wanted), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Three plain arrays, so that loading maps them instead of reading them."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("data", "indices", "indptr"):
            np.save(folder / f"{name}.npy", getattr(self.csr, name))

    @classmethod
    def load(cls, folder: Path) -> ItemMatrix:
        """What `save` wrote; rows are read from disk as they are used."""
        data, indices, indptr = (np.load(folder / f"{n}.npy", mmap_mode="r") for n in ("data", "indices", "indptr"))
        n_items = len(indptr) - 1
        return cls(sp.csr_array((data, indices, indptr), shape=(n_items, n_items)))


def _largest(entries: sp.csr_array[np.float32], most: int) -> NDArray[np.bool_]:
    """Which stored entries are among the `most` largest of their row; of equal ones the first."""
    kept = np.ones(entries.nnz, dtype=bool)
    for row in np.flatnonzero(np.diff(entries.indptr) > most):
        start, stop = entries.indptr[row], entries.indptr[row + 1]
        kept[start + np.argsort(-entries.data[start:stop], kind="stable")[most:]] = False
    return kept


def incidence(interactions: Interactions, n_items: int) -> sp.csr_array[np.float32]:
    """Who met what, as ones: [n_users, n_items]. Several events of one user on one item count once."""
    ones = np.ones(len(interactions), dtype=np.float32)
    shape = (len(interactions.user_ids), n_items)
    matrix = sp.csr_array((ones, (interactions.users, interactions.items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def subset(interactions: Interactions, kept: NDArray[np.bool_] | IntArray) -> Interactions:
    """The interactions where `kept` holds, or at those positions; users keep their numbers."""
    return Interactions(
        interactions.user_ids,
        interactions.users[kept],
        interactions.items[kept],
        interactions.values[kept],
        interactions.strengths[kept],
        interactions.times[kept],
    )
