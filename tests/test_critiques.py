"""Critiques ("funnier") and superlatives ("the shortest"): what they do to a ranking, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import ALIENS, ITEMS

from bot.assistant import Assistant
from bot.profile import Request, Standing
from bot.query import request_of
from bot.settings import Settings
from bot.understand.critiques import quality
from bot.understand.lexicon import lexicon
from bot.values import Turn, Understanding
from retrieval.critique import Critiques
from retrieval.embedding import encoder
from retrieval.recommend import Recommender
from retrieval.schema import Constraint, FloatArray, History, Query

NOW = History((), 1_500_000_000)


@pytest.fixture(scope="module")
def recommender(tiny_home: Path) -> Recommender:
    return Recommender.open(tiny_home, "tiny", encoder())


@pytest.fixture(scope="module")
def assistant(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)


def talk(assistant: Assistant, *messages: str) -> list[Turn]:
    conversation = assistant.new_conversation("new")
    return [assistant.turn(conversation, message) for message in messages]


def shown(turn: Turn) -> list[str]:
    assert turn.ranked is not None
    return [ITEMS[scored.item].title for scored in turn.ranked.items]


# -- the direction of a quality ----------------------------------------------------------------------------------------


class Axes:
    """A text's vector: the first axis when it says "loud", else the second."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        return np.array([[1, 0, 0] if "loud" in text else [0, 1, 0] for text in texts], dtype=np.float32)


def test_a_quality_lies_where_the_items_are_that_its_words_are_close_to() -> None:
    turned = np.linspace(0, math.pi / 2, 50)
    vectors = np.stack([np.cos(turned), np.zeros(50), np.sin(turned)], axis=1).astype(np.float32)
    values = Critiques(vectors, "bell", Axes()).values("loud")
    assert (np.diff(values) < 0).all()  # the closer to the first axis, the more of it
    assert abs(float(values.mean())) < 1e-5
    assert float(values.std()) == pytest.approx(1, rel=1e-4)


def test_where_all_items_are_alike_no_quality_tells_them_apart() -> None:
    vectors = np.tile(np.array([[0, 0, 1]], dtype=np.float32), (5, 1))
    assert not Critiques(vectors, "bell", Axes()).values("loud").any()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("sillier", "silly"),
        ("silliest", "silly"),
        ("more romantic", "romantic"),
        ("most romantic", "romantic"),
        ("darker", "dark"),
        ("gore", "gore"),
        ("cheaper looking", "cheaper looking"),
        ("lighter", "lighter light-hearted"),
    ],
)
def test_the_encoder_is_told_the_plain_word(words: str, told: str) -> None:
    assert quality(words, lexicon()) == told


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from(["funny", "violent", "old"]), st.sampled_from([-1.0, 0.5, 1.5])), max_size=3),
    st.booleans(),
)
def test_parts_of_a_critiqued_score_add_up(
    recommender: Recommender, toward: list[tuple[str, float]], like: bool
) -> None:
    query = Query(NOW, 8, toward=tuple(toward), like=(0,) if like else ())
    for scored in recommender.recommend(query).items:
        parts = [c for c in scored.contributions if c.part == "critique"]
        assert len(parts) == len(toward)
        assert sum(c.value for c in scored.contributions) == pytest.approx(scored.score, rel=1e-5, abs=1e-5)


def test_less_of_a_quality_is_the_opposite_of_more(recommender: Recommender) -> None:
    def values(weight: float) -> list[float]:
        found = recommender.decompose(Query(NOW, 8, toward=(("romantic", weight),)), np.arange(8))
        return [c.value for scored in found for c in scored.contributions if c.part == "critique"]

    assert values(1) == pytest.approx([-2 * v for v in values(-0.5)])
    assert int(np.argmax(values(1))) == 5  # Titanic is the one romance


# -- a field before the score ------------------------------------------------------------------------------------------

FEW = st.lists(
    st.sampled_from(
        [
            Constraint("genres", "includes", "Crime"),
            Constraint("year", ">", 1990),
            Constraint("genres", "excludes", "Drama"),
        ]
    ),
    max_size=2,
    unique=True,
)


@settings(deadline=None, max_examples=40)
@given(FEW, st.sampled_from(["runtime", "year"]), st.booleans(), st.integers(1, 8), st.frozensets(st.integers(0, 7)))
def test_a_field_goes_before_the_score(
    recommender: Recommender, conditions: list[Constraint], name: str, largest: bool, k: int, gone: frozenset[int]
) -> None:
    query = Query(NOW, k, tuple(conditions), exclude=gone, order=(name, largest))
    ranked = recommender.recommend(query)
    fits = [
        row
        for row in range(len(ITEMS))
        if row not in gone and all(recommender.catalogue.matches(c)[row] for c in conditions)
    ]
    known = [row for row in fits if name in ITEMS[row].attributes]
    score = {s.item: s.score for s in recommender.decompose(query, np.array(known, dtype=np.int64))}

    def key(row: int) -> tuple[float, float]:
        value = float(str(ITEMS[row].attributes[name]))
        return (-value if largest else value), -score[row]

    expected = sorted(known, key=key)
    assert [s.item for s in ranked.items] == expected[:k]
    assert ranked.eligible == len(known)
    assert ranked.unknown.get(name, 0) == len(fits) - len(known)
    assert [recommender.rank_of(query, row) for row in expected] == list(range(1, len(known) + 1))


def test_the_shortest_is_first_and_said_to_be_so(assistant: Assistant) -> None:
    listed, why, not_long, not_known = talk(
        assistant, "show me the three shortest films", "why the first one?", "why not Titanic?", "why not Aliens?"
    )
    assert shown(listed) == ["Fargo", "King Kong", "Alien"]
    assert "the shortest first, of 7 films" in listed.reply
    assert listed.profile.constraints == ()  # an order is no condition
    assert "shortest" in why.reply
    assert "98 minutes" in why.reply
    assert [r.kind for r in why.reasons] == ["matches_request"]  # the score has no part in it
    assert "194 minutes" in not_long.reply
    assert "117 minutes" in not_long.reply
    assert [r.kind for r in not_known.reasons] == ["filtered"]
    assert ITEMS[ALIENS].title in not_known.reply
    assert all(turn.grounded for turn in (listed, why, not_long, not_known))


def test_where_values_are_equal_the_score_decides_and_is_told(assistant: Assistant) -> None:
    _, why = talk(assistant, "I loved Alien, show me the oldest crime films", "why the first one?")
    # Heat and Casino are both of 1995
    assert {r.kind for r in why.reasons} > {"matches_request"}
    assert why.grounded


def test_an_order_ends_with_the_next_request(assistant: Assistant) -> None:
    _, after = talk(assistant, "show me the shortest films", "recommend me some crime films")
    assert "shortest" not in after.reply


def test_an_order_ends_when_its_field_no_longer_matters() -> None:
    standing = Standing(request=Request(order=("runtime", False, "the shortest films")))
    for relaxed, order in (("runtime", None), ("genres", standing.request.order)):
        assert request_of(Understanding("", ("refine",), relaxed=(relaxed,)), standing).order == order


# -- critiques in a conversation ---------------------------------------------------------------------------------------


def test_critiques_add_up_and_each_is_its_own_message(assistant: Assistant) -> None:
    first, second, why, fresh = talk(
        assistant, "something like Alien but sadder", "less violent", "why the first one?", "recommend a film"
    )
    assert first.understanding.toward == (("sadder", 1.0),)
    assert second.understanding.acts == ("refine",)
    assert second.ranked is not None
    assert [c.part for c in second.ranked.items[0].contributions].count("critique") == 2
    said = {e.text for e in why.evidence if e.kind == "message"}
    for reason in why.reasons:
        for claim in reason.claims:
            if claim.kind in ("matches_request.more", "matches_request.less"):
                words = claim.slots["words"]
                assert any(words in text for text in said)
    assert why.grounded
    assert fresh.ranked is not None
    assert "critique" not in [c.part for c in fresh.ranked.items[0].contributions]
