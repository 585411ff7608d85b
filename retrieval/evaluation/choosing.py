"""What variety, novelty, a cap on exposure, the long tail and popularity alone bring and cost: one ranker's lists,
chosen each way."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from retrieval.choosing import (
    POOL,
    WINDOW,
    Choosing,
    diversified,
    met_share,
    over_exposed,
    self_information,
    short_head,
)
from retrieval.evaluation.intervals import Floats, interval
from retrieval.evaluation.lists import About, judged
from retrieval.evaluation.measuring import Scorer, first
from retrieval.evaluation.metrics import hit_rate, ndcg
from retrieval.evaluation.protocols import Case, Split
from retrieval.schema import FloatArray, History, IntArray

LIST = 10
OFF = Choosing(diversity=0.0)
HEADS: Mapping[str, float] = {f"without the head of {share:.2g}": share for share in (0.25, 0.5, 2 / 3, 0.8)}
"""Lists of the long tail alone -> the share of all behaviour that the items left out have."""
WAYS: Mapping[str, Choosing] = {
    "off": OFF,
    **{f"diversity {d:g}": Choosing(d) for d in (0.1, 0.25, 0.5, 0.75)},
    **{f"novelty {n:g}": Choosing(0.0, n) for n in (0.05, 0.1, 0.2, 0.3, 0.5)},
    **{f"exposure cap {cap:g}": Choosing(0.0, 0.0, cap) for cap in (0.02, 0.01, 0.0075, 0.005)},
    **dict.fromkeys(HEADS, OFF),
    "popular": OFF,
}
"""Each dial alone at a few strengths, against all of them off; "popular" is everybody's behaviour alone."""
Figures = dict[str, float]


@dataclass
class _Way:
    """One way of choosing while the lists are made: what was listed, and how good each list is."""

    how: Choosing
    gone: IntArray  # rows that are on no list
    shown: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))  # latest first
    rows: list[Figures] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)  # that each row was listed


def choosing(split: Split, ranker: Scorer, about: About | None) -> dict[str, Figures]:
    """By way of choosing: means over the cases of the metrics of lists of ten, and as `<metric>_difference`, `_low` and
    `_high` what they differ from "off" with a paired 95 % interval by bootstrap over users. Of all lists together
    `coverage@10`, `gini` (of how often the catalogue's items are listed: 0 is all alike, 1 one item alone) and
    `largest_share` of the places that one item has.

    Lists are made in the order of the cases, as the cap on exposure has it. Empty without `about.vectors`.
    """
    if about is None or about.vectors is None:
        return {}
    vectors, n_items = about.vectors, len(about.vectors)
    met, bits = met_share(split.fitted, n_items), self_information(split.fitted, n_items)
    heads = {name: np.flatnonzero(short_head(split.fitted, n_items, share)) for name, share in HEADS.items()}
    ways = {name: _Way(how, heads.get(name, np.zeros(0, dtype=np.int64))) for name, how in WAYS.items()}
    for case in split.cases:
        scores = ranker.score(case.history)
        popular = ranker.score(History((), case.history.now))
        for name, way in ways.items():
            listed = _listed(case, popular if name == "popular" else scores, bits, vectors, way)
            way.shown.extendleft(listed.tolist())
            for row in listed.tolist():
                way.times[row] = way.times.get(row, 0) + 1
            way.rows.append(_hits(listed, case.relevant) | judged(listed, case.history, met, about))
    users = np.array([case.user for case in split.cases], dtype=np.int64)
    off = _columns(ways["off"])
    return {name: _figures(_columns(way), off, users) | _spread(way, n_items) for name, way in ways.items()}


def _listed(case: Case, scores: FloatArray, bits: FloatArray, vectors: FloatArray, way: _Way) -> IntArray:
    """The ten rows that are shown."""
    how = way.how
    scores = scores + how.novelty * bits
    over = over_exposed(way.shown, how.exposure_cap, how.exposure_window)
    gone = np.union1d(way.gone, np.fromiter(over, dtype=np.int64))
    ranking = first(scores, np.union1d(case.excluded, gone), POOL)
    return ranking[diversified(scores[ranking], vectors[ranking], LIST, how.diversity)]


def _hits(listed: IntArray, relevant: IntArray) -> Figures:
    places = {int(row): place for place, row in enumerate(listed, 1)}
    found = np.array([places.get(int(row), np.inf) for row in relevant])
    return {"ndcg@10": ndcg(found, LIST), "hr@10": hit_rate(found, LIST)}


def _columns(way: _Way) -> dict[str, Floats]:
    return {metric: np.array([row[metric] for row in way.rows]) for metric in (way.rows[0] if way.rows else ())}


def _figures(values: Mapping[str, Floats], off: Mapping[str, Floats], users: IntArray) -> Figures:
    out: Figures = {}
    for metric, column in values.items():
        there = np.isfinite(column) & np.isfinite(off[metric])
        if there.any():
            gain = (column - off[metric])[there]
            low, high = interval(gain, users[there])
            out |= {metric: float(column[there].mean()), f"{metric}_difference": float(gain.mean())}
            out |= {f"{metric}_low": low, f"{metric}_high": high}
    return out


def _spread(way: _Way, n_items: int) -> Figures:
    counts = np.zeros(n_items)
    counts[list(way.times)] = list(way.times.values())
    return {
        "coverage@10": float((counts > 0).mean()),
        "gini": gini(counts),
        "largest_share": float(counts.max(initial=0) / max(counts.sum(), 1)),
    }


def gini(counts: Floats) -> float:
    """The Gini coefficient of how often each item is listed, [n_items]: Σ_i (2i - n - 1) x_i / (n Σ x) over the sorted
    counts x (Shani and Gunawardana 2011). 0 when nothing is listed."""
    n, total = len(counts), counts.sum()
    return float(((2 * np.arange(1, n + 1) - n - 1) @ np.sort(counts)) / (n * total)) if total else 0.0
