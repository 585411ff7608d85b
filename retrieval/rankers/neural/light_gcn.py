"""LightGCN: vectors passed along the graph of who met what, and nothing else.

    E^(k+1) = Â E^(k),   Â = D^-½ A D^-½ of the graph of users and items,   V = Σ_{k≤K} E^(k) / (K + 1)

He et al. 2020, "LightGCN: Simplifying and powering graph convolution network for recommendation". Users have no vector
of their own at the start (E^(0) = 0), so that whoever came a second ago is as good as anybody: a user is what reaches
them from their items,

    u = Σ_e g(strength_e) / (Σ_e' |g(strength_e')|)^½ · G[item_e],   G[j] = Σ_{k<K} E^(k)[j] / ((K + 1) √d_j)

with the items' degrees d_j as they were at the fit, and score[i] = β · log(1 + n_i) + <u, V_i>. So the score is a sum
over events, exactly. E^(0) and β are learned by softmax over the catalogue (Liang et al. 2018, "Variational
autoencoders for collaborative filtering", their multinomial likelihood): graph.py.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from retrieval import versions
from retrieval.rankers.additive import Additive, Weights, event_rows
from retrieval.rankers.cold import Regression, completed_heads
from retrieval.rankers.heads import Heads
from retrieval.rankers.item_item import strengths
from retrieval.rankers.matrix import Rows
from retrieval.rankers.neural.stopping import Stopping, Training, ndcg
from retrieval.rankers.sequence import Answer, popularity_curve
from retrieval.schema import FloatArray, History, Interactions

if TYPE_CHECKING:
    from retrieval.rankers.neural.graph import Graph, State

log = logging.getLogger(__name__)
"""Hears of every epoch, as that of sequence_training does."""
GAIN = ((-1.0, -0.5, 0.0, 1.0), (-0.3, 0.8, 1.0, 1.0))
"""What an event counts, by its strength."""
MOST_EPOCHS, PATIENCE = 150, 10


@dataclass(frozen=True)
class Dials:
    """Numbers of a vector, layers K, AdamW's learning rate and weight decay."""

    size: int = 64
    layers: int = 2
    rate: float = 0.02
    decay: float = 0.03


class LightGCN(Stopping, Additive):
    """Parts: "popularity" and, per event, "light_gcn"."""

    name = "light_gcn"
    DIALS = Dials()

    def __init__(self, heads: Heads, popularity: float, counts: FloatArray, epochs: int) -> None:
        """`heads`: G as its one input head, V as outputs; `popularity` β; `counts`: interactions by item, [n_items]."""
        self.heads, self.popularity, self.counts, self.epochs = heads, popularity, counts, epochs
        self.n_items = heads.n_items
        self._popularity = popularity_curve(counts)[None]

    @classmethod
    def trained(cls, interactions: Interactions, n_items: int, training: Training) -> Self:
        import torch

        from retrieval.rankers.neural.graph import Graph, State
        from retrieval.rankers.sequence_training import one_thread

        training = replace(training, dials=training.dials or cls.DIALS)
        graph, state = Graph(interactions, n_items, training.dials.layers), State(n_items, training)
        best, found, done = -1.0, cls._made(graph, state, 0), 0
        last = MOST_EPOCHS if training.epochs is None else training.epochs
        if training.checkpoint is not None and training.checkpoint.exists():
            saved = torch.load(training.checkpoint, weights_only=False)  # our own file, of this very run
            state.restore(saved["state"])
            best, found, done = saved["best"], saved["found"], saved["done"]
        with one_thread():
            for epoch in range(done, last):
                if training.epochs is None and epoch - found.epochs >= PATIENCE:
                    break
                told = {"loss": state.epoch(graph, epoch), "rate": training.dials.rate}
                if training.epochs is None:
                    model = cls._made(graph, state, epoch + 1)
                    told["ndcg@10"] = reached = model.reached(training.answers)
                    if reached > best:
                        best, found = reached, model
                log.info("epoch %d: %s", epoch + 1, told)
                if training.checkpoint is not None:
                    with versions.replacing(training.checkpoint) as out:
                        torch.save({"state": state.dump(), "best": best, "found": found, "done": epoch + 1}, out)
                training.progress((epoch + 1) / last)
        training.progress(1.0)
        return found if training.epochs is None else cls._made(graph, state, last)

    @classmethod
    def _made(cls, graph: Graph, state: State, epochs: int) -> Self:
        return cls(graph.heads(state.start), state.popularity, graph.counts, epochs)

    def reached(self, answers: Sequence[Answer]) -> float:
        """NDCG@10 of the answers."""
        told = [self.heads.vectors(event_rows(a.history), self.event_weights(a.history)).sum(axis=0) for a in answers]
        return ndcg(np.array(told), self.heads.outputs, self.popularity * self._popularity[0], answers)

    def complete(self, regression: Regression) -> None:
        self.heads = completed_heads(self.heads, regression)

    def event_weights(self, history: History) -> FloatArray:
        """The weight of each event, [1, n_events]."""
        gains = np.interp(strengths(history), *GAIN)
        return np.asarray(gains / np.sqrt(max(np.abs(gains).sum(), 1)), dtype=np.float32)[None]

    def weights(self, history: History) -> Weights:
        return Weights(
            constants={"popularity": np.array([self.popularity], dtype=np.float32)},
            events={self.name: self.event_weights(history)},
        )

    def statistics(self, now: int) -> Mapping[str, FloatArray]:  # noqa: ARG002 - part of the contract
        return {"popularity": self._popularity}

    def matrices(self) -> Mapping[str, Rows]:
        return {self.name: self.heads}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.heads.save(folder)
        np.save(folder / "counts.npy", self.counts)
        np.save(folder / "popularity.npy", self.popularity)
        np.save(folder / "epochs.npy", self.epochs)

    @classmethod
    def load(cls, folder: Path) -> Self:
        popularity, counts, epochs = (np.load(folder / f"{name}.npy") for name in ("popularity", "counts", "epochs"))
        return cls(Heads.load(folder), float(popularity), counts, int(epochs))
