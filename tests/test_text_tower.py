"""The text tower: terms are what leaving an event out really changes; texts alone carry it to new items and users."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from test_cold import KINDS, NEVER_MET
from test_rankers import DATA, N_ITEMS, close, histories

from retrieval.errors import DataError
from retrieval.rankers.neural import text_tower
from retrieval.rankers.neural.stopping import Training
from retrieval.rankers.neural.text_tower import TextTower
from retrieval.schema import Event, History

VECTORS = (KINDS + 0.1 * np.random.default_rng(0).normal(size=KINDS.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def tower() -> TextTower:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_tower, "BATCH", 64)
        return TextTower.fit(DATA, N_ITEMS, Training(epochs=30, vectors=VECTORS))


@given(history=histories())
@settings(deadline=None, max_examples=40)
def test_terms_are_what_leaving_out_changes_and_add_up(tower: TextTower, history: History) -> None:
    items = np.arange(N_ITEMS)
    scores = tower.score(history)
    terms, values = tower.decompose(history, items)
    assert np.isfinite(scores).all()
    assert close(scores, values.sum(axis=0), values)
    for row, term in enumerate(terms):
        if term.event is not None:
            rest = History(history.events[: term.event] + history.events[term.event + 1 :], history.now)
            assert np.allclose(values[row], scores - tower.score(rest), atol=1e-4)
    assert np.allclose(tower.decompose(history, items[3:5])[1], values[:, 3:5], atol=1e-4)


def test_an_event_that_leaves_a_long_history_lets_an_older_one_in(
    tower: TextTower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_tower, "WINDOW", 3)
    told = History(tuple(Event(f"{i}", i, 1.0, i) for i in range(6)))
    _, values = tower.decompose(told, np.arange(N_ITEMS))
    for gone in range(6):
        rest = History(told.events[:gone] + told.events[gone + 1 :])
        assert np.allclose(values[1 + gone], tower.score(told) - tower.score(rest), atol=1e-4)
    assert not values[1:4].any()


def test_it_knows_items_that_nobody_met_by_their_texts(tower: TextTower) -> None:
    for taste in (0, 1):
        told = History(tuple(Event(f"{i}", 2 * i + taste, 1.0, i) for i in range(4)))
        assert tower.score(told)[list(NEVER_MET)].argmax() == taste


def test_saved_and_loaded_it_scores_the_same(tower: TextTower, tmp_path: Path) -> None:
    tower.save(tmp_path)
    told = History((Event("a", 2, 1.0, 5),))
    assert np.array_equal(TextTower.load(tmp_path).score(told), tower.score(told))


def test_fitting_is_deterministic() -> None:
    told = History((Event("a", 2, 1.0, 5),))
    one, two = (TextTower.fit(DATA, N_ITEMS, Training(seed=3, vectors=VECTORS)).score(told) for _ in range(2))
    assert np.array_equal(one, two)


def test_without_texts_it_says_so() -> None:
    with pytest.raises(DataError, match="each of 14 items and got none"):
        TextTower.fit(DATA, N_ITEMS)
