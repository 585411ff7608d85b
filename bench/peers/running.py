"""Environments, processes, tuning: from a peer and a split to the measures of its cases."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers.roster import OWN, Peer, Setting
from bench.peers.splits import Answers
from retrieval.evaluation.metrics import METRICS, ranks

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TUNED = "ndcg@10"
POLL = 0.2
"""Seconds between two looks at what a process has written."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Measures = NDArray[np.float64]
"""[n_cases, len(METRICS)]"""
Tell = Callable[[str], None]


class PeerFailed(Exception):
    """A peer could not be installed, or a run of it wrote no scores; says what happened."""


def python(environment: str, folder: Path) -> str:
    """That environment's interpreter; the environment is made, from the pinned file of its name, unless it is there."""
    if environment == OWN:
        return sys.executable
    home = folder / "environments" / environment
    interpreter = home / "bin" / "python"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        wanted = HERE / f"{environment}.txt"
        command = [str(interpreter), "-m", "pip", "install", "--quiet", "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerFailed(f"not installed: {_last_line(done.stderr)}")
        (home / "installed").touch()
    return str(interpreter)


def measure(scores: NDArray[np.float32], answers: Answers) -> Measures:
    """Every metric of every case, by the project's own evaluator: tied scores share their mean rank."""
    cases = zip(scores, answers.relevant, answers.excluded, strict=True)
    found = [ranks(row, relevant, excluded) for row, relevant, excluded in cases]
    return np.array([[compute(places) for compute in METRICS.values()] for places in found], dtype=np.float64)


def run(peer: Peer, split: Path, part: str, settings: Sequence[Setting], folder: Path) -> list[dict[str, Any]]:
    """One process; the records of all that it wrote, each with the measures' file. PeerFailed when there is none.

    What is in `folder` from before, with the same settings, is read and not run again. Scores are judged and deleted.
    """
    finished, asked = folder / "finished.json", [dict(setting) for setting in settings]
    if finished.exists():
        before = json.loads(finished.read_text("utf-8"))
        if before["settings"] == asked:
            return list(before["records"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    interpreter = python(peer.environment, split.parent.parent)
    command = [interpreter, str(HERE / "scripts" / f"{peer.script}.py"), str(split / f"{part}.npz"), peer.model]
    environment = {**os.environ, **ONE_THREAD, "CUDA_VISIBLE_DEVICES": ""}
    if peer.script == "ours":
        environment["PYTHONPATH"] = str(ROOT)
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*command, json.dumps(asked), str(folder)],
            stdout=said,
            stderr=said,
            env=environment,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_CPU, (peer.limit, peer.limit)),
        )
        records = judged(process, folder, Answers.read(split, part), peer.patience)
    late = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    last_words = _last_line((folder / "said.txt").read_text("utf-8"))
    what = f"not finished within {peer.limit} CPU seconds" if late else last_words
    if process.returncode not in (0, -signal.SIGTERM) and not late:
        raise PeerFailed(what)
    finite = [record for record in records if TUNED in record]
    if not finite:
        raise PeerFailed("gave scores that are not finite" if records else what)
    finished.write_text(json.dumps({"settings": asked, "records": finite}), "utf-8")
    return finite


def judged(process: subprocess.Popen[bytes], folder: Path, answers: Answers, patience: int) -> list[dict[str, Any]]:
    """The process's records, with their measures if the scores are finite, each judged as soon as it is there.

    With `patience`, the process is ended when so many in a row were no better than the best before them.
    """
    records: list[dict[str, Any]] = []
    best = 0
    while True:
        running = process.poll() is None  # asked first: what an ended process wrote is all there
        while (file := folder / f"{len(records)}.json").exists():
            records.append(json.loads(file.read_text("utf-8")) | _judged(file, answers))
            if records[-1].get(TUNED, 0.0) > records[best].get(TUNED, 0.0):
                best = len(records) - 1
        if not running:
            return records
        if patience and len(records) - 1 - best >= patience:
            process.terminate()
            process.wait()
            return records
        time.sleep(POLL)


def _judged(record: Path, answers: Answers) -> dict[str, Any]:
    """Means of the metrics and the measures' file; nothing of scores that are not finite. Scores are deleted."""
    scores = np.load(record.with_suffix(".npy"))
    record.with_suffix(".npy").unlink()
    if not np.isfinite(scores).all():
        return {}
    measures = measure(scores, answers)
    name = f"{record.stem}-measures.npy"
    np.save(record.with_name(name), measures)
    return dict(zip(METRICS, measures.mean(axis=0).tolist(), strict=True)) | {"measures": name}


def tune(peer: Peer, split: Path, folder: Path, tell: Tell) -> tuple[Setting, dict[str, Any]]:
    """The setting with the best validation NDCG@10, and what was tried: every setting, its figure or what happened."""
    settings = peer.settings[: peer.first.get(split.name)]
    if len(settings) == 1:
        return settings[0], {"tried": []}
    tried: list[dict[str, Any]] = []
    batches = [(setting,) for setting in settings] if peer.tuned_on else [settings]
    for place, batch in enumerate(batches):
        try:
            records = run(peer, split, "validation", batch, folder / f"validation-{place}")
        except PeerFailed as failure:
            tried += [{"setting": dict(setting), "failed": str(failure)} for setting in batch]
            continue
        tried += [{name: record[name] for name in ("setting", TUNED, "fit_seconds")} for record in records]
        for trial in tried[-len(records) :]:
            tell(f"  {trial[TUNED]:.4f}  {trial['fit_seconds']:6.1f} s  {trial['setting']}")
    worked = [trial for trial in tried if TUNED in trial]
    if not worked:
        raise PeerFailed(tried[-1]["failed"])
    return max(worked, key=lambda trial: float(trial[TUNED]))["setting"], {"tried": tried}


def borrowed(peer: Peer, split: Path, tell: Tell) -> Setting:
    """The setting that was found on another protocol, which is done first if need be."""
    found = compare(peer, split, tell)
    if "failed" in found:
        raise PeerFailed(f"{split.name}: {found['failed']}")
    return dict(found["models"][-1]["setting"])


def settled(peer: Peer, like: Path) -> Peer:
    """The peer with no setting but the one that was best on the split `like`, epochs and all: nothing is tuned.

    Ends the program when it has no result there.
    """
    result = _folder(peer, like) / "result.json"
    models = json.loads(result.read_text("utf-8")).get("models") if result.exists() else None
    if not models:
        sys.exit(f"{peer.name} has no result in {like}: run it there first, or leave --like out")
    return replace(peer, settings=(models[-1]["setting"],), tuned_on={})


def compare(peer: Peer, split: Path, tell: Tell) -> dict[str, Any]:
    """Tune, fit on everything that the test part allows, score the test cases; `result.json` says how it went."""
    folder = _folder(peer, split)
    result = folder / "result.json"
    if result.exists():
        return dict(json.loads(result.read_text("utf-8")))
    try:
        if protocol := peer.tuned_on.get(split.name):
            setting = borrowed(peer, split.parent / protocol, tell)
            record: dict[str, Any] = {"tuned_on": protocol, "tried": []}
        else:
            setting, record = tune(peer, split, folder, tell)
        final = run(peer, split, "test", [setting], folder / "test")
        record["models"] = final
        tell("  " + "  ".join(f"{name} {final[-1][name]:.4f}" for name in ("ndcg@10", "hr@10", "recall@20")))
    except PeerFailed as failure:
        record = {"failed": str(failure)}
        tell(f"  failed: {failure}")
    folder.mkdir(parents=True, exist_ok=True)
    result.write_text(json.dumps({"name": peer.name, **record}, indent=1), "utf-8")
    return record


def _folder(peer: Peer, split: Path) -> Path:
    return split / peer.name.replace(" ", "_").replace(",", "")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "ended without a word"
