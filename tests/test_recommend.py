"""filter -> candidates -> score -> rank -> diversify -> decompose, over a really prepared tiny data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import ALIEN, ALIENS, CASINO, HEAT, KONG_1933, KONG_2005, TITANIC

from retrieval import recommend
from retrieval.embedding import encoder
from retrieval.recommend import Recommender
from retrieval.schema import Constraint, Event, History, Query, Ranked


@pytest.fixture(scope="module")
def recommender(tiny_home: Path) -> Recommender:
    return Recommender.open(tiny_home, "tiny", encoder())


def told(*rows: int, strength: float = 1.0) -> History:
    return History(tuple(Event(f"log:{i}", row, strength, 1_500_000_000) for i, row in enumerate(rows)), 1_500_000_000)


def rows(ranked: Ranked) -> list[int]:
    return [scored.item for scored in ranked.items]


CONSTRAINTS = st.lists(
    st.one_of(
        st.builds(
            Constraint,
            st.just("genres"),
            st.sampled_from(["includes", "excludes"]),
            st.sampled_from(["Crime", "Sci-Fi", "Drama", "Western"]),
            st.booleans(),
        ),
        st.builds(
            Constraint,
            st.sampled_from(["year", "runtime"]),
            st.sampled_from(["<", "<=", ">", ">="]),
            st.integers(50, 2010),
        ),
    ),
    max_size=3,
)
HISTORIES = st.lists(
    st.builds(Event, st.uuids().map(str), st.integers(0, 7), st.floats(-1, 1), st.integers(0, 1_500_000_000)),
    max_size=6,
).map(lambda events: History(tuple(sorted(events, key=lambda e: e.time)), 1_500_000_000))


@settings(deadline=None, max_examples=60)
@given(
    HISTORIES, CONSTRAINTS, st.frozensets(st.integers(0, 7)), st.integers(1, 6), st.sampled_from(["", "space horror"])
)
def test_whatever_is_asked_the_answer_keeps_its_promises(
    recommender: Recommender,
    history: History,
    constraints: list[Constraint],
    exclude: frozenset[int],
    k: int,
    text: str,
) -> None:
    query = Query(history, k, tuple(constraints), text, exclude=exclude)
    ranked = recommender.recommend(query)
    for constraint in (c for c in constraints if c.hard):
        assert all(recommender.catalogue.matches(constraint)[row] for row in rows(ranked))
    assert not exclude & set(rows(ranked))
    assert len(set(rows(ranked))) == len(rows(ranked)) == min(k, ranked.eligible)
    for scored in ranked.items:
        total = sum(c.value for c in scored.contributions)
        assert total == pytest.approx(scored.score, rel=1e-5, abs=1e-6)
        assert scored.score == pytest.approx(
            recommender._score(query, recommender._request_parts(query))[scored.item], rel=1e-4, abs=1e-4
        )
        positive = sum(c.share for c in scored.contributions if c.share > 0)
        assert positive == pytest.approx(1) or positive == 0


def test_a_like_brings_what_others_liked_with_it(recommender: Recommender) -> None:
    assert rows(recommender.recommend(Query(told(ALIEN), 1, exclude=frozenset({ALIEN})))) == [ALIENS]
    assert rows(recommender.recommend(Query(told(HEAT), 1, exclude=frozenset({HEAT})))) == [CASINO]


def test_something_like_it_is_near_it(recommender: Recommender) -> None:
    assert rows(recommender.recommend(Query(History(), 1, like=(ALIEN,), exclude=frozenset({ALIEN})))) == [ALIENS]


def test_an_unknown_value_satisfies_no_condition_and_is_counted(recommender: Recommender) -> None:
    ranked = recommender.recommend(Query(History(), 8, (Constraint("runtime", "!=", 1),)))
    assert ALIENS not in rows(ranked)
    assert dict(ranked.unknown) == {"runtime": 1}


def test_when_too_little_is_left_it_says_what_each_condition_costs(recommender: Recommender) -> None:
    crime, old = Constraint("genres", "includes", "Crime"), Constraint("year", "<", 1980)
    ranked = recommender.recommend(Query(History(), 3, (crime, old)))
    assert rows(ranked) == []
    assert dict(ranked.relaxed) == {old: 3, crime: 2}


def test_a_soft_condition_prefers_and_does_not_exclude(recommender: Recommender) -> None:
    without = recommender.recommend(Query(History(), 8))
    preferred = recommender.recommend(Query(History(), 8, (Constraint("genres", "includes", "Romance", hard=False),)))
    assert len(preferred.items) == 8
    assert rows(preferred).index(TITANIC) < rows(without).index(TITANIC)


def test_a_large_catalogue_scores_only_the_fused_neighbours(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommend, "SCORE_ALL_UP_TO", 0)
    monkeypatch.setattr(recommend, "CANDIDATES", 3)
    query = Query(told(ALIEN), 2, text="Aliens", like=(ALIEN,), exclude=frozenset({ALIEN}))
    found = recommender.retrieve(query)
    assert len(found.rows) < len(found.eligible)
    assert rows(recommender.rank(query, found))[0] == ALIENS


def test_what_strangers_like_is_among_the_candidates_of_a_large_catalogue(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommend, "SCORE_ALL_UP_TO", 0)
    monkeypatch.setattr(recommend, "CANDIDATES", 1)
    for gone in ((), (HEAT,), (HEAT, ALIENS)):
        query = Query(told(ALIEN), 2, exclude=frozenset({ALIEN, *gone}))
        found = recommender.retrieve(query)
        best = max(found.eligible.tolist(), key=lambda row: recommender.for_strangers[row])
        assert best in found.rows


def test_a_filter_that_no_neighbour_passes_falls_back_to_everything_eligible(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommend, "SCORE_ALL_UP_TO", 0)
    monkeypatch.setattr(recommend, "CANDIDATES", 1)
    query = Query(told(ALIEN), 2, (Constraint("genres", "includes", "Adventure"),))
    assert set(rows(recommender.recommend(query))) == {KONG_1933, KONG_2005}


def test_rank_of_is_the_place_before_diversification(recommender: Recommender) -> None:
    query = Query(told(HEAT), 8)
    scores = recommender._score(query, recommender._request_parts(query))
    best = int(np.argmax(scores))
    assert recommender.rank_of(query, best) == 1
    assert recommender.rank_of(query, int(np.argmin(scores))) == 1 + (scores > scores.min()).sum()
