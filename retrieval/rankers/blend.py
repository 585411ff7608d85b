"""What serves: popularity, trend, EASE and cosine added up, with weights that depend on how much is known of the user.

    score = Σ_f coefficient_f(length) / scale_f · feature_f,   coefficient_f(length) = Σ_k hat_k(length) · C[k, f]

Features are popularity, one trend per half-life, EASE with all events counting alike, EASE with recency, and cosine.
Popularity and trend do not depend on the user's events; the two of EASE share a matrix and come out as one part, whose
kernel over age so changes from flat, for a newcomer, to steep. Scales are fixed once, on validation data; nothing is
normalised per request. `length` is the sum of the absolute gains of the history's events, and hat_k are the linear
hat functions over log2(1 + length), so the weights change smoothly from a newcomer's to a heavy user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.additive import Additive, Weights, event_rows
from retrieval.rankers.cosine import Cosine, factors
from retrieval.rankers.ease import Ease
from retrieval.rankers.matrix import Rows
from retrieval.rankers.popularity import Popularity
from retrieval.schema import FloatArray, History, Interactions

LENGTHS = (0.0, 1.0, 3.0, 10.0, 20.0, 50.0, 150.0)
"""History lengths at which the coefficients are learned; between them they are interpolated, beyond them constant."""
FACTORS = 64
N_COUNTED = 4
"""The first so many features, popularity and trends, are logarithms of counts; the others come from the events."""
N_FEATURES = 7
UNLEARNED = np.tile(np.array([0.5, 0.1, 0.1, 0.1, 5.0, 0.0, 5.0], dtype=np.float32), (len(LENGTHS), 1))
"""Coefficients where there is too little behaviour to learn them: near those MovieLens gives to short histories."""


class Blend(Additive):
    """Parts keep their names: "popularity", "trend", "ease", "cosine"."""

    name = "blend"

    def __init__(
        self, popularity: Popularity, ease: Ease, cosine: Cosine, item_factors: FloatArray, coefficients: FloatArray
    ) -> None:
        """`coefficients`: [len(LENGTHS), n_features], scales divided out; features as `Blend.features` orders them."""
        self.popularity, self.ease, self.cosine = popularity, ease, cosine
        self.factors, self.coefficients = item_factors, coefficients
        self.n_items = popularity.n_items

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int) -> Self:
        from retrieval.rankers.blending import learn

        return cls.build(interactions, n_items, learn(interactions, n_items).coefficients)

    @classmethod
    def build(
        cls, interactions: Interactions, n_items: int, coefficients: FloatArray, n_factors: int = FACTORS
    ) -> Self:
        """The parts fitted on all interactions, with coefficients learned elsewhere."""
        cosine = Cosine.fit(interactions, n_items)
        return cls(
            Popularity.fit(interactions, n_items),
            Ease.fit(interactions, n_items),
            cosine,
            factors(interactions, n_items, cosine.settings["shrinkage"], n_factors),
            coefficients,
        )

    def weights(self, history: History) -> Weights:
        cosine = self.cosine.event_weights(history)
        coefficient = hats(float(np.abs(cosine).sum())) @ self.coefficients
        return Weights(
            constants={"popularity": coefficient[:1], "trend": coefficient[1:-3]},
            events={
                "ease": self.ease.gains(history) * (coefficient[-3] + coefficient[-2] * self.ease.ages(history)),
                "cosine": coefficient[-1] * cosine,
            },
        )

    def length(self, history: History) -> float:
        """How much is known of the user: the sum of the absolute gains of the events."""
        return float(np.abs(self.cosine.event_weights(history)).sum())

    def statistics(self, now: int) -> Mapping[str, FloatArray]:
        return self.popularity.statistics(now)

    def matrices(self) -> Mapping[str, Rows]:
        return {"ease": self.ease.matrix, "cosine": self.cosine.matrix}

    def features(self, history: History) -> FloatArray:
        """What the coefficients multiply, [n_features, n_items]: popularity, trends, EASE flat and aged, cosine."""
        rows, known = event_rows(history), self.statistics(history.now)
        flat = self.ease.matrix.weighted_sum(rows, self.ease.gains(history))
        aged = self.ease.matrix.weighted_sum(rows, self.ease.event_weights(history))
        cosine = self.cosine.matrix.weighted_sum(rows, self.cosine.event_weights(history))
        return np.vstack([known["popularity"], known["trend"], flat, aged, cosine])

    def neighbours(self, history: History) -> FloatArray:
        """What the events alone give to every item, [n_items]: the score without popularity and trend."""
        rows, weights = event_rows(history), self.weights(history).events
        total = np.zeros(self.n_items, dtype=np.float32)
        for part, matrix in self.matrices().items():
            total += matrix.weighted_sum(rows, weights[part])
        return total

    def user_vector(self, history: History) -> FloatArray:
        """The user in the space of `factors`, [d]: inner products approximate the cosine part before its weight."""
        return np.asarray(self.cosine.event_weights(history) @ self.factors[event_rows(history)], dtype=np.float32)

    def save(self, folder: Path) -> None:
        for part in (self.popularity, self.ease, self.cosine):
            (folder / part.name).mkdir()
            part.save(folder / part.name)
        np.save(folder / "factors.npy", self.factors)
        np.save(folder / "coefficients.npy", self.coefficients)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(
            Popularity.load(folder / Popularity.name),
            Ease.load(folder / Ease.name),
            Cosine.load(folder / Cosine.name),
            np.load(folder / "factors.npy"),
            np.load(folder / "coefficients.npy"),
        )


def hats(length: float) -> FloatArray:
    """The linear hat functions over log2(1 + length) at LENGTHS: non-negative, summing to 1. [len(LENGTHS)]."""
    knots = np.log2(1 + np.array(LENGTHS))
    place = np.log2(1 + min(float(length), LENGTHS[-1]))
    return np.array([np.interp(place, knots, row) for row in np.eye(len(knots))], dtype=np.float32)
