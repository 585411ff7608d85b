"""Every ranker keeps the contract; each one gives, on tiny data, what its formula gives by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import DataError, NotPrepared
from retrieval.rankers import RANKERS, Sequence, blending, ease, likelihood, sequence_training
from retrieval.rankers.additive import Additive
from retrieval.rankers.ascent import Problem, ascend, ideal_dcg
from retrieval.rankers.blend import AWAY, CONTEXTS, FEATURES, HERE, LENGTHS, N_COUNTED, UNLEARNED, Blend, hats
from retrieval.rankers.blending import learn
from retrieval.rankers.content import Content
from retrieval.rankers.cosine import Cosine
from retrieval.rankers.ease import Ease
from retrieval.rankers.holdout import hold_out, last_visits
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import ItemMatrix
from retrieval.rankers.popularity import DAY, PRIOR, Popularity
from retrieval.rankers.taste import Taste
from retrieval.schema import Event, FloatArray, History, Interactions
from retrieval.training import train

N_ITEMS = 14  # the last two were never met by anybody


def interactions(rows: list[tuple[int, int, float, int]]) -> Interactions:
    """From (user, item, strength, time), sorted as the schema says."""
    rows = sorted(rows, key=lambda row: (row[0], row[3]))
    users, items, strengths, times = (np.array(column) for column in zip(*rows, strict=True))
    return Interactions(
        tuple(str(u) for u in range(int(users.max()) + 1)),
        users.astype(np.int64),
        items.astype(np.int64),
        strengths.astype(np.float32),
        strengths.astype(np.float32),
        times.astype(np.int64),
    )


def crowd(seed: int = 3, n_users: int = 30) -> Interactions:
    """Users of two tastes: even items or odd items, with noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        taste = [i for i in range(12) if i % 2 == user % 2]
        chosen = rng.permutation(taste)[:5].tolist() + rng.integers(0, 12, 2).tolist()
        for place, item in enumerate(dict.fromkeys(chosen)):
            liked = item % 2 == user % 2
            rows.append((user, item, float(rng.choice([0.5, 1.0]) if liked else -0.8), 1000 * user + place * DAY))
    return interactions(rows)


DATA = crowd()
DESCRIBED = np.random.default_rng(2).normal(size=(N_ITEMS, 3)).astype(np.float32)
FITTED: dict[str, Additive] = {}


def fit(name: str) -> Additive:
    """The ranker of that name; the blend with every coefficient above 0, so that all its parts speak."""
    if name == "blend":
        coefficients = np.random.default_rng(1).uniform(0.1, 1.0, (len(CONTEXTS), len(FEATURES))).astype(np.float32)
        blend = Blend.build(DATA, N_ITEMS, coefficients, epochs=1)
        blend.describe(DESCRIBED)
        return blend
    if name == "content":
        return Content.fit(DATA, N_ITEMS, DESCRIBED)
    ranker = RANKERS[name].fit(DATA, N_ITEMS)
    assert isinstance(ranker, Additive)
    return ranker


def fitted(name: str) -> Additive:
    """The ranker of that name, fitted once."""
    if name not in FITTED:
        FITTED[name] = fit(name)
    return FITTED[name]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Anything a conversation can hold: nothing, dislikes, one item many times, items nobody met, odd times."""
    told = draw(
        st.lists(
            st.tuples(
                st.integers(0, N_ITEMS - 1),
                st.one_of(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), st.floats(-1, 1, width=32)),
                st.integers(0, 10 * DAY),
            ),
            max_size=25,
        )
    )
    events = tuple(Event(f"e{n}", item, strength, time) for n, (item, strength, time) in enumerate(told))
    return History(events, draw(st.sampled_from([0, 1, 2 * DAY, 10**12])))


def close(left: FloatArray, right: FloatArray, terms: FloatArray) -> bool:
    """Equal to 1e-5 of what was added up."""
    return bool((np.abs(left - right) <= 1e-5 * np.maximum(np.abs(terms).sum(axis=0), 1e-3)).all())


@pytest.mark.parametrize("name", RANKERS)
class TestContract:
    """What holds for every ranker in the table."""

    @given(history=histories())
    @settings(deadline=None, max_examples=60)
    def test_scores_are_finite_and_are_the_sum_of_their_terms(self, name: str, history: History) -> None:
        ranker = fitted(name)
        scores = ranker.score(history)
        terms, values = ranker.decompose(history, np.arange(N_ITEMS))
        assert scores.shape == (N_ITEMS,)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()
        assert values.shape == (len(terms), N_ITEMS)
        assert close(scores, values.sum(axis=0), values)

    @given(history=histories(), items=st.lists(st.integers(0, N_ITEMS - 1), max_size=6))
    @settings(deadline=None, max_examples=40)
    def test_some_items_decompose_as_all_do(self, name: str, history: History, items: list[int]) -> None:
        rows = np.array(items, dtype=np.int64)
        terms, values = fitted(name).decompose(history, rows)
        everything, everywhere = fitted(name).decompose(history, np.arange(N_ITEMS))
        assert terms == everything
        assert np.allclose(values, everywhere[:, rows], rtol=1e-6)
        assert close(fitted(name).score_some(history, rows), everywhere[:, rows].sum(axis=0), everywhere[:, rows])
        if len(once := np.unique(rows)):
            assert np.allclose(fitted(name).means(history, once), everywhere[:, once].mean(axis=1), atol=1e-5)

    @given(history=histories(), data=st.data())
    @settings(deadline=None, max_examples=60)
    def test_a_deleted_event_takes_exactly_its_terms_along(
        self, name: str, history: History, data: st.DataObject
    ) -> None:
        if not history.events:
            return
        ranker = fitted(name)
        gone = data.draw(st.integers(0, len(history.events) - 1))
        frozen = ranker.weights(history)
        terms, values = ranker.decompose(history, np.arange(N_ITEMS), frozen)
        own = np.array([term.event == gone for term in terms])
        rest = History(history.events[:gone] + history.events[gone + 1 :], history.now)
        after = ranker.score(rest, frozen.without(gone))
        assert close(after, ranker.score(history) - values[own].sum(axis=0), values)

    @given(history=histories())
    @settings(deadline=None, max_examples=20)
    def test_terms_name_parts_and_events(self, name: str, history: History) -> None:
        terms, _ = fitted(name).decompose(history, np.arange(2))
        assert {term.part for term in terms} <= {"popularity", "trend", *(set(RANKERS) - {"blend"})}
        assert len(set(terms)) == len(terms)
        assert all(term.event is None or 0 <= term.event < len(history.events) for term in terms)

    def test_saved_and_loaded_it_scores_the_same(self, name: str, tmp_path: Path) -> None:
        history = History((Event("a", 2, 1.0, 5), Event("b", 3, -1.0, 6), Event("c", 2, 0.0, 7)), 4 * DAY)
        ranker = fitted(name)
        ranker.save(tmp_path)
        loaded = RANKERS[name].load(tmp_path)
        for told in (history, History()):
            assert np.array_equal(loaded.score(told), ranker.score(told))

    def test_fitting_is_deterministic(self, name: str) -> None:
        history = History((Event("a", 2, 1.0, 5),), 4 * DAY)
        assert np.array_equal(fit(name).score(history), fitted(name).score(history))


# Two circles of friends: everybody in the first liked 0 and 1, everybody in the second 2 and 3; item 4 nobody met.
CIRCLES = interactions(
    [(user, item, 1.0, 100 * user + item) for user in range(6) for item in ((0, 1) if user < 3 else (2, 3))]
)


@pytest.mark.parametrize("ranker", [Ease.fit(CIRCLES, 5), Cosine.fit(CIRCLES, 5), Blend.fit(CIRCLES, 5)])
class TestFoldIn:
    """One event, told a second ago, by a user who was not there when the ranker was fitted."""

    def test_a_like_raises_what_its_likers_like(self, ranker: Additive) -> None:
        nothing, liked = ranker.score(History()), ranker.score(History((Event("e", 0, 1.0, 900),)))
        assert liked[1] > liked[2]
        assert liked[1] - liked[3] > nothing[1] - nothing[3]
        assert liked[1] > liked[4]

    def test_a_dislike_lowers_it(self, ranker: Additive) -> None:
        disliked = ranker.score(History((Event("e", 0, -1.0, 900),)))
        assert disliked[1] < disliked[2]
        terms, values = ranker.decompose(History((Event("e", 0, -1.0, 900),)), np.array([1]))
        assert sum(value for term, value in zip(terms, values[:, 0], strict=True) if term.event == 0) < 0


class TestEase:
    """Against the closed form, computed directly."""

    @pytest.mark.parametrize("n_items", [14, 60])  # fewer and more items than the 30 users
    def test_weights_are_the_closed_form(self, n_items: int) -> None:
        X = np.zeros((30, n_items))
        X[DATA.users, DATA.items] = 1
        P = np.linalg.inv(X.T @ X + 7.0 * np.eye(n_items))
        B = -P / np.diag(P)
        np.fill_diagonal(B, 0)
        fit = Ease.fit(DATA, n_items, regularisation=7.0, floor=0.0)
        assert np.allclose(fit.matrix.csr.toarray(), B, atol=1e-5)

    def test_recency_is_a_power_of_the_position_from_the_end(self) -> None:
        fit = Ease.fit(DATA, N_ITEMS, recency=1.0)
        told = History(tuple(Event(str(i), i, 1.0, i) for i in range(3)))
        assert np.allclose(fit.event_weights(told), [1 / 3, 1 / 2, 1])

    def test_a_catalogue_too_large_for_a_matrix_has_factors(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With all directions they are the matrix, and they decompose, sum up and average as it does."""
        exact = Ease.fit(DATA, N_ITEMS, regularisation=7.0, floor=0.0)
        monkeypatch.setattr(ease, "MOST_ITEMS", 5)
        fit = Ease.fit(DATA, N_ITEMS, regularisation=7.0)
        assert isinstance(fit.matrix, LowRank)
        told = History(tuple(Event(str(i), item, (-1.0) ** i, i) for i, item in enumerate((2, 3, 8, 2))))
        assert np.allclose(fit.score(told), exact.score(told), atol=1e-5)
        items = np.array([1, 2, 5, 13])
        values = fit.decompose(told, items)[1]
        assert np.allclose(values, exact.decompose(told, items)[1], atol=1e-5)
        assert np.allclose(values.sum(axis=0), fit.score(told)[items], atol=1e-5)
        assert np.allclose(fit.means(told, items), values.mean(axis=1), atol=1e-5)
        assert np.allclose(fit.score_some(told, items), fit.score(told)[items], atol=1e-5)

    def test_factors_are_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ease, "MOST_ITEMS", 5)
        fit = Ease.fit(DATA, N_ITEMS)
        fit.save(tmp_path)
        told = History((Event("e", 2, 1.0, 0),))
        assert np.array_equal(Ease.load(tmp_path).score(told), fit.score(told))

    def test_factors_without_behaviour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ease, "MOST_ITEMS", 5)
        none = np.zeros(0, dtype=np.int64)
        empty = Interactions((), none, none, none.astype(np.float32), none.astype(np.float32), none)
        assert not Ease.fit(empty, N_ITEMS).score(History((Event("e", 2, 1.0, 0),))).any()

    def test_it_refuses_no_regularisation(self) -> None:
        with pytest.raises(DataError, match="above 0"):
            Ease.fit(DATA, N_ITEMS, regularisation=0.0)

    def test_pruning_keeps_what_is_large(self) -> None:
        block = np.array([[0.0, 0.5, -0.2], [0.1, 0.0, 0.3]], dtype=np.float32)
        kept = ItemMatrix.pruned([block, np.zeros((1, 3), dtype=np.float32)], 3, 0.15).csr.toarray()
        assert np.allclose(kept, [[0, 0.5, -0.2], [0, 0, 0.3], [0, 0, 0]])

    def test_a_row_may_keep_its_largest_only(self) -> None:
        block = np.array([[0.0, 0.2, 0.5, 0.2], [0.1, 0.0, 0.0, 0.0]], dtype=np.float32)
        kept = ItemMatrix.pruned([block, np.zeros((2, 4), dtype=np.float32)], 4, 0.0, most=2).csr.toarray()
        assert np.allclose(kept, [[0, 0.2, 0.5, 0], [0.1, 0, 0, 0], [0] * 4, [0] * 4])


class TestTaste:
    """EASE of likes alone."""

    def test_what_was_met_and_disliked_tells_nothing(self) -> None:
        without = interactions(
            [
                (int(u), int(i), float(s), int(t))
                for u, i, s, t in zip(DATA.users, DATA.items, DATA.strengths, DATA.times, strict=True)
                if s > 0
            ]
        )
        told = History((Event("a", 2, 1.0, 0), Event("b", 3, -1.0, 1)))
        assert np.allclose(fitted("taste").score(told), Taste.fit(without, N_ITEMS).score(told), atol=1e-6)

    def test_a_dislike_lowers_what_its_likers_like(self) -> None:
        fit = Taste.fit(CIRCLES, 5)
        assert fit.score(History((Event("e", 0, -1.0, 0),)))[1] < 0 < fit.score(History((Event("e", 0, 1.0, 0),)))[1]


class TestContent:
    """Inner products of features."""

    def test_by_hand(self) -> None:
        fit = Content(np.array([[1, 0], [0, 1], [2, 1]], dtype=np.float32))
        told = History((Event("a", 0, 1.0, 0), Event("b", 1, -1.0, 1)))  # gains 1 and -0.5, two events
        assert np.allclose(fit.score(told), np.array([1.0, -0.5, 2.0 - 0.5]) / np.sqrt(2))

    def test_without_features_it_says_nothing(self) -> None:
        assert not Content.fit(DATA, N_ITEMS).score(History((Event("a", 0, 1.0, 0),))).any()


class TestHoldout:
    """What the blend's coefficients are learned from."""

    def test_a_last_visit_is_asked_for_when_it_began(self) -> None:
        first = [(0, item, 1.0, 60 * item) for item in range(6)]
        back = [(0, 6, 1.0, 5 * DAY), (0, 7, -1.0, 5 * DAY + 60), (0, 8, 1.0, 5 * DAY + 120)]
        stayed = [(1, item, 1.0, 60 * item) for item in range(8)]
        data = interactions([*first, *back, *stayed])
        (visit,), kept = last_visits(data, np.array([0, 1]), np.ones(len(data), dtype=bool))
        assert visit.answers.tolist() == [6, 8]
        assert visit.history.now == 5 * DAY
        assert [event.item for event in visit.history.events] == list(range(6))
        assert kept.tolist() == [True] * 6 + [False] * 3 + [True] * 8

    @given(seed=st.integers(0, 50))
    @settings(deadline=None, max_examples=20)
    def test_no_answer_was_fitted_or_told(self, seed: int) -> None:
        data = crowd(seed, n_users=40)
        held = hold_out(data, 30, np.random.default_rng(seed))
        users = held.fitted.times % DAY // 1000  # as `crowd` makes its times
        fitted_on = set(zip(users.tolist(), held.fitted.items.tolist(), strict=True))
        for example in (*held.last, *held.returning, *held.newcomers):
            told = [event.item for event in example.history.events]
            assert not np.isin(example.answers, [*told, *example.met]).any()
            for event in example.history.events[:1]:
                user = event.time % DAY // 1000
                assert not fitted_on & {(user, answer) for answer in example.answers.tolist()}


def table(matrix: LowRank) -> FloatArray:
    """All of a matrix that is never made, [n_items, n_items]."""
    rows = np.arange(matrix.n_items)
    out = np.zeros((len(rows), len(rows)), dtype=np.float32)
    matrix.spread(rows, np.ones(len(rows), dtype=np.float32), rows, out)
    return out


class TestCosine:
    """By hand."""

    DATA = interactions([(0, 0, 1.0, 1), (0, 1, 1.0, 2), (1, 0, 1.0, 1), (1, 1, -1.0, 2), (2, 1, 0.5, 1)])

    def test_shrunk_cosine_of_likes_only(self) -> None:
        fit = Cosine.fit(self.DATA, 3, shrinkage=2.0, asymmetry=0.0, activity=0.0)
        # one user likes both; two like 0, two like 1: 1 / sqrt((2 + 2)(2 + 2))
        assert np.allclose(table(fit.matrix), [[0, 0.25, 0], [0.25, 0, 0], [0, 0, 0]], atol=1e-6)

    def test_who_likes_few_things_counts_more(self) -> None:
        fit = Cosine.fit(self.DATA, 3, shrinkage=2.0, asymmetry=0.0, activity=0.5)
        # who likes both likes 2 things where the mean is 4 / 3
        assert np.allclose(table(fit.matrix)[0, 1], 0.25 * (2 / (4 / 3)) ** -0.5, atol=1e-6)

    def test_asymmetry_favours_the_better_known(self) -> None:
        data = interactions([*((user, 0, 1.0, 1) for user in range(8)), (0, 1, 1.0, 2), (1, 1, 1.0, 2)])
        fit = Cosine.fit(data, 2, shrinkage=2.0, asymmetry=0.3, activity=0.0)
        # two like both, eight like 0 and two like 1
        assert np.allclose(table(fit.matrix), [[0, 2 / (10**0.8 * 4**0.2)], [2 / (4**0.8 * 10**0.2), 0]], atol=1e-6)
        assert np.allclose(fit.alike(np.array([0]))[1], 2 / np.sqrt(10 * 4), atol=1e-6)

    def test_events_count_alike_whatever_their_age(self) -> None:
        fit = fitted("cosine")
        one, other = Event("a", 2, 1.0, 0), Event("b", 5, 1.0, 9)
        assert np.allclose(fit.score(History((one, other))), fit.score(History((other, one))))

    def test_directions_that_are_left_out_are_the_weakest(self) -> None:
        all_of_them, one = Cosine.fit(DATA, N_ITEMS).matrix, Cosine.fit(DATA, N_ITEMS, rank=1).matrix
        assert one.outputs.shape == (N_ITEMS, 1)
        assert np.allclose(np.abs(one.outputs[:, 0]), np.abs(all_of_them.outputs[:, 0]), atol=1e-4)
        lengths = (all_of_them.vectors * all_of_them.outputs).sum(axis=0)
        assert (np.diff(lengths) <= 1e-6).all()

    def test_the_user_vector_stands_for_the_cosine_part(self) -> None:
        blend = fitted("blend")
        assert isinstance(blend, Blend)
        history = History((Event("a", 2, 1.0, 0), Event("b", 4, 0.5, 1)))
        wanted = blend.cosine.score(history)
        found = blend.factors @ blend.user_vector(history)
        others = np.setdiff1d(np.arange(N_ITEMS), [2, 4])  # an item's own diagonal is in the product
        assert np.corrcoef(found[others], wanted[others])[0, 1] > 0.95

    def test_nobody_likes_anything(self) -> None:
        sour = interactions([(0, 0, -1.0, 1), (0, 1, -1.0, 2), (1, 0, -1.0, 1)])
        assert not Cosine.fit(sour, 3).matrix.outputs.any()
        assert np.isfinite(Blend.fit(sour, 3).score(History((Event("e", 0, 1.0, 1),)))).all()


class TestPopularity:
    """Counts and half-lives by hand."""

    DATA = interactions([(0, 0, 1.0, 0), (1, 0, 0.5, 7 * DAY), (2, 1, -1.0, 14 * DAY)])

    def test_counts_and_decay(self) -> None:
        found = Popularity.fit(self.DATA, 3, half_lives=(7.0,), shares=(1.0, 1.0)).statistics(0)
        assert np.allclose(found["popularity"], np.log([[3, 2, 1], [3, 1, 1]]))
        # at the data's end: item 0 is 14 and 7 days old, item 1 is new; 1.75 of 3, so 7 / 12 are expected each
        observed, expected = np.array([0.25 + 0.5, 1, 0]), np.array([2, 1, 0]) * 7 / 12
        assert np.allclose(found["trend"], np.log((observed + PRIOR) / (expected + PRIOR)))

    def test_little_evidence_is_little_trend(self) -> None:
        """One recent rating of one says less than 18 of 29; no rating says nothing; a forgotten favourite sinks."""
        long_ago, now = 0, 4000 * DAY
        rising = [(u, 0, 1.0, now if u < 18 else long_ago) for u in range(29)]
        once = [(29, 1, 1.0, now)]
        forgotten = [(u, 2, 1.0, long_ago) for u in range(300)]
        one_old = [(300, 3, 1.0, long_ago)]
        fit = Popularity.fit(interactions(rising + once + forgotten + one_old), 5)
        for trend in fit.statistics(0)["trend"]:
            # 19 of 331 events are recent, so 29 events let expect 29 · 19 / 331 of them, and so on
            wanted = [
                np.log((d + PRIOR) / (n * 19 / 331 + PRIOR)) for d, n in ((18, 29), (1, 1), (0, 300), (0, 1), (0, 0))
            ]
            assert np.allclose(trend, wanted, atol=1e-5)
            assert trend[0] > 2 * trend[1] > 0
            assert trend[2] < trend[3] < trend[4] == 0
            assert abs(trend[3]) < 0.1

    def test_the_data_s_end_is_as_late_as_it_gets(self) -> None:
        fit = Popularity.fit(self.DATA, 3)
        assert np.array_equal(fit.score(History()), fit.score(History(now=10**12)))

    @given(now=st.integers(1, 30 * DAY))
    @settings(deadline=None, max_examples=40)
    def test_the_trend_knows_only_what_was_before(self, now: int) -> None:
        rows = [
            (u, int(i), float(s), int(t))
            for u, i, s, t in zip(DATA.users, DATA.items, DATA.strengths, DATA.times, strict=True)
        ]
        later = [(40 + n, n % 12, 1.0, now + n) for n in range(6)]  # the first of them at `now` itself
        whole = Popularity.fit(interactions([*rows, *later]), N_ITEMS).statistics(now)["trend"]
        without = [row for row in rows if row[3] < now]
        if without:
            known = Popularity.fit(interactions([*without, (99, 13, 1.0, now + 100)]), N_ITEMS).statistics(now)["trend"]
            assert np.allclose(whole, known)

    def test_no_behaviour_at_all(self) -> None:
        none = np.zeros(0, dtype=np.int64)
        empty = Interactions((), none, none, none.astype(np.float32), none.astype(np.float32), none)
        assert not Popularity.fit(empty, 4).score(History()).any()


class TestSequence:
    """The additive sequence model and its training."""

    def test_scores_are_the_formula(self) -> None:
        model = fitted("sequence")
        assert isinstance(model, Sequence)
        told = History((Event("a", 2, 1.0, 5), Event("b", 3, -1.0, 6), Event("c", 7, 0.25, 7)))
        kernels, gains = model.curves.kernels, model.curves.gains
        wanted = model.curves.popularity * np.log1p(np.bincount(DATA.items, minlength=N_ITEMS))
        for head in range(len(kernels)):
            kept = np.exp(kernels[head, [2, 1, 0]])  # knots 0, 1 and 2 are ages 0, 1 and 2
            said = [gains[head, 4], gains[head, 0], (gains[head, 2] + gains[head, 3]) / 2]
            for item, k, g in zip((2, 3, 7), kept, said, strict=True):
                wanted += k / np.sqrt(kept.sum()) * g * (model.heads.outputs @ model.heads.inputs[item, head])
        assert np.allclose(model.score(told), wanted, atol=1e-4)

    def test_training_users_are_serving_users(self) -> None:
        """The Toeplitz products of training give the same user vectors as the sum over a history."""
        state = sequence_training.State(np.ones(N_ITEMS, dtype=np.float32), seed=5)
        with torch.no_grad():
            state.averaged["gains"] += torch.rand(state.averaged["gains"].shape)
        rng = np.random.default_rng(0)
        long = interactions([(0, int(rng.integers(N_ITEMS)), float(rng.choice([-1, 0, 0.5])), t) for t in range(330)])
        data = sequence_training.Chunks(long, np.ones(N_ITEMS, dtype=np.float32))
        heads, curves = state.model()
        for first, start, end in data.spans:
            context = -(-(start - first) // sequence_training.CHUNK) * sequence_training.CHUNK
            rows = torch.arange(start - context, start + sequence_training.CHUNK)[None]
            there = (rows >= first) & (rows < end)
            with torch.no_grad():
                users = data.users(state.averaged, rows.clamp(0, len(long) - 1), there.float(), context)[0]
            for target in (max(start, 1), end - 1):
                told = curves.weights(long.strengths[:target])
                wanted = heads.vectors(long.items[:target], told).sum(axis=0)
                assert np.allclose(users[target - start].numpy(), wanted, atol=1e-4)

    def test_the_loss_and_its_gradients_are_torch_s(self) -> None:
        torch.manual_seed(0)
        users, outputs, bias = (torch.randn(*shape, requires_grad=True) for shape in ((6, 4), (9, 4), (9,)))
        targets = torch.tensor([0, 3, 3, 8, 1, 5])
        own = sequence_training.SoftmaxLoss.apply(users, outputs, bias, targets)
        theirs = torch.nn.functional.cross_entropy(users @ outputs.T + bias, targets)
        assert torch.allclose(own, theirs, atol=1e-6)
        for left, right in zip(
            torch.autograd.grad(own, [users, outputs, bias]),
            torch.autograd.grad(theirs, [users, outputs, bias]),
            strict=True,
        ):
            assert torch.allclose(left, right, atol=1e-6)

    @pytest.mark.parametrize("epoch", [1, 3])
    def test_a_killed_run_goes_on_to_the_same_result(
        self, epoch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = Sequence.fit(DATA, N_ITEMS, epochs=4)
        save = sequence_training._save

        def killed(saved: dict[str, Any], checkpoint: Path) -> None:
            save(saved, checkpoint)
            if saved["done"] == epoch:
                raise KeyboardInterrupt

        monkeypatch.setattr(sequence_training, "_save", killed)
        with pytest.raises(KeyboardInterrupt):
            Sequence.fit(DATA, N_ITEMS, epochs=4, checkpoint=tmp_path / "c")
        monkeypatch.undo()
        again = Sequence.fit(DATA, N_ITEMS, epochs=4, checkpoint=tmp_path / "c")
        assert np.array_equal(again.heads.outputs, whole.heads.outputs)
        assert np.array_equal(again.curves.kernels, whole.curves.kernels)

    def test_it_learns_what_comes_next(self) -> None:
        """Everybody goes round the same circle: the item after the last one is the answer."""
        rows = [(user, (user + step) % 12, 1.0, step) for user in range(48) for step in range(8)]
        model = Sequence.fit(interactions(rows), 12, epochs=60)
        told = History(tuple(Event(str(i), i, 1.0, i) for i in (3, 4, 5)))
        assert model.score(told).argmax() == 6


class TestBlend:
    """How the parts are put together."""

    def test_presence_is_how_long_ago_the_last_event_was(self) -> None:
        blend = fitted("blend")
        assert isinstance(blend, Blend)
        until = int(DATA.times.max()) + 1

        def last(ago: int) -> History:
            return History((Event("a", 2, 1.0, until - ago),))

        assert blend.presence(last(0)) == blend.presence(last(HERE)) == 1
        assert blend.presence(last(AWAY)) == blend.presence(last(3 * AWAY)) == blend.presence(History()) == 0
        assert blend.presence(last(2 * HERE)) > blend.presence(last(20 * HERE)) > 0

    @given(history=histories())
    @settings(deadline=None, max_examples=30)
    def test_contexts_are_shares(self, history: History) -> None:
        blend = fitted("blend")
        assert isinstance(blend, Blend)
        context = blend.context(history)
        assert context.min() >= 0
        assert context.sum() == pytest.approx(1, abs=1e-5)

    def test_the_most_likely_coefficients_are_those_that_drew_the_answers(self) -> None:
        rng = np.random.default_rng(0)
        features = rng.normal(size=(4000, 3, 6)).astype(np.float32)
        drawn = (np.array([1.5, 0.5, 0.0]) @ features + rng.gumbel(size=(4000, 6))).argmax(axis=1)
        gains = np.zeros((4000, 6), dtype=np.float32)
        gains[np.arange(4000), drawn] = 1
        identity = np.tile(np.eye(3, dtype=np.float32), (4000, 1, 1))
        ones = np.ones((4000, 1), dtype=np.float32)
        problem = Problem(features, np.zeros((4000, 6), dtype=bool), gains, ones, ones[:, 0] / 4000, identity)
        assert np.allclose(likelihood.fit(problem), [[1.5, 0.5, 0.0]], atol=0.12)

    @given(length=st.floats(0, 1e6))
    def test_hats_interpolate(self, length: float) -> None:
        basis = hats(length)
        assert basis.min() >= 0
        assert basis.sum() == pytest.approx(1, abs=1e-6)
        assert (basis > 0).sum() <= 2

    def test_hats_stand_on_their_lengths(self) -> None:
        assert np.allclose([hats(length) for length in LENGTHS], np.eye(len(LENGTHS)))

    def test_neighbours_are_the_events_parts(self) -> None:
        blend = fitted("blend")
        assert isinstance(blend, Blend)
        history = History((Event("a", 2, 1.0, 0), Event("b", 3, -1.0, 1)))
        terms, values = blend.decompose(history, np.arange(N_ITEMS))
        events = [row for row, term in enumerate(terms) if term.event is not None]
        assert np.allclose(blend.neighbours(history), values[events].sum(axis=0), atol=1e-5)

    def test_coefficients_are_never_negative(self) -> None:
        blend = fitted("blend")
        assert isinstance(blend, Blend)
        assert (blend.coefficients >= 0).all()

    def test_two_tastes_are_told_apart(self) -> None:
        scores = fitted("blend").score(History((Event("a", 2, 1.0, 0), Event("b", 6, 1.0, 1))))
        even, odd = [0, 4, 8, 10], [1, 3, 5, 7, 9, 11]
        assert scores[even].mean() > scores[odd].mean()


class TestAscent:
    """A problem whose answer is known: one feature puts every answer first, the others are noise."""

    def test_it_finds_the_feature_that_knows(self) -> None:
        rng = np.random.default_rng(0)
        n, features, items = 60, 3, 40
        gains = np.zeros((n, items), dtype=np.float32)
        gains[np.arange(n), rng.integers(0, items, n)] = 1 / ideal_dcg(1)
        values = rng.normal(size=(n, features, items)).astype(np.float32)
        values[:, 1] += 5 * gains
        problem = Problem(
            features=values,
            padded=np.zeros((n, items), dtype=bool),
            gains=gains,
            basis=np.stack([hats(1.0 if e % 2 else 20.0) for e in range(n)]),
            weights=np.full(n, 1 / n, dtype=np.float32),
            covariances=np.stack([np.cov(v) for v in values]).astype(np.float32),
        )
        coefficients, ndcg = ascend(problem, rng)
        assert ndcg > 0.95
        for length in (1, 4):  # 1 and 20 events
            assert coefficients[length].argmax() == 1
            assert problem.near(length).spread(coefficients[length]) == pytest.approx(1, abs=1e-4)


def test_what_hardly_differs_gets_no_say() -> None:
    """Everything happened within minutes: no item is trending, and no scale may make it so."""
    at_once = interactions([(user, item, 1.0, user + item) for user in range(60) for item in range(user % 3, 9, 3)])
    learned = learn(at_once, 9).coefficients
    assert np.isfinite(learned).all()
    assert not learned[:, FEATURES.index("trend_2") : N_COUNTED].any()
    assert learned.any(axis=1).all()


def test_a_handful_of_events_teaches_nothing() -> None:
    few = interactions([(user, item, 1.0, user + item) for user in range(5) for item in range(user % 3, 9, 3)])
    assert np.array_equal(learn(few, 9).coefficients, UNLEARNED)


def test_training_writes_what_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "FEWEST_EVENTS", 100)
    monkeypatch.setattr(sequence_training, "MOST_EPOCHS", 2)
    data = crowd(n_users=90)
    done: list[float] = []
    (tmp_path / "ranker").mkdir()
    report = train(data, N_ITEMS, tmp_path / "ranker", lambda _what, fraction: done.append(fraction))
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert report["pruning"]["ndcg@10_full"] == pytest.approx(report["pruning"]["ndcg@10_stored"], abs=0.05)
    assert set(report["last_event"]) == {"popularity", "taste", "cosine", "ease", "sequence", "blend"}
    assert 0 <= report["last_event"]["blend"]["ndcg@10"] <= 1
    assert set(report["coefficients"]) == set(CONTEXTS)
    loaded = Blend.load(tmp_path / "ranker")
    assert np.load(tmp_path / "ranker" / "cosine" / "outputs.npy").shape[0] == N_ITEMS
    history = History((Event("a", 2, 1.0, 0),), DAY)
    assert np.array_equal(loaded.score(history), Blend.fit(data, N_ITEMS).score(history))


class TestOldFiles:
    """A ranker that cannot score says so when it is opened."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        Blend.fit(CIRCLES, 5).save(tmp_path)
        assert Blend.load(tmp_path).n_items == 5
        return tmp_path

    @pytest.mark.parametrize("shape", [(len(LENGTHS), len(FEATURES)), (len(CONTEXTS), len(FEATURES) - 1), (3,)])
    def test_coefficients_of_another_version(self, shape: tuple[int, ...], folder: Path) -> None:
        np.save(folder / "coefficients.npy", np.ones(shape, dtype=np.float32))
        with pytest.raises(NotPrepared, match=r"another version.*instead of.*because prepare"):
            Blend.load(folder)

    def test_other_trends(self, folder: Path) -> None:
        np.save(folder / "popularity" / "half_lives.npy", np.ones(2, dtype=np.float32))
        with pytest.raises(NotPrepared, match="2 trends instead of 4"):
            Blend.load(folder)

    def test_parts_of_different_catalogues(self, folder: Path) -> None:
        for name in ("vectors.npy", "outputs.npy"):
            np.save(folder / "cosine" / name, np.ones((4, 2), dtype=np.float32))
        with pytest.raises(NotPrepared, match="cosine has 4 items instead of 5"):
            Blend.load(folder)

    @pytest.mark.parametrize("name", ["coefficients.npy", "ease/data.npy", "popularity/shares.npy"])
    def test_damage(self, name: str, folder: Path) -> None:
        (folder / name).write_bytes(b"\x93NUMPY\x01")
        with pytest.raises(NotPrepared, match="because prepare"):
            Blend.load(folder)
        (folder / name).unlink()
        with pytest.raises(NotPrepared, match="because prepare"):
            Blend.load(folder)
