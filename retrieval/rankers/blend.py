"""What serves: statistics and sums over the events, added up with weights that depend on how much is known of the user
and on how long the user was away.

    score = Σ_f coefficient_f(context) · feature_f,   coefficient_f(context) = Σ_k basis_k(context) · C[k, f]

Features are counts of events and of likes, one trend per half-life, EASE with all events counting alike, EASE with
recency, taste, cosine, content, and the sequence model's events. Popularity and trend do not depend on the user's
events; the two of EASE share a matrix and come out as one part, whose kernel over age so changes from flat, for a
newcomer, to steep. Scales are fixed once, on validation data; nothing is normalised per request.

The context has two numbers. `length` is the number of the history's events; over log2(1 + length) there are linear hat
functions, so the weights change smoothly from a newcomer's to a heavy user's. `presence` is 1 for who is in the middle
of things, whose last event is less than an hour old, and 0 for who was away for a month or more: the one wants what
comes next, the other something good. Short histories do not tell the two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.errors import NotPrepared
from retrieval.rankers.additive import Additive, Weights, event_rows
from retrieval.rankers.cold import Completed, Regression, completed_heads, completed_low_rank
from retrieval.rankers.content import Content
from retrieval.rankers.cosine import Cosine
from retrieval.rankers.ease import Ease
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import ItemMatrix, Rows
from retrieval.rankers.popularity import Popularity
from retrieval.rankers.sequence import TUNING, Sequence, Tuning
from retrieval.rankers.taste import Taste
from retrieval.schema import FloatArray, History, Interactions

LENGTHS = (0.0, 1.0, 3.0, 10.0, 20.0, 150.0)
"""History lengths at which the coefficients are learned; between them they are interpolated, beyond them constant."""
COUNTED = ("popularity", "liked", "trend_2", "trend_7", "trend_30", "trend_180")
FEATURES = (*COUNTED, "ease", "ease_recent", "taste", "cosine", "content", "sequence")
"""Features by name; of a trend the half-life in days."""
N_POPULARITY, N_COUNTED = 2, len(COUNTED)
"""The first so many features are popularity, and so many logarithms of counts; the others come from the events."""
N_SHORT = 4
"""The first so many lengths know of no presence."""
HERE, AWAY = 3_600, 30 * 86_400
"""Seconds since the last event up to which somebody is there, and from which on away."""
CONTEXTS = (
    *(f"{length:g}" for length in LENGTHS[:N_SHORT]),
    *(f"{length:g} present" for length in LENGTHS[N_SHORT:]),
    *(f"{length:g} away" for length in LENGTHS[N_SHORT:]),
)
"""What each row of the coefficients is for."""
_UNLEARNED = {"popularity": 0.5, "trend_7": 0.1, "trend_30": 0.1, "trend_180": 0.1, "ease": 5.0, "cosine": 5.0}
UNLEARNED = np.tile(np.array([_UNLEARNED.get(name, 0.0) for name in FEATURES], dtype=np.float32), (len(CONTEXTS), 1))
"""Coefficients where there is too little behaviour to learn them: near those MovieLens gives to short histories."""


class Blend(Additive):
    """Parts keep their names: "popularity", "trend", "ease", "taste", "cosine", "content", "sequence". The last is left
    out when no coefficient speaks for it, or a catalogue is too large to train it; content without features. With items
    completed (cold.py) there is also "expected_popularity"."""

    name = "blend"

    def __init__(
        self,
        popularity: Popularity,
        ease: Ease,
        taste: Taste,
        cosine: Cosine,
        sequence: Sequence | None,
        coefficients: FloatArray,
    ) -> None:
        """`coefficients`: [len(CONTEXTS), len(FEATURES)], scales divided out."""
        self.popularity, self.ease, self.taste, self.cosine = popularity, ease, taste, cosine
        self.sequence = sequence
        self.coefficients = coefficients
        self.n_items = popularity.n_items
        self.content: Content | None = None
        self.regression: Regression | None = None

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, seed: int = 0, features: FloatArray | None = None) -> Self:
        from retrieval.rankers.blending import learn

        learned = learn(interactions, n_items, seed, features=features)
        blend = cls.build(interactions, n_items, learned.coefficients, seed=seed, epochs=learned.epochs)
        if features is not None:
            blend.describe(features)
        return blend

    @classmethod
    def build(
        cls,
        interactions: Interactions,
        n_items: int,
        coefficients: FloatArray,
        seed: int = 0,
        epochs: int = 0,
        checkpoint: Path | None = None,
        progress: Callable[[float], None] = lambda _done: None,
        tuning: Tuning = TUNING,
    ) -> Self:
        """The parts fitted on all interactions, with coefficients learned elsewhere; `epochs` of the sequence model."""
        sequence = None
        if epochs and coefficients[:, -1].any():
            sequence = Sequence.fit(interactions, n_items, seed, epochs, checkpoint, progress, tuning)
        return cls(
            Popularity.fit(interactions, n_items),
            Ease.fit(interactions, n_items),
            Taste.fit(interactions, n_items),
            Cosine.fit(interactions, n_items),
            sequence,
            coefficients,
        )

    def weights(self, history: History) -> Weights:
        cosine = self.cosine.event_weights(history)
        coefficient = self.context(history) @ self.coefficients
        ease, recent, taste, alike, content, next_ = coefficient[N_COUNTED:]
        events = {
            "ease": self.ease.gains(history) * (ease + recent * self.ease.ages(history)),
            "taste": taste * self.taste.event_weights(history),
            "cosine": alike * cosine,
        }
        if self.content is not None:
            events["content"] = content * self.content.event_weights(history)
        if self.sequence is not None:
            events["sequence"] = next_ * self.sequence.event_weights(history)
        constants = {"popularity": coefficient[:N_POPULARITY], "trend": coefficient[N_POPULARITY:N_COUNTED]}
        if self.regression is not None:
            constants["expected_popularity"] = coefficient[:N_POPULARITY].sum(keepdims=True)
        return Weights(constants, events)

    def describe(self, features: FloatArray) -> None:
        """Give the content part what is known of the items besides behaviour, [n_items, d] (retrieval/features.py)."""
        self.content = Content(features)

    def complete(self, features: FloatArray) -> None:
        """`describe`, and let items with little or no behaviour be scored by what is known of them besides; to be
        called once, after fitting."""
        self.describe(features)
        self.regression = Regression.fit(self.popularity.counts, features)
        if self.regression is not None:
            if self.sequence is not None:
                self.sequence.heads = completed_heads(self.sequence.heads, self.regression)
            for part in (self.ease, self.taste, self.cosine):
                if isinstance(part.matrix, LowRank):
                    part.matrix = completed_low_rank(part.matrix, self.regression)

    def context(self, history: History, least: float = 0.0) -> FloatArray:
        """How much each row of the coefficients counts for this history, taken to be at least so long: [len(CONTEXTS)],
        not negative, summing to 1."""
        lengths, present = hats(max(self.length(history), least)), self.presence(history)
        long = lengths[N_SHORT:]
        return np.concatenate([lengths[:N_SHORT], present * long, (1 - present) * long]).astype(np.float32)

    def presence(self, history: History) -> float:
        """1 for who has just done something, 0 for who was long away, linear in the time's logarithm between."""
        if not history.events:
            return 0.0
        until = self.popularity.until + 1
        now = min(history.now, until) if history.now > 0 else until
        gap = np.log(np.clip(now - history.events[-1].time, HERE, AWAY))
        return float(np.interp(gap, np.log([HERE, AWAY]), [1.0, 0.0]))

    def length(self, history: History) -> float:
        """How much is known of the user: the number of events."""
        return float(len(history.events))

    def statistics(self, now: int) -> Mapping[str, FloatArray]:
        known = self.popularity.statistics(now)
        if self.regression is None:
            return known
        return {**known, "expected_popularity": self.regression.popularity[None]}

    def matrices(self) -> Mapping[str, Rows]:
        rows: dict[str, Rows] = {"ease": self.ease.matrix, "taste": self.taste.matrix, "cosine": self.cosine.matrix}
        if self.regression is not None:  # where there are vectors, they are completed themselves
            rows = {p: Completed(r, self.regression) if isinstance(r, ItemMatrix) else r for p, r in rows.items()}
        if self.content is not None:
            rows["content"] = self.content.heads
        if self.sequence is not None:
            rows["sequence"] = self.sequence.heads
        return rows

    def features(self, history: History) -> FloatArray:
        """What the coefficients multiply, [len(FEATURES), n_items]."""
        rows, known = event_rows(history), self.statistics(history.now)
        gains = self.ease.gains(history)
        flat = self.ease.matrix.weighted_sum(rows, gains)
        aged = self.ease.matrix.weighted_sum(rows, gains * self.ease.ages(history))
        taste = self.taste.matrix.weighted_sum(rows, self.taste.event_weights(history))
        cosine = self.cosine.matrix.weighted_sum(rows, self.cosine.event_weights(history))
        alike, coming = np.zeros((2, self.n_items), dtype=np.float32)
        if self.content is not None:
            alike = self.content.heads.weighted_sum(rows, self.content.event_weights(history))
        if self.sequence is not None:
            coming = self.sequence.heads.weighted_sum(rows, self.sequence.event_weights(history))
        return np.vstack([known["popularity"], known["trend"], flat, aged, taste, cosine, alike, coming])

    def neighbours(self, history: History) -> FloatArray:
        """What the events alone give to every item, [n_items]: the score without popularity and trend."""
        rows, weights = event_rows(history), self.weights(history).events
        total = np.zeros(self.n_items, dtype=np.float32)
        for part, matrix in self.matrices().items():
            total += matrix.weighted_sum(rows, weights[part])
        return total

    @property
    def factors(self) -> FloatArray:
        """The items as candidates are found by, [n_items, d]."""
        return self.cosine.matrix.outputs

    def user_vector(self, history: History) -> FloatArray:
        """The user in the space of `factors`, [d]: inner products are the cosine part before its weight."""
        told = self.cosine.matrix.vectors[event_rows(history)]
        return np.asarray(self.cosine.event_weights(history) @ told, dtype=np.float32)

    def save(self, folder: Path) -> None:
        for part in (self.popularity, self.ease, self.taste, self.cosine, self.content, self.sequence):
            if part is not None:
                (folder / part.name).mkdir()
                part.save(folder / part.name)
        if self.regression is not None:
            self.regression.save(folder / "cold")
        np.save(folder / "coefficients.npy", self.coefficients)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote; NotPrepared when files are damaged, or another version of Because wrote them."""
        try:
            loaded = cls(
                Popularity.load(folder / Popularity.name),
                Ease.load(folder / Ease.name),
                Taste.load(folder / Taste.name),
                Cosine.load(folder / Cosine.name),
                Sequence.load(folder / Sequence.name) if (folder / Sequence.name).exists() else None,
                np.load(folder / "coefficients.npy"),
            )
            if (folder / Content.name).exists():
                loaded.content = Content.load(folder / Content.name)
            if (folder / "cold").exists():
                loaded.regression = Regression.load(folder / "cold")
            loaded._check()
        except (OSError, ValueError, TypeError, IndexError, EOFError) as error:
            raise NotPrepared(
                f"The ranker in {folder} is damaged or of another version of Because ({error}); run `because prepare`."
            ) from error
        return loaded

    def _check(self) -> None:
        """ValueError where the parts do not fit each other or this code."""
        sizes = {part: matrix.n_items for part, matrix in self.matrices().items()}
        for part, n_items in sizes.items():
            if n_items != self.n_items:
                raise ValueError(f"{part} has {n_items:,} items instead of {self.n_items:,}")
        expected = (len(CONTEXTS), len(FEATURES))
        if self.coefficients.shape != expected:
            raise ValueError(f"coefficients of shape {self.coefficients.shape} instead of {expected}")
        if N_POPULARITY + len(self.popularity.half_lives) != N_COUNTED:
            raise ValueError(f"{len(self.popularity.half_lives)} trends instead of {N_COUNTED - N_POPULARITY}")


def hats(length: float) -> FloatArray:
    """The linear hat functions over log2(1 + length) at LENGTHS: non-negative, summing to 1. [len(LENGTHS)]."""
    knots = np.log2(1 + np.array(LENGTHS))
    place = np.log2(1 + min(float(length), LENGTHS[-1]))
    return np.array([np.interp(place, knots, row) for row in np.eye(len(knots))], dtype=np.float32)
