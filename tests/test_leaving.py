"""What an item on the list hangs on: without the events that are named, the list that is really made has it no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.settings import Settings


@pytest.fixture(scope="module")
def bot(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)


def test_what_is_named_takes_it_off(bot: Assistant) -> None:
    """Aliens is there for a like of Alien; for its popularity alone it would not be."""
    conversation = bot.new_conversation()
    bot.turn(conversation, "I loved Alien")
    listed = bot.turn(conversation, "recommend one film").ranked
    assert [bot.catalogue.items[scored.item].title for scored in listed.items] == ["Aliens"]
    answer = bot.turn(conversation, "what would it take to get Aliens?")
    assert answer.grounded
    assert "is on the list" in answer.reply
    claims = {claim.kind: claim.slots for reason in answer.reasons for claim in reason.claims}
    assert "Aliens" in claims["what_if.leaves"]["titles"]
    assert "Alien" in claims["what_if.excluded"]["titles"]
    again = bot.turn(conversation, "what if I had never said that I loved Alien?")
    assert listed.items[0].item not in again.supposed[1]


@pytest.mark.parametrize(
    "question",
    [
        "what would it take that you don't recommend Aliens?",
        "what would it take to stop recommending the first one?",
        "What would make you not recommend Aliens",
        "what would it take for you not to suggest it?",
        "what would it take for Aliens to leave the list?",
        "how can I get Aliens off my list?",
        "怎样你才不会推荐 Aliens？",
    ],
)
def test_what_would_stop_it_is_the_list_without_it(bot: Assistant, question: str) -> None:
    conversation = bot.new_conversation()
    bot.turn(conversation, "I loved Alien")
    listed = bot.turn(conversation, "recommend one film").ranked
    assert listed is not None
    answer = bot.turn(conversation, question)
    assert answer.supposed is not None, answer.reply
    assert answer.supposed[0] == (listed.items[0].item,)
    assert listed.items[0].item not in answer.supposed[1]
    assert "**Alien**" in answer.reply.replace("**Aliens**", "")  # what is supposed never to have been
    assert answer.grounded


def test_what_would_stop_what_is_not_listed_says_why_it_is_not(bot: Assistant) -> None:
    conversation = bot.new_conversation()
    bot.turn(conversation, "I loved Alien")
    bot.turn(conversation, "recommend one film")
    answer = bot.turn(conversation, "what would it take to stop recommending Casino?")
    assert answer.supposed is None
    assert answer.reasons
    assert {reason.kind for reason in answer.reasons} <= {"outscored", "filtered", "diversified"}


def test_what_is_there_in_any_case_hangs_on_nothing(bot: Assistant) -> None:
    conversation = bot.new_conversation()
    bot.turn(conversation, "I loved Heat")
    bot.turn(conversation, "recommend three films")
    answer = bot.turn(conversation, "what would it take to get Casino?")
    assert "is on the list" in answer.reply
    assert not answer.reasons
