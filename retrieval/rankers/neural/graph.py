"""The graph of who met what: how LightGCN's vectors pass along it, and how they are learned.

Propagation is linear and the graph's matrix symmetric, so a gradient passes back along the same graph: no automatic
differentiation is needed, and scipy's sparse products do both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from retrieval.rankers.heads import Heads
from retrieval.rankers.matrix import incidence
from retrieval.rankers.neural.light_gcn import GAIN
from retrieval.rankers.neural.stopping import Training
from retrieval.rankers.sequence import popularity_curve
from retrieval.schema import FloatArray, IntArray, Interactions

BATCH = 64
"""Users of a batch."""
SPREAD = 0.1
"""Standard deviation of E^(0) at the start."""


class Graph:
    """Edges between users and items, each divided by the root of both ends' degrees."""

    def __init__(self, interactions: Interactions, n_items: int, layers: int) -> None:
        met = incidence(interactions, n_items)
        by_user, by_item = (np.maximum(np.asarray(met.sum(axis=axis)).ravel(), 1) for axis in (1, 0))
        self.layers = layers
        self.root = (1 / np.sqrt(by_item)).astype(np.float32)[:, None]
        near = sp.diags_array(1 / np.sqrt(by_user)) @ met @ sp.diags_array(self.root[:, 0])
        self.near = sp.csr_array(near.astype(np.float32))
        self.back = sp.csr_array(self.near.T)
        gains = np.interp(interactions.strengths, *GAIN).astype(np.float32)
        self.gains = sp.csr_array((gains, (interactions.users, interactions.items)), shape=met.shape)
        self.gains.sum_duplicates()
        self.users = np.flatnonzero(np.diff(met.indptr) > 1)  # who met one item has none left to find
        self.counts = np.bincount(interactions.items, minlength=n_items).astype(np.float32)
        self.popularity = popularity_curve(self.counts)

    def heads(self, start: FloatArray) -> Heads:
        """G as the one input head, V as outputs, from E^(0), [n_items, d]."""
        return Heads((self.root * self._passed(start, self.layers - 1))[:, None], self._passed(start, self.layers))

    def batches(self, random: np.random.Generator) -> list[IntArray]:
        """The users of an epoch."""
        return np.array_split(random.permutation(self.users), max(1, len(self.users) // BATCH))

    def gradients(
        self, start: FloatArray, beta: float, batch: IntArray, random: np.random.Generator
    ) -> tuple[FloatArray, float, float]:
        """Of the batch's mean cross-entropy by E^(0) and by β, and the cross-entropy. Each user tells a random share of
        their items, the others are to be found among all that were not told."""
        heads = self.heads(start)
        gains = self.gains[batch]
        met = gains.toarray() != 0
        told = met & (random.random(met.shape) < random.random((len(batch), 1)))
        hidden = met & ~told
        said = sp.csr_array(np.where(told, gains.toarray(), 0).astype(np.float32))
        scale = (1 / np.sqrt(np.maximum(abs(said).sum(axis=1), 1))).astype(np.float32)[:, None]
        users = (said @ heads.inputs[:, 0]) * scale
        scores = users @ heads.outputs.T + np.float32(beta) * self.popularity
        scores[told] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        mass = shares.sum(axis=1, keepdims=True)
        shares /= mass
        n_hidden = hidden.sum(axis=1, keepdims=True)
        wanted = hidden / np.maximum(n_hidden, 1).astype(np.float32)
        loss = float((wanted * (np.log(mass) - np.where(hidden, scores, 0))).sum()) / len(batch)
        slope = (np.where(n_hidden > 0, shares, 0) - wanted) / np.float32(len(batch))  # of the loss, by score
        by_inputs = said.T @ ((slope @ heads.outputs) * scale)
        gradient = self._passed(slope.T @ users, self.layers) + self._passed(self.root * by_inputs, self.layers - 1)
        return gradient, float((slope @ self.popularity).sum()), loss

    def _passed(self, start: FloatArray, layers: int) -> FloatArray:
        """Σ_{k<=layers} of the items' vectors after k passes, over K + 1, where users begin with nothing: back to items
        a vector takes two passes. Its own transpose."""
        total, current = start.copy(), start
        for _ in range(layers // 2):
            current = np.asarray(self.back @ (self.near @ current))
            total += current
        return np.asarray(total / (self.layers + 1), dtype=np.float32)


class State:
    """E^(0), β and the optimiser."""

    def __init__(self, n_items: int, training: Training) -> None:
        dials, self.seed = training.dials, training.seed
        drawn = np.random.default_rng(self.seed).normal(0, SPREAD, (n_items, dials.size)).astype(np.float32)
        self.rate = dials.rate
        self.vectors, self.beta = torch.nn.Parameter(torch.from_numpy(drawn)), torch.nn.Parameter(torch.ones(1))
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [self.vectors], "weight_decay": dials.decay},
                {"params": [self.beta], "weight_decay": 0.0},
            ],
            lr=dials.rate,
        )
        self.steps = 0

    def epoch(self, graph: Graph, epoch: int) -> float:
        """One pass; its mean loss. All its randomness comes from (seed, epoch)."""
        random = np.random.default_rng((self.seed, epoch))
        batches = graph.batches(random)
        losses = [self._step(graph, batch, random, len(batches)) for batch in batches if len(batch)]
        return float(np.mean(losses)) if losses else 0.0

    def _step(self, graph: Graph, batch: IntArray, random: np.random.Generator, warm_up: int) -> float:
        """One step; the loss before it."""
        gradient, slope, loss = graph.gradients(self.start, self.popularity, batch, random)
        self.vectors.grad, self.beta.grad = torch.from_numpy(gradient), torch.tensor([slope])
        self.steps += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * min(1.0, self.steps / warm_up)
        self.optimiser.step()
        return loss

    @property
    def start(self) -> FloatArray:
        """E^(0), [n_items, d]."""
        return np.asarray(self.vectors.detach().numpy())

    @property
    def popularity(self) -> float:
        """β."""
        return float(self.beta.detach()[0])

    def dump(self) -> dict[str, Any]:
        """All of it."""
        return {
            "vectors": self.vectors.detach(),
            "beta": self.beta.detach(),
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
        }

    def restore(self, dumped: dict[str, Any]) -> None:
        """What `dump` gave."""
        with torch.no_grad():
            self.vectors.copy_(dumped["vectors"])
            self.beta.copy_(dumped["beta"])
        self.optimiser.load_state_dict(dumped["optimiser"])
        self.steps = dumped["steps"]
