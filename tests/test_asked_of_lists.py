"""What is asked of the list, of one's own ratings and of the conditions in force: read as a question, answered as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.settings import Settings
from bot.values import Turn


@pytest.fixture(scope="module")
def films(movielens_home: Path) -> Assistant:
    return Assistant.open(Settings(home=movielens_home, language_model="none"), "movielens", throw_away=True)


@pytest.fixture(scope="module")
def tiny_bot(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)


def play(bot: Assistant, user: str, *messages: str) -> list[Turn]:
    conversation = bot.new_conversation(user if user == "new" else bot.guest(user))
    return [bot.turn(conversation, message) for message in messages]


def rows(turn: Turn) -> set[int]:
    assert turn.ranked is not None
    return {scored.item for scored in turn.ranked.items}


@pytest.mark.parametrize("words", ["5 more like Heat", "more like Heat", "show me more like Heat", "another like Heat"])
def test_more_like_something_shows_others(films: Assistant, words: str) -> None:
    first, again = play(films, "new", "something like Heat", words)
    assert again.understanding.similar_to == first.understanding.similar_to
    assert rows(again)
    assert not rows(again) & rows(first)


def test_more_like_something_is_no_longer_ordered(films: Assistant) -> None:
    _, again = play(films, "new", "the shortest comedies", "more like the second")
    assert "shortest" not in again.reply


@pytest.mark.parametrize("asked", ["why not Titanic?", "compare the first two", "what if I liked Heat?"])
def test_more_goes_on_with_the_list_after_another_answer(films: Assistant, asked: str) -> None:
    first, _, again = play(films, "new", "a comedy", asked, "more")
    assert rows(again)
    assert not rows(again) & rows(first)


def test_more_after_a_why_tells_more(films: Assistant) -> None:
    again = play(films, "new", "a comedy", "why the first?", "more")[-1]
    assert (again.ranked, again.understanding.style) == (None, ("detailed",))
