"""How like some items the others are: in what the catalogue says of them, and in who liked them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.rankers.cosine import Cosine
from retrieval.schema import FloatArray

SIMILAR, SIMILAR_TASTE = 16.0, 24.0
"""The scales of the two (see `retrieval.recommend`)."""


def alike(vectors: FloatArray, cosine: Cosine, rows: Sequence[int]) -> list[tuple[str, FloatArray]]:
    """By part, [n_items]: the inner product with the rows' content vectors, [n_items, d], and what those who liked the
    rows liked, too."""
    taste = cosine.alike(np.array(rows))
    return [("similar", SIMILAR * (vectors @ centre(vectors, rows))), ("similar_taste", SIMILAR_TASTE * taste)]


def centre(vectors: FloatArray, rows: Sequence[int]) -> FloatArray:
    """The unit vector between those of the rows, [d]."""
    mean = vectors[list(rows)].mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
