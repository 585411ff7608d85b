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

from retrieval.errors import DataError
from retrieval.rankers.additive import event_rows
from retrieval.rankers.base import Ranker, Term
from retrieval.rankers.item_item import strengths
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


class TextTower(Ranker):
    """Parts: "text", per event and once without. Scores are logits."""

    name = "text"

    def __init__(self, layers: Layers, vectors: FloatArray) -> None:
        """`vectors`: the items' sentence vectors, [n_items, d]."""
        self.layers, self.vectors = layers, vectors
        self.items = np.asarray(vectors @ layers.project.T, dtype=np.float32)  # v, [n_items, SIZE]
        self._of_item = self.items @ layers.outer[:, SIZE : 2 * SIZE].T + layers.bias

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, vectors: FloatArray | None = None, seed: int = 0) -> Self:
        """Deterministic for a seed; about 20 s for 100,000 events. DataError without the items' vectors."""
        if vectors is None or len(vectors) != n_items:
            given = "none" if vectors is None else f"{len(vectors):,}"
            raise DataError(f"The text tower needs a sentence vector for each of {n_items:,} items and got {given}.")
        return cls(_trained(interactions, np.asarray(vectors, dtype=np.float32), seed), vectors)

    def score(self, history: History) -> FloatArray:
        return np.asarray(self._scores(self.profile(history)[None], np.arange(len(self.items)))[0], dtype=np.float32)

    def decompose(self, history: History, items: IntArray) -> tuple[tuple[Term, ...], FloatArray]:
        """First what rests on no single event, then what each event's absence would take away, [n_events + 1, k]."""
        profiles = np.concatenate([self.profile(history)[None], self.without_each(history)])
        scores = self._scores(profiles, items)
        changes = scores[0] - scores[1:]
        rest = scores[0] - changes.sum(axis=0)
        terms = (Term(self.name), *(Term(self.name, event) for event in range(len(history.events))))
        return terms, np.concatenate([rest[None], changes])

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
        np.savez(folder / "layers.npz", **vars(self.layers))
        np.save(folder / "vectors.npy", self.vectors)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "layers.npz") as stored:
            layers = Layers(**{name: stored[name] for name in stored.files})
        return cls(layers, np.load(folder / "vectors.npy", mmap_mode="r"))

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


def _trained(interactions: Interactions, vectors: FloatArray, seed: int) -> Layers:
    """Every event against NEGATIVES drawn items, given a profile of up to WINDOW events before it, of random length."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        random = torch.Generator().manual_seed(seed)
        d = vectors.shape[1]
        shapes = {"project": (SIZE, d), "outer": (HIDDEN, 3 * SIZE), "bias": (HIDDEN,), "out": (HIDDEN,)}
        learned = {
            name: (
                torch.randn(*shape, generator=random) * (0 if name == "bias" else shape[-1] ** -0.5)
            ).requires_grad_()
            for name, shape in shapes.items()
        }
        optimiser = torch.optim.AdamW(learned.values(), lr=RATE, weight_decay=DECAY)
        texts = torch.from_numpy(vectors)
        data = _Profiles(interactions, vectors)
        rng = np.random.default_rng(seed)
        for _ in range(EPOCHS):
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
        return Layers(**{name: value.detach().numpy().copy() for name, value in learned.items()})
    finally:
        torch.set_num_threads(threads)


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
