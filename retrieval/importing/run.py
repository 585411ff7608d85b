"""`because import`, top to bottom: copy, read, decide on the schema, make it the live one, prepare.

Nothing of an earlier import is touched until the new files are read to their end. Then `import.json`, written in one
step, says which copies count; what is prepared stays live until `prepare` has finished with the new.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval import disk, versions
from retrieval.datasets import SOURCES
from retrieval.datasets.imported import Imported as Source
from retrieval.errors import BecauseError, UsageError
from retrieval.importing import movielens, stated
from retrieval.importing.files import file_format
from retrieval.importing.reading import Files, Imported, read
from retrieval.prepare import Encode, Progress, Train, prepare, silent

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def import_catalogue(
    name: str,
    files: Files,
    home: Path,
    progress: Progress = silent,
    *,
    encode: Encode | None = None,
    train: Train | None = None,
) -> Mapping[str, Any]:
    """Import a catalogue and prepare it; a second time it takes the place of the first, and ids mean the same.

    Returns what `prepare` does, and "schema" and "set_aside" (paths), "inferred", "notes", "left_out" (column: reason)
    and "columns" (id, title, text and fields: column).

    Raises UsageError for a name that cannot be used, DataError for files that cannot; then all is as it was before.
    """
    folder = home / "datasets" / _checked(name)
    with disk.writable(name, home):
        fresh = not folder.exists()
        try:
            with disk.alone(folder, name):
                done, inferred, notes = _bring(name, files, folder, progress)
        except BaseException:
            if fresh:
                shutil.rmtree(folder, ignore_errors=True)
            raise
    report = prepare(name, home, progress, source=Source(folder, done.dataset), encode=encode, train=train)
    roles = done.roles
    return {
        **report,
        "schema": str(folder / "schema.yaml"),
        "inferred": inferred,
        "set_aside": str(folder / "set_aside.csv"),
        "notes": [*done.notes, *notes],
        "left_out": dict(done.left_out),
        "columns": {"id": roles.id, "title": roles.title, "text": roles.text, "fields": dict(roles.fields)},
    }


def _checked(name: str) -> str:
    if name in SOURCES or not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name an import: use small letters, digits, - and _, beginning with a letter "
                         f"or digit, and not {' or '.join(SOURCES)}.")  # fmt: skip
    return name


def _bring(name: str, files: Files, folder: Path, progress: Progress) -> tuple[Imported, bool, list[str]]:
    """Copy and read; only then replace the schema, the rows set aside and the pointer to the copies."""
    for path in (files.items, files.interactions):
        if path is not None:
            file_format(path)
    source, notes = folder / "source", []
    source.mkdir(exist_ok=True)
    before = Source(folder).manifest() if (folder / "import.json").exists() else None
    new: list[Path] = []
    with _removed_on_failure(new, folder / "set_aside.partial", folder / "schema.partial"):
        items = _copy(files.items, source, new)
        events = _copy(files.interactions, source, new) if files.interactions is not None else None
        if events is None and before is not None and before["interactions"] is not None:
            events = before["interactions"]
            notes.append("The interactions of the earlier import are kept; give --interactions to replace them.")
        schema, inferred = _schema(files.schema, folder, before)
        where = Files(source / items["file"], source / events["file"] if events else None, schema)
        aside = folder / "set_aside.partial"
        with _as_given(source, items, events):
            done = read(name, where, aside, lambda what, n: progress(f"read {what}", n, n))
        beside = folder / "schema.partial"
        if inferred:
            stated.write(done.dataset.schema, done.roles, beside)
        elif schema is not None:
            beside.write_bytes(schema.read_bytes())
        kept = schema == folder / "schema.yaml"
        if kept:
            beside.unlink(missing_ok=True)
            notes.append(f"The schema in {schema} was edited and is kept; give --schema to replace it.")
        else:
            versions.flush(beside)
            beside.replace(folder / "schema.yaml")
        versions.flush(aside)
        aside.replace(folder / "set_aside.csv")
        own = _digest(folder / "schema.yaml") if inferred else None
        versions.write(
            folder / "import.json", json.dumps({"items": items, "interactions": events, "inferred": own}, indent=1)
        )
    used = {Path(copy["file"]).parts[0] for copy in (items, events) if copy}
    for path in source.iterdir():
        if path.name not in used:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return done, inferred, notes


def _schema(given: Path | None, folder: Path, before: Mapping[str, Any] | None) -> tuple[Path | None, bool]:
    """The schema file to honour, and whether one is to be inferred instead: the one given, else one that was edited."""
    if given is not None:
        return given, False
    mine = folder / "schema.yaml"
    if before is not None and mine.exists() and before["inferred"] != _digest(mine):
        return mine, False
    return None, True


def _copy(path: Path, source: Path, new: list[Path]) -> dict[str, str]:
    """A copy in a folder named by its content, under its own name, by which messages call it; a folder of MovieLens
    becomes one with its two tables."""
    if path.is_dir():
        digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
        place = source / f"{digest}.folder"
        place.mkdir(exist_ok=True)
        new.append(place)
        for table in movielens.tables_in(path):
            shutil.copyfile(table, place / table.name)
            digest = hashlib.sha256((digest + _digest(table)).encode()).hexdigest()[:16]
        final = source / digest
        if final.exists():
            shutil.rmtree(place)
        else:
            place.rename(final)
            new.append(final)
        return {"file": digest, "from": str(path)}
    place = source / _digest(path)[:16] / path.name
    if not place.exists():
        new.append(place if place.parent.exists() else place.parent)  # the live one may lie there under another name
        place.parent.mkdir(exist_ok=True)
        with versions.replacing(place) as file, path.open("rb") as original:
            shutil.copyfileobj(original, file, 1 << 20)
    return {"file": str(place.relative_to(source)), "from": str(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _as_given(source: Path, *copies: Mapping[str, str] | None) -> Iterator[None]:
    """Name the files in an error as they were given: the copies are removed when there is one."""
    try:
        yield
    except BecauseError as error:
        said = str(error)
        for copy in copies:
            said = said.replace(str(source / copy["file"]), copy["from"]) if copy is not None else said
        raise type(error)(said) from error


@contextmanager
def _removed_on_failure(new: list[Path], *partial: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for path in (*new, *partial):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise
