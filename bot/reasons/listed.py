"""Which of the list is ahead, and why it stands in its order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.reasons.explained import Explained, Inquiry, ground
from bot.reasons.whys import explain_shown


def explain_pick(inquiry: Inquiry) -> Explained:
    """The one of the list whose score is the highest, with its reasons; `tied` all of them where none is."""
    found = ground(inquiry)
    if not found.shown:
        return Explained(asked="nothing")
    scored = inquiry.recommender.decompose(found.query, np.asarray(found.listed, dtype=np.int64))
    best = max(scored, key=lambda one: one.score)
    if len(scored) > 1 and all(one.score == best.score for one in scored):
        return Explained(asked="pick", tied=found.listed)
    return replace(explain_shown(inquiry, found, [best.item]), asked="pick")


def explain_considered(inquiry: Inquiry) -> Explained:
    """How many items the list was chosen from, as `place`."""
    found = ground(inquiry)
    return Explained(asked="considered", place=inquiry.recommender.retrieve(found.query).eligible.size)


def explain_order(inquiry: Inquiry) -> Explained:
    """What matters the most for each of the list, in its order; `tied` those that were moved for variety."""
    found = ground(inquiry)
    if not found.shown:
        return Explained(asked="nothing")
    told = explain_shown(inquiry, found, found.listed)
    moved = tuple(row for row in found.listed if row in found.moved)
    return replace(told, asked="order", subject=None, tied=moved, order=found.query.order)
