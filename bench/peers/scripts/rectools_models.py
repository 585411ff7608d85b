"""RecTools: EASE, SASRec and BERT4Rec. The two Transformers are scored every few epochs, as their time allows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from part import Part, Scorer, Setting, run
from pytorch_lightning import seed_everything
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, EASEModel, SASRecModel
from rectools.models.nn.transformers.base import TransformerModelBase

torch.set_num_threads(1)
warnings.filterwarnings("ignore")  # about data loader workers, once an epoch
CHUNK = 200
"""Cases recommended for at a time: a table with a row for every item of each."""


def dataset(users: np.ndarray, items: np.ndarray) -> Dataset:
    """The order of the rows stands for time: most events share their second with others of the same user."""
    when = pd.Timestamp(0) + pd.to_timedelta(np.arange(len(users)), unit="s")
    rows = {"user_id": users, "item_id": items, "weight": np.ones(len(users)), "datetime": when}
    return Dataset.construct(pd.DataFrame(rows))


def ease(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    fitted = dataset(part.users, part.items)
    model = EASEModel(regularization=setting["regularization"]).fit(fitted)
    rows = fitted.item_id_map.convert_to_external(np.arange(fitted.item_id_map.size))
    places = np.full(part.n_items, -1)
    places[rows] = np.arange(len(rows))

    def scores(cases: Part) -> np.ndarray:
        known = places[cases.told_items] >= 0
        cells = (cases.told_cases[known], places[cases.told_items[known]])
        met = sp.csr_matrix((np.ones(known.sum(), dtype=np.float32), cells), shape=(cases.n_cases, len(rows)))
        out = np.zeros((cases.n_cases, part.n_items), dtype=np.float32)
        out[:, rows] = met @ model.weight
        return out

    yield {}, scores


def sasrec(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    return trained(SASRecModel, part, setting)


def bert4rec(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    return trained(BERT4RecModel, part, setting)


def trained(kind: type[TransformerModelBase], part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    """Train `every` epochs at a time, up to `epochs` where they are given, else for `seconds`."""
    seed_everything(0)
    own = {name: value for name, value in setting.items() if name not in ("every", "seconds", "epochs")}
    model = kind(**own, n_blocks=2, loss="softmax", deterministic=True)
    fitted = dataset(part.users, part.items)
    done, spent = 0, 0.0
    while done < setting["epochs"] if "epochs" in setting else spent < setting["seconds"]:
        began = time.process_time()
        model.fit_partial(fitted, min_epochs=setting["every"], max_epochs=setting["every"])
        spent += time.process_time() - began
        done += setting["every"]
        if done >= setting.get("epochs", 0):
            yield {"epochs": done}, lambda cases: recommended(model, cases, np.unique(part.items))


def recommended(model: TransformerModelBase, cases: Part, known: np.ndarray) -> np.ndarray:
    """Scores of everything that the model knows; what it never met gets less than all of it. Who told nothing that it
    knows is refused by RecTools, and gets all alike."""
    out = np.full((cases.n_cases, cases.n_items), np.nan, dtype=np.float32)
    events = dataset(cases.told_cases, cases.told_items)
    asked = np.unique(cases.told_cases[np.isin(cases.told_items, known)])
    out[np.setdiff1d(np.arange(cases.n_cases), asked)] = 0
    for start in range(0, len(asked), CHUNK):
        users = asked[start : start + CHUNK]
        table = model.recommend(users, events, k=cases.n_items, filter_viewed=False)
        out[table["user_id"].to_numpy(), table["item_id"].to_numpy()] = table["score"].to_numpy()
    lowest = np.nanmin(out, axis=1, keepdims=True)
    return np.where(np.isnan(out), lowest - 1, out)


run({"ease": ease, "sasrec": sasrec, "bert4rec": bert4rec})
