"""What the text tower would add to the blend: `python bench/text_tower.py [DATASET]` (prepared under BECAUSE_HOME).

On the blend's own validation questions, answered by parts fitted without the answers: NDCG@10 of the blend with the
tower's score added at several weights (in standard deviations of the blend's score), for newcomers and for last events.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bot.settings import Settings
from retrieval.catalogue import Catalogue
from retrieval.evaluation.cold_items import held_out_items, judged
from retrieval.evaluation.metrics import ndcg, ranks
from retrieval.rankers.blending import EXAMPLES, learn
from retrieval.rankers.holdout import Example, hold_out
from retrieval.rankers.text_tower import TextTower
from retrieval.versions import open_folder

WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4)
LENGTHS = (0, 1, 3, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", default="movielens-100k")
    folder = open_folder(Settings().home, parser.parse_args().dataset)
    catalogue, vectors = Catalogue.load(folder / "catalogue"), np.load(folder / "vectors.npy")
    data, n_items = catalogue.interactions, len(catalogue.items)

    split = held_out_items(data, n_items, 0)
    began = time.process_time()
    tower = TextTower.fit(split.fitted, n_items, vectors)
    print(f"fit {time.process_time() - began:.1f} CPU s")
    found = [judged(lambda h: tower.score(h)[split.items], case, len(split.items)) for case in split.cases]
    print("items left out: AUC {:.3f}, NDCG@10 {:.3f}".format(*np.mean(found, axis=0)), flush=True)

    learned = learn(data, n_items)
    if learned.parts is None or learned.fitted is None:
        raise SystemExit("Too little behaviour to learn a blend from.")
    held = hold_out(data, EXAMPLES // 3, np.random.default_rng(0))  # as `learn` drew it
    tower = TextTower.fit(learned.fitted, n_items, vectors)
    groups: dict[str, list[Example]] = {"last events": list(held.last)}
    for length in LENGTHS:
        groups[f"{length} likes"] = [e for e in held.newcomers if len(e.history.events) == length]
    print(f"{'':<14}{'tower':>8}" + "".join(f"{f'blend + {w}':>14}" for w in WEIGHTS))
    for name, examples in groups.items():
        rows = []
        for example in examples:
            ours, theirs = learned.parts.score(example.history), tower.score(example.history)
            theirs = theirs / max(float(theirs.std()), 1e-6) * ours.std()
            mixed = [theirs, *(ours + np.float32(weight) * theirs for weight in WEIGHTS)]
            rows.append([ndcg(ranks(scores, example.answers, np.unique(example.met)), 10) for scores in mixed])
        means = np.mean(rows, axis=0)
        print(f"{name:<14}{means[0]:>8.4f}" + "".join(f"{value:>14.4f}" for value in means[1:]), flush=True)


if __name__ == "__main__":
    main()
