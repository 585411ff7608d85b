"""Learning the blend's coefficients on validation data, once, for every length of history.

Two kinds of example, both ranked by parts that were fitted without the answers:
  heavy users  each user's last event, given all before it (parts fitted without those last events);
  newcomers    users left out of the fit altogether, who tell the first few things they like; the answers are the
               other things they like.
The loss is the full softmax over the items that the user has not met, averaged over an example's answers, plus a
small penalty on the difference between neighbouring lengths. Coefficients are kept at or above 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from retrieval.rankers.blend import N_FEATURES, UNLEARNED, Blend, hats
from retrieval.schema import Event, FloatArray, History, IntArray, Interactions

LIKED = 0.3
"""Strength from which an event counts as a like."""
TOLD = (0, 1, 2, 3, 5, 10)
"""How many likes a newcomer tells."""
RECENT = 200
"""Events of a history that are used, the latest ones."""
NOT_LIKED = 0.5
"""How much finding an item counts that was met but not liked."""
SMOOTHNESS = 0.001
"""Penalty on the squared difference of coefficients of neighbouring lengths."""
BUDGET = 120_000_000
"""Numbers that the examples' features may hold; beyond it fewer examples are drawn."""


@dataclass(frozen=True)
class Example:
    """A history, the items to find, and those that are no candidates (met already)."""

    history: History
    answers: IntArray
    met: IntArray
    weight: float = 1.0


@dataclass(frozen=True)
class Learned:
    """Coefficients [len(LENGTHS), n_features] and how they were come by."""

    coefficients: FloatArray
    n_examples: int
    loss: float


def subset(interactions: Interactions, kept: NDArray[np.bool_]) -> Interactions:
    """The interactions where `kept` holds; users keep their numbers."""
    return Interactions(
        interactions.user_ids,
        interactions.users[kept],
        interactions.items[kept],
        interactions.values[kept],
        interactions.strengths[kept],
        interactions.times[kept],
    )


def events(interactions: Interactions, positions: IntArray) -> tuple[Event, ...]:
    """Those interactions as a history's events."""
    return tuple(
        Event(str(p), int(interactions.items[p]), float(interactions.strengths[p]), int(interactions.times[p]))
        for p in positions
    )


def learn(interactions: Interactions, n_items: int, seed: int = 0) -> Learned:
    """Fit the parts twice on part of the data, and the coefficients on what was left out."""
    rng = np.random.default_rng(seed)
    most = max(30, BUDGET // (N_FEATURES * n_items))
    users = rng.permutation(len(interactions.user_ids))
    last, all_but_last = last_events(interactions, users[: most // 2])
    newcomers = users[: max(1, min(len(users) // 4, most // 2 // len(TOLD)))]
    told = newcomer_examples(interactions, newcomers, rng)
    groups = [(last, all_but_last), (told, ~np.isin(interactions.users, newcomers))]
    features, bases, examples = [], [], []
    for group, fitted in groups:
        if not group or not fitted.any():
            continue
        blend = Blend.build(subset(interactions, fitted), n_items, UNLEARNED, n_factors=0)
        features.append(np.stack([blend.features(example.history) for example in group]))
        bases.append(np.stack([hats(blend.length(example.history)) for example in group]))
        examples.extend(group)
    if not examples:
        return Learned(UNLEARNED, 0, 0.0)
    return solve(np.concatenate(features), np.concatenate(bases), examples)


def last_events(interactions: Interactions, users: IntArray) -> tuple[list[Example], NDArray[np.bool_]]:
    """Each of these users' last event as the answer to what came before; and the mask of all other events."""
    starts = user_starts(interactions)
    fitted = np.ones(len(interactions), dtype=bool)
    examples = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        if len(positions) < 2:
            continue
        fitted[positions[-1]] = False
        history = History(events(interactions, positions[-1 - RECENT : -1]), int(interactions.times[positions[-1]]))
        items = interactions.items[positions]
        answer = items[-1:]
        if answer[0] not in items[:-1]:
            weight = 1.0 if interactions.strengths[positions[-1]] >= LIKED else NOT_LIKED
            examples.append(Example(history, answer, items[:-1], weight))
    return examples, fitted


def newcomer_examples(interactions: Interactions, users: IntArray, rng: np.random.Generator) -> list[Example]:
    """For each user and each number of likes: that many drawn likes told, the other likes to be found."""
    starts = user_starts(interactions)
    examples = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        likes = rng.permutation(positions[interactions.strengths[positions] >= LIKED])
        for told in TOLD:
            if told >= len(likes):
                break
            known = np.sort(likes[:told])
            now = int(interactions.times[known].max(initial=interactions.times[positions[0]]))
            items = interactions.items[known]
            answers = np.setdiff1d(interactions.items[likes[told:]], items)
            if len(answers):
                examples.append(Example(History(events(interactions, known), now), answers, items))
    return examples


def solve(features: FloatArray, basis: FloatArray, examples: Sequence[Example]) -> Learned:
    """Minimise the loss over coefficients [n_lengths, n_features].

    `features`: [n_examples, n_features, n_items], scaled in place; `basis`: [n_examples, n_lengths].
    """
    scales = np.maximum(features.std(axis=(0, 2), dtype=np.float64), 1e-9).astype(np.float32)
    features /= scales[:, None]
    shape = (basis.shape[1], features.shape[1])
    weights = np.array([example.weight for example in examples], dtype=np.float32)
    weights /= weights.sum()
    wanted = np.stack([features[e][:, example.answers].mean(axis=1) for e, example in enumerate(examples)])
    met_rows = np.concatenate([np.full(len(example.met), e) for e, example in enumerate(examples)])
    met_items = np.concatenate([example.met for example in examples])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients = flat.reshape(shape).astype(np.float32)
        mine = basis @ coefficients  # [n_examples, n_features]
        scores = np.matmul(mine[:, None, :], features)[:, 0]
        scores[met_rows, met_items] = -np.inf
        highest = scores.max(axis=1, keepdims=True)
        scores -= highest
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True)
        scores /= total
        losses = np.log(total[:, 0]) + highest[:, 0] - (mine * wanted).sum(axis=1)
        slopes = np.matmul(features, scores[:, :, None])[:, :, 0] - wanted
        gradient = basis.T @ (slopes * weights[:, None])
        steps = np.diff(coefficients, axis=0)
        smooth = np.zeros(shape)
        smooth[1:] += steps
        smooth[:-1] -= steps
        value = float(losses @ weights) + SMOOTHNESS / 2 * float((steps**2).sum())
        return value, (gradient + SMOOTHNESS * smooth).ravel().astype(np.float64)

    start = np.full(shape, 0.5).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start), options={"maxiter": 60})
    return Learned((found.x.reshape(shape) / scales).astype(np.float32), len(examples), float(found.fun))


def user_starts(interactions: Interactions) -> IntArray:
    """Position of each user's first event, and the end: [n_users + 1]."""
    return np.searchsorted(interactions.users, np.arange(len(interactions.user_ids) + 1))
