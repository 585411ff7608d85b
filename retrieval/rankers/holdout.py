"""What the blend learns from: questions whose answers one set of fitted parts has not seen.

One fit serves all of them, because the sequence model takes long to train. Left out of it are
  newcomers     some users altogether, who tell the first few things they like at the fit's end; the answers are all the
                others they like;
  the future    everything from a moment T on: users who were there before come back at T, and the answers are what they
                like from then on;
  last visits   what each other user did after they were away for a day or more the last time before T: asked for at
                that moment, as who comes back asks. There are three to four times as many as in the future;
  last events   each other user's last event before T, asked for twice: at its own moment, as an active user asks, and
                at T, as one asks who was long away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import Event, History, IntArray, Interactions

TOLD = (0, 1, 2, 3, 5, 10)
"""How many likes a newcomer tells."""
DRAWS = 2
"""Of each number of likes, so many draws: what one like says varies more than what ten say."""
NEWCOMERS = 0.15
"""Share of the users who are left out of the fit and play newcomers."""
FUTURE = 0.1
"""Share of the events, the latest, that are left out as the future."""
RECENT = 200
"""Events of a history that are used, the latest ones."""
NOT_LIKED = 0.5
"""How much it counts to find an item that was met but not liked."""
AWAY, RETURNED = 0.1, 2.0
"""How much a last event asked for at T, and a user who comes back, count against a last event at its own moment."""
VISIT = 86_400
"""Seconds without an event after which the next one begins a visit."""
FIRST = 5
"""Events that must come before a visit that is left out."""


@dataclass(frozen=True)
class Example:
    """A history, the items to find, and those that are no candidates (met already)."""

    history: History
    answers: IntArray
    met: IntArray
    weight: float = 1.0


@dataclass(frozen=True)
class Holdout:
    """What may be fitted, and the questions. `last` are those of the last events at their own moments."""

    fitted: Interactions
    last: tuple[Example, ...]
    returning: tuple[Example, ...]
    newcomers: tuple[Example, ...]


def hold_out(interactions: Interactions, most: int, rng: np.random.Generator) -> Holdout:
    """At most `most` examples of each kind; beyond that users are drawn."""
    users = rng.permutation(np.unique(interactions.users))  # only those who did something
    n_new = max(1, min(int(len(users) * NEWCOMERS), most // len(TOLD)))
    new, others = users[:n_new], users[n_new:]
    until = _until(interactions)
    known = interactions.times < until
    last, rest = last_events(interactions, others[:most], known, until)
    visits, stayed = last_visits(interactions, others[:most], known)
    fitted = rest & stayed & known & ~np.isin(interactions.users, new)
    returning = [*future_examples(interactions, others, known, until)[:most], *visits]
    return Holdout(
        subset(interactions, fitted),
        tuple(e for e in last if e.history.now != until),
        (*(e for e in last if e.history.now == until), *returning),
        tuple(newcomer_examples(interactions, new, rng)),
    )


def _until(interactions: Interactions) -> int:
    """The moment T; after everything where the times do not tell a future from a past."""
    times = np.sort(np.asarray(interactions.times))
    if not len(times):
        return 1
    cut = int(times[min(round((1 - FUTURE) * len(times)), len(times) - 1)])
    return cut if (times < cut).mean() > 0.5 else int(times[-1]) + 1


def last_events(
    interactions: Interactions, users: IntArray, known: NDArray[np.bool_] | None = None, until: int = 0
) -> tuple[list[Example], NDArray[np.bool_]]:
    """Each of these users' last event as the answer to what came before, asked for then and at `until` (0: the data's
    end); and the mask of all other events. With `known`, only of users all of whose events are."""
    starts = user_starts(interactions)
    fitted = np.ones(len(interactions), dtype=bool)
    examples: list[Example] = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        if len(positions) < 2 or (known is not None and not known[positions[-1]]):
            continue
        final, before = positions[-1], positions[:-1]
        fitted[final] = False
        answer, met = interactions.items[[final]], interactions.items[before]
        if answer[0] not in met:
            told = events(interactions, before[-RECENT:])
            weight = 1.0 if interactions.strengths[final] >= LIKED else NOT_LIKED
            examples.append(Example(History(told, int(interactions.times[final])), answer, met, weight))
            examples.append(Example(History(told, until), answer, met, AWAY * weight))
    return examples, fitted


def future_examples(interactions: Interactions, users: IntArray, known: NDArray[np.bool_], until: int) -> list[Example]:
    """Of each of these users who did something before `until`: what they like from then on and had not met."""
    starts = user_starts(interactions)
    examples: list[Example] = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        before, later = positions[known[positions]], positions[~known[positions]]
        met = interactions.items[before]
        answers = np.setdiff1d(interactions.items[later[interactions.strengths[later] >= LIKED]], met)
        if len(before) and len(answers):
            told = events(interactions, before[-RECENT:])
            examples.append(Example(History(told, until), answers, met, RETURNED))
    return examples


def last_visits(
    interactions: Interactions, users: IntArray, known: NDArray[np.bool_]
) -> tuple[list[Example], NDArray[np.bool_]]:
    """Of each of these users who came back after VISIT: what they liked the last time and had not met, asked for when
    they came; and the mask of everything but those visits. Only of what is `known`."""
    starts = user_starts(interactions)
    kept = np.ones(len(interactions), dtype=bool)
    examples: list[Example] = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        positions = positions[known[positions]]
        begun = 1 + np.flatnonzero(np.diff(interactions.times[positions]) > VISIT)
        if not (begun >= FIRST).any():
            continue
        before, visit = positions[: begun[-1]], positions[begun[-1] :]
        kept[visit] = False
        met = interactions.items[before]
        answers = np.setdiff1d(interactions.items[visit[interactions.strengths[visit] >= LIKED]], met)
        if len(answers):
            history = History(events(interactions, before[-RECENT:]), int(interactions.times[visit[0]]))
            examples.append(Example(history, answers, met, RETURNED))
    return examples, kept


def newcomer_examples(interactions: Interactions, users: IntArray, rng: np.random.Generator) -> list[Example]:
    """For each user and each number of likes, DRAWS times: so many drawn likes told, all the others to be found."""
    starts = user_starts(interactions)
    examples: list[Example] = []
    for user in np.repeat(users, DRAWS):
        positions = np.arange(starts[user], starts[user + 1])
        likes = rng.permutation(positions[interactions.strengths[positions] >= LIKED])
        for told in TOLD:
            known = np.sort(likes[:told])
            met = interactions.items[known]
            rest = interactions.items[likes[told:]]
            rest = rest[~np.isin(rest, met)]
            if not len(rest):
                break
            examples.append(Example(History(events(interactions, known)), rest, met))
    return examples


def events(interactions: Interactions, positions: IntArray) -> tuple[Event, ...]:
    """Those interactions as a history's events."""
    return tuple(
        Event(str(p), int(interactions.items[p]), float(interactions.strengths[p]), int(interactions.times[p]))
        for p in positions
    )


def user_starts(interactions: Interactions) -> IntArray:
    """Position of each user's first event, and the end: [n_users + 1]."""
    return np.searchsorted(interactions.users, np.arange(len(interactions.user_ids) + 1))
