"""Tiny data with provable answers, for any test that needs a catalogue."""

from __future__ import annotations

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.schema import Field, Interactions, Item, Schema

SCHEMA = Schema(
    name="tiny",
    title="Tiny films",
    noun="film",
    plural="films",
    nouns=("film", "films", "movie", "movies"),
    fields=(
        Field("genres", "tags", "genre", synonyms=("genre", "genres"), values={"Sci-Fi": ("science fiction",)}),
        Field("year", "number", "year", "year", ("year",), ("newer",), ("older",)),
        Field("runtime", "number", "running time", "minutes", ("length",), ("longer",), ("shorter",)),
    ),
    verb="watch",
    rating=(0.5, 3.0, 5.0),
)

ITEMS = (
    Item("1", "Heat", {"genres": ("Crime", "Thriller"), "year": 1995, "runtime": 170}),
    Item("2", "Casino", {"genres": ("Crime", "Drama"), "year": 1995, "runtime": 178}),
    Item("3", "Alien", {"genres": ("Horror", "Sci-Fi"), "year": 1979, "runtime": 117}),
    Item("4", "Aliens", {"genres": ("Action", "Sci-Fi"), "year": 1986}),
    Item("5", "Fargo", {"genres": ("Crime", "Comedy"), "year": 1996, "runtime": 98}),
    Item("6", "Titanic", {"genres": ("Drama", "Romance"), "year": 1997, "runtime": 194}),
    Item("7", "King Kong", {"genres": ("Adventure",), "year": 1933, "runtime": 100}),
    Item("8", "King Kong", {"genres": ("Adventure",), "year": 2005, "runtime": 187}),
)
HEAT, CASINO, ALIEN, ALIENS, FARGO, TITANIC, KONG_1933, KONG_2005 = range(8)

# user, row, stars, day: those who like Heat like Casino; those who like Alien like Aliens.
_RATINGS = [
    ("ann", HEAT, 5.0, 1), ("ann", CASINO, 4.5, 2), ("ann", TITANIC, 1.0, 3),
    ("bob", HEAT, 4.0, 1), ("bob", CASINO, 5.0, 4), ("bob", FARGO, 4.0, 5),
    ("cid", ALIEN, 5.0, 2), ("cid", ALIENS, 4.5, 3), ("cid", KONG_1933, 3.0, 4),
    ("dee", ALIEN, 4.0, 5), ("dee", ALIENS, 5.0, 6), ("dee", KONG_2005, 2.0, 7),
    ("eve", HEAT, 4.5, 6), ("eve", CASINO, 4.0, 7), ("eve", ALIEN, 1.5, 8),
]  # fmt: skip


def catalogue() -> Catalogue:
    """Eight items, five users, fifteen ratings."""
    users = tuple(dict.fromkeys(row[0] for row in _RATINGS))
    values = np.array([row[2] for row in _RATINGS], dtype=np.float32)
    interactions = Interactions(
        users,
        np.array([users.index(row[0]) for row in _RATINGS], dtype=np.int64),
        np.array([row[1] for row in _RATINGS], dtype=np.int64),
        values,
        np.where(values >= 3, (values - 3) / 2, (values - 3) / 2.5).astype(np.float32),
        np.array([1_400_000_000 + 86_400 * row[3] for row in _RATINGS], dtype=np.int64),
    )
    return Catalogue(SCHEMA, ITEMS, interactions)
