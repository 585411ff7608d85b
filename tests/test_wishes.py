"""How people say what they wish for: what they have no more of, how lists are to be chosen, for whom, in how few letters."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from occasion_messages import NO_WISHES, WISHES
from test_understand import read, reader, rows, said

from bot.understand import Context, Reader
from bot.understand.intent import examples
from bot.values import Manner
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.schema import Constraint, Field, Interactions, Item, Schema

# -- what one has, or bears, no more of -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("my husband falls asleep after 100 minutes", 100),
        ("I only have an hour and a half", 90),
        ("my bus leaves in 95 minutes", 95),
        ("the babysitter goes home in two hours", 120),
        ("I lose interest past 120 minutes", 120),
        ("she gets bored after an hour and a half", 90),
        ("can't sit through more than 2 hours", 120),
        ("I won't last longer than 100 minutes", 100),
        ("we've got two hours to kill", 120),
        ("my train leaves in an hour and 50 minutes", 110),
        ("I need to be in bed in 2 hours", 120),
        ("I doze off at 100 minutes", 100),
        ("100 minutes is my limit", 100),
        ("I never watch anything over 150 minutes", 150),
    ],
)
def test_what_one_has_or_bears_no_more_of_is_a_limit(message: str, most: float) -> None:
    u = reader("films").read(message)
    assert u.acts == ("recommend",)
    assert [(c.field, c.op, c.value) for c in u.constraints] == [("runtime", "<=", most)]
    assert u.ignored == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("can't carry more than 300 g", "weight <= 300"),
        ("my back hurts above 300 g", "weight <= 300"),
        ("my bag is full at 300 g", "weight <= 300"),
        ("my wallet has 50 dollars", "price <= 50"),
        ("about 60 dollars left", "price <= 66"),
        ("the airline allows 1.2 kg", "weight <= 1200"),
    ],
)
def test_so_it_is_of_money_and_weight(message: str, expected: str) -> None:
    assert read(message, name="shop") == ["recommend", expected]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("only films over two hours", "recommend; runtime > 120"),
        ("we have more than two hours", "recommend; runtime > 120"),
        ("it has to be over 100 minutes", "recommend; runtime > 100"),
        ("a comedy, my bus leaves in 95 minutes", "recommend; genres includes Comedy; runtime <= 95"),
        ("I have 2 kids and 90 minutes", "recommend; genres includes Children; runtime <= 90"),  # and no count of two
    ],
)
def test_a_wish_for_more_stays_one(message: str, expected: str) -> None:
    assert sorted(read(message)) == sorted(expected.split("; "))


# -- how a list is chosen, and how no longer --------------------------------------------------------------------------

ALL = ("popular", "unfamiliar", "varied")


@pytest.mark.parametrize(
    ("standing", "message", "wanted", "dropped"),
    [
        ("unfamiliar", "no more hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "stop with the hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "not so obscure", (), ("unfamiliar",)),
        ("unfamiliar", "no hidden gems any more", (), ("unfamiliar",)),
        ("unfamiliar", "actually, not hidden gems", (), ("unfamiliar",)),
        ("unfamiliar", "popular ones instead", ("popular",), ()),
        ("popular", "no more popular ones", (), ("popular",)),
        ("popular", "I'm tired of popular films", (), ("popular",)),
        ("popular", "stop showing me mainstream stuff", (), ("popular",)),
        ("popular", "less popular ones", ("unfamiliar",), ()),
        ("varied", "no more variety please", (), ("varied",)),
        ("varied", "back to normal", (), ALL),
        ("popular", "the usual recommendations again", (), ALL),
        (None, "nothing popular please", ("unfamiliar",), ()),
        (None, "not the usual stuff", (), ()),
        (None, "no more popular ones", (), ("popular",)),
    ],
)
def test_what_the_list_was_chosen_by_is_dropped_and_nothing_else_is_forced(
    standing: Manner | None, message: str, wanted: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    shown = rows("films", "Toy Story", "The Godfather", "Fargo")
    context = Context(shown=shown, last=("recommend",), manner=(standing,) if standing else ())
    u = reader("films").read(message, context)
    assert (u.manner, u.relaxed) == (wanted, dropped)
    assert u.mentions == ()
    assert u.constraints == ()
    assert set(u.acts) <= {"recommend", "refine"}


def test_stopping_is_refusing() -> None:
    assert read("I want to stop watching comedies") == ["recommend", "genres excludes Comedy"]
    assert read("stop with the comedies please") == ["recommend", "genres excludes Comedy"]


# -- values of a letter or two ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def records() -> Reader:
    """Records in a shop: formats, grades and sizes of a letter or two; titles that share the name of a line."""
    fields = (
        Field("format", "category", "format"),
        Field("grade", "category", "grade"),
        Field("size", "category", "size"),
        Field("screen", "category", "resolution"),
    )
    schema = Schema(
        name="records",
        title="Records",
        noun="record",
        plural="records",
        nouns=("record", "records"),
        verb="buy",
        fields=fields,
    )
    lines = (
        "LumaBook Air",
        "LumaBook Pro",
        "LumaBook Mini",
        "Velvet Rivers",
        "Hollow Tide",
        "Paper Garden",
        "Otis Vane",
    )
    values = list(zip(("CD", "LP", "MC"), ("A", "B", "C"), ("S", "M", "XL"), ("HD", "4K", "8K"), strict=True)) * 3
    items = tuple(
        Item(str(row), title, dict(zip(("format", "grade", "size", "screen"), values[row], strict=True)))
        for row, title in enumerate(lines)
    )
    nobody = np.zeros(0, dtype=np.int64)
    ratings = np.zeros(0, dtype=np.float32)
    behaviour = Interactions((), nobody, nobody, ratings, ratings, nobody)
    return Reader(Catalogue(schema, items, behaviour), encoder())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("any CDs?", "format == CD"),
        ("something on cd please", "format == CD"),
        ("lps please", "format == LP"),
        ("no MC's", "format != MC"),
        ("any A ones?", "grade == A"),
        ("B records only", "grade == B"),
        ("can I get an A?", "grade == A"),
        ("nothing graded c", "grade != C"),
        ("a B-rated one", "grade == B"),
        ("grade B or better", "grade in B|A"),
        ("an S or XL", "size in S|XL"),
        ("I wear M", "size == M"),
        ("I'm an M", "size == M"),
        ("something cheap, XL", "size == XL"),
        ("a medium record", "size == M"),
        ("in M please", "size == M"),
        ("a 4K one", "screen == 4K"),
        ("at least 4K", "screen in 4K|8K"),
    ],
)
def test_a_letter_beside_a_word_of_its_catalogue_is_a_value(message: str, expected: str, records: Reader) -> None:
    u = records.read(message)
    assert u.acts == ("recommend",)
    assert [w for w in said(u, cast(Catalogue, records.catalogue)) if " " in w and not w.startswith("ignored")] == [
        expected
    ]


@pytest.mark.parametrize(
    "message", ["u r great", "a record please", "A record please", "I want a record", "is it any good?"]
)
def test_small_words_are_no_values(message: str, records: Reader) -> None:
    assert records.read(message).constraints == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("any R films?", "recommend; certificate == R"),
        ("any r films", "recommend; certificate == R"),
        ("the R ones", "recommend; certificate == R"),
        ("no R's", "recommend; certificate != R"),
        ("PG or G", "recommend; certificate in PG|G"),
        ("G movies", "recommend; certificate == G"),
        ("are there R comedies?", "recommend; certificate == R; genres includes Comedy"),
        ("PG-13 or lower", "recommend; certificate in G|PG|PG-13"),
    ],
)
def test_certificates_of_films(message: str, expected: str) -> None:
    assert sorted(read(message)) == sorted(expected.split("; "))


# -- values that several fields share ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scents() -> Reader:
    """Perfumes whose top and base notes share their values, the base having more of each."""
    fields = (
        Field("top_notes", "tags", "top note", synonyms=("top notes",)),
        Field("base_notes", "tags", "base note", synonyms=("base notes",)),
        Field("house", "category", "house"),
    )
    schema = Schema(
        "scents", "Scents", "perfume", "perfumes", nouns=("perfume", "perfumes"), verb="wear", fields=fields
    )
    notes = ("Oud", "Rose", "Musk")
    items = tuple(
        Item(str(row), title, {"top_notes": (notes[row % 3],), "base_notes": notes[: 1 + row % 3], "house": "Oud"})
        for row, title in enumerate(("Velvet", "Hollow", "Paper", "Otis", "Rivers", "Garden"))
    )
    nobody = np.zeros(0, dtype=np.int64)
    ratings = np.zeros(0, dtype=np.float32)
    return Reader(Catalogue(schema, items, Interactions((), nobody, nobody, ratings, ratings, nobody)), encoder())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no rose please", {("base_notes", "excludes", "Rose"), ("top_notes", "excludes", "Rose")}),
        ("no rose in the base notes", {("base_notes", "excludes", "Rose")}),
        ("no rose in the top notes", {("top_notes", "excludes", "Rose")}),
        ("a perfume with rose", {("base_notes", "includes", "Rose")}),
        ("rose in the top notes", {("top_notes", "includes", "Rose")}),
    ],
)
def test_a_value_is_refused_in_every_list_that_has_it(
    message: str, expected: set[tuple[str, str, str]], scents: Reader
) -> None:
    u = scents.read(message)
    assert {(c.field, c.op, c.value) for c in u.constraints} == expected
    assert u.ignored == ()


# -- brands, product lines and series ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "words"),
    [("a LumaBook", "LumaBook"), ("any lumabooks?", "lumabooks"), ("something by LumaBook", "LumaBook"),
     ("I'd like a LumaBook on LP", "LumaBook")],
)  # fmt: skip
def test_a_word_that_titles_share_is_searched(message: str, words: str, records: Reader) -> None:
    u = records.read(message)
    assert (u.acts, u.text, u.ignored) == (("recommend",), words, ())


@pytest.mark.parametrize("message", ["no LumaBooks", "anything but a LumaBook"])
def test_where_it_is_refused_all_that_have_it_are(message: str, records: Reader) -> None:
    u = records.read(message)
    assert (u.acts, u.text, u.ignored, u.unwanted) == (("recommend",), "", (), (0, 1, 2))


@pytest.mark.parametrize(
    ("message", "kongs"), [("a King Kong", True), ("any King Kong films?", True), ("more King Kong please", True),
                           ("I loved King Kong", False), ("tell me about King Kong", False)],
)  # fmt: skip
def test_a_series_is_a_wish_for_any_of_it_unless_one_is_spoken_of(message: str, kongs: bool) -> None:
    u = reader("films").read(message)
    assert (u.text == "King Kong", u.mentions == ()) == (kongs, kongs)
    assert ("recommend" in u.acts) == kongs


# -- whose taste it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("my friend loves westerns, I can't stand them", "recommend; genres excludes Western"),
        ("my wife wants romance but I want comedy", "recommend; genres includes Romance; genres includes Comedy"),
        ("my son likes animation", "recommend; ~genres includes Animation"),
        ("he's into westerns", "recommend; ~genres includes Western"),
        ("my dad is a big fan of westerns", "recommend; ~genres includes Western"),
        ("my girlfriend hates horror", "recommend; genres excludes Horror"),
        ("my partner doesn't like horror", "recommend; genres excludes Horror"),
        ("it's for a friend who hates comedies", "recommend; genres excludes Comedy"),
        ("my wife loved Casablanca", "recommend; =Casablanca; similar Casablanca"),
        ("my boyfriend hated Fargo", "recommend; =Fargo; unwanted Fargo"),
        ("my husband has already seen Fargo", "recommend; =Fargo; unwanted Fargo"),
        ("something my wife would like, she loves Casablanca", "recommend; =Casablanca; similar Casablanca"),
        ("for my husband, who liked The Matrix", "recommend; =The Matrix; similar The Matrix"),
        ("I loved Fargo, my wife hated it", "like; recommend; +Fargo; unwanted Fargo"),
        ("people love Fargo", "facts; =Fargo"),
        ("my friend said Fargo is great", "facts; =Fargo"),
        # and what is the speaker's own
        ("I watched Fargo with my wife and loved it", "like; seen; +Fargo"),
        ("my wife and I loved Fargo", "like; +Fargo"),
        ("we both hated Fargo", "dislike; -Fargo"),
        ("my friends and I like westerns", "like; ~genres includes Western"),
    ],
)
def test_what_a_companion_likes_steers_the_list_and_is_no_taste_of_the_speakers(message: str, expected: str) -> None:
    assert sorted(read(message)) == sorted(expected.split("; "))


@pytest.mark.parametrize("message", ["my 5 year old is into animation", "something animated for my little son"])
def test_who_it_is_for_is_no_word_to_search(message: str) -> None:
    u = reader("films").read(message)
    assert (u.text, u.ignored, [c.field for c in u.constraints]) == ("", (), ["genres"])


# -- an occasion instead of a description -----------------------------------------------------------------------------

WANTED = frozenset({"recommend", "refine"})


@pytest.mark.parametrize("name", ["films", "shop", "recipes"])
def test_an_occasion_is_a_wish_and_what_is_no_wish_stays_outside(name: str) -> None:
    """Held out from what the classifier learned; measured in docs/understanding.md, a little slack for other machines."""
    learned = set(examples(reader(name).catalogue.schema).texts)
    assert not learned & {*WISHES[name], *NO_WISHES}
    heard = [m for m in WISHES[name] if WANTED & set(reader(name).read(m).acts)]
    meant = [m for m in NO_WISHES if WANTED & set(reader(name).read(m).acts)]
    assert len(heard) >= 0.83 * len(WISHES[name]), set(WISHES[name]) - set(heard)
    assert len(meant) <= 0.12 * len(NO_WISHES), meant


@pytest.mark.parametrize("name", ["films", "shop", "recipes"])
@pytest.mark.parametrize(
    "message",
    ["what's good for a lazy sunday?", "what goes well with pizza?", "something for date night",
     "what should I take on a long flight?", "My kids are 6 and 8, it's raining, help"],
)  # fmt: skip
def test_occasions_set_no_bounds_and_are_searched_or_named(message: str, name: str) -> None:
    u = reader(name).read(message)
    assert "recommend" in u.acts
    assert all(c.op in ("includes", "==") for c in u.constraints)  # "kids" may be a value; 6, 8 and "long" are none
    assert u.text or u.ignored


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("after a long day a comedy", "recommend; genres includes Comedy; ignored long day"),
        ("my old one broke, any westerns?", "recommend; genres includes Western; ignored old; ignored broke"),
        ("I had a rough day, a comedy please", "recommend; genres includes Comedy; ignored rough"),
        ("a long comedy", "recommend; genres includes Comedy; runtime >= 118"),
    ],
)
def test_what_is_said_of_the_day_is_not_said_of_the_item(message: str, expected: str) -> None:
    assert sorted(read(message)) == sorted(expected.split("; "))


def test_a_journey_has_no_date_of_an_item() -> None:
    assert read("I'm going to Iceland in March", name="recipes") == ["recommend", "ignored Iceland", "ignored March"]
    assert any(word.startswith("added >=") for word in read("anything added in March?", name="recipes"))


# -- what ordinary people say on the way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "standing", "expected"),
    [
        ("older ones, from before 1980", (), "refine; year < 1980"),
        ("shorter, my bus leaves in 2 hrs", (), "refine; runtime <= 120"),
        ("well ok, 120", (Constraint("runtime", "<", 100),), "refine; runtime < 120"),
        ("actually 110 is ok", (Constraint("runtime", "<=", 100),), "refine; runtime <= 110"),
        ("ok 3 more please", (Constraint("runtime", "<", 100),), "refine; more; count 3"),
        ("actually, 3 films", (Constraint("runtime", "<", 100),), "refine; count 3"),
        ("1995 films", (), "refine; year == 1995"),
        ("nah, a western, idk", (), "refine; genres includes Western"),
        ("without violence pls", (), "refine; ignored violence"),
        ("they've seen Fargo", (), "refine; =Fargo; unwanted Fargo"),
    ],
)
def test_corrections_and_asides(message: str, standing: tuple[Constraint, ...], expected: str) -> None:
    shown = rows("films", "Toy Story", "The Godfather", "Casablanca")
    context = Context(shown=shown, last=("recommend",), constraints=standing)
    assert sorted(read(message, context)) == sorted(expected.split("; "))


def test_what_a_list_is_measured_by_is_not_asked_about() -> None:
    shown = rows("films", "Toy Story", "The Godfather", "Casablanca")
    u = reader("films").read("older than that", Context(shown=shown, last=("recommend",)))
    assert ([(c.field, c.op, c.value) for c in u.constraints], u.mentions) == ([("year", "<", 1972)], ())


@pytest.mark.parametrize(
    ("message", "standing", "expected"),
    [
        ("or a western", "Comedy", "refine; relaxed Comedy; genres in Comedy|Western"),
        ("westerns would be ok too", "Comedy", "refine; relaxed Comedy; genres in Comedy|Western"),
        ("a western too", "Comedy", "refine; genres includes Western"),
    ],
)
def test_a_further_choice_joins_the_one_that_stands(message: str, standing: str, expected: str) -> None:
    shown = rows("films", "Toy Story", "Airplane!")
    context = Context(shown=shown, last=("recommend",), constraints=(Constraint("genres", "includes", standing),))
    assert sorted(read(message, context)) == sorted(expected.split("; "))


@pytest.mark.parametrize(
    ("message", "name", "expected"),
    [
        ("hmm no, more like Fargo", "films", "recommend; =Fargo; similar Fargo"),
        ("a western, I have to be up early", "films", "recommend; genres includes Western; ignored early"),
        ("I already have headphones, what else is waterproof?", "shop",
         "recommend; kind != Headphones; features includes Waterproof"),
        ("my budget ends at 100", "shop", "recommend; price <= 100"),
        ("films with Kong Kingsley", "films", "recommend; ignored Kong Kingsley"),  # no title has the whole name
    ],
)  # fmt: skip
def test_small_things_that_turned_a_wish_around(message: str, name: str, expected: str) -> None:
    assert sorted(read(message, name=name)) == sorted(expected.split("; "))
