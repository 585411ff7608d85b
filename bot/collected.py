"""What people told in conversations, as the rankers learn from it: a fold over the event log, never a copy."""

from __future__ import annotations

from itertools import groupby

from bot.memory import Memory
from bot.profile import fold
from bot.query import OPINIONS, told
from retrieval.catalogue import Catalogue
from retrieval.retraining.folding import Collected, Told

SEEN = 0.0
"""The strength of what was only seen: it was met, which is no opinion."""


def collected(memory: Memory, catalogue: Catalogue, until: int | None = None) -> Collected:
    """Likes, dislikes, ratings and what was seen, of everybody who talked, up to and including event `until`.

    What was undone, taken back or restated does not count, and nobody counts who asked to be forgotten. A guest of a
    data-set user is a person of their own.
    """
    log = memory.opinions(until)
    events: list[tuple[int, Told]] = []
    forgotten = set()
    for user, theirs in groupby(sorted(log, key=lambda event: event.user), key=lambda event: event.user):
        standing = fold(sorted(theirs, key=lambda event: event.id), "", catalogue)
        if standing.forgotten:
            forgotten.add(user)
            continue
        said = told(standing, catalogue, OPINIONS)
        for belief in (*standing.profile.earlier, *standing.profile.beliefs):
            row = belief.item
            if row in said and said[row].id == belief.event_id:
                events.append((belief.event, Told(user, row, said[row].strength, belief.rating)))
            elif row is not None and row not in said and belief.kind == "seen":
                events.append((belief.event, Told(user, row, SEEN)))
    in_order = tuple(event for _, event in sorted(events, key=lambda pair: pair[0]))
    return Collected(in_order, frozenset(forgotten), max((event.id for event in log), default=0))
