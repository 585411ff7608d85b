"""The additive sequence model: what comes next, as a sum over what came before.

    score[i] = β · log(1 + n_i)  +  Σ_e Σ_h  k_h(age_e) · g_h(strength_e) / (Σ_e' k_h(age_e'))^½ · <E_h[item_e], V_i>

`age` is the position from the end, 0 for the latest event. Every head h has its own kernel k_h over age and its own
gain g_h over strength, both piecewise linear (the kernel's logarithm over log(1 + age)) and learned together with E and
V by softmax over the catalogue (`sequence_training.py`). A Transformer's attention weighs an event by what the others
are; here an event's weight rests on its place and strength alone, so the score is a sum over events, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.rankers.additive import Additive, Weights, event_rows
from retrieval.rankers.heads import Heads
from retrieval.rankers.item_item import strengths
from retrieval.rankers.matrix import Rows
from retrieval.schema import FloatArray, History, IntArray, Interactions

WINDOW = 200
"""Events of a history that are used, the latest ones."""
AGES = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200)
"""Knots of the kernels' logarithm, linear in log(1 + age) between them."""
STRENGTHS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Knots of the gains."""
ROOT = 0.5
"""Power of the normaliser: 0 lets long histories shout, 1 lets one event and a hundred speak equally loud."""


@dataclass(frozen=True)
class Tuning:
    """How it is trained: numbers of a vector d (128 was no better), the learning rate, AdamW's weight decay (of the
    vectors only), and the share of the events of a history that are dropped."""

    size: int = 64
    rate: float = 0.003
    decay: float = 0.2
    dropped: float = 0.4


TUNING = Tuning()


@dataclass(frozen=True)
class Answer:
    """One question to stop by: the item that came next, given a history and what is no candidate (met already)."""

    history: History
    item: int
    met: IntArray


@dataclass(frozen=True)
class Curves:
    """`kernels` [n_heads, len(AGES)], logarithms; `gains` [n_heads, len(STRENGTHS)]; `popularity` β."""

    kernels: FloatArray
    gains: FloatArray
    popularity: float

    def weights(self, told: FloatArray) -> FloatArray:
        """What each event counts in each head, by strengths oldest first: [n_heads, n_events]."""
        n_events = len(told)
        used = min(n_events, WINDOW)
        ages = np.log1p(np.arange(used - 1, -1, -1))
        knots = np.log1p(AGES)
        out = np.zeros((len(self.kernels), n_events), dtype=np.float32)
        if not used:
            return out
        for head, (kernel, gain) in enumerate(zip(self.kernels, self.gains, strict=True)):
            kept = np.exp(np.interp(ages, knots, kernel))
            said = np.interp(told[n_events - used :], STRENGTHS, gain)
            out[head, n_events - used :] = kept / kept.sum() ** ROOT * said
        return out


class Sequence(Additive):
    """Parts: "popularity" and, per event, "sequence"."""

    name = "sequence"

    def __init__(self, heads: Heads, curves: Curves, counts: FloatArray, epochs: int) -> None:
        """`counts`: interactions by item, [n_items]; `epochs`: how long it was trained."""
        self.heads, self.curves, self.counts, self.epochs = heads, curves, counts, epochs
        self.n_items = heads.n_items
        self._popularity = popularity_curve(counts)[None]

    @classmethod
    def fit(
        cls,
        interactions: Interactions,
        n_items: int,
        seed: int = 0,
        epochs: int | None = None,
        checkpoint: Path | None = None,
        progress: Callable[[float], None] = lambda _done: None,
        tuning: Tuning = TUNING,
    ) -> Self:
        """Without `epochs`: trained without every user's last event until finding those gets no better, then anew on
        everything for as long. `checkpoint`: a file that a killed run goes on from, with the same result."""
        from retrieval.rankers.holdout import last_events
        from retrieval.rankers.matrix import subset
        from retrieval.rankers.sequence_training import train

        if epochs is None:
            users = np.random.default_rng(seed).permutation(np.unique(interactions.users))
            examples, kept = last_events(interactions, users)
            answers = [Answer(e.history, int(e.answers[0]), e.met) for e in examples if e.history.now]
            first = checkpoint and checkpoint.with_suffix(".first")
            fitted = subset(interactions, kept)
            epochs = cls.stopped(fitted, n_items, seed, answers, first, lambda done: progress(done / 2), tuning).epochs
            whole, progress = progress, lambda done: whole((1 + done) / 2)
        return cls(*train(interactions, n_items, seed, (), epochs, checkpoint, progress, tuning))

    @classmethod
    def stopped(
        cls,
        interactions: Interactions,
        n_items: int,
        seed: int,
        answers: Iterable[Answer],
        checkpoint: Path | None = None,
        progress: Callable[[float], None] = lambda _done: None,
        tuning: Tuning = TUNING,
    ) -> Self:
        """Trained until finding the answers, which must not be among the interactions, gets no better."""
        from retrieval.rankers.sequence_training import train

        return cls(*train(interactions, n_items, seed, answers, None, checkpoint, progress, tuning))

    def event_weights(self, history: History) -> FloatArray:
        """The weight of each event in each head, [n_heads, n_events]."""
        return self.curves.weights(strengths(history))

    def weights(self, history: History) -> Weights:
        return Weights(
            constants={"popularity": np.array([self.curves.popularity], dtype=np.float32)},
            events={self.name: self.event_weights(history)},
        )

    def statistics(self, now: int) -> Mapping[str, FloatArray]:  # noqa: ARG002 - part of the contract
        return {"popularity": self._popularity}

    def matrices(self) -> Mapping[str, Rows]:
        return {self.name: self.heads}

    def user_vector(self, history: History) -> FloatArray:
        """The user in the space of `heads.outputs`, [d]: the inner products are the sequence part, exactly."""
        told = self.heads.vectors(event_rows(history), self.event_weights(history))
        return np.asarray(told.sum(axis=0), dtype=np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.heads.save(folder)
        for name in ("kernels", "gains", "popularity"):
            np.save(folder / f"{name}.npy", getattr(self.curves, name))
        np.save(folder / "counts.npy", self.counts)
        np.save(folder / "epochs.npy", self.epochs)

    @classmethod
    def load(cls, folder: Path) -> Self:
        kernels, gains, popularity, counts, epochs = (
            np.load(folder / f"{name}.npy") for name in ("kernels", "gains", "popularity", "counts", "epochs")
        )
        return cls(Heads.load(folder), Curves(kernels, gains, float(popularity)), counts, int(epochs))


def popularity_curve(counts: FloatArray) -> FloatArray:
    """log(1 + n), what β multiplies, [n_items]."""
    return np.asarray(np.log1p(counts), dtype=np.float32)
