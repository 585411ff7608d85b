"""A catalogue of another kind: every kind of field, and unknown values in all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.datasets.base import Source, interactions
from retrieval.schema import Dataset, Field, FloatArray, Interactions, Item, Schema, Value

SCHEMA = Schema(
    name="shop",
    title="A shop",
    noun="lamp",
    plural="lamps",
    nouns=("lamp", "lamps"),
    fields=(
        Field("price", "number", "price", "$", more=("dearer",), less=("cheaper",)),
        Field("brand", "category", "brand"),
        Field("colours", "tags", "colour", values={"Red": ("crimson",)}),
        Field("parts", "list", "part"),
        Field("dimmable", "flag", "dimmable"),
        Field("released", "date", "release date"),
        Field("notes", "text", "notes"),
    ),
    verb="buy",
    rating=(1.0, 3.0, 5.0),
)


def item(number: int) -> Item:
    """Every attribute is unknown for some items; item 0 has none."""
    values: dict[str, Value] = {
        "price": [9.5, 20, 100][number % 3],
        "brand": ["Alba", "Brio", "Cora"][number % 3],
        "colours": [("Red",), ("Red", "Blue"), ("Green",), ("Blue", "Green", "Red")][number % 4],
        "parts": [("bulb", "foot"), ("bulb",)][number % 2],
        "dimmable": bool(number % 2),
        "released": ["2019-05-01", "2020", "2021-12"][number % 3],
        "notes": "hand made",
    }
    known = {name: value for place, (name, value) in enumerate(values.items()) if (number >> (place % 4)) & 1}
    return Item(f"L{number}", f"Lamp {number}", known, text=f"lamp of series {number // 4}")


ITEMS = tuple(item(number) for number in range(16))


class Shop(Source):
    """Sixteen lamps, five customers. `edition` stands for the version of the data."""

    name = "shop"
    package = "pytest"
    install = "pip install pytest"

    def __init__(self, edition: int = 1) -> None:
        self.edition = edition

    def fingerprint(self) -> str:
        return f"shop {self.edition}"

    def load(self) -> Dataset:
        users = [f"u{n % 5}" for n in range(40)]
        items = [f"L{(n * n) % 16}" for n in range(40)]
        stars = [float(1 + n % 5) for n in range(40)]
        events, report = interactions(
            users, items, stars, [1000 + n for n in range(40)], {i.id: r for r, i in enumerate(ITEMS)}, SCHEMA.rating
        )
        return Dataset(SCHEMA, ITEMS, events, {"events": report}, {"u1": {"town": "Ghent"}})


def catalogue() -> Catalogue:
    return Catalogue.of(Shop().load())


def encode(texts: Sequence[str]) -> FloatArray:
    """Unit vectors that depend on nothing but the text."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
    vectors = np.stack([np.random.default_rng(seed).normal(size=8) for seed in seeds])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def train(
    interactions: Interactions, n_items: int, folder: Path, progress: Callable[[str, float], None]
) -> Mapping[str, Any]:
    """Item factors that are the users' strengths."""
    factors = np.zeros((n_items, len(interactions.user_ids)), dtype=np.float32)
    np.add.at(factors, (interactions.items, interactions.users), interactions.strengths)
    progress("training", 0.5)
    (folder / "cosine").mkdir(exist_ok=True)
    np.save(folder / "cosine" / "outputs.npy", factors)
    return {"examples": len(interactions)}
