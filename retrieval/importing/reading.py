"""From an import's files to a `Dataset`: sample, infer or read the schema, items, behaviour."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from retrieval.errors import DataError
from retrieval.importing import behaviour, movielens, stated, tables
from retrieval.importing.aside import Aside, written
from retrieval.importing.files import file_format
from retrieval.importing.inference import Roles, columns_of, infer
from retrieval.importing.items import items
from retrieval.importing.spans import spanned, split, splitting
from retrieval.importing.tables import Row
from retrieval.importing.words import rank
from retrieval.schema import Dataset, Item, ReviewSentence, Schema

SAMPLE = 20_000
"""Rows that the schema is inferred from: drawn from the whole table, so that a sorted file misleads nobody."""
Heard = Callable[[str, int], None]
"""Hears which table is read, and how many rows of it are."""


@dataclass(frozen=True)
class Files:
    """What is imported; no `schema` means that it is inferred."""

    items: Path
    interactions: Path | None = None
    schema: Path | None = None


@dataclass(frozen=True)
class Imported:
    """What was read, how the columns are used, and what a person should know."""

    dataset: Dataset
    roles: Roles
    left_out: Mapping[str, str]
    notes: tuple[str, ...]


def read(name: str, files: Files, aside_file: Path, heard: Heard = lambda _what, _n: None) -> Imported:
    """Read everything; DataError when it cannot be a catalogue. `aside_file` gets what could not be used."""
    sample = _sample(lambda: _items(files.items, Aside("items")))
    ranges = spanned(sample)
    columns = columns_of([split(row, ranges) for row in sample])
    if not columns:
        raise DataError(f"{files.items} has no usable row: none of its objects has a key; give each an id and a title.")
    inferred = infer(name, {called: column for called, column in columns.items() if called not in ranges})
    schema, roles = inferred.schema, inferred.roles
    left_out = {**inferred.left_out, **dict.fromkeys(ranges, "ranges, read as their two ends")}
    if files.schema is not None:
        schema, roles = stated.read(files.schema, inferred, columns, str(files.items.name))
        left_out = {c: "not in the schema file" for c in columns if c not in _used(roles)}
    with written(aside_file) as writer:
        aside = Aside("items", writer)
        rows = _counted(splitting(_items(files.items, aside), ranges), "items", heard)
        found = items(rows, schema, roles, columns, aside)
        if not found:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in aside.rows.items())
            raise DataError(f"{files.items} has no usable row ({reasons}); correct the rows, or say in a schema "
                            "file which columns hold the id and the title.")  # fmt: skip
        events, reports, notes = behaviour.none(), aside.reports(), list(aside.notes)
        said: Mapping[int, tuple[ReviewSentence, ...]] = {}
        ratings = files.interactions or (files.items if _bundled(files.items) else None)
        if ratings is not None:
            aside = Aside("interactions", writer)
            places = {item.id: row for row, item in enumerate(found)}
            source = _counted(_events(ratings, aside), "interactions", heard)
            done = behaviour.behaviour(source, places, ratings.name, aside, schema.rating)
            events, reports, notes = done.interactions, reports | aside.reports(), notes + aside.notes
            said = done.reviews
            if schema.rating is None and done.scale is not None:
                schema = replace(schema, rating=done.scale, rating_unit=done.unit)
        else:
            found = _by_popularity(found, roles, schema)
    return Imported(Dataset(schema, found, events, reports, reviews=said), roles, left_out, tuple(notes))


def _items(path: Path, aside: Aside) -> Iterator[Row]:
    return movielens.movies(path, aside) if file_format(path) == "movielens" else tables.rows(path, aside)


def _events(path: Path, aside: Aside) -> Iterator[Row]:
    return movielens.ratings(path, aside) if file_format(path) == "movielens" else tables.rows(path, aside)


def _bundled(path: Path) -> bool:
    return file_format(path) == "movielens" and movielens.has_ratings(path)


def _sample(rows: Callable[[], Iterator[Row]]) -> list[Mapping[str, object]]:
    """Up to SAMPLE rows, each as likely as any other (reservoir sampling), in their order; long cells are cut. What is
    the very same row again is left out: it says nothing of how different the ids are."""
    draw, kept = random.Random(0), {}
    for number, (_, row) in enumerate(rows()):
        place = number if number < SAMPLE else draw.randint(0, number)
        if place < SAMPLE:
            kept[place] = (number, {k: v[:2_000] if isinstance(v, str) else v for k, v in row.items()})
    ordered = [row for _, row in sorted(kept.values(), key=lambda pair: pair[0])]
    return list({repr(row): row for row in ordered}.values())


def _counted(rows: Iterator[Row], what: str, heard: Heard) -> Iterator[Row]:
    number = 0
    for number, row in enumerate(rows, 1):
        if number % 5_000 == 0:
            heard(what, number)
        yield row
    heard(what, number)


def _used(roles: Roles) -> set[str | None]:
    return {roles.id, roles.title, roles.text, *roles.aliases, *roles.fields.values()}


def _by_popularity(found: tuple[Item, ...], roles: Roles, schema: Schema) -> tuple[Item, ...]:
    """Without behaviour, equal scores fall back on the catalogue's order: best known first, where a column says so."""
    named = [
        (place, name) for name, column in roles.fields.items() if (place := rank(column, "popularity")) is not None
    ]
    named = [(place, name) for place, name in named if schema.field(name).kind == "number"]
    if not named:
        return found
    best = min(named)[1]

    def size(item: Item) -> float:
        value = item.attributes.get(best)
        return float(value) if isinstance(value, int | float) else float("-inf")

    return tuple(sorted(found, key=size, reverse=True))
