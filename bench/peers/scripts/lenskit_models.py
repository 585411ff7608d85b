"""LensKit: sparse linear methods (SLIM) and item-item nearest neighbours on implicit feedback."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from lenskit.data import Dataset, ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer, SLIMScorer
from lenskit.parallel.config import initialize
from lenskit.training import TrainingOptions
from part import Part, Scorer, Setting, run

initialize(processes=1, threads=1, backend_threads=1, child_threads=1)


def slim(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    return fitted(SLIMScorer(**setting), part)


def item_knn(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    return fitted(ItemKNNScorer(feedback="implicit", **setting), part)


def fitted(model: SLIMScorer | ItemKNNScorer, part: Part) -> Iterator[tuple[Setting, Scorer]]:
    """What the model has no score for (no neighbour, never met) gets 0, less than anything that it has one for."""
    model.train(dataset(part), TrainingOptions(rng=0))
    everything = ItemList(item_ids=np.arange(part.n_items))
    known = np.unique(part.items)

    def scores(cases: Part) -> np.ndarray:
        out = np.zeros((cases.n_cases, cases.n_items), dtype=np.float32)
        for case, row in enumerate(out):
            told = np.intersect1d(cases.history(case), known)  # with others item-item ends in a panic
            query = RecQuery(user_items=ItemList(item_ids=told))
            row[:] = np.nan_to_num(model(query, everything).scores("numpy"), nan=0.0)
        return out

    yield {}, scores


def dataset(part: Part) -> Dataset:
    rows = pd.DataFrame({"user_id": part.users, "item_id": part.items}).drop_duplicates()
    return from_interactions_df(rows)


run({"slim": slim, "item_knn": item_knn})
