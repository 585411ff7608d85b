"""Cells that are ranges, numbers that are only about right, and lists of two."""

from __future__ import annotations

import pytest

from retrieval.importing import cells
from retrieval.importing.columns import is_year, kind, look
from retrieval.importing.spans import spanned, split


@pytest.mark.parametrize(
    "column",
    [
        ["€18", "€35–40", "€22", "€12-15"],
        ["2-4", "2 to 6", "1", "3"],
        ["30-45 min", "60 min", "90 – 120 min"],
        [4, "2-3", 5],
    ],
)
def test_a_column_of_ranges_has_two_ends(column: list[object]) -> None:
    rows = [{"price": cell} for cell in column]
    assert spanned(rows) == ("price",)
    for row in rows:
        both = split(row, ("price",))
        low, high = (cells.number(both[f"{end} price"]) for end in ("min", "max"))
        assert low is not None
        assert high is not None
        assert low[0] <= high[0]
        assert row["price"] == both["price"]


@pytest.mark.parametrize(
    "column",
    [
        ["2019-05", "2020-11", "2021-02"],  # months
        ["2014-05-12", "2015-06-13"],
        ["3-1", "0-2", "1-1"],  # scores: no range falls
        ["X-12", "Y-30"],
        ["12", "30", "55"],  # plain numbers
        ["red", "blue"],
        ["10:00-12:00", "11:00-12:00"],
        [None, ""],
    ],
)
def test_what_is_no_range(column: list[object]) -> None:
    assert spanned([{"c": cell} for cell in column]) == ()


def test_the_unit_is_that_of_either_end() -> None:
    row = split({"time": "30-45 min"}, ("time",))
    assert cells.number(row["min time"]) == cells.number("30 min")
    assert cells.number(row["max time"]) == cells.number("45 min")


@pytest.mark.parametrize(("text", "value"), [("c. 1750", 1750), ("ca. 1820", 1820), ("circa 142", 142), ("~5 kg", 5)])
def test_a_number_that_is_about_right(text: str, value: float) -> None:
    found = cells.number(text)
    assert found is not None
    assert found[0] == value


def test_years_of_any_age() -> None:
    assert is_year(look("date_made", ["c. 1750", 142, "1890", "900"]))
    assert not is_year(look("years made to last", [5, 10, 20]))
    assert not is_year(look("price", [1500, 1800]))


def test_lists_of_two_are_lists_unless_they_are_names() -> None:
    cuisines = ["Italian, Greek", "Greek, Tapas", "Tapas", "Tapas, Italian", "Italian", "Greek, Italian"] * 5
    assert kind(look("Cuisine", cuisines)) == "tags"
    assert look("author", ["Smith, John", "Doe, Jane", "Smith, Anna", "Roe, John"] * 5).delimiter is None
