"""The folders of a data set's versions: which one is live, whether it is whole, and how one takes another's place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from retrieval.datasets import SOURCES
from retrieval.datasets.base import Source
from retrieval.datasets.imported import Imported
from retrieval.errors import NotPrepared, UsageError

_STORE = "chroma.sqlite3"  # opening it to read leaves a mark inside, so its content has no fixed hash
_DAMAGED = ".damaged"
_IMPORT = "import.json"


def open_folder(home: Path, dataset: str) -> Path:
    """The live version's folder; UsageError for a data set that does not exist, NotPrepared when it is not ready."""
    folder = home / "datasets" / known(home, dataset)
    name = live(folder)
    if name is None:
        raise NotPrepared(f"Data set {dataset!r} is not prepared: run `because prepare --dataset {dataset}`.")
    version = folder / "versions" / name
    if not intact(version, thorough=False):
        raise NotPrepared(
            f"The prepared data in {version} are incomplete or damaged: run `because prepare --dataset {dataset}`."
        )
    return version


def names(home: Path) -> tuple[str, ...]:
    """Data sets that can be named: those with a source, then those imported into `home`."""
    marks = [mark for name in ("current", _IMPORT) for mark in (home / "datasets").glob(f"*/{name}")]
    return (*SOURCES, *sorted({mark.parent.name for mark in marks} - set(SOURCES)))


def source_of(home: Path, dataset: str) -> Source | None:
    """Where a data set comes from: the table's entry, else the files of an import; None when there is neither."""
    folder = home / "datasets" / dataset
    return SOURCES.get(dataset) or (Imported(folder) if (folder / _IMPORT).exists() else None)


def known(home: Path, dataset: str) -> str:
    """`dataset` if it can be named; UsageError with those that can."""
    if dataset not in (allowed := names(home)):
        raise UsageError(f"There is no data set {dataset!r}; there are {', '.join(allowed)}.")
    return dataset


def live(folder: Path) -> str | None:
    """The name of the live version in a data set's folder, or None."""
    try:
        return (folder / "current").read_text(encoding="utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def base(name: str) -> str:
    """The fingerprint in a version's name; what follows a "+" says what `because train` made its ranker from."""
    return name.partition("+")[0]


def seal(version: Path) -> None:
    """Write `complete`: size, time and hash of every file that belongs to a finished version."""
    _clear(version)
    listed = {str(path.relative_to(version)): _stamp(path) for path in _files(version)}
    write(version / "complete", json.dumps(listed, indent=1))


def intact(version: Path, thorough: bool = True) -> bool:
    """Whether a version is finished and its files are as they were: sizes, and the contents too if `thorough`.

    Contents are read again only where a file's time changed, so that an untouched version costs milliseconds and the
    store, which every reader touches, a tenth of a second.
    """
    try:
        listed = json.loads((version / "complete").read_text(encoding="utf-8"))
        return all(
            _same(version / name, size, changed, digest, thorough) for name, (size, changed, digest) in listed.items()
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _same(path: Path, size: int, changed: int, digest: str, thorough: bool) -> bool:
    now = path.stat()
    if path.name == _STORE:
        return now.st_size >= size and (not thorough or now.st_mtime_ns == changed or sound(path))
    return now.st_size == size and (not thorough or now.st_mtime_ns == changed or _digest(path) == digest)


def publish(folder: Path, name: str) -> None:
    """Make a sealed version the live one, then remove the others, except what a running process may have open."""
    before = live(folder)
    write(folder / "current", name)
    for version in (folder / "versions").iterdir():
        repaired = before == name and not version.name.endswith(_DAMAGED)
        if version.name not in (name, before) and not repaired:
            shutil.rmtree(version)


def report(version: Path) -> dict[str, Any]:
    """What a version's report.json says; no steps when none is finished."""
    path = version / "report.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"steps": {}}
    return found


def tell(version: Path, news: Mapping[str, Any]) -> None:
    """Add to a version's report."""
    write(version / "report.json", json.dumps({**report(version), **news}, indent=2, ensure_ascii=False))


def set_aside(version: Path) -> None:
    """Move a version that was finished once and is damaged now out of the way; an unfinished one stays."""
    if (version / "complete").exists() and not intact(version):
        aside = version.with_name(version.name + _DAMAGED)
        if aside.exists():
            shutil.rmtree(aside)
        version.rename(aside)


def sound(database: Path) -> bool:
    """Whether SQLite finds its file in order; a tenth of a second for the default data set."""
    import sqlite3

    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def flush(place: Path) -> None:
    """Make sure that a file, or everything in a folder, is on the disk before its name says that it is finished."""
    for path in _files(place) if place.is_dir() else [place]:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def write(path: Path, text: str) -> None:
    """Replace a text file atomically."""
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its place when it is written; a failure leaves `path` as it was."""
    beside = path.with_name(f"{path.name}.partial")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _files(version: Path) -> list[Path]:
    return sorted(
        path for path in version.rglob("*") if path.is_file() and path.name not in ("complete", "report.json")
    )


def _clear(version: Path) -> None:
    """Remove what only served to resume."""
    for path in (*version.glob("*.partial"), *version.glob("*.shards")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _stamp(path: Path) -> tuple[int, int, str]:
    """Size, time of the last change in ns, SHA-256."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns, "" if path.name == _STORE else _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
