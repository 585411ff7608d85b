"""Reasons given over the default data, "why?" of 200 recommendations and every other kind of question: all are true.

The checker in `truth.py` imports nothing of the bot and was itself tested by changing true turns (`test_truth.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from truth import check_turn
from truth_world import World

from bot.assistant import Assistant
from bot.evaluation.explanations.playing import Player, people, templates
from bot.settings import Settings
from retrieval.catalogue import Catalogue

USERS, WHYS = 36, 5
CONVERSATIONS = 8
LOVED = re.compile(r"^I (?:loved|really liked) (.+)$")
TOLD = {  # newcomers: what they say, and what they are known to have said
    "I loved Heat and Fargo": {"Heat": "like", "Fargo": "like"},
    "I couldn't stand Titanic, but I love Alien": {"Titanic": "dislike", "Alien": "like"},
    "I gave Toy Story 4.5 stars": {"Toy Story": 4.5},
    "I've seen Casino": {"Casino": "seen"},
}


@pytest.fixture(scope="module")
def assistant(movielens_home: Path) -> Assistant:
    return Assistant.open(Settings(home=movielens_home, language_model="none"), "movielens", throw_away=True)


@pytest.fixture(scope="module")
def world(assistant: Assistant) -> World:
    catalogue: Catalogue = assistant.catalogue
    data = catalogue.interactions
    columns = (data.users.tolist(), data.items.tolist(), data.values.tolist(), data.times.tolist())
    ratings = (
        (data.user_ids[user], catalogue.items[item].id, value, time)
        for user, item, value, time in zip(*columns, strict=True)
    )
    items = ((item.id, item.title, item.attributes) for item in catalogue.items)
    labels = {word for field in catalogue.schema.fields for word in field.label.split() if word[:1].isupper()}
    return World.of(items, ratings, neutral=3, names=labels)


def untrue(assistant: Assistant, world: World, user: str, said: Mapping[str, Any], *messages: str) -> list[str]:
    """Plays the messages, then "why number N?" for each item of the last list; what does not hold, turn by turn."""
    conversation = assistant.new_conversation(user)
    heard: list[str] = []
    found: list[str] = []
    shown = 0
    whys = [f"why number {n}?" for n in range(1, WHYS + 1)]
    for message in (*messages, *whys):
        if message in whys and int(message[11]) > shown:
            continue
        turn = assistant.to_json(assistant.turn(conversation, message))
        found += [f"{user}, {message!r}: {problem}" for problem in check_turn(turn, world, user, said, heard)]
        heard.append(message)
        if not turn["grounded"]:
            found.append(f"{user}, {message!r}: not grounded")
        if message in whys:
            largest = max(turn["evidence"], key=lambda piece: abs(piece["weight"]), default=None)
            if not turn["reasons"] or largest is None:
                found.append(f"{user}, {message!r}: no reason")
            elif not any(largest["id"] in reason["evidence"] for reason in turn["reasons"]):
                found.append(f"{user}, {message!r}: the weightiest evidence {largest} is not mentioned")
        else:
            shown = len(turn["items"])
    return found


def test_every_why_of_users_with_a_history_is_true(assistant: Assistant, world: World) -> None:
    users = [user for user, _ in assistant.users(USERS)]
    assert len(users) == USERS
    asked = (
        "what would I enjoy?", "any good 90s thrillers?", "something like Alien", "what's popular?",
        "a comedy under two hours",
    )  # fmt: skip
    found = [
        problem
        for place, user in enumerate(users)
        for problem in untrue(assistant, world, user, {}, asked[place % len(asked)])
    ]
    assert found == []


def test_a_list_gives_no_reason_twice_without_another_beside_it(assistant: Assistant) -> None:
    conversation = assistant.new_conversation("new")
    reply = assistant.turn(conversation, "I loved Heat and Fargo, what should I watch?").reply
    cards = [line.partition(" – ")[2] for line in reply.splitlines() if re.match(r"\d\. ", line)]
    assert len(cards) == 5
    assert len(set(cards)) == 5, cards
    parts = [card.split(" · ") for card in cards]
    alone = [part[0] for part in parts if len(part) == 1]
    assert len(set(alone)) == len(alone), cards
    assert any(len(part) == 2 for part in parts), "the case does not arise"


@pytest.mark.parametrize("message", TOLD)
def test_every_why_of_a_newcomer_is_true(assistant: Assistant, world: World, message: str) -> None:
    by_fame = [assistant.catalogue.items[row] for row in assistant.catalogue.counts.argsort()]
    ids = {item.title: item.id for item in by_fame}  # of several of one name, the best known is meant
    said = {ids[title]: what for title, what in TOLD[message].items()}
    assert untrue(assistant, world, "new", said, message, "what should I watch?") == []


def test_answers_to_every_kind_of_question_are_true(assistant: Assistant, world: World) -> None:
    """Conversations as `because evaluate explanations` holds them: each kind of question once, in several wordings."""
    player = Player(assistant, seed=4)
    found: list[str] = []
    kinds: set[str] = set()
    by_fame = [assistant.catalogue.items[row] for row in assistant.catalogue.counts.argsort()]
    ids = {item.title: item.id for item in by_fame}
    for user in people(assistant, CONVERSATIONS):
        heard: list[str] = []
        for asked in player.conversation(user):
            said = {ids[title]: "like" for message in asked.opening for title in LOVED.findall(message)}
            turn = assistant.to_json(asked.turn)
            problems = check_turn(turn, world, user, said, [*asked.opening, *heard])
            found += [f"{user}, {asked.opening}, {asked.message!r}: {problem}" for problem in problems]
            if not turn["grounded"]:
                found.append(f"{user}, {asked.message!r}: not grounded")
            heard.append(asked.message)
            kinds.add(asked.kind)
    assert found == []
    assert kinds == set(templates()["questions"])
