"""Wishes about how explanations are written: read, kept, shown, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.reply.styled import told
from bot.settings import Settings
from bot.styles import changes, style_of
from bot.understand.styles import read_style
from bot.values import Belief, Claim, Profile, Reason
from retrieval.errors import UsageError


@pytest.mark.parametrize(
    ("message", "explained", "style", "rest"),
    [
        ("shorter explanations please", False, ("brief",), ""),
        ("Could you keep your explanations short?", False, ("brief",), ""),
        ("your explanations are too long", False, ("brief",), ""),
        ("no numbers please", False, ("no_numbers",), ""),
        ("Too many numbers!", False, ("no_numbers",), ""),
        ("I'd like more detailed reasons", False, ("detailed",), ""),
        ("why the first one? shorter explanations please", False, ("brief",), "why the first one?"),
        ("explain as before", False, ("usual",), ""),
        ("be friendlier", False, ("friendly",), ""),
        ("shorter please", True, ("brief",), ""),
        ("more detail", True, ("detailed",), ""),
        ("that was too long, and no numbers", True, ("brief", "no_numbers"), ""),
        ("shorter please", False, (), "shorter please"),  # of a list: a shorter film
        ("something shorter", True, (), "something shorter"),
        ("a film about numbers", True, (), "a film about numbers"),
        ("more details about Heat", True, (), "more details about Heat"),
        ("no horror please", True, (), "no horror please"),
        ("", True, (), ""),
    ],
)
def test_wishes_are_read_and_the_rest_is_left(message: str, explained: bool, style: tuple[str, ...], rest: str) -> None:
    assert read_style(message, explained) == (style, rest)


def test_a_wish_ends_its_opposite() -> None:
    profile = Profile(earlier=(Belief("style", 4, style="detailed"), Belief("style", 5, style="no_numbers")))
    assert style_of(profile) == {"detailed", "no_numbers"}
    assert changes(("brief",), profile) == ({4}, ["brief"])
    assert changes(("no_numbers",), profile) == (set(), [])
    assert changes(("numbers",), profile) == ({5}, [])
    assert changes(("usual",), profile) == ({4, 5}, [])


def test_briefly_the_weightiest_is_told_and_the_weightiest_single_thing() -> None:
    def reason(kind: str, weight: float, other: str = "") -> Reason:
        claim = Claim(kind, {"other": other} if other else {})
        return Reason(1, "because_you_liked", (claim, claim), (), weight)

    heat, alien = reason("because_you_liked.rated", 0.2, "Heat"), reason("because_you_liked.rated", 0.1, "Alien")
    group = reason("because_you_liked.group", 0.5)
    assert [len(r.claims) for r in told([heat, alien, group], {"brief"})] == [1, 1]
    assert [r.weight for r in told([heat, alien, group], {"brief"})] == [0.2, 0.5]
    assert [r.weight for r in told([heat, alien], {"brief"})] == [0.2]
    assert told([heat, alien, group], set()) == (heat, alien, group)


@pytest.fixture(scope="module")
def assistant(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)


def say(assistant: Assistant, conversation: str, *messages: str) -> str:
    return [assistant.turn(conversation, message) for message in messages][-1].reply


def test_a_wish_is_kept_between_conversations_and_can_be_taken_back(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    title = assistant.catalogue.items[0].title
    long = say(assistant, conversation, f"I gave {title} 5 stars", "suggest something", "why the first one?")
    assert re.search(r"\d", long.partition("list")[2])
    plain = say(assistant, conversation, "no numbers please")
    assert not re.search(r"\d %|\d stars", plain)
    assert plain.partition("**")[2].partition("**")[0] == long.partition("**")[2].partition("**")[0]  # of the same item
    assert "leave numbers out" in say(assistant, conversation, "what do you know about me?")

    again = assistant.new_conversation(assistant.user_of(conversation))
    assert not re.search(r"\d %|\d stars", say(assistant, again, "suggest something", "why the first one?"))
    say(assistant, again, "start over")
    assert style_of(assistant.view(again)) == {"no_numbers"}
    (belief,) = (b for b in assistant.view(again).earlier if b.style)
    list(assistant.act(again, "forget", value=belief.event))
    assert style_of(assistant.view(again)) == frozenset()


def test_what_matters_most_is_named_briefly(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    title = assistant.catalogue.items[0].title
    said = (f"I gave {title} 5 stars", "suggest something", "shorter explanations", "what in my history matters most?")
    assert title in say(assistant, conversation, *said)


def test_what_is_noted_beside_a_question_is_said(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    told = say(assistant, conversation, "suggest something", "why the first one? And no horror please")
    assert "Noted: no Horror." in told


def test_what_is_undone_by_a_word_left_something_behind(assistant: Assistant) -> None:
    """A question that was answered leaves nothing to take back."""
    conversation = assistant.new_conversation()
    say(assistant, conversation, "suggest something", "why the first one?", "no numbers please", "why the second one?")
    assert style_of(assistant.view(conversation)) == {"no_numbers"}
    assert "no numbers" in say(assistant, conversation, "undo")
    assert style_of(assistant.view(conversation)) == frozenset()
    assert "suggest something" in say(assistant, conversation, "undo")
    assert "nothing" in say(assistant, conversation, "undo").lower()


def test_undo_and_a_click(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    list(assistant.act(conversation, "style", "brief"))
    assert style_of(assistant.view(conversation)) == {"brief"}
    list(assistant.act(conversation, "undo"))
    assert style_of(assistant.view(conversation)) == frozenset()
    with pytest.raises(UsageError, match="brief"):
        list(assistant.act(conversation, "style", "in verse"))


ALL = (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("wish", "question", "places"),
    [
        ("", "why these?", ALL),
        ("", "why did you pick these films?", ALL),
        ("why the first one?", "why those?", ALL),  # not what was talked about last
        ("", "why the first and the third?", (0, 2)),
        ("shorter explanations please", "why these?", ALL),
        ("no numbers please", "why these?", ALL),
        ("be friendlier", "why these?", ALL),
        ("", "为什么推荐这些？", ALL),
    ],
)
def test_several_are_explained_line_by_line(
    assistant: Assistant, wish: str, question: str, places: tuple[int, ...]
) -> None:
    conversation = assistant.new_conversation()
    title = assistant.catalogue.items[0].title
    asked = ("suggest something", wish, question) if wish.startswith("why") else (wish, "suggest something", question)
    turns = [assistant.turn(conversation, message) for message in (f"I gave {title} 5 stars", *filter(None, asked))]
    shown = next(turn.ranked for turn in turns if turn.ranked is not None)
    lines = turns[-1].reply.splitlines()[1:]
    assert turns[-1].grounded
    assert len(lines) == len(places)
    for line, place in zip(lines, places, strict=True):
        bold = line.partition("**")[2].partition("**")[0]
        assert bold.startswith(assistant.catalogue.items[shown.items[place].item].title)
        assert line.partition(" – ")[2]


def test_each_tone_of_chinese_has_its_own_words(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    said = ("我喜欢 Heat", "推荐几部电影", "为什么推荐第一个？", "亲切一点", "详细一点", "短一点")
    told = [say(assistant, conversation, message) for message in said][2:]
    assert len(set(told)) == len(told)
    assert len(told[-1]) < min(map(len, told[:-1]))


@pytest.mark.parametrize("said", ["that makes no sense", "I don't get it", "huh?"])
def test_whoever_is_puzzled_hears_it_again_with_the_sum(assistant: Assistant, said: str) -> None:
    conversation = assistant.new_conversation()
    for message in ("I gave Heat 5 stars", "suggest something"):
        assistant.turn(conversation, message)
    first = assistant.turn(conversation, "why the first one?")
    again = assistant.turn(conversation, said)
    assert [r.weight for r in again.reasons] == [r.weight for r in first.reasons]
    assert again.reply != first.reply
    raised = sum(r.weight for r in again.reasons if r.weight > 0)
    assert again.reply.endswith((f"together {round(100 * raised)} %.", "% against."))
    assert not style_of(again.profile)  # for once


def test_whoever_is_puzzled_by_a_list_hears_why(assistant: Assistant) -> None:
    conversation = assistant.new_conversation()
    assert "1. **" in say(assistant, conversation, "I gave Heat 5 stars", "suggest something", "I don't get it")
