"""The blend with trained rankers beside its own parts, each with a coefficient per context that it has earned.

    score = blend + Σ_part c_part(context) · part

A ranker that is a sum over events is one more such part, exact under frozen weights as all others. Of one that is not,
an event's term is what leaving it out really takes from that ranker's score, and what the events do together is a term
of its own (leave_one_out.py): the contributions add up to the score all the same. Popularity that a ranker brings along
is counted with the blend's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.errors import NotPrepared
from retrieval.rankers.additive import Additive, Weights
from retrieval.rankers.base import Term
from retrieval.rankers.blend import CONTEXTS, Blend
from retrieval.rankers.matrix import Rows
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.leave_one_out import LeaveOneOut
from retrieval.rankers.neural.stopping import Stopping
from retrieval.schema import FloatArray, History, IntArray

FOLDER = "beside"


@dataclass(frozen=True)
class Beside:
    """A ranker, and what its score counts by context, [len(CONTEXTS)]."""

    ranker: Stopping
    coefficients: FloatArray


class Accompanied(Blend):
    """Parts: the blend's, and those of the rankers beside it."""

    beside: Mapping[str, Beside]

    @classmethod
    def of(cls, blend: Blend, beside: Mapping[str, Beside]) -> Self:
        """`beside` by name. ValueError when they do not fit the blend."""
        made = cls(blend.popularity, blend.ease, blend.taste, blend.cosine, blend.sequence, blend.coefficients)
        made.content, made.regression = blend.content, blend.regression
        made.beside = dict(beside)
        for name, part in beside.items():
            wrong = _misfit(part, blend.n_items)
            if wrong:
                raise ValueError(f"{name} has {wrong}")
        return made

    def weights(self, history: History) -> Weights:
        own, context = super().weights(history), self.context(history)
        constants, events = dict(own.constants), dict(own.events)
        for name, part in self.beside.items():
            counts = np.asarray(context @ part.coefficients, dtype=np.float32)
            if isinstance(part.ranker, Additive):
                inner = part.ranker.weights(history)
                said: Mapping[str, FloatArray] = inner.constants
                events |= {one: counts * weights for one, weights in inner.events.items()}
            else:
                said = {one: np.ones(1, dtype=np.float32) for one in self._curves(name)}
                constants[name] = counts.reshape(1)
            for one, weights in said.items():
                constants[one] = np.concatenate([constants[one], counts * weights])
        return Weights(constants, events)

    def statistics(self, now: int) -> Mapping[str, FloatArray]:
        found = dict(super().statistics(now))
        for name, part in self.beside.items():
            curves = part.ranker.statistics(now) if isinstance(part.ranker, Additive) else self._curves(name)
            for one, values in curves.items():
                found[one] = np.concatenate([found[one], values])
        return found

    def matrices(self) -> Mapping[str, Rows]:
        own = dict(super().matrices())
        for part in self.beside.values():
            own |= part.ranker.matrices() if isinstance(part.ranker, Additive) else {}
        return own

    def score(self, history: History, weights: Weights | None = None) -> FloatArray:
        weights = weights or self.weights(history)
        return super().score(history, weights) + self._told(history, np.arange(self.n_items), weights)

    def score_some(self, history: History, items: IntArray) -> FloatArray:
        return super().score_some(history, items) + self._told(history, items, self.weights(history))

    def decompose(
        self, history: History, items: IntArray, weights: Weights | None = None
    ) -> tuple[tuple[Term, ...], FloatArray]:
        """As a blend's; then of each ranker that is no sum over events what they do together, and each event."""
        weights = weights or self.weights(history)
        terms, values = super().decompose(history, items, weights)
        for name, ranker in self._non_linear().items():
            changes = ranker.changes(history, items)
            terms = (*terms, Term(name), *(Term(name, event) for event in range(len(history.events))))
            values = np.concatenate([values, weights.constants[name] * changes])
        return terms, values

    def means(self, history: History, items: IntArray) -> FloatArray:
        own, weights = super().means(history, items), self.weights(history)
        others = [
            weights.constants[name] * ranker.changes(history, items).mean(axis=1)
            for name, ranker in self._non_linear().items()
        ]
        return np.concatenate([own, *others]).astype(np.float32)

    def save(self, folder: Path) -> None:
        super().save(folder)
        for name, part in self.beside.items():
            (folder / FOLDER / name).mkdir(parents=True)
            part.ranker.save(folder / FOLDER / name)
            np.save(folder / FOLDER / f"{name}.npy", part.coefficients)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote; NotPrepared when files are damaged, or another version of Because wrote them."""
        blend = Blend.load(folder)
        try:
            beside = {
                file.stem: Beside(TRAINED[file.stem].load(file.with_suffix("")), np.load(file))
                for file in sorted((folder / FOLDER).glob("*.npy"))
            }
            made = cls.of(blend, beside)
            made.score(History())  # layers that do not fit together show here, and not when somebody asks
        except (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, RuntimeError) as error:
            raise NotPrepared(
                f"A ranker in {folder / FOLDER} is damaged or of another version of Because ({error}); run "
                "`because train --restore` or `because prepare`."
            ) from error
        return made

    def _non_linear(self) -> dict[str, LeaveOneOut]:
        return {name: p.ranker for name, p in self.beside.items() if isinstance(p.ranker, LeaveOneOut)}

    def _told(self, history: History, items: IntArray, weights: Weights) -> FloatArray:
        total = np.zeros(len(items), dtype=np.float32)
        for name, ranker in self._non_linear().items():
            total += weights.constants[name] * ranker.told(history, items, each=False)[0]
        return total

    def _curves(self, name: str) -> dict[str, FloatArray]:
        ranker = self._non_linear()[name]
        return {one: values[None] for one, values in ranker.constants(np.arange(self.n_items)).items()}


def load(folder: Path) -> Blend:
    """The ranker that serves from a folder, with what is beside it."""
    return (Accompanied if (folder / FOLDER).exists() else Blend).load(folder)


def _misfit(part: Beside, n_items: int) -> str:
    if part.ranker.n_items != n_items:
        return f"{part.ranker.n_items:,} items instead of {n_items:,}"
    if part.coefficients.shape != (len(CONTEXTS),):
        return f"coefficients of shape {part.coefficients.shape} instead of {(len(CONTEXTS),)}"
    return ""
