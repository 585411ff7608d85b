"""An item that is on the list already: the events without which it is not, taken away and seen to do it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot.reasons.explained import Explained, Ground, Inquiry, ground
from bot.reasons.suppose import explain_supposed, suppose
from bot.values import Supposition
from retrieval.rankers.counterfactual import smallest

RIVALS = 100  # the best-scored items that could come in its place
MORE = 5  # events taken away besides, where the list is made again and the item is still there


def explain_listed(inquiry: Inquiry, row: int) -> Explained:
    """Its place, and the list made again without the fewest events found that take it off; without those, the place."""
    place = 1 + inquiry.standing.shown.index(row)
    gone = _without(inquiry, ground(inquiry), row)
    if not gone:
        return Explained((), (), {}, row, place, "takes")
    found = explain_supposed(inquiry, Supposition("", without=gone))
    return replace(found, subject=row, place=place, asked="takes", without=gone)


def _without(inquiry: Inquiry, found: Ground, row: int) -> tuple[int, ...]:
    """Rows whose events, left out, make a list without `row`; () if none were found.

    The smallest set while weights are frozen comes first. Weights follow the shorter history, and variety may keep an
    item in or out, so every set is tried, with the next weightiest event added while it does not do it.
    """
    events, k = found.query.events, found.query.k
    rivals = inquiry.listed(replace(found.query, k=RIVALS))
    head = [other for other in rivals if other != row]
    if not events or len(head) < k:
        return ()
    given, total = inquiry.recommender.by_event(found.query, np.array([row, *head], dtype=np.int64))
    ahead = given[:, :1] - given[:, 1:]
    frozen = smallest(total[0] - total[1:], ahead, k)
    gone = [] if frozen is None else list(frozen[0])
    left = [place for place in np.argsort(-ahead.mean(axis=1), kind="stable").tolist() if place not in gone]
    for place in (None, *left[:MORE]):
        gone += [] if place is None else [place]
        items = tuple(dict.fromkeys(events[event].item for event in gone))
        if items and _gone(inquiry, found, items, row):
            return items
    return ()


def _gone(inquiry: Inquiry, found: Ground, items: tuple[int, ...], row: int) -> bool:
    """Whether the list that is really made without what is known of these items is one without `row`."""
    changed = suppose(inquiry, found, Supposition("", without=items))
    return row not in inquiry.listed(changed.query)
