"""Metrics against hand-computed figures, protocols against what they promise, and the report's shape."""

from __future__ import annotations

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, P, Qrel, R, ScoredDoc, Success, nDCG
from sklearn.metrics import ndcg_score, roc_auc_score
from test_rankers import DATA, N_ITEMS, interactions

from retrieval.choosing import met_share
from retrieval.errors import DataError
from retrieval.evaluation.intervals import interval, paired_ratio
from retrieval.evaluation.lists import MIXED, About, calibration, diversity, judged
from retrieval.evaluation.measuring import averaged, by_length, measure, pooled, reported
from retrieval.evaluation.metrics import (
    METRICS,
    auc,
    average_precision,
    f1,
    hit_rate,
    ndcg,
    precision,
    ranks,
    recall,
    reciprocal_rank,
)
from retrieval.evaluation.protocols import leave_one_out, newcomers, shuffled_ties, temporal
from retrieval.evaluation.ranking import RecentPopularity, evaluate, judge
from retrieval.rankers.popularity import DAY
from retrieval.schema import Event, FloatArray, History

NOTHING = np.zeros(0, dtype=np.int64)


def scores(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float32)


class TestRanks:
    """Places among the candidates, ties sharing their mean."""

    def test_without_ties(self) -> None:
        assert ranks(scores(0.1, 0.9, 0.5, 0.7), np.array([2, 1]), NOTHING).tolist() == [3, 1]

    def test_excluded_items_take_no_place(self) -> None:
        assert ranks(scores(0.1, 0.9, 0.5, 0.7), np.array([2]), np.array([1, 3])).tolist() == [1]

    def test_ties_share_their_mean_rank(self) -> None:
        assert ranks(scores(1, 1, 1, 0), np.array([0, 3]), NOTHING).tolist() == [2, 4]

    def test_a_ranker_that_scores_all_alike_gains_nothing(self) -> None:
        assert ranks(np.zeros(101, dtype=np.float32), np.array([7]), NOTHING).tolist() == [51]

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_scores_that_are_not_finite_are_rejected(self, bad: float) -> None:
        with pytest.raises(DataError, match="row 1"):
            ranks(scores(0, bad, 1), np.array([0]), NOTHING)

    def test_an_answer_that_cannot_be_found_is_rejected(self) -> None:
        with pytest.raises(DataError, match="excluded"):
            ranks(scores(0, 1), np.array([0]), np.array([0]))

    @given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
    def test_ranks_of_everything_are_a_permutation_s(self, values: list[int]) -> None:
        found = ranks(np.array(values, dtype=np.float32), np.arange(len(values)), NOTHING)
        assert found.sum() == pytest.approx(len(values) * (len(values) + 1) / 2)


class TestMetrics:
    """Järvelin and Kekäläinen's formula with pencil and paper."""

    def test_ndcg_of_one_answer(self) -> None:
        assert ndcg(np.array([1.0]), 10) == 1
        assert ndcg(np.array([3.0]), 10) == pytest.approx(0.5)
        assert ndcg(np.array([11.0]), 10) == 0

    def test_ndcg_of_several(self) -> None:
        # found at 2 and 4 of three: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/2)
        wanted = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 0.5)
        assert ndcg(np.array([2.0, 4.0, 30.0]), 10) == pytest.approx(wanted)

    def test_more_answers_than_places(self) -> None:
        assert ndcg(np.arange(1.0, 31.0), 10) == pytest.approx(1)
        assert recall(np.arange(1.0, 31.0), 20) == 1

    def test_hit_rate_and_recall(self) -> None:
        found = np.array([5.0, 12.0, 25.0])
        assert hit_rate(found, 10) == 1
        assert hit_rate(found[1:], 10) == 0
        assert recall(found, 20) == pytest.approx(2 / 3)

    def test_the_wider_list(self) -> None:
        found = np.array([2.0, 4.0, 30.0])
        assert precision(found, 10) == pytest.approx(0.2)
        assert f1(found, 10) == pytest.approx(2 * 0.2 * (2 / 3) / (0.2 + 2 / 3))
        assert reciprocal_rank(found) == 0.5
        assert average_precision(found, 10) == pytest.approx((1 / 2 + 2 / 4) / 3)

    @given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
    def test_auc_is_scikit_learn_s(self, items: list[tuple[int, bool]]) -> None:
        values, relevant = (np.array(column) for column in zip(*items, strict=True))
        found = ranks(values.astype(np.float32), np.flatnonzero(relevant), NOTHING)
        if relevant.all() or not relevant.any():
            assert auc(found, len(items)) == 0.5
        else:
            assert auc(found, len(items)) == pytest.approx(roc_auc_score(relevant, values))

    @given(st.permutations(range(25)), st.integers(1, 12))
    def test_ndcg_is_scikit_learn_s(self, order: list[int], n_relevant: int) -> None:
        values = np.array(order, dtype=np.float32)
        truth = (np.arange(25) < n_relevant).astype(float)
        found = ranks(values, np.arange(n_relevant), NOTHING)
        assert ndcg(found, 10) == pytest.approx(ndcg_score(truth[None], values[None], k=10))

    @given(st.permutations(range(25)), st.integers(1, 12))
    def test_others_are_ir_measures_(self, order: list[int], n_relevant: int) -> None:
        """The library divides recall and average precision by all the relevant items, here it is min(relevant, k)."""
        found = ranks(np.array(order, dtype=np.float32), np.arange(n_relevant), NOTHING)
        theirs = ir_measures.calc_aggregate(
            [nDCG @ 10, P @ 10, R @ 10, AP @ 10, RR, Success @ 10],
            [Qrel("q", str(item), 1) for item in range(n_relevant)],
            [ScoredDoc("q", str(item), float(score)) for item, score in enumerate(order)],
        )
        most = min(n_relevant, 10)
        assert ndcg(found, 10) == pytest.approx(theirs[nDCG @ 10])
        assert precision(found, 10) == pytest.approx(theirs[P @ 10])
        assert recall(found, 10) * most == pytest.approx(theirs[R @ 10] * n_relevant)
        assert average_precision(found, 10) * most == pytest.approx(theirs[AP @ 10] * n_relevant)
        assert reciprocal_rank(found) == pytest.approx(theirs[RR])
        assert hit_rate(found, 10) == theirs[Success @ 10]


class TestLists:
    """What a list is like, by hand."""

    def test_diversity_is_the_mean_distance_of_pairs(self) -> None:
        three = np.array([[1, 0], [0, 2], [3, 0]], dtype=np.float32)  # cosines 0, 1 and 0
        assert diversity(three) == pytest.approx(2 / 3)
        assert math.isnan(diversity(three[:1]))

    def test_calibration_is_steck_s(self) -> None:
        history = np.array([[1, 0], [0.5, 0.5]], dtype=np.float32)  # 3/4 and 1/4
        listed = np.array([[0, 1], [0, 1]], dtype=np.float32)
        q = [MIXED * 3 / 4, (1 - MIXED) + MIXED / 4]
        assert calibration(history, listed) == pytest.approx(
            0.75 * math.log(0.75 / q[0]) + 0.25 * math.log(0.25 / q[1])
        )
        assert calibration(history, history) == pytest.approx(0)
        assert math.isnan(calibration(history[:0], listed))

    def test_novelty_and_popularity(self) -> None:
        fitted = interactions([(0, 0, 1.0, 0), (0, 1, 1.0, 1), (1, 0, 1.0, 0), (2, 0, 1.0, 0)])
        met = met_share(fitted, 3)
        assert met.tolist() == [1, 0.5, 0.25]
        found = judged(np.array([1, 2]), History((Event("a", 0, 1.0, 0),)), met)
        assert found["novelty@10"] == 1.5
        assert found["popularity@10"] == 0.375
        assert found["popularity_lift@10"] == pytest.approx(-0.625)
        assert math.isnan(judged(np.array([1]), History(), met)["popularity_lift@10"])


class TestMeasuring:
    """From cases to reports."""

    SPLIT = leave_one_out(DATA)
    FOUND = measure(SPLIT, {"recent": RecentPopularity(SPLIT.fitted, N_ITEMS)})

    def test_lengths_part_the_cases(self) -> None:
        parts = by_length(self.FOUND)
        assert sum(part["recent"]["users"] for part in parts.values()) == len(self.SPLIT.cases)
        assert list(parts) == ["0-19"]
        assert parts["0-19"]["recent"]["hr@10"] == reported(self.FOUND)["recent"]["hr@10"]

    def test_runs_are_averaged_case_by_case(self) -> None:
        other = measure(self.SPLIT, {"recent": RecentPopularity(self.SPLIT.fitted, N_ITEMS, half_life=0.1)})
        mean = averaged([self.FOUND, other]).ndcg()["recent"]
        assert np.allclose(mean, (self.FOUND.ndcg()["recent"] + other.ndcg()["recent"]) / 2)

    def test_windows_are_pooled_by_case(self) -> None:
        both = pooled([self.FOUND, self.FOUND])
        assert len(both.users) == 2 * len(self.SPLIT.cases)
        once, twice = reported(self.FOUND)["recent"], reported(both)["recent"]
        assert twice == pytest.approx(once)  # nobody new: intervals do not shrink


class TestIntervals:
    """Bootstrap over users."""

    def test_an_interval_is_that_of_the_mean_s_distribution(self) -> None:
        values = np.random.default_rng(0).normal(size=400)
        low, high = interval(values, np.arange(400))
        assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)

    def test_cases_of_one_user_go_together(self) -> None:
        values = np.random.default_rng(0).normal(size=50)
        single, tripled = interval(values, np.arange(50)), interval(np.repeat(values, 3), np.repeat(np.arange(50), 3))
        assert tripled == pytest.approx(single)

    def test_a_paired_ratio_is_surer_than_two_means(self) -> None:
        theirs = np.random.default_rng(0).uniform(0, 1, size=100)
        assert paired_ratio(1.1 * theirs, theirs, np.arange(100)) == pytest.approx((1.1, 1.1, 1.1))


ROWS = interactions(
    [
        (0, 0, 1.0, 10), (0, 1, 1.0, 20), (0, 2, -1.0, 30),
        (1, 0, 1.0, 15), (1, 3, 1.0, 95),
        (2, 4, 1.0, 97),
        (0, 5, 1.0, 96), (1, 6, -1.0, 98),
    ]
)  # fmt: skip


class TestProtocols:
    """Who knows what when."""

    def test_leave_one_out_asks_for_the_last_event(self) -> None:
        split = leave_one_out(ROWS)
        assert [(case.user, case.relevant.tolist(), case.excluded.tolist()) for case in split.cases] == [
            (0, [5], [0, 1, 2]),
            (1, [6], [0, 3]),
        ]
        assert len(split.fitted) == len(ROWS) - 2

    def test_temporal_asks_for_likes_of_known_users(self) -> None:
        split = temporal(ROWS, tested=0.5)  # the last four: user 1's at 95 and 98, 0's at 96, 2's at 97
        assert [(case.user, case.relevant.tolist()) for case in split.cases] == [(0, [5]), (1, [3])]
        assert split.fitted.times.max() < 95
        assert all(case.history.now == 95 for case in split.cases)

    def test_nothing_known_is_later_than_what_is_asked(self) -> None:
        for split in (leave_one_out(DATA), temporal(DATA)):
            for case in split.cases:
                assert all(event.time <= case.history.now for event in case.history.events)

    @pytest.mark.parametrize("likes", [0, 1, 3])
    def test_newcomers_tell_likes_and_were_not_fitted(self, likes: int) -> None:
        split = newcomers(DATA, likes, most=3)
        assert split.cases
        for case in split.cases:
            assert case.user not in split.fitted.users
            assert len(case.history.events) == likes
            assert all(event.strength > 0 for event in case.history.events)
            assert not np.intersect1d(case.relevant, case.excluded).size

    def test_newcomers_are_the_same_for_every_number_of_likes(self) -> None:
        one, three = newcomers(DATA, 1, most=3), newcomers(DATA, 3, most=3)
        assert [case.user for case in one.cases] == [case.user for case in three.cases]

    def test_shuffled_ties_stay_in_time(self) -> None:
        tied = interactions([(0, item, 1.0, item // 5) for item in range(20)])
        mixed = shuffled_ties(tied, 1)
        assert mixed.times.tolist() == tied.times.tolist()
        assert sorted(mixed.items.tolist()) == sorted(tied.items.tolist())
        assert mixed.items.tolist() != tied.items.tolist()


class TestJudging:
    """The comparison itself."""

    def test_an_oracle_is_perfect_and_its_opposite_finds_nothing(self) -> None:
        split = leave_one_out(DATA)
        answers = {case.history: case.relevant for case in split.cases}

        class Oracle:
            def __init__(self, sign: int) -> None:
                self.sign = sign

            def score(self, history: History) -> FloatArray:
                out = np.zeros(N_ITEMS + 30, dtype=np.float32)  # 30 items more, so that ten places are few
                out[answers[history]] = self.sign
                return out

        report = judge(split, {"oracle": Oracle(1), "fool": Oracle(-1)})
        assert report["oracle"]["ndcg@10"] == 1
        assert report["fool"]["hr@10"] == 0

    def test_recent_popularity_knows_only_what_was_before(self) -> None:
        data = interactions([(0, 0, 1.0, 0), (1, 0, 1.0, 0), (2, 1, 1.0, 30 * DAY), (3, 2, 1.0, 60 * DAY)])
        peer = RecentPopularity(data, 4)
        assert peer.score(History(now=30 * DAY)).argmax() == 0
        assert peer.score(History(now=60 * DAY)).argmax() == 1
        assert peer.score(History()).argmax() == 2

    def test_the_report_has_every_model_and_metric(self) -> None:
        rng = np.random.default_rng(0)
        about = About(rng.normal(size=(N_ITEMS, 3)).astype(np.float32), np.eye(N_ITEMS, 2, dtype=np.float32))
        report = evaluate(DATA, N_ITEMS, newcomer_likes=(1, 3), most=3, thorough=True, seeds=2, about=about)
        names = {"popularity", "recent_popularity", "item_item", "popularity_trend", "cosine", "ease", "ease_recency"}
        names |= {"taste", "content", "blend"}
        tables = [report["leave_one_out"], report["temporal"], report["pooled"], *report["newcomers"].values()]
        tables += [*report["rolling"].values(), *report["ties"].values()]
        assert set(report["rolling"]) == {"0.7", "0.8", "0.9", "1.0"}
        assert report["paired"]["leave_one_out"]["low"] <= report["paired"]["leave_one_out"]["high"]
        assert set(report["newcomers"]) == {"1", "3"}
        for table in tables:
            assert set(table) == names
            for figures in table.values():
                assert set(METRICS) | {"auc", "coverage@10", "novelty@10", "diversity@10"} <= set(figures)
                for metric in (*METRICS, "auc"):
                    low, high = figures[f"{metric}_low"] - 1e-9, figures[f"{metric}_high"] + 1e-9
                    assert low <= figures[metric] <= high
                    assert 0 <= figures[metric] <= 1
                assert figures["users"] > 0
