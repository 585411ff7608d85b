"""EASE, a linear item-item model in closed form, with the history weighted by recency.

Steck 2019, "Embarrassingly shallow autoencoders for sparse data" (arXiv 1905.03375): B minimises ‖X − XB‖² + λ‖B‖²
with zero diagonal, so that B[j, i] = −P[j, i] / P[i, i] for P = (XᵀX + λI)⁻¹. Scores here are

    score[i] = Σ_e  g(strength_e) · position_e^−α · B[item_e, i]

with position 1 for the latest event: an order that the model was not fitted with, and that helps all the same.
With fewer users than items P comes from the users' side, P = (I − Xᵀ(XXᵀ + λI)⁻¹X) / λ (Woodbury), exact and cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np

from retrieval.errors import DataError
from retrieval.rankers.item_item import ItemItem, strengths
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import BLOCK, ItemMatrix, incidence
from retrieval.schema import FloatArray, History, Interactions

GAIN = ((-1.0, -0.5, 0.0, 1.0), (-0.3, 0.8, 1.0, 1.0))
"""What an event of the history counts, by its strength, piecewise linear: what was met says what is met next whether
it was liked or not, down to an outright dislike, which lowers its neighbours."""
MOST_ITEMS = 20_000
"""The largest catalogue that an item-item matrix is made for (400 million numbers before pruning)."""


class Ease(ItemItem):
    """Fit on who met what (what people choose to rate says most), scored with signed, aged events."""

    name = "ease"

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        n_items: int,
        regularisation: float = 300.0,
        recency: float = 0.8,
        floor: float = 0.0005,
    ) -> Self:
        """`n_items` above 20,000: B of the strongest directions only, never made (retrieval/rankers/low_rank.py)."""
        if regularisation <= 0:
            raise DataError(f"EASE got regularisation {regularisation}, it must be above 0; try 300.")
        settings = {"regularisation": regularisation, "recency": recency, "floor": floor}
        if n_items > MOST_ITEMS:
            return cls(LowRank.fit(interactions, n_items, regularisation), settings)
        return cls(ItemMatrix.pruned(blocks(interactions, n_items, regularisation), n_items, floor), settings)

    def event_weights(self, history: History) -> FloatArray:
        return self.gains(history) * self.ages(history)

    def gains(self, history: History) -> FloatArray:
        """The events' signed gains, whatever their age, [n_events]."""
        return np.interp(strengths(history), *GAIN).astype(np.float32)

    def ages(self, history: History) -> FloatArray:
        """What is left of an event by its position from the end: 1 for the latest, [n_events]."""
        positions = np.arange(len(history.events), 0, -1, dtype=np.float32)
        return np.asarray(positions ** np.float32(-self.settings["recency"]), dtype=np.float32)


def blocks(interactions: Interactions, n_items: int, regularisation: float) -> Iterator[FloatArray]:
    """Rows of B, BLOCK at a time, in float32 from an inverse in float64."""
    met = incidence(interactions, n_items)
    if met.shape[0] < n_items:
        dense = met.toarray()
        inverse = _inverse((met @ met.T).toarray(), regularisation)
        left = (inverse @ dense).T  # (K X)ᵀ, [n_items, n_users]
        diagonal = 1 - np.einsum("iu,ui->i", left, dense)

        def rows(first: int) -> FloatArray:
            return np.asarray(left[first : first + BLOCK] @ dense, dtype=np.float32)
    else:
        inverse = _inverse((met.T @ met).toarray(), regularisation)
        diagonal = inverse.diagonal()

        def rows(first: int) -> FloatArray:
            return -inverse[first : first + BLOCK]

    for first in range(0, n_items, BLOCK):
        block = rows(first) / diagonal
        own = np.arange(len(block))
        block[own, first + own] = 0
        yield block


def _inverse(gram: FloatArray, regularisation: float) -> FloatArray:
    """(gram + λI)⁻¹ by Cholesky, in float64 and in place: 8 n² bytes, 3.2 GB at 20,000."""
    from scipy.linalg.lapack import dpotrf, dpotri

    if not len(gram):  # nobody has done anything yet
        return np.zeros((0, 0), dtype=np.float32)
    square = np.asfortranarray(gram, dtype=np.float64)
    square[np.diag_indices_from(square)] += regularisation
    factor, failed = dpotrf(square, lower=True, overwrite_a=True)
    if not failed:
        factor, failed = dpotri(factor, lower=True, overwrite_c=True)
    if failed:
        raise DataError(f"EASE could not invert its matrix with regularisation {regularisation}; try a larger one.")
    below = np.tril(factor.astype(np.float32))
    return np.asarray(below + np.tril(below, -1).T, dtype=np.float32)
