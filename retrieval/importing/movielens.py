"""The folders and zips of GroupLens, of any size: as .csv (25M, 32M, latest), .dat (1M, 10M) or u.item (100K)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from retrieval.datasets import titles
from retrieval.errors import DataError
from retrieval.importing.aside import Aside
from retrieval.importing.tables import Row
from retrieval.text import fold

_MOVIES, _RATINGS = ("movies.csv", "movies.dat", "u.item"), ("ratings.csv", "ratings.dat", "u.data")
_TAGS = ("tags.csv", "tags.dat")
TAGGED, TAGS = 2, 10
"""How many people have to give a film a tag, and how many of its tags are kept, the commonest first."""
_YEAR = re.compile(r"\s*\((\d{4})[^()]*\)\s*$")
_GENRES_100K = ("unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama",
                "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance",
                 "Sci-Fi", "Thriller", "War", "Western")  # fmt: skip


def movies(path: Path, aside: Aside) -> Iterator[Row]:
    """Rows of movie_id, title, original_title (other titles), year, genres and, where there are tags, tags."""
    tags = _tags(path) if any(_member(path, name) for name in _TAGS) else None
    for line, (key, filed, *rest) in _table(path, _MOVIES, 3, aside):
        year = _YEAR.search(filed)
        title, aliases = titles.spoken(filed[: year.start()] if year else filed)
        genres = (
            rest[0].split("|")
            if len(rest) == 1
            else [g for g, on in zip(_GENRES_100K, rest[-19:], strict=False) if on == "1"]
        )
        known = [genre for genre in genres if genre not in ("(no genres listed)", "unknown", "")]
        row = {"movie_id": key, "title": title, "original_title": list(aliases), "year": year[1] if year else None,
               "genres": known}  # fmt: skip
        yield line, row if tags is None else {**row, "tags": tags.get(key, [])}


def _tags(path: Path) -> dict[str, list[str]]:
    """By film, what at least TAGGED people called it, as most of them spell it."""
    people: dict[tuple[str, str], int] = Counter()
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for _, (_, film, tag, *_) in _table(path, _TAGS, 3, Aside("tags")):
        if plain := fold(tag):
            people[film, plain] += 1
            spelt[plain][tag.strip()] += 1
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (film, plain), times in people.items():
        if times >= TAGGED:
            found[film].append((-times, spelt[plain].most_common(1)[0][0]))
    return {film: [tag for _, tag in sorted(called)[:TAGS]] for film, called in found.items()}


def ratings(path: Path, aside: Aside) -> Iterator[Row]:
    """Rows of user_id, movie_id, rating, timestamp."""
    names = ("user_id", "movie_id", "rating", "timestamp")
    for line, cells in _table(path, _RATINGS, 4, aside):
        yield line, dict(zip(names, cells, strict=False))


def has_ratings(path: Path) -> bool:
    """Whether ratings lie beside the movies."""
    return any(_member(path, name) for name in _RATINGS)


def _table(path: Path, names: tuple[str, ...], least: int, aside: Aside) -> Iterator[tuple[int, list[str]]]:
    with _open(path, names) as (name, file):
        lines: Iterator[list[str]]
        if name.endswith(".csv"):
            lines = csv.reader(file)
            next(lines, None)
        else:
            sign = "::" if name.endswith(".dat") else "|" if name == "u.item" else "\t"
            lines = (line.rstrip("\r\n").split(sign) for line in file)
        for number, cells in enumerate(lines, 2 if name.endswith(".csv") else 1):
            if not any(cells):
                continue
            aside.read += 1
            if len(cells) < least:
                aside.row(number, "fewer cells than columns", cells)
            else:
                yield number, cells


@contextmanager
def _open(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, IO[str]]]:
    """The first of these files that a folder or zip has."""
    name = next((name for name in names if _member(path, name)), None)
    if name is None:
        raise DataError(
            f"{path} has none of {', '.join(names)}; give a MovieLens folder or zip as GroupLens publishes it."
        )
    encoding = "utf-8" if name.endswith(".csv") else "latin-1"
    member = _member(path, name)
    try:
        if path.is_dir():
            with (path / member).open(encoding=encoding, newline="") as file:
                yield name, file
        else:
            with zipfile.ZipFile(path) as archive, archive.open(member) as raw:
                yield name, io.TextIOWrapper(raw, encoding=encoding, newline="")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} of {path} is not {encoding} ({error.reason}); save it as {encoding}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, csv.Error, NotImplementedError, RuntimeError) as error:
        # RuntimeError is what zipfile raises for an archive that has a password.
        raise DataError(f"{name} of {path} is cut short or damaged ({error}); fetch it again.") from error


def _member(path: Path, name: str) -> str:
    """Its place inside the folder or zip; "" when it is not there."""
    if path.is_dir():
        return name if (path / name).is_file() else ""
    try:
        with zipfile.ZipFile(path) as archive:
            return next((entry for entry in archive.namelist() if entry.rsplit("/", 1)[-1] == name), "")
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is not a readable zip file ({error}); fetch it again.") from error


def tables_in(folder: Path) -> list[Path]:
    """The movies, the ratings and the tags of a folder."""
    tables = (_MOVIES, _RATINGS, _TAGS)
    found = (next((name for name in names if (folder / name).is_file()), None) for names in tables)
    return [folder / name for name in found if name is not None]
