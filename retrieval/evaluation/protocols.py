"""Which events are known, which are to be found: three ways to split one set of interactions.

A split gives the interactions that rankers are fitted on and the cases to rank. But for newcomers, whose likes have no
order, nothing in a case's history is later than its answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.rankers.holdout import events, user_starts
from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import History, IntArray, Interactions

RECENT = 200
"""Events of a history that a ranker is given, the latest ones: what is served keeps no more."""


@dataclass(frozen=True)
class Case:
    """One ranking to judge: all items but `excluded`, among which `relevant` are to be found."""

    user: int
    history: History
    relevant: IntArray
    excluded: IntArray


@dataclass(frozen=True)
class Split:
    """What rankers may be fitted on, and what they are asked."""

    fitted: Interactions
    cases: tuple[Case, ...]


def leave_one_out(interactions: Interactions) -> Split:
    """Each user's last event is to be found, whatever its rating, given all before it; ties in source order.

    Rankers are fitted on everything but these last events. Users with one event are left out.
    """
    starts = user_starts(interactions)
    fitted = np.ones(len(interactions), dtype=bool)
    cases = []
    for user in range(len(interactions.user_ids)):
        positions = np.arange(starts[user], starts[user + 1])
        if len(positions) < 2:
            continue
        final, before = positions[-1], positions[:-1]
        relevant, met = interactions.items[[final]], np.unique(interactions.items[before])
        fitted[final] = False
        if relevant[0] not in met:
            history = History(events(interactions, before[-RECENT:]), int(interactions.times[final]))
            cases.append(Case(user, history, relevant, met))
    return Split(subset(interactions, fitted), tuple(cases))


def temporal(interactions: Interactions, end: float = 1.0, tested: float = 0.1) -> Split:
    """Events in order of time; of the first `end` of them the last `tested` is the future, the rest is known.

    Cases are users with at least one known event; the items that they like in the future and had not met are to be
    found, by one ranking made at the moment of the cut.
    """
    order = np.argsort(interactions.times, kind="stable")[: round(end * len(interactions))]
    cut = round((1 - tested) * len(order))
    known = np.zeros(len(interactions), dtype=bool)
    known[order[:cut]] = True
    future = np.zeros(len(interactions), dtype=bool)
    future[order[cut:]] = True
    now = int(interactions.times[order[cut]]) if cut < len(order) else 0
    future &= interactions.strengths >= LIKED
    return Split(subset(interactions, known), tuple(_future_cases(interactions, known, future, now)))


def newcomers(
    interactions: Interactions, likes: int, seed: int = 0, share: float = 0.25, draws: int = 3, most: int = 10
) -> Split:
    """Users left out of the fit tell `likes` items that they like, drawn at random; their other likes are to be found.

    They ask at the data's end, as whoever comes to a trained ranker does: a moment in the past would set a trend known
    until then against counts that go on, and their difference gives away what became popular after it.
    The same users, `draws` times each, for every number of likes up to `most`: those with more than `most` likes.
    """
    rng = np.random.default_rng(seed)
    starts = user_starts(interactions)
    n_users = len(interactions.user_ids)
    chosen = np.sort(rng.permutation(n_users)[: max(1, round(share * n_users))])
    cases = []
    for user in chosen:
        positions = np.arange(starts[user], starts[user + 1])
        liked = positions[interactions.strengths[positions] >= LIKED]
        if len(liked) <= most:
            continue
        for _ in range(draws):
            drawn = rng.permutation(liked)
            told = np.sort(drawn[:likes])
            met = np.unique(interactions.items[told])
            relevant = np.setdiff1d(interactions.items[drawn[likes:]], met)
            if len(relevant):
                cases.append(Case(int(user), History(events(interactions, told)), relevant, met))
    return Split(subset(interactions, ~np.isin(interactions.users, chosen)), tuple(cases))


def shuffled_ties(interactions: Interactions, seed: int) -> Interactions:
    """The same events, those of one user at one second in random order: most MovieLens events have such company."""
    order = np.lexsort((np.random.default_rng(seed).random(len(interactions)), interactions.times, interactions.users))
    return subset(interactions, order)


def _future_cases(
    interactions: Interactions, known: NDArray[np.bool_], future: NDArray[np.bool_], now: int
) -> list[Case]:
    starts = user_starts(interactions)
    cases = []
    for user in range(len(interactions.user_ids)):
        positions = np.arange(starts[user], starts[user + 1])
        before = positions[known[positions]]
        met = np.unique(interactions.items[before])
        relevant = np.setdiff1d(interactions.items[positions[future[positions]]], met)
        if len(before) and len(relevant):
            cases.append(Case(user, History(events(interactions, before[-RECENT:]), now), relevant, met))
    return cases
