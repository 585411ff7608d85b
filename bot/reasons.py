"""The explain node: which item is asked about, re-scored as it was when it was shown, and the reasons for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from bot.explain import why, why_not
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.explain.cite import cite
from bot.memory import LogEvent, behind
from bot.profile import Standing, fold
from bot.query import query_of
from bot.values import Evidence, Reason, Understanding
from retrieval.recommend import Recommender
from retrieval.schema import Query, Ranked


@dataclass(frozen=True)
class Explained:
    """Reasons with their evidence. `subject` is the one item asked about, `place` its rank on the list shown."""

    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cited: Mapping[tuple[int, str, str | None], str] = field(default_factory=dict)
    subject: int | None = None
    place: int | None = None
    asked: Literal["why", "why_not", "which", "nothing"] = "why"  # which: no item was named; nothing: none was shown


def explain_list(recommender: Recommender, query: Query, standing: Standing, ranked: Ranked) -> Explained:
    """Reasons for every item of a fresh list."""
    book = EvidenceBook(recommender.catalogue, standing, query.events)
    reasons: list[Reason] = []
    cited: dict[tuple[int, str, str | None], str] = {}
    for place, scored in enumerate(ranked.items, 1):
        case = Case(recommender.catalogue, standing, query, scored, book, place)
        reasons += why(case, scored.item in ranked.moved)
        cited |= cite(case)
    return Explained(tuple(reasons), book.pieces, cited)


def explain_one(
    recommender: Recommender, u: Understanding, standing: Standing, user: str, conversation: str,
    log: tuple[LogEvent, ...],
) -> Explained:  # fmt: skip
    """The answer to "why this?" and "why not that?"."""
    unknown = [m.text for m in u.mentions if not m.items]
    if unknown and not any(m.items for m in u.mentions):
        return Explained(tuple(why_not.unknown_title(words) for words in unknown), asked="why_not")
    targets = [m.items[0] for m in u.mentions if len(m.items) == 1]
    focus = standing.focus(recommender.catalogue)
    row = targets[0] if targets else focus if focus is not None or not standing.shown else None
    shown = _shown_at(standing, recommender, row)
    if row is None and ("why_not" in u.acts or shown is None):
        return Explained(asked="which" if standing.shown else "nothing")
    if row is not None and (shown is None or "why_not" in u.acts):
        return _why_not(recommender, standing, user, row)
    assert shown is not None
    then = fold(log, conversation, recommender.catalogue, until=shown.turn)
    listed = [r for r in map(recommender.catalogue.find, shown.payload["shown"]) if r is not None]
    query = query_of(then, user, recommender.catalogue)
    earlier = fold(log, conversation, recommender.catalogue, until=shown.turn - 1).ever_shown
    query = replace(query, exclude=query.exclude - set(listed), shown=tuple(sorted(earlier)))
    rows = listed if row is None else [row]
    book = EvidenceBook(recommender.catalogue, then, query.events)
    reasons: list[Reason] = []
    moved = set(shown.payload["moved"])
    for scored in recommender.decompose(query, np.asarray(rows)):
        case = Case(recommender.catalogue, then, query, scored, book, 1 + listed.index(scored.item))
        found = why(case, case.item.id in moved)
        reasons += found if row is not None else _main(found)
    place = None if row is None else 1 + listed.index(row)
    return Explained(tuple(reasons), book.pieces, {}, row, place)


def _shown_at(standing: Standing, recommender: Recommender, row: int | None) -> LogEvent | None:
    """The last live turn that showed this row, or any list if no row is given; none from before a fresh start."""
    if not standing.shown:
        return None
    for turn in reversed(standing.turns):
        shown = turn.payload["shown"]
        if shown and (row is None or recommender.catalogue.items[row].id in shown):
            return turn
    return None


def _why_not(recommender: Recommender, standing: Standing, user: str, row: int) -> Explained:
    query = query_of(standing, user, recommender.catalogue)
    past = None if standing.forgotten else recommender.catalogue.event(behind(user), row)
    open_to_it = replace(query, exclude=query.exclude - {row})
    older = (past,) if past is not None and past not in query.history.events else ()
    book = EvidenceBook(recommender.catalogue, standing, (*older, *query.events))
    (scored,) = recommender.decompose(open_to_it, np.asarray([row]))
    place = 1 + standing.shown.index(row) if row in standing.shown else None
    case = Case(recommender.catalogue, standing, query, scored, book, place)
    if place is not None:
        return Explained((), (), {}, row, place, "why_not")
    reasons = why_not.without_score(case, past)
    if not reasons:
        listed = recommender.recommend(open_to_it).items
        reasons = [why_not.by_score(case, recommender.rank_of(open_to_it, row), listed)] if listed else []
    return Explained(tuple(reasons), book.pieces, {}, row, None, "why_not")


def _main(found: tuple[Reason, ...]) -> list[Reason]:
    """What matters the most for an item, and what matters even more against it."""
    best = max(found, key=lambda r: r.weight, default=None)
    worst = min(found, key=lambda r: r.weight, default=None)
    if best is None or worst is None:
        return []
    return [best, worst] if worst.weight < 0 and -worst.weight > best.weight and worst is not best else [best]
