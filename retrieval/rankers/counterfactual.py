"""The smallest set of past events without which an item leaves the list: a counterfactual explanation.

Ghazimatin et al. 2020, "PRINCE", search a graph for such a set; here the score's own terms are searched.

With weights frozen a score is a sum over events, so taking a set R away moves the item's lead over each rival i to

    lead_i(R) = lead_i − Σ_{e ∈ R} d[e, i],   d[e, i] = what e gives to the item − what it gives to rival i

and the item is off a list of k when k rivals lead. Which set is smallest depends on all rivals at once, so single
contributions do not tell: sets are searched by size, by branch and bound. With q events still to be taken, the lead
over a rival can fall by no more than the q largest of its d that are left; where fewer than k rivals can pass so, the
branch is cut. A greedy set bounds the size from above, and is what is left when the search would take too long.

Every answer is checked by a true re-run, in which ages, normaliser and the blend's weights follow the shorter history;
where it fails there, further events are taken away greedily until the item really is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.rankers.base import Ranker
from retrieval.schema import FloatArray, History, IntArray

EXACT = 20
"""Up to so many events the search goes on to its end; 90,000 nodes and 1.3 s were the most that was seen."""
NODES = 2_000
"""Of longer histories so many nodes are looked at: 0.3 s with 200 events and 1,000 rivals."""
Floats = NDArray[np.float64]
Rerun = Callable[[History], FloatArray]
"""A true re-run: the scores of all items for a history, [n_items]."""


@dataclass(frozen=True)
class Counterfactual:
    """`events`: positions in the history without which the item is off the list, seen in a re-run.

    `frozen`: the set that does it while weights are frozen, None if there is none; `smallest`: it is proven that no
    smaller set does.
    """

    events: tuple[int, ...]
    frozen: tuple[int, ...] | None
    smallest: bool


def counterfactual(
    ranker: Ranker, history: History, item: int, candidates: IntArray, k: int = 10, rerun: Rerun | None = None
) -> Counterfactual | None:
    """The fewest events without which `item` is not among the first `k` of `candidates` (rows, `item` among them).

    None when it is there even without the whole history, for reasons other than the events. `rerun` is what scores
    a shorter history, the ranker itself unless something is added to its scores. What loses its event is no candidate.
    """
    rivals = candidates[candidates != item]
    terms, values = ranker.decompose(history, np.append(rivals, item))
    given = np.zeros((len(history.events), values.shape[1]))
    for term, row in zip(terms, values, strict=True):
        if term.event is not None:
            given[term.event] += row
    total = values.sum(axis=0, dtype=np.float64)
    score = rerun or ranker.score

    def leads(gone: tuple[int, ...]) -> Floats:
        """In a true re-run, [n_rivals]."""
        kept = tuple(event for place, event in enumerate(history.events) if place not in gone)
        scores = score(replace(history, events=kept)).astype(np.float64)
        return np.asarray(scores[item] - scores[rivals], dtype=np.float64)

    found = smallest(total[-1] - total[:-1], given[:, -1:] - given[:, :-1], k)
    frozen, proven = (None, True) if found is None else found
    events = _truly(frozen or (), len(history.events), leads, k)
    return None if events is None else Counterfactual(events, frozen, proven)


def smallest(lead: Floats, d: Floats, k: int) -> tuple[tuple[int, ...], bool] | None:
    """The smallest set of events whose removal puts k rivals ahead, and whether that is proven; None: there is none, or
    none was found.

    `lead` [n_rivals] is the item's, `d` [n_events, n_rivals] what of it each event accounts for.
    """
    if _out(lead, k):
        return (), True
    n_events = len(d)
    falls = np.cumsum(-np.sort(-np.clip(d, 0, None), axis=0), axis=0)  # by at most so much, with so many events
    possible = [size for size in range(1, n_events + 1) if _out(lead - falls[size - 1], k)]
    if not possible:
        return None
    greedy = _greedy(lead, d, k)
    most = len(greedy) if greedy is not None else n_events + 1
    near = lead < falls[min(most, n_events) - 1]  # the others stay behind whatever is taken
    order = np.argsort(-np.clip(d[:, near], 0, None).sum(axis=1), kind="stable")
    search = _Search(d[order][:, near], k, NODES if n_events > EXACT else 2**n_events)
    for size in range(possible[0], most):
        found = search.of_size(lead[near], size)
        if search.left <= 0:
            return None if greedy is None else (greedy, False)
        if found is not None:
            return tuple(sorted(int(order[place]) for place in found)), True
    return None if greedy is None else (greedy, True)


class _Search:
    """Branch and bound over sets of one size, events in a fixed order."""

    def __init__(self, d: Floats, k: int, nodes: int) -> None:
        self.d, self.k, self.left = d, k, nodes
        self._falls: dict[int, Floats] = {}

    def of_size(self, lead: Floats, size: int, first: int = 0) -> tuple[int, ...] | None:
        """A set of `size` events, none before `first`, whose removal is enough."""
        self.left -= 1
        if self.left <= 0 or size > len(self.d) - first:
            return None
        if not _out(lead - self._fall(first)[size - 1], self.k):
            return None
        if size == 1:
            ahead = (lead - self.d[first:] < 0).sum(axis=1) >= self.k
            return (first + int(ahead.argmax()),) if ahead.any() else None
        for event in range(first, len(self.d) - size + 1):
            rest = self.of_size(lead - self.d[event], size - 1, event + 1)
            if rest is not None:
                return (event, *rest)
        return None

    def _fall(self, first: int) -> Floats:
        """How far each lead can fall with 1, 2, ... of the events from `first` on, [n_events left, n_rivals]."""
        if first not in self._falls:
            useful = np.clip(self.d[first:], 0, None)
            self._falls[first] = np.cumsum(-np.sort(-useful, axis=0), axis=0)
        return self._falls[first]


def _greedy(lead: Floats, d: Floats, k: int) -> tuple[int, ...] | None:
    """One event after the other, each the one that brings the k-th rival nearest; then those not needed come back."""
    gone: list[int] = []
    while not _out(lead - d[gone].sum(axis=0), k):
        left = [event for event in range(len(d)) if event not in gone]
        if not left:
            return None
        now = lead - d[gone].sum(axis=0)
        gone.append(min(left, key=lambda event: _kth(now - d[event], k)))
    for event in list(gone):
        rest = [other for other in gone if other != event]
        if _out(lead - d[rest].sum(axis=0), k):
            gone = rest
    return tuple(sorted(gone))


def _truly(
    frozen: tuple[int, ...], n_events: int, leads: Callable[[tuple[int, ...]], Floats], k: int
) -> tuple[int, ...] | None:
    """`frozen` if it does it in a re-run, else with more events; None if not even the whole history does."""
    gone = frozen
    while not _out(leads(gone), k):
        left = [event for event in range(n_events) if event not in gone]
        if not left:
            return None
        gone = min(((*gone, event) for event in left), key=lambda tried: _kth(leads(tried), k))
    for event in gone if gone != frozen else ():
        rest = tuple(other for other in gone if other != event)
        if _out(leads(rest), k):
            gone = rest
    return tuple(sorted(gone))


def _kth(lead: Floats, k: int) -> float:
    """The lead over the k-th best rival; below 0 the item is off a list of k."""
    return float(np.partition(lead, k - 1)[k - 1]) if len(lead) >= k else np.inf


def _out(lead: Floats, k: int) -> bool:
    return int((lead < 0).sum()) >= k
