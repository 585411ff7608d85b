"""Events told in conversations, folded into the data set's interactions; and the events that both models are judged by.

Talk has no place in the data's calendar: a told event carries the data's last moment, as it does when it is served
(`bot.query.told`). So it counts for popularity, the item-item models and the sequence, and says nothing of a trend.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation.protocols import Case, leave_one_out
from retrieval.rankers.matrix import subset
from retrieval.schema import IntArray, Interactions

MOST_CASES = 2000
"""Users whose last event is held out, at most."""


@dataclass(frozen=True)
class Told:
    """What one person said of one item; `strength` signed, in [-1, 1], 0 for what was only seen."""

    user: str
    item: int
    strength: float
    value: float | None = None


@dataclass(frozen=True)
class Collected:
    """What is in force of the log up to and including event `until`, in the order it was said, and who asked to be
    forgotten."""

    events: tuple[Told, ...] = ()
    forgotten: frozenset[str] = frozenset()
    until: int = 0


class Collect(Protocol):
    """Reads the log: up to an event, or all of it."""

    def __call__(self, until: int | None = None) -> Collected: ...


def folded(interactions: Interactions, collected: Collected) -> Interactions:
    """The interactions with what was told, sorted as they are; users that the data set does not know come last.

    What is said of an item overrules what the data set has of it. Nothing is left of who is forgotten.
    """
    told = [event for event in collected.events if event.user not in collected.forgotten]
    user_ids = tuple(dict.fromkeys((*interactions.user_ids, *(event.user for event in told))))
    numbers = {user: number for number, user in enumerate(user_ids)}
    gone = np.array([numbers[user] for user in collected.forgotten if user in numbers], dtype=np.int64)
    users = np.array([numbers[event.user] for event in told], dtype=np.int64)
    items = np.array([event.item for event in told], dtype=np.int64)
    kept = ~np.isin(interactions.users, gone) & ~_among(interactions.users, interactions.items, users, items)
    own = subset(interactions, kept)
    until = int(interactions.times.max(initial=0))
    raw = np.array([np.nan if event.value is None else event.value for event in told], dtype=np.float32)
    strengths = np.array([event.strength for event in told], dtype=np.float32)
    together = Interactions(
        user_ids,
        np.concatenate([own.users, users]),
        np.concatenate([own.items, items]),
        np.concatenate([own.values, raw]),
        np.concatenate([own.strengths, strengths]),
        np.concatenate([own.times, np.full(len(told), until, dtype=np.int64)]),
    )
    return subset(together, np.argsort(together.users, kind="stable"))


def held_out(interactions: Interactions, seed: int) -> tuple[Case, ...]:
    """Users' last events, each to be found given all that user's events before it; of many users some."""
    users = np.unique(interactions.users)
    drawn = np.random.default_rng(seed).permutation(users)[:MOST_CASES]
    return leave_one_out(subset(interactions, np.isin(interactions.users, drawn))).cases


def without(interactions: Interactions, cases: tuple[Case, ...], user_ids: tuple[str, ...]) -> Interactions:
    """The interactions but for the cases' answers; the cases' users are those of `user_ids`."""
    numbers = {user: number for number, user in enumerate(interactions.user_ids)}
    asked = [case for case in cases if user_ids[case.user] in numbers]
    users = np.array([numbers[user_ids[case.user]] for case in asked for _ in case.relevant], dtype=np.int64)
    items = np.concatenate([case.relevant for case in asked]) if asked else np.zeros(0, dtype=np.int64)
    return subset(interactions, ~_among(interactions.users, interactions.items, users, items))


def told_users(collected: Collected) -> AbstractSet[str]:
    """Who told something that counts."""
    return {event.user for event in collected.events} - collected.forgotten


def _among(users: IntArray, items: IntArray, some_users: IntArray, some_items: IntArray) -> NDArray[np.bool_]:
    """Which (user, item) pairs are among those pairs."""
    width = 1 + max(int(np.max(items, initial=0)), int(np.max(some_items, initial=0)))
    return np.isin(np.asarray(users) * width + items, some_users * width + some_items)
