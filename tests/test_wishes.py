"""How people say what they wish for: what they have no more of, how lists are to be chosen, for whom, in how few letters."""

from __future__ import annotations

import pytest
from test_understand import read, reader, rows

from bot.understand import Context
from bot.values import Manner

# -- what one has, or bears, no more of -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("my husband falls asleep after 100 minutes", 100),
        ("I only have an hour and a half", 90),
        ("my bus leaves in 95 minutes", 95),
        ("the babysitter goes home in two hours", 120),
        ("I lose interest past 120 minutes", 120),
        ("she gets bored after an hour and a half", 90),
        ("can't sit through more than 2 hours", 120),
        ("I won't last longer than 100 minutes", 100),
        ("we've got two hours to kill", 120),
        ("my train leaves in an hour and 50 minutes", 110),
        ("I need to be in bed in 2 hours", 120),
        ("I doze off at 100 minutes", 100),
        ("100 minutes is my limit", 100),
        ("I never watch anything over 150 minutes", 150),
    ],
)
def test_what_one_has_or_bears_no_more_of_is_a_limit(message: str, most: float) -> None:
    u = reader("films").read(message)
    assert u.acts == ("recommend",)
    assert [(c.field, c.op, c.value) for c in u.constraints] == [("runtime", "<=", most)]
    assert u.ignored == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("can't carry more than 300 g", "weight <= 300"),
        ("my back hurts above 300 g", "weight <= 300"),
        ("my bag is full at 300 g", "weight <= 300"),
        ("my wallet has 50 dollars", "price <= 50"),
        ("about 60 dollars left", "price <= 66"),
        ("the airline allows 1.2 kg", "weight <= 1200"),
    ],
)
def test_so_it_is_of_money_and_weight(message: str, expected: str) -> None:
    assert read(message, name="shop") == ["recommend", expected]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("only films over two hours", "recommend; runtime > 120"),
        ("we have more than two hours", "recommend; runtime > 120"),
        ("it has to be over 100 minutes", "recommend; runtime > 100"),
        ("a comedy, my bus leaves in 95 minutes", "recommend; genres includes Comedy; runtime <= 95"),
        ("I have 2 kids and 90 minutes", "recommend; genres includes Children; runtime <= 90"),  # and no count of two
    ],
)
def test_a_wish_for_more_stays_one(message: str, expected: str) -> None:
    assert sorted(read(message)) == sorted(expected.split("; "))


# -- how a list is chosen, and how no longer --------------------------------------------------------------------------

ALL = ("popular", "unfamiliar", "varied")


@pytest.mark.parametrize(
    ("standing", "message", "wanted", "dropped"),
    [
        ("unfamiliar", "no more hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "stop with the hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "not so obscure", (), ("unfamiliar",)),
        ("unfamiliar", "no hidden gems any more", (), ("unfamiliar",)),
        ("unfamiliar", "actually, not hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "popular ones instead", ("popular",), ()),
        ("popular", "no more popular ones", (), ("popular",)),
        ("popular", "I'm tired of popular films", (), ("popular",)),
        ("popular", "stop showing me mainstream stuff", (), ("popular",)),
        ("popular", "less popular ones", ("unfamiliar",), ()),
        ("varied", "no more variety please", (), ("varied",)),
        ("varied", "back to normal", (), ALL),
        ("popular", "the usual recommendations again", (), ALL),
        (None, "nothing popular please", ("unfamiliar",), ()),
        (None, "not the usual stuff", (), ()),
        (None, "no more popular ones", (), ("popular",)),
    ],
)
def test_what_the_list_was_chosen_by_is_dropped_and_nothing_else_is_forced(
    standing: Manner | None, message: str, wanted: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    shown = rows("films", "Toy Story", "The Godfather", "Fargo")
    context = Context(shown=shown, last=("recommend",), manner=(standing,) if standing else ())
    u = reader("films").read(message, context)
    assert (u.manner, u.relaxed) == (wanted, dropped)
    assert u.mentions == ()
    assert u.constraints == ()
    assert set(u.acts) <= {"recommend", "refine"}


def test_stopping_is_refusing() -> None:
    assert read("I want to stop watching comedies") == ["recommend", "genres excludes Comedy"]
    assert read("stop with the comedies please") == ["recommend", "genres excludes Comedy"]
