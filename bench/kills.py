"""`because train` killed (kill -9) at random moments and started again: does it end as an undisturbed run does?

    python bench/kills.py [--points 10] [--seed 0]

Makes a catalogue of lamps that people buy one after the other round a circle, with noise, imports it into a data folder
of its own, tells a few likes in conversations, trains once undisturbed and then once per point, and compares every
number of the ranker and every figure of the comparison. Prints a line per point and "N passed, N failed".
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from bot.memory import Memory
from retrieval import versions

BECAUSE = (sys.executable, "-c", "from bot.cli import main; main()")
ITEMS, PEOPLE, LENGTH = 40, 330, 12


def files(folder: Path, pick: Random) -> None:
    """Forty lamps, and people who each buy twelve."""
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "colour"])
        rows.writerows([f"L{n}", f"Lamp number {n}", ("red", "green", "blue")[n % 3]] for n in range(ITEMS))
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "item_id", "rating", "timestamp"])
        for user in range(PEOPLE):
            start, order = pick.randrange(ITEMS), list(range(LENGTH))
            if pick.random() < 0.3:
                pick.shuffle(order)
            for place, step in enumerate(order):
                at = 1_700_000_000 + 86_400 * place + user
                rows.writerow([f"u{user}", f"L{(start + step) % ITEMS}", pick.choice([2, 4, 5]), at])


def environment(home: Path) -> dict[str, str]:
    """One thread, this data folder, no language model."""
    return {
        **os.environ, "BECAUSE_HOME": str(home), "BECAUSE_LANGUAGE_MODEL": "none", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


def made(home: Path, pick: Random) -> None:
    """The catalogue, prepared, and thirty people who said what they like."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files(folder, pick)
        given = ("--items", str(folder / "items.csv"), "--interactions", str(folder / "events.csv"))
        subprocess.run([*BECAUSE, "import", "lamps", *given], env=environment(home), check=True, stdout=2)
    memory = Memory.at(home, "lamps")
    for _ in range(30):
        user = f"new-{pick.randrange(10**9)}"
        conversation = memory.open_conversation(user)
        told = [("like", {"item": f"L{row}", "words": ""}) for row in pick.sample(range(ITEMS), 3)]
        memory.append(user, conversation, 1, told)
    memory.close()


def trained(home: Path, seconds: float | None = None) -> bool:
    """Whether the training ended, rather than was killed after so many seconds."""
    command = [*BECAUSE, "train", "--dataset", "lamps", "--force"]
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False


def result(home: Path) -> tuple[dict[str, bytes], Any]:
    """Every number of the ranker, and the comparison."""
    version = versions.open_folder(home, "lamps")
    files = sorted((version / "ranker").rglob("*.npy"))
    return {str(f.relative_to(version)): f.read_bytes() for f in files}, versions.report(version)["trained"]["drift"]


def main() -> None:
    """Measure and print; status 1 when a point fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    pick, failed, done = Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as place:
        base, whole = Path(place) / "base", Path(place) / "whole"
        made(base, pick)
        shutil.copytree(base, whole)
        began = time.monotonic()
        assert trained(whole), "the undisturbed run failed"
        took, wanted = time.monotonic() - began, result(whole)
        print(f"undisturbed: {took:.0f} s, {json.dumps(wanted[1]['metrics'])}", flush=True)
        while done < options.points:
            home = Path(place) / f"point{done}"
            shutil.copytree(base, home)
            after = pick.uniform(0.15, 1.0) * took
            if trained(home, after):
                took = min(took, after)  # the machine is less busy than it was
                shutil.rmtree(home)
                continue
            left = sorted(path.name for path in home.glob("datasets/lamps/versions/*+*/run.shards/*"))
            same = trained(home) and result(home) == wanted
            done, failed = done + 1, failed + (not same)
            print(
                f"killed after {after:5.1f} s, with {', '.join(left) or 'nothing'}: {'the same' if same else 'OTHER'}"
            )
            sys.stdout.flush()
            shutil.rmtree(home)
    print(f"{done - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
