"""How alike two items are to a person: what they share in their fields and in their descriptions."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from bot.evaluation.fields import numbers
from retrieval.catalogue import Catalogue
from retrieval.schema import Field, FloatArray, Value


class Likeness:
    """Half the mean agreement of the fields known of both, half the cosine of the content vectors. At most 1."""

    def __init__(self, catalogue: Catalogue, vectors: FloatArray) -> None:
        self.catalogue, self.vectors = catalogue, vectors

    def of(self, one: int, other: int) -> float:
        """The likeness of two rows."""
        here, there = (self.catalogue.items[row].attributes for row in (one, other))
        fields = [f for f in self.catalogue.schema.fields if f.name in here and f.name in there]
        agreeing = [self._agreement(f, here[f.name], there[f.name]) for f in fields if f.kind not in ("text", "date")]
        content = float(self.vectors[one] @ self.vectors[other])
        return 0.5 * (float(np.mean(agreeing)) if agreeing else content) + 0.5 * content

    @cached_property
    def well_known(self) -> FloatArray:
        """The share of the items that are met less often than each, [n_items]; one half where nothing is known."""
        counts = self.catalogue.counts
        if not counts.any():
            return np.full(len(counts), 0.5, dtype=np.float32)
        return np.asarray(np.searchsorted(np.sort(counts), counts) / len(counts), dtype=np.float32)

    @cached_property
    def _columns(self) -> dict[str, FloatArray]:
        return {f.name: numbers(self.catalogue, f) for f in self.catalogue.schema.fields if f.kind == "number"}

    def _agreement(self, field: Field, one: Value, other: Value) -> float:
        if isinstance(one, tuple) and isinstance(other, tuple):
            return len({*one} & {*other}) / max(len({*one, *other}), 1)
        if field.kind == "number" and isinstance(one, int | float) and isinstance(other, int | float):
            column = self._columns[field.name]
            low, high = np.searchsorted(column, sorted((float(one), float(other))))
            return 1.0 - float(high - low) / len(column)
        return float(one == other)
