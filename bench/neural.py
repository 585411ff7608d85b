"""What the neural rankers would add to the blend: `python bench/neural.py [DATASET] [--ranker NAME]...`

On the blend's own validation questions, answered by parts fitted without the answers: NDCG@10 of the blend with the
ranker's score added at several weights (in standard deviations of the blend's score), by context, and the weight that
it earns there. The data set must be prepared under BECAUSE_HOME.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bot.settings import Settings
from retrieval.catalogue import Catalogue
from retrieval.features import described
from retrieval.rankers.blending import EXAMPLES, learn
from retrieval.rankers.holdout import hold_out
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.placing import WEIGHTS, places
from retrieval.rankers.neural.stopping import Training, answers_of
from retrieval.versions import open_folder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", default="movielens-100k")
    parser.add_argument("--ranker", action="append", choices=TRAINED, help="one of them, repeatable; all without")
    options = parser.parse_args()
    folder = open_folder(Settings().home, options.dataset)
    catalogue, vectors = Catalogue.load(folder / "catalogue"), np.load(folder / "vectors.npy")
    n_items = len(catalogue.items)
    learned = learn(catalogue.interactions, n_items, features=described(catalogue, vectors))
    if learned.parts is None:
        raise SystemExit("Too little behaviour to learn a blend from.")
    held = hold_out(catalogue.interactions, EXAMPLES // 3, np.random.default_rng(0))  # as `learn` drew it
    training = Training(answers=tuple(answers_of(held.last)), vectors=vectors)
    for name in options.ranker or TRAINED:
        began = time.process_time()
        ranker = TRAINED[name].trained(held.fitted, n_items, training)
        print(f"{name}: {ranker.epochs} epochs, {time.process_time() - began:.0f} CPU s")
        print(f"{'context':<14}{'users':>6}{'alone':>8}" + "".join(f"{w:>8}" for w in WEIGHTS) + "    gain, weight")
        for place in places(learned.parts, ranker, held):
            cells = "".join(f"{value:>8.4f}" for value in (place.alone, *place.ndcg))
            print(
                f"{place.context:<14}{place.users:>6}{cells}    {place.gain:+.4f} ({place.low:+.4f} ... "
                f"{place.high:+.4f}), {place.weight}",
                flush=True,
            )


if __name__ == "__main__":
    main()
