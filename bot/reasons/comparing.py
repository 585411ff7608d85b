"""Two items for one person: both decomposed under the same query."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.explain import compare, why_not
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.query import event_of
from bot.reasons.explained import Explained, Ground, Inquiry, ground
from bot.values import Reason


def explain_pair(inquiry: Inquiry, first: int, second: int) -> Explained:
    """Which of the two is ahead and by what. `before` holds the two as they were asked about, `after` as they stand.

    When both stand on the list that was shown, it is that list's order that is explained.
    """
    found = ground(inquiry, first if {first, second} <= set(inquiry.standing.shown) else None)
    query = replace(found.query, exclude=found.query.exclude - {first, second})
    fits = inquiry.catalogue.matches
    failing = {c.field for c in query.constraints if c.hard and not fits(c)[[first, second]].all()}
    aside = tuple(c for c in query.constraints if c.hard and c.field in failing)  # of a range, both ends
    query = replace(query, constraints=tuple(c for c in query.constraints if c not in aside))
    rows = np.asarray([first, second])
    query = replace(query, long_tail=query.long_tail and not inquiry.recommender.short_head[rows].any())
    scored = inquiry.recommender.decompose(query, rows)
    ranks = [inquiry.recommender.rank_of(query, row) for row in (first, second)]
    places = [found.listed.index(row) if row in found.listed else None for row in (first, second)]
    if places[0] is not None and places[1] is not None:
        ahead = 0 if places[0] < places[1] else 1
    else:
        ahead = 0 if ranks[0] <= ranks[1] else 1
    behind_it = 1 - ahead
    book = _book(inquiry, found, (first, second))
    cases = [
        Case(inquiry.catalogue, found.standing, query, one, book, None if place is None else place + 1)
        for one, place in zip(scored, places, strict=True)
    ]
    pair = compare.Pair(
        cases[ahead],
        cases[behind_it],
        (ranks[ahead], ranks[behind_it]),
        inquiry.recommender.retrieve(query).eligible.size,
        by_variety=ranks[ahead] > ranks[behind_it],
    )
    reasons = (*_kept_out(inquiry, found, cases), *compare.reasons(pair))
    order = (first, second) if ahead == 0 else (second, first)
    return Explained(reasons, book.pieces, {}, order[0], None, "compare", (first, second), order, aside=aside)


def _book(inquiry: Inquiry, found: Ground, rows: tuple[int, int]) -> EvidenceBook:
    """Evidence for what the ranker knew, and for what the user did with the two items themselves."""
    past = [] if found.standing.forgotten else [event_of(inquiry.user, row, inquiry.catalogue) for row in rows]
    older = tuple(e for e in past if e is not None and e not in found.query.history.events)
    return EvidenceBook(inquiry.catalogue, found.standing, (*older, *found.query.events))


def _kept_out(inquiry: Inquiry, found: Ground, cases: list[Case]) -> tuple[Reason, ...]:
    """What speaks against suggesting one of them, whatever the score."""
    out: list[Reason] = []
    for case in cases:
        if case.place is None:
            row = case.scored.item
            past = None if found.standing.forgotten else event_of(inquiry.user, row, inquiry.catalogue)
            asked = replace(case.query, constraints=found.query.constraints, long_tail=found.query.long_tail)
            as_asked = replace(case, query=asked)
            kept = why_not.barred(case, inquiry.recommender.rules)
            out += (
                kept
                or why_not.known(case, past)[:1]
                or [
                    *why_not.filtered(as_asked),
                    *why_not.well_known(as_asked, inquiry.recommender.short_head),
                ]
            )
    return tuple(out)
