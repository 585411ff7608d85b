"""Training until finding held-out next events gets no better, then anew on everything for as long."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from retrieval.rankers.base import Ranker
from retrieval.rankers.cold import Regression
from retrieval.rankers.holdout import last_events
from retrieval.rankers.matrix import subset
from retrieval.rankers.sequence import Answer
from retrieval.schema import FloatArray, Interactions


def _silent(_done: float) -> None:
    pass


@dataclass(frozen=True)
class Training:
    """What a training is given besides behaviour: the `seed`; the ranker's `dials`, its own unless given; `answers` to
    stop by, which must not be among the interactions, or for how many `epochs`; `checkpoint`, a file that a killed run
    goes on from with the same result; `progress`, called with the fraction that is done; the items' sentence `vectors`,
    [n_items, d], for who reads them."""

    seed: int = 0
    dials: Any = None
    answers: tuple[Answer, ...] = ()
    epochs: int | None = None
    checkpoint: Path | None = None
    progress: Callable[[float], None] = _silent
    vectors: FloatArray | None = None


PLAIN = Training()


class Stopping(Ranker):
    """A ranker that is trained in epochs. `epochs`: how many; `DIALS`: those it is trained with unless told."""

    DIALS: ClassVar[Any] = None
    epochs: int
    n_items: int

    @classmethod
    @abstractmethod
    def trained(cls, interactions: Interactions, n_items: int, training: Training) -> Self:
        """For so many epochs, or without `epochs` as after that one whose NDCG@10 of the answers was best. Without
        `dials` with its own."""

    def complete(self, regression: Regression) -> None:
        """Let items with little behaviour be scored by what is known of them besides; once, after fitting."""

    @classmethod
    def fit(cls, interactions: Interactions, n_items: int, training: Training = PLAIN) -> Self:
        """Without `epochs`: trained without every user's last event first, to find out how many serve."""
        if training.epochs is None:
            answers, fitted = held_out(interactions, training.seed)
            file, told = training.checkpoint, training.progress
            first = replace(
                training,
                answers=tuple(answers),
                checkpoint=file and file.with_name(f"{file.name}.first"),
                progress=lambda done: told(done / 2),
            )
            epochs = cls.trained(fitted, n_items, first).epochs
            training = replace(training, epochs=epochs, progress=lambda done: told((1 + done) / 2))
        return cls.trained(interactions, n_items, training)


def held_out(interactions: Interactions, seed: int) -> tuple[list[Answer], Interactions]:
    """Every user's last event as a question, and the interactions without them."""
    users = np.random.default_rng(seed).permutation(np.unique(interactions.users))
    examples, kept = last_events(interactions, users)
    return answers_of(examples), subset(interactions, kept)


def answers_of(examples: Iterable[Any]) -> list[Answer]:
    """Questions asked at a moment of their own, each with one answer."""
    return [Answer(e.history, int(e.answers[0]), e.met) for e in examples if e.history.now]


def ndcg(users: FloatArray, outputs: FloatArray, bias: FloatArray, answers: Iterable[Answer]) -> float:
    """Mean NDCG@10 of the answers among all items that were not met, by `users` [n_answers, d], `outputs` [n_items, d]
    and `bias` [n_items]; tied scores share their mean rank."""
    found = []
    for user, answer in zip(users, answers, strict=True):
        scores = outputs @ user + bias
        wanted = scores[answer.item]
        scores[answer.met] = -np.inf
        rank = (scores > wanted).sum() + ((scores == wanted).sum() + 1) / 2
        found.append(1 / np.log2(1 + rank) if rank <= 10 else 0.0)
    return float(np.mean(found)) if found else 0.0
