"""What is asked of the list, of one's own ratings and of the conditions in force: read as a question, answered as one."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from bot.assistant import Assistant
from bot.values import Turn
from retrieval.schema import History, Query


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


# -- one's own ratings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("which did I rate highest?", "Your highest rating is 5 stars: **Fargo**."),
        ("what's my top rated film?", "Your highest rating is 5 stars: **Fargo**."),
        ("what was my lowest rating?", "Your lowest rating is 2 stars: **Titanic**."),
        ("which did i rate the worst", "Your lowest rating is 2 stars: **Titanic**."),
        ("what did I give Heat?", "You gave **Heat** 4 stars in this conversation."),
        ("how many stars did I give Heat and Fargo?", "You gave **Heat** 4 stars in this conversation. You gave "
         "**Fargo** 5 stars in this conversation."),
        ("did I like Alien?", "You said that you like **Alien** in this conversation, without a rating."),
        ("have I seen Casino?", "I know of no rating or opinion of yours on **Casino**."),
        ("what have I rated so far?", "You rated three films: **Titanic** (2 stars), **Fargo** (5 stars) and **Heat** "
         "(4 stars). You also said, without a rating, that you like **Alien**."),
        ("which comedies have I rated?", "You rated one film of that kind (Comedy): **Fargo** (5 stars)."),
        ("how many crime films did I rate?", "You rated two films of that kind (Crime)."),
        ("what did I like?", "These you said you like, or rated above 3 stars: **Alien**, **Fargo** (5 stars) and "
         "**Heat** (4 stars)."),
        ("did I dislike any dramas?", "These of that kind (Drama) you said you don't like, or rated below 3 stars: "
         "**Titanic** (2 stars)."),
        ("what's my average rating?", "Your 3 ratings are 3.67 stars on average."),
        ("what did I give 5 stars?", "You gave 5 stars to one film: **Fargo**."),
        ("what was the last film I rated?", "The last that you rated is **Titanic**: 2 stars in this conversation."),
        ("which of my ratings was the lowest?", "Your lowest rating is 2 stars: **Titanic**."),
        ("have I seen a horror film?", "I know of one film of that kind (Horror) that you know already: **Alien**."),
        ("did I rate King Kong?", "I know of no rating or opinion of yours on **King Kong** and **King Kong**."),
    ],
)  # fmt: skip
def test_ones_own_ratings_are_told(tiny_bot: Assistant, message: str, said: str) -> None:
    turn = play(tiny_bot, "new", "I gave Heat 4, Fargo 5 and Titanic 2", "I love Alien", message)[-1]
    assert (turn.understanding.acts, turn.reply) == (("profile",), said)
    assert turn.evidence
    assert len(turn.profile.beliefs) == 4  # nothing is noted


def test_ratings_of_the_data_are_told_with_their_date(tiny_bot: Assistant) -> None:
    _, best, given = play(tiny_bot, "ann", "I gave Heat 2", "which did I rate highest?", "what did I give Casino?")
    assert best.reply == "Your highest rating is 4.5 stars: **Casino**."  # what was said of Heat replaces its 5 stars
    assert given.reply == "You gave **Casino** 4.5 stars in May 2014."


def test_of_two_namesakes_the_one_that_was_rated_is_meant(tiny_bot: Assistant) -> None:
    (turn,) = play(tiny_bot, "dee", "what did I give King Kong?")
    assert turn.reply == "You gave **King Kong (2005)** 2 stars in May 2014."


@pytest.mark.parametrize("message", ["what do I watch tonight?", "which film should I rate?", "do I like thrillers?"])
def test_other_questions_are_not_about_ones_ratings(tiny_bot: Assistant, message: str) -> None:
    assert play(tiny_bot, "new", message)[0].understanding.asked != "own"


# -- the conditions in force -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("does it have to be a thriller?", "Yes: you asked for Thriller, so nothing else is listed. Say “forget about "
         "Thriller” to drop that."),
        ("must they all be thrillers?", "Yes: you asked for Thriller"),
        ("am I limited to thrillers?", "Yes: you asked for Thriller"),
        ("are you only showing thrillers?", "Yes: you asked for Thriller"),
        ("why only thrillers?", "Because you asked for Thriller: nothing else is listed then."),
        ("must it be a comedy?", "No: you have not asked for that. What holds is Thriller"),
        ("do they all need to be under 2 hours?", "Yes: you asked for running time under 100 minutes"),
        ("do they need to be under an hour?", "No: you have not asked for that."),
        ("does it have to be from the 90s?", "No, not strictly: you said you would prefer 1990 to 1999"),
        ("are horror films excluded?", "Yes: you asked for no Horror, so"),
        ("are comedies ruled out?", "No: you have not asked for that."),
        ("is there a limit on the length?", "For the running time, this holds: running time under 100 minutes."),
        ("what am I filtering by?", "This is what you asked for, and it still holds: Thriller (you said: “a thriller”)"),
        ("which conditions are in force?", "This is what you asked for, and it still holds: Thriller"),
        ("what did I ask for so far?", "This is what you asked for, and it still holds: Thriller"),
        ("what are my filters", "This is what you asked for, and it still holds: Thriller"),
    ],
)  # fmt: skip
def test_the_conditions_in_force_are_told(films: Assistant, message: str, begins: str) -> None:
    said = ("a thriller", "under 100 minutes", "no horror", "ideally from the 90s")
    *_, before, turn = play(films, "new", *said, message)
    assert turn.reply.startswith(begins), turn.reply
    assert turn.profile.constraints == before.profile.constraints
    assert turn.ranked is None


def test_what_is_said_to_drop_a_condition_drops_it(films: Assistant) -> None:
    *_, asked, gone = play(
        films, "new", "a thriller from the 90s", "does it have to be a thriller?", "forget about Thriller"
    )
    assert "“forget about Thriller”" in asked.reply
    assert {c.field for c in gone.profile.constraints} == {"year"}


def test_no_condition_is_said_to_be_none(films: Assistant) -> None:
    _, must, every = play(films, "new", "something like Heat", "must it be a thriller?", "what am I filtering by?")
    assert must.reply == "No: you have not asked for that. You have set no condition at all."
    assert every.reply == "You have set no condition at all. The list is to be in the vein of **Heat**."


# -- likeness ----------------------------------------------------------------------------------------------------------


def likeness(bot: Assistant, targets: tuple[int, ...], row: int) -> float:
    """What asking for something like the targets adds to an item's score."""
    recommender = bot.agent.recommender
    query = Query(History((), bot.catalogue.until), 1, like=targets)
    (scored,) = recommender.decompose(query, np.array([row]))
    return sum(c.value for c in scored.contributions if c.part in ("similar", "similar_taste"))


def named(bot: Assistant, reply: str) -> list[int]:
    titles = {item.title: row for row, item in reversed(list(enumerate(bot.catalogue.items)))}
    return list(dict.fromkeys(titles[title] for title in re.findall(r"\*\*(.+?)\*\*", reply)))


@pytest.mark.parametrize(
    ("message", "target", "first"),
    [
        ("which of these is most like Heat?", "Heat", max),
        ("which one is the closest to Heat?", "Heat", max),
        ("which is most similar to E.T.?", "E.T. the Extra-Terrestrial", max),
        ("whch of these is most simlar to Heat?", "Heat", max),
        ("are any of these like Alien?", "Alien", max),
        ("which of them resembles Alien the most?", "Alien", max),
        ("which is least like Heat?", "Heat", min),
        ("what's the most different from Heat?", "Heat", min),
    ],
)
def test_the_likest_is_so_by_the_recommenders_measure(
    films: Assistant, message: str, target: str, first: Callable[..., int]
) -> None:
    listed, turn = play(films, "new", "a thriller from the 90s", message)
    row = next(i for i, item in enumerate(films.catalogue.items) if item.title == target)
    assert turn.understanding.asked in ("likest", "unlikest")
    assert turn.ranked is None
    told = [one for one in named(films, turn.reply) if one != row]
    assert set(told) == rows(listed) - {row}
    values = [likeness(films, (row,), one) for one in told]
    assert values == sorted(values, reverse=first is max)
    better = sum(likeness(films, (row,), one) > values[0] for one in range(0, 9000, 450) if one != row)
    place = int(re.findall(r"number ([\d,]+) of", turn.reply)[0].replace(",", ""))
    assert (place > 1) >= bool(better)


def test_the_likest_to_what_was_liked(films: Assistant) -> None:
    *_, listed, turn = play(
        films, "new", "I loved Heat and Alien", "a comedy", "which is the most similar to what I liked?"
    )
    liked = tuple(next(i for i, x in enumerate(films.catalogue.items) if x.title == t) for t in ("Heat", "Alien"))
    told = named(films, turn.reply)
    assert set(told) == rows(listed)
    assert told[0] == max(told, key=lambda row: likeness(films, liked, row))


def test_two_are_compared_in_their_likeness(tiny_bot: Assistant) -> None:
    turns = play(tiny_bot, "new", "which is more like Alien: Aliens or Heat?", "is Heat less like Aliens than Alien?")
    assert turns[0].reply.startswith("**Aliens** is closer to **Alien** than **Heat** is. By likeness to **Alien**, ")
    assert turns[1].reply.startswith("**Heat** is further from **Aliens** than **Alien** is.")


@pytest.mark.parametrize(
    "message", ["anything like Heat?", "which film is most like Heat?", "something most like Heat"]
)
def test_asking_for_something_alike_is_no_question_about_the_list(films: Assistant, message: str) -> None:
    _, turn = play(films, "new", "a comedy", message)
    assert turn.ranked is not None
    assert turn.understanding.similar_to


# -- beside a wish -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "asked", "noted"),
    [
        ("how sure are you? And nothing with horror", "sure", "no Horror"),
        ("no war films please. what would make you recommend E.T.?", "takes", "no War"),
        ("what did I give Heat? I loved Fargo by the way", "own", "you like **Fargo**"),
        ("which of these is most like Heat and only R rated ones", "likest", "R"),
        ("only R rated ones. What am I filtering by?", "in_force", "R"),
        ("Heat or Casino? nothing before 1980 though", "either", "years from 1980"),
    ],
)
def test_a_wish_beside_a_question_is_noted(films: Assistant, message: str, asked: str, noted: str) -> None:
    turn = play(films, "new", "a thriller", message)[-1]
    assert turn.understanding.asked == asked
    assert turn.reply.endswith(f"Noted: {noted}.")
    assert turn.grounded


# -- the list itself ---------------------------------------------------------------------------------------------------


def scores(bot: Assistant, turn: Turn) -> dict[str, float]:
    assert turn.ranked is not None
    return {bot.catalogue.items[one.item].title: one.score for one in turn.ranked.items}


@pytest.mark.parametrize(
    "message",
    ["which of these would I like best?", "which would you pick?", "what should I watch first?",
     "which is the best of these?", "which one suits me best?", "which would suit me best?", "what's your top pick?"],
)  # fmt: skip
def test_the_best_of_the_list_has_the_highest_score(films: Assistant, message: str) -> None:
    _, listed, turn = play(films, "new", "I loved Heat and Fargo", "the shortest thrillers", message)
    told = scores(films, listed)
    assert turn.reply.startswith(f"Of these, I would go for **{max(told, key=lambda title: told[title])}**, number ")
    assert turn.ranked is None
    assert turn.grounded


@pytest.mark.parametrize("message", ["why that order?", "how are they sorted?", "why are they in this order?"])
def test_the_order_of_the_list_is_told(films: Assistant, message: str) -> None:
    *_, by_score, _, by_field = play(films, "new", "a thriller", message, "the shortest comedies", message)
    assert by_score.reply.startswith("They stand in the order of their scores for you, the highest first.")
    assert by_field.reply.startswith("You asked for the shortest first, so they stand in that order;")


def test_what_the_list_was_chosen_from_is_counted(tiny_bot: Assistant) -> None:
    turn = play(tiny_bot, "new", "I've seen Heat", "a crime film", "how many did you look at?")[-1]
    assert turn.reply.startswith("I chose from two films: ")  # Casino and Fargo


@pytest.mark.parametrize(
    ("message", "acts", "asked"),
    [
        ("what do you know about my taste?", ("profile",), ""),
        ("who else liked the first one?", ("facts",), ""),
        ("what did you base these on?", ("why",), ""),
        ("how did the 4th get in?", ("why",), ""),
        ("what speaks against the third?", ("why",), ""),
        ("why not something lighter?", ("refine",), ""),
        ("how confident are you in the second?", ("why",), "sure"),
        ("what puts the third ahead of the fourth?", ("compare",), "above"),
        ("what would I have to rate to get Alien?", ("what_if",), "takes"),
        ("whats missing for Alien to be listed", ("what_if",), "takes"),
        ("would Alien be on the list if I didn't care about the year?", ("what_if",), ""),
        ("what if I had told you nothing?", ("what_if",), ""),
        ("do you know what I like?", ("profile",), "own"),
        ("wy the 2nd?", ("why",), ""),
        ("whyyy not casino??", ("why_not",), ""),
        ("hwo sure r u", ("why",), "sure"),
        ("suppose I didn't like Alien, would Casino still be there?", ("what_if",), ""),
        ("can you compare the last two for me", ("compare",), ""),
        ("is the second really a better fit than the third?", ("compare",), ""),
        ("what would drop the first off the list?", ("what_if",), "leaves"),
        ("which of my likes brought in the second?", ("profile",), "matters"),
        ("is Heat the reason for the first?", ("what_if",), ""),
    ],
)
def test_questions_in_other_words(films: Assistant, message: str, acts: tuple[str, ...], asked: str) -> None:
    *_, before, turn = play(films, "new", "I loved Heat", "a thriller from the 90s", message)
    assert (turn.understanding.acts, turn.understanding.asked) == (acts, asked)
    assert turn.profile.constraints == before.profile.constraints
    assert turn.profile.items("liked") == before.profile.items("liked")
    assert turn.grounded


def test_what_is_asked_of_a_supposition_is_not_supposed(films: Assistant) -> None:
    *_, turn = play(films, "new", "a thriller", "suppose I hated Alien, would Casino still be there?")
    assert turn.reply.startswith("Suppose you disliked **Alien**. ")


def test_what_is_told_of_ratings_is_what_the_data_have(films: Assistant) -> None:
    for user in [user for user, _ in films.users(600)][::150]:
        events = films.catalogue.past(user)
        values = {row: value for row, value, _ in events}
        best, worst, mean, many = play(
            films, user, "which did I rate highest?", "what was my lowest rating?", "what's my average rating?",
            "how many films have I rated?",
        )  # fmt: skip
        for turn, value in ((best, max(values.values())), (worst, min(values.values()))):
            assert f" rating is {value:g} star" in turn.reply
            titles = {films.catalogue.items[row].title for row, given in values.items() if given == value}
            assert set(re.findall(r"\*\*(.+?)\*\*", turn.reply)) <= titles
        told = float(re.findall(r"are ([\d.]+) stars on average", mean.reply)[0])
        assert told == pytest.approx(np.mean(list(values.values())), abs=0.0051)
        assert f"{len(values):,}" in many.reply or len(values) <= 10
