"""How a new model's figures differ from those of the one that serves, on the same held-out events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from retrieval.evaluation.intervals import LEVEL, SAMPLES, Floats, interval
from retrieval.evaluation.metrics import METRICS, ranks
from retrieval.evaluation.protocols import Case
from retrieval.evaluation.ranking import Scorer, first
from retrieval.schema import IntArray

JUDGED = ("ndcg@10", "hr@10")
"""A new model that is worse in one of these, beyond the noise, does not take the other's place."""
COVERAGE = "coverage@10"


@dataclass(frozen=True)
class Judged:
    """What one model did: JUDGED by case [n_cases, 2], and lists of ten [n_cases, 10], -1 where nothing is left."""

    values: Floats
    lists: IntArray


@dataclass(frozen=True)
class Change:
    """One metric of both models; `low` and `high` bound the difference (95 %, paired bootstrap over users)."""

    before: float
    after: float
    difference: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Beyond the noise."""
        return self.high < 0

    @property
    def better(self) -> bool:
        """Beyond the noise."""
        return self.low > 0


@dataclass(frozen=True)
class Drift:
    """By metric, and how many users it rests on."""

    changes: Mapping[str, Change]
    users: int

    @property
    def worse(self) -> tuple[str, ...]:
        """The metrics that decide and are worse beyond the noise."""
        return tuple(name for name in JUDGED if self.changes[name].worse)

    def to_json(self) -> dict[str, Any]:
        """As it is reported and stored."""
        return {"users": self.users, "metrics": {name: asdict(change) for name, change in self.changes.items()}}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Drift:
        """What `to_json` gave."""
        return cls({name: Change(**change) for name, change in stored["metrics"].items()}, stored["users"])


def judge(model: Scorer, cases: Sequence[Case]) -> Judged:
    """Rank every case; DataError when a score is not finite."""
    values = np.zeros((len(cases), len(JUDGED)))
    lists = np.full((len(cases), 10), -1, dtype=np.int64)
    for place, case in enumerate(cases):
        scores = model.score(case.history)
        found = ranks(scores, case.relevant, case.excluded)
        values[place] = [METRICS[name](found) for name in JUDGED]
        listed = first(scores, case.excluded)
        lists[place, : len(listed)] = listed
    return Judged(values, lists)


def drift(before: Judged, after: Judged, cases: Sequence[Case], n_items: int) -> Drift:
    """Paired: the same users are drawn for both. There must be a case."""
    users = np.array([case.user for case in cases], dtype=np.int64)
    changes = {}
    for column, name in enumerate(JUDGED):
        old, new = before.values[:, column], after.values[:, column]
        low, high = interval(new - old, users)
        changes[name] = Change(float(old.mean()), float(new.mean()), float((new - old).mean()), low, high)
    changes[COVERAGE] = _coverage(before.lists, after.lists, n_items)
    return Drift(changes, len(np.unique(users)))


def _coverage(before: IntArray, after: IntArray, n_items: int) -> Change:
    """The share of the catalogue that is in any list. The bootstrap draws cases, as each user has one; a draw has fewer
    different lists than there are, and so less coverage: that bias is taken off (Efron and Tibshirani 1993, ch. 10)."""
    random = np.random.default_rng(0)
    draws = (random.integers(len(before), size=len(before)) for _ in range(SAMPLES))
    differences = np.array([_listed(after[drawn]) - _listed(before[drawn]) for drawn in draws]) / n_items
    old, new = _listed(before) / n_items, _listed(after) / n_items
    low, high = np.percentile(differences - differences.mean(), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Change(old, new, new - old, new - old + float(low), new - old + float(high))


def _listed(lists: IntArray) -> int:
    return len(np.unique(lists[lists >= 0]))
