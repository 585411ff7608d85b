"""`because train`: what it learns from, what it compares, when it replaces, and that a kill changes nothing."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import circle
import numpy as np
import pytest
from circle import TOLD, run
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retrieval import versions
from retrieval.catalogue import Catalogue
from retrieval.errors import UsageError
from retrieval.prepare import prepare
from retrieval.rankers import Blend, Sequence, blending, sequence_training
from retrieval.rankers.quantised import quantised
from retrieval.rankers.sequence import TUNING, Tuning
from retrieval.retraining import search as searching
from retrieval.retraining.drift import Change, Drift, Judged, drift
from retrieval.retraining.export import export
from retrieval.retraining.folding import Collected, Told, folded, held_out, without
from retrieval.retraining.options import Options
from retrieval.retraining.replacing import restore
from retrieval.retraining.watch import watching
from retrieval.schema import Event, History, Interactions

DATA = circle.Circle().load().interactions


def rows(data: Interactions) -> list[tuple[str, int, float, int]]:
    return [
        (data.user_ids[user], item, round(strength, 3), time)
        for user, item, strength, time in zip(
            data.users.tolist(), data.items.tolist(), data.strengths.tolist(), data.times.tolist(), strict=True
        )
    ]


class TestFolding:
    def test_told_events_come_after_the_user_s_own_at_the_data_s_end(self) -> None:
        told = Collected((Told("u1", 9, -1.0), Told("zoe", 2, 1.0), Told("u1", 15, 0.5)), until=3)
        merged = folded(DATA, told)
        until = int(DATA.times.max())
        of_one = [row for row in rows(merged) if row[0] == "u1"]
        assert of_one[-2:] == [("u1", 9, -1.0, until), ("u1", 15, 0.5, until)]
        assert [row for row in rows(merged) if row[0] == "zoe"] == [("zoe", 2, 1.0, until)]
        assert merged.user_ids == (*DATA.user_ids, "zoe")
        assert (np.diff(merged.users) >= 0).all()

    def test_what_is_said_overrules_what_the_data_set_has(self) -> None:
        item = int(DATA.items[DATA.users == 1][0])
        merged = folded(DATA, Collected((Told("u1", item, -1.0),), until=1))
        assert [row[2] for row in rows(merged) if row[:2] == ("u1", item)] == [-1.0]
        assert len(merged) == len(DATA)

    def test_nothing_is_left_of_who_is_forgotten(self) -> None:
        told = Collected((Told("u1", 9, 1.0), Told("u2", 1, 1.0)), frozenset({"u1", "nobody"}), 2)
        merged = folded(DATA, told)
        assert "u1" not in {row[0] for row in rows(merged)}
        assert len(merged) == len(DATA) - circle.LENGTH + 1

    def test_nothing_told_changes_nothing(self) -> None:
        assert rows(folded(DATA, Collected())) == rows(DATA)

    def test_neither_model_knows_what_is_held_out(self) -> None:
        merged = folded(DATA, TOLD)
        cases = held_out(merged, 0)
        assert len(cases) == circle.USERS + 6
        asked = {(merged.user_ids[case.user], int(case.relevant[0])) for case in cases}
        for data in (merged, DATA):  # numbered alike or not
            known = {row[:2] for row in rows(without(data, cases, merged.user_ids))}
            assert not known & asked
            assert known | asked >= {row[:2] for row in rows(data)}


class TestDrift:
    CASES = held_out(DATA, 0)

    def judged(self, values: np.ndarray, first: int) -> Judged:
        lists = np.tile(np.arange(first, first + 10), (len(values), 1))
        return Judged(np.stack([values, values], axis=1), lists)

    def test_the_same_model_has_not_drifted(self) -> None:
        one = self.judged(np.random.default_rng(0).random(len(self.CASES)), 0)
        found = drift(one, one, self.CASES, 16)
        assert {change.difference for change in found.changes.values()} == {0.0}
        assert found.worse == ()

    def test_worse_is_beyond_the_noise(self) -> None:
        before = np.random.default_rng(0).random(len(self.CASES))
        noise = np.random.default_rng(1).normal(0, 0.3, len(before))
        noisy = drift(self.judged(before, 0), self.judged(before + noise - noise.mean(), 0), self.CASES, 16)
        assert noisy.worse == ()
        worse = drift(self.judged(before, 0), self.judged(before - 0.2 + noise - noise.mean(), 0), self.CASES, 16)
        assert worse.worse == ("ndcg@10", "hr@10")
        assert worse.changes["ndcg@10"].difference == pytest.approx(-0.2)
        assert Drift.of(json.loads(json.dumps(worse.to_json()))) == worse

    def test_coverage_is_the_share_of_the_catalogue_that_is_listed(self) -> None:
        values = np.zeros(len(self.CASES))
        found = drift(self.judged(values, 0), self.judged(values, 3), self.CASES, 20).changes["coverage@10"]
        assert found == Change(0.5, 0.5, 0.0, 0.0, 0.0)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "FEWEST_EVENTS", 100)
    monkeypatch.setattr(sequence_training, "MOST_EPOCHS", 4)


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blending, "FEWEST_EVENTS", 100)
        patched.setattr(sequence_training, "MOST_EPOCHS", 4)
        return circle.prepared(tmp_path_factory.mktemp("circle"))


@pytest.fixture
def home(_prepared: Path, tmp_path: Path) -> Path:
    """A data folder of one's own in which the circle is prepared."""
    return Path(shutil.copytree(_prepared, tmp_path / "home"))


def weights(home: Path) -> dict[str, bytes]:
    """Every number of the ranker that serves."""
    folder = versions.open_folder(home, "circle") / "ranker"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.npy")}


@pytest.fixture(scope="module")
def trained(_prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, trained on what was told, undisturbed."""
    home = Path(shutil.copytree(_prepared, tmp_path_factory.mktemp("trained") / "home"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blending, "FEWEST_EVENTS", 100)
        patched.setattr(sequence_training, "MOST_EPOCHS", 4)
        assert run(home, Options(force=True)).decision == "replaced"
    return home


class TestReplacing:
    def test_a_new_version_serves_and_differs_in_the_ranker_alone(self, home: Path, trained: Path) -> None:
        before, after = versions.open_folder(home, "circle"), versions.open_folder(trained, "circle")
        assert versions.base(after.name) == before.name
        assert (before / "vectors.npy").read_bytes() == (after / "vectors.npy").read_bytes()
        assert len(Catalogue.load(after / "catalogue").interactions) == len(DATA)  # the log is not copied into it
        counts = Blend.load(after / "ranker").popularity.counts - Blend.load(before / "ranker").popularity.counts
        assert counts.sum() == len(TOLD.events)
        report = versions.report(after)["trained"]
        assert report["collected"] == {"events": 24, "people": 6, "forgotten": 0}
        assert report["drift"]["users"] == circle.USERS + 6
        assert not list(after.glob("*.shards"))

    def test_prepare_keeps_what_was_trained(self, trained: Path) -> None:
        live = versions.open_folder(trained, "circle")
        prepare("circle", trained, source=circle.Circle())
        assert versions.open_folder(trained, "circle") == live

    def test_prepare_mends_a_damaged_trained_version_with_the_one_before(self, trained: Path, tmp_path: Path) -> None:
        home = Path(shutil.copytree(trained, tmp_path / "home"))
        live = versions.open_folder(home, "circle")
        (live / "ranker" / "coefficients.npy").write_bytes(b"")
        circle.prepared(home)
        assert versions.open_folder(home, "circle").name == versions.base(live.name)

    def test_the_model_before_can_be_put_back_and_back_again(self, trained: Path, tmp_path: Path) -> None:
        home = Path(shutil.copytree(trained, tmp_path / "home"))
        new = versions.open_folder(home, "circle").name
        assert restore(home, "circle") == (new, versions.base(new))
        assert versions.open_folder(home, "circle").name == versions.base(new)
        assert restore(home, "circle") == (versions.base(new), new)

    def test_without_a_model_before_there_is_nothing_to_put_back(self, home: Path) -> None:
        with pytest.raises(UsageError, match="no earlier model"):
            restore(home, "circle")

    def test_a_dry_run_reports_and_replaces_nothing(self, home: Path) -> None:
        live, before = versions.open_folder(home, "circle"), weights(home)
        outcome = run(home, Options(dry_run=True))
        assert outcome.decision == "dry_run"
        assert set(outcome.drift.changes) == {"ndcg@10", "hr@10", "coverage@10"}
        assert (versions.open_folder(home, "circle"), weights(home)) == (live, before)

    def test_nothing_new_is_nothing_to_do(self, home: Path) -> None:
        assert run(home, told=Collected()).decision == "unchanged"

    def test_a_worse_model_does_not_replace(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        live = versions.open_folder(home, "circle")
        bad = Drift({name: Change(0.5, 0.3, -0.2, -0.3, -0.1) for name in ("ndcg@10", "hr@10", "coverage@10")}, 9)
        monkeypatch.setattr("retrieval.retraining.run.drift", lambda *_: bad)
        assert run(home).decision == "worse"
        assert versions.open_folder(home, "circle") == live
        assert run(home, Options(force=True)).decision == "replaced"

    def test_one_part_alone(self, home: Path) -> None:
        before = weights(home)
        assert run(home, Options(ranker="cosine", force=True)).decision == "replaced"
        changed = {name.partition("/")[0] for name, content in weights(home).items() if before[name] != content}
        assert changed == {"cosine"}

    def test_an_unknown_part_names_the_known(self) -> None:
        with pytest.raises(UsageError, match=r"'als'.*blend, popularity"):
            Options(ranker="als")

    def test_who_asks_to_be_forgotten_leaves_the_next_model(self, trained: Path, tmp_path: Path) -> None:
        home = Path(shutil.copytree(trained, tmp_path / "home"))
        told = Collected(TOLD.events, frozenset({"u3"}), TOLD.until)
        assert run(home, Options(force=True), told=told).decision == "replaced"
        counts = Blend.load(versions.open_folder(home, "circle") / "ranker").popularity.counts
        assert counts.sum() == len(DATA) + len(TOLD.events) - circle.LENGTH


@pytest.mark.parametrize("after", [4, 31])
def test_killed_and_started_again_it_ends_the_same(after: int, home: Path, trained: Path) -> None:
    script = [sys.executable, str(Path(__file__).parent / "circle.py"), str(home)]
    killed = subprocess.run([*script, str(after)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert "+" not in versions.open_folder(home, "circle").name
    assert run(home, Options(force=True)).decision == "replaced"
    old, new = versions.open_folder(home, "circle"), versions.open_folder(trained, "circle")
    assert old.name == new.name
    assert versions.report(old)["trained"] == versions.report(new)["trained"]
    assert weights(home) == weights(trained)


class TestExport:
    """Vectors in 8 bits, matrices pruned."""

    @given(arrays(np.float32, (3, 5), elements=st.floats(-8, 8, width=32)))
    def test_half_a_step_is_lost_at_most(self, values: np.ndarray) -> None:
        codes, steps = quantised(values)
        assert codes.dtype == np.int8
        assert (np.abs(codes * steps - values) <= steps * 0.501).all()

    def test_the_small_model_serves_and_still_adds_up(self, trained: Path, tmp_path: Path) -> None:
        home = Path(shutil.copytree(trained, tmp_path / "home"))
        large = Blend.load(versions.open_folder(home, "circle") / "ranker")
        outcome = export(home, "circle", "int8", circle.collect, force=True)
        assert outcome.decision == "replaced"
        small = Blend.load(versions.open_folder(home, "circle") / "ranker")
        assert small.sequence is not None
        assert not np.array_equal(small.sequence.heads.outputs, large.sequence.heads.outputs)
        assert np.allclose(small.sequence.heads.outputs, large.sequence.heads.outputs, atol=0.01)
        history = History(tuple(Event(f"e{row}", row, 1.0, row) for row in (3, 4, 5)))
        _, values = small.decompose(history, np.arange(16))
        assert np.allclose(values.sum(axis=0), small.score(history), rtol=1e-5, atol=1e-5)
        with pytest.raises(UsageError, match="an export already"):
            export(home, "circle", "int8", circle.collect)
        assert run(home, Options(seed=1, force=True)).decision == "replaced"
        assert "export" not in versions.report(versions.open_folder(home, "circle"))

    def test_an_unknown_kind_names_the_known(self, home: Path) -> None:
        with pytest.raises(UsageError, match="'int4'; there is int8"):
            export(home, "circle", "int4", circle.collect)


class TestSearch:
    def test_it_is_bounded_and_goes_on_where_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("optuna")
        monkeypatch.setattr(searching, "FEWEST_EVENTS", 100)
        monkeypatch.setattr(sequence_training, "MOST_EPOCHS", 1)
        heard: list[str] = []

        def search(trials: int) -> Tuning:
            limits = (tmp_path / "s.sqlite", "study", trials, 60.0)
            return searching.search(DATA, 16, 0, TUNING, *limits, lambda step, *_: heard.append(step))

        search(1)
        search(3)
        found = search(3)
        assert list(dict.fromkeys(heard)) == ["trial 1", "trial 2", "trial 3"]
        assert found in {search(3)}

    def test_dials_must_beat_those_that_serve(self) -> None:
        def trial(tuning: Tuning, value: float) -> SimpleNamespace:
            return SimpleNamespace(params=asdict(tuning), value=value)

        other = Tuning(rate=0.005)
        assert searching.best([trial(TUNING, 0.5), trial(other, 0.6)], TUNING) == other
        assert searching.best([trial(TUNING, 0.5), trial(other, 0.5)], TUNING) == TUNING
        assert searching.best([trial(other, 0.9)], TUNING) == TUNING  # nothing to compare with
        assert searching.best([], TUNING) == TUNING

    def test_too_little_behaviour_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="leave --search out"):
            searching.search(DATA, 16, 0, TUNING, tmp_path / "s", "s", 1, 1.0, lambda *_: None)

    def test_a_part_without_dials_is_not_searched(self) -> None:
        with pytest.raises(UsageError, match="'cosine' has none"):
            Options(ranker="cosine", trials=3)


def test_every_epoch_is_logged(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with watching(tmp_path) as watch:
        watch.stage = "train"
        Sequence.fit(DATA, 16, epochs=3)
    Sequence.fit(DATA, 16, epochs=1)  # nobody watches
    logged = EventAccumulator(str(watch.folder))
    logged.Reload()
    assert [event.step for event in logged.Scalars("train/loss")] == [1, 2, 3]
    losses = [event.value for event in logged.Scalars("train/loss")]
    assert losses == sorted(losses, reverse=True)
