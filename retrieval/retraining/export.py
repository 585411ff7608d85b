"""A smaller model in the place of the one that serves: vectors in 8 bits, item-item matrices pruned.

`because train --export int8` makes no other model serve. What it loses is measured on the model that serves made again
without the held-out events, large and small: on events that both know, pruning first loses what was learned by heart.
"""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retrieval import disk, versions
from retrieval.errors import UsageError
from retrieval.prepare import Progress, silent
from retrieval.rankers.blend import Blend
from retrieval.rankers.matrix import BLOCK, ItemMatrix
from retrieval.rankers.neural.beside import load
from retrieval.rankers.quantised import shrink
from retrieval.retraining.drift import Drift, drift, judge
from retrieval.retraining.folding import Collect
from retrieval.retraining.options import Options
from retrieval.retraining.replacing import replaced
from retrieval.retraining.run import Run

KINDS = ("int8",)
ENTRIES = 500
"""What a row of an item-item matrix keeps, its largest."""


@dataclass(frozen=True)
class Exported:
    """What came of it: `decision` as of a training, sizes of the ranker in bytes."""

    decision: str
    drift: Drift | None
    before: int
    after: int
    version: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The report of `because train --export int8 --json`."""
        return {
            "decision": self.decision,
            "replaced": self.decision == "replaced",
            "drift": None if self.drift is None else self.drift.to_json(),
            "bytes": {"before": self.before, "after": self.after},
            "version": self.version,
            "seconds": round(self.seconds, 2),
        }


def export(
    home: Path,
    dataset: str,
    kind: str,
    collect: Collect,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    compared: Callable[[Drift], None] | None = None,
) -> Exported:
    """Shrink the model that serves, compare, and let the small one serve if it is not worse beyond the noise.

    UsageError for an unknown kind or a model that is small already.
    """
    if kind not in KINDS:
        raise UsageError(f"There is no export {kind!r}; there is {', '.join(KINDS)}.")
    live, folder = versions.open_folder(home, dataset), home / "datasets" / dataset
    if "export" in versions.report(live):
        raise UsageError(f"The model of {dataset!r} that serves is an export already; train a new one first.")
    began = time.perf_counter()
    with disk.writable(dataset, home), disk.alone(folder, dataset), TemporaryDirectory(dir=folder) as place:
        run, large = Run(home, dataset, folder, collect, Options(), progress), load(live / "ranker")
        small, judged = _made(Path(place) / "small"), _made(Path(place) / "judged")
        _write(large, small)
        found = None
        if run.cases:
            again = run.serves.made(run.known, run.about, Path(place), run.telling("the model made again"))
            _write(again, judged)
            before, after = judge(again, run.cases), judge(load(judged), run.cases)
            found = drift(before, after, run.cases, len(run.catalogue.items))
            if compared is not None:
                compared(found)
        sizes = _size(live / "ranker"), _size(small)
        spoken = {"kind": kind, "entries": ENTRIES, "bytes": sizes, "drift": None if found is None else found.to_json()}
        refused = "dry_run" if dry_run else "nothing_to_compare" if found is None else "worse" if found.worse else ""
        if refused and (dry_run or not force):
            return Exported(refused, found, *sizes, live.name, time.perf_counter() - began)
        name = f"{versions.base(live.name)}+{hashlib.sha256(f'{live.name} {kind}'.encode()).hexdigest()[:12]}"
        told = {"export": spoken} | {key: value for key, value in versions.report(live).items() if key == "trained"}
        replaced(folder, name, lambda target: _write(large, target), told, progress)
    return Exported("replaced", found, *sizes, name, time.perf_counter() - began)


def _write(model: Blend, place: Path) -> None:
    """The model, smaller, into an existing, empty folder."""
    model = copy.copy(model)
    model.ease, model.taste = copy.copy(model.ease), copy.copy(model.taste)
    for part in (model.ease, model.taste):
        if isinstance(part.matrix, ItemMatrix):
            rows = range(0, part.n_items, BLOCK)
            blocks = (part.matrix.csr[first : first + BLOCK] for first in rows)
            part.matrix = ItemMatrix.pruned(blocks, part.n_items, 0.0, ENTRIES)
    model.save(place)
    if model.sequence is not None:
        for name in ("inputs.npy", "outputs.npy"):
            shrink(place / model.sequence.name / name)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
