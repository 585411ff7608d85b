"""Models on the cases of a split, by metric and case; and what is reported of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.choosing import met_share
from retrieval.evaluation.intervals import Floats, interval
from retrieval.evaluation.lists import About, judged
from retrieval.evaluation.metrics import METRICS, auc, ranks
from retrieval.evaluation.protocols import Split
from retrieval.schema import FloatArray, History, IntArray

LENGTHS = (0, 20, 50, 150)
"""Histories are told apart by length: from each of these numbers of events to the next, the last without end."""
BY_LENGTH = ("ndcg@10", "hr@10", "recall@20")
Report = dict[str, dict[str, float]]
"""Metrics by model name."""


class Scorer(Protocol):
    """All that a model must do to be judged: score all items for a history, [n_items]."""

    def score(self, history: History) -> FloatArray: ...


@dataclass(frozen=True)
class Measured:
    """`values` by model and metric, [n_cases]; `users` and `lengths` (of the histories) of the cases; `coverage` by
    model, the share of the catalogue that is in any list of ten."""

    users: IntArray
    lengths: IntArray
    values: Mapping[str, Mapping[str, Floats]]
    coverage: Mapping[str, float]

    def ndcg(self) -> dict[str, Floats]:
        """NDCG@10 of every case by model."""
        return {name: values["ndcg@10"] for name, values in self.values.items()}


def measure(split: Split, scorers: Mapping[str, Scorer], about: About | None = None) -> Measured:
    """Every model on every case. `auc` is over all candidates; the metrics of a list are those of lists.py."""
    values: dict[str, dict[str, Floats]] = {}
    coverage: dict[str, float] = {}
    for name, scorer in scorers.items():
        rows: list[dict[str, float]] = []
        listed: set[int] = set()
        n_items, met = 0, np.zeros(0)
        for case in split.cases:
            scores = scorer.score(case.history)
            if len(met) != len(scores):
                n_items, met = len(scores), met_share(split.fitted, len(scores))
            found = ranks(scores, case.relevant, case.excluded)
            best = first(scores, case.excluded)
            listed.update(best.tolist())
            rows.append(
                {metric: compute(found) for metric, compute in METRICS.items()}
                | {"auc": auc(found, n_items - len(np.unique(case.excluded)))}
                | judged(best, case.history, met, about)
            )
        values[name] = {metric: np.array([row[metric] for row in rows]) for metric in (rows[0] if rows else ())}
        coverage[name] = len(listed) / max(n_items, 1)
    users = np.array([case.user for case in split.cases], dtype=np.int64)
    lengths = np.array([len(case.history.events) for case in split.cases], dtype=np.int64)
    return Measured(users, lengths, values, coverage)


def averaged(runs: Sequence[Measured]) -> Measured:
    """The mean over runs on the same cases that differ in the models' seed."""
    one = runs[0]
    values = {
        name: {metric: np.mean([run.values[name][metric] for run in runs], axis=0) for metric in metrics}
        for name, metrics in one.values.items()
    }
    coverage = {name: float(np.mean([run.coverage[name] for run in runs])) for name in one.coverage}
    return Measured(one.users, one.lengths, values, coverage)


def pooled(windows: Sequence[Measured]) -> Measured:
    """The cases of several splits together; models that some of them lack are left out."""
    names = [name for name in windows[0].values if all(name in window.values for window in windows)]
    return Measured(
        np.concatenate([window.users for window in windows]),
        np.concatenate([window.lengths for window in windows]),
        {
            name: {m: np.concatenate([window.values[name][m] for window in windows]) for m in windows[0].values[name]}
            for name in names
        },
        {name: float(np.mean([window.coverage[name] for window in windows])) for name in names},
    )


def reported(found: Measured, only: NDArray[np.bool_] | None = None, metrics: Sequence[str] = ()) -> Report:
    """Mean of each metric (of `metrics`, or all) over the cases (those of `only`, or all) by model, and as
    `<metric>_low` and `<metric>_high` its 95 % interval by bootstrap over users; cases to which a metric does not apply
    are left out of it. `users` is how many users the cases come from, `coverage@10` rests on all of them."""
    chosen = np.ones(len(found.users), dtype=bool) if only is None else only
    report: Report = {}
    for name, values in found.values.items():
        figures: dict[str, float] = {}
        for metric in metrics or values:
            there = chosen & np.isfinite(values[metric])
            if there.any():
                figures[metric] = float(values[metric][there].mean())
                low, high = interval(values[metric][there], found.users[there])
                figures |= {f"{metric}_low": low, f"{metric}_high": high}
        if not metrics:
            figures["coverage@10"] = found.coverage[name]
        report[name] = figures | {"users": len(np.unique(found.users[chosen]))}
    return report


def by_length(found: Measured) -> dict[str, Report]:
    """What is reported of the cases whose histories have so many events: "0-19", "20-49" and so on."""
    out: dict[str, Report] = {}
    for low, high in zip(LENGTHS, (*LENGTHS[1:], None), strict=True):
        chosen = (found.lengths >= low) & (found.lengths < (np.inf if high is None else high))
        if chosen.any():
            label = f"{low}+" if high is None else f"{low}-{high - 1}"
            out[label] = reported(found, chosen, BY_LENGTH)
    return out


def first(scores: FloatArray, excluded: IntArray, k: int = 10) -> IntArray:
    """Rows of the k best items but `excluded`."""
    kept = scores.copy()
    kept[excluded] = -np.inf
    k = min(k, len(scores) - len(np.unique(excluded)))
    return np.asarray(np.argsort(-kept, kind="stable")[:k], dtype=np.int64)
