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

_LEAST = 1 << 20  # bytes that opening a database needs


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
    """A disk that is full or may not be written to becomes one sentence.

    numpy and Chroma report a full disk as other errors, so what is still free counts, not only the error's kind.
    """
    try:
        yield
    except BecauseError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise BecauseError(
                f"{home} cannot be written to ({os.strerror(number)}): set BECAUSE_HOME to a folder of yours."
            ) from error
        if number in (errno.ENOSPC, errno.EDQUOT) or _free(home) < needed(home, dataset):
            raise _full(dataset, home) from error
        raise


def refusal(home: Path) -> str:
    """Why nothing can be written there, in one sentence; "" where it can be.

    SQLite and Chroma write to what they only read, and take a disk that refuses for damage.
    """
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(place, os.W_OK):
        return f"{home} cannot be written to ({os.strerror(errno.EROFS)}): set BECAUSE_HOME to a folder of yours."
    if shutil.disk_usage(place).free < _LEAST:
        return f"The disk that holds {home} is full: free some space and try again, nothing that was saved is lost."
    return ""


def require(dataset: str, home: Path) -> None:
    """BecauseError when the disk has not the room for what is still to be written."""
    if _free(home) < needed(home, dataset):
        raise _full(dataset, home)


def needed(home: Path, dataset: str) -> int:
    """Megabytes that `prepare` still has to write: by the catalogue if it was read before, else as for the default one.

    Measured at the peak, while the store is written: 406 MB for 9,061 items and 99,997 events (movielens), 257 MB for
    1,663 and 99,684 (movielens-100k). Of very many events the store holds none, and what is left of them is 48 bytes in
    the catalogue and the ranker.
    """
    from retrieval.store import MOST_EVENTS

    folders = list((home / "datasets" / dataset / "versions").glob("*"))
    reports = [versions.report(version) for version in folders]
    sizes = [(report["items"], report["events"]) for report in reports if "items" in report] or [(9_061, 99_997)]
    items, events = max((int(items), int(events)) for items, events in sizes)
    unfinished = [version for version in folders if not (version / "complete").exists()]
    written = sum(path.stat().st_size for version in unfinished for path in version.rglob("*") if path.is_file())
    told = min(events, MOST_EVENTS)
    return max(0, 20 + (20_000 * items + 2_250 * told + 50 * events - written) // 10**6)


def _free(home: Path) -> int:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    return shutil.disk_usage(place).free // 10**6


def _full(dataset: str, home: Path) -> BecauseError:
    return BecauseError(
        f"The disk that holds {home} is full ({_free(home):,} MB free): preparing {dataset!r} needs about "
        f"{needed(home, dataset):,} MB more; free some space and run `because prepare` again, what was prepared before "
        "is untouched."
    )
