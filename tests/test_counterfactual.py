"""The smallest set of events without which an item leaves the list: exactly minimal, and true when it is run again."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rankers import N_ITEMS, crowd, fitted

from retrieval.rankers import counterfactual as module
from retrieval.rankers.counterfactual import counterfactual, smallest
from retrieval.rankers.ease import Ease
from retrieval.schema import Event, History


def fewest(lead: np.ndarray, d: np.ndarray, k: int) -> int | None:
    """By trying every set."""
    for size in range(len(d) + 1):
        for gone in combinations(range(len(d)), size):
            if (lead - d[list(gone)].sum(axis=0) < 0).sum() >= k:
                return size
    return None


class TestFrozen:
    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, 10**6), st.integers(0, 9), st.integers(1, 12), st.integers(1, 4))
    def test_no_smaller_set_does_it(self, seed: int, n_events: int, n_rivals: int, k: int) -> None:
        random = np.random.default_rng(seed)
        d = random.normal(0.1, 1, (n_events, n_rivals)).round(2)
        lead = random.exponential(2, n_rivals).round(2)
        found, wanted = smallest(lead, d, k), fewest(lead, d, k)
        assert (None if found is None else len(found[0])) == wanted
        if found is not None:
            assert found[1]
            assert (lead - d[list(found[0])].sum(axis=0) < 0).sum() >= k

    @pytest.mark.parametrize(("seed", "n_events", "far"), [(0, 20, 4), (1, 20, 4), (0, 14, 4), (1, 14, 4), (2, 14, 9)])
    def test_long_histories(self, seed: int, n_events: int, far: int) -> None:
        random = np.random.default_rng(seed)
        d = random.normal(0.2, 1, (n_events, 60))
        lead = 1 + random.exponential(far, 60)
        found = smallest(lead, d, 10)
        assert found is not None
        assert found[1]
        assert len(found[0]) == fewest(lead, d, 10) > 2

    def test_single_contributions_do_not_tell(self) -> None:
        """Event 0 gives the item most, but gives its only rival as much: taking it away changes nothing."""
        assert smallest(np.array([1.0]), np.array([[0.0], [0.7], [0.6]]), 1) == ((1, 2), True)

    def test_an_item_that_is_there_for_other_reasons(self) -> None:
        assert smallest(np.array([5.0]), np.array([[1.0], [1.0]]), 1) is None
        assert smallest(np.array([5.0, -1.0]), np.array([[1.0, 0.0]]), 1) == ((), True)

    def test_a_search_that_would_take_too_long_ends_with_a_set_that_does_it(self) -> None:
        random = np.random.default_rng(0)
        d, lead = random.normal(0.2, 1, (60, 300)), 3 + random.exponential(30, 300)
        found = smallest(lead, d, 10)
        assert found is not None
        gone, proven = found
        assert not proven
        assert (lead - d[list(gone)].sum(axis=0) < 0).sum() >= 10


@st.composite
def told(draw: st.DrawFn) -> History:
    rows = draw(st.lists(st.integers(0, 11), min_size=1, max_size=8, unique=True))
    strengths = draw(st.lists(st.sampled_from([1.0, 0.5, -1.0]), min_size=len(rows), max_size=len(rows)))
    return History(tuple(Event(f"e{row}", row, s, n) for n, (row, s) in enumerate(zip(rows, strengths, strict=True))))


@pytest.mark.parametrize("name", ["ease", "cosine", "blend"])
@settings(max_examples=25, deadline=None)
@given(history=told(), k=st.integers(1, 3))
def test_without_the_events_the_item_is_really_gone(name: str, history: History, k: int) -> None:
    ranker = fitted(name)
    known = [event.item for event in history.events]
    candidates = np.array([row for row in range(N_ITEMS) if row not in known])
    scores = ranker.score(history)
    item = int(candidates[scores[candidates].argmax()])
    found = counterfactual(ranker, history, item, candidates, k)
    if found is None:
        again = ranker.score(replace(history, events=()))
        assert (again[candidates] > again[item]).sum() < k
        return
    kept = replace(history, events=tuple(e for n, e in enumerate(history.events) if n not in found.events))
    again = ranker.score(kept)
    assert (again[candidates] > again[item]).sum() >= k
    level = np.isclose(again[candidates], again[item], rtol=1e-5, atol=1e-6).sum() > 1  # apart by rounding alone
    if name == "cosine" and not level:  # nothing but the events' own terms changes: frozen is true
        assert found.events == found.frozen
        assert found.smallest


def test_where_freezing_misleads_more_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """With recency, the events that stay move up: the frozen set may not be enough."""
    ranker = Ease.fit(crowd(n_users=60), N_ITEMS, regularisation=5.0)
    history = History(tuple(Event(f"e{n}", row, 1.0, n) for n, row in enumerate((1, 3, 0, 2, 4))))
    candidates = np.arange(5, N_ITEMS)
    item = int(candidates[ranker.score(history)[candidates].argmax()])
    monkeypatch.setattr(module, "smallest", lambda *_: ((0,), False))
    found = counterfactual(ranker, history, item, candidates, 3)
    assert found is not None
    assert found.frozen == (0,)
    assert len(found.events) > 1
