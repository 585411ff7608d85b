"""Variety, novelty, the cap on exposure, and what whoever runs the bot never lets it recommend."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import ALIEN, ALIENS, CASINO, FARGO, HEAT, KONG_1933, KONG_2005, TITANIC

from retrieval.choosing import Choosing, diversified, met_share, over_exposed, self_information, short_head
from retrieval.embedding import encoder
from retrieval.errors import UsageError
from retrieval.evaluation.choosing import WAYS, choosing, gini
from retrieval.evaluation.lists import About
from retrieval.evaluation.protocols import Case, Split
from retrieval.operator_rules import OperatorRules, read_conditions
from retrieval.recommend import Recommender
from retrieval.schema import Constraint, Event, FloatArray, History, Interactions, Query, Ranked


@pytest.fixture(scope="module")
def recommender(tiny_home: Path) -> Recommender:
    return Recommender.open(tiny_home, "tiny", encoder())


def rows(ranked: Ranked) -> list[int]:
    return [scored.item for scored in ranked.items]


# -- variety -----------------------------------------------------------------------------------------------------------

TWINS = np.array([[1.0, 0], [1.0, 0], [0, 1.0]], dtype=np.float32)
SCORES = np.array([3.0, 2.9, 2.89], dtype=np.float32)


def test_variety_moves_the_second_of_two_twins() -> None:
    assert diversified(SCORES, TWINS, 2, 0.25).tolist() == [0, 2]


def test_without_variety_the_order_is_that_of_the_scores() -> None:
    assert diversified(SCORES, TWINS, 3, 0.0).tolist() == [0, 1, 2]


@given(
    st.lists(st.floats(-5, 5, width=32), min_size=0, max_size=60),
    st.integers(1, 12),
    st.floats(0, 1),
    st.integers(0, 1000),
)
def test_whatever_the_weight_the_best_stays_first_and_no_place_is_taken_twice(
    scores: list[float], k: int, diversity: float, seed: int
) -> None:
    ordered = np.sort(np.array(scores, dtype=np.float32))[::-1]
    vectors = np.random.default_rng(seed).normal(size=(len(ordered), 3)).astype(np.float32)[:40]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = diversified(ordered, vectors, k, diversity).tolist()
    assert len(places) == min(k, len(ordered)) == len(set(places))
    assert places[:1] == [0][: len(ordered)]


# -- novelty -----------------------------------------------------------------------------------------------------------


def test_self_information_is_in_bits() -> None:
    data = tiny.catalogue().interactions
    assert met_share(data, 8)[[HEAT, FARGO]] == pytest.approx([4 / 6, 2 / 6])  # five users, and one who met everything
    assert self_information(data, 8)[[HEAT, FARGO]] == pytest.approx([np.log2(6 / 4), np.log2(6 / 2)])


def test_novelty_is_a_part_of_the_score_and_lifts_what_few_have_met(recommender: Recommender) -> None:
    query = Query(History(), 8)
    before = recommender.recommend(query)
    after = replace(recommender, choosing=Choosing(novelty=10.0)).recommend(query)
    by_row = {scored.item: scored for scored in before.items}
    for scored in after.items:
        (part,) = (c for c in scored.contributions if c.part == "novelty")
        assert part.value == pytest.approx(10 * recommender.information[scored.item])
        assert scored.score - by_row[scored.item].score == pytest.approx(part.value, rel=1e-4)
        assert sum(c.value for c in scored.contributions) == pytest.approx(scored.score, rel=1e-5)
    assert rows(after)[0] in {FARGO, TITANIC, KONG_1933, KONG_2005}  # one rating each
    assert "novelty" not in {c.part for scored in before.items for c in scored.contributions}


def test_what_is_popular_is_not_marked_up_for_being_unknown(recommender: Recommender) -> None:
    set_so = replace(recommender, choosing=Choosing(novelty=10.0))
    ranked = set_so.recommend(Query(History(), 8, popular=True))
    assert {c.part for scored in ranked.items for c in scored.contributions} <= {
        "popularity", "trend", "expected_popularity"
    }  # fmt: skip


# -- the long tail -----------------------------------------------------------------------------------------------------


def met(*counts: int) -> Interactions:
    """Behaviour in which item i was met by so many users."""
    users = np.array([user for count in counts for user in range(count)], dtype=np.int64)
    items = np.repeat(np.arange(len(counts)), counts)
    known = tuple(map(str, range(max(counts, default=0))))
    ones = np.ones(len(items), np.float32)
    return Interactions(known, users, items, ones, ones, users)


@pytest.mark.parametrize(
    ("counts", "share", "head"),
    [
        ((1, 6, 3), 0.5, [1]),  # six of ten
        ((1, 6, 3), 0.61, [1, 2]),
        ((4, 1, 4, 1), 0.3, [0, 2]),  # as well known as the last
        ((9, 0, 0), 0.5, [0]),
        ((2, 2, 2), 0.5, []),  # nothing is known better
        ((0, 0, 0), 0.5, []),
        ((1, 6, 3), 0.0, [1]),
    ],
)
def test_the_best_known_are_the_fewest_with_the_share_and_their_equals(
    counts: tuple[int, ...], share: float, head: list[int]
) -> None:
    assert np.flatnonzero(short_head(met(*counts), len(counts), share)).tolist() == head


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.floats(0, 1))
def test_nothing_in_the_long_tail_is_known_better_than_what_is_left_out(counts: list[int], share: float) -> None:
    head = short_head(met(*counts), len(counts), share)
    known = np.array(counts)
    assert known[~head].size  # something is always left
    if head.any():
        assert known[head].min() > known[~head].max()
        assert known[head].sum() >= share * known.sum() or known[~head].max() == known.min()


def test_one_user_who_met_an_item_often_makes_it_no_better_known() -> None:
    once = met(1, 3, 2)
    users, items = np.append(once.users, np.zeros(9, np.int64)), np.append(once.items, np.zeros(9, np.int64))
    ones = np.ones(len(items), np.float32)
    often = Interactions(once.user_ids, users, items, ones, ones, users)
    assert np.flatnonzero(short_head(often, 3, 0.5)).tolist() == [1]


def test_a_list_of_the_long_tail_leaves_the_best_known_out_and_counts_them(recommender: Recommender) -> None:
    usual, tail = recommender.recommend(Query(History(), 3)), recommender.recommend(Query(History(), 3, long_tail=True))
    assert set(rows(usual)) & {HEAT, CASINO, ALIEN}
    assert not set(rows(tail)) & {HEAT, CASINO, ALIEN}
    assert (tail.eligible, tail.well_known, usual.well_known) == (5, 3, 0)  # nine of fifteen ratings
    crime = (Constraint("genres", "includes", "Crime"),)
    short = recommender.recommend(Query(History(), 3, crime, long_tail=True))
    assert (rows(short), short.well_known, dict(short.relaxed)) == ([FARGO], 2, {crime[0]: 5})
    stricter = replace(recommender, choosing=Choosing(short_head=0.7))
    assert set(rows(stricter.recommend(Query(History(), 8, long_tail=True)))) == {FARGO, TITANIC, KONG_1933, KONG_2005}


# -- exposure ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=30), st.sampled_from([0.1, 0.2, 0.34]))
def test_no_item_ever_takes_more_than_its_share_of_a_window(wishes: list[list[int]], cap: float) -> None:
    window, shown = 12, list[int]()
    for wish in wishes:
        held_back = over_exposed(reversed(shown), cap, window)
        shown += [item for item in dict.fromkeys(wish) if item not in held_back]
    for start in range(max(1, len(shown) - window + 1)):
        assert max(Counter(shown[start : start + window]).values(), default=0) <= cap * window


def test_a_cap_of_one_holds_nothing_back() -> None:
    assert over_exposed(["a"] * 50, 1.0, 10) == frozenset()


def test_what_had_its_share_gives_way_unless_too_little_is_left(recommender: Recommender) -> None:
    first = rows(recommender.recommend(Query(History(), 2)))
    others = recommender.recommend(Query(History(), 2, capped=frozenset(first)))
    assert not set(first) & set(rows(others))
    assert others.eligible == 8
    crime = (Constraint("genres", "includes", "Crime"),)
    assert set(rows(recommender.recommend(Query(History(), 3, crime, capped=frozenset({HEAT, ALIEN}))))) == {
        HEAT, CASINO, FARGO
    }  # fmt: skip


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_gini_is_the_textbooks() -> None:
    assert gini(np.array([3.0, 3.0, 3.0])) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 9.0])) == pytest.approx(2 / 3)  # (n - 1) / n
    assert gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert gini(np.zeros(3)) == 0


def test_the_report_has_what_every_way_of_choosing_costs() -> None:
    """Sixty users whose answer is always the best-scored item: the list as scored is right, every other way is paid for."""
    n_items, n_users = 60, 60
    users, items = np.repeat(np.arange(n_users), 2), np.tile([0, 1], n_users)
    data = Interactions(
        tuple(map(str, range(n_users))), users, items, np.ones(120, np.float32), np.ones(120, np.float32), users
    )
    cases = tuple(Case(u, History(now=1), np.array([0]), np.array([], dtype=np.int64)) for u in range(n_users))

    class Falling:
        def score(self, _: History) -> FloatArray:
            return -np.arange(n_items, dtype=np.float32) / 10

    pairs = np.repeat(np.eye(n_items // 2, dtype=np.float32), 2, axis=0)  # each item has a twin beside it
    about = About(pairs, np.ones((n_items, 1), np.float32), pairs)
    report = choosing(Split(data, cases), Falling(), about)
    assert set(report) == set(WAYS)
    assert report["off"]["ndcg@10"] == report["popular"]["hr@10"] == 1
    assert report["off"]["largest_share"] == pytest.approx(0.1)
    assert report["off"]["coverage@10"] == pytest.approx(10 / n_items)
    assert report["diversity 0.75"]["diversity@10"] == 1 > report["off"]["diversity@10"]
    assert report["diversity 0.75"]["ndcg@10_difference"] == 0  # the first place is never moved
    assert report["novelty 0.5"]["ndcg@10"] < 1  # everybody has met 0 and 1, nobody the rest
    assert report["novelty 0.5"]["novelty@10_low"] > 0
    assert report["without the head of 0.5"]["hr@10"] == 0  # 0 and 1 are all that is known
    capped = report["exposure cap 0.02"]
    assert capped["largest_share"] == pytest.approx(20 / 600)  # twenty of the thousand places looked back on
    assert capped["ndcg@10"] == pytest.approx(20 / 60)
    assert capped["ndcg@10_high"] < 0
    assert choosing(Split(data, cases), Falling(), None) == {}


# -- the operator's rules ----------------------------------------------------------------------------------------------


def rules(tmp_path: Path, block_list: str = "", always: str = "") -> OperatorRules:
    path = tmp_path / "blocked.txt"
    path.write_text(block_list, encoding="utf-8")
    return OperatorRules.of(tiny.catalogue(), path, always)


def test_a_block_list_names_ids_titles_and_titles_with_a_year(tmp_path: Path) -> None:
    found = rules(tmp_path, "# not here\n\n1\nALIENS\nKing Kong (1933)\n")
    assert found.blocked == {HEAT, ALIENS, KONG_1933}
    assert rules(tmp_path, "king kong").blocked == {KONG_1933, KONG_2005}


def test_a_line_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'Heet'.*tiny does not have"):
        rules(tmp_path, "Heat\nHeet\n")
    with pytest.raises(UsageError, match="cannot be read"):
        OperatorRules.of(tiny.catalogue(), tmp_path / "nowhere.txt")


def test_conditions_are_read_in_words_and_as_json() -> None:
    catalogue = tiny.catalogue()
    expected = (Constraint("genres", "in", ("Crime", "Drama")), Constraint("year", ">=", 1990))
    assert read_conditions("genres in Crime, Drama; year >= 1990", catalogue) == expected
    as_json = (
        '[{"field": "genres", "op": "in", "value": ["Crime", "Drama"]}, {"field": "year", "op": ">=", "value": 1990}]'
    )
    assert read_conditions(as_json, catalogue) == expected
    assert read_conditions("", catalogue) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "is no condition; write FIELD OPERATOR VALUE"),
        ("mpaa in G, PG", "'mpaa' is not a field of tiny; its fields are genres, year, runtime"),
        ("genres in Crime, Dramma", "has 'Dramma' as its genres; there are Action"),
        ("year >= soon", "'soon' does not fit number field 'year'"),
        ("genres >= Crime", "'>=' does not fit tags field 'genres'"),
        ("[1]", "1 is no condition; give"),
        ("[", "is no JSON"),
        ('[{"field": "year", "op": "~", "value": 1}]', "'~' is no operator"),
    ],
)
def test_conditions_that_cannot_hold_are_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_conditions(text, tiny.catalogue())
    assert said in str(error.value)
    assert "\n" not in str(error.value)


ALWAYS = (Constraint("runtime", "<", 150),)
GUARDED = OperatorRules(frozenset({ALIEN}), ALWAYS)
PERMITTED = {FARGO, KONG_1933}  # under 150 minutes, known to be, and not Alien
EVENTS = st.lists(
    st.builds(Event, st.uuids().map(str), st.integers(0, 7), st.floats(-1, 1), st.integers(0, 1_500_000_000)),
    max_size=4,
).map(lambda events: History(tuple(events), 1_500_000_000))
ROWS = st.frozensets(st.integers(0, 7))


@settings(deadline=None, max_examples=60)
@given(
    st.builds(
        Query,
        EVENTS,
        st.integers(1, 8),
        st.sampled_from([(), (Constraint("runtime", ">", 100),), (Constraint("runtime", "<", 900, hard=False),)]),
        st.sampled_from(["", "Alien", "space horror"]),
        st.sampled_from([(), (ALIEN,), (HEAT, ALIENS)]),
        ROWS,
        ROWS,
        order=st.sampled_from([None, ("runtime", True), ("year", False)]),
        popular=st.booleans(),
        capped=ROWS,
        diversity=st.sampled_from([0.0, 1.0]),
        long_tail=st.booleans(),
    )
)
def test_no_query_brings_what_the_operator_keeps_out(recommender: Recommender, query: Query) -> None:
    guarded = replace(recommender, rules=GUARDED)
    ranked = guarded.recommend(query)
    assert set(rows(ranked)) <= PERMITTED
    assert set(guarded.listed(query)) <= PERMITTED
    assert {row for row, _ in ranked.head} <= PERMITTED
    assert not set(ranked.relaxed) & set(ALWAYS)
    for scored in ranked.items:
        assert sum(c.value for c in scored.contributions) == pytest.approx(scored.score, rel=1e-5, abs=1e-6)


def test_it_says_how_many_are_out_for_being_unknown_and_how_many_for_the_rules_alone(recommender: Recommender) -> None:
    guarded = replace(recommender, rules=GUARDED)
    assert dict(guarded.recommend(Query(History(), 2)).unknown) == {"runtime": 1}  # Aliens
    horror = guarded.recommend(Query(History(), 2, (Constraint("genres", "includes", "Sci-Fi"),)))
    assert (rows(horror), horror.barred, horror.excluded) == ([], 2, 0)
    assert dict(horror.relaxed) == {Constraint("genres", "includes", "Sci-Fi"): 2}
