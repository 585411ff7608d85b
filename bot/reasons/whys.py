"""Why this, and why not that: the item re-scored as it was when it was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bot.explain import why, why_not
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.explain.cite import cite
from bot.explain.popular import slight
from bot.memory import behind
from bot.profile import Standing
from bot.query import event_of, query_of
from bot.reasons.explained import Explained, Ground, Inquiry
from bot.values import Reason
from retrieval.likers import likers
from retrieval.recommend import Recommender
from retrieval.schema import Event, Query, Ranked

RELATED = 40  # of the user's events, those closest to an item in content


def explain_list(
    recommender: Recommender, query: Query, standing: Standing, user: str, ranked: Ranked
) -> Explained:  # fmt: skip
    """Reasons for every item of a fresh list."""
    book = EvidenceBook(recommender.catalogue, standing, query.events)
    reasons: list[Reason] = []
    cited: dict[tuple[int, str, str | None], str] = {}
    near = related(recommender, standing, user, [scored.item for scored in ranked.items])
    for place, scored in enumerate(ranked.items, 1):
        case = Case(recommender.catalogue, standing, query, scored, book, place, near.get(scored.item, ()))
        reasons += why(case, scored.item in ranked.moved)
        cited |= cite(case)
    return Explained(tuple(reasons), book.pieces, cited)


def explain_shown(inquiry: Inquiry, found: Ground, rows: Sequence[int]) -> Explained:
    """The reasons for one item of the list; or for each of several what matters the most."""
    row = rows[0] if len(rows) == 1 else None
    book = found.book(inquiry.catalogue)
    reasons: list[Reason] = []
    near = related(inquiry.recommender, found.standing, inquiry.user, rows)
    others = None if row is None else likers(inquiry.catalogue)
    for scored in inquiry.recommender.decompose(found.query, np.asarray(rows)):
        place = 1 + found.listed.index(scored.item)
        case = Case(
            inquiry.catalogue, found.standing, found.query, scored, book, place, near.get(scored.item, ()), others
        )
        told = why(case, scored.item in found.moved, support=row is not None)
        reasons += told if row is not None else _main(told)
    shown_at = None if row is None else 1 + found.listed.index(row)
    return Explained(tuple(reasons), book.pieces, {}, row, shown_at, before=tuple(rows), after=found.listed)


def related(
    recommender: Recommender, standing: Standing, user: str, rows: Sequence[int]
) -> Mapping[int, tuple[str, ...]]:
    """By item, the user's events closest to it, from the evidence collection; none of who asked to be forgotten."""
    if standing.forgotten or not recommender.catalogue.has_user(behind(user)):
        return {}
    return recommender.index.related(behind(user), rows, RELATED)


def explain_missing(inquiry: Inquiry, row: int) -> Explained:
    """What keeps an item off the list now."""
    standing, recommender, catalogue = inquiry.standing, inquiry.recommender, inquiry.catalogue
    place = 1 + standing.shown.index(row) if row in standing.shown else None
    if place is not None:
        return Explained((), (), {}, row, place, "why_not")
    query = query_of(standing, inquiry.user, catalogue)
    case, past = missing_case(inquiry, query, row)
    reasons = [*why_not.barred(case, recommender.rules), *why_not.without_score(case, past)]
    reasons += why_not.well_known(case, recommender.short_head)
    open_to_it = replace(query, exclude=query.exclude - {row})
    if not reasons and row in query.capped:
        uncapped = recommender.listed(replace(open_to_it, capped=query.capped - {row}))
        reasons = [held_back(inquiry, case)] if row in uncapped else []
    if not reasons:
        listed = recommender.recommend(open_to_it).items
        reasons = [why_not.by_score(case, recommender.rank_of(open_to_it, row), listed)] if listed else []
    return Explained(tuple(reasons), case.book.pieces, {}, row, None, "why_not")


def held_back(inquiry: Inquiry, case: Case) -> Reason:
    """That an item gives way because it had its share of exposure."""
    choosing = inquiry.recommender.choosing
    return why_not.held_back(case, int(choosing.exposure_cap * choosing.exposure_window), choosing.exposure_window)


def missing_case(
    inquiry: Inquiry, query: Query, row: int, book: EvidenceBook | None = None
) -> tuple[Case, Event | None]:
    """One item that is not listed, decomposed as if nothing excluded it, and what the data set has of the user's."""
    catalogue, standing = inquiry.catalogue, inquiry.standing
    past = None if standing.forgotten else event_of(inquiry.user, row, catalogue)
    if book is None:
        older = (past,) if past is not None and past not in query.history.events else ()
        book = EvidenceBook(catalogue, standing, (*older, *query.events))
    open_to_it = replace(query, exclude=query.exclude - {row})
    (scored,) = inquiry.recommender.decompose(open_to_it, np.asarray([row]))
    return Case(catalogue, standing, query, scored, book), past


def _main(found: tuple[Reason, ...]) -> list[Reason]:
    """What matters the most for an item; of many things together also the weightiest alone; and what matters even more
    against it."""
    best = max(found, key=lambda r: (r.weight > 0 and not slight(r), r.weight))
    worst = min(found, key=lambda r: r.weight)
    single = (r for r in found if not _several(r) and r.weight > 0 and not slight(r))
    alone = max(single, key=lambda r: r.weight, default=best)
    told = [best] if alone is best or not _several(best) else [best, alone]
    return [*told, worst] if -worst.weight > best.weight else told


def _several(reason: Reason) -> bool:
    """Whether it adds up many small things."""
    return reason.claims[0].kind.endswith((".group", ".together", ".all"))
