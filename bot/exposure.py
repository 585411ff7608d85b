"""Who had their share of being shown: the cap on exposure, over what the event log says was shown."""

from __future__ import annotations

from bot.memory import Memory
from retrieval.choosing import over_exposed
from retrieval.recommend import Recommender


def capped(memory: Memory, recommender: Recommender) -> tuple[int, ...]:
    """The rows that give way now, in order. Two turns at the same moment may each give an item its last place."""
    choosing = recommender.choosing
    if choosing.exposure_cap >= 1:
        return ()
    shown = memory.shown(choosing.exposure_window)
    over = over_exposed(shown, choosing.exposure_cap, choosing.exposure_window)
    return tuple(sorted(row for row in map(recommender.catalogue.find, over) if row is not None))
