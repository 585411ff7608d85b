"""What is passed along while one message is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.understand.acts import Clause
from bot.understand.constraints import Conditions
from bot.understand.lexicon import Marked
from bot.understand.naming import Named
from bot.understand.opinions import Rating, Thing
from bot.values import Asked, Manner, Question, Understanding
from retrieval.schema import Constraint


@dataclass(frozen=True)
class Context:
    """What the conversation has established before the message."""

    shown: tuple[int, ...] = ()  # rows of the last list, in order
    question: Question | None = None  # what the bot asked last
    last: tuple[str, ...] = ()  # acts of the turn before
    asked: Asked = ""  # which question about a reason that was
    constraints: tuple[Constraint, ...] = ()  # in force
    focus: int | None = None  # the row last talked about: "it", "that one"
    manner: tuple[Manner, ...] = ()  # how the list was to be chosen


class MessageReader(Protocol):
    """Whoever understands messages about one catalogue."""

    def read(self, message: str, context: Context = ...) -> Understanding:
        """What the message says. Any text at all gives an Understanding."""


@dataclass(frozen=True)
class Reading:
    """One message, read as far as its conditions."""

    text: str
    marked: Marked
    things: tuple[Thing, ...]
    masked: tuple[bool, ...]  # words of titles, references and ratings
    ratings: tuple[Rating, ...]
    conditions: Conditions
    clauses: tuple[Clause, ...]
    lines: tuple[Named, ...] = ()  # names that stand for every item whose title has them
