"""What people think of explanations: kept as events, the last word counts, undone with the turn, reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import feedback
from bot.assistant import Assistant
from bot.feedback import QUESTIONS, Rating
from bot.memory import Memory
from bot.settings import Settings
from retrieval.errors import UsageError


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.at(tmp_path, "tiny")


def test_the_last_word_counts_and_can_be_taken_back(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    for rating in (Rating({"trust": 2}, "hm"), Rating({"trust": 5, "clarity": 4})):
        feedback.keep(memory, "ann", c, (1, "i0"), rating)
    assert feedback.of_conversation(memory, c) == {(1, "i0"): Rating({"trust": 5, "clarity": 4})}
    feedback.keep(memory, "ann", c, (1, "i0"), None)
    assert feedback.of_conversation(memory, c) == {}
    assert feedback.summary(memory)["ratings"] == 0


def test_what_is_undone_is_no_longer_rated(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    feedback.keep(memory, "ann", c, (1, ""), Rating({"trust": 1}))
    feedback.keep(memory, "ann", c, (2, ""), Rating({"trust": 5}))
    memory.append("ann", c, 3, [("undo", {"turns": [2]})])
    assert feedback.summary(memory)["trust"] == {"n": 1, "mean": 1.0, "interval": None}


def test_the_summary_means_over_ratings_with_an_interval_over_people(memory: Memory) -> None:
    empty = feedback.summary(memory)
    assert (empty["ratings"], empty["people"], empty["trust"]["mean"]) == (0, 0, None)
    assert "Nobody" in empty["note"]
    for user, score in (("ann", 2), ("bob", 4), ("eve", 3)):
        c = memory.open_conversation(user)
        feedback.keep(memory, user, c, (1, ""), Rating({"trust": score}, "" if score < 4 else "nice"))
    found = feedback.summary(memory)
    assert (found["ratings"], found["people"], found["comments"]) == (3, 3, ["nice"])
    assert (found["trust"]["n"], found["trust"]["mean"]) == (3, 3.0)
    low, high = found["trust"]["interval"]
    assert 2 <= low < 3 < high <= 4
    assert found["clarity"] == {"n": 0, "mean": None, "interval": None}
    assert "note" not in found
    memory.forget("bob")
    assert feedback.summary(memory)["trust"]["mean"] == 2.5


@pytest.mark.parametrize(
    ("answers", "said"),
    [({}, "Nothing was chosen"), ({"trust": "6"}, "'6'"), ({"trust": "0"}, "'0'"), ({"trust": 2.5}, "'2.5'"),
     ({"clarity": ["1"]}, "clarity"), ({"comment": "x" * 1001}, "1,001"), ({"comment": "  "}, "Nothing")],
)  # fmt: skip
def test_what_is_no_rating_is_refused_by_name(answers: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        feedback.read(answers)


def test_a_form_is_read_with_any_number_of_answers() -> None:
    assert feedback.read({"trust": "5", "clarity": 1, "comment": " so\n so ", "else": 3}) == Rating(
        {"clarity": 1, "trust": 5}, "so so"
    )
    assert Rating({"clarity": 1, "trust": 4}).mean == 2.5
    assert feedback.read({"comment": "only words"}).mean is None


def test_rating_exporting_and_forgetting_with_the_real_bot(tiny_home: Path) -> None:
    assistant = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    conversation = assistant.new_conversation()
    listed = assistant.to_json(assistant.turn(conversation, "suggest something"))
    item = listed["items"][0]["id"]
    list(assistant.act(conversation, "why", item))
    answers = dict.fromkeys(QUESTIONS, "4")
    assistant.rate(conversation, (2, ""), answers)
    assistant.rate(conversation, (1, item), answers)
    assert set(assistant.ratings(conversation)) == {(2, ""), (1, item)}
    for gone in ((9, ""), (1, "no such item")):
        with pytest.raises(UsageError, match="no longer there"):
            assistant.rate(conversation, gone, answers)

    # A rating is no turn, and tells nothing of taste.
    assert assistant.view(conversation).beliefs == ()
    assert assistant.turn(conversation, "why the second one?").turn == 3
    user = assistant.user_of(conversation)
    kept = [event for event in assistant.export(user)["events"] if event["kind"] == feedback.KIND]
    assert [event["payload"]["scores"]["trust"] for event in kept] == [4, 4]
    assistant.forget(user)
    assert feedback.summary(assistant.memory)["ratings"] == 0


def test_why_in_a_style_explains_in_it_at_once(tiny_home: Path) -> None:
    assistant = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    conversation = assistant.new_conversation()
    item = assistant.to_json(assistant.turn(conversation, "suggest something"))["items"][0]["id"]
    (*_, usual) = assistant.act(conversation, "why", item)
    (*_, plain) = assistant.act(conversation, "why", item, style="no_numbers")
    told, plainly = (turn.reply.partition("list")[2] for turn in (usual, plain))  # after "number 1 on the list"
    assert any(c.isdigit() for c in told)
    assert plainly
    assert not any(c.isdigit() for c in plainly)
    assert [b.style for b in assistant.view(conversation).earlier if b.style] == ["no_numbers"]
    with pytest.raises(UsageError, match="in verse"):
        list(assistant.act(conversation, "why", item, style="in verse"))
