"""What is asked beside a list: worth asking, answerable, never twice; and what opinions say of other items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import (
    PATIENCE,
    RECOGNISED,
    Outlook,
    by_information_gain,
    field_options,
    field_question,
    gain,
    pair_question,
)
from bot.ranges import ranges
from bot.understand import Context, Reader
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.opinions import Opinions
from retrieval.schema import Dataset, Event, Field, Interactions, Item, Schema

COLOUR = Field("colour", "category", "colour", synonyms=("colour", "color"))
FIELDS = (
    COLOUR,
    Field("price", "number", "price", "$", ("price", "cost"), ("dearer",), ("cheaper",)),
    Field("vegan", "flag", "vegan", synonyms=("vegan",)),
    Field("sold", "number", "sold", asked=False),
    Field("launched", "date", "launch", synonyms=("launch", "launched")),
)
COLOURS = ("red", "green", "blue", "black")


def shop(n: int = 16) -> Catalogue:
    """Items whose every field is spread evenly, but for `vegan`, which only one in eight is."""
    items = tuple(
        Item(
            str(i),
            f"Thing {'abcdefghijklmnopqrstuvwxyz'[i]}",
            {
                "colour": COLOURS[i % 4],
                "price": 10.0 * (i + 1),
                "vegan": i % 8 == 0,
                "sold": i * 100,
                "launched": f"{2010 + i % 8}-05-01",
            },
        )
        for i in range(n)
    )
    none = np.array([], dtype=np.int64)
    empty = Interactions((), none, none, np.array([], np.float32), np.array([], np.float32), none)
    schema = Schema("shop", "Shop", "thing", "things", ("thing", "things"), FIELDS)
    return Catalogue.of(Dataset(schema, items, empty, {}))


SHOP = shop()
VECTORS = np.eye(16, dtype=np.float32)


def seen(chances: list[float] | None = None, **changed: object) -> Outlook:
    """What is known when nothing was said yet and nothing is on the list."""
    p = np.array(chances if chances is not None else [1 / 16] * 16, dtype=np.float32)
    rows = np.arange(16)
    start = Outlook(SHOP, VECTORS, rows, rows, p, np.zeros(16, np.float32), frozenset(), frozenset(), 0)
    return replace(start, **changed)  # type: ignore[arg-type]


def test_four_equal_values_are_worth_two_bits_to_all_who_can_answer() -> None:
    assert gain(seen(), COLOUR) == pytest.approx(RECOGNISED * 2.0, rel=1e-5)


def test_a_field_that_splits_evenly_is_asked_before_one_that_hardly_splits() -> None:
    question = by_information_gain(seen())
    assert question is not None
    assert question.field == "colour"
    assert set(question.options[:-1]) == set(COLOURS)


def test_the_likely_candidates_count_and_not_the_catalogue() -> None:
    """All that is likely is red: its colour is no question any more."""
    likely = [0.25 if i % 4 == 0 else 0.0 for i in range(16)]
    assert gain(seen(likely), COLOUR) == 0.0
    question = by_information_gain(seen(likely))
    assert question is not None
    assert question.field != "colour"


def test_nothing_is_asked_twice_or_of_what_was_said() -> None:
    asked = set()
    outlook = seen()
    while (question := by_information_gain(outlook)) is not None and question.field:
        assert question.field not in asked
        asked.add(question.field)
        outlook = replace(outlook, settled=outlook.settled | {question.field})
    assert "sold" not in asked
    assert {"colour", "price"} <= asked


def test_nothing_is_asked_when_the_list_has_it_or_nobody_answers() -> None:
    assert by_information_gain(seen(listed=np.ones(16, np.float32))) is None
    assert by_information_gain(seen(unanswered=PATIENCE)) is None


def test_a_pair_is_compared_when_no_field_is_left() -> None:
    vectors = np.array([[1.0, 0.0] if i < 8 else [0.0, 1.0] for i in range(16)], dtype=np.float32)
    order = np.array([0, 8, *range(1, 8), *range(9, 16)])
    outlook = seen(settled=frozenset(f.name for f in FIELDS), vectors=vectors, rows=order)
    question = by_information_gain(outlook)
    assert question is not None
    assert {row < 8 for row in question.pair} == {True, False}  # one of each kind
    again = by_information_gain(replace(outlook, compared=frozenset(range(16))))
    assert again is None


@pytest.mark.parametrize("name", ["colour", "price", "vegan", "launched"])
def test_every_option_is_understood_as_what_it_means(name: str) -> None:
    question = field_question(seen(), name)
    assert question is not None
    reader = Reader(SHOP, encoder())
    for option, means in zip(question.options, question.means, strict=True):
        read = reader.read(option, Context(shown=(0, 1), question=question))
        assert "answer" in read.acts
        assert read.constraints == means
        assert bool(read.relaxed) == (not means)


def test_a_pair_is_answered_by_title_place_or_neither() -> None:
    reader, question = Reader(SHOP, encoder()), pair_question(seen(), 3, 9)
    for said, chosen in (("Thing d", (3,)), ("the second one", (9,)), ("neither", ()), ("I don't know", ())):
        read = reader.read(said, Context(shown=(0, 1), question=question))
        assert (read.acts, read.preferred) == (("answer",), chosen)


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=40),
    st.sampled_from([("number", "$"), ("number", None), ("number", "year"), ("date", None)]),
)
def test_ranges_cover_every_known_value_once(values: list[float], kind: tuple[str, str | None]) -> None:
    field = Field("f", kind[0], "f", kind[1])  # type: ignore[arg-type]
    column = np.array(values)
    if kind[0] == "date":
        column = np.abs(column) % 3_000_000 + 1
    items = tuple(Item(str(i), str(i), {}) for i in range(len(column)))
    catalogue = Catalogue(Schema("s", "S", "x", "xs", ("x",), (field,)), items, SHOP.interactions)
    catalogue._cache["f"] = column
    options = ranges(field, column, np.ones(len(column), np.float32))
    if options:
        fits = np.array([np.logical_and.reduce([catalogue.matches(c) for c in o.means]) for o in options])
        assert (fits.sum(axis=0) == ~np.isnan(column)).all()
        assert len({o.text for o in options}) == len(options)


# -- opinions ----------------------------------------------------------------------------------------------------------


def told(*said: tuple[int, float]) -> list[Event]:
    return [Event(f"log:{row}", row, strength, 0) for row, strength in said]


OPINIONS = Opinions.of(SHOP, np.full((16, 1), 1.0, dtype=np.float32))


def test_what_refused_items_share_lowers_what_shares_it() -> None:
    """Three red things are refused, and nothing else is the same about them: red falls most."""
    total = OPINIONS.values(told((0, -1.0), (4, -1.0), (12, -1.0)), (0, 4, 12, 1, 2)).sum(axis=0)
    others = [row for row in range(16) if row % 4]
    assert total[8] < min(total[others])


def test_what_was_shown_and_kept_is_not_blamed() -> None:
    """Beside a red thing that was not refused, refusing another says less against red."""
    alone = OPINIONS.values(told((0, -1.0)), (0,)).sum(axis=0)
    beside = OPINIONS.values(told((0, -1.0)), (0, 4, 8, 12)).sum(axis=0)
    assert beside[12] - beside[1] > alone[12] - alone[1]


def test_what_liked_items_share_rises() -> None:
    total = OPINIONS.values(told((1, 1.0), (5, 1.0)), ()).sum(axis=0)
    assert min(total[[9, 13]]) > max(total[row] for row in (8, 10, 11, 12, 14, 15))


def test_opinions_add_up_and_an_empty_one_says_nothing() -> None:
    values = OPINIONS.values(told((0, -1.0), (1, 1.0), (2, 0.0)), ())
    assert values.shape == (3, 16)
    assert (values[0] <= 0).all()
    assert (values[1] >= 0).all()
    assert not values[2].any()


def test_options_of_a_field_without_values_are_none() -> None:
    assert field_options(seen([1.0, *[0.0] * 15]), COLOUR) == ()
