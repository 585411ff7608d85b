"""implicit: alternating least squares, Bayesian personalised ranking, and item-item models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from part import Part, Scorer, Setting, run

ITEM_ITEM = {"cosine": CosineRecommender, "tfidf": TFIDFRecommender, "bm25": BM25Recommender}


def fitted_on(part: Part) -> sp.csr_matrix:
    """Who met what, as ones, [n_users, n_items]."""
    return ones(part.users, part.items, (part.n_users, part.n_items))


def ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    matrix = sp.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def told(cases: Part) -> sp.csr_matrix:
    return ones(cases.told_cases, cases.told_items, (cases.n_cases, cases.n_items))


def als(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    """Confidence alpha for what was met, 1 for all else; somebody new gets a vector by one least-squares step."""
    model = AlternatingLeastSquares(
        factors=setting["factors"],
        regularization=setting["regularization"],
        alpha=setting["alpha"],
        iterations=setting["iterations"],
        use_gpu=False,
        num_threads=1,
        random_state=0,
    )
    model.fit(fitted_on(part), show_progress=False)

    def scores(cases: Part) -> np.ndarray:
        users = model.user_factors[np.maximum(cases.case_users, 0)].copy()
        new = np.flatnonzero(cases.case_users < 0)
        if len(new):
            users[new] = model.recalculate_user(new, told(cases)[new])
        return np.asarray(users @ model.item_factors.T)

    yield {}, scores


def bpr(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    model = BayesianPersonalizedRanking(
        factors=setting["factors"],
        learning_rate=setting["learning_rate"],
        regularization=setting["regularization"],
        iterations=setting["iterations"],
        use_gpu=False,
        num_threads=1,
        random_state=0,
    )
    model.fit(fitted_on(part), show_progress=False)
    yield {}, lambda cases: model.user_factors[cases.case_users] @ model.item_factors.T


def item_item(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    model = ITEM_ITEM[setting["weighting"]](K=setting["neighbours"], num_threads=1)
    model.fit(fitted_on(part), show_progress=False)
    yield {}, lambda cases: (told(cases) @ model.similarity).toarray()


run({"als": als, "bpr": bpr, "item_item": item_item})
