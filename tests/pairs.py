"""People who buy one of two lamps, then one of two others, and then a third that follows from both and from neither
alone, in one room after the other: no sum over events can tell. As a program it trains a Transformer in a folder, and
kills itself on the way.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import circle
import numpy as np
import shop

from retrieval.datasets.base import Source
from retrieval.prepare import Progress, prepare, silent
from retrieval.rankers.neural import training, transformer
from retrieval.retraining.folding import Collected
from retrieval.retraining.options import Options, Outcome
from retrieval.retraining.run import retrain
from retrieval.schema import Dataset, Interactions

ROOMS, FURNISHED = 4, 3
KINDS = ((0, 2), (0, 3), (1, 2), (1, 3))
"""What comes first and second in a room; a room's lamps are six, one after the other."""
USERS = 400


def answer(first: int, second: int) -> int:
    """4 when both are the lower or both the higher of their two, else 5."""
    return 4 + (first + second) % 2


def interactions(n_users: int = USERS, seed: int = 0) -> Interactions:
    """Each furnishes FURNISHED rooms, and every second one begins one more: so a last event is a third lamp, or is one
    when the last is left out."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        rooms = random.permutation(ROOMS)[: FURNISHED + 1]
        kinds = [KINDS[kind] for kind in random.integers(0, len(KINDS), FURNISHED + 1)]
        lamps = [6 * room + n for room, pair in zip(rooms, kinds, strict=True) for n in (*pair, answer(*pair))]
        rows += [(user, lamp, 20 * user + place) for place, lamp in enumerate(lamps[: 3 * FURNISHED + user % 2])]
    users, items, times = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    ones = np.ones(len(rows), dtype=np.float32)
    return Interactions(tuple(f"u{user}" for user in range(n_users)), users, items, ones, ones, times)


class Pairs(Source):
    """Lamps by room."""

    name = "pairs"
    package = "pytest"
    install = "pip install pytest"

    def fingerprint(self) -> str:
        return "pairs 6"

    def load(self) -> Dataset:
        lamps = tuple(
            replace(shop.ITEMS[n % 6], id=f"P{n}", title=f"Lamp {n % 6} of room {n // 6}") for n in range(6 * ROOMS)
        )
        return Dataset(shop.SCHEMA, lamps, interactions(), {})


def prepared(home: Path) -> Path:
    """As it is served; the vectors are nobody's."""
    prepare("pairs", home, source=Pairs(), encode=shop.encode)
    return home


def run(home: Path, options: Options, progress: Progress = silent) -> Outcome:
    """`because train` on the pairs, with nothing told."""
    return retrain(home, "pairs", lambda until=None: Collected(), options, progress)  # noqa: ARG005


QUICK = transformer.Dials(dropout=0.0, hidden=0.1)
EPOCHS = 12


if __name__ == "__main__":
    training.MOST_EPOCHS, transformer.Transformer.DIALS = EPOCHS, QUICK
    run(Path(sys.argv[1]), Options(ranker="transformer", force=True), circle.Fatal(int(sys.argv[2])))
