"""What the writer asks of a language model, and how long it may take."""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from llguidance import LLTokenizer

from retrieval.schema import FloatArray, IntArray

T = TypeVar("T")


class OutOfTime(Exception):
    """The deadline came before the text was finished."""


class Stopped(Exception):
    """The caller cancelled."""


@dataclass(frozen=True)
class Limit:
    """When to stop: a point on `time.monotonic()`, or an event that another thread sets."""

    at: float
    cancel: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def seconds(cls, seconds: float, cancel: threading.Event | None = None) -> Limit:
        """A limit that many seconds from now."""
        return cls(time.monotonic() + seconds, cancel or threading.Event())

    @property
    def left(self) -> float:
        """Seconds that remain, at least 0."""
        return max(0.0, self.at - time.monotonic())

    def check(self) -> None:
        """Raise Stopped or OutOfTime where one of them holds."""
        if self.cancel.is_set():
            raise Stopped
        if time.monotonic() >= self.at:
            raise OutOfTime

    def wait(self, event: threading.Event) -> None:
        """Wait for `event`, no longer than the limit allows."""
        while not event.wait(min(self.left, 0.02)):
            self.check()

    def acquire(self, lock: threading.Lock) -> None:
        """Take `lock`, or raise Stopped or OutOfTime."""
        while not lock.acquire(timeout=min(self.left, 0.02)):
            self.check()


def within(limit: Limit, call: Callable[[], T]) -> T:
    """What `call` returns or raises; Stopped or OutOfTime when the limit comes first.

    It runs in a thread of its own, which is left behind then: a server that is silent cannot be interrupted.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True, name="within").start()
    while True:
        try:
            return done.result(timeout=min(limit.left, 0.05))
        except TimeoutError:
            if done.done():
                raise
            limit.check()


class Stepper(Protocol):
    """A causal language model in the middle of a text, for one caller at a time.

    `append` costs nothing: its tokens run through the model together, in the next `scores`.
    """

    tokenizer: LLTokenizer

    def begin(self, system: str, user: str, said: str) -> None:
        """Start anew: instructions, the request as data, and what the answer already says."""

    def append(self, tokens: Sequence[int]) -> None:
        """Add tokens that the grammar forced, or that were chosen."""

    def scores(self, allowed: IntArray) -> FloatArray:
        """Run what was appended in one forward pass; logits of the `allowed` tokens for the next place."""


class LanguageModel(ABC):
    """Any model. Opens when first used, or in the background after `warm`."""

    name: str

    @abstractmethod
    def warm(self) -> None:
        """Begin to load, without waiting."""


class GrammarModel(LanguageModel):
    """A model whose every next token we choose, so that it can be held to a grammar."""

    @abstractmethod
    def session(self, limit: Limit) -> AbstractContextManager[Stepper]:
        """The model for this caller alone. OutOfTime if others hold it, or it still loads, at the limit; ModelError."""


class TextModel(LanguageModel):
    """A model behind an interface that only gives text; what it writes must be verified."""

    @abstractmethod
    def stream(self, system: str, user: str, limit: Limit) -> Iterator[str]:
        """Pieces of the answer as they come. OutOfTime, Stopped, ModelError."""


class Paraphraser(LanguageModel):
    """A model that says one fact at a time, as often as it is asked; what it writes must be verified."""

    @abstractmethod
    def ways(self, fact: str, tone: str, limit: Limit, rng: random.Random) -> Iterator[str]:
        """A few sentences that may say `fact`, each written when it is taken. OutOfTime, Stopped, ModelError."""


def prompt_tokens(tokenizer: Any, system: str, user: str) -> list[int]:
    """Instructions and request as a Hugging Face tokenizer's model expects them, up to where its answer begins."""
    prompt = f"{system}\n\n{user}\n\n"
    if tokenizer.chat_template:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer(prompt, add_special_tokens=False)["input_ids"])
