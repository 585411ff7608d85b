"""How sure a mean is: bootstrap over users, since one user's cases are not independent (Efron 1979)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import IntArray

SAMPLES = 1000
LEVEL = 0.95
Floats = NDArray[np.float64]


def interval(values: Floats, users: IntArray, seed: int = 0) -> tuple[float, float]:
    """The percentile interval of the mean of `values` [n_cases], users drawn with all their cases."""
    return _percentiles(_means(values, users, seed))


def paired_ratio(ours: Floats, theirs: Floats, users: IntArray, seed: int = 0) -> tuple[float, float, float]:
    """Mean of `ours` over mean of `theirs`, and its interval: both are drawn for the same users."""
    left, right = _means(ours, users, seed), _means(theirs, users, seed)
    ratios = left / np.maximum(right, 1e-12)
    return float(ours.mean() / max(float(theirs.mean()), 1e-12)), *_percentiles(ratios)


def _means(values: Floats, users: IntArray, seed: int) -> Floats:
    """The mean in each of SAMPLES draws of as many users."""
    _, places = np.unique(users, return_inverse=True)
    sums, counts = np.bincount(places, weights=values), np.bincount(places)
    drawn = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=SAMPLES)
    return np.asarray((drawn @ sums) / (drawn @ counts), dtype=np.float64)


def _percentiles(samples: Floats) -> tuple[float, float]:
    low, high = np.percentile(samples, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
