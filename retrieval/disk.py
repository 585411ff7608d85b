"""One process at a time, and a disk that takes what is written: otherwise one sentence."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval import versions
from retrieval.errors import BecauseError


@contextmanager
def alone(folder: Path, dataset: str) -> Iterator[None]:
    """Hold the data set's lock, which the system releases however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BecauseError(
                f"Another process is preparing {dataset!r} in {folder}: wait for it to finish, then run it again."
            ) from None
        yield


@contextmanager
def writable(dataset: str, home: Path) -> Iterator[None]:
    """A disk that is full or may not be written to becomes one sentence."""
    try:
        yield
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise BecauseError(
                f"{home} cannot be written to ({os.strerror(number)}): set BECAUSE_HOME to a folder of yours."
            ) from error
        if number not in (errno.ENOSPC, errno.EDQUOT) and "database or disk is full" not in str(
            error
        ):  # SQLite's words
            raise
        raise BecauseError(
            f"The disk that holds {home} is full ({shutil.disk_usage(home).free // 10**6:,} MB free): preparing "
            f"{dataset!r} needs about {needed(home, dataset):,} MB; free some space and run `because prepare` again, "
            "what was prepared before is untouched."
        ) from error


def needed(home: Path, dataset: str) -> int:
    """Megabytes that a new version takes: from the catalogue if it was read before, else as for the default one.

    Measured on 9,061 items and 99,997 events: the store 187 MB, the ranker 289 MB.
    """
    reports = [versions.report(version) for version in (home / "datasets" / dataset / "versions").glob("*")]
    sizes = [(report["items"], report["events"]) for report in reports if "items" in report] or [(9_061, 99_997)]
    items, events = max((int(items), int(events)) for items, events in sizes)
    return 20 + (35 * items + 2 * events) // 1000
