"""A neural ranker beside the blend: a place that is earned, contributions that add up, and a model that is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_neural_rankers import fitted, told
from test_rankers import N_ITEMS, close, histories, interactions
from test_rankers import fitted as additive

from retrieval.errors import NotPrepared
from retrieval.rankers import Blend
from retrieval.rankers.blend import CONTEXTS
from retrieval.rankers.counterfactual import counterfactual
from retrieval.rankers.holdout import Example, Holdout
from retrieval.rankers.neural.beside import FOLDER, Accompanied, Beside, load
from retrieval.rankers.neural.placing import coefficients, places
from retrieval.schema import FloatArray, History

PARTS = ("transformer", "light_gcn", "text")
COEFFICIENTS = np.linspace(0.1, 0.9, len(CONTEXTS)).astype(np.float32)


def accompanied() -> Accompanied:
    """The blend in which every part speaks, and all neural rankers beside it."""
    blend = additive("blend")
    assert isinstance(blend, Blend)
    return Accompanied.of(blend, {name: Beside(fitted(name), COEFFICIENTS) for name in PARTS})


class TestAccompanied:
    @given(history=histories())
    @settings(deadline=None, max_examples=25)
    def test_scores_are_the_blend_s_and_so_much_of_the_others(self, history: History) -> None:
        model, counts = accompanied(), additive("blend").context(history) @ COEFFICIENTS
        wanted = additive("blend").score(history) + sum(counts * fitted(name).score(history) for name in PARTS)
        assert np.allclose(model.score(history), wanted, rtol=1e-4, atol=1e-4)
        assert np.allclose(model.score_some(history, np.array([3, 1])), wanted[[3, 1]], rtol=1e-4, atol=1e-4)

    @given(history=histories(), data=st.data())
    @settings(deadline=None, max_examples=25)
    def test_contributions_add_up_and_one_event_takes_its_own_along(
        self, history: History, data: st.DataObject
    ) -> None:
        model, items = accompanied(), np.arange(N_ITEMS)
        frozen = model.weights(history)
        terms, values = model.decompose(history, items)
        assert close(model.score(history), values.sum(axis=0), values)
        assert len(set(terms)) == len(terms) == len(values)
        assert {term.part for term in terms if term.event is None} >= {"popularity", "transformer", "text"}
        assert np.allclose(model.means(history, items), values.mean(axis=1), atol=1e-4)
        if history.events:
            gone = data.draw(st.integers(0, len(history.events) - 1))
            own = np.array([term.event == gone for term in terms])
            rest = History(history.events[:gone] + history.events[gone + 1 :], history.now)
            after = model.score(rest, frozen.without(gone))
            assert np.allclose(after, model.score(history) - values[own].sum(axis=0), rtol=1e-4, atol=1e-4)

    def test_saved_and_loaded_it_is_the_same(self, tmp_path: Path) -> None:
        model = accompanied()
        model.save(tmp_path)
        loaded = load(tmp_path)
        assert isinstance(loaded, Accompanied)
        assert list(loaded.beside) == sorted(PARTS)
        assert np.allclose(loaded.score(told(2, 3)), model.score(told(2, 3)), rtol=1e-5)

    def test_a_blend_alone_loads_as_one(self, tmp_path: Path) -> None:
        additive("blend").save(tmp_path)
        assert type(load(tmp_path)) is Blend

    @pytest.mark.parametrize("name", ["transformer.npy", "transformer/items.npy", "light_gcn/outputs.npy"])
    def test_damage_and_other_versions_are_said(self, name: str, tmp_path: Path) -> None:
        accompanied().save(tmp_path)
        np.save(tmp_path / FOLDER / name, np.zeros((3, 3), dtype=np.float32))
        with pytest.raises(NotPrepared, match="because train --restore"):
            load(tmp_path)

    def test_what_to_forget_is_found_and_seen_in_a_re_run(self) -> None:
        model, history = accompanied(), told(2, 3, 4, 6, 8)
        items = np.setdiff1d(np.arange(12), [2, 3, 4, 6, 8])
        best = int(items[model.score(history)[items].argmax()])
        found = counterfactual(model, history, best, items, k=1)
        if found is not None:
            rest = History(tuple(e for place, e in enumerate(history.events) if place not in found.events))
            assert int(items[model.score(rest)[items].argmax()]) != best


class Knows:
    """A part that gives one item 1: for some users that is the answer."""

    def __init__(self, item: int) -> None:
        self.item = item

    def score(self, history: History) -> FloatArray:  # noqa: ARG002 - part of the contract
        return np.eye(N_ITEMS, dtype=np.float32)[self.item]


def asked(answer: int, n: int) -> Holdout:
    """`n` users with one like, each of them another, asked for `answer`."""
    none = interactions([(0, 0, 1.0, 1)])
    examples = [Example(told(item % 4), np.array([answer]), np.array([item % 4])) for item in range(n)]
    return Holdout(none, tuple(examples), (), ())


class TestPlaces:
    def test_what_finds_the_answers_earns_a_weight_and_noise_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from retrieval.rankers.neural import placing

        monkeypatch.setattr(placing, "_users", lambda examples: np.arange(len(examples)))
        blend = additive("blend")
        assert isinstance(blend, Blend)
        (helps,) = places(blend, Knows(13), asked(13, 40))
        assert (helps.context, helps.users) == ("1", 40)
        assert helps.ndcg[-1] > helps.ndcg[0]
        assert helps.low > 0 < helps.weight
        (hinders,) = places(blend, Knows(12), asked(13, 40))
        assert (hinders.weight, hinders.gain) == (0.0, 0.0)
        (few,) = places(blend, Knows(13), asked(13, 8))
        assert few.weight == 0.0
        assert coefficients([helps])[1] == pytest.approx(helps.weight * helps.scale)
        assert np.count_nonzero(coefficients([helps])) == 1

    def test_one_person_s_questions_are_one_person_s(self) -> None:
        """Ten people asked forty times are ten."""
        blend = additive("blend")
        assert isinstance(blend, Blend)
        (place,) = places(blend, Knows(13), asked(13, 40))
        assert place.users == 4
