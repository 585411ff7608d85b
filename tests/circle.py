"""Lamps that everybody buys round the same circle: what comes next is known, so a trained ranker is better than chance.

As a program it trains in a folder given, and kills itself after so many words of progress (0: never).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import shop

from retrieval.datasets.base import Source
from retrieval.prepare import Progress, prepare, silent
from retrieval.rankers import blending, sequence_training
from retrieval.retraining.folding import Collected, Told
from retrieval.retraining.options import Options, Outcome
from retrieval.retraining.run import retrain
from retrieval.schema import Dataset, Interactions

USERS, LENGTH = 130, 6
TOLD = Collected(
    tuple(Told(f"new-{user}", (3 * user + step) % 16, 1.0) for user in range(6) for step in range(4)), until=24
)


class Circle(Source):
    """Each user buys LENGTH lamps, one after the other, and begins anywhere."""

    name = "circle"
    package = "pytest"
    install = "pip install pytest"

    def fingerprint(self) -> str:
        return "circle 1"

    def load(self) -> Dataset:
        rows = [(user, (5 * user + step) % 16, 10_000 * step + user) for user in range(USERS) for step in range(LENGTH)]
        users, items, times = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        liked = np.where((users + items) % 7 == 0, -0.5, 1.0).astype(np.float32)
        people = tuple(f"u{user}" for user in range(USERS))
        return Dataset(shop.SCHEMA, shop.ITEMS, Interactions(people, users, items, liked, liked, times), {})


def small() -> None:
    """Thresholds under which so little behaviour is learned from."""
    blending.FEWEST_EVENTS = 100
    sequence_training.MOST_EPOCHS = 4


def prepared(home: Path) -> Path:
    """The circle, prepared as it is served; the vectors are nobody's."""
    prepare("circle", home, source=Circle(), encode=shop.encode)
    return home


def collect(until: int | None = None, told: Collected = TOLD) -> Collected:
    """The log: each event has the number of its place."""
    known = len(told.events) if until is None else min(until, len(told.events))
    return Collected(told.events[:known], told.forgotten, known)


def run(home: Path, options: Options | None = None, progress: Progress = silent, told: Collected = TOLD) -> Outcome:
    """`because train` on the circle."""
    return retrain(home, "circle", lambda until=None: collect(until, told), options or Options(), progress)


class Fatal:
    """Progress that ends the process, as kill -9 does, once it has heard so many words."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, _step: str, _done: int, _total: int) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    small()
    run(Path(sys.argv[1]), Options(force=True), Fatal(int(sys.argv[2])))
