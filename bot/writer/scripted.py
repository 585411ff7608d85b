"""Models that do what a test tells them to: real backends without weights, for every way a model can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np
from llguidance import LLTokenizer, TokenizerWrapper

from bot.writer.model import GrammarModel, Limit, Stepper, TextModel
from retrieval.errors import ModelError
from retrieval.schema import FloatArray, IntArray

Failure = Literal["", "error", "hang"]
Choose = Callable[[str, Sequence[str]], int]
"""The text so far and the characters that may come next -> which of them."""


def first(_: str, __: Sequence[str]) -> int:
    """The first in byte order."""
    return 0


def last(_: str, options: Sequence[str]) -> int:
    """The last in byte order."""
    return len(options) - 1


class ScriptedChooser(GrammarModel):
    """Chooses its way through a grammar byte by byte as `choose` says; after `good` choices it fails."""

    def __init__(self, choose: Choose = first, *, fail: Failure = "", good: int = 0) -> None:
        """`fail`: "error" raises ModelError, "hang" waits until the limit is reached."""
        self.name = "scripted chooser"
        self.choices = 0
        self.prompts: list[tuple[str, str, str]] = []  # system, user and what was said, each time a text began
        self._choose, self._fail, self._good = choose, fail, good
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Nothing to load."""

    @contextmanager
    def session(self, limit: Limit) -> Iterator[Stepper]:
        """See GrammarModel."""
        limit.acquire(self._lock)
        try:
            yield _ByteStepper(self, limit)
        finally:
            self._lock.release()

    def choose(self, text: str, options: Sequence[str], limit: Limit) -> int:
        """One choice, or the failure that was asked for."""
        if self._fail and self.choices >= self._good:
            if self._fail == "error":
                raise ModelError("The scripted model fails, as it was told to.")
            limit.wait(threading.Event())
        self.choices += 1
        return self._choose(text, options)


class ScriptedWriter(TextModel):
    """Writes the given text piece by piece, true or not, and then fails if told to."""

    def __init__(self, text: str, *, fail: Failure = "", size: int = 7) -> None:
        """`size` is the length of the pieces in characters."""
        self.name = "scripted writer"
        self.asked: list[tuple[str, str]] = []
        self._text, self._fail, self._size = text, fail, size

    def warm(self) -> None:
        """Nothing to load."""

    def stream(self, system: str, user: str, limit: Limit) -> Iterator[str]:
        """See TextModel."""
        self.asked.append((system, user))
        for start in range(0, len(self._text), self._size):
            limit.check()
            yield self._text[start : start + self._size]
        if self._fail == "error":
            raise ModelError("The scripted model fails, as it was told to.")
        if self._fail == "hang":
            limit.wait(threading.Event())


class _ByteStepper:
    """A model whose tokens are single bytes."""

    def __init__(self, model: ScriptedChooser, limit: Limit) -> None:
        self.tokenizer = _byte_tokenizer()
        self._model, self._limit = model, limit
        self._text = b""

    def begin(self, system: str, user: str, said: str) -> None:
        self._model.prompts.append((system, user, said))
        self._text = b""

    def append(self, tokens: Sequence[int]) -> None:
        self._text += bytes(tokens)

    def scores(self, allowed: IntArray) -> FloatArray:
        options = [chr(int(token)) for token in allowed]  # bytes as in Latin 1, and the end of the text
        chosen = self._model.choose(self._text.decode("utf-8", "replace"), options, self._limit)
        scores = np.full(len(allowed), -1e9, dtype=np.float32)
        scores[chosen] = 0.0
        return scores


class _Bytes:
    """What llguidance needs to know of a tokenizer with one token per byte."""

    eos_token_id = 256
    bos_token_id = None
    tokens = (*(bytes([n]) for n in range(256)), b"<end>")
    special_token_ids = (256,)

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


def _byte_tokenizer() -> LLTokenizer:
    return LLTokenizer(TokenizerWrapper(_Bytes()))
