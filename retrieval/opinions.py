"""What opinions told in a conversation say about other items, through what they have in common: naive Bayes.

A feature is a value of a category, tags, list or flag field, or a fifth of the known values of a number or date. Where
liked (or refused) items have a feature more often than other items do, what shares the feature rises (or falls):

    lift_f  = max(0, log((k_f + A·q_f) / ((n + A)·q_f)))     k_f of the n opinions' items have f
    value_e(i) = s_e · (SHARED · Σ_{f ∈ e ∩ i} lift_f / k_f + ALIKE · max(0, <v_e, v_i>))

q_f is how common f is: in the whole catalogue, or, for refusals, also among what was shown and not refused, so that
refusing two of five dramas says nothing against drama. The lift is that of a Bernoulli naive Bayes profile (Pazzani and
Billsus, Machine Learning 27, 1997) with m-estimates of its probabilities; ALIKE weighs the cosine of content vectors.
With lifts frozen the value is a sum over opinions, so each is its own evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import Event, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from retrieval.catalogue import Catalogue

BINS = 5  # equal shares of a number field's known values
PRIOR = 2.0  # A: how many opinions the catalogue's own shares are worth
SEEN = 5.0  # the same for what was shown and not refused
SHARED = {1: 0.4, -1: 0.8}
ALIKE = {1: 0.5, -1: 0.5}


@dataclass(frozen=True, eq=False)
class Opinions:
    """The features of every item: what opinions are about. Built once per catalogue."""

    features: csr_matrix  # [n_items, n_features], 0 or 1
    common: FloatArray  # [n_features], the share of items that have it
    vectors: FloatArray  # [n_items, d], unit content vectors

    @classmethod
    def of(cls, catalogue: Catalogue, vectors: FloatArray) -> Opinions:
        """Binarised features of all fields that have values to share; text is left to the vectors."""
        from scipy.sparse import csr_matrix

        rows: list[IntArray] = [
            members
            for field in catalogue.schema.fields
            for members in (
                _bins(catalogue.numbers(field.name))
                if field.kind in ("number", "date")
                else catalogue.members(field.name).values()
                if field.kind != "text"
                else ()
            )
            if len(members) > 1  # what one item alone has is shared with nothing
        ]
        n_items = len(catalogue.items)
        columns = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
        where = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
        features = csr_matrix((np.ones(len(where), np.float32), (where, columns)), shape=(n_items, len(rows)))
        common = (np.asarray(features.sum(axis=0)).ravel() / max(n_items, 1)).astype(np.float32)
        return cls(features, common, vectors)

    def values(self, events: Sequence[Event], shown: Sequence[int]) -> FloatArray:
        """What each opinion gives to every item, [n_events, n_items]; `shown` are rows that were on a list."""
        from scipy.sparse import csr_matrix

        out = np.zeros((len(events), self.features.shape[0]), dtype=np.float32)
        for sign in (1, -1):
            mine = [place for place, event in enumerate(events) if event.strength * sign > 0]
            if not mine:
                continue
            items = np.array([events[place].item for place in mine], dtype=np.int64)
            having = self.features[items]
            count = np.asarray(having.sum(axis=0), dtype=np.float32).ravel()
            usual = self._usual(sorted(set(shown) - set(items.tolist()))) if sign < 0 else self.common
            some = np.flatnonzero(count)
            usual = np.maximum(usual[some], 1e-6)
            lift = np.log((count[some] + PRIOR * usual) / ((len(mine) + PRIOR) * usual))
            each = np.zeros_like(count)
            each[some] = np.maximum(lift, 0) / count[some]
            shared = (csr_matrix(having.multiply(each)) @ self.features.T).toarray()
            alike = np.maximum(self.vectors[items] @ self.vectors.T, 0)
            strength = np.array([events[place].strength for place in mine], dtype=np.float32)
            out[mine] = strength[:, None] * (SHARED[sign] * shared + ALIKE[sign] * alike)
        return out

    def _usual(self, kept: Sequence[int]) -> FloatArray:
        """How common each feature is, the items that were shown and not refused counting most, [n_features]."""
        seen = np.asarray(self.features[list(kept)].sum(axis=0), dtype=np.float32).ravel()
        return np.asarray((seen + SEEN * self.common) / (len(kept) + SEEN), dtype=np.float32)


def _bins(column: NDArray[np.float64]) -> list[IntArray]:
    """Rows in each fifth of the known values, [n_items] with NaN where unknown."""
    known = np.flatnonzero(~np.isnan(column))
    if not len(known):
        return []
    edges = np.unique(np.quantile(column[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, column[known], side="right")
    return [known[place == b] for b in range(len(edges) + 1)]
