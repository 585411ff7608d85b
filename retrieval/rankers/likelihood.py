"""Coefficients by maximum likelihood: the answer is drawn by softmax from the items that compete for the first places
(Cao et al. 2007, "Learning to rank: from pairwise approach to listwise approach"; top one). Convex: there is one best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

from retrieval.rankers.ascent import Problem
from retrieval.schema import FloatArray

RIDGE = 1e-3
"""Penalty on the square of a coefficient, in units of its feature's spread."""
COMMON = 3e-3
"""Penalty on the square of its difference from the mean over the contexts, some of which few examples speak for."""


def fit(problem: Problem) -> FloatArray:
    """Coefficients [n_rows of the basis, n_features], none below 0. Examples none of whose answers competes say
    nothing."""
    seen = problem.only(np.asarray((problem.gains > 0).any(axis=1)))
    variances = np.einsum("eff->ef", problem.covariances).mean(axis=0)
    varies = variances > 0
    scales = np.sqrt(np.where(varies, variances, 1)).astype(np.float32)
    features = seen.features / scales[:, None]
    wanted = (seen.gains > 0).astype(np.float32)
    wanted *= (seen.weights / seen.weights.sum() / wanted.sum(axis=1))[:, None]
    masses = wanted.sum(axis=1)
    shape = (seen.basis.shape[1], features.shape[1])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients = flat.reshape(shape)
        scores = np.matmul((seen.basis @ coefficients)[:, None].astype(np.float32), features)[:, 0]
        scores[seen.padded] = -np.inf
        most = scores.max(axis=1, keepdims=True)
        shares = np.exp(scores - most)
        sums = shares.sum(axis=1, keepdims=True)
        logs = np.where(seen.padded, 0, scores) - most - np.log(sums)
        slope = shares / sums * masses[:, None] - wanted
        gradient = seen.basis.T @ np.matmul(features, slope[:, :, None])[:, :, 0]
        apart = coefficients - coefficients.mean(axis=0)
        value = -(wanted * logs).sum() + RIDGE * (flat**2).sum() + COMMON * (apart**2).sum()
        return float(value), (gradient + 2 * RIDGE * coefficients + 2 * COMMON * apart).ravel().astype(np.float64)

    bounds = Bounds(0.0, np.tile(np.where(varies, np.inf, 0.0), shape[0]))
    start = np.tile(np.where(varies, 0.3, 0.0), shape[0])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    return np.asarray(best.x.reshape(shape) / scales, dtype=np.float32)
