"""Training the Transformer: masked items first, then next events, until finding held-out ones gets no better.

Pre-training hides a share of the events of a span and predicts them from those before and after (cloze; BERT4Rec, Sun
et al. 2019). Fine-tuning predicts each event from those before it, a share of which is hidden, too: the same learned
vector stands for an event that is masked. Both by softmax over the whole catalogue, AdamW (Loshchilov and Hutter 2019),
a linear warm-up over the first epoch, a moving average of the weights (Polyak and Juditsky 1992).

`accelerate` places the network, casts to half precision and shares batches out where there are GPUs; on a CPU it does
nothing, and there is one thread. All randomness of an epoch comes from (seed, epoch): the state after an epoch is all
that a checkpoint must hold, and a run that goes on from it ends bit by bit as one that was not disturbed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from retrieval import versions
from retrieval.rankers.additive import event_rows
from retrieval.rankers.holdout import user_starts
from retrieval.rankers.item_item import strengths
from retrieval.rankers.neural.network import Network
from retrieval.rankers.neural.stopping import Training, ndcg
from retrieval.rankers.sequence import STRENGTHS, WINDOW, popularity_curve
from retrieval.rankers.sequence_training import one_thread
from retrieval.schema import FloatArray, IntArray, Interactions

if TYPE_CHECKING:
    from retrieval.rankers.neural.transformer import Dials, Told

log = logging.getLogger(__name__)
"""Hears of every epoch, as that of sequence_training does."""
BATCH, FEWEST, STEPS = 2048, 64, 20
"""Events of a batch, about, and how few where there is too little behaviour for so many steps an epoch."""
EPOCH = 120_000
"""Events of an epoch at most."""
MASKED = 0.2
"""Share of the events that pre-training hides."""
MOST_EPOCHS, PATIENCE = 60, 8
AVERAGED = 0.99
"""What the moving average keeps at each step."""
BLOCK = 64
"""Histories encoded at a time."""
Learned = dict[str, FloatArray]
"""A network's weights by name."""


def train(interactions: Interactions, n_items: int, training: Training) -> tuple[Learned, FloatArray, int]:
    """Weights, the items' counts, and the epochs of fine-tuning: those asked for, or those after which NDCG@10 of the
    answers was best. Several GPUs train together, one process each."""
    job = Job(interactions, n_items, training)
    if torch.cuda.device_count() < 2:
        return job.run(training.progress)
    from accelerate import notebook_launcher

    with TemporaryDirectory() as place:
        result = Path(place) / "result"
        notebook_launcher(job.run_beside, (result,), num_processes=torch.cuda.device_count())
        training.progress(1.0)
        weights, counts, best = torch.load(result, weights_only=False)  # our own file, of this very run
        return weights, counts, best


class Job:
    """One training, as each of its processes runs it."""

    def __init__(self, interactions: Interactions, n_items: int, training: Training) -> None:
        self.interactions, self.n_items = interactions, n_items
        self.seed, self.dials, self.answers = training.seed, training.dials, training.answers
        self.epochs, self.checkpoint = training.epochs, training.checkpoint
        self.counts = np.bincount(interactions.items, minlength=n_items).astype(np.float32)

    def run_beside(self, result: Path) -> None:
        """`run` in one of several processes; the first of them writes the result."""
        found = self.run(lambda _done: None)
        if _accelerator().is_main_process:
            _write(found, result)

    def run(self, progress: Callable[[float], None]) -> tuple[Learned, FloatArray, int]:
        """All epochs: of pre-training, then of fine-tuning."""
        with one_thread():
            state, pretrained = State(self), self.dials.pretrained
            best, best_epoch, found, done = -1.0, pretrained, state.weights(), 0
            last = pretrained + (MOST_EPOCHS if self.epochs is None else self.epochs)
            if self.checkpoint is not None and self.checkpoint.exists():
                saved = torch.load(self.checkpoint, weights_only=False)  # our own file, of this very run
                state.restore(saved["state"])
                best, best_epoch, found, done = (saved[name] for name in ("best", "best_epoch", "found", "done"))
            for epoch in range(done, last):
                if self.epochs is None and epoch - best_epoch >= PATIENCE:
                    break
                loss = state.epoch(epoch, epoch < pretrained, lambda part: progress((epoch + part) / last))  # noqa: B023 - called in this pass
                told = {"loss": loss, "rate": self.dials.rate}
                if self.epochs is None and epoch >= pretrained:
                    told["ndcg@10"] = reached = state.reached()
                    if reached > best:
                        best, best_epoch, found = reached, epoch + 1, state.weights()
                log.info("epoch %d: %s", epoch + 1, told)
                if self.checkpoint is not None and state.accelerator.is_main_process:
                    fields = {"best": best, "best_epoch": best_epoch, "found": found, "done": epoch + 1}
                    _write({"state": state.dump(), **fields}, self.checkpoint)
            progress(1.0)
            if self.epochs is None:
                return found, self.counts, best_epoch - pretrained
            return state.weights(), self.counts, self.epochs


class State:
    """What is learned, its moving average, and the optimiser."""

    def __init__(self, job: Job) -> None:
        dials = job.dials
        self.job, self.dials, self.accelerator = job, dials, _accelerator()
        with torch.random.fork_rng():
            torch.manual_seed(job.seed)
            loss = Loss(job.counts, dials)
        matrices = [value for value in loss.parameters() if value.dim() > 1]
        others = [value for value in loss.parameters() if value.dim() <= 1]
        optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": dials.decay}, {"params": others, "weight_decay": 0.0}], lr=dials.rate
        )
        self.loss, self.optimiser = self.accelerator.prepare(loss, optimiser)
        self.averaged = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.spans, self.steps = Spans(job.interactions), 0

    @property
    def network(self) -> Network:
        found: Network = self.accelerator.unwrap_model(self.loss).network
        return found

    def epoch(self, epoch: int, cloze: bool, progress: Callable[[float], None]) -> float:
        """One pass; its mean loss."""
        batches = self.spans.batches(np.random.default_rng((self.job.seed, epoch)))
        share = slice(self.accelerator.process_index, None, self.accelerator.num_processes)
        losses = []
        self.loss.train()
        with torch.random.fork_rng():
            torch.manual_seed(1_000_003 * self.job.seed + epoch)
            for place, batch in enumerate(batches):
                mine = batch[share] if len(batch) >= self.accelerator.num_processes else batch
                loss = self.loss(*(part.to(self.accelerator.device) for part in self.spans.padded(mine)), cloze)
                self.accelerator.backward(loss)
                self._step(len(batches))
                losses.append(float(loss.detach()))
                progress((place + 1) / len(batches))
        return float(np.mean(losses)) if losses else 0.0

    def _step(self, warm_up: int) -> None:
        self.steps += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.dials.rate * min(1.0, self.steps / warm_up)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        kept = min(AVERAGED, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.averaged[name].lerp_(value, 1 - kept)

    def weights(self) -> Learned:
        """The averaged weights, as they are used."""
        return {name: value.cpu().numpy().copy() for name, value in self.averaged.items()}

    def reached(self) -> float:
        """NDCG@10 of the answers by the averaged weights."""
        weights, answers = self.weights(), self.job.answers
        network = Network(self.job.n_items, self.dials.shape).eval()
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        told = [(event_rows(answer.history)[-WINDOW:], strengths(answer.history)[-WINDOW:]) for answer in answers]
        bias = float(weights["popularity"][0]) * popularity_curve(self.job.counts)
        return ndcg(users(network, told), weights["items"], bias, answers)

    def dump(self) -> dict[str, Any]:
        """All of it."""
        return {
            "loss": self.accelerator.unwrap_model(self.loss).state_dict(),
            "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
        }

    def restore(self, dumped: dict[str, Any]) -> None:
        """What `dump` gave."""
        self.accelerator.unwrap_model(self.loss).load_state_dict(dumped["loss"])
        self.averaged = dumped["averaged"]
        self.optimiser.load_state_dict(dumped["optimiser"])
        self.steps = dumped["steps"]


class Loss(nn.Module):
    """The network, and the mean cross-entropy of what it is to find."""

    popularity: Tensor

    def __init__(self, counts: FloatArray, dials: Dials) -> None:
        super().__init__()
        self.network = Network(len(counts), dials.shape, dials.dropout)
        self.hidden = dials.hidden
        self.register_buffer("popularity", torch.from_numpy(popularity_curve(counts)), persistent=False)

    def forward(self, rows: Tensor, places: Tensor, there: Tensor, cloze: bool) -> Tensor:
        masked = torch.rand(places.shape, device=places.device) < (MASKED if cloze else self.hidden)
        found = self.network.hidden(rows, places, there, masked, causal=not cloze)
        asked = there & masked if cloze else there
        users = (found[:, 1:] if cloze else found[:, :-1])[asked]
        scores = users @ self.network.items.T + self.network.popularity * self.popularity
        # A sum over the count, so that a batch in which nothing was masked has a loss of 0 and not a mean of nothing.
        return functional.cross_entropy(scores.float(), rows[asked], reduction="sum") / asked.sum().clamp(min=1)


class Spans:
    """The interactions as pieces of at most WINDOW events of one user, cut anew for each epoch: so every event is now
    early in its piece and now late, as short histories and long ones ask for."""

    def __init__(self, interactions: Interactions) -> None:
        self.items = torch.from_numpy(np.array(interactions.items))
        knots = (np.array(interactions.strengths) - STRENGTHS[0]) / (STRENGTHS[1] - STRENGTHS[0])
        self.places = torch.from_numpy(np.clip(knots, 0, len(STRENGTHS) - 1).astype(np.float32))
        starts = user_starts(interactions)
        there = np.flatnonzero(np.diff(starts) > 1)  # a user's only event teaches nothing
        self.firsts, self.ends = starts[there], starts[there + 1]

    def batches(self, random: np.random.Generator) -> list[IntArray]:
        """(first, end) of the pieces of an epoch, [n, 2] each; those of one batch are about as long."""
        if not len(self.firsts):
            return []
        users = zip(self.firsts.tolist(), self.ends.tolist(), strict=True)
        pieces = np.concatenate([self._cut(first, end, random) for first, end in users])
        pieces = random.permutation(pieces)
        lengths = pieces[:, 1] - pieces[:, 0]
        pieces = pieces[: int(np.searchsorted(np.cumsum(lengths), EPOCH)) + 1]
        pieces = pieces[np.argsort(pieces[:, 1] - pieces[:, 0], kind="stable")]
        ends = np.cumsum(pieces[:, 1] - pieces[:, 0])
        size = min(BATCH, max(FEWEST, int(ends[-1]) // STEPS))
        cuts = np.searchsorted(ends, np.arange(size, EPOCH, size))
        out = [part for part in np.split(pieces, np.unique(cuts)) if len(part)]
        return [out[place] for place in random.permutation(len(out))]

    def padded(self, pieces: IntArray) -> tuple[Tensor, Tensor, Tensor]:
        """Items, strengths as knots, and what is there, [n, longest]."""
        place = pieces[:, :1] + np.arange((pieces[:, 1] - pieces[:, 0]).max())
        there = place < pieces[:, 1:]
        rows = torch.from_numpy(np.where(there, place, 0))
        return self.items[rows], self.places[rows], torch.from_numpy(there)

    @staticmethod
    def _cut(first: int, end: int, random: np.random.Generator) -> IntArray:
        if end - first <= WINDOW:
            return np.array([[first, end]], dtype=np.int64)
        inner = np.arange(first + random.integers(1, WINDOW + 1), end, WINDOW)
        cuts = np.concatenate([[first], inner, [end]])
        return np.stack([cuts[:-1], cuts[1:]], axis=1).astype(np.int64)


def users(network: Network, histories: Sequence[Told]) -> FloatArray:
    """What the network makes of histories of at most WINDOW events, [n_histories, d]."""
    lengths = np.array([len(rows) for rows, _ in histories], dtype=np.int64)
    out = np.zeros((len(histories), network.items.shape[1]), dtype=np.float32)
    order = np.argsort(lengths, kind="stable")
    with one_thread(), torch.inference_mode():
        for first in range(0, len(order), BLOCK):
            chosen = order[first : first + BLOCK]
            longest = int(lengths[chosen].max())
            rows = np.zeros((len(chosen), longest), dtype=np.int64)
            places = np.zeros((len(chosen), longest), dtype=np.float32)
            for row, history in enumerate(chosen):
                told, said = histories[history]
                rows[row, : len(told)] = told
                places[row, : len(told)] = (said - STRENGTHS[0]) / (STRENGTHS[1] - STRENGTHS[0])
            there = np.arange(longest) < lengths[chosen, None]
            found = network.hidden(torch.from_numpy(rows), torch.from_numpy(places), torch.from_numpy(there), None)
            out[chosen] = found[torch.arange(len(chosen)), torch.from_numpy(lengths[chosen])].numpy()
    return out


def _accelerator() -> Any:
    """Half precision where a GPU has it; a CPU computes as always."""
    from accelerate import Accelerator

    if not torch.cuda.is_available():
        return Accelerator(cpu=True)
    return Accelerator(mixed_precision="bf16" if torch.cuda.is_bf16_supported() else "fp16")


def _write(what: Any, file: Path) -> None:
    with versions.replacing(file) as out:
        torch.save(what, out)
