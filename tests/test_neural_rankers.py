"""Rankers that `because train` makes: the contract, real attribution, and that a kill changes no bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pairs
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rankers import DATA, N_ITEMS, close, histories, interactions

from retrieval import versions
from retrieval.evaluation.lists import About
from retrieval.evaluation.ranking import evaluate
from retrieval.rankers import Ranker
from retrieval.rankers.neural import TRAINED, light_gcn, training, transformer
from retrieval.rankers.neural.graph import Graph
from retrieval.rankers.neural.light_gcn import LightGCN
from retrieval.rankers.neural.stopping import Training, ndcg
from retrieval.rankers.neural.transformer import Transformer
from retrieval.rankers.sequence import Answer
from retrieval.schema import Event, FloatArray, History

DESCRIBED = np.random.default_rng(2).normal(size=(N_ITEMS, 3)).astype(np.float32)
SMALL = {
    "transformer": transformer.Dials(size=8, rate=0.01, pretrained=1),
    "light_gcn": light_gcn.Dials(size=8, layers=3),
}
FITTED: dict[str, Any] = {}
REPLACING = versions.replacing


def small(name: str, **more: Any) -> Training:
    return Training(dials=SMALL.get(name), **{"epochs": 3, "vectors": DESCRIBED, **more})


def fitted(name: str) -> Any:
    if name not in FITTED:
        FITTED[name] = TRAINED[name].fit(DATA, N_ITEMS, small(name))
    return FITTED[name]


def numbers(ranker: Ranker, folder: Path) -> dict[str, bytes]:
    """Every number of a ranker."""
    folder.mkdir()
    ranker.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def told(*items: int) -> History:
    return History(tuple(Event(f"e{place}", item, 1.0, place) for place, item in enumerate(items)))


@pytest.mark.parametrize("name", TRAINED)
class TestContract:
    @given(history=histories())
    @settings(deadline=None, max_examples=40)
    def test_scores_are_finite_and_are_the_sum_of_their_terms(self, name: str, history: History) -> None:
        ranker = fitted(name)
        scores = ranker.score(history)
        terms, values = ranker.decompose(history, np.arange(N_ITEMS))
        assert (scores.shape, scores.dtype) == ((N_ITEMS,), np.float32)
        assert np.isfinite(scores).all()
        assert values.shape == (len(terms), N_ITEMS)
        assert close(scores, values.sum(axis=0), values)
        assert {term.part for term in terms} <= {"popularity", name}
        assert len(set(terms)) == len(terms)
        assert all(term.event is None or 0 <= term.event < len(history.events) for term in terms)

    @given(history=histories(), items=st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=6, unique=True))
    @settings(deadline=None, max_examples=20)
    def test_some_items_decompose_as_all_do(self, name: str, history: History, items: list[int]) -> None:
        rows = np.array(items, dtype=np.int64)
        terms, values = fitted(name).decompose(history, rows)
        everything, everywhere = fitted(name).decompose(history, np.arange(N_ITEMS))
        assert terms == everything
        assert np.allclose(values, everywhere[:, rows], atol=1e-5)
        assert np.allclose(fitted(name).score_some(history, rows), fitted(name).score(history)[rows], atol=1e-5)
        assert np.allclose(fitted(name).means(history, rows), values.mean(axis=1), atol=1e-5)

    def test_saved_and_loaded_it_scores_the_same(self, name: str, tmp_path: Path) -> None:
        fitted(name).save(tmp_path)
        loaded = TRAINED[name].load(tmp_path)
        for history in (told(2, 3, 2), History()):
            assert np.array_equal(loaded.score(history), fitted(name).score(history))
        assert loaded.epochs == 3

    def test_killed_and_gone_on_it_ends_bit_by_bit_the_same(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for killed_after in (1, 2, 3):
            file = tmp_path / f"checkpoint-{killed_after}"

            left = iter(range(killed_after))

            def killed(path: Path, file: Path = file, left: Iterator[int] = left) -> Any:
                if path == file and next(left, None) is None:
                    raise KeyboardInterrupt
                return REPLACING(path)

            with monkeypatch.context() as patched:
                patched.setattr(versions, "replacing", killed)
                with pytest.raises(KeyboardInterrupt):
                    TRAINED[name].fit(DATA, N_ITEMS, small(name, epochs=4, checkpoint=file))
            again = TRAINED[name].fit(DATA, N_ITEMS, small(name, epochs=4, checkpoint=file))
            whole = TRAINED[name].fit(DATA, N_ITEMS, small(name, epochs=4))
            assert numbers(again, tmp_path / f"again-{killed_after}") == numbers(whole, tmp_path / f"{killed_after}")

    def test_seeds_decide(self, name: str, tmp_path: Path) -> None:
        one, same, other = (TRAINED[name].fit(DATA, N_ITEMS, small(name, seed=seed)) for seed in (5, 5, 6))
        assert numbers(one, tmp_path / "a") == numbers(same, tmp_path / "b")
        assert not np.array_equal(one.score(told(2)), other.score(told(2)))

    def test_nobody_and_nothing(self, name: str) -> None:
        none, vectors = interactions([(0, 0, 1.0, 1)]), DESCRIBED[:3]
        assert np.isfinite(TRAINED[name].fit(none, 3, small(name, vectors=vectors)).score(told(1, 2))).all()
        assert np.isfinite(TRAINED[name].fit(none, 3, small(name, epochs=None, vectors=vectors)).score(History())).all()


@pytest.mark.parametrize("name", SMALL)
def test_it_stops_where_held_out_events_are_found_best(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of figures that rise, fall and never rise again, the second epoch's is the best."""
    module = training.State if name == "transformer" else LightGCN
    figures = iter([0.1, 0.3] + [0.2] * 100)
    monkeypatch.setattr(module, "reached", lambda *_: next(figures))
    done: list[float] = []
    stopped = TRAINED[name].trained(DATA, N_ITEMS, small(name, epochs=None, progress=done.append))
    whole = TRAINED[name].trained(DATA, N_ITEMS, small(name, epochs=2))
    assert stopped.epochs == 2
    assert np.array_equal(stopped.score(told(3)), whole.score(told(3)))
    assert done == sorted(done)
    assert done[-1] == 1.0


class TestTransformer:
    @given(history=histories())
    @settings(deadline=None, max_examples=25)
    def test_terms_are_what_leaving_out_changes(self, history: History) -> None:
        model, items = fitted("transformer"), np.arange(N_ITEMS)
        scores = model.score(history)
        terms, values = model.decompose(history, items)
        for row, term in enumerate(terms):
            if term.event is not None:
                rest = History(history.events[: term.event] + history.events[term.event + 1 :], history.now)
                assert np.allclose(values[row], scores - model.score(rest), atol=1e-4)

    def test_an_event_that_leaves_a_long_history_lets_an_older_one_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transformer, "WINDOW", 3)
        model, history = fitted("transformer"), told(0, 1, 2, 3, 4, 5)
        _, values = model.decompose(history, np.arange(N_ITEMS))
        for gone in range(6):
            rest = History(history.events[:gone] + history.events[gone + 1 :])
            assert np.allclose(values[2 + gone], model.score(history) - model.score(rest), atol=1e-5)
        assert not values[2:5].any()

    def test_what_comes_later_changes_nothing_before(self) -> None:
        """Causal: the state after an event is the same whatever follows."""
        network = fitted("transformer").network
        rows = torch.tensor([[1, 2, 3, 4], [1, 2, 9, 8]])
        with torch.inference_mode():
            found = network.hidden(rows, torch.full(rows.shape, 4.0), torch.ones_like(rows, dtype=torch.bool), None)
        assert torch.allclose(found[0, :3], found[1, :3], atol=1e-6)
        assert not torch.allclose(found[0, 3], found[1, 3], atol=1e-3)

    def test_pre_training_sees_both_sides_and_not_what_is_masked(self) -> None:
        network = fitted("transformer").network
        rows, later, own = torch.tensor([[1, 2, 3]]), torch.tensor([[1, 2, 9]]), torch.tensor([[1, 7, 3]])
        masked = torch.tensor([[False, True, False]])
        there = torch.ones_like(rows, dtype=torch.bool)
        with torch.inference_mode():
            first, second, third = (
                network.hidden(r, torch.full(rows.shape, 4.0), there, masked, causal=False)[0, 2]
                for r in (rows, later, own)
            )
        assert not torch.allclose(first, second, atol=1e-3)
        assert torch.equal(first, third)

    def test_it_learns_what_no_sum_over_events_can(self) -> None:
        """Of 0 or 1, then 2 or 3: with sums f + g, those of two pairs and of the other two add up to the same."""
        model = Transformer.fit(pairs.interactions(), 6 * pairs.ROOMS, Training(dials=pairs.QUICK, epochs=10))
        for first, second in pairs.KINDS:
            assert model.score(told(first, second))[4:6].argmax() + 4 == pairs.answer(first, second)


TOGETHER = """
import sys
from pathlib import Path
from accelerate import debug_launcher
from test_neural_rankers import DATA, N_ITEMS, small
from retrieval.rankers.neural.training import Job
debug_launcher(Job(DATA, N_ITEMS, small("transformer", epochs=6)).run_beside, (Path(sys.argv[1]),), num_processes=2)
"""


def test_several_processes_train_one_network(tmp_path: Path) -> None:
    """What several GPUs do, by two processes on the CPU: each takes a half of every batch, and one of them writes."""
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent)])
    subprocess.run(
        [sys.executable, "-c", TOGETHER, str(tmp_path / "result")],
        check=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
    )
    weights, _, epochs = torch.load(tmp_path / "result", weights_only=False)
    alone, _, _ = training.Job(DATA, N_ITEMS, small("transformer", epochs=6)).run(lambda _done: None)
    start, _, _ = training.Job(DATA, N_ITEMS, small("transformer", epochs=0)).run(lambda _done: None)
    assert epochs == 6
    moved, expected = (found["items"] - start["items"] for found in (weights, alone))
    assert np.corrcoef(moved.ravel(), expected.ravel())[0, 1] > 0.5


class TestLightGCN:
    def test_vectors_are_those_that_pass_along_the_graph(self) -> None:
        """Against the definition, with the whole matrix of users and items and its powers."""
        for layers in (1, 2, 3, 4):
            graph = Graph(DATA, N_ITEMS, layers)
            n_users = len(DATA.user_ids)
            A = np.zeros((n_users + N_ITEMS, n_users + N_ITEMS))
            A[DATA.users, n_users + DATA.items] = 1
            A += A.T
            degrees = np.maximum(A.sum(axis=0), 1)
            A /= np.sqrt(degrees[:, None] * degrees)
            start = np.random.default_rng(0).normal(size=(N_ITEMS, 5)).astype(np.float32)
            E = [np.concatenate([np.zeros((n_users, 5)), start])]
            for _ in range(layers):
                E.append(A @ E[-1])
            heads = graph.heads(start)
            assert np.allclose(heads.outputs, np.sum(E, axis=0)[n_users:] / (layers + 1), atol=1e-5)
            # The users who are known are what is folded in from their items.
            for user in (0, 7):
                items = DATA.items[DATA.users == user]
                folded = heads.inputs[items, 0].sum(axis=0) / np.sqrt(len(items))
                assert np.allclose(folded, np.sum(E, axis=0)[user] / (layers + 1), atol=1e-5)

    def test_gradients_are_those_of_finite_differences(self) -> None:
        graph = Graph(DATA, N_ITEMS, 3)
        start = np.random.default_rng(0).normal(size=(N_ITEMS, 3)).astype(np.float32)
        users = np.arange(20)

        def loss(vectors: FloatArray, beta: float) -> tuple[FloatArray, float, float]:
            return graph.gradients(vectors, beta, users, np.random.default_rng(1))

        gradient, slope, _ = loss(start, 0.5)
        for item, number in ((0, 0), (5, 2), (11, 1)):
            step = np.zeros_like(start)
            step[item, number] = 0.01
            numeric = (loss(start + step, 0.5)[2] - loss(start - step, 0.5)[2]) / 0.02
            assert gradient[item, number] == pytest.approx(numeric, abs=2e-4)
        assert slope == pytest.approx((loss(start, 0.51)[2] - loss(start, 0.49)[2]) / 0.02, abs=2e-4)

    @given(history=histories(), data=st.data())
    @settings(deadline=None, max_examples=30)
    def test_a_deleted_event_takes_exactly_its_terms_along(self, history: History, data: st.DataObject) -> None:
        if not history.events:
            return
        ranker, items = fitted("light_gcn"), np.arange(N_ITEMS)
        gone = data.draw(st.integers(0, len(history.events) - 1))
        frozen = ranker.weights(history)
        terms, values = ranker.decompose(history, items, frozen)
        own = np.array([term.event == gone for term in terms])
        rest = History(history.events[:gone] + history.events[gone + 1 :], history.now)
        after = ranker.score(rest, frozen.without(gone))
        assert close(after, ranker.score(history) - values[own].sum(axis=0), values)

    def test_two_tastes_are_told_apart(self) -> None:
        model = LightGCN.fit(DATA, N_ITEMS, small("light_gcn", epochs=30))
        scores = model.score(told(2, 6))
        assert scores[[0, 4, 8, 10]].mean() > scores[[1, 3, 5, 7, 9, 11]].mean()


def test_stopping_counts_ties_in_the_middle() -> None:
    """The answer shares its score with one more: rank 1.5; then it is alone at rank 11 and outside."""
    outputs = np.zeros((13, 1), dtype=np.float32)
    outputs[:2] = 1
    asked = Answer(told(12), 0, np.array([12]))
    assert ndcg(np.ones((1, 1)), outputs, np.zeros(13), [asked]) == pytest.approx(1 / np.log2(2.5))
    bias = np.r_[-2, np.zeros(12)]
    assert ndcg(np.ones((1, 1)), outputs, bias, [replace(asked)]) == 0


def test_the_evaluation_lists_them_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_EPOCHS", 2)
    monkeypatch.setattr(light_gcn, "MOST_EPOCHS", 2)
    about = About(DESCRIBED, np.ones((N_ITEMS, 1), dtype=np.float32), DESCRIBED)
    report = evaluate(DATA, N_ITEMS, newcomer_likes=(1,), most=1, about=about, neural=True)
    for protocol in (report["leave_one_out"], report["temporal"], report["newcomers"]["1"]):
        assert set(TRAINED) < set(protocol)
        assert all(0 <= protocol[name]["ndcg@10"] <= 1 for name in TRAINED)
