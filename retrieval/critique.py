"""A quality in words ("funnier", "violent") as a direction in the space of the catalogue's item vectors.

The direction is found as in relevance feedback (Rocchio, 1971), with the text encoder in place of a person: the items
whose vectors lie furthest along "violent film" minus "film" stand for the quality, and their mean minus the mean of the
catalogue is its direction. So a quality means what sets these items apart in this catalogue, whatever its items are.
Measured in `bench/critiques.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from retrieval.schema import FloatArray

EXEMPLARS = 100  # items that stand for a quality; 30 and 300 did the same
_SHARE = 0.1  # of a small catalogue, no more than this
_KEPT = 32  # qualities whose values are remembered


class Encodes(Protocol):
    """Whatever turns texts into unit vectors, shape [n, d]."""

    def encode(self, texts: Sequence[str]) -> FloatArray: ...


class Critiques:
    """How much of a quality every item has. Safe to share between threads."""

    def __init__(self, vectors: FloatArray, noun: str, encoder: Encodes) -> None:
        """`vectors` are the items', [n_items, d], of unit length; `noun` is what one item is called."""
        self._vectors, self._noun, self._encoder = vectors, noun, encoder
        self._mean = np.asarray(vectors.mean(axis=0), dtype=np.float32)
        self.values = lru_cache(_KEPT)(self._values)

    def _values(self, quality: str) -> FloatArray:
        """Each item's place along the quality's direction in standard deviations over the catalogue, [n_items]."""
        along = self._vectors @ self.direction(quality)
        spread = float(along.std())
        values = (along - along.mean()) / spread if spread > 1e-6 else np.zeros_like(along)
        values = np.asarray(values, dtype=np.float32)
        values.flags.writeable = False
        return values

    def direction(self, quality: str) -> FloatArray:
        """The unit vector of a quality, [d]."""
        said, neutral = self._encoder.encode([f"{quality} {self._noun}", self._noun])
        closeness = self._vectors @ (said - neutral)
        count = min(EXEMPLARS, max(1, round(_SHARE * len(closeness))))
        exemplars = np.argpartition(-closeness, count - 1)[:count]
        found = self._vectors[exemplars].mean(axis=0) - self._mean
        return np.asarray(found / max(float(np.linalg.norm(found)), 1e-9), dtype=np.float32)
