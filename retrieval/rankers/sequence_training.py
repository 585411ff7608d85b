"""Training the additive sequence model: every event of every user is predicted from those before it, by softmax.

Full softmax over the catalogue (no sampled negatives), item drop-out on the inputs, AdamW (Loshchilov and Hutter 2019),
a linear warm-up, an exponential moving average of the weights (Polyak and Juditsky 1992), early stopping on NDCG@10 of
held-out next events. A user's events are cut into chunks of CHUNK targets with up to WINDOW events before them, so that
the sum over the history is one product with a Toeplitz matrix per head.

All randomness of an epoch comes from (seed, epoch), so the state after an epoch is all that a checkpoint must hold.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrieval.rankers.heads import Heads
from retrieval.rankers.sequence import AGES, ROOT, STRENGTHS, TUNING, WINDOW, Answer, Curves, Tuning, popularity_curve
from retrieval.rankers.sequence_stopping import ndcg
from retrieval.schema import FloatArray, IntArray, Interactions

log = logging.getLogger(__name__)
"""Hears of every epoch; a record's arguments are the epoch from 1 and {"loss", "rate", "ndcg@10" if it stops by it}."""
POWERS = (0.3, 1.0, 0.0, 2.0)
"""One head each, whose kernel starts as (1 + age)^-power."""
CHUNK = 64
BATCH = 1024
"""Targets of a batch, about."""
EPOCH = 120_000
"""Targets of an epoch at most: beyond it chunks are drawn anew for each."""
MOST_EPOCHS, PATIENCE = 20, 2
AVERAGED = 0.99
"""What the moving average keeps at each step."""
SPREAD = 0.1
"""Standard deviation of V at the start, of E over d^¼."""


class State:
    """What is learned, its moving average, and the optimiser."""

    def __init__(self, counts: FloatArray, seed: int, tuning: Tuning = TUNING) -> None:
        random = torch.Generator().manual_seed(seed)
        n_items, n_heads, size = len(counts), len(POWERS), tuning.size
        self.rate = tuning.rate
        knots = torch.log1p(torch.tensor(AGES, dtype=torch.float32))
        start = {
            "inputs": torch.randn(n_items, n_heads, size, generator=random) * (SPREAD / size**0.25),
            "outputs": torch.randn(n_items, size, generator=random) * SPREAD,
            "kernels": -torch.tensor(POWERS)[:, None] * knots,
            "gains": torch.ones(n_heads, len(STRENGTHS)),
            "popularity": torch.ones(1),
        }
        self.learned = {name: value.requires_grad_() for name, value in start.items()}
        self.averaged = {name: value.detach().clone() for name, value in start.items()}
        vectors = [self.learned["inputs"], self.learned["outputs"]]
        curves = [self.learned[name] for name in ("kernels", "gains", "popularity")]
        self.optimiser = torch.optim.AdamW(
            [{"params": vectors, "weight_decay": tuning.decay}, {"params": curves, "weight_decay": 0.0}], lr=self.rate
        )
        self.steps = 0

    def step(self, warm_up: int) -> None:
        """One step along the gradients that are there."""
        self.steps += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * min(1.0, self.steps / warm_up)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        kept = min(AVERAGED, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, value in self.learned.items():
                self.averaged[name].lerp_(value, 1 - kept)

    def model(self) -> tuple[Heads, Curves]:
        """The averaged weights, as they are used."""
        out = {name: value.numpy().copy() for name, value in self.averaged.items()}
        return Heads(out["inputs"], out["outputs"]), Curves(out["kernels"], out["gains"], float(out["popularity"][0]))

    def dump(self) -> dict[str, Any]:
        """All of it."""
        return {
            "learned": {name: value.detach() for name, value in self.learned.items()},
            "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
        }

    def restore(self, dumped: dict[str, Any]) -> None:
        """What `dump` gave."""
        with torch.no_grad():
            for name, value in self.learned.items():
                value.copy_(dumped["learned"][name])
        self.averaged = dumped["averaged"]
        self.optimiser.load_state_dict(dumped["optimiser"])
        self.steps = dumped["steps"]


def train(
    interactions: Interactions,
    n_items: int,
    seed: int,
    answers: Iterable[Answer],
    epochs: int | None,
    checkpoint: Path | None,
    progress: Callable[[float], None],
    tuning: Tuning = TUNING,
) -> tuple[Heads, Curves, FloatArray, int]:
    """Heads, curves, the items' counts, and the number of epochs: `epochs`, or those after which NDCG@10 of `answers`
    was best. One thread, so that the result does not depend on how many there are."""
    counts = np.bincount(interactions.items, minlength=n_items).astype(np.float32)
    state, data = State(counts, seed, tuning), Chunks(interactions, counts)
    best, best_epoch, found = -1.0, 0, state.model()
    done, last = 0, epochs if epochs is not None else MOST_EPOCHS
    if checkpoint is not None and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)  # our own file, of this very run
        state.restore(saved["state"])
        done, best, best_epoch, found = saved["done"], saved["best"], saved["best_epoch"], saved["found"]
    for epoch in range(done, last):
        if epochs is None and epoch - best_epoch >= PATIENCE:
            break
        with one_thread():
            losses = _epoch(state, data, seed, epoch, tuning, lambda part: progress((epoch + part) / last))  # noqa: B023 - called in this pass
            told = {"loss": float(np.mean(losses)) if losses else 0.0, "rate": state.rate}
            if epochs is None:
                told["ndcg@10"] = reached = ndcg(*state.model(), counts, answers)
                if reached > best:
                    best, best_epoch, found = reached, epoch + 1, state.model()
        log.info("epoch %d: %s", epoch + 1, told)
        if checkpoint is not None:
            fields = {"done": epoch + 1, "best": best, "best_epoch": best_epoch, "found": found}
            _save({"state": state.dump(), **fields}, checkpoint)
    progress(1.0)
    heads, curves = found if epochs is None else state.model()
    return heads, curves, counts, best_epoch if epochs is None else last


def _epoch(
    state: State, data: Chunks, seed: int, epoch: int, tuning: Tuning, progress: Callable[[float], None]
) -> list[float]:
    """One pass; the loss of each batch."""
    batches = data.batches(np.random.default_rng((seed, epoch)))
    dropping = torch.Generator().manual_seed(1_000_003 * seed + epoch)
    losses = []
    for place, batch in enumerate(batches):
        loss = data.loss(state.learned, batch, dropping, tuning.dropped)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        state.step(len(batches))
        losses.append(float(loss.detach()))
        progress((place + 1) / len(batches))
    return losses


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes with one thread meanwhile."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _save(saved: dict[str, Any], checkpoint: Path) -> None:
    """Whole or not at all."""
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    partial = checkpoint.with_name(checkpoint.name + ".partial")
    with partial.open("wb") as file:
        torch.save(saved, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(checkpoint)


class Chunks:
    """The interactions as chunks: rows of `spans` are (first event of the context, first target, end)."""

    def __init__(self, interactions: Interactions, counts: FloatArray) -> None:
        self.items = torch.from_numpy(np.array(interactions.items))
        places = (np.array(interactions.strengths) - STRENGTHS[0]) / (STRENGTHS[1] - STRENGTHS[0])
        self.places = torch.from_numpy(np.clip(places, 0, len(STRENGTHS) - 1).astype(np.float32))
        self.popularity = torch.from_numpy(popularity_curve(counts))
        self.spans = _spans(interactions)
        ages, knots = np.log1p(np.arange(WINDOW)), np.log1p(AGES)
        hats = np.stack([np.interp(ages, knots, row) for row in np.eye(len(knots))])
        self.ages = torch.from_numpy(hats.astype(np.float32))

    def batches(self, random: np.random.Generator) -> list[IntArray]:
        """The epoch's spans in batches; those of one batch have contexts of one length, so that little is padding."""
        drawn = random.permutation(len(self.spans))
        ends = np.cumsum((self.spans[:, 2] - self.spans[:, 1])[drawn])
        spans = self.spans[drawn[: int(np.searchsorted(ends, EPOCH)) + 1]]
        contexts = -(-(spans[:, 1] - spans[:, 0]) // CHUNK)
        out = []
        for context in np.unique(contexts):
            group = spans[contexts == context]
            targets = np.cumsum(group[:, 2] - group[:, 1])
            cuts = np.searchsorted(targets, np.arange(BATCH, int(targets[-1]), BATCH))
            out += [part for part in np.split(group, np.unique(cuts)) if len(part)]
        return [out[i] for i in random.permutation(len(out))]

    def loss(self, learned: dict[str, Tensor], spans: IntArray, dropping: torch.Generator, dropped: float) -> Tensor:
        """Mean cross-entropy of the spans' targets; of the events before them a share `dropped` is left out."""
        context = int(np.ceil((spans[:, 1] - spans[:, 0]).max() / CHUNK)) * CHUNK
        place = np.arange(context + CHUNK)
        rows = spans[:, 1:2] - context + place  # [n_spans, context + CHUNK] positions in the interactions
        there = (rows >= spans[:, :1]) & (rows < spans[:, 2:])
        places = torch.from_numpy(np.where(there, rows, 0))
        kept = torch.from_numpy(there).float() * (torch.rand(places.shape, generator=dropping) >= dropped)
        users = self.users(learned, places, kept, context)
        asked = torch.from_numpy(there[:, context:])
        targets = self.items[places[:, context:][asked]]
        bias = learned["popularity"] * self.popularity
        loss: Tensor = SoftmaxLoss.apply(users[asked], learned["outputs"], bias, targets)  # type: ignore[no-untyped-call]  # torch's own
        return loss

    def users(self, learned: dict[str, Tensor], rows: Tensor, kept: Tensor, context: int) -> Tensor:
        """The user before each of the last CHUNK places, [n_spans, CHUNK, d], from the events that are kept."""
        n_spans, length = rows.shape
        n_heads, size = len(POWERS), learned["outputs"].shape[1]
        lags = np.arange(context, length)[:, None] - 1 - np.arange(length)
        past = torch.from_numpy((lags >= 0) & (lags < WINDOW))
        kernels = torch.exp(learned["kernels"] @ self.ages)  # [h, WINDOW]
        kernels = kernels[:, np.clip(lags, 0, WINDOW - 1)] * past  # [h, CHUNK, length]
        low = self.places[rows].floor().long().clamp(max=len(STRENGTHS) - 2)
        part = (self.places[rows] - low)[..., None]
        gains = learned["gains"].T[low] * (1 - part) + learned["gains"].T[low + 1] * part  # [n_spans, length, h]
        said = learned["inputs"][self.items[rows]] * (gains * kept[..., None])[..., None]
        flat = said.permute(2, 1, 0, 3).reshape(n_heads, length, n_spans * size)
        total = torch.bmm(kernels, flat).view(n_heads, -1, n_spans, size)
        mass = torch.matmul(kernels, kept.T).clamp(min=1e-6)  # [h, CHUNK, n_spans]
        return (total / (mass**ROOT)[..., None]).sum(dim=0).permute(1, 0, 2)


class SoftmaxLoss(torch.autograd.Function):
    """Mean cross-entropy of `users @ outputs.T + bias`, with its gradients made in the same buffer, in one pass: the
    scores of a batch over 10,000 items are 40 MB, and reading them again is what takes the time."""

    @staticmethod
    def forward(ctx: Any, users: Tensor, outputs: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        scores = torch.addmm(bias, users, outputs.T)
        wanted = scores.gather(1, targets[:, None])
        most = scores.amax(dim=1, keepdim=True)
        scores.sub_(most).exp_()
        mass = scores.sum(dim=1, keepdim=True)
        loss = (mass.log() + most - wanted).mean()
        scores.div_(mass * len(targets))
        scores.scatter_add_(1, targets[:, None], torch.full_like(wanted, -1 / len(targets)))
        ctx.save_for_backward(scores @ outputs, scores.T @ users, scores.sum(dim=0))
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        users, outputs, bias = ctx.saved_tensors
        return users * gradients[0], outputs * gradients[0], bias * gradients[0], None


def _spans(interactions: Interactions) -> IntArray:
    """(first event of the context, first target, end), [n_chunks, 3]; a user's only event teaches nothing."""
    users = np.asarray(interactions.users)
    firsts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]]) if len(users) else np.zeros(0, dtype=np.int64)
    ends = np.r_[firsts[1:], len(users)].astype(np.int64)
    spans = [
        (max(first, start - math.ceil(WINDOW / CHUNK) * CHUNK), start, min(start + CHUNK, end))
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)
        if end - first > 1
        for start in range(first, end, CHUNK)
    ]
    return np.array(spans, dtype=np.int64).reshape(-1, 3)
