"""Our own models, on the same part of a split. The one script here that imports the project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from part import Part, Scorer, Setting, run

from retrieval.evaluation.measuring import Scorer as Scores
from retrieval.evaluation.protocols import RECENT
from retrieval.evaluation.ranking import models
from retrieval.schema import Event, History, Interactions

ELSEWHERE = ("popularity", "recent_popularity", "item_item")
"""Models that are peers here."""


def ours(part: Part, _: Setting) -> Iterator[tuple[Setting, Scorer]]:
    """All are fitted at once, so the blend's training time is everybody's. `features.npy` is two folders up."""
    torch.set_num_threads(1)
    users = tuple(str(user) for user in range(part.n_users))
    fitted = Interactions(users, part.users, part.items, part.strengths, part.strengths, part.times)
    features = np.load(Path(sys.argv[1]).parents[1] / "features.npy")
    for name, model in models(fitted, part.n_items, features=features).items():
        if name not in ELSEWHERE:
            yield {"model": name}, partial(scores, model)


def scores(model: Scores, cases: Part) -> np.ndarray:
    return np.stack([model.score(history) for history in histories(cases)])


def histories(cases: Part) -> Iterator[History]:
    """As served: the latest events alone."""
    for case in range(cases.n_cases):
        start, stop = int(cases.told[case]), int(cases.told[case + 1])
        told = [
            Event(str(p), int(cases.told_items[p]), float(cases.told_strengths[p]), int(cases.told_times[p]))
            for p in range(max(start, stop - RECENT), stop)
        ]
        yield History(tuple(told), int(cases.case_times[case]))


run({"ours": ours})
