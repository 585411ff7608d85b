"""Taste: EASE fitted on likes alone, so that it says what is liked together rather than what is met together.

The formula is that of retrieval/rankers/ease.py with X the likes as ones. Events count alike whatever their age: what
somebody likes changes more slowly than what they are in the middle of.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from retrieval.rankers.ease import Ease
from retrieval.rankers.item_item import ItemItem, strengths
from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import FloatArray, History, Interactions

GAIN = ((-1.0, -0.5, 0.0, 0.5, 1.0), (-0.5, -0.3, 0.0, 0.7, 1.0))
"""What an event says of what its likers like, by its strength, piecewise linear."""


class Taste(ItemItem):
    """Needs no age and no normaliser, so that removing an event changes nothing but its own terms."""

    name = "taste"

    @classmethod
    def fit(
        cls, interactions: Interactions, n_items: int, regularisation: float = 100.0, floor: float = 0.0005
    ) -> Self:
        """As `Ease.fit`; a third of its regularisation, since there are fewer likes than events."""
        likes = subset(interactions, interactions.strengths >= LIKED)
        fitted = Ease.fit(likes, n_items, regularisation, floor=floor)
        return cls(fitted.matrix, {"regularisation": regularisation, "floor": floor})

    def event_weights(self, history: History) -> FloatArray:
        return np.interp(strengths(history), *GAIN).astype(np.float32)
