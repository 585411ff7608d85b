"""A text tower: how well an item's text goes with a profile made of the texts of what somebody did.

    score[i] = w · relu(W [u; v_i; u ∘ v_i] + b),   v_i = P t_i,   u = P Σ_e g(strength_e) t_e / (Σ_e |g(strength_e)|)^½

t are sentence vectors (retrieval/embedding.py); P, W, b and w are learned by σ(score) on what was met against items
drawn at random (Huang et al. 2013, "Learning deep structured semantic models for web search", with the interaction of
He et al. 2017, "Neural collaborative filtering"). No item has a vector of its own, so an item that nobody met and a
user who came a second ago are scored as all others are.

The score is no sum over events. An event's term is what leaving it out really changes, re-scored; what the events do
together, and the score without any, is one more term that rests on no event. It is not part of the default blend:
docs/ranking.md has what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from retrieval import versions
from retrieval.errors import DataError
from retrieval.rankers.additive import event_rows
from retrieval.rankers.item_item import strengths
from retrieval.rankers.neural.leave_one_out import LeaveOneOut
from retrieval.rankers.neural.stopping import PLAIN, Stopping, Training
from retrieval.schema import FloatArray, History, IntArray, Interactions

SIZE, HIDDEN = 64, 64
"""Numbers of u and v, and of the hidden layer."""
WINDOW = 50
"""Events of a history that are used, the latest ones."""
GAIN = ((-1.0, -0.5, 0.0, 1.0), (-0.5, 0.0, 0.5, 1.0))
"""What an event adds to the profile, by its strength."""
EPOCHS, BATCH, NEGATIVES = 4, 512, 8
"""Negatives per event are drawn from all items alike."""
RATE, DECAY = 0.002, 0.01
"""Adam's learning rate, AdamW's weight decay."""
BLOCK = 64
"""Profiles scored at a time."""


@dataclass(frozen=True)
class Layers:
    """`project` P [SIZE, d], `outer` W [HIDDEN, 3 * SIZE], `bias` b [HIDDEN], `out` w [HIDDEN]."""

    project: FloatArray
    outer: FloatArray
    bias: FloatArray
    out: FloatArray


class TextTower(LeaveOneOut, Stopping):
    """Parts: "text", per event and once without. Scores are logits."""

    name = "text"

    def __init__(self, layers: Layers, vectors: FloatArray, epochs: int = EPOCHS) -> None:
        """`vectors`: the items' sentence vectors, [n_items, d]."""
        self.layers, self.vectors, self.epochs = layers, vectors, epochs
        self.n_items = len(vectors)
        self.items = np.asarray(vectors @ layers.project.T, dtype=np.float32)  # v, [n_items, SIZE]
        self._of_item = self.items @ layers.outer[:, SIZE : 2 * SIZE].T + layers.bias

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, training: Training = PLAIN) -> Self:
        """For EPOCHS epochs unless told: more make it worse for items that nobody met, which it is for."""
        return cls.trained(interactions, n_items, training)

    @classmethod
    def trained(cls, interactions: Interactions, n_items: int, training: Training) -> Self:
        """Deterministic for a seed; about 20 s for 100,000 events. DataError without the items' vectors."""
        vectors = training.vectors
        if vectors is None or len(vectors) != n_items:
            given = "none" if vectors is None else f"{len(vectors):,}"
            raise DataError(f"The text tower needs a sentence vector for each of {n_items:,} items and got {given}.")
        epochs = EPOCHS if training.epochs is None else training.epochs
        layers = _trained(interactions, np.array(vectors, dtype=np.float32), epochs, training)
        return cls(layers, vectors, epochs)

    def told(self, history: History, items: IntArray, each: bool) -> FloatArray:
        profiles = self.profile(history)[None]
        if each:
            profiles = np.concatenate([profiles, self.without_each(history)])
        return self._scores(profiles, items)

    def profile(self, history: History) -> FloatArray:
        """u, [SIZE]."""
        total, mass = self._told(history)
        return _normalised(total.sum(axis=0), mass.sum())

    def without_each(self, history: History) -> FloatArray:
        """u of the history without each of its events, [n_events, SIZE]; exact, in one pass.

        Of a history longer than WINDOW an event that goes lets an older one in.
        """
        total, mass = self._told(history, 1)
        n_events, n_used = len(history.events), len(mass)
        latest = slice(max(n_used - WINDOW, 0), None)
        whole = _normalised(total[latest].sum(axis=0), mass[latest].sum())
        out = np.tile(whole, (n_events, 1))
        for place in range(n_used - min(n_used, WINDOW), n_used):
            out[n_events - n_used + place] = _normalised(total.sum(axis=0) - total[place], mass.sum() - mass[place])
        return out

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in vars(self.layers).items():
            np.save(folder / f"{name}.npy", value)
        np.save(folder / "vectors.npy", self.vectors)
        np.save(folder / "epochs.npy", self.epochs)

    @classmethod
    def load(cls, folder: Path) -> Self:
        layers = Layers(**{name: np.load(folder / f"{name}.npy") for name in Layers.__dataclass_fields__})
        return cls(layers, np.load(folder / "vectors.npy", mmap_mode="r"), int(np.load(folder / "epochs.npy")))

    def _told(self, history: History, more: int = 0) -> tuple[FloatArray, FloatArray]:
        """What each of the latest events adds, [n_used, SIZE] and [n_used]: WINDOW of them, and `more`."""
        gains = np.interp(strengths(history), *GAIN).astype(np.float32)[-(WINDOW + more) :]
        rows = event_rows(history)[-(WINDOW + more) :]
        return gains[:, None] * self.items[rows], np.abs(gains)

    def _scores(self, profiles: FloatArray, items: IntArray) -> FloatArray:
        """[n_profiles, len(items)]."""
        of_user, product = self.layers.outer[:, :SIZE], self.layers.outer[:, 2 * SIZE :]
        out = np.zeros((len(profiles), len(items)), dtype=np.float32)
        for place, u in enumerate(profiles):
            hidden = self.items[items] @ (product * u).T + (self._of_item[items] + of_user @ u)
            out[place] = np.maximum(hidden, 0) @ self.layers.out
        return out


def _normalised(total: FloatArray, mass: float) -> FloatArray:
    return np.asarray(total / np.sqrt(max(float(mass), 1e-6)), dtype=np.float32)


def _trained(interactions: Interactions, vectors: FloatArray, epochs: int, training: Training) -> Layers:
    """Every event against NEGATIVES drawn items, given a profile of up to WINDOW events before it, of random length.
    All randomness of an epoch comes from (seed, epoch)."""
    import torch

    from retrieval.rankers.sequence_training import one_thread

    with one_thread():
        random = torch.Generator().manual_seed(training.seed)
        d = vectors.shape[1]
        shapes = {"project": (SIZE, d), "outer": (HIDDEN, 3 * SIZE), "bias": (HIDDEN,), "out": (HIDDEN,)}
        learned = {
            name: (
                torch.randn(*shape, generator=random) * (0 if name == "bias" else shape[-1] ** -0.5)
            ).requires_grad_()
            for name, shape in shapes.items()
        }
        optimiser = torch.optim.AdamW(learned.values(), lr=RATE, weight_decay=DECAY)
        texts, data, done, file = torch.from_numpy(vectors), _Profiles(interactions, vectors), 0, training.checkpoint
        if file is not None and file.exists():
            saved = torch.load(file, weights_only=False)  # our own file, of this very run
            done = saved["done"]
            optimiser.load_state_dict(saved["optimiser"])
            with torch.no_grad():
                for name, value in learned.items():
                    value.copy_(saved["learned"][name])
        for epoch in range(done, epochs):
            rng = np.random.default_rng((training.seed, epoch))
            for positions in np.array_split(rng.permutation(data.asked), max(1, len(data.asked) // BATCH)):
                if not len(positions):
                    continue
                drawn = rng.integers(0, len(vectors), (len(positions), NEGATIVES))
                rows = torch.from_numpy(np.concatenate([interactions.items[positions, None], drawn], axis=1))
                u = torch.from_numpy(data.before(positions, rng)) @ learned["project"].T
                v = texts[rows] @ learned["project"].T
                both = torch.cat([u[:, None].expand_as(v), v, u[:, None] * v], dim=-1)
                logits = torch.relu(both @ learned["outer"].T + learned["bias"]) @ learned["out"]
                wanted = torch.zeros_like(logits)
                wanted[:, 0] = 1
                loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch's own
                optimiser.step()
            training.progress((epoch + 1) / epochs)
            if file is not None:
                state = {"learned": {name: value.detach() for name, value in learned.items()}, "done": epoch + 1}
                with versions.replacing(file) as out:
                    torch.save({**state, "optimiser": optimiser.state_dict()}, out)
        return Layers(**{name: value.detach().numpy().copy() for name, value in learned.items()})


class _Profiles:
    """The sums of texts before each event, from running sums over each user's events."""

    def __init__(self, interactions: Interactions, vectors: FloatArray) -> None:
        gains = np.interp(interactions.strengths, *GAIN)
        told = np.zeros((len(interactions) + 1, vectors.shape[1] + 1))
        told[1:, :-1] = gains[:, None] * vectors[interactions.items]
        told[1:, -1] = np.abs(gains)
        self._until = np.cumsum(told, axis=0)
        users = np.asarray(interactions.users)
        self._first = np.searchsorted(users, users)
        self.asked = np.flatnonzero(np.arange(len(users)) > self._first)

    def before(self, positions: IntArray, rng: np.random.Generator) -> FloatArray:
        """Σ g t / √Σ|g| over the 1 to WINDOW events before each position, as many short spans as long ones."""
        lengths = np.exp(rng.uniform(0, np.log(WINDOW + 1), len(positions))).astype(np.int64)
        starts = np.maximum(positions - lengths, self._first[positions])
        sums = self._until[positions] - self._until[starts]
        return np.asarray(sums[:, :-1] / np.sqrt(np.maximum(sums[:, -1:], 1e-6)), dtype=np.float32)
