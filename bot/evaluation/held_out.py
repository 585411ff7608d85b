"""Behaviour that the ranker never saw: some users are left out of its training altogether.

Simulated people of the kinds "tuning" and "final" come from different users among those left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.disk import alone
from retrieval.index import Index
from retrieval.rankers import Blend
from retrieval.rankers.blending import user_starts
from retrieval.rankers.matrix import LIKED, subset
from retrieval.recommend import Encodes, Recommender
from retrieval.versions import open_folder

SHARE, SEED = 0.25, 0  # of the users; who they are is the same for every run
FEWEST = 2  # likes that a held-out user must have: one to tell, one to find


@dataclass(frozen=True)
class Past:
    """What one held-out user liked, rows in order of time, each once."""

    user: str
    liked: tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """The catalogue without the held-out users' behaviour, and theirs by kind of people."""

    catalogue: Catalogue
    tuning: tuple[Past, ...]
    final: tuple[Past, ...]


def split(catalogue: Catalogue) -> Split:
    """Leave a quarter of the users out, half of them for each kind; nothing to leave out without behaviour."""
    data = catalogue.interactions
    order = np.random.default_rng(SEED).permutation(len(data.user_ids))
    chosen = order[: round(SHARE * len(order))]
    starts = user_starts(data)
    pasts = []
    for user in chosen.tolist():
        places = np.arange(starts[user], starts[user + 1])
        liked = data.items[places[data.strengths[places] >= LIKED]]
        rows = tuple(dict.fromkeys(liked.tolist()))
        pasts.append(Past(data.user_ids[user], rows))
    known = replace(catalogue, interactions=subset(data, ~np.isin(data.users, chosen)))
    tuning, final = (tuple(p for p in pasts[place::2] if len(p.liked) >= FEWEST) for place in (0, 1))
    return Split(known, tuning, final)


def recommender(
    home: Path, dataset: str, encoder: Encodes, tell: Callable[[str, float], None]
) -> tuple[Recommender, Split]:
    """The prepared data set with a ranker trained without the held-out users; trained once, kept beside the version."""
    folder = open_folder(home, dataset)
    whole = Catalogue.load(folder / "catalogue")
    found = split(whole)
    if not (found.tuning and found.final):  # too little behaviour to hold any out
        found = Split(whole, (), ())
        ranker = Blend.load(folder / "ranker")
    else:
        ranker = _trained(home / "cache" / "held_out" / dataset, folder.name, found.catalogue, tell)
    return Recommender(found.catalogue, Index.open(folder, found.catalogue), ranker, encoder), found


def _trained(folder: Path, version: str, catalogue: Catalogue, tell: Callable[[str, float], None]) -> Blend:
    from retrieval.training import train

    place = folder / version
    with alone(folder, f"{catalogue.schema.name} without the held-out users"):
        if not place.exists():
            partial = folder / f"{version}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            train(catalogue.interactions, len(catalogue.items), partial, tell)
            for old in folder.iterdir():
                if old.is_dir() and old != partial:
                    shutil.rmtree(old)  # of a version that is gone
            partial.replace(place)
    return Blend.load(place)
