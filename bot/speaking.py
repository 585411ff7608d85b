"""The language of a turn: English, or Chinese for who writes Chinese. Set around each node of the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Language = Literal["en", "zh"]
_current: ContextVar[Language] = ContextVar("language", default="en")
_HAN, _KANA = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")


def language() -> Language:
    """What is spoken now."""
    return _current.get()


def language_of(message: str) -> Language:
    """Chinese if any of its characters are, and none is Japanese or Korean."""
    return "zh" if _HAN.search(message) and not _KANA.search(message) else "en"


def next_language(message: str, offered: Sequence[str], before: Language) -> Language:
    """Of a turn: that of the message; of a click, or of an option that was offered, the one spoken `before`."""
    return language_of(message) if message and message not in offered else before


@contextmanager
def speaking(one: Language) -> Iterator[None]:
    """Speak a language inside the block."""
    token = _current.set(one)
    try:
        yield
    finally:
        _current.reset(token)
