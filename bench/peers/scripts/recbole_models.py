"""RecBole: LightGCN, graph collaborative filtering trained with sampled pairs; scored every few epochs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from part import Part, Scorer, Setting, run
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

torch.set_num_threads(1)
NAME = "part"


def lightgcn(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    """Train `every` epochs at a time, up to `epochs` where they are given, else for `seconds`."""
    own = {name: value for name, value in setting.items() if name not in ("every", "seconds", "epochs")}
    with tempfile.TemporaryDirectory() as folder:
        write(part, Path(folder) / NAME)
        config = Config(model="LightGCN", dataset=NAME, config_dict=fixed(folder) | own)
        init_seed(config["seed"], config["reproducibility"])
        dataset = create_dataset(config)
        train = data_preparation(config, dataset)[0]
        model = get_model("LightGCN")(config, train.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], "LightGCN")(config, model)
        users = rows(dataset.field2id_token["user_id"], part.n_users)
        items = rows(dataset.field2id_token["item_id"], part.n_items)

        def scores(cases: Part) -> np.ndarray:
            model.eval()
            out = np.full((cases.n_cases, cases.n_items), np.nan, dtype=np.float32)
            with torch.no_grad():
                asked = Interaction({"user_id": torch.from_numpy(users[cases.case_users])})
                found = model.full_sort_predict(asked).view(cases.n_cases, -1).numpy()
            out[:, items > 0] = found[:, items[items > 0]]
            return np.where(np.isnan(out), np.nanmin(out, axis=1, keepdims=True) - 1, out)

        done, began = 0, time.process_time()
        while done < setting["epochs"] if "epochs" in setting else time.process_time() - began < setting["seconds"]:
            trainer.start_epoch, trainer.epochs = done, done + setting["every"]
            trainer.fit(train, saved=False, verbose=False)
            done = trainer.epochs
            if done >= setting.get("epochs", 0):
                yield {"epochs": done}, scores


def fixed(folder: str) -> Setting:
    """One file of training events; the other two are there because RecBole wants three."""
    return {
        "data_path": folder,
        "checkpoint_dir": folder,
        "benchmark_filename": ["train", "valid", "test"],
        "load_col": {"inter": ["user_id", "item_id"]},
        "train_batch_size": 4096,
        "use_gpu": False,
        "seed": 1,
        "state": "ERROR",
        "show_progress": False,
    }


def write(part: Part, folder: Path) -> None:
    folder.mkdir()
    events = pd.DataFrame({"user_id:token": part.users, "item_id:token": part.items}).drop_duplicates()
    for name, some in (("train", events), ("valid", events[:1]), ("test", events[:1])):
        some.to_csv(folder / f"{folder.name}.{name}.inter", sep="\t", index=False)


def rows(tokens: np.ndarray, n: int) -> np.ndarray:
    """RecBole's number of each of our rows, 0 (its padding) for what it does not know, [n]."""
    numbers = np.zeros(n, dtype=np.int64)
    for number, token in enumerate(tokens):
        if token != "[PAD]":
            numbers[int(token)] = number
    return numbers


run({"lightgcn": lightgcn})
