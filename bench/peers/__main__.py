"""Our blend beside the libraries that people would pick instead: `python -m bench.peers COMMAND --folder DIR`.

    export   write the splits as files
    run      each peer in a virtual environment of its own: tune on validation, fit, score
    ours     our own models on the same splits, again if the ranker has changed
    table    what came out, with ratios

What is done is not done again, except `ours --again`. `--only NAME` (part of a name) and `--protocol NAME` restrict
a call. Where the budget is short, `run --like DATASET[/PROTOCOL]` takes the setting that was best there instead of
tuning, and `run --limit N` ends a process after N CPU seconds: what it tried by then counts.
docs/peers.md says more.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.peers.roster import OUR_MODELS, PEERS
from bench.peers.running import compare, settled
from bench.peers.splits import PROTOCOLS, export, exported
from bench.peers.table import report, tables
from retrieval.catalogue import Catalogue
from retrieval.datasets import SOURCES
from retrieval.features import described
from retrieval.schema import Dataset, FloatArray


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("export", "run", "ours", "table"))
    parser.add_argument("--folder", type=Path, required=True, help="environments, splits and results")
    parser.add_argument("--dataset", default="movielens-100k", choices=sorted(SOURCES))
    parser.add_argument("--protocol", action="append", choices=sorted(PROTOCOLS))
    parser.add_argument("--only", default="", help="peers with this in their name")
    parser.add_argument("--like", help="DATASET or DATASET/PROTOCOL whose settings are taken")
    parser.add_argument("--limit", type=int, help="CPU seconds for one process")
    parser.add_argument("--again", action="store_true", help="forget what `ours` gave before")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    home = arguments.folder.resolve() / arguments.dataset
    if arguments.command == "table":
        found = report(home)
        print(json.dumps(found, indent=1) if arguments.json else tables(found))
        return
    loaded = SOURCES[arguments.dataset].load()
    for protocol in PROTOCOLS:
        if not exported(home / protocol):
            export(loaded.interactions, len(loaded.items), protocol, home / protocol)
    if arguments.command == "ours":
        np.save(home / "features.npy", features(loaded, home / "vectors.npy"))
    for protocol in arguments.protocol or PROTOCOLS:
        split = home / protocol
        if arguments.command == "ours":
            if arguments.again:
                shutil.rmtree(split / OUR_MODELS.name, ignore_errors=True)
            print(f"{protocol}: ours", flush=True)
            compare(OUR_MODELS, split, print)
        elif arguments.command == "run":
            for peer in PEERS:
                if protocol in peer.protocols and arguments.only.lower() in peer.name.lower():
                    print(f"{protocol}: {peer.name}", flush=True)
                    if arguments.like:
                        named, _, other = arguments.like.partition("/")
                        peer = settled(peer, home.parent / named / (other or protocol))
                    compare(replace(peer, limit=arguments.limit or peer.limit), split, print)


def features(dataset: Dataset, stored: Path) -> FloatArray:
    """What our models know of the items besides behaviour, as `because evaluate ranking` has it, [n_items, d].

    The content vectors take minutes, and are kept in `stored`.
    """
    from retrieval.embedding import document, encoder

    catalogue = Catalogue.of(dataset)
    if not stored.exists():
        np.save(stored, encoder().encode([document(item, catalogue.schema) for item in catalogue.items]))
    return described(catalogue, np.load(stored))


if __name__ == "__main__":
    main()
