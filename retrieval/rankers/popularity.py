"""How often an item is met at all, and liked (part "popularity"), and how often lately (part "trend").

popularity[i] = log(1 + n_i), and log(1 + l_i) for its likes
trend[h, i]   = log((d_hi + a) / (r_h · n_i + a)),  d_hi = Σ over events before `now` of 2^(−age / half-life h)

n_i counts the events before `now` here, and r_h = Σ d_h / Σ n is the whole catalogue's share of recent events, so that
r_h · n_i of them are expected of an item met n_i times. The ratio of observed to expected is shrunk towards 1: it is
the posterior mean under a gamma prior of mean 1 and shape a (gamma-Poisson; Clayton and Kaldor 1987, "Empirical Bayes
estimates of age-standardized relative risks"). So the trend is near 0 for an item with little evidence, above 0 for
one that is met more than its past lets expect, below 0 for one that was popular once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.additive import Additive, Weights
from retrieval.rankers.matrix import LIKED
from retrieval.schema import FloatArray, History, IntArray, Interactions

DAY = 86_400
PRIOR = 1.0
"""Strength a of the trend's prior, in recent events: that many as expected are supposed to have been seen besides."""
FORGOTTEN = 20
"""Half-lives after which an event is left out: it would count for a millionth."""


class Popularity(Additive):
    """The same for everybody at one moment. `now` is `History.now`, or the data's end when that is 0 or later.

    The trend sees only events strictly before `now` (at or after the data's end: all of them).
    """

    name = "popularity"

    def __init__(
        self,
        counts: FloatArray,
        likes: FloatArray,
        items: IntArray,
        times: IntArray,
        half_lives: FloatArray,
        shares: FloatArray,
    ) -> None:
        """`counts`, `likes`: events and likes by item; `items`, `times`: all events in order of time; `half_lives` in
        days; `shares`, when it ranks alone: of log(1 + n), then of the trends."""
        self.n_items = len(counts)
        self.counts, self.likes, self.items, self.times = counts, likes, items, times
        self.half_lives, self.shares = half_lives, shares
        self.until = int(times[-1]) if len(times) else 0
        self._popularity = np.log1p([counts, likes]).astype(np.float32)
        self._latest = self._trend(self.until, len(times))

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        n_items: int,
        half_lives: tuple[float, ...] = (2.0, 7.0, 30.0, 180.0),
        shares: tuple[float, ...] = (1.0, 0.5, 0.5, 0.5, 0.5),
    ) -> Self:
        order = np.argsort(interactions.times, kind="stable")
        counts = np.bincount(interactions.items, minlength=n_items).astype(np.float32)
        likes = np.bincount(interactions.items[interactions.strengths >= LIKED], minlength=n_items).astype(np.float32)
        days, weights = np.array(half_lives, dtype=np.float32), np.array(shares, dtype=np.float32)
        return cls(counts, likes, interactions.items[order], interactions.times[order], days, weights)

    def weights(self, history: History) -> Weights:  # noqa: ARG002 - the same for every history
        return Weights(constants={"popularity": np.append(self.shares[:1], np.float32(0)), "trend": self.shares[1:]})

    def statistics(self, now: int) -> Mapping[str, FloatArray]:
        latest = now <= 0 or now > self.until
        before = len(self.times) if latest else int(np.searchsorted(self.times, now, side="left"))
        return {"popularity": self._popularity, "trend": self._latest if latest else self._trend(now, before)}

    def _trend(self, now: int, before: int) -> FloatArray:
        trend = np.zeros((len(self.half_lives), self.n_items), dtype=np.float32)
        past = np.bincount(self.items[:before], minlength=self.n_items)
        for row, days in enumerate(self.half_lives):
            first = int(np.searchsorted(self.times[:before], now - FORGOTTEN * float(days) * DAY))
            ages = (now - self.times[first:before]) / (float(days) * DAY)
            recent = np.bincount(self.items[first:before], weights=np.exp2(-ages), minlength=self.n_items)
            expected = past * (recent.sum() / max(before, 1))
            trend[row] = np.log((recent + PRIOR) / (expected + PRIOR))
        return trend

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(*(np.load(folder / f"{name}.npy") for name in _ARRAYS))


_ARRAYS = ("counts", "likes", "items", "times", "half_lives", "shares")
