"""Questions about what items are: read as such, and answered from the catalogue's own values."""

from __future__ import annotations

from functools import cache

import pytest
import understand_catalogues as catalogues

from bot.reply.inquiries import about_catalogue
from bot.understand import Context, Reader
from bot.values import Understanding
from retrieval.embedding import encoder

SHOWN = ("Toy Story", "The Godfather", "Fargo", "Casablanca", "Unforgiven")


@cache
def reader() -> Reader:
    return Reader(catalogues.films(), encoder())


def read(message: str) -> Understanding:
    rows = {item.title: row for row, item in enumerate(reader().catalogue.items)}
    return reader().read(message, Context(shown=tuple(rows[title] for title in SHOWN), last=("recommend",)))


def answer(message: str) -> str:
    u = read(message)
    assert u.acts == ("facts",)
    assert u.constraints == ()  # nothing in it is a wish
    assert u.inquiry is not None
    return about_catalogue(u.inquiry, catalogues.films()).lead


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("is the second a comedy?", "No: **The Godfather** (genre Crime and Drama)."),
        ("is Fargo a comedy?", "Yes: **Fargo** (genre Comedy, Crime and Drama)."),
        ("isn't the third one a comedy?", "Yes: **Fargo** (genre Comedy, Crime and Drama)."),
        ("is the third longer than 100 minutes?", "No: **Fargo** (running time 98 minutes)."),
        ("is the second longer than the third?", "Yes: **The Godfather** (running time 175 minutes)."),
        ("does the fourth have romance?", "Yes: **Casablanca** (genre Drama, Romance and War)."),
        ("was the last one made before 1990?", "No: **Unforgiven** (year 1992)."),
        (
            "are any of these westerns?",
            "Yes: **Unforgiven** (genre Drama and Western). No: **Toy Story** (genre Animation, Children and Comedy), "
            "**The Godfather** (genre Crime and Drama), **Fargo** (genre Comedy, Crime and Drama) and "
            "**Casablanca** (genre Drama, Romance and War).",
        ),
        (
            "which of them are under 100 minutes?",
            "Yes: **Toy Story** (running time 81 minutes) and **Fargo** (running time 98 minutes). No: "
            "**The Godfather** (running time 175 minutes), **Casablanca** (running time 102 minutes) and "
            "**Unforgiven** (running time 131 minutes).",
        ),
        ("are Heat and Casino comedies?", "No: **Heat** (genre Action, Crime and Thriller) and **Casino** (genre Crime "
         "and Drama)."),
        ("is Up under 100 minutes?", "The catalogue does not give the running time of **Up**."),
        (
            "how long are they?",
            "**Toy Story** (running time 81 minutes), **The Godfather** (running time 175 minutes), **Fargo** (running "
            "time 98 minutes), **Casablanca** (running time 102 minutes) and **Unforgiven** (running time 131 minutes).",
        ),
    ],
)  # fmt: skip
def test_a_question_about_items_is_answered_from_their_values(message: str, said: str) -> None:
    assert answer(message) == said


@pytest.mark.parametrize(
    "message",
    ["do you have any comedies?", "are there comedies?", "is there anything under 100 minutes?", "have you got a western?",
     "can it be a comedy?", "what about a comedy?", "which comedies do you have?"],
)  # fmt: skip
def test_a_question_for_a_list_asks_for_one(message: str) -> None:
    u = read(message)
    assert u.inquiry is None
    assert u.constraints
