"""A new version beside the live one that differs in its ranker alone, and back to the one before.

A version's name is its fingerprint (`retrieval.prepare.fingerprint`), and after a "+" what it was trained from. The
catalogue, the vectors and the lexical index are the live version's files, linked: nothing writes to them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from retrieval import disk, prepare, versions
from retrieval.errors import UsageError
from retrieval.schema import Interactions

SHARED = ("catalogue", "vectors.npy", "lexical")


def replaced(
    folder: Path, name: str, make: Callable[[Path], None], said: Mapping[str, Any], progress: prepare.Progress
) -> None:
    """Build `versions/name` with the ranker that `make` writes into a folder, seal it, and make it the live one."""
    live, version = folder / "versions" / str(versions.live(folder)), folder / "versions" / name
    for part in SHARED:
        if not (version / part).exists():
            _link(live / part, version / part)
    same = {key: value for key, value in versions.report(live).items() if key not in ("trained", "export")}
    versions.tell(version, {**same, **said})

    def train(
        interactions: Interactions,  # noqa: ARG001 - `prepare`'s contract; the model knows its own
        n_items: int,  # noqa: ARG001
        folder: Path,
        progress: Callable[[str, float], None],  # noqa: ARG001
    ) -> Mapping[str, Any]:
        make(folder)
        return {}

    prepare.build(version, progress, None, train)
    progress("publish", 0, 1)
    versions.seal(version)
    versions.publish(folder, name)
    progress("publish", 1, 1)


def restore(home: Path, dataset: str) -> tuple[str, str]:
    """Make the version before the live one live again; the names of the one that goes and the one that comes.

    UsageError where there is none: the last change was no training, or it was put back and cleared away.
    """
    live, folder = versions.open_folder(home, dataset).name, home / "datasets" / dataset
    with disk.writable(dataset, home), disk.alone(folder, dataset):
        return live, _put_back(folder, live, dataset)


def _put_back(folder: Path, live: str, dataset: str) -> str:
    others = [
        version
        for version in (folder / "versions").iterdir()
        if version.name != live and versions.base(version.name) == versions.base(live) and versions.intact(version)
    ]
    if not others:
        raise UsageError(
            f"There is no earlier model of {dataset!r} to put back: only the one before the last `because train` is"
            " kept; run `because train` to make a new one."
        )
    before = max(others, key=lambda version: (version / "complete").stat().st_mtime_ns).name
    versions.write(folder / "current", before)
    return before


def _link(source: Path, target: Path) -> None:
    """The same files under another name; written beside and moved, so that what exists is whole."""
    partial = target.with_name(f"{target.name}.partial")
    if partial.is_dir():
        shutil.rmtree(partial)
    partial.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, partial, copy_function=os.link)
    else:
        os.link(source, partial)
    partial.replace(target)
