"""Simulated people, and the fast path that they talk on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from bot.agent import Agent
from bot.asking import by_information_gain
from bot.assistant import Assistant
from bot.evaluation import held_out
from bot.evaluation.conversation import Conversation, Notebook, Remembering, Unexplained
from bot.evaluation.dialogue import Dialogue, Exchange, Ledger, evaluate
from bot.evaluation.figures import Bootstrap, report
from bot.evaluation.likeness import Likeness
from bot.evaluation.people import KINDS, Person, kind, people
from bot.evaluation.person import Said, Seen, Talker
from bot.evaluation.policies import POLICIES, unweighted_entropy
from bot.evaluation.speech import slips, statement
from bot.evaluation.wishes import Wish, Wishes
from bot.memory import Memory
from bot.understand import Context, Reader
from bot.values import Profile, Question, Understanding
from bot.writer import Writer
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.errors import UsageError
from retrieval.recommend import Recommender
from retrieval.schema import Constraint, Field, Interactions, Item, Schema

FIELDS = (
    Field("kind", "category", "kind"),
    Field("colours", "tags", "colour"),
    Field("parts", "list", "part"),
    Field("price", "number", "price", "$", less=("cheaper",), more=("dearer",)),
    Field("made", "number", "year", "year", more=("newer",), less=("older",)),
    Field("size", "number", "size", "cm"),
    Field("depth", "number", "depth", "cm"),
    Field("sold", "number", "sold"),
    Field("washable", "flag", "washable"),
    Field("released", "date", "release date", more=("newer",), less=("older",)),
    Field("notes", "text", "notes"),
)
MANNERS = ("category", "tags", "list", "number", "year", "plain", "plain", "count", "flag", "date", None)


def shop(size: int = 400, behaviour: bool = True) -> Catalogue:
    """Things with every kind of field, some unknown, and people who like neighbouring things."""
    rng = random.Random(0)
    items = []
    for number in range(size):
        values = {
            "kind": rng.choice(("Chair", "Lamp", "Table")),
            "colours": tuple(rng.sample(("Red", "Green", "Blue", "White"), 2)),
            "parts": tuple(rng.sample([f"Part {n}" for n in range(30)], 3)),
            "price": float(rng.randint(5, 400)),
            "made": rng.randint(1950, 2020),
            "size": rng.randint(20, 220),
            "depth": rng.randint(20, 220),
            "sold": 10 ** rng.randint(0, 5),
            "washable": rng.random() < 0.5,
            "released": f"{rng.randint(2000, 2020)}-05-01",
            "notes": "made by hand",
        }
        items.append(Item(f"i{number}", f"Thing {number}", {k: v for k, v in values.items() if rng.random() < 0.9}))
    schema = Schema("shop", "A shop", "thing", "things", ("thing", "things"), FIELDS)
    users = np.repeat(np.arange(40), 12) if behaviour else np.zeros(0, dtype=np.int64)
    rows = np.array([(u * 7 + n) % size for u in range(40) for n in range(12)] if behaviour else [], dtype=np.int64)
    ones = np.ones(len(rows), dtype=np.float32)
    ids = tuple(f"u{u}" for u in range(40)) if behaviour else ()
    return Catalogue(schema, tuple(items), Interactions(ids, users, rows, ones, ones, np.arange(len(rows))))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shop()


# -- who they are ------------------------------------------------------------------------------------------------------


def test_every_kind_of_field_is_talked_about_in_its_own_way(catalogue: Catalogue) -> None:
    assert tuple(Wishes(catalogue).manners.get(f.name) for f in FIELDS) == MANNERS


@pytest.mark.parametrize("name", KINDS)
def test_what_people_want_is_true_of_what_they_would_accept(catalogue: Catalogue, name: str) -> None:
    wishes = Wishes(catalogue)
    split = held_out.split(catalogue)
    drawn = people(split.catalogue, getattr(split, name), kind(name), 300, 0)
    for person in drawn:
        assert 2 <= len(person.wishes) <= 4
        assert len({w.field for w in (*person.wishes, *person.formed)}) == len(person.wishes) + len(person.formed)
        for wish in (*person.wishes, *person.formed):
            assert wishes.satisfying(wish.constraints)[person.target]
        assert person.target not in person.told
    assert {w.reveal for p in drawn for w in p.wishes} == {"volunteered", "asked", "rejecting"}
    ops = {c.op for p in drawn for w in p.wishes for c in w.constraints}
    assert ops == {"==", "!=", "includes", "excludes", "<", "<=", ">", ">="}
    assert drawn == people(split.catalogue, getattr(split, name), kind(name), 300, 0)
    assert drawn != people(split.catalogue, getattr(split, name), kind(name), 300, 1)


def test_nobody_a_ranker_learns_from_is_simulated(catalogue: Catalogue) -> None:
    split = held_out.split(catalogue)
    known = {catalogue.interactions.user_ids[u] for u in split.catalogue.interactions.users.tolist()}
    tuning, final = ({p.user for p in pasts} for pasts in (split.tuning, split.final))
    assert len(tuning) == len(final) == 5
    assert not tuning & final
    assert not known & (tuning | final)
    liked = {p.user: p.liked for p in split.tuning}
    for person in people(split.catalogue, split.tuning, kind("tuning"), 100, 0):
        own = liked[person.source]
        assert all(own.index(row) < own.index(person.target) for row in person.told)


def test_without_behaviour_what_sells_is_wanted_more_often() -> None:
    catalogue = shop(behaviour=False)
    split = held_out.split(catalogue)
    assert split.tuning == ()
    drawn = people(catalogue, split.tuning, kind("tuning"), 200, 0)
    sold = [catalogue.items[p.target].attributes.get("sold", 0) for p in drawn]
    assert sum(s == 100_000 for s in sold) > 100
    assert not any(p.told for p in drawn)


@pytest.mark.parametrize("name", KINDS)
def test_every_wish_can_be_said(catalogue: Catalogue, name: str) -> None:
    rng, said = random.Random(0), set()
    for person in people(catalogue, (), kind(name), 300, 0):
        for wish in (*person.wishes, *person.formed):
            said.add((wish.field, len(wish.constraints), wish.constraints[0].op))
            text = statement(rng, kind(name), wish, catalogue)
            assert "{" not in text
    assert len(said) > 20


@pytest.mark.parametrize("name", KINDS)
def test_what_is_said_is_understood(catalogue: Catalogue, name: str) -> None:
    """Whoever reads it keeps to it: what is understood lets nothing through that the words rule out."""
    reader, rng, wishes = Reader(catalogue, encoder()), random.Random(1), Wishes(catalogue)
    for person in people(catalogue, (), kind(name), 60, 1):
        for wish in (*person.wishes, *person.formed):
            text = statement(rng, kind(name), wish, catalogue)
            asked = Context(question=Question(wish.field, "?", ("no preference",), ((),)))  # two fields are years
            hard = tuple(c for c in reader.read(text, asked).constraints if c.hard)
            assert not (wishes.satisfying(hard) & ~wishes.satisfying(wish.constraints)).any(), (text, hard)


def test_a_slip_changes_letters_of_one_word_and_no_figure() -> None:
    of = replace(kind("tuning"), rates={**kind("tuning").rates, "typo": 1.0, "lowercase": 0.0})
    message = "Recommend something under 12345 minutes"
    for seed in range(200):
        slipped = slips(random.Random(seed), of, message)
        changed = [(a, b) for a, b in zip(message.split(), slipped.split(), strict=True) if a != b]
        assert len(changed) <= 1
        assert "12345" in slipped
    assert slips(random.Random(0), replace(of, rates={**of.rates, "typo": 0.0}), message) == message


# -- what they do ------------------------------------------------------------------------------------------------------


def talker(catalogue: Catalogue, wishes: Sequence[Wish], seed: str = "p", **rates: float) -> Talker:
    of = kind("tuning")
    calm = {"aside": 0.0, "typo": 0.0, "lowercase": 0.0, "unsure": 0.0, "react": 0.0, "own_words": 0.0}
    of = replace(of, rates={**of.rates, **calm, "unknown_pair": 0.0, **rates})
    vectors = np.eye(len(catalogue.items), dtype=np.float32)
    person = Person(seed, "u", 0, (), tuple(wishes), (), frozenset())
    return Talker(person, of, Wishes(catalogue), Likeness(catalogue, vectors))


def red(reveal: str, op: str = "includes") -> Wish:
    return Wish("colours", (Constraint("colours", op, "Red"),), reveal)  # type: ignore[arg-type]


COLOURS = Question(
    "colours",
    "Which colour?",
    ("Blue", "Red", "no preference"),
    ((Constraint("colours", "includes", "Blue"),), (Constraint("colours", "includes", "Red"),), ()),
)


def with_target(catalogue: Catalogue, **values: object) -> Catalogue:
    """The catalogue with known values for item 0."""
    first = replace(catalogue.items[0], attributes={**catalogue.items[0].attributes, **values})
    return replace(catalogue, items=(first, *catalogue.items[1:]))


def test_what_is_volunteered_is_said_at_once_and_the_rest_is_not(catalogue: Catalogue) -> None:
    assert talker(catalogue, [red("volunteered")]).open().stated == (Constraint("colours", "includes", "Red"),)
    for reveal in ("asked", "rejecting"):
        opening = talker(catalogue, [red(reveal)]).open()
        assert opening.stated == ()
        assert "red" not in opening.message.lower()


def test_who_is_asked_picks_the_option_that_they_want(catalogue: Catalogue) -> None:
    catalogue = with_target(catalogue, colours=("Red", "Blue"))
    said = talker(catalogue, [red("asked")]).reply(2, Seen((5,), COLOURS))
    assert "Red" in said.message
    assert "Blue" not in said.message
    assert said.stated == (Constraint("colours", "includes", "Red"),)
    assert said.settled == ("colours",)


@pytest.mark.parametrize("name", KINDS)
def test_a_flag_is_answered_with_yes_or_no(catalogue: Catalogue, name: str) -> None:
    question = Question("washable", "Should it be washable?", ("yes", "no", "no preference"))
    for value in (True, False):
        wish = Wish("washable", (Constraint("washable", "==", value),), "asked")
        person = talker(with_target(catalogue, washable=value), [wish])
        person.of = replace(person.of, words=kind(name).words)
        said = person.reply(2, Seen((5,), question))
        assert said.stated == wish.constraints
        assert said.message.lower().startswith("y") is value


def test_who_knows_it_only_when_they_see_it_cannot_answer_but_objects(catalogue: Catalogue) -> None:
    catalogue = with_target(catalogue, colours=("Blue", "White"))
    wish = red("rejecting", "excludes")
    said = talker(catalogue, [wish]).reply(2, Seen((), COLOURS))
    assert said.stated == ()
    wrong = next(r for r, i in enumerate(catalogue.items) if r and "Red" in i.attributes.get("colours", ()))
    right = next(r for r, i in enumerate(catalogue.items) if r and "Red" not in i.attributes.get("colours", ("Red",)))
    said = talker(catalogue, [wish], rejecting=1.0, by_value=1.0).reply(2, Seen((right, wrong), None))
    assert said.stated == wish.constraints
    said = talker(catalogue, [wish], rejecting=1.0, by_value=0.0).reply(2, Seen((right, wrong), None))
    assert said.rejected == (wrong,)
    assert talker(catalogue, [wish], rejecting=1.0, refuse=0.0).reply(2, Seen((right,), None)).rejected == ()


def test_beyond_a_bound_the_comparative_is_asked_for(catalogue: Catalogue) -> None:
    catalogue = with_target(catalogue, price=20.0)
    wish = Wish("price", (Constraint("price", "<=", 50),), "rejecting")
    dear = next(r for r, i in enumerate(catalogue.items) if float(str(i.attributes.get("price", 0))) > 50)
    assert "heaper" in talker(catalogue, [wish], rejecting=1.0, by_value=1.0).reply(2, Seen((dear,), None)).message


def test_of_a_pair_the_one_that_shares_more_is_closer(catalogue: Catalogue) -> None:
    target = catalogue.items[0]
    twin = replace(target, id="twin", title="The Twin")
    other = Item("other", "The Other", {"kind": "Nothing", "colours": ("None",), "price": 1.0, "size": 1, "depth": 1})
    catalogue = replace(catalogue, items=(target, twin, other, *catalogue.items[3:]))
    question = Question("", "A or B?", ("The Other", "The Twin", "neither"), pair=(2, 1))
    for seed in range(20):
        said = talker(catalogue, [], str(seed)).reply(2, Seen((5,), question)).message
        assert "The Twin" in said or "second" in said
    alike = Question("", "A or B?", ("The Twin", "The Twin", "neither"), pair=(1, 1))
    assert "either" in talker(catalogue, []).reply(2, Seen((5,), alike)).message


def test_all_that_is_random_follows_from_the_person_and_the_turn(catalogue: Catalogue) -> None:
    one, other = talker(catalogue, [red("asked")]), talker(catalogue, [red("asked")])
    one.open()
    one.reply(2, Seen((5,), None))
    assert one.reply(3, Seen((6,), COLOURS)) == other.reply(3, Seen((6,), COLOURS))


# -- what is counted ---------------------------------------------------------------------------------------------------


def test_the_ledger_holds_the_bot_to_what_was_said(catalogue: Catalogue) -> None:
    ledger = Ledger(Wishes(catalogue))
    wanted = Constraint("colours", "includes", "Red")
    ledger.hear(Said("", (wanted,), liked=(7,), rejected=(8,), settled=("colours",)))
    fitting = np.flatnonzero(catalogue.matches(wanted)).tolist()
    failing = np.flatnonzero(~catalogue.matches(wanted)).tolist()
    assert ledger.violations(fitting[:5]) == ()
    assert ledger.violations((fitting[0], failing[0])) == ((failing[0], wanted),)
    assert ledger.contradictions((9,), None, Profile()) == ()
    assert ledger.contradictions((8,), COLOURS, Profile()) == ("shown_again", "asked_again")
    pair = Question("", "A or B?", ("A", "B"), pair=(1, 2))
    assert ledger.contradictions((), pair, Profile()) == ()
    assert ledger.contradictions((), replace(pair, pair=(2, 1)), Profile()) == ("asked_again",)


def test_believing_the_opposite_is_a_contradiction(catalogue: Catalogue) -> None:
    from bot.values import Belief

    ledger = Ledger(Wishes(catalogue))
    ledger.hear(Said("", (Constraint("price", "<", 100),), liked=(7,)))
    for belief, count in (
        (Belief("constraint", 1, constraint=Constraint("price", ">", 200)), 1),
        (Belief("constraint", 1, constraint=Constraint("price", ">", 50)), 0),
        (Belief("disliked", 1, item=7), 1),
        (Belief("liked", 1, item=7), 0),
    ):
        assert ledger.contradictions((), None, Profile((belief,))) == ("opposite",) * count


def dialogues(found: Sequence[int], sources: Sequence[str]) -> list[Dialogue]:
    exchange = Exchange(Said(""), (), None, Understanding("", ()), Profile(), (), ())
    made = zip(found, sources, strict=True)
    return [Dialogue(Person("", s, 0, (), (), (), frozenset()), (exchange,) * (f or 5), f, f) for f, s in made]


def test_figures_are_the_rates_and_their_ratios_on_the_same_people() -> None:
    sources = [str(n) for n in range(200)]
    ours, never = dialogues([1, 5, 5, 0] * 50, sources), dialogues([5, 0, 0, 0] * 50, sources)
    out = report({"information_gain": ours, "never_ask": never}, 5, 0)
    success = out["policies"]["information_gain"]["success"]
    assert [success[str(t)]["value"] for t in range(1, 6)] == [0.25, 0.25, 0.25, 0.25, 0.75]
    low, high = success["5"]["interval"]
    # the standard error of a rate of 0.75 among 200 is 0.0306
    assert low == pytest.approx(0.75 - 1.96 * 0.0306, abs=0.012)
    assert high == pytest.approx(0.75 + 1.96 * 0.0306, abs=0.012)
    assert out["best_other"] == "never_ask"
    assert out["ratios"]["never_ask"]["value"] == 3.0
    low, high = out["ratios"]["never_ask"]["interval"]
    assert 2.2 < low < 3 < high < 4.3


def test_people_of_one_source_are_resampled_together() -> None:
    values = np.repeat(np.array([0.0, 1.0]), 50)
    together, apart = Bootstrap(["a"] * 50 + ["b"] * 50, 0), Bootstrap([str(n) for n in range(100)], 0)
    assert together.mean(values)["interval"] == [0.0, 1.0]
    low, high = apart.mean(values)["interval"]
    assert 0.38 < low < high < 0.62


def test_a_ratio_to_what_never_succeeds_has_no_value() -> None:
    assert Bootstrap(["a", "b"], 0).ratio(np.ones(2), np.zeros(2)) == {"value": None, "interval": None}


# -- the fast path -----------------------------------------------------------------------------------------------------

MESSAGES = (
    ("I loved Alien. What should I watch?", "None of those. Something from the 90s", "why the first one?", "not the second one", "more please"),
    ("any ideas for a film?", "comedy, I think", "I don't mind", "what's the weather like?", "something else. No horror"),
    ("hello", "I hated Heat", "a thriller under two hours", "No idea.", "the first one"),
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tiny_home: Path) -> Recommender:
    return Recommender.open(tiny_home, "tiny", encoder())


@pytest.fixture(scope="module")
def readers(served: Recommender) -> tuple[Reader, Reader]:
    """As served, and as simulated."""
    return Reader(served.catalogue, encoder()), Reader(served.catalogue, Remembering(encoder()))


@pytest.mark.parametrize("messages", MESSAGES)
def test_the_fast_path_shows_and_asks_what_a_real_turn_does(
    served: Recommender, readers: tuple[Reader, Reader], messages: tuple[str, ...]
) -> None:  # fmt: skip
    reader, writer = readers[0], Writer(None, served.catalogue)
    memory = Memory("sqlite://", "tiny")
    real = Assistant(Agent(served, memory, reader, writer, by_information_gain), memory)
    conversation = real.new_conversation("new")
    bare = Unexplained(served.catalogue, served.index, served.ranker, Remembering(encoder()))
    fast = Conversation(Agent(bare, Notebook(), readers[1], writer), "someone")
    for message in messages:
        turn = real.turn(conversation, message)
        items, question, understanding, profile = fast.turn(message)
        shown = turn.ranked.items if turn.ranked else ()
        assert items == tuple(scored.item for scored in shown)
        assert question == turn.question
        assert understanding == turn.understanding
        assert profile.constraints == turn.profile.constraints
        assert profile.items("disliked") == turn.profile.items("disliked")


def test_policies_differ_in_what_they_ask_and_people_do_not(tiny_home: Path) -> None:
    out = evaluate(tiny_home, "tiny", encoder(), dialogues=6, turns=3)
    assert set(out["policies"]) == set(POLICIES)
    assert out["policies"]["never_ask"]["questions"]["value"] == 0
    first = {of["success"]["1"]["value"] for of in out["policies"].values()}
    assert len(first) == 1  # before anything was asked, all show the same
    assert out == evaluate(tiny_home, "tiny", encoder(), dialogues=6, turns=3)
    for wrong in ({"of": "nobody"}, {"policies": ["guess"]}, {"dialogues": 0}):
        with pytest.raises(UsageError):
            evaluate(tiny_home, "tiny", encoder(), **wrong)  # type: ignore[arg-type]


def test_entropy_counts_every_candidate_alike() -> None:
    from bot.asking import outlook
    from bot.profile import Standing
    from retrieval.schema import Ranked

    catalogue = tiny.catalogue()
    eligible = np.arange(len(catalogue.items))
    vectors = np.eye(len(catalogue.items), dtype=np.float32)
    head = tuple((int(row), float(-row)) for row in eligible)
    seen = outlook(catalogue, vectors, Standing(), eligible, Ranked((), len(eligible), head=head))
    question = unweighted_entropy(seen)
    assert question is not None
    assert question.field in {f.name for f in seen.open_fields()}
