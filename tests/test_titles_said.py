"""Titles in the sentences that people put titles into, whatever words, numbers and stops are in them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import understand_catalogues as catalogues
from titles_said import ambiguous, every

from bot.understand import Reader
from bot.understand.clean import clean
from bot.understand.tokens import fraction, fractions_apart, norms, tokenize
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.versions import open_folder

SIGNS = re.compile(r"[:?!.&]|,|\d| - | or | and |\b(?:No|Not|Never|I|You|What|My|More|Love|Like|Without|Good|Best)\b")


@pytest.fixture(scope="module")
def films(movielens_home: Path) -> Reader:
    folder = open_folder(movielens_home, "movielens")
    return Reader(Catalogue.load(folder / "catalogue"), encoder(), movielens_home / "cache")


def test_any_title_is_read_whole(films: Reader) -> None:
    shared = ambiguous(films.catalogue)
    rows = [row for row in range(len(films.catalogue.items)) if row not in shared]
    odd = [row for row in rows if SIGNS.search(films.catalogue.items[row].title)]
    articled = [row for row in rows if re.match("An? ", films.catalogue.items[row].title)]
    drawn = random.Random(22)
    wrong = [
        message
        for _, _, outcome, message in every(
            films, [*drawn.sample(rows, 15), *drawn.sample(odd, 30), *drawn.sample(articled, 15)]
        )
        if outcome != "right"
    ]
    assert not wrong


@pytest.mark.parametrize("made", [catalogues.films, catalogues.shop, catalogues.recipes])
def test_every_title_of_a_small_catalogue(made: Callable[[], Catalogue]) -> None:
    reader = Reader(made(), encoder())
    shared = ambiguous(reader.catalogue)
    rows = [row for row in range(len(reader.catalogue.items)) if row not in shared]
    wrong = [message for _, _, outcome, message in every(reader, rows) if outcome != "right"]
    assert not wrong


@pytest.mark.parametrize(
    ("message", "titles"),
    [
        (
            "compare Star Wars: Episode VI - Return of the Jedi and Toy Story",
            ["Star Wars: Episode VI - Return of the Jedi", "Toy Story"],
        ),
        (
            "what if I hated Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb?",
            ["Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb"],
        ),
        ("i hated while you were sleeping", ["While You Were Sleeping"]),
        ("I hated While You Were Sleeping", ["While You Were Sleeping"]),
        ("I loved South Park: Bigger, Longer and Uncut", ["South Park: Bigger, Longer and Uncut"]),
        ("how sure are you about 300?", ["300"]),
        ("what if I had never rated Naked Gun 33 1/3?", ["Naked Gun 33 1/3: The Final Insult"]),
        ("compare Heat and 2046", ["Heat", "2046"]),
        ("is Heat better than Casino?", ["Heat", "Casino"]),
    ],
)
def test_titles_that_were_misread(films: Reader, message: str, titles: list[str]) -> None:
    u = films.read(message)
    assert [films.catalogue.items[m.items[0]].title for m in u.mentions] == titles
    assert (u.constraints, u.ignored, u.toward, u.order, u.relaxed) == ((), (), (), None, ())


@pytest.mark.parametrize(
    ("message", "acts"),
    [
        ("how do you know that?", ("why", "facts", "smalltalk", "out_of_scope", "help")),
        ("something I saw the first time round", ("recommend",)),
    ],
)
def test_a_sentence_that_holds_the_words_of_a_title_is_none(films: Reader, message: str, acts: tuple[str, ...]) -> None:
    u = films.read(message)
    assert not u.mentions
    assert u.acts[0] in acts


@pytest.mark.parametrize(
    ("message", "acts", "asked", "titles"),
    [
        ("what would make you recommend E.T.?", ("what_if",), "takes", ["E.T. the Extra-Terrestrial"]),
        ("why not E.T.?", ("why_not",), "", ["E.T. the Extra-Terrestrial"]),
        ("would I like E.T.?", ("why",), "verdict", ["E.T. the Extra-Terrestrial"]),
        ("compare E.T. and M*A*S*H", ("compare",), "", ["E.T. the Extra-Terrestrial", "M*A*S*H"]),
        ("Airplane! or E.T.?", ("compare",), "either", ["Airplane!", "E.T. the Extra-Terrestrial"]),
        ("why is E.T. above Airplane!?", ("compare",), "above", ["E.T. the Extra-Terrestrial", "Airplane!"]),
        ("would I like What About Bob?", ("why",), "verdict", ["What About Bob?"]),
        ("is When Harry Met Sally... a comedy?", ("facts",), "", ["When Harry Met Sally..."]),
        ("is Fargo (1996) a comedy?", ("facts",), "", ["Fargo"]),
        ("is fargo (1996) a comedy?", ("facts",), "", ["Fargo"]),
        ("Fargo (1996) was great", ("like",), "", ["Fargo"]),
        ("why is Fargo (1996) above Heat (1995)?", ("compare",), "above", ["Fargo", "Heat"]),
        ("Titanic (1953) or Titanic (1997)?", ("compare",), "either", ["Titanic", "Titanic"]),
    ],
)
def test_no_stop_or_bracket_of_a_title_ends_a_sentence(
    films: Reader, message: str, acts: tuple[str, ...], asked: str, titles: list[str]
) -> None:
    u = films.read(message)
    assert (u.acts, u.asked) == (acts, asked)
    assert [films.catalogue.items[row].title for m in u.mentions for row in m.items] == titles
    assert (u.constraints, u.ignored) == ((), ())


@pytest.mark.parametrize("title", ["Ombre No. 5½", "8½", "Half of ¾ Time"])
def test_a_fraction_of_one_character_is_a_word_of_its_own(title: str) -> None:
    typed = fractions_apart(title)
    assert norms(title) == norms(typed) == tuple(token.norm for token in tokenize(clean(title)))
    assert "/" in typed
    assert fractions_apart(typed) == typed


@pytest.mark.parametrize(("text", "value"), [("2 1/2", 0.5), ("2½", 0.5), ("3 3/4", 0.75), ("2 4/5", 0), ("2-1/2", 0)])
def test_a_fraction_belongs_to_the_number_before_it(text: str, value: float) -> None:
    assert fraction(tokenize(clean(text)), 1) == value
