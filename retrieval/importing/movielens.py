"""The folders and zips of GroupLens, of any size: as .csv (25M, 32M, latest), .dat (1M, 10M) or u.item (100K)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from retrieval.datasets import titles
from retrieval.errors import DataError
from retrieval.importing.aside import Aside
from retrieval.importing.tables import Row

_MOVIES, _RATINGS = ("movies.csv", "movies.dat", "u.item"), ("ratings.csv", "ratings.dat", "u.data")
_YEAR = re.compile(r"\s*\((\d{4})[^()]*\)\s*$")
_GENRES_100K = ("unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama",
                "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance",
                 "Sci-Fi", "Thriller", "War", "Western")  # fmt: skip


def movies(path: Path, aside: Aside) -> Iterator[Row]:
    """Rows of movie_id, title, original_title (other titles), year, genres."""
    for line, (key, filed, *rest) in _table(path, _MOVIES, 3, aside):
        year = _YEAR.search(filed)
        title, aliases = titles.spoken(filed[: year.start()] if year else filed)
        genres = (
            rest[0].split("|")
            if len(rest) == 1
            else [g for g, on in zip(_GENRES_100K, rest[-19:], strict=False) if on == "1"]
        )
        known = [genre for genre in genres if genre not in ("(no genres listed)", "unknown", "")]
        yield line, {"movie_id": key, "title": title, "original_title": list(aliases),
                     "year": year[1] if year else None, "genres": known}  # fmt: skip


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
    if path.is_dir():
        with (path / member).open(encoding=encoding, newline="") as file:
            yield name, file
    else:
        with zipfile.ZipFile(path) as archive, archive.open(member) as raw:
            yield name, io.TextIOWrapper(raw, encoding=encoding, newline="")


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
    """The movies and the ratings of a folder."""
    found = (next((name for name in names if (folder / name).is_file()), None) for names in (_MOVIES, _RATINGS))
    return [folder / name for name in found if name is not None]
