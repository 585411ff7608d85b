"""Learning the blend's coefficients on validation data, once, for every length of history.

Two kinds of example, both ranked by parts that were fitted without the answers:
  heavy users  each user's last event, given all before it (parts fitted without those last events);
  newcomers    users left out of the fit altogether, who tell the first few things they like; the answers are among
               the other things they like.
Coefficients are kept at or above 0. They start from the softmax cross-entropy's solution, and then maximise a smooth
rank-biased precision: the mean over answers of exp(−r_a / DEPTH), weighted as in NDCG@10, (Moffat and Zobel 2008) with the smooth rank
r_a = Σ_j sigmoid(SHARPNESS · (s_j − s_a)) (Qin, Liu and Li 2010, "A general approximation framework for direct
optimization of information retrieval measures"). Cross-entropy alone weighs answers that no list of ten would show, and
that costs heavy users; smooth DCG, whose tail is long, costs newcomers (docs/ranking.md). A small penalty on the
difference between neighbouring lengths keeps the change from newcomer to heavy user smooth, one on the distance from
the start keeps the scale, which a measure of ranks alone would leave free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from retrieval.rankers.blend import UNLEARNED, Blend, hats
from retrieval.rankers.matrix import LIKED, subset
from retrieval.schema import Event, FloatArray, History, IntArray, Interactions

TOLD = (0, 1, 2, 3, 5, 10, 20)
"""How many likes a newcomer tells."""
NEWCOMERS = 0.25
"""Share of the users who are left out of the fit and play newcomers."""
RECENT = 200
"""Events of a history that are used, the latest ones."""
NOT_LIKED = 0.5
"""How much it counts to find an item that was met but not liked."""
ANSWERS = 50
"""Answers of one newcomer that are looked for, drawn among all."""
HEAD = 120
"""Candidates of an example: the first HEAD by each feature. What is in none of these heads is in no list either."""
EXAMPLES = 2400
"""At most so many examples are used; beyond it users are drawn."""
SMOOTHNESS, NEARNESS = 1e-4, 3e-4
"""Penalties on squared differences: between the coefficients of neighbouring lengths, and from the start."""
DEPTH, SHARPNESS = 10.0, 4.0
"""How far down the list an answer still counts, and how much a sigmoid is like a step."""


@dataclass(frozen=True)
class Example:
    """A history, items to find (drawn among `n_answers`), and those that are no candidates (met already)."""

    history: History
    answers: IntArray
    met: IntArray
    n_answers: int = 1
    weight: float = 1.0

    @property
    def found(self) -> float:
        """What makes the mean over the drawn answers of a gain by rank an estimate of NDCG@10."""
        return self.n_answers / float((1 / np.log2(2 + np.arange(min(self.n_answers, 10)))).sum())


@dataclass(frozen=True)
class Learned:
    """Coefficients [len(LENGTHS), n_features] and how they were come by (`precision`: smooth, rank-biased, of the examples)."""

    coefficients: FloatArray
    n_examples: int
    precision: float


@dataclass(frozen=True)
class Problem:
    """All examples' candidates, answers first: what the losses are computed from.

    features [n_examples, n_features, n_candidates], open [n_examples, n_candidates] (False: padding), n_answers,
    found (`Example.found`) and weights [n_examples], basis [n_examples, n_lengths].
    """

    features: FloatArray
    open: NDArray[np.bool_]
    n_answers: IntArray
    found: FloatArray
    weights: FloatArray
    basis: FloatArray


def learn(interactions: Interactions, n_items: int, seed: int = 0) -> Learned:
    """Fit the parts twice on part of the data, and the coefficients on what was left out."""
    rng = np.random.default_rng(seed)
    users = rng.permutation(np.unique(interactions.users))  # only those who did something
    last, all_but_last = last_events(interactions, users[: EXAMPLES // 2])
    newcomers = users[: max(1, min(int(len(users) * NEWCOMERS), EXAMPLES // 2 // len(TOLD)))]
    told = newcomer_examples(interactions, newcomers, rng)
    blocks, bases, examples = [], [], []
    for group, fitted in ((last, all_but_last), (told, ~np.isin(interactions.users, newcomers))):
        if group and fitted.any():
            blend = Blend.build(subset(interactions, fitted), n_items, UNLEARNED, n_factors=0)
            blocks.extend(candidates(blend.features(example.history), example) for example in group)
            bases.extend(hats(blend.length(example.history)) for example in group)
            examples.extend(group)
    return solve(problem(blocks, bases, examples)) if examples else Learned(UNLEARNED, 0, 0.0)


def problem(blocks: Sequence[FloatArray], bases: Sequence[FloatArray], examples: Sequence[Example]) -> Problem:
    """Examples of any number of candidates, padded to the widest."""
    shape = (len(blocks), max(block.shape[1] for block in blocks))
    features = np.zeros((shape[0], blocks[0].shape[0], shape[1]), dtype=np.float32)
    opened = np.zeros(shape, dtype=bool)
    for e, block in enumerate(blocks):
        features[e, :, : block.shape[1]] = block
        opened[e, : block.shape[1]] = True
    weights = np.array([example.weight for example in examples], dtype=np.float32)
    return Problem(
        features=features,
        open=opened,
        n_answers=np.array([len(example.answers) for example in examples]),
        found=np.array([example.found for example in examples], dtype=np.float32),
        weights=weights / weights.sum(),
        basis=np.stack(bases),
    )


def candidates(features: FloatArray, example: Example) -> FloatArray:
    """The columns of `features` [n_features, n_items] that compete: the answers, then the heads by each feature."""
    n_items = features.shape[1]
    allowed = np.setdiff1d(np.arange(n_items), np.concatenate([example.met, example.answers]))
    heads = features[:, allowed]
    if heads.shape[1] > HEAD:
        first = np.argpartition(-heads, HEAD, axis=1)[:, :HEAD]
        allowed = allowed[np.unique(first)]
    return features[:, np.concatenate([example.answers, allowed])]


def last_events(interactions: Interactions, users: IntArray) -> tuple[list[Example], NDArray[np.bool_]]:
    """Each of these users' last event as the answer to what came before; and the mask of all other events."""
    starts = user_starts(interactions)
    fitted = np.ones(len(interactions), dtype=bool)
    examples = []
    for user in users:
        positions = np.arange(starts[user], starts[user + 1])
        if len(positions) < 2:
            continue
        final, before = positions[-1], positions[:-1]
        fitted[final] = False
        answer, met = interactions.items[[final]], interactions.items[before]
        if answer[0] not in met:
            history = History(events(interactions, before[-RECENT:]), int(interactions.times[final]))
            liked = interactions.strengths[final] >= LIKED
            examples.append(Example(history, answer, met, weight=1.0 if liked else NOT_LIKED))
    return examples, fitted


def newcomer_examples(interactions: Interactions, users: IntArray, rng: np.random.Generator) -> list[Example]:
    """For each user and each number of likes: that many drawn likes told, some of the others to be found.

    The rest of the likes compete, as they do in a list of ten: Σ over all answers is what NDCG sums, and a draw of them
    estimates it without bias.
    """
    starts = user_starts(interactions)
    examples = []
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
            now = int(interactions.times[known].max(initial=interactions.times[positions[0]]))
            examples.append(Example(History(events(interactions, known), now), rest[:ANSWERS], met, len(rest)))
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


def solve(problem: Problem) -> Learned:
    """The coefficients, with the features' scales divided out."""
    scales = np.maximum(problem.features.std(axis=(0, 2), dtype=np.float64), 1e-9).astype(np.float32)
    scaled = replace(problem, features=problem.features / scales[:, None])
    shape = (scaled.basis.shape[1], scaled.features.shape[1])
    found = np.full(shape, 0.5)
    found = _minimise(scaled, cross_entropy, found, nearness=0.0)
    found = _minimise(scaled, rank_biased_precision, found, NEARNESS)
    precision = -rank_biased_precision(scaled, scaled.basis @ found.astype(np.float32))[0]
    return Learned((found / scales).astype(np.float32), len(scaled.weights), float(precision))


Loss = Callable[[Problem, FloatArray], tuple[float, FloatArray]]
"""From each example's coefficients [n_examples, n_features] to the loss and its gradient in them."""


def _minimise(problem: Problem, loss: Loss, start: NDArray[np.float64], nearness: float) -> NDArray[np.float64]:
    def value_and_gradient(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients = flat.reshape(start.shape)
        value, slopes = loss(problem, problem.basis @ coefficients.astype(np.float32))
        steps, away = np.diff(coefficients, axis=0), coefficients - start
        gradient = (problem.basis.T @ slopes).astype(np.float64) + nearness * away
        gradient[1:] += SMOOTHNESS * steps
        gradient[:-1] -= SMOOTHNESS * steps
        penalty = SMOOTHNESS / 2 * float((steps**2).sum()) + nearness / 2 * float((away**2).sum())
        return value + penalty, gradient.ravel()

    bounds = [(0, None)] * start.size
    best = minimize(
        value_and_gradient, start.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 80}
    )
    return np.asarray(best.x.reshape(start.shape), dtype=np.float64)


def cross_entropy(problem: Problem, coefficients: FloatArray) -> tuple[float, FloatArray]:
    """Softmax over the candidates, averaged over an example's answers."""
    scores = _scores(problem, coefficients)
    scores[~problem.open] = -np.inf
    highest = scores.max(axis=1, keepdims=True)
    odds = np.exp(scores - highest)
    total = odds.sum(axis=1, keepdims=True)
    slopes = odds / total
    value = float((np.log(total[:, 0]) + highest[:, 0]) @ problem.weights)
    for answer, rows, share in _answers(problem):
        value -= float((scores[rows, answer] * share * problem.weights[rows]).sum())
        slopes[rows, answer] -= share
    return value, _back(problem, slopes * problem.weights[:, None])


def rank_biased_precision(problem: Problem, coefficients: FloatArray) -> tuple[float, FloatArray]:
    """Minus the mean over answers of exp(−rank / DEPTH), with a smooth rank counted from 0."""
    scores = _scores(problem, coefficients)
    slopes = np.zeros_like(scores)
    total = 0.0
    for answer, rows, share in _answers(problem):
        above = expit(SHARPNESS * (scores[rows] - scores[rows, answer][:, None]))
        above[~problem.open[rows]] = 0
        above[:, answer] = 0
        worth = share * (problem.weights * problem.found)[rows] * np.exp(-above.sum(axis=1) / DEPTH)
        total += float(worth.sum())
        pull = above * (1 - above) * (worth * SHARPNESS / DEPTH)[:, None]
        slopes[rows] += pull
        slopes[rows, answer] -= pull.sum(axis=1)
    return -total, _back(problem, slopes)


def _answers(problem: Problem) -> Sequence[tuple[int, IntArray, FloatArray]]:
    """For each answer's place: the examples that have it, and its share among their answers."""
    found = []
    for place in range(int(problem.n_answers.max())):
        rows = np.flatnonzero(problem.n_answers > place)
        found.append((place, rows, (1 / problem.n_answers[rows]).astype(np.float32)))
    return found


def _scores(problem: Problem, coefficients: FloatArray) -> FloatArray:
    return np.asarray(np.matmul(coefficients[:, None, :], problem.features)[:, 0])


def _back(problem: Problem, slopes: FloatArray) -> FloatArray:
    """Gradient in the coefficients [n_examples, n_features] from that in the scores."""
    return np.asarray(np.matmul(problem.features, slopes[:, :, None])[:, :, 0])
