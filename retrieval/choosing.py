"""Which of the best-scored items make the list: variety, novelty, a cap on exposure, and the long tail alone. Pure
functions over arrays.

Variety, the cap and the long tail choose among scored items and leave scores alone; novelty is a part of the score like
any other, so a reason can say what it did. What each costs in accuracy is in docs/choosing.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import FloatArray, IntArray, Interactions

POOL = 40
"""How far down the ranking variety looks."""
DIVERSITY = 0.25
"""The weight of redundancy against relevance, unless it is set."""
WINDOW = 1000
"""Places on lists that the cap on exposure looks back, unless it is set."""
SHORT_HEAD = 0.5
"""The share of all behaviour that makes its items the best known, unless it is set."""
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Choosing:
    """How lists are chosen, as set by whoever runs the bot. A query may ask for more `diversity`, and for the long tail
    alone: what is left without the `short_head`, the best known items that have this share of all behaviour.

    `diversity`: the weight of redundancy against relevance, 0 (off) to 1. `novelty`: score units per bit of
    self-information, 0 is off. `exposure_cap`: the largest share that one item may take of the last `exposure_window`
    places on lists, of everybody's; 1 is off.
    """

    diversity: float = DIVERSITY
    novelty: float = 0.0
    exposure_cap: float = 1.0
    exposure_window: int = WINDOW
    short_head: float = SHORT_HEAD


def diversified(scores: FloatArray, vectors: FloatArray, k: int, diversity: float) -> IntArray:
    """The places of up to `k` items in the order in which they are shown; the first is never moved.

    Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): from the second place on, the item with the
    largest (1 - diversity) · relevance - diversity · (largest cosine with one that is listed already). Relevance is the
    score, 1 for the best of these items and 0 for the last.

    `scores`: [n], best first, with or without further items; only the first max(POOL, k) are looked at. `vectors`: the
    unit content vectors of those, [min(n, max(POOL, k)), d].
    """
    head = scores[: max(POOL, k)]
    if not diversity or len(head) <= 1 or k <= 1:
        return np.arange(min(k, len(head)), dtype=np.int64)
    relevance = (head - head.min()) / max(float(head.max() - head.min()), 1e-9)
    similarity = vectors @ vectors.T
    nearest = similarity[0].copy()
    picked = [0]
    while len(picked) < min(k, len(head)):
        gain = (1 - diversity) * relevance - diversity * nearest
        gain[picked] = -np.inf
        picked.append(int(np.argmax(gain)))
        nearest = np.maximum(nearest, similarity[picked[-1]])
    return np.array(picked, dtype=np.int64)


def met_share(interactions: Interactions, n_items: int) -> NDArray[np.float64]:
    """The share of the users who met each item, with one more user who met everything, [n_items]."""
    pairs = np.unique(np.asarray(interactions.users) * n_items + interactions.items) % n_items
    counts = np.bincount(pairs, minlength=n_items)
    return np.asarray((counts + 1) / (len(np.unique(interactions.users)) + 1), dtype=np.float64)


def self_information(interactions: Interactions, n_items: int) -> FloatArray:
    """How surprising it is to have met each item: -log2 of the share of users who did, in bits, [n_items] (Zhou et al.,
    PNAS 2010)."""
    return np.asarray(-np.log2(met_share(interactions, n_items)), dtype=np.float32)


def short_head(interactions: Interactions, n_items: int, share: float) -> NDArray[np.bool_]:
    """Whether each item is one of the best known, [n_items]: the fewest whose users, item by item, add up to `share` of
    all, and whatever is known as well as the last of them (Celma, Music Recommendation and Discovery, 2010; what is
    left is the long tail). None where nothing is known better than anything else.
    """
    pairs = np.unique(np.asarray(interactions.users) * n_items + interactions.items) % n_items
    counts = np.bincount(pairs, minlength=n_items)
    largest = np.sort(counts)[::-1]
    enough = int(np.searchsorted(np.cumsum(largest), share * counts.sum()))
    return np.asarray((counts >= largest[min(enough, n_items - 1)]) & (counts > largest[-1]))


def over_exposed(shown: Iterable[T], cap: float, window: int) -> frozenset[T]:
    """Items that one more place would take above `cap` of the last `window` places on lists.

    `shown`: what was on those places, latest first. Where lists hold none of these and no item twice, no item ever has
    more than cap · window of any `window` places in a row. A window that is not full yet counts as if it were, so that
    the first lists are not held to a share of five places.
    """
    if cap >= 1:
        return frozenset()
    # A list of n places pushes n others out of the window, so what is counted here is never less than what will be.
    counts = Counter(islice(shown, window))
    return frozenset(item for item, count in counts.items() if count + 1 > cap * window)
