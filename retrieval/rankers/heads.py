"""Rows of an item-item matrix that are sums of products of vectors: what the additive sequence model gives per event.

    row of event e = Σ_h weights[h, e] · E_h[item_e] · Vᵀ

The matrix is never made. The weights of an event are one number per head, so that each head can have its own kernel
over age and its own gain, and an event is still one term.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.rankers.quantised import read
from retrieval.schema import FloatArray, IntArray


@dataclass(frozen=True)
class Heads:
    """`inputs` E [n_items, n_heads, d], what an event on an item says; `outputs` V [n_items, d], what items answer."""

    inputs: FloatArray
    outputs: FloatArray

    @property
    def n_items(self) -> int:
        """Items of the catalogue."""
        return len(self.outputs)

    def vectors(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """What each event adds to the user's vector, weights [n_heads, n_events]: [n_events, d]."""
        return np.asarray(np.einsum("ehd,he->ed", self.inputs[rows], weights), dtype=np.float32)

    def weighted_sum(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """Scores of all items, [n_items]: one product with the user's vector."""
        if not len(rows):
            return np.zeros(self.n_items, dtype=np.float32)
        return np.asarray(self.outputs @ self.vectors(rows, weights).sum(axis=0), dtype=np.float32)

    def some(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """Scores of some items, [len(items)]."""
        return np.asarray(self.outputs[items] @ self.vectors(rows, weights).sum(axis=0), dtype=np.float32)

    def spread(self, rows: IntArray, weights: FloatArray, items: IntArray, out: FloatArray) -> None:
        """Add what each event gives to `items` to `out`, shape [n_events, len(items)] (zero on entry)."""
        out += self.vectors(rows, weights) @ self.outputs[items].T

    def total(self, rows: IntArray, weights: FloatArray, wanted: FloatArray) -> FloatArray:
        """What each event gives to all items together, counted as `wanted` [n_items] says, [n_events]."""
        return np.asarray(self.vectors(rows, weights) @ (wanted @ self.outputs), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Two plain arrays."""
        np.save(folder / "inputs.npy", self.inputs)
        np.save(folder / "outputs.npy", self.outputs)

    @classmethod
    def load(cls, folder: Path) -> Heads:
        """What `save` wrote, in 8 bits or not; outputs are read at once, as every score needs them all."""
        return cls(read(folder / "inputs.npy"), np.array(read(folder / "outputs.npy")))
