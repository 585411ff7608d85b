"""The base of rankers with one item-item matrix: score = Σ over events of weight(event) · M[item]."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.additive import Additive, Weights
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import ItemMatrix, Rows
from retrieval.schema import FloatArray, History


class ItemItem(Additive):
    """`part` names the terms; `settings` are the dials that `fit` was given."""

    def __init__(self, matrix: ItemMatrix | LowRank, settings: Mapping[str, float]) -> None:
        self.matrix = matrix
        self.settings = dict(settings)
        self.n_items = matrix.n_items

    @abstractmethod
    def event_weights(self, history: History) -> FloatArray:
        """The signed weight of each event, [n_events]."""

    def weights(self, history: History) -> Weights:
        return Weights(events={self.name: self.event_weights(history)})

    def matrices(self) -> Mapping[str, Rows]:
        return {self.name: self.matrix}

    def save(self, folder: Path) -> None:
        self.matrix.save(folder)
        (folder / "settings.json").write_text(json.dumps(self.settings), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        kind = LowRank if (folder / "vectors.npy").exists() else ItemMatrix
        return cls(kind.load(folder), json.loads((folder / "settings.json").read_text(encoding="utf-8")))


def strengths(history: History) -> FloatArray:
    """The events' signed strengths, [n_events]."""
    return np.array([event.strength for event in history.events], dtype=np.float32)
