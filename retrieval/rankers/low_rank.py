"""EASE for catalogues too large for an item-item matrix: the same solution from the strongest directions only.

With X = U S Vᵀ, EASE's P = (XᵀX + λI)⁻¹ is (I − V diag(s² / (s² + λ)) Vᵀ) / λ, so B = −P / diag(P) off the diagonal is

    B[j, i] = F_j · F_i / (1 − ‖F_i‖²),  F = V diag(s / sqrt(s² + λ)),  B[i, i] = 0

exactly, for all directions; here the strongest `rank` of them are kept (truncated ridge; Hastie et al. 2009, "The
Elements of Statistical Learning", 3.4.1). B is never made: n_items x rank numbers stand for it, and
an event's row of it is one product, so scores still decompose by event.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from retrieval.rankers.matrix import incidence
from retrieval.schema import FloatArray, IntArray, Interactions

RANK = 128
"""Directions kept: 0.5 kB an item."""
PASSES = 4
"""Power iterations of the randomised decomposition (Halko et al. 2011): the spectrum of sparse behaviour is flat."""


@dataclass(frozen=True)
class LowRank:
    """`vectors` F [n_items, rank], what an event on an item says, and `outputs` F_i / (1 − ‖F_i‖²) [n_items, rank],
    what items answer; float32. Outputs of items that hardly anybody met may be completed (cold.py)."""

    vectors: FloatArray
    outputs: FloatArray

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, regularisation: float, rank: int = RANK) -> LowRank:
        """Deterministic; items that nobody met have zero rows."""
        values, directions = spectrum(incidence(interactions, n_items), rank)
        vectors = np.ascontiguousarray(
            (directions * (values / np.sqrt(values**2 + regularisation))[:, None]).T, dtype=np.float32
        )
        own = np.einsum("id,id->i", vectors, vectors)
        return cls(vectors, np.asarray(vectors / np.maximum(1 - own, 1e-6)[:, None], dtype=np.float32))

    @property
    def n_items(self) -> int:
        """Items of the catalogue."""
        return len(self.vectors)

    def weighted_sum(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """Σ_e weights[e] · B[rows[e]], shape [n_items]."""
        if not len(rows):
            return np.zeros(self.n_items, dtype=np.float32)
        total = self.outputs @ (weights @ self.vectors[rows])
        total[rows] = self._others(rows, weights, rows)
        return np.asarray(total, dtype=np.float32)

    def some(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """The same of some items alone, [len(items)]."""
        total = self.outputs[items] @ (weights @ self.vectors[rows])
        told = np.isin(items, rows)
        total[told] = self._others(rows, weights, items[told])
        return np.asarray(total, dtype=np.float32)

    def spread(self, rows: IntArray, weights: FloatArray, items: IntArray, out: FloatArray) -> None:
        """Add weights[e] · B[rows[e], items[k]] to `out`, shape [n_events, len(items)] (zero on entry)."""
        out += self._products(rows, weights, items)

    def total(self, rows: IntArray, weights: FloatArray, wanted: FloatArray) -> FloatArray:
        """Σ_i weights[e] · B[rows[e], i] · wanted[i], [n_events]."""
        answered = self.vectors[rows] @ (wanted @ self.outputs)
        return np.asarray(weights * (answered - self._own(rows) * wanted[rows]), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Two plain arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors)
        np.save(folder / "outputs.npy", self.outputs)

    @classmethod
    def load(cls, folder: Path) -> LowRank:
        """What `save` wrote; on disk until touched."""
        return cls(np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "outputs.npy", mmap_mode="r"))

    def _products(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """weights[e] · B[rows[e], items[k]], [n_events, len(items)]."""
        products = (self.vectors[rows] * weights[:, None]) @ self.outputs[items].T
        products[rows[:, None] == items] = 0
        return np.asarray(products, dtype=np.float32)

    def _others(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """What the events give to `items` among their own: taking an item's own product off the sum of all would leave
        rounding errors of its size, [len(items)]."""
        return np.asarray(self._products(rows, weights, items).sum(axis=0), dtype=np.float32)

    def _own(self, rows: IntArray) -> FloatArray:
        """What each item would give to itself, [len(rows)]: no part of B."""
        return np.asarray(np.einsum("ed,ed->e", self.vectors[rows], self.outputs[rows]), dtype=np.float32)


def spectrum(matrix: sp.csr_array[np.float32], rank: int) -> tuple[FloatArray, FloatArray]:
    """The strongest singular values and their right directions, [<= rank] and [<= rank, n_columns]; of a matrix of
    zeros one of zeros. Deterministic."""
    if not matrix.nnz:
        return np.zeros(1, dtype=np.float32), np.zeros((1, matrix.shape[1]), dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd

    _, values, directions = randomized_svd(
        matrix, min(rank, *matrix.shape), n_iter=PASSES, random_state=0, svd_lapack_driver="gesdd"
    )
    return np.asarray(values, dtype=np.float32), np.asarray(directions, dtype=np.float32)
