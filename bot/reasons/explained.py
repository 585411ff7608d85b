"""What an explanation is, and what it starts from: the list in question, and the query that made it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.explain.book import EvidenceBook
from bot.memory import LogEvent, live
from bot.profile import Standing, fold
from bot.query import query_of
from bot.values import Evidence, Question, Reason
from bot.writer.model import Stopped
from retrieval.catalogue import Catalogue
from retrieval.recommend import Recommender
from retrieval.schema import Constraint, Query

About = Literal[
    "why", "why_not", "which", "nothing", "what_if", "unread", "takes", "compare", "two", "sure", "matters", "asking",
    "unasked", "none", "verdict", "likest",
    "pick", "order", "considered",
]  # fmt: skip
"""What was asked. which: no item was named; nothing: none was shown; unread: a "what if" that could not be read; two:
what to compare was not said; unasked: why the bot asks, and it asks nothing; none: why nothing of a kind is listed;
verdict: whether something that is not listed would suit; likest: which is the most like something; pick: which is
the best; order: why they stand as they do; considered: from how many the list was chosen."""


@dataclass(frozen=True)
class Explained:
    """Reasons with their evidence. `subject` is the one item asked about, `place` its rank on the list shown.

    `before` and `after` are a what-if's two lists: as it was, and made again.
    """

    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cited: Mapping[tuple[int, str, str | None], str] = field(default_factory=dict)
    subject: int | None = None
    place: int | None = None
    asked: About = "why"
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    question: Question | None = None  # the bot's own, when it was asked about
    without: tuple[int, ...] = ()  # rows whose events are what it takes for an item to leave the list
    aside: tuple[Constraint, ...] = ()  # conditions that a comparison left aside
    tied: tuple[int, ...] = ()  # rows that are as good as the subject, itself included; of an order, those moved
    order: tuple[str, bool] | None = None  # a field that goes before the score, and whether its largest come first
    unnamed: tuple[int, ...] = ()  # rows that a what-if supposes were not named as what the list should be like


@dataclass(frozen=True)
class Inquiry:
    """Who asks, where: what every answer starts from. `standing` is where the conversation stands now, `log` the user's
    events before this turn; nothing is added to it. Once `cancel` is set, no further list is made."""

    recommender: Recommender
    standing: Standing
    user: str
    conversation: str
    log: tuple[LogEvent, ...]
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        return self.recommender.catalogue

    def listed(self, query: Query) -> tuple[int, ...]:
        """The list that the query really brings; Stopped when nobody waits for it any more."""
        return self._going().listed(query)

    def placed(self, query: Query, row: int) -> tuple[int, int]:
        """The row's place, from 1, on that list and among all that is ranked, 0 for none; Stopped as above."""
        return self._going().placed(query, row)

    def _going(self) -> Recommender:
        if self.cancel.is_set():
            raise Stopped
        return self.recommender


@dataclass(frozen=True)
class Ground:
    """A list, and what it was made from: the standing and the query of its turn, and the log until then.

    `shown`: whether people really saw it; else it is what would be suggested if they asked now.
    """

    standing: Standing
    query: Query
    listed: tuple[int, ...]
    moved: frozenset[int]
    log: tuple[LogEvent, ...]
    shown: bool

    def book(self, catalogue: Catalogue) -> EvidenceBook:
        """An empty book of evidence for what the ranker knew then."""
        return EvidenceBook(catalogue, self.standing, self.query.events)


def ground(inquiry: Inquiry, row: int | None = None) -> Ground:
    """The list that was shown last (or the last one with this row on it), as it was made."""
    catalogue = inquiry.catalogue
    turn = shown_at(inquiry, row)
    if turn is None:
        query = query_of(inquiry.standing, inquiry.user, catalogue)
        ranked = inquiry.recommender.recommend(query)
        listed = tuple(scored.item for scored in ranked.items)
        return Ground(inquiry.standing, query, listed, ranked.moved, inquiry.log, shown=False)
    until = max(e.id for e in inquiry.log if e.conversation == inquiry.conversation and e.turn <= turn.turn)
    then = fold(inquiry.log, inquiry.conversation, catalogue, until=turn.turn)
    listed = tuple(r for r in map(catalogue.find, turn.payload["shown"]) if r is not None)
    earlier = fold(inquiry.log, inquiry.conversation, catalogue, until=turn.turn - 1).ever_shown
    query = query_of(then, inquiry.user, catalogue)
    query = replace(query, exclude=query.exclude - set(listed), shown=tuple(sorted(earlier)))
    moved = frozenset(r for r in map(catalogue.find, turn.payload["moved"]) if r is not None)
    log = tuple(e for e in live(inquiry.log) if e.id <= until)
    return Ground(then, query, listed, moved, log, shown=True)


def shown_at(inquiry: Inquiry, row: int | None) -> LogEvent | None:
    """The last live turn that showed this row, or any list if no row is given; none from before a fresh start."""
    if not inquiry.standing.shown:
        return None
    for turn in reversed(inquiry.standing.turns):
        shown = turn.payload["shown"]
        if shown and (row is None or inquiry.catalogue.items[row].id in shown):
            return turn
    return None
