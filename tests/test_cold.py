"""Items with little or no behaviour: what their features say of them, exactly additive, and measured honestly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rankers import DATA, N_ITEMS, close, histories

from retrieval import features
from retrieval.datasets.freebase import linked
from retrieval.evaluation.cold_items import cold_items, held_out_items
from retrieval.features import described
from retrieval.rankers import cold, ease
from retrieval.rankers.blend import CONTEXTS, FEATURES, UNLEARNED, Blend
from retrieval.rankers.cold import OWN, Regression
from retrieval.schema import Event, History, Item

NEVER_MET = (12, 13)
# Even and odd items are two kinds, as their crowd's tastes are; the two that nobody met are one of each.
KINDS = np.stack([np.arange(N_ITEMS) % 2 == 0, np.arange(N_ITEMS) % 2 == 1], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def blend() -> Blend:
    """With every coefficient above 0, so that all parts speak."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cold, "FEWEST_KNOWN", 5)
        coefficients = np.random.default_rng(1).uniform(0.1, 1.0, (len(CONTEXTS), len(FEATURES))).astype(np.float32)
        built = Blend.build(DATA, N_ITEMS, coefficients, epochs=1)
        built.complete(KINDS)
    assert built.regression is not None
    return built


class TestRegression:
    """Ridge regression with pencil and paper."""

    COUNTS = np.array([4, 4, 4, 4, 0, 1], dtype=np.float32)
    GROUPS = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [0, 1]], dtype=np.float32)

    @pytest.fixture
    def found(self, monkeypatch: pytest.MonkeyPatch) -> Regression:
        monkeypatch.setattr(cold, "FEWEST_KNOWN", 4)
        monkeypatch.setattr(cold, "REGULARISATION", 1e-6)
        regression = Regression.fit(self.COUNTS, self.GROUPS)
        assert regression is not None
        return regression

    def test_an_unknown_item_is_what_its_like_are_on_average(self, found: Regression) -> None:
        values = np.array([1, 3, 10, 20, 77, 5], dtype=np.float32)
        completed = found.completed(values)
        assert completed[:4].tolist() == [1, 3, 10, 20]
        assert completed[4] == pytest.approx(2, abs=1e-3)
        assert completed[5] == pytest.approx((1 * 5 + OWN * 15) / (1 + OWN), abs=1e-3)

    def test_vectors_are_completed_as_scores_are(self, found: Regression) -> None:
        vectors = np.random.default_rng(0).normal(size=(6, 2, 3)).astype(np.float32)
        each = np.stack([found.completed(vectors[:, i, j]) for i in range(2) for j in range(3)], axis=1)
        assert np.allclose(found.completed(vectors).reshape(6, 6), each, atol=1e-5)

    def test_sums_of_completed_scores_are_sums_of_raw_ones(self, found: Regression) -> None:
        rng = np.random.default_rng(0)
        scores, wanted = rng.normal(size=(2, 6)).astype(np.float32)
        assert found.completed(scores) @ wanted == pytest.approx(scores @ found.spread(wanted), abs=1e-4)

    def test_popularity_is_expected_of_who_was_never_met_alone(self, found: Regression) -> None:
        assert not found.popularity.any()  # only one was never met: neither more nor less than the others
        counts = np.array([4, 4, 9, 9, 0, 1, 0], dtype=np.float32)
        groups = np.concatenate([self.GROUPS, [[0, 1]]]).astype(np.float32)
        regression = Regression.fit(counts, groups)
        assert regression is not None
        left, right = 2 * np.log(5) / 3, (2 * np.log(10) + np.log(2)) / 4  # means of the two kinds
        half = (right - left) / 2
        assert regression.popularity.tolist() == pytest.approx([0, 0, 0, 0, -half, 0, half], abs=1e-3)

    def test_there_must_be_something_to_complete_and_to_learn_from(self, found: Regression) -> None:
        assert len(found.few) == 2
        assert Regression.fit(np.full(6, 9, dtype=np.float32), self.GROUPS) is None
        assert Regression.fit(np.array([4, 4, 4, 0, 0, 0], dtype=np.float32), self.GROUPS) is None


class TestCompletedBlend:
    """Still additive, exactly; and the unknown follow taste."""

    @given(history=histories())
    @settings(deadline=None, max_examples=60)
    def test_scores_are_the_sum_of_their_terms(self, blend: Blend, history: History) -> None:
        scores = blend.score(history)
        terms, values = blend.decompose(history, np.arange(N_ITEMS))
        assert np.isfinite(scores).all()
        assert values.shape == (len(terms), N_ITEMS)
        assert close(scores, values.sum(axis=0), values)
        some = np.array([13, 4, 12, 0])
        assert np.allclose(blend.decompose(history, some)[1], values[:, some], atol=1e-5)
        assert np.allclose(blend.means(history, some), values[:, some].mean(axis=1), atol=1e-5)
        assert close(blend.score_some(history, some), scores[some], values[:, some])

    @given(history=histories(), data=st.data())
    @settings(deadline=None, max_examples=60)
    def test_a_deleted_event_takes_exactly_its_terms_along(
        self, blend: Blend, history: History, data: st.DataObject
    ) -> None:
        if not history.events:
            return
        gone = data.draw(st.integers(0, len(history.events) - 1))
        frozen = blend.weights(history)
        terms, values = blend.decompose(history, np.arange(N_ITEMS), frozen)
        own = np.array([term.event == gone for term in terms])
        rest = History(history.events[:gone] + history.events[gone + 1 :], history.now)
        after = blend.score(rest, frozen.without(gone))
        assert close(after, blend.score(history) - values[own].sum(axis=0), values)

    def test_who_likes_a_kind_gets_the_unknown_of_that_kind(self, blend: Blend) -> None:
        for taste, other in ((0, 1), (1, 0)):
            told = History(tuple(Event(f"{i}", 2 * i + taste, 1.0, i) for i in range(4)))
            terms, values = blend.decompose(told, np.array(NEVER_MET))
            for part in ("ease", "cosine"):
                rows = [row for row, term in enumerate(terms) if term.part == part]
                assert values[rows, taste].sum() > values[rows, other].sum()

    def test_nobody_met_them_and_no_part_says_so(self, blend: Blend) -> None:
        terms, values = blend.decompose(History(), np.array([*NEVER_MET, 0]))
        by_part = {term.part: row for term, row in zip(terms, values, strict=True)}
        assert by_part["popularity"][:2].tolist() == [0, 0]
        assert by_part["expected_popularity"][:2].sum() == pytest.approx(0, abs=1e-6)
        assert by_part["expected_popularity"][2] == 0

    def test_candidates_are_found_by_completed_factors(self, blend: Blend) -> None:
        liked = blend.user_vector(History((Event("a", 2, 1.0, 0), Event("b", 4, 1.0, 1))))
        even, odd = blend.factors[list(NEVER_MET)] @ liked
        assert even > odd

    def test_in_a_large_catalogue_factors_are_completed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cold, "FEWEST_KNOWN", 5)
        monkeypatch.setattr(ease, "MOST_ITEMS", 5)
        model = Blend.build(DATA, N_ITEMS, UNLEARNED)
        told = History((Event("a", 2, 1.0, 0), Event("b", 4, 1.0, 1)))
        assert not model.ease.score(told)[list(NEVER_MET)].any()
        model.complete(KINDS)
        terms, values = model.decompose(told, np.arange(N_ITEMS))
        assert close(model.score(told), values.sum(axis=0), values)
        even, odd = values[[term.part == "ease" for term in terms]].sum(axis=0)[list(NEVER_MET)]
        assert even > odd

    def test_saved_and_loaded_it_scores_the_same(self, blend: Blend, tmp_path: Path) -> None:
        blend.save(tmp_path)
        told = History((Event("a", 2, 1.0, 5), Event("b", 12, 1.0, 6)))
        assert np.array_equal(Blend.load(tmp_path).score(told), blend.score(told))


class TestFeatures:
    """What is known of items besides behaviour."""

    def test_they_are_deterministic_and_centred(self) -> None:
        catalogue = tiny.catalogue()
        vectors = np.random.default_rng(0).normal(size=(len(catalogue.items), 6)).astype(np.float32)
        rows = described(catalogue, vectors)
        assert rows.shape[0] == len(catalogue.items)
        assert np.isfinite(rows).all()
        assert np.allclose(rows.mean(axis=0), 0, atol=1e-5)
        assert np.array_equal(rows, described(catalogue, vectors))

    def test_neighbours_in_common_bring_items_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        catalogue = tiny.catalogue()
        same = np.ones((len(catalogue.items), 4), dtype=np.float32)
        plain = replace(catalogue, schema=replace(catalogue.schema, fields=()))
        circles = {row: tuple(f"r {row % 2} {n}" for n in range(5)) for row in range(len(catalogue.items))}
        for most in (64, 1):  # a column per value, or directions
            monkeypatch.setattr(features, "MOST_VALUES", most)
            rows = described(replace(plain, links=circles), same)
            assert np.allclose(rows[0], rows[2], atol=1e-4)
            assert np.linalg.norm(rows[0] - rows[1]) > 0.5

    def test_links_are_stored_with_the_catalogue(self, tmp_path: Path) -> None:
        catalogue = replace(tiny.catalogue(), links={1: ("r a", "r b")})
        catalogue.save(tmp_path)
        assert type(catalogue).load(tmp_path).links == {1: ("r a", "r b")}


def test_entities_are_joined_by_title_and_year_never_by_id() -> None:
    ours = (
        Item("260", "Event Horizon", {"year": 1997, "genres": ("Horror",)}),
        Item("50", "Star Wars", {"year": 1977, "genres": ("Sci-Fi",)}),
        Item("1", "Heat", {"year": 1995, "genres": ("Crime",)}),
        Item("2", "Nobody", {"year": 1990}),
    )
    theirs = (
        Item("260", "Star Wars", {"year": 1977, "genres": ("Sci-Fi", "Action")}),
        Item("6", "Heat", {"year": 1995, "genres": ("Romance",)}),
    )
    links = [{"item_id": "260", "entity_id": "m.star"}, {"item_id": "6", "entity_id": "m.heat"}]
    triples = [
        {"head_id": "m.star", "relation_id": "by", "tail_id": "m.lucas"},
        {"head_id": "m.company", "relation_id": "made", "tail_id": "m.star"},
        {"head_id": "m.heat", "relation_id": "by", "tail_id": "m.mann"},
    ]
    found, report = linked(ours, theirs, links, triples)
    assert found == {1: ("by m.lucas", "made m.company")}
    assert (report.read, report.kept) == (4, 1)
    assert report.set_aside == {"no such title and year": 2, "no genre in common": 1}


class TestProtocol:
    """Items that no training saw."""

    def test_nothing_of_them_is_left(self) -> None:
        split = held_out_items(DATA, N_ITEMS, seed=1)
        assert len(split.items)
        assert not np.isin(split.fitted.items, split.items).any()
        for case in split.cases:
            assert not {event.item for event in case.history.events} & set(split.items.tolist())
            met = DATA.items[DATA.users == case.user]
            assert set(split.items[case.relevant].tolist()) == set(met.tolist()) & set(split.items.tolist())

    def test_the_report(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cold, "FEWEST_KNOWN", 5)
        monkeypatch.setattr("retrieval.evaluation.cold_items.SHARE", 0.35)
        report = cold_items(DATA, N_ITEMS, KINDS, KINDS, seeds=(0, 1))
        assert {"random", "true_popularity", "text_profile", "cosine", "ease", "blend"} <= set(report)
        for figures in report.values():
            assert figures["auc_low"] <= figures["auc"] <= figures["auc_high"]
            assert 0 <= figures["ndcg@10"] <= 1
        assert report["blend"]["auc"] > 0.7 > report["random"]["auc"]
