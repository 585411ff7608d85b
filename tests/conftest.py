"""What all tests share. The network is closed but for loopback (see pyproject.toml)."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny

from bot.assistant import Assistant
from bot.settings import Settings
from retrieval.datasets.base import Source
from retrieval.schema import Dataset

Run = Callable[..., tuple[int, str, str]]


class TinySource(Source):
    """Eight films, as a data set."""

    name = "tiny"
    package = "pytest"
    install = "pip install pytest"
    version = 1

    def fingerprint(self) -> str:
        return "tiny 1"

    def load(self) -> Dataset:
        catalogue = tiny.catalogue()
        return Dataset(catalogue.schema, catalogue.items, catalogue.interactions, {})


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the tiny data set is really prepared: real vectors, real store, real ranker."""
    from bot.assistant import Assistant
    from bot.settings import Settings
    from retrieval.prepare import prepare

    home = tmp_path_factory.mktemp("home")
    prepare("tiny", home, source=TinySource())
    Assistant.open(Settings(home=home, language_model="none"), "tiny", throw_away=True)  # what is cached at first
    return home


@pytest.fixture
def own_home(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it for tests that write: others must not meet who was told, trained or forgotten there."""
    return Path(shutil.copytree(tiny_home, tmp_path_factory.mktemp("own") / "home"))


@pytest.fixture
def run(own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line in a data folder of one's own: (exit status, stdout, stderr)."""
    from bot.cli import main

    monkeypatch.setenv("BECAUSE_HOME", str(own_home))
    monkeypatch.setenv("BECAUSE_LANGUAGE_MODEL", "none")
    monkeypatch.setenv("BECAUSE_DATASET", "tiny")

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


@pytest.fixture(scope="session")
def movielens_home() -> Path:
    """A data folder with the default data set prepared; kept inside the clone, so that a second run finds it."""
    from retrieval.prepare import prepare

    home = Path(__file__).parent.parent / ".test-home"
    prepare("movielens", home)
    return home


@pytest.fixture(scope="module")
def films(movielens_home: Path) -> Assistant:
    return Assistant.open(Settings(home=movielens_home, language_model="none"), "movielens", throw_away=True)


@pytest.fixture(scope="module")
def tiny_bot(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
