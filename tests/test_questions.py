"""Questions about the bot's reasoning: each answer against a run of the recommender made outside the explainer.

A supposition is checked by really saying it, or by a query put together here from the data set; nothing here uses
`bot.reasons`, `bot.explain` or `bot.query`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bot import asking
from bot.assistant import Assistant
from bot.values import Question, Turn
from bot.wording import say
from retrieval.schema import Constraint, Event, History, Query, Scored

NINETIES = (
    Constraint("genres", "includes", "Thriller"),
    Constraint("year", ">=", 1990),
    Constraint("year", "<=", 1999),
)
MATCHED = re.compile(r"number (\d+) on the list")


@pytest.fixture(scope="module")
def people(films: Assistant) -> list[str]:
    """Heavy and light users, spread over all there are."""
    by_size = [user for user, _ in films.users(600)]
    return by_size[::120]


def rows(turn: Turn) -> tuple[int, ...]:
    assert turn.ranked is not None
    return tuple(scored.item for scored in turn.ranked.items)


def play(bot: Assistant, user: str, *messages: str) -> list[Turn]:
    conversation = bot.new_conversation(user if user == "new" else bot.guest(user))
    return [bot.turn(conversation, message) for message in messages]


def after(turn: Turn) -> tuple[int, ...]:
    assert turn.supposed is not None, turn.reply
    assert turn.grounded
    return turn.supposed[1]


def query(bot: Assistant, user: str, without: Sequence[int] = (), **changes: object) -> Query:
    """A query of this person's whole history but for some rows, which stay excluded; from the data set alone."""
    events = tuple(event for event in bot.catalogue.history(user) if event.item not in without)
    known = frozenset(bot.catalogue.rows_of(user))
    return replace(Query(History(events, bot.catalogue.until), 5, exclude=known), **changes)  # type: ignore[arg-type]


def ranked(bot: Assistant, asked: Query) -> tuple[int, ...]:
    return tuple(scored.item for scored in bot.agent.recommender.recommend(asked).items)


@pytest.mark.parametrize(
    ("asked", "again", "acts"),
    [
        ("why the first one?", "and the 3rd?", ("why",)),
        ("why the first one?", "the third?", ("why",)),
        ("为什么推荐第一个？", "第三个呢？", ("why",)),
        ("why not Heat?", "and Titanic?", ("why_not",)),
        ("how sure are you about the first one?", "what about the third?", ("why",)),
    ],
)
def test_a_question_goes_on_with_another_item(films: Assistant, asked: str, again: str, acts: tuple[str, ...]) -> None:
    _, first, second = play(films, "new", "90s thrillers", asked, again)
    assert second.understanding.acts == acts
    assert second.understanding.asked == first.understanding.asked
    assert second.understanding.mentions[0].items != first.understanding.mentions[0].items
    assert {reason.kind for reason in second.reasons}


def test_because_of_what_was_said_is_a_run_without_it(films: Assistant) -> None:
    listed, told = play(films, "new", "I loved Fargo and Heat", "90s thrillers", "is this because I loved Fargo?")[1:]
    assert told.supposed is not None
    assert told.supposed[0] == rows(listed)
    assert "had never been in your history" in told.reply


def test_without_what_the_list_should_be_like(films: Assistant) -> None:
    listed, told = play(films, "new", "something like Toy Story", "what if I had never mentioned Toy Story?")
    (seed,) = listed.understanding.similar_to
    assert "Suppose you had never named **Toy Story**" in told.reply
    popular = ranked(films, Query(History((), films.catalogue.until), 5, exclude=frozenset({seed})))
    assert after(told) == popular != rows(listed)


def test_a_number_inside_a_whole_title_rates_nothing(films: Assistant) -> None:
    title = "Naked Gun 33 1/3: The Final Insult"
    (told,) = play(films, "new", f"Fargo or {title}?")
    assert told.understanding.acts == ("compare",)
    assert not told.profile.beliefs
    assert title in told.reply


@pytest.mark.parametrize(
    ("question", "told", "kinds"),
    [
        ("why is there no horror?", "(Horror) would be **Alien**", {"filtered"}),  # it is the only one
        ("how come you don't show any romances?", "(Romance) would be **Titanic**", {"filtered"}),
        ("why no comedies?", "(Comedy): **Fargo** is number", set()),
        ("why nothing from the sixties?", "Nothing in this catalogue is of that kind: 1960 to 1969.", set()),
        ("why not the one with Arnold?", "I can't judge “Arnold”", set()),
        ("why not horror?", "(Horror) would be **Alien**", {"filtered"}),
        ("why not from the sixties?", "Nothing in this catalogue is of that kind: 1960 to 1969.", set()),
        ("why not something with romance?", "(Romance) would be **Titanic**", {"filtered"}),
        ("why not a drama?", "(Drama): **Casino** is number", set()),
        ("why not Alien?", "Alien", {"filtered"}),
    ],
)
def test_nothing_of_a_kind_is_answered_by_the_best_of_it(
    tiny_bot: Assistant, question: str, told: str, kinds: set[str]
) -> None:
    turn = play(tiny_bot, "new", "crime films", question)[1]
    assert told in turn.reply
    assert ({reason.kind for reason in turn.reasons}, turn.grounded) == (kinds, True)
    assert [c.value for c in turn.profile.constraints] == ["Crime"]  # nothing of it was noted


def test_it_is_what_was_said_something_of_where_that_is_to_be_forgotten(tiny_bot: Assistant) -> None:
    said = ("suggest something", "I've seen the second one", "forget that I saw it")
    turns = play(tiny_bot, "new", *said)
    assert [len(turn.profile.beliefs) for turn in turns] == [0, 1, 0]
    assert turns[2].question is None


class ThirdTime(threading.Event):
    """Set when it is looked at for the third time, as if somebody stopped the turn after two trials."""

    looked = 0

    def is_set(self) -> bool:
        """See threading.Event."""
        self.looked += 1
        return self.looked > 2


@pytest.mark.parametrize("question", ["how sure are you?", "what would make you recommend Titanic?"])
def test_whoever_stops_an_explanation_waits_for_no_further_trial(tiny_bot: Assistant, question: str) -> None:
    conversation = tiny_bot.new_conversation()
    for message in ("I loved Alien, Aliens, Heat and Casino", "recommend one film"):
        tiny_bot.turn(conversation, message)
    cancel = ThirdTime()
    user = tiny_bot.user_of(conversation)
    *_, turn = tiny_bot.agent.run(conversation, user, question, cancel=cancel)
    assert isinstance(turn, Turn)
    assert (turn.reply, turn.reasons, cancel.looked) == (say("stopped"), (), 3)


# -- what if -----------------------------------------------------------------------------------------------------------


def test_never_having_rated_something_is_a_run_without_it(films: Assistant, people: list[str]) -> None:
    changed = 0
    for user in people:
        first = play(films, user, "90s thrillers")[0]
        assert first.ranked is not None
        weighty = max(first.ranked.items[0].contributions, key=lambda c: abs(c.share) if c.evidence else 0.0)
        best = _item(films, user, str(weighty.evidence))
        title = films.catalogue.items[best].title
        first, told = play(films, user, "90s thrillers", f"what if I had never rated {title}?")
        if told.understanding.supposed is None:
            continue  # a title that is several
        assert told.supposed == (rows(first), ranked(films, query(films, user, [best], constraints=NINETIES)))
        assert best not in after(told)
        changed += told.supposed[0] != told.supposed[1]
    assert changed >= 2


def test_what_is_supposed_is_what_saying_it_would_bring(films: Assistant, people: list[str]) -> None:
    """Said in a conversation of its own, before the request."""
    for user in people[:3]:
        for said in ("I loved Heat", "I hated Forrest Gump", "I gave Alien 1 star"):
            supposed = said.replace("I ", "what if I ", 1) + "?"
            told = play(films, user, "something funny", supposed)[-1]
            really = play(films, user, said, "something funny")[-1]
            assert after(told) == rows(really), (user, said)


def test_a_condition_is_supposed_away(films: Assistant, people: list[str]) -> None:
    for user in people[:3]:
        told = play(films, user, "90s thrillers", "without the year limit?")[-1]
        assert after(told) == ranked(films, query(films, user, constraints=NINETIES[:1]))
        for said in (
            "what if I didn't mind the year?",
            "suppose the year wasn't an issue",
            "what if year was no object?",
        ):
            assert after(play(films, user, "90s thrillers", said)[-1]) == after(told), said
        told = play(films, user, "90s thrillers", "what if it didn't have to be a thriller?")[-1]
        assert after(told) == ranked(films, query(films, user, constraints=NINETIES[1:]))


def test_a_person_nobody_knows_gets_what_strangers_get(films: Assistant, people: list[str]) -> None:
    user = people[0]
    told = play(films, user, "90s thrillers", "what if I had never rated anything?")[-1]
    known = frozenset(films.catalogue.rows_of(user))
    stranger = Query(History((), films.catalogue.until), 5, NINETIES, exclude=known)
    assert after(told) == ranked(films, stranger)


def test_every_change_is_told_and_nothing_else(films: Assistant, people: list[str]) -> None:
    for user in people:
        told = play(films, user, "comedies", "what if I hated the first one?")[-1]
        before, again = told.supposed or ((), ())
        titles = [films.catalogue.items[row].title for row in (*before, *again)]
        said = {reason.claims[0].kind: reason.claims[0].slots["titles"] for reason in told.reasons}
        for row, title in zip((*before, *again), titles, strict=True):
            kinds = {kind for kind, names in said.items() if title in names}
            stays = row in before and row in again
            expected = {"what_if.moves", "what_if.stays", "what_if.order", "what_if.same"} if stays else (
                {"what_if.enters"} if row in again else {"what_if.leaves", "what_if.known", "what_if.unfit"}
            )  # fmt: skip
            if not stays or before.index(row) != again.index(row):
                assert kinds & expected, (title, said)
        assert f"| 1 | {titles[0]} | {titles[len(before)]} |" in told.reply.replace(r"\|", "|")


def test_supposing_changes_nothing(films: Assistant, people: list[str]) -> None:
    for question in ("what if I hated the first one?", "without the year limit?", "what if I asked for a western?",
                     "what would make you recommend Heat?", "Heat or Casino?", "how sure are you?",
                     "what matters most?", "why are you asking me that?"):  # fmt: skip
        conversation = films.new_conversation(films.guest(people[1]))
        films.turn(conversation, "90s thrillers")
        before = films.standing(conversation)
        told = films.turn(conversation, question)
        now = films.standing(conversation)
        assert (now.profile, now.shown, now.request) == (before.profile, before.shown, before.request), question
        assert told.ranked is None
        assert films.turn(conversation, "why the first one?").reasons


@pytest.mark.parametrize("words", ["what if pigs could fly?", "what if?", "what would you suggest if it rained?"])
def test_what_cannot_be_supposed_is_said_to_be_so(films: Assistant, words: str) -> None:
    told = play(films, "new", words)[-1]
    assert told.supposed is None
    assert not told.reasons


# -- two items ---------------------------------------------------------------------------------------------------------


def lead(first: Scored, second: Scored, event: str) -> float:
    return sum(c.value for c in first.contributions if c.evidence == event) - sum(
        c.value for c in second.contributions if c.evidence == event
    )


def test_the_one_ahead_is_ahead_by_what_is_named(films: Assistant, people: list[str]) -> None:
    for user in people:
        first, told = play(films, user, "90s thrillers", "why is the first above the third?")
        assert first.ranked is not None
        top, third = first.ranked.items[0], first.ranked.items[2]
        assert [m.items for m in told.understanding.mentions] == [(top.item,), (third.item,)]
        kinds = [claim.kind for reason in told.reasons for claim in reason.claims]
        assert ("compare.ahead" in kinds) == (top.score >= third.score)
        events = {c.evidence for c in top.contributions if c.evidence}
        raised = {event: lead(top, third, event) for event in events}
        for claim in [c for r in told.reasons for c in r.claims if c.kind == "compare.part"]:
            ours = claim.slots["title"] == films.catalogue.items[top.item].title
            causes = [e for e in events if films.catalogue.items[_item(films, user, e)].title == claim.slots["cause"]]
            assert any((raised[event] > 0) == ours for event in causes), claim
        best = max(raised, key=lambda event: raised[event])
        named = {c.slots.get("cause") for r in told.reasons for c in r.claims if c.kind == "compare.part"}
        if named:
            assert films.catalogue.items[_item(films, user, best)].title in named


def _item(bot: Assistant, user: str, event: str) -> int:
    return next(e.item for e in bot.catalogue.history(user) if e.id == event)


def test_the_wrong_way_round_is_put_right(films: Assistant, people: list[str]) -> None:
    first, told = play(films, people[0], "90s thrillers", "why is the second above the first?")
    titles = [films.catalogue.items[row].title for row in rows(first)]
    assert told.reply.startswith(f"It is the other way round: **{titles[0]}** stands above **{titles[1]}**")


@pytest.mark.parametrize(
    "question",
    [
        "would I like {}?", "do you think I'd enjoy {}?", "is {} worth watching?", "should I watch {}?",
        "is {} something for me?", "how many stars would I give {}?",
    ],
)  # fmt: skip
def test_would_i_like_it_is_answered_with_its_place_among_all_there_is(
    films: Assistant, people: list[str], question: str
) -> None:
    (row,) = (i for i, item in enumerate(films.catalogue.items) if item.title == "Goodfellas")
    for user in people:
        told = play(films, user, "a western", question.format("Goodfellas"))[-1]
        kinds = {claim.kind: claim.slots for reason in told.reasons for claim in reason.claims}
        if row in films.catalogue.rows_of(user):
            assert {"verdict.place", "certainty.limit"}.isdisjoint(kinds)
            assert "already_seen.rated" in kinds
            continue
        assert kinds["verdict.place"]["rank"] == str(films.agent.recommender.rank_of(query(films, user), row))
        assert "certainty.limit" in kinds
        assert "popular.only" not in kinds  # that it is on the list


@pytest.mark.parametrize("question", ["why not Alien?", "what would make you recommend Alien?"])
def test_what_others_are_to_be_like_is_not_suggested_itself(films: Assistant, question: str) -> None:
    first, told = play(films, "new", "something like Alien", question)
    (row,) = told.understanding.mentions[0].items
    assert row not in rows(first)
    assert [claim.kind for reason in told.reasons for claim in reason.claims] == ["filtered.named"]
    assert row not in rows(play(films, "new", "something like Alien", question, "something like Alien, please")[-1])


def test_would_i_like_what_is_listed_tells_why_it_is(films: Assistant, people: list[str]) -> None:
    first, told = play(films, people[0], "a western", "would I like the second one?")
    assert told.understanding.mentions[0].items == (rows(first)[1],)
    assert told.reasons[-1].claims[0].kind == "certainty.limit"
    assert max(told.reasons, key=lambda reason: reason.weight).weight > 0


def test_two_are_ranked_as_the_ranker_ranks_them(films: Assistant) -> None:
    for pair in (("Heat", "Casino"), ("Alien", "Titanic"), ("Casino", "Heat")):
        told = play(films, "new", f"{pair[0]} or {pair[1]}?")[-1]
        row = [m.items[0] for m in told.understanding.mentions]
        places = [films.agent.recommender.rank_of(Query(History((), films.catalogue.until)), r) for r in row]
        ahead = next(c.slots for r in told.reasons for c in r.claims if c.kind == "compare.ahead")
        ranks = {ahead["title"]: ahead["rank"], ahead["other"]: ahead["other_rank"]}  # a namesake has its year
        assert {title.split(" (")[0]: rank for title, rank in ranks.items()} == {
            films.catalogue.items[r].title: str(place) for r, place in zip(row, places, strict=True)
        }


# -- what would it take ------------------------------------------------------------------------------------------------


def test_what_it_takes_takes_it_there(films: Assistant) -> None:
    """What the answer promises is done: the conditions are dropped, the likes are said."""
    reached = 0
    for request, wanted in (("suggest something", "Casino"), ("comedies", "Alien"), ("90s thrillers", "Jaws"),
                            ("a western", "Heat"), ("suggest something", "Aliens")):  # fmt: skip
        conversation = films.new_conversation("new")
        films.turn(conversation, request)
        told = films.turn(conversation, f"what would make you recommend {wanted}?")
        row = told.understanding.mentions[0].items[0]
        promised = [int(place) for place in MATCHED.findall(told.reply)]
        kinds = {claim.kind: claim.slots for reason in told.reasons for claim in reason.claims}
        held = films.standing(conversation).profile.constraints
        failing = {c.field: c for c in held if not films.catalogue.matches(c)[row]}
        labels = {name: f"the {films.catalogue.schema.field(name).label}" for name in sorted(failing)}
        alone = len(failing) <= 1  # all in one message: a list between would show what then comes later
        if "takes.ask" in kinds:
            gone = "".join(f"actually forget {c.value}, " for c in failing.values()) if alone else ""
            place = conversation if alone else films.new_conversation("new")
            listed = [films.turn(place, f"{gone}{kinds['takes.ask']['conditions']} please")]
        elif "takes.drop" in kinds or "takes.drop_far" in kinds:
            listed = [films.turn(conversation, f"{label} doesn't matter") for label in labels.values()]
            assert listed
        for kind in ("takes.like", "takes.like_too"):
            if kind in kinds:
                listed = [films.turn(conversation, f"I like {kinds[kind]['titles']}")]
        if promised:
            reached += 1
            assert row in rows(listed[-1]), (request, wanted, told.reply)
            if alone or "takes.ask" not in kinds:  # a conversation of its own has shown nothing yet
                assert rows(listed[-1]).index(row) + 1 == promised[-1], (request, wanted, told.reply)
    assert reached >= 3


# -- how sure, what matters, why ask -----------------------------------------------------------------------------------


def test_how_sure_counts_lists_made_without_each_event(films: Assistant, people: list[str]) -> None:
    for user in people[:3]:
        first, told = play(films, user, "90s thrillers", "how sure are you about the second one?")
        assert first.ranked is not None
        claim = next(c for r in told.reasons for c in r.claims if c.kind == "certainty.item")
        second = first.ranked.items[1]
        share = {c.evidence: 0.0 for c in second.contributions if c.evidence}
        for c in second.contributions:
            if c.evidence:
                share[c.evidence] += c.share
        weightiest = sorted(share, key=lambda event: -abs(share[event]))[: int(claim.slots["count"])]
        stayed = sum(
            second.item in ranked(films, query(films, user, [_item(films, user, event)], constraints=NINETIES))
            for event in weightiest
        )
        assert claim.slots["stayed"] == str(stayed)


def test_what_matters_most_is_the_weightiest_on_average(films: Assistant, people: list[str]) -> None:
    for user in people[:3]:
        first, told = play(films, user, "90s thrillers", "what in my history matters most?")
        assert first.ranked is not None
        share: dict[str, float] = {}
        for scored in first.ranked.items:
            for c in scored.contributions:
                if c.evidence:
                    share[c.evidence] = share.get(c.evidence, 0.0) + c.share / len(first.ranked.items)
        best = max(share, key=lambda event: abs(share[event]))
        claims = told.reasons[0].claims
        assert claims[0].slots["other"] == films.catalogue.items[_item(films, user, best)].title
        assert claims[0].slots["share"] == f"{round(100 * abs(share[best]))} %"
        again = ranked(films, query(films, user, [_item(films, user, best)], constraints=NINETIES))
        gone = sum(row not in again for row in rows(first))
        assert [c.slots["count"] for c in claims[1:]] == [str(gone)]


def test_the_worth_of_a_question_is_what_it_was_chosen_for(films: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[asking.Outlook] = []

    def watched(outlook: asking.Outlook) -> Question | None:
        seen.append(outlook)
        return asking.by_information_gain(outlook)

    monkeypatch.setattr(films.agent, "question", watched)
    first, told = play(films, "new", "suggest something", "why are you asking me that?")
    assert first.question is not None
    assert told.question == first.question, "an answer to it must still be possible"
    claim = told.reasons[0].claims[0]
    gain = asking.gain(seen[0], films.catalogue.schema.field(first.question.field))
    assert claim.slots["bits"] == f"{gain:.2f}"
    assert int(claim.slots["left"]) == round(len(seen[0].rows) / 2**gain)
    answered = play(films, "new", "suggest something", "why do you ask?", first.question.options[0])[-1]
    assert "answer" in answered.understanding.acts


# -- strangers, and a world small enough to check by hand --------------------------------------------------------------


@pytest.mark.parametrize("user", ["new", "ann"])
def test_every_question_has_an_answer_that_is_supported(tiny_bot: Assistant, user: str) -> None:
    questions = (
        "how sure are you?", "what matters most?", "why are you asking me that?", "how come?", "why the first one?",
        "why is the first above the second?", "compare the first and the third", "what if I liked Alien?",
        "what if I had never rated Heat?", "what would make you recommend Fargo?", "Fargo or Aliens?",
        "what do you know about me?", "what if I wanted science fiction?", "why not Titanic?",
    )  # fmt: skip
    for before in ((), ("suggest something",), ("a crime film",), ("I loved Alien", "suggest something")):
        for question in questions:
            *_, told = play(tiny_bot, user, *before, question)
            assert told.grounded, (before, question, told.reply)
            assert len(told.reply) > 10
            assert not re.search(r"\{|\}|\bNone\b(?! of)|  \w", told.reply), told.reply


def test_without_the_only_like_a_stranger_is_a_stranger_again(tiny_bot: Assistant) -> None:
    told = play(tiny_bot, "new", "I loved Alien", "suggest something", "what if I had never said I liked Alien?")[-1]
    stranger = Query(History((), tiny_bot.catalogue.until), 5, exclude=frozenset({2}))
    assert after(told) == ranked(tiny_bot, stranger)


def test_a_like_that_is_supposed_moves_what_is_alike(tiny_bot: Assistant) -> None:
    told = play(tiny_bot, "new", "suggest something", "what if I loved Alien?")[-1]
    said = Event("x", 2, 1.0, tiny_bot.catalogue.until)
    alone = Query(History((said,), tiny_bot.catalogue.until), 5, exclude=frozenset({2}), told=1)
    assert after(told) == ranked(tiny_bot, alone)
    assert np.isin(3, after(told)), "Aliens"


def test_which_of_two_namesakes_is_meant_is_said(tiny_bot: Assistant) -> None:
    conversation = tiny_bot.new_conversation("new")
    tiny_bot.turn(conversation, "I liked Fargo")
    tiny_bot.turn(conversation, "any films for me?")
    told = tiny_bot.turn(conversation, "what would make you recommend King Kong from 1933?")
    if told.question is not None:
        told = tiny_bot.turn(conversation, "King Kong (1933)")
    assert "King Kong (1933)" in told.reply
    told = tiny_bot.turn(conversation, "why is the first one above the second?")
    assert "(19" not in told.reply.replace("King Kong (1933)", "")  # only namesakes need their year
