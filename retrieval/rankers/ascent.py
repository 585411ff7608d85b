"""Coordinate ascent on NDCG@10 itself (Metzler and Croft 2007, "Linear feature-based models for information
retrieval").

There are a few dozen coefficients and a look at all examples takes milliseconds, so nothing smooth has to stand in for
the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import FloatArray

K = 10
"""Length of the lists whose NDCG is maximised."""
STEPS = (0.0, 0.5, 0.8, 1.25, 2.0)
"""What a coefficient is multiplied with, one at a time."""
STARTS = (0.05, 0.2, 1.0)
"""What a coefficient of 0 is set to instead, in units of the others' sum (all by their features' scales)."""
ROUNDS = 4
"""At most so many passes over all coefficients."""
LEAST, ENOUGH = 2e-5, 5e-4
"""The least gain in NDCG@10 over all examples for which a coefficient is changed, or another pass is made."""
BAGS = 5
"""Bootstrap samples whose coefficients are averaged."""
DISCOUNTS = (1 / np.log2(2 + np.arange(K))).astype(np.float32)


@dataclass(frozen=True)
class Problem:
    """All examples with their candidates.

    features [n_examples, n_features, n_candidates]; padded [n_examples, n_candidates], True where there is none;
    gains [n_examples, n_candidates], relevance over the ideal DCG; basis [n_examples, n_lengths], how much each
    length's coefficients count; weights [n_examples], summing to 1; covariances [n_examples, n_features, n_features]
    of the features over the whole catalogue.
    """

    features: FloatArray
    padded: NDArray[np.bool_]
    gains: FloatArray
    basis: FloatArray
    weights: FloatArray
    covariances: FloatArray

    def near(self, length: int) -> Problem:
        """The examples that the coefficients of one length have a say in."""
        return self.only(self.basis[:, length] > 0)

    def bag(self, rng: np.random.Generator) -> Problem:
        """A bootstrap sample of the examples: as many draws with replacement, counted in the weights."""
        counts = rng.multinomial(len(self.weights), np.full(len(self.weights), 1 / len(self.weights)))
        weights = self.weights * counts.astype(np.float32)
        return replace(self, weights=weights / weights.sum()).only(counts > 0)

    def only(self, rows: NDArray[np.bool_]) -> Problem:
        """Some of the examples."""
        return Problem(
            self.features[rows],
            self.padded[rows],
            self.gains[rows],
            self.basis[rows],
            self.weights[rows],
            self.covariances[rows],
        )

    def columns(self, contexts: slice) -> Problem:
        """The same with only some of the contexts."""
        return replace(self, basis=self.basis[:, contexts])

    def ndcg(self, coefficients: FloatArray) -> float:
        """Weighted sum of NDCG@K over the examples; coefficients [n_lengths, n_features]."""
        if not len(self.weights):
            return 0.0
        scores = np.matmul((self.basis @ coefficients)[:, None], self.features)[:, 0]
        scores[self.padded] = -np.inf
        k = min(K, scores.shape[1])
        first = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, first, axis=1), axis=1, kind="stable")
        listed = np.take_along_axis(self.gains, np.take_along_axis(first, order, axis=1), axis=1)
        return float((listed @ DISCOUNTS[:k]) @ self.weights)

    def spread(self, row: FloatArray) -> float:
        """Root mean square over the examples of a score's standard deviation over the catalogue."""
        variances = np.einsum("f,efg,g->e", row, self.covariances, row)
        return float(np.sqrt(max(variances.mean(), 0.0))) if len(variances) else 0.0


def ideal_dcg(n_answers: int) -> float:
    """DCG@K of a list that starts with the answers."""
    return float(DISCOUNTS[: min(n_answers, K)].sum())


def ascend(
    problem: Problem, rng: np.random.Generator, progress: Callable[[float], None] = lambda _done: None
) -> tuple[FloatArray, float]:
    """Coefficients [n_lengths, n_features], none below 0, each row of spread 1; and the NDCG@K that they reach.

    They are the mean of what BAGS bootstrap samples give (Breiman 1996, "Bagging predictors"): one ascent alone runs
    after its examples' accidents.
    """
    bags = []
    for bag in range(BAGS):
        bags.append(_climb(problem.bag(rng)))
        progress((bag + 1) / BAGS)
    mean = np.mean(bags, axis=0)
    coefficients = np.stack([_unit(problem.near(length), row) for length, row in enumerate(mean)])
    return coefficients, problem.ndcg(coefficients)


def _climb(problem: Problem) -> FloatArray:
    n_lengths, n_features = problem.basis.shape[1], problem.features.shape[1]
    variances = np.einsum("eff->ef", problem.covariances).mean(axis=0)
    varies = variances > 0  # a feature that tells no item from another keeps the coefficient 0
    scales = np.sqrt(np.where(varies, variances, 1)).astype(np.float32)
    groups = [problem.near(length) for length in range(n_lengths)]
    coefficients = np.stack([_unit(group, varies / scales) for group in groups])
    best = problem.ndcg(coefficients)
    for round_ in range(ROUNDS):
        before = best
        for length, group in enumerate(groups):
            if round_ == 0:
                _improve(group, coefficients, length, simple_rows(n_features) * varies / scales)
            for feature in np.flatnonzero(varies).tolist():
                _improve(group, coefficients, length, _changed(coefficients[length], feature, scales))
        best = problem.ndcg(coefficients)
        if best - before < ENOUGH:
            break
    return coefficients


def simple_rows(n_features: int) -> FloatArray:
    """Where the ascent may start: each feature alone, and each with a fifth of one other. [n_rows, n_features]."""
    own = np.eye(n_features, dtype=np.float32)
    mixed = [one + other / 5 for i, one in enumerate(own) for j, other in enumerate(own) if i != j]
    return np.stack([*own, *mixed])


def _changed(row: FloatArray, feature: int, scales: FloatArray) -> Iterable[FloatArray]:
    """The row with one coefficient changed, in each of the ways that are tried."""
    now = row[feature]
    size = float((row * scales).sum() / scales[feature])
    for value in [now * step for step in STEPS] if now > 0 else [size * start for start in STARTS]:
        changed = row.copy()
        changed[feature] = value
        yield changed


def _improve(group: Problem, coefficients: FloatArray, length: int, rows: Iterable[FloatArray]) -> None:
    """Put the best of `rows` at `length` into `coefficients`, if it is better than what is there."""
    best, most = coefficients[length].copy(), group.ndcg(coefficients) + LEAST
    for row in rows:
        if not row.any():
            continue
        coefficients[length] = _unit(group, row)
        found = group.ndcg(coefficients)
        if found > most:
            best, most = coefficients[length].copy(), found
    coefficients[length] = best


def _unit(group: Problem, row: FloatArray) -> FloatArray:
    """The row, scaled so that the scores' spread is 1."""
    spread = group.spread(row)
    return (row / spread).astype(np.float32) if spread > 0 else row.astype(np.float32)
