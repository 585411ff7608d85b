"""Values as people say them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.wording import condition_texts, counted, listed, month, number, rating, value_text
from retrieval.schema import Constraint, Field, Op, Schema

YEAR = Field("year", "number", "year", "year")
PRICE = Field("price", "number", "price", "$")
RUNTIME = Field("runtime", "number", "running time", "minutes")
GENRES = Field("genres", "tags", "genre")
STOCK = Field("in_stock", "flag", "in stock")
SCHEMA = Schema("shop", "Shop", "film", "films", ("film",), (YEAR, PRICE, RUNTIME, GENRES, STOCK), rating=(1, 3, 5))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (YEAR, 1995, "1995"),
        (PRICE, 39.5, "$39.50"),
        (PRICE, 1299, "$1,299"),
        (PRICE, -5, "-$5"),
        (Field("made", "date", "made"), "2019-12-23", "23 December 2019"),
        (RUNTIME, 98, "98 minutes"),
        (GENRES, ("Crime", "War", "Western"), "Crime, War and Western"),
        (STOCK, True, "yes"),
    ],
)
def test_a_value_has_its_unit(field: Field, value: object, said: str) -> None:
    assert value_text(field, value) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ([Constraint("year", ">=", 1990), Constraint("year", "<=", 1999)], ["1990 to 1999"]),
        ([Constraint("year", ">", 2000)], ["years after 2000"]),
        ([Constraint("runtime", "<", 90)], ["running time under 90 minutes"]),
        ([Constraint("genres", "excludes", "War"), Constraint("genres", "includes", "Crime")], ["no War", "Crime"]),
        ([Constraint("genres", "in", ("Crime", "War"))], ["Crime or War"]),
        ([Constraint("in_stock", "==", True)], ["in stock"]),
        ([Constraint("in_stock", "==", False)], ["not in stock"]),
        ([Constraint("year", "<=", 1985, hard=False)], ["preferably years up to 1985"]),
    ],
)
def test_conditions_are_short_phrases(constraints: list[Constraint], said: list[str]) -> None:
    assert condition_texts(SCHEMA, constraints) == said


def test_numbers_months_and_lists() -> None:
    assert [number(v) for v in (4.0, 4.5, 12000)] == ["4", "4.5", "12,000"]
    assert month(1_394_000_000) == "March 2014"
    assert month(0) == ""
    assert [counted(n, SCHEMA) for n in (1, 5, 20)] == ["one film", "five films", "20 films"]
    assert rating(1.0, SCHEMA) == ("1", "star")
    assert listed(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ([(">=", "2015-03"), ("<", "2015-04")], "date added in March 2015"),
        ([(">=", "2015-12"), ("<", "2016-01")], "date added in December 2015"),
        ([(">=", "2015"), ("<", "2016")], "date added in 2015"),
        ([("<", "2020-05-01")], "date added before 1 May 2020"),
        ([(">=", "2021-05"), ("<", "2021-08")], "date added from May 2021, date added before August 2021"),
    ],
)
def test_dates_are_said_in_words(bounds: list[tuple[Op, str]], text: str) -> None:
    schema = replace(SCHEMA, fields=(Field("added", "date", "date added"),))
    assert ", ".join(condition_texts(schema, [Constraint("added", op, value) for op, value in bounds])) == text


def test_a_unit_that_the_label_names_is_not_said_twice() -> None:
    votes = Field("votes", "number", "IMDb votes", "votes")
    schema = replace(SCHEMA, fields=(votes,))
    assert value_text(votes, 708) == "708"
    assert condition_texts(schema, [Constraint("votes", "<=", 708)]) == ["IMDb votes of at most 708"]
