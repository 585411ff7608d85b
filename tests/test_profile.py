"""The profile is a fold over events; a message changes it by the events it adds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny import ALIEN, CASINO, FARGO, HEAT, TITANIC, catalogue

from bot.memory import LogEvent, live
from bot.profile import Standing, events_of, fold
from bot.query import known_items, query_of, request_of
from bot.stored import constraint_from, constraint_to
from bot.values import Act, Mention, Understanding
from retrieval.schema import Constraint

CATALOGUE = catalogue()


class Talk:
    """A conversation without a reader or a writer: each `say` is one turn's Understanding."""

    def __init__(self, user: str = "new-1") -> None:
        self.user, self.log, self.turn = user, [], 0  # type: ignore[var-annotated]

    def say(self, *acts: Act, conversation: str = "c", **parts: Any) -> Standing:
        self.turn += 1
        before = fold(self.log, conversation, CATALOGUE)
        u = Understanding(parts.pop("message", f"message {self.turn}"), acts, **parts)
        for kind, payload in events_of(u, before, CATALOGUE):
            event = LogEvent(len(self.log) + 1, self.user, conversation, self.turn, 0, kind, payload, 0.0)
            self.log.append(event)
        return fold(self.log, conversation, CATALOGUE)


def like(row: int) -> tuple[Mention, ...]:
    return (Mention(CATALOGUE.items[row].title, (row,), "like"),)


def dislike(row: int) -> tuple[Mention, ...]:
    return (Mention(CATALOGUE.items[row].title, (row,), "dislike"),)


def genre(op: Any, value: str) -> Constraint:
    return Constraint("genres", op, value)


def test_the_last_word_on_an_item_wins() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT))
    profile = talk.say("dislike", mentions=dislike(HEAT)).profile
    assert profile.items("liked") == ()
    assert profile.items("disliked") == (HEAT,)


def test_taking_back_the_last_word_brings_the_word_before_it_back() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT), conversation="before")
    (belief,) = talk.say("dislike", mentions=dislike(HEAT)).profile.beliefs
    profile = talk.say("forget", beliefs=(belief.event,)).profile
    assert [(b.kind, b.item) for b in profile.earlier] == [("liked", HEAT)]


def test_a_fold_up_to_a_turn_knows_nothing_of_what_came_later_elsewhere() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT))
    first = talk.turn
    talk.say("like", mentions=like(ALIEN), conversation="another")
    assert fold(talk.log, "c", CATALOGUE, until=first).profile.earlier == ()


def test_asked_to_see_something_again_only_what_is_known_comes_back() -> None:
    talk = Talk("ann")
    standing = talk.say("recommend")
    again = replace(standing, request=replace(standing.request, rewatch=True))
    allowed = set(range(8)) - query_of(again, "ann", CATALOGUE).exclude
    assert allowed == {HEAT, CASINO, TITANIC}


def test_seen_is_no_opinion_and_replaces_none() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT))
    profile = talk.say("seen", mentions=(Mention("Heat", (HEAT,), "seen"),)).profile
    assert profile.items("liked") == (HEAT,)
    assert profile.items("seen") == (HEAT,)


def test_an_ambiguous_or_unknown_title_becomes_no_belief() -> None:
    mentions = (Mention("King Kong", (6, 7), "like"), Mention("Zanzibar", (), "like"))
    assert Talk().say("like", mentions=mentions).profile.beliefs == ()


def test_forgetting_one_thing_leaves_the_rest() -> None:
    talk = Talk()
    talk.say("like", mentions=(*like(HEAT), *like(FARGO)))
    profile = talk.say("forget", mentions=(Mention("Fargo", (FARGO,)),)).profile
    assert profile.items("liked") == (HEAT,)


def test_forgetting_an_unknown_title_forgets_nothing() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT))
    assert talk.say("forget", mentions=(Mention("Zanzibar", ()),)).profile.items("liked") == (HEAT,)


def test_forgetting_everything_reaches_earlier_conversations_too() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT), conversation="before")
    assert talk.say("forget").profile.beliefs == ()
    assert fold(talk.log, "before", CATALOGUE).profile.beliefs == ()


def test_a_belief_is_removed_by_its_event() -> None:
    talk = Talk()
    (belief,) = talk.say("like", mentions=like(HEAT)).profile.beliefs
    assert talk.say("forget", beliefs=(belief.event,)).profile.beliefs == ()


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ([genre("includes", "Western")], genre("excludes", "Western"), [genre("excludes", "Western")]),
        ([genre("includes", "Crime")], genre("includes", "Comedy"), [genre("includes", "Crime"), genre("includes", "Comedy")]),
        ([Constraint("runtime", "<", 90)], Constraint("runtime", "<", 120), [Constraint("runtime", "<", 120)]),
        ([Constraint("runtime", ">", 60)], Constraint("runtime", "<", 120),
         [Constraint("runtime", ">", 60), Constraint("runtime", "<", 120)]),
        ([Constraint("year", ">=", 1990), Constraint("year", "<=", 1999)], Constraint("year", ">", 2000),
         [Constraint("year", ">", 2000)]),
        ([Constraint("year", "==", 1995)], Constraint("year", "==", 1996), [Constraint("year", "==", 1996)]),
    ],
)  # fmt: skip
def test_a_later_condition_wins_only_where_both_cannot_hold(
    old: list[Constraint], new: Constraint, left: list[Constraint]
) -> None:
    talk = Talk()
    talk.say("recommend", constraints=tuple(old))
    assert list(talk.say("refine", constraints=(new,)).profile.constraints) == left


def test_a_new_request_replaces_what_was_wanted_and_keeps_what_was_excluded() -> None:
    talk = Talk()
    talk.say("recommend", constraints=(genre("includes", "Western"), genre("excludes", "War")))
    constraints = talk.say("recommend", constraints=(genre("includes", "Comedy"),)).profile.constraints
    assert set(constraints) == {genre("excludes", "War"), genre("includes", "Comedy")}


def test_a_field_or_a_value_that_no_longer_matters_is_dropped() -> None:
    talk = Talk()
    talk.say("recommend", constraints=(genre("includes", "Western"), Constraint("year", ">", 1990)))
    assert talk.say("refine", relaxed=("Western",)).profile.constraints == (Constraint("year", ">", 1990),)
    assert talk.say("refine", relaxed=("year",)).profile.constraints == ()


def test_undo_restores_what_the_last_turn_replaced() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT))
    talk.log.append(LogEvent(99, talk.user, "c", talk.turn, 0, "turn", TURN, 0.0))
    talk.say("dislike", mentions=dislike(HEAT))
    talk.log.append(LogEvent(100, talk.user, "c", talk.turn, 0, "turn", TURN, 0.0))
    assert talk.say("undo").profile.items("liked") == (HEAT,)
    assert any(e.kind == "dislike" for e in talk.log)
    assert not any(e.kind == "dislike" for e in live(talk.log))


def test_redo_brings_back_turn_by_turn_what_was_undone_until_something_new_is_said() -> None:
    talk = Talk()
    stood = [fold((), "c", CATALOGUE).profile.items("liked")]
    for row in (HEAT, FARGO, ALIEN):
        stood.append(talk.say("like", mentions=like(row)).profile.items("liked"))
        talk.log.append(LogEvent(len(talk.log) + 1, talk.user, "c", talk.turn, 0, "turn", TURN, 0.0))
    for left in (2, 1, 0):
        assert talk.say("undo").profile.items("liked") == stood[left]
    for left in (1, 2, 3, 3):
        assert talk.say("undo", redo=True).profile.items("liked") == stood[left]
    assert talk.say("undo").profile.items("liked") == stood[2]
    talk.say("like", mentions=like(CASINO))
    talk.log.append(LogEvent(len(talk.log) + 1, talk.user, "c", talk.turn, 0, "turn", TURN, 0.0))
    assert talk.say("undo", redo=True).profile.items("liked") == (HEAT, FARGO, CASINO)


TURN: dict[str, Any] = {
    "message": "m", "acts": [], "shown": ["3"], "moved": [], "focus": None, "question": None, "pending": None, "relaxed": [],
    "request": {"text": "", "like": [], "count": None, "rewatch": False, "words": "m", "more": False, "unwanted": []}, "json": {},
}  # fmt: skip


def test_likes_carry_over_to_the_next_conversation_but_conditions_do_not() -> None:
    talk = Talk()
    talk.say("like", mentions=like(HEAT), constraints=(genre("excludes", "War"),), conversation="before")
    profile = fold(talk.log, "c", CATALOGUE).profile
    assert profile.beliefs == ()
    assert [b.item for b in profile.earlier] == [HEAT]


def test_what_is_said_overrules_the_data_sets_behaviour() -> None:
    talk = Talk("ann")
    standing = talk.say("dislike", mentions=dislike(HEAT))
    events = {e.item: e for e in query_of(standing, "ann", CATALOGUE).history.events}
    assert events[HEAT].strength == -1.0
    assert events[HEAT].id.startswith("log:")
    assert events[CASINO].id == "ann:2"


def test_nothing_known_is_recommended_unless_asked_for() -> None:
    talk = Talk("ann")
    standing = talk.say("seen", mentions=(Mention("Alien", (ALIEN,), "seen"),))
    assert known_items(standing, "ann", CATALOGUE) == {HEAT, CASINO, TITANIC, ALIEN}
    assert query_of(standing, "ann", CATALOGUE).exclude == {HEAT, CASINO, TITANIC, ALIEN}


def test_someone_who_was_forgotten_has_no_history() -> None:
    log = [LogEvent(1, "ann", "", 0, 0, "forgotten", {}, 0.0)]
    standing = fold(log, "c", CATALOGUE)
    assert query_of(standing, "ann", CATALOGUE).history.events == ()
    assert known_items(standing, "ann", CATALOGUE) == frozenset()


def test_more_keeps_the_request_and_a_new_request_replaces_it() -> None:
    first = Standing(request=request_of(Understanding("like Alien", ("recommend",), similar_to=(ALIEN,)), Standing()))
    assert request_of(Understanding("something else", ("recommend",), more=True), first).like == (ALIEN,)
    assert request_of(Understanding("a film", ("recommend",)), first).like == ()


def test_a_constraint_survives_json() -> None:
    for constraint in (Constraint("genres", "in", ("Crime", "War"), hard=False), Constraint("year", ">=", 1990)):
        assert constraint_from(constraint_to(constraint)) == constraint


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        (("==", 1995), ("!=", 1995), {("!=", 1995)}),  # "from 1995", then "anything but 1995"
        (("!=", 1995), ("==", 1995), {("==", 1995)}),
        (("==", 1990), ("!=", 1995), {("==", 1990), ("!=", 1995)}),
        (("in", (1990, 1995)), ("!=", 1995), {("in", (1990, 1995)), ("!=", 1995)}),  # the other is still wanted
    ],
)
def test_a_condition_and_its_opposite_do_not_stand_together(first: Any, then: Any, left: Any) -> None:
    talk = Talk()
    talk.say("recommend", constraints=(Constraint("year", *first),))
    profile = talk.say("refine", constraints=(Constraint("year", *then),)).profile
    assert {(b.constraint.op, b.constraint.value) for b in profile.beliefs if b.constraint is not None} == left
