"""Learning the blend's coefficients on validation data, once, for every length of history.

Two kinds of example, both ranked by parts that were fitted without the answers:
  heavy users  each user's last event, given all before it (parts fitted without those last events), asked for twice: at
               its own moment, as an active user asks, and at the data's end, as one asks who was long away;
  newcomers    users left out of the fit altogether, who tell the first few things they like, at the data's end; the
               answers are all the other things they like.
Asked at their own moments alone, the trend learns to speak for users of whom many were active while it was measured,
and then leads everybody's list at the data's end.
The coefficients, none below 0, are found by coordinate ascent on NDCG@10 itself: 49 numbers, and a pass over the
examples takes milliseconds. Smooth losses did worse (docs/ranking.md): cross-entropy, and with it anything that
starts from its solution, spends popularity on answers that no list of ten would ever show.

Scale: a score's standard deviation over the catalogue is 1 on average over the examples near each length, so that what
the recommender adds for a request weighs the same for a newcomer and a heavy user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.rankers.ascent import Problem, ascend, ideal_dcg
from retrieval.rankers.blend import N_COUNTED, UNLEARNED, Blend, hats
from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import Event, FloatArray, History, IntArray, Interactions

TOLD = (0, 1, 2, 3, 5, 10)
"""How many likes a newcomer tells."""
NEWCOMERS = 0.25
"""Share of the users who are left out of the fit and play newcomers."""
RECENT = 200
"""Events of a history that are used, the latest ones."""
NOT_LIKED = 0.5
"""How much it counts to find an item that was met but not liked."""
HEAD = 120
"""Candidates of an example: the first HEAD by each feature. What is in none of these heads is in no list of ten."""
LEAST_SPREAD = 0.01
"""A logarithm of counts that varies less than this (1 %) over the catalogue is taken as alike for all items: a
coefficient is learned in units of its feature's spread, and none may blow such a feature up into one that decides."""
ENOUGH = 100
"""Fewer examples than this decide nothing: seven coefficients at seven lengths would follow their noise."""
EXAMPLES = 3600
"""At most so many examples are used; beyond it users are drawn."""
MANY, FEWEST = 20_000, 600
"""In a catalogue of more than MANY items fewer examples are used, as each takes longer, down to FEWEST; and covariances
are those of MANY drawn items."""


@dataclass(frozen=True)
class Example:
    """A history, the items to find, and those that are no candidates (met already)."""

    history: History
    answers: IntArray
    met: IntArray
    weight: float = 1.0


@dataclass(frozen=True)
class Learned:
    """Coefficients [len(LENGTHS), n_features] and how they were come by (`ndcg`: mean NDCG@10 of the examples)."""

    coefficients: FloatArray
    n_examples: int
    ndcg: float


def learn(
    interactions: Interactions,
    n_items: int,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _done: None,
) -> Learned:
    """Fit the parts twice on part of the data, and the coefficients on what was left out.

    `progress` is called with the fraction that is done. Deterministic for a seed.
    """
    rng = np.random.default_rng(seed)
    users = rng.permutation(np.unique(interactions.users))  # only those who did something
    most = EXAMPLES if n_items <= MANY else max(FEWEST, EXAMPLES * MANY // n_items)
    drawn = slice(None) if n_items <= MANY else np.sort(rng.choice(n_items, MANY, replace=False))
    last, all_but_last = last_events(interactions, users[: most // 3])
    newcomers = users[: max(1, min(int(len(users) * NEWCOMERS), most // 3 // len(TOLD)))]
    told = newcomer_examples(interactions, newcomers, rng)
    examples, blocks, gains, bases, covariances = [], [], [], [], []
    for group, fitted in ((last, all_but_last), (told, ~np.isin(interactions.users, newcomers))):
        if not group or not fitted.any():
            continue
        blend = Blend.build(subset(interactions, fitted), n_items, UNLEARNED, n_factors=0)
        for example in group:
            features = blend.features(example.history)
            counted = features[:N_COUNTED]
            counted[counted.std(axis=1) < LEAST_SPREAD] = 0
            columns = candidates(features, example)
            examples.append(example)
            blocks.append(features[:, columns])
            gains.append(np.isin(columns, example.answers).astype(np.float32)[None] / ideal_dcg(len(example.answers)))
            bases.append(hats(blend.length(example.history)))
            covariances.append(np.cov(features[:, drawn]))
        progress(0.2 if group is last else 0.4)
    if len(examples) < ENOUGH:
        return Learned(UNLEARNED, len(examples), 0.0)
    weights = np.array([example.weight for example in examples], dtype=np.float32)
    coefficients, ndcg = ascend(
        Problem(
            features=_padded(blocks),
            padded=_padded([np.ones((1, block.shape[1]), dtype=np.float32) for block in blocks])[:, 0] == 0,
            gains=_padded(gains)[:, 0],
            basis=np.stack(bases),
            weights=weights / weights.sum(),
            covariances=np.stack(covariances).astype(np.float32),
        ),
        rng,
        lambda done: progress(0.4 + 0.6 * done),
    )
    return Learned(coefficients, len(examples), ndcg)


def candidates(features: FloatArray, example: Example) -> IntArray:
    """Items that compete for the first places: the heads by each feature, [n_candidates] rows."""
    free = np.ones(features.shape[1], dtype=bool)
    free[example.met] = False
    allowed = np.flatnonzero(free)
    if len(allowed) <= HEAD:
        return allowed
    first = np.argpartition(-features[:, allowed], HEAD - 1, axis=1)[:, :HEAD]
    return allowed[np.unique(first)]


def last_events(interactions: Interactions, users: IntArray) -> tuple[list[Example], NDArray[np.bool_]]:
    """Each of these users' last event as the answer to what came before, asked for then and at the data's end; and the
    mask of all other events."""
    starts = user_starts(interactions)
    fitted = np.ones(len(interactions), dtype=bool)
    examples: list[Example] = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        if len(positions) < 2:
            continue
        final, before = positions[-1], positions[:-1]
        fitted[final] = False
        answer, met = interactions.items[[final]], interactions.items[before]
        if answer[0] not in met:
            known = events(interactions, before[-RECENT:])
            weight = 1.0 if interactions.strengths[final] >= LIKED else NOT_LIKED
            moments = (int(interactions.times[final]), 0)
            examples.extend(Example(History(known, now), answer, met, weight / 2) for now in moments)
    return examples, fitted


def newcomer_examples(interactions: Interactions, users: IntArray, rng: np.random.Generator) -> list[Example]:
    """For each user and each number of likes: that many drawn likes told, all the others to be found."""
    starts = user_starts(interactions)
    examples: list[Example] = []
    for user in users:
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


def _padded(blocks: Sequence[FloatArray]) -> FloatArray:
    """Blocks [n_rows, any] as one array, filled up with 0 to the widest."""
    out = np.zeros((len(blocks), blocks[0].shape[0], max(block.shape[1] for block in blocks)), dtype=np.float32)
    for e, block in enumerate(blocks):
        out[e, :, : block.shape[1]] = block
    return out
