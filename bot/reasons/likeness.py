"""Which of some items is the most like others: by the same measure that chooses "something like Heat"."""

from __future__ import annotations

import numpy as np

from bot.query import query_of
from bot.reasons.explained import Explained, Inquiry
from bot.values import Understanding
from retrieval.schema import FloatArray

EQUAL = 1e-5
"""Of a likeness: less tells no two items apart."""


def explain_likeness(inquiry: Inquiry, u: Understanding) -> Explained:
    """The items asked about, the likest first (or the least like), and how like the first is beside all others.

    `before` holds the items in their order, `after` what they are compared with, `place` the first's rank by likeness
    among all items, `tied` those that are as like as the first.
    """
    named = tuple(m.items[0] for m in u.about if m.items)
    asked = u.inquiry.rows if u.inquiry else ()
    rows, targets = tuple(row for row in asked if row not in named), named or _liked(inquiry)
    if not targets or not rows:
        return Explained(asked="likest", before=rows, after=targets)
    values = sum_of(inquiry, targets)
    least = u.asked == "unlikest"
    order = sorted(rows, key=lambda row: values[row] if least else -values[row])
    others = np.setdiff1d(np.arange(len(values)), targets)
    place = 1 + int((values[others] > values[order[0]] + EQUAL).sum())
    tied = tuple(row for row in order if abs(values[row] - values[order[0]]) <= EQUAL)
    return Explained((), (), {}, order[0], place, "likest", tuple(order), targets, tied=tied)


def sum_of(inquiry: Inquiry, targets: tuple[int, ...]) -> FloatArray:
    """How like the targets every item is, [n_items]."""
    parts = inquiry.recommender.alike(targets)
    return np.asarray(np.sum([values for _, values in parts], axis=0))


def _liked(inquiry: Inquiry) -> tuple[int, ...]:
    """What the user likes, as the recommender knows it."""
    events = query_of(inquiry.standing, inquiry.user, inquiry.catalogue).history.events
    return tuple(event.item for event in events if event.strength > 0)
