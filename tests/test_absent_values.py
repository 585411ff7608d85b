"""What is denied, missing or there at all: flags behind verbs, fields that know "none", a word between two fields."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bot.understand import Context, Reader
from bot.values import Question
from bot.wording import condition_texts
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.schema import Constraint, Field, Interactions, Item, Op, Schema, Value

_SCHEMA = Schema(
    name="huts",
    title="Huts",
    noun="hut",
    plural="huts",
    nouns=("hut", "huts"),
    verb="visit",
    fields=(
        Field("opens_late", "flag", "opens late", synonyms=("opens late", "late")),
        Field("has_bunks", "flag", "has bunks", synonyms=("has bunks", "bunks")),
        Field("languages", "tags", "language", synonyms=("language", "languages")),
        Field("country", "category", "owner country", synonyms=("country",)),
        Field("stove", "category", "stove", synonyms=("stove",), values={"none": ("no stove",)}),
        Field("fee", "number", "fee", "€", ("fee", "price")),
    ),
)
_HUTS: tuple[tuple[str, *tuple[Value, ...]], ...] = (
    ("Gipfelhaus", True, True, ("German",), "Germany", "wood", 20.0),
    ("Refuge Bleu", False, True, ("French", "German"), "France", "gas", 0.0),
    ("Stone Rest", True, False, ("English",), "France", "none", 35.0),
    ("Lake Shelter", False, False, ("English",), "Germany", "none", 0.0),
    ("Larch Cabin", True, False, ("French",), "France", "wood", 10.0),
)


@cache
def reader() -> Reader:
    names = [f.name for f in _SCHEMA.fields]
    items = tuple(Item(str(n), title, dict(zip(names, row, strict=True)), "") for n, (title, *row) in enumerate(_HUTS))
    none, ones = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    return Reader(Catalogue(_SCHEMA, items, Interactions((), none, none, ones, ones, none)), encoder())


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("a hut that opens late", True),
        ("a hut that doesn't open late", False),
        ("a hut that does not ever stay open late", False),
        ("one that can't really open late", False),
        ("one that won't open late", False),
        ("huts that don't open late", False),
        ("I don't know, one that opens late", True),
        ("a hut that doesn't leak much and opens late", True),
    ],
)
def test_a_denied_verb_denies_the_flag_behind_it(message: str, wanted: bool) -> None:
    assert reader().read(message).constraints == (Constraint("opens_late", "==", wanted),)


@pytest.mark.parametrize("message", ["it doesn't need to open late", "it doesn't have to open late"])
def test_what_need_not_be_is_no_condition(message: str) -> None:
    u = reader().read(message)
    assert not u.constraints
    assert u.relaxed == ("opens_late",)


def test_a_value_of_another_field_is_no_slip_for_an_option() -> None:
    means = tuple((Constraint("country", "==", name),) for name in ("Germany", "France"))
    asked = Context(question=Question("country", "Which country?", ("Germany", "France"), means), last=("recommend",))
    assert reader().read("available in German", asked).constraints == (Constraint("languages", "includes", "German"),)
    assert reader().read("Germny", asked).constraints == (Constraint("country", "==", "Germany"),)


def test_it_may_be_what_is_looked_for() -> None:
    u = reader().read("I need it in French", Context(shown=(0, 1, 2), last=("recommend",)))
    assert not u.mentions
    assert u.constraints == (Constraint("languages", "includes", "French"),)


@pytest.mark.parametrize(
    ("message", "op", "value"),
    [
        ("a hut with a stove", "!=", "none"),
        ("something that has a stove", "!=", "none"),
        ("a hut with a wood stove", "==", "wood"),
    ],
)
def test_what_a_catalogue_says_none_of_is_there(message: str, op: Op, value: str) -> None:
    assert reader().read(message).constraints == (Constraint("stove", op, value),)


@pytest.mark.parametrize(
    "message", ["does the first one have a stove?", "the stove doesn't matter", "a hut with a country"]
)
def test_only_who_wants_it_asks_for_it(message: str) -> None:
    assert not reader().read(message, Context(shown=(0, 1, 2), last=("recommend",))).constraints


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (Constraint("has_bunks", "==", False), "no bunks"),
        (Constraint("has_bunks", "!=", True), "no bunks"),
        (Constraint("has_bunks", "==", True), "has bunks"),
        (Constraint("opens_late", "==", False), "not opens late"),
    ],
)
def test_a_flag_of_what_an_item_has_is_denied_with_no(constraint: Constraint, text: str) -> None:
    assert condition_texts(_SCHEMA, [constraint]) == [text]
    assert reader().read(f"a hut, {text}").constraints == (Constraint(constraint.field, "==", text == "has bunks"),)


@pytest.mark.parametrize(("op", "text"), [("==", "no stove"), ("!=", "with stove")])
def test_none_is_said_of_its_field(op: Op, text: str) -> None:
    asked = (Constraint("stove", op, "none"),)
    assert condition_texts(_SCHEMA, asked) == [text]
    assert reader().read(f"a hut {text}").constraints == asked


@pytest.mark.parametrize(
    ("message", "bounds"),
    [
        ("paid huts", [(">", 0)]),
        ("paid ones under 30 euros", [(">", 0), ("<", 30)]),
        ("no paid ones", [("<=", 0)]),
        ("a free hut", [("==", 0)]),
        ("I already paid for a tent", []),
    ],
)
def test_what_costs_something_is_not_free(message: str, bounds: list[tuple[Op, float]]) -> None:
    assert reader().read(message).constraints == tuple(Constraint("fee", op, value) for op, value in bounds)
