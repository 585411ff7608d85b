"""Items with little or no behaviour: what they would give is regressed from what is known of them besides.

Ridge regression (Hoerl and Kennard 1970) of the items' vectors on their features X (retrieval/features.py), fitted on
the items that are known well, each weighted by n / (n + 1):

    v̂_i = v̄ + (x_i − x̄) (Xᵀ D X + λ I)⁻¹ Xᵀ D V,    v_i ← (n_i v_i + m v̂_i) / (n_i + m)

v̂_i is a weighted sum of the known items' vectors, Σ_k A[i, k] v_k, and the weights do not depend on V. So every part
whose scores are linear in the items' vectors is extended by the same A, whether its vectors are stored (the sequence
model's V) or only columns of an item-item matrix (EASE, cosine): score[i] becomes Σ_k A[i, k] score[k]. That is done
event by event, so that contributions still add up, exactly.

Without behaviour at all an item has no popularity either. log(1 + n) is regressed in the same way, over all items,
those that nobody met among them. What counts is how much more or less than of the others that nobody met is expected of
one: so these are not lifted above items that a few people did meet. It is a part with a name of its own: no reason may
say that people met the item.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.heads import Heads
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import Rows
from retrieval.schema import FloatArray, IntArray

FEW = 3
"""Items met less often than this are completed; on latest-small 4,277 of 9,061."""
OWN = 1.0
"""m: how many events the regressed vector is worth."""
REGULARISATION = 0.005
"""λ, where the features of one source have a total variance of 1; from .002 to .01 it makes no difference."""
FEWEST_KNOWN = 100
"""With fewer well-known items nothing is completed."""


@dataclass(frozen=True)
class Regression:
    """A in two thin factors: `features` of the few, [n_few, d + 1], and `smoother` over the known, [n_known, d + 1].

    `few` and `known` are rows of the catalogue; `own` n / (n + m), [n_few], the share of an item's own score;
    `popularity` [n_items], log(1 + n) as expected of items that nobody met, less its mean; 0 for all others.
    """

    few: IntArray
    known: IntArray
    features: FloatArray
    smoother: FloatArray
    own: FloatArray
    popularity: FloatArray

    @classmethod
    def fit(cls, counts: FloatArray, features: FloatArray) -> Self | None:
        """From interactions by item, [n_items], and the items' features; None where there is nothing to complete, or
        too little to learn from."""
        few, known = np.flatnonzero(counts < FEW), np.flatnonzero(counts >= FEW)
        if not len(few) or len(known) < FEWEST_KNOWN:
            return None
        middle, smoother = _smoother(features[known], counts[known] / (counts[known] + 1))
        everyone, over_all = _smoother(features, np.ones(len(counts), dtype=np.float32))
        popularity = np.zeros(len(counts), dtype=np.float32)
        unmet = np.flatnonzero(counts == 0)
        expected = _with_one(features[unmet] - everyone) @ (np.log1p(counts) @ over_all)
        popularity[unmet] = expected - expected.mean() if len(unmet) else 0.0
        own = counts[few] / (counts[few] + OWN)
        thin = _with_one(features[few] - middle)
        return cls(few, known, thin, smoother, own.astype(np.float32), popularity)

    def completed(self, values: FloatArray) -> FloatArray:
        """A copy of `values` [n_items, ...], vectors or scores, with those of the few completed."""
        out = np.array(values, dtype=np.float32)
        flat = out.reshape(len(out), -1)
        own = self.own[:, None]
        flat[self.few] = own * flat[self.few] + (1 - own) * (self.features @ self.summed(flat))
        return out

    def summed(self, values: FloatArray) -> FloatArray:
        """What is left of the known items' values, [n_items, ...] -> [d + 1, ...]: the few are its products."""
        told = values[self.known]
        there = np.flatnonzero(told.any(axis=tuple(range(1, told.ndim))) if told.ndim > 1 else told)
        if len(there) < len(told) // 4:  # an item has few neighbours in a large catalogue
            return np.asarray(self.smoother[there].T @ told[there], dtype=np.float32)
        return np.asarray(self.smoother.T @ told, dtype=np.float32)

    def spread(self, wanted: FloatArray) -> FloatArray:
        """The transpose of `completed`, [n_items] -> [n_items]: which sum of raw scores a sum of completed ones is."""
        out = np.array(wanted, dtype=np.float32)
        out[self.few] = self.own * wanted[self.few]
        out[self.known] += self.smoother @ (((1 - self.own) * wanted[self.few]) @ self.features)
        return out

    def save(self, folder: Path) -> None:
        """Plain arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote; the largest array stays on disk until touched."""
        return cls(**{name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS})


_ARRAYS = ("few", "known", "features", "smoother", "own", "popularity")


@dataclass(frozen=True)
class Completed:
    """An item-item matrix whose columns of little-known items are completed: `Rows` as any other."""

    raw: Rows
    regression: Regression

    @property
    def n_items(self) -> int:
        """Items of the catalogue."""
        return self.raw.n_items

    def weighted_sum(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """What all events together give, [n_items]."""
        if not len(rows):
            return np.zeros(self.n_items, dtype=np.float32)
        return self.regression.completed(self.raw.weighted_sum(rows, weights))

    def some(self, rows: IntArray, weights: FloatArray, items: IntArray) -> FloatArray:
        """What all events together give to some items, [len(items)]."""
        found, scores = self.regression, self.raw.weighted_sum(rows, weights)
        out = scores[items]
        asked = np.flatnonzero(np.isin(items, found.few))
        places = np.searchsorted(found.few, items[asked])
        own = found.own[places]
        out[asked] = own * out[asked] + (1 - own) * (found.features[places] @ found.summed(scores))
        return np.asarray(out, dtype=np.float32)

    def spread(self, rows: IntArray, weights: FloatArray, items: IntArray, out: FloatArray) -> None:
        """Add what each event gives to `items` to `out`, [n_events, len(items)] (zero on entry)."""
        found = self.regression
        self.raw.spread(rows, weights, items, out)
        asked = np.flatnonzero(np.isin(items, found.few))
        if not len(asked) or not len(rows):
            return
        places = np.searchsorted(found.few, items[asked])
        known = np.zeros((len(rows), len(found.known)), dtype=np.float32)
        self.raw.spread(rows, weights, found.known, known)
        own = found.own[places]
        out[:, asked] = own * out[:, asked] + (1 - own) * ((known @ found.smoother) @ found.features[places].T)

    def total(self, rows: IntArray, weights: FloatArray, wanted: FloatArray) -> FloatArray:
        """What each event gives to all items together, counted as `wanted` [n_items] says, [n_events]."""
        return self.raw.total(rows, weights, self.regression.spread(wanted))


def completed_low_rank(matrix: LowRank, regression: Regression) -> LowRank:
    """The same for the factors of a large catalogue's matrix; what an event on a little-known item says stays."""
    return LowRank(matrix.vectors, regression.completed(matrix.outputs))


def completed_heads(heads: Heads, regression: Regression) -> Heads:
    """With the vectors of little-known items themselves completed: a score then costs no more than before, and what is
    said by an event on such an item (E) is known too."""
    return Heads(regression.completed(heads.inputs), regression.completed(heads.outputs))


def _smoother(features: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The weighted mean x̄ [d], and [n, d + 1]: (Xᵀ D X + λ I)⁻¹ Xᵀ D over centred targets, and the weights; turned."""
    shares = (weights / weights.sum()).astype(np.float64)
    middle = shares @ features
    centred = features - middle
    weighted = centred.T * shares
    gram = weighted @ centred
    gram[np.diag_indices_from(gram)] += REGULARISATION
    solved = np.linalg.solve(gram, weighted)
    solved -= solved.sum(axis=1, keepdims=True) * shares  # v̄ is taken off the targets
    return middle.astype(np.float32), np.concatenate([solved, shares[None]]).T.astype(np.float32, order="C")


def _with_one(features: FloatArray) -> FloatArray:
    """A column of ones at the end: what the mean is multiplied by."""
    return np.concatenate([features, np.ones((len(features), 1), dtype=np.float32)], axis=1).astype(np.float32)
