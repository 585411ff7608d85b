"""`because train --ranker transformer`: it takes a place where it helps, none elsewhere, and a kill changes nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pairs
import pytest
from test_neural_rankers import told
from test_rankers import close

from bot.training import places_table
from retrieval import versions
from retrieval.rankers.neural import training
from retrieval.rankers.neural.beside import Accompanied, load
from retrieval.rankers.neural.placing import WEIGHTS, Place
from retrieval.rankers.neural.transformer import Transformer
from retrieval.retraining import run as running
from retrieval.retraining.options import Options
from retrieval.retraining.placing import Placement
from retrieval.retraining.replacing import restore


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_EPOCHS", pairs.EPOCHS)
    monkeypatch.setattr(Transformer, "DIALS", pairs.QUICK)


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs.prepared(tmp_path_factory.mktemp("pairs"))


@pytest.fixture
def home(_prepared: Path, tmp_path: Path) -> Path:
    """A data folder of one's own in which the pairs are prepared."""
    return Path(shutil.copytree(_prepared, tmp_path / "home"))


@pytest.fixture(scope="module")
def trained(_prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The same with a Transformer trained beside, undisturbed."""
    home = Path(shutil.copytree(_prepared, tmp_path_factory.mktemp("trained") / "home"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "MOST_EPOCHS", pairs.EPOCHS)
        patched.setattr(Transformer, "DIALS", pairs.QUICK)
        return home, pairs.run(home, Options(ranker="transformer"))


def serving(home: Path) -> Any:
    return load(versions.open_folder(home, "pairs") / "ranker")


def numbers(home: Path) -> dict[str, bytes]:
    """Every number of the ranker that serves."""
    folder = versions.open_folder(home, "pairs") / "ranker"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.npy")}


def right(model: Any) -> list[int]:
    """How many of the four pairs it goes on with rightly, by room, after two other rooms."""
    found = []
    for first in range(0, 6 * pairs.ROOMS, 6):
        others = [(first + 6 * room + lamp) % (6 * pairs.ROOMS) for room in (1, 2) for lamp in (0, 2, 4)]
        scores = {pair: model.score(told(*others, first + pair[0], first + pair[1])) for pair in pairs.KINDS}
        thirds = {pair: 4 + int(values[first + 4 : first + 6].argmax()) for pair, values in scores.items()}
        found.append(sum(third == pairs.answer(*pair) for pair, third in thirds.items()))
    return found


def test_it_earns_a_place_where_sums_over_events_must_fail(home: Path, trained: tuple[Path, Any]) -> None:
    after, outcome = trained
    assert max(right(serving(home))) <= 3  # sums cannot do better
    model = serving(after)
    assert isinstance(model, Accompanied)
    assert outcome.decision == "replaced"
    assert sum(right(model)) > 3 * pairs.ROOMS
    assert outcome.told["without_a_say"] == []
    assert any(place["weight"] > 0 for place in outcome.told["placement"]["contexts"].values())
    terms, values = model.decompose(told(0, 2), np.arange(24))
    assert close(model.score(told(0, 2)), values.sum(axis=0), values)
    assert {term.event for term in terms if term.part == "transformer"} == {None, 0, 1}
    assert numbers(home).items() <= numbers(after).items()  # the blend's own parts are as they were


def test_training_the_blend_again_keeps_it_and_it_can_be_put_back(trained: tuple[Path, Any], tmp_path: Path) -> None:
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    assert pairs.run(home, Options(ranker="transformer")).decision == "unchanged"
    outcome = pairs.run(home, Options(seed=1, force=True))
    assert outcome.decision == "replaced"
    assert list(serving(home).beside) == ["transformer"]
    assert outcome.told["recipes"]["transformer"]["seed"] == 1
    restore(home, "pairs")
    assert numbers(home) == numbers(trained[0])


def test_killed_and_started_again_it_ends_the_same(home: Path, trained: tuple[Path, Any]) -> None:
    script = [sys.executable, str(Path(__file__).parent / "pairs.py"), str(home), "20"]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL
    assert "+" not in versions.open_folder(home, "pairs").name
    assert pairs.run(home, Options(ranker="transformer")).decision == "replaced"
    assert numbers(home) == numbers(trained[0])


def test_without_a_place_nothing_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("1", 40, 0.1, (0.3,) * len(WEIGHTS), 1.0, 0.0, -0.1, 0.1, 0.0)
    monkeypatch.setattr(running, "placement", lambda *_: Placement(3, (place,)))
    before, heard = numbers(home), []
    outcome = running.retrain(
        home, "pairs", lambda _until=None: pairs.Collected(), Options(ranker="light_gcn"),
        placed=lambda name, found: heard.append((name, found)),
    )  # fmt: skip
    assert (outcome.decision, outcome.told["without_a_say"]) == ("without_a_say", ["light_gcn"])
    assert numbers(home) == before
    assert heard == [("light_gcn", Placement(3, (place,)))]
    assert Placement.of(outcome.told["placement"]) == heard[0][1]


def test_the_table_marks_what_is_earned() -> None:
    earned = Place("1", 40, 0.1, (0.3, 0.35, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1), 1.3, 0.09, 0.01, 0.17, 0.1)
    shown = places_table("text", Placement(3, (earned, replace(earned, context="3", weight=0.0))))
    assert [line.count("+", 0, line.index("(")) for line in shown.splitlines()[2:]] == [1, 0]
    assert "0.4000+" in shown
