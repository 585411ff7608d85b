"""Learning the blend's coefficients on validation data, once, for every context.

The questions come from one holdout (`holdout.py`), answered by parts that were fitted without the answers.
  Long histories   by maximum likelihood (`likelihood.py`): the answers are few, hundreds of users have one each, and
                   a smooth, convex loss makes the most of them. Items compete that are among the first by some feature:
                   over the whole catalogue popularity grows to please the tail, which no list shows.
  Short histories  newcomers' answers are many, and their lists' heads are what matters: coordinate ascent on NDCG@10
                   itself (`ascent.py`).
No coefficient is below 0. Scale: a score's standard deviation over the catalogue is 1 on average over the examples near
each context, so that what the recommender adds for a request weighs the same for a newcomer and a heavy user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.rankers import likelihood
from retrieval.rankers.ascent import Problem, ascend, ideal_dcg
from retrieval.rankers.blend import CONTEXTS, LENGTHS, N_COUNTED, N_SHORT, UNLEARNED, Blend
from retrieval.rankers.holdout import Example, hold_out
from retrieval.rankers.holdout import user_starts as user_starts
from retrieval.rankers.sequence import TUNING, Answer, Tuning
from retrieval.rankers.sequence import Sequence as SequenceModel
from retrieval.schema import FloatArray, IntArray, Interactions

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
FEWEST_EVENTS, MOST_ITEMS = 3_000, 20_000
"""The sequence model is trained from so much behaviour on, and for catalogues up to so large."""


@dataclass(frozen=True)
class Learned:
    """Coefficients [len(CONTEXTS), len(FEATURES)] and how they were come by.

    `epochs` of the sequence model, 0 without one; `parts`: the blend that answered, fitted on part of the data; `last`:
    the questions about last events, each at its own moment; `fitted`: what the parts know.
    """

    coefficients: FloatArray
    n_examples: int
    epochs: int = 0
    parts: Blend | None = None
    last: tuple[Example, ...] = ()
    fitted: Interactions | None = None


def learn(
    interactions: Interactions,
    n_items: int,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Callable[[float], None] = lambda _done: None,
    tuning: Tuning = TUNING,
    features: FloatArray | None = None,
) -> Learned:
    """Fit the parts on part of the data, and the coefficients on what was left out.

    `features`: what is known of the items besides behaviour, [n_items, d], without which content has no say. `progress`
    is called with the fraction that is done. Deterministic for a seed.
    """
    rng = np.random.default_rng(seed)
    most = EXAMPLES if n_items <= MANY else max(FEWEST, EXAMPLES * MANY // n_items)
    drawn = np.arange(n_items) if n_items <= MANY else np.sort(rng.choice(n_items, MANY, replace=False))
    held = hold_out(interactions, most // 3, rng)
    n_examples = len(held.last) + len(held.returning) + len(held.newcomers)
    if n_examples < ENOUGH or not len(held.fitted):
        return Learned(UNLEARNED, n_examples)
    parts = Blend.build(held.fitted, n_items, UNLEARNED)
    if features is not None:
        parts.describe(features)
    if len(held.fitted) >= FEWEST_EVENTS and n_items <= MOST_ITEMS and held.last:
        answers = [Answer(e.history, int(e.answers[0]), e.met) for e in held.last]
        parts.sequence = SequenceModel.stopped(
            held.fitted, n_items, seed, answers, checkpoint, lambda done: progress(0.7 * done), tuning
        )
    told = [*held.last, *held.returning, *held.newcomers]
    long = [parts.length(example.history) > LENGTHS[N_SHORT - 1] for example in told]
    coefficients = UNLEARNED.copy()
    short = posed(parts, [e for e, is_long in zip(told, long, strict=True) if not is_long], drawn)
    if short is not None:
        coefficients[:N_SHORT] = ascend(short.columns(slice(0, N_SHORT)), rng, lambda d: progress(0.7 + 0.15 * d))[0]
        coefficients[N_SHORT:] = coefficients[N_SHORT - 1]
    if sum(long) >= ENOUGH:
        problem = posed(parts, [e for e, is_long in zip(told, long, strict=True) if is_long], drawn)
        if problem is not None:
            rows = slice(N_SHORT, len(CONTEXTS))
            coefficients[rows] = scaled(problem.columns(rows), coefficients[rows])
    parts.coefficients = coefficients
    progress(1.0)
    epochs = parts.sequence.epochs if parts.sequence is not None else 0
    return Learned(coefficients, n_examples, epochs, parts, held.last, held.fitted)


def posed(parts: Blend, examples: Sequence[Example], drawn: IntArray) -> Problem | None:
    """The examples as a problem of choosing coefficients; covariances are over the items `drawn`."""
    blocks, gains, bases, covariances = [], [], [], []
    for example in examples:
        features = parts.features(example.history)
        counted = features[:N_COUNTED]
        counted[counted.std(axis=1) < LEAST_SPREAD] = 0
        columns = candidates(features, example)
        blocks.append(features[:, columns])
        gains.append(np.isin(columns, example.answers).astype(np.float32)[None] / ideal_dcg(len(example.answers)))
        least = LENGTHS[N_SHORT] if parts.length(example.history) > LENGTHS[N_SHORT - 1] else 0.0
        bases.append(parts.context(example.history, least))
        covariances.append(np.cov(features[:, drawn]))
    if not blocks:
        return None
    weights = np.array([example.weight for example in examples], dtype=np.float32)
    return Problem(
        features=_padded(blocks),
        padded=_padded([np.ones((1, block.shape[1]), dtype=np.float32) for block in blocks])[:, 0] == 0,
        gains=_padded(gains)[:, 0],
        basis=np.stack(bases),
        weights=weights / weights.sum(),
        covariances=np.stack(covariances).astype(np.float32),
    )


def scaled(problem: Problem, unlearned: FloatArray) -> FloatArray:
    """The most likely coefficients with scores of spread 1; rows that no example speaks for stay as they are."""
    found = likelihood.fit(problem)
    out = unlearned.copy()
    for row, coefficients in enumerate(found):
        spread = problem.near(row).spread(coefficients)
        if spread > 0:
            out[row] = coefficients / spread
    return out


def candidates(features: FloatArray, example: Example) -> IntArray:
    """Items that compete for the first places: the heads by each feature, [n_candidates] rows."""
    free = np.ones(features.shape[1], dtype=bool)
    free[example.met] = False
    allowed = np.flatnonzero(free)
    if len(allowed) <= HEAD:
        return allowed
    first = np.argpartition(-features[:, allowed], HEAD - 1, axis=1)[:, :HEAD]
    return allowed[np.unique(first)]


def _padded(blocks: Sequence[FloatArray]) -> FloatArray:
    """Blocks [n_rows, any] as one array, filled up with 0 to the widest."""
    out = np.zeros((len(blocks), blocks[0].shape[0], max(block.shape[1] for block in blocks)), dtype=np.float32)
    for e, block in enumerate(blocks):
        out[e, :, : block.shape[1]] = block
    return out
