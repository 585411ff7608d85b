"""Content: what is known of items besides behaviour, weighed by the likes and dislikes of the history.

    score[i] = Σ_e g(strength_e) / √n · <x_e, x_i>

x are the items' features (retrieval/features.py: fields, text, neighbours in a graph), n the number of events. The sum
over the events is a profile of preferred field values and words, as in content-based filtering (Pazzani and Billsus
2007). It needs nobody else's behaviour, so it speaks for items that nobody has met.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.additive import Additive, Weights
from retrieval.rankers.cosine import GAIN
from retrieval.rankers.heads import Heads
from retrieval.rankers.item_item import strengths
from retrieval.rankers.matrix import Rows
from retrieval.schema import FloatArray, History, Interactions


class Content(Additive):
    """Without features it says nothing."""

    name = "content"

    def __init__(self, features: FloatArray) -> None:
        """`features`: [n_items, d]."""
        self.vectors = features
        self.n_items = len(features)
        self.heads = Heads(features[:, None], features)

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, features: FloatArray | None = None) -> Self:  # noqa: ARG003 - part of the contract
        return cls(np.zeros((n_items, 1), dtype=np.float32) if features is None else features)

    def event_weights(self, history: History) -> FloatArray:
        """The weight of each event, [1, n_events]: one head."""
        gains = np.interp(strengths(history), *GAIN) / np.sqrt(max(len(history.events), 1))
        return np.asarray(gains[None], dtype=np.float32)

    def weights(self, history: History) -> Weights:
        return Weights(events={self.name: self.event_weights(history)})

    def matrices(self) -> Mapping[str, Rows]:
        return {self.name: self.heads}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(np.load(folder / "vectors.npy"))
