"""Why nothing of a kind is on the list: the best of that kind, and what keeps it off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.query import query_of
from bot.reasons.explained import Explained, Inquiry
from bot.reasons.whys import explain_missing
from bot.values import Supposition
from retrieval.schema import Constraint, Query


def explain_none(inquiry: Inquiry, kind: Supposition | None) -> Explained:
    """Of the items that are of the kind, the first that would be recommended; `subject` is None if there is none."""
    wanted = tuple(replace(c, hard=True) for c in kind.said.constraints) if kind and kind.said else ()
    if not wanted:
        return Explained(asked="none")
    fits = np.logical_and.reduce([inquiry.catalogue.matches(condition) for condition in wanted])
    listed = [row for row in inquiry.standing.shown if fits[row]]
    if listed:
        place = 1 + inquiry.standing.shown.index(listed[0])
        return Explained(subject=listed[0], place=place, asked="none")
    best = _best(inquiry, query_of(inquiry.standing, inquiry.user, inquiry.catalogue), wanted)
    if best is None:
        return Explained(asked="none")
    return replace(explain_missing(inquiry, best), asked="none")


def _best(inquiry: Inquiry, query: Query, wanted: tuple[Constraint, ...]) -> int | None:
    """The first of the list that is really made of such items: under what was asked for, else without it, else also of
    what is known already."""
    one = replace(query, k=1, later=frozenset(), constraints=(*query.constraints, *wanted))
    alone = replace(one, constraints=wanted, order=None, long_tail=False)
    return next(
        (found[0] for tried in (one, alone, replace(alone, exclude=frozenset())) if (found := inquiry.listed(tried))),
        None,
    )
