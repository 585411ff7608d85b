"""The intent classifier's confusion matrix, by 5-fold cross-validation over `prompts/intents/`.

    python -m bench.intents [--json]

Rows are the acts of the examples, columns what was predicted without having learned from them. Run it after editing
the examples: an act that loses to another needs examples that tell the two apart.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from bot.understand.intent import confusion, examples, fit
from retrieval.datasets import SOURCES
from retrieval.embedding import encoder
from retrieval.schema_file import read_schema


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    known = examples(read_schema(SOURCES["movielens"].schema_path))
    encoder().encode(["warm"])
    start = time.perf_counter()
    fit(encoder().encode(known.texts), known.acts)
    seconds = time.perf_counter() - start
    acts, matrix = confusion(known, encoder())
    accuracy = float(np.trace(matrix) / matrix.sum())
    if options.json:
        print(json.dumps({"acts": acts, "matrix": matrix.tolist(), "accuracy": accuracy, "retrain_seconds": seconds}))
        return
    print(f"{len(known.texts)} examples, embedded and fitted in {seconds:.1f} s; accuracy {accuracy:.1%}\n")
    width = max(map(len, acts))
    print(" " * width, *(act[:6].rjust(6) for act in acts), "  right")
    for act, row in zip(acts, matrix, strict=True):
        cells = (str(n or ".").rjust(6) for n in row)
        print(act.ljust(width), *cells, f"{row[acts.index(act)] / row.sum():7.0%}")


if __name__ == "__main__":
    main()
