"""What every script of a peer does alike: read one part of a split, run settings, write scores and costs.

`python SCRIPT.py PART.npz MODEL SETTINGS OUT` reads the events to fit on and the histories to score, runs MODEL with
each of SETTINGS (a JSON list), and writes `OUT/0.npy` (scores, [n_cases, n_items]) and `OUT/0.json` (setting, CPU
seconds, memory), `1.npy` and so on. A model that trains in epochs may be scored at several of them.

Needs numpy alone, and nothing of the project: this runs in the peer's own virtual environment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Setting = dict[str, Any]
Scorer = Callable[["Part"], np.ndarray]
Model = Callable[["Part", Setting], Iterator[tuple[Setting, Scorer]]]
"""Fits, and yields what was settled on the way (such as the epoch) with a function that scores all cases, [n_cases,
n_items]. Time between two yields is training time, in CPU seconds: other programs do not count."""


@dataclass(frozen=True)
class Part:
    """Events to fit on, sorted by user and time, and the cases to score.

    A case's history is everything its user did before, oldest first. `case_users` are users of the events, or -1 for
    somebody who was not there to be fitted on.
    """

    n_items: int
    n_users: int
    users: np.ndarray  # [n_events]
    items: np.ndarray  # [n_events]
    strengths: np.ndarray  # [n_events], in [-1, 1]
    times: np.ndarray  # [n_events], Unix seconds
    case_users: np.ndarray  # [n_cases]
    case_times: np.ndarray  # [n_cases], 0 for the data's end
    told: np.ndarray  # [n_cases + 1], where each case's history begins in the next three
    told_items: np.ndarray
    told_strengths: np.ndarray
    told_times: np.ndarray

    @property
    def n_cases(self) -> int:
        return len(self.case_users)

    def history(self, case: int) -> np.ndarray:
        """Items of the case's history, oldest first."""
        return self.told_items[self.told[case] : self.told[case + 1]]

    @property
    def told_cases(self) -> np.ndarray:
        """The case of each event that was told, as sparse matrices want it."""
        return np.repeat(np.arange(self.n_cases), np.diff(self.told))


def read(path: Path) -> Part:
    with np.load(path) as arrays:
        columns: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    return Part(**columns | {name: int(columns[name]) for name in ("n_items", "n_users")})


def peak_mb() -> float:
    """The most memory that this program had at once. `getrusage` would count the parent's from before the fork too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run(models: Mapping[str, Model]) -> None:
    """The script's command line."""
    path, name, settings, folder = sys.argv[1:5]
    part, out = read(Path(path)), Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    place = 0
    for setting in json.loads(settings):
        for seconds, settled, scorer in timed(models[name](part, setting)):
            began = time.process_time()
            scores = np.asarray(scorer(part), dtype=np.float32)
            record = {
                "setting": {**setting, **settled},
                "fit_seconds": seconds,
                "score_seconds": time.process_time() - began,
                "peak_mb": peak_mb(),
            }
            np.save(out / f"{place}.npy", scores)
            (out / "record").write_text(json.dumps(record), "utf-8")
            (out / "record").rename(out / f"{place}.json")  # last, so that what is there is whole
            place += 1


def timed(steps: Iterator[tuple[Setting, Scorer]]) -> Iterator[tuple[float, Setting, Scorer]]:
    """Each step with the CPU seconds that were spent within the steps so far."""
    fitted = 0.0
    while True:
        began = time.process_time()
        step = next(steps, None)
        fitted += time.process_time() - began
        if step is None:
            return
        yield fitted, *step
