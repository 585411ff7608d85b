"""Item-item cosine with shrinkage, every event counting alike whatever its age: the part for short histories.

S[j, i] = c_ij / sqrt((n_i + h) (n_j + h)), zero diagonal: c users who liked both, n users who liked one, h shrinkage
(Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms"; the shrinkage keeps two items
that one user happened to share from looking identical). In this form S is a Gram matrix, so that its truncated
spectrum gives `factors`: vectors whose inner products approximate it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
import scipy.sparse as sp

from retrieval.rankers.item_item import ItemItem, strengths
from retrieval.rankers.matrix import BLOCK, LIKED, ItemMatrix, incidence, subset
from retrieval.schema import FloatArray, History, Interactions

GAIN = ((-1.0, -0.5, 0.0, 1.0), (-0.5, 0.0, 0.5, 1.0))
"""What an event says of its neighbours, by its strength, piecewise linear: a dislike lowers what its likers like."""

MANY, NEIGHBOURS = 20_000, 500
"""Without a bound, 62,000 items with 25 million ratings would have hundreds of millions of pairs."""


class Cosine(ItemItem):
    """Needs no age and no normaliser, so that removing an event changes nothing but its own terms."""

    name = "cosine"

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        n_items: int,
        shrinkage: float = 20.0,
        floor: float = 0.0,
    ) -> Self:
        """Of a catalogue of more than MANY items each row keeps its NEIGHBOURS largest entries."""
        scaled = normalised(interactions, n_items, shrinkage)
        most = NEIGHBOURS if n_items > MANY else 0
        return cls(ItemMatrix.pruned(_blocks(scaled), n_items, floor, most), {"shrinkage": shrinkage, "floor": floor})

    def event_weights(self, history: History) -> FloatArray:
        return np.interp(strengths(history), *GAIN).astype(np.float32)


def normalised(interactions: Interactions, n_items: int, shrinkage: float) -> sp.csr_array[np.float32]:
    """A with AᵀA = S (diagonal apart): who liked what, columns divided by sqrt(n + shrinkage). [n_users, n_items]."""
    matrix = incidence(subset(interactions, interactions.strengths >= LIKED), n_items)
    counts = np.bincount(matrix.indices, minlength=n_items)
    matrix.data /= np.sqrt(counts[matrix.indices] + shrinkage).astype(np.float32)
    return matrix


def factors(interactions: Interactions, n_items: int, shrinkage: float, size: int) -> FloatArray:
    """Item vectors [n_items, <= size] whose inner products are the best approximation of S of that rank."""
    from scipy.sparse.linalg import svds

    scaled = normalised(interactions, n_items, shrinkage)
    size = min(size, min(scaled.shape) - 1)
    if size < 1 or not scaled.nnz:
        return np.zeros((n_items, 1), dtype=np.float32)
    rng = np.random.default_rng(0)  # a fixed start, so that the result is too
    _, values, rows = svds(scaled, k=size, v0=rng.normal(size=min(scaled.shape)).astype(np.float32), rng=rng)
    order = np.argsort(-values, kind="stable")
    vectors = (rows[order] * values[order, None]).T
    signs = np.sign(vectors.sum(axis=0))
    return np.asarray(vectors * np.where(signs == 0, 1, signs), dtype=np.float32)


def _blocks(scaled: sp.csr_array[np.float32]) -> Iterator[sp.csr_array[np.float32]]:
    """Sparse, because most pairs of items share nobody: dense, 200,000 items without behaviour took three minutes."""
    n_items = scaled.shape[1]
    transposed = scaled.T.tocsr()
    for first in range(0, n_items, BLOCK):
        block = (transposed[first : first + BLOCK] @ scaled).tocsr()
        rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        block.data[block.indices == first + rows] = 0
        yield block
