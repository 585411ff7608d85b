"""People who buy one of two lamps, then one of two others; what comes third follows from both together, and from neither
alone: no sum over events can tell. As a program it trains a Transformer in a folder, and kills itself on the way.
"""

from __future__ import annotations

import sys
from pathlib import Path

import circle
import numpy as np
import shop

from retrieval.datasets.base import Source
from retrieval.prepare import Progress, prepare, silent
from retrieval.rankers.neural import training
from retrieval.retraining.folding import Collected
from retrieval.retraining.options import Options, Outcome
from retrieval.retraining.run import retrain
from retrieval.schema import Dataset, Interactions

KINDS = ((0, 2), (0, 3), (1, 2), (1, 3))


def answer(first: int, second: int) -> int:
    """4 when both are the lower or both the higher of their two, else 5."""
    return 4 + (first + second) % 2


def interactions(n_users: int) -> Interactions:
    """As many people of each of KINDS, each a moment after the other."""
    rows = [
        (user, item, 10 * user + place)
        for user in range(n_users)
        for place, item in enumerate((*KINDS[user % 4], answer(*KINDS[user % 4])))
    ]
    users, items, times = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    ones = np.ones(len(rows), dtype=np.float32)
    return Interactions(tuple(f"u{user}" for user in range(n_users)), users, items, ones, ones, times)


class Pairs(Source):
    """Of the shop's lamps the first six."""

    name = "pairs"
    package = "pytest"
    install = "pip install pytest"

    def fingerprint(self) -> str:
        return "pairs 1"

    def load(self) -> Dataset:
        return Dataset(shop.SCHEMA, shop.ITEMS, interactions(320), {})


def prepared(home: Path) -> Path:
    """As it is served; the vectors are nobody's."""
    prepare("pairs", home, source=Pairs(), encode=shop.encode)
    return home


def run(home: Path, options: Options, progress: Progress = silent) -> Outcome:
    """`because train` on the pairs, with nothing told."""
    return retrain(home, "pairs", lambda until=None: Collected(), options, progress)  # noqa: ARG005


if __name__ == "__main__":
    training.MOST_EPOCHS = int(sys.argv[3])
    run(Path(sys.argv[1]), Options(ranker="transformer", force=True), circle.Fatal(int(sys.argv[2])))
