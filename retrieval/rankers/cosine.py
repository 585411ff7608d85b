"""Item-item cosine of likes, smoothed: the part for short histories.

    S[j, i] = F_j · F_i · ((n_i + h) / (n_j + h))^a  ≈  c_ij / ((n_j + h)^(½ + a) · (n_i + h)^(½ − a)),   S[i, i] = 0

n users liked an item and c both, each counted d^(−p) times, d being how many items a user likes over the users' mean:
who likes few things says more about how two of them go together (Deshpande and Karypis 2004, "Item-based top-N
recommendation algorithms"). With a = 0 that is the cosine, and with a = ½ a conditional probability, which leads from a
rare item to well-known ones; a between them is the asymmetric cosine (Aiolli 2013). h keeps two items that one user
happened to share from looking identical. F are the strongest directions only (truncated SVD; PureSVD, Cremonesi et al.
2010): what two items share by chance is left out, which helps most where one like is all that is known. And candidates
for a user are one inner-product query, which finds them by this very part of the score.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import scipy.sparse as sp

from retrieval.rankers.item_item import ItemItem, strengths
from retrieval.rankers.low_rank import LowRank, spectrum
from retrieval.rankers.matrix import LIKED, incidence, subset
from retrieval.schema import FloatArray, History, IntArray, Interactions

GAIN = ((-1.0, -0.5, 0.0, 1.0), (-0.5, 0.0, 0.5, 1.0))
"""What an event says of its neighbours, by its strength, piecewise linear: a dislike lowers what its likers like."""
RANK = 64
_TINY = np.float32(1e-9)


class Cosine(ItemItem):
    """Needs no age and no normaliser, so that removing an event changes nothing but its own terms."""

    name = "cosine"
    matrix: LowRank

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        n_items: int,
        shrinkage: float = 20.0,
        asymmetry: float = 0.25,
        activity: float = 0.5,
        rank: int = RANK,
    ) -> Self:
        """`shrinkage` h, `asymmetry` a, `activity` p and the number of directions."""
        settings = {"shrinkage": shrinkage, "asymmetry": asymmetry, "activity": activity, "rank": float(rank)}
        likes = incidence(subset(interactions, interactions.strengths >= LIKED), n_items)
        damped = (np.bincount(likes.indices, minlength=n_items) + np.float32(shrinkage)).astype(np.float32)
        values, directions = spectrum(_scaled(likes, damped, activity), rank)
        vectors = np.ascontiguousarray((directions * values[:, None]).T, dtype=np.float32)
        tilt = (damped ** np.float32(asymmetry))[:, None]
        return cls(LowRank(vectors / tilt, vectors * tilt), settings)

    def event_weights(self, history: History) -> FloatArray:
        return np.interp(strengths(history), *GAIN).astype(np.float32)

    def alike(self, rows: IntArray) -> FloatArray:
        """How alike all items are to these together, whichever is the better known: Σ_j F_j · F_i, [n_items]."""
        told, answers = self.matrix.vectors, self.matrix.outputs
        lengths = np.linalg.norm(told, axis=1), np.linalg.norm(answers, axis=1)
        tilt = np.sqrt((lengths[1] + _TINY) / (lengths[0] + _TINY))
        return np.asarray(answers @ (told[rows] * tilt[rows, None]).sum(axis=0) / tilt, dtype=np.float32)


def _scaled(likes: sp.csr_array[np.float32], damped: FloatArray, activity: float) -> sp.csr_array[np.float32]:
    """A with AᵀA = c / sqrt((n_j + h)(n_i + h)): rows by how much their user likes, columns by how well liked."""
    liked = np.diff(likes.indptr)
    mean = max(float(liked[liked > 0].mean()), 1.0) if likes.nnz else 1.0
    counted = np.where(liked > 0, np.maximum(liked, 1) / mean, 1.0) ** (-activity / 2)
    data = np.repeat(counted, liked).astype(np.float32) / np.sqrt(damped[likes.indices])
    return sp.csr_array((data, likes.indices, likes.indptr), shape=likes.shape)
