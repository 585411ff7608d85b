"""What a list is like besides its hits: how various, surprising, popular and true to the user's proportions it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue
from retrieval.rankers.additive import event_rows
from retrieval.rankers.item_item import strengths
from retrieval.rankers.matrix import LIKED
from retrieval.schema import FloatArray, History, IntArray

Floats = NDArray[np.float64]
MIXED = 0.01
"""α of calibration: how much of the history's proportions is mixed into the list's, to keep the divergence finite."""


@dataclass(frozen=True)
class About:
    """What is known of the items besides behaviour: `features` [n_items, d]; `shares` [n_items, n_values], how much of
    an item is of each value of the first declared field with values (two genres: a half each; a row of zeros where it
    is not known); `vectors`, the unit content vectors that variety goes by, [n_items, any]."""

    features: FloatArray
    shares: FloatArray
    vectors: FloatArray | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, features: FloatArray, vectors: FloatArray | None = None) -> About:
        """The catalogue's."""
        kinds = ("tags", "category", "list")
        named = next((field.name for field in catalogue.schema.fields if field.kind in kinds), None)
        members = list(catalogue.members(named).values()) if named else []
        shares = np.zeros((len(catalogue.items), max(len(members), 1)), dtype=np.float32)
        for column, rows in enumerate(members):
            shares[rows, column] = 1
        return cls(features, shares / np.maximum(shares.sum(axis=1, keepdims=True), 1), vectors)


def judged(listed: IntArray, history: History, met: Floats, about: About | None = None) -> dict[str, float]:
    """Of one list, by metric; NaN where a metric does not apply.

    novelty         mean of −log2 of the share of users who met an item (Vargas and Castells 2011)
    popularity      mean share of users who met an item
    popularity_lift popularity over that of the history, less 1 (Abdollahpouri et al. 2020): 0 is no bias
    diversity       mean of 1 − cosine of the features over the list's pairs (Ziegler et al. 2005)
    calibration     divergence of the list's proportions from those of the history's likes (Steck 2018): 0 is best
    """
    before = event_rows(history)
    popularity = float(met[listed].mean()) if len(listed) else np.nan
    out = {
        "novelty@10": float(-np.log2(met[listed]).mean()) if len(listed) else np.nan,
        "popularity@10": popularity,
        "popularity_lift@10": popularity / float(met[before].mean()) - 1 if len(before) else np.nan,
    }
    if about is not None:
        liked = before[strengths(history) >= LIKED]
        out["diversity@10"] = diversity(about.features[listed])
        out["calibration@10"] = calibration(about.shares[liked], about.shares[listed])
    return out


def diversity(vectors: FloatArray) -> float:
    """Mean of 1 − cosine over the pairs of rows; NaN with fewer than two."""
    n = len(vectors)
    if n < 2:
        return np.nan
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)
    cosines = unit @ unit.T
    return float(1 - (cosines.sum() - np.trace(cosines)) / (n * (n - 1)))


def calibration(history: FloatArray, listed: FloatArray) -> float:
    """Kullback-Leibler divergence Σ_g p(g) log(p(g) / q̃(g)), q̃ = (1 − α) q + α p, of the mean shares p of a history's
    items and q of a list's, [n, n_values] each. NaN where nothing is known of one of them."""
    p, q = history.sum(axis=0, dtype=np.float64), listed.sum(axis=0, dtype=np.float64)
    if not p.sum() or not q.sum():
        return np.nan
    p, q = p / p.sum(), q / q.sum()
    mixed = (1 - MIXED) * q + MIXED * p
    there = p > 0
    return float((p[there] * np.log(p[there] / mixed[there])).sum())
