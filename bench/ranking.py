"""What the ranker costs: `python bench/ranking.py [DATASET] [--ties]`.

Fit time and memory, then milliseconds for one history of 0, 1, 10, 50 and 200 events: median, and the 5th and 95th
percentile over 100 calls. `--ties` adds leave-one-out NDCG@10 under three random orders of each user's events of one
second.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from retrieval.datasets import SOURCES
from retrieval.evaluation.protocols import leave_one_out, shuffled_ties
from retrieval.evaluation.ranking import judge, models
from retrieval.rankers import RANKERS, Blend
from retrieval.rankers.holdout import events
from retrieval.schema import History, Interactions
from retrieval.training import train

CALLS = 100


def spread(call: Callable[[], object]) -> str:
    """Milliseconds of one call: median [5 %, 95 %]."""
    call()
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - began))
    low, middle, high = np.percentile(times, (5, 50, 95))
    return f"{middle:6.2f} [{low:.2f}, {high:.2f}]"


def histories(interactions: Interactions) -> list[History]:
    """The latest events of the user who has most."""
    busiest = int(np.bincount(interactions.users).argmax())
    positions = np.flatnonzero(interactions.users == busiest)
    now = int(interactions.times.max())
    return [History(events(interactions, positions[len(positions) - n :]), now) for n in (0, 1, 10, 50, 200)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", default="movielens", choices=sorted(SOURCES))
    parser.add_argument("--ties", action="store_true")
    arguments = parser.parse_args()
    dataset = SOURCES[arguments.dataset].load()
    data, n_items = dataset.interactions, len(dataset.items)
    print(f"{arguments.dataset}: {n_items} items, {len(data)} events, {len(data.user_ids)} users")
    for name, ranker in RANKERS.items():
        if name != "blend":
            began = time.perf_counter()
            ranker.fit(data, n_items)
            print(f"fit {name:<12}{time.perf_counter() - began:6.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        report = train(data, n_items, Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        print(f"train the blend  {report['seconds']:6.1f} s, {size / 1e6:.0f} MB on disk; pruning {report['pruning']}")
        print(f"peak memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")
        blend = Blend.load(Path(folder))
        everything = np.arange(n_items)
        print(f"\nms, median [5 %, 95 %] of {CALLS} calls\n{'events':>6}  {'score':<24}{'decompose all items':<24}")
        for history in histories(data):
            score = spread(lambda history=history: blend.score(history))
            decompose = spread(lambda history=history: blend.decompose(history, everything))
            print(f"{len(history.events):6}  {score:<24}{decompose:<24}")
    if arguments.ties:
        print("\nleave one out, NDCG@10")
        for label, ordered in [("source order", data)] + [(f"ties {s}", shuffled_ties(data, s)) for s in (1, 2, 3)]:
            split = leave_one_out(ordered)
            report = judge(split, models(split.fitted, n_items))
            print(f"{label:<14}" + "  ".join(f"{name} {found['ndcg@10']:.4f}" for name, found in report.items()))


if __name__ == "__main__":
    main()
