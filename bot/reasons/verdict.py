"""Would I like it: where an item comes for this person whatever was asked for, what speaks for it, and what no figure
says."""

from __future__ import annotations

from dataclasses import replace

from bot.explain import verdict, why, why_not
from bot.query import query_of
from bot.reasons.explained import Explained, Inquiry, ground
from bot.reasons.whys import explain_shown, missing_case


def explain_verdict(inquiry: Inquiry, row: int | None) -> Explained:
    """For an item of the list, why it is there; for what is known, barred or turned down, that it is; for any other its
    place among everything that could be suggested."""
    if row is None:
        return Explained(asked="which")
    if row in inquiry.standing.shown:
        told = explain_shown(inquiry, ground(inquiry, row), [row])
        return replace(told, reasons=(*told.reasons, verdict.limit(row)))
    query = query_of(inquiry.standing, inquiry.user, inquiry.catalogue)
    query = replace(query, constraints=(), text="", like=(), toward=(), order=None)
    query = replace(query, capped=frozenset(), long_tail=False, exclude=query.exclude - {row})
    case, past = missing_case(inquiry, query, row)
    reasons = [*why_not.barred(case, inquiry.recommender.rules), *why_not.known(case, past)]
    if not reasons:
        rank, total = inquiry.recommender.rank_of(query, row), inquiry.recommender.retrieve(query).eligible.size
        reasons = [verdict.place(case, rank, total), *verdict.speaks(why(case)), verdict.limit(row)]
    return Explained(tuple(reasons), case.book.pieces, {}, row, None, "verdict")
