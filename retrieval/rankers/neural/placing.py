"""Does a ranker earn a place beside the blend, and with which weight? Asked of the blend's own validation questions.

    score = blend + w(context) · s(context) · part,   s = the blend's standard deviation over the part's, there

where the part is what the ranker makes of the events: popularity the blend has itself, and where nothing is told a
ranker has nothing to add.

In each context (how long the history is, and whether the user is there or was away; blend.py) the weight is the one of
WEIGHTS with the best NDCG@10, chosen on one half of the users and judged on the other, both ways round (cross-fitting).
Where the 95 % interval of that gain (paired bootstrap over users) lies above 0, the part has earned the weight that is
best on all of them; elsewhere it gets 0. Both the blend and the part must have been fitted without the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from retrieval.evaluation.intervals import Floats, interval
from retrieval.evaluation.metrics import ndcg, ranks
from retrieval.rankers.blend import CONTEXTS, Blend
from retrieval.rankers.holdout import Example, Holdout
from retrieval.schema import FloatArray, History, IntArray

WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 3.0)
"""In standard deviations of the blend's score."""
FEWEST = 30
"""Users that a context must have to decide anything."""


class Scorer(Protocol):
    """All that is asked of a part, [n_items] each: scores, and what of them comes from the events."""

    def score(self, history: History) -> FloatArray: ...

    def from_events(self, history: History) -> FloatArray: ...


@dataclass(frozen=True)
class Place:
    """A context's figures: NDCG@10 of the part `alone` and of the blend with each of WEIGHTS; the cross-fitted `gain`
    over the blend without, its interval `low` to `high`; `weight` what is earned, and `scale` s."""

    context: str
    users: int
    alone: float
    ndcg: tuple[float, ...]
    gain: float
    low: float
    high: float
    weight: float
    scale: float

    def to_json(self) -> dict[str, Any]:
        """As it is reported."""
        by_weight = dict(zip(map(str, WEIGHTS), self.ndcg, strict=True))
        return {**asdict(self), "ndcg": by_weight}


def coefficients(places: Sequence[Place]) -> FloatArray:
    """What the part's score is multiplied with, by context, [len(CONTEXTS)]."""
    found = {place.context: place.weight * place.scale for place in places}
    return np.array([found.get(context, 0.0) for context in CONTEXTS], dtype=np.float32)


def places(
    blend: Blend, part: Scorer, held: Holdout, progress: Callable[[float], None] = lambda _done: None
) -> tuple[Place, ...]:
    """One per context that has questions, in the order of CONTEXTS."""
    examples = [e for e in (*held.last, *held.returning, *held.newcomers) if e.history.events]
    found = np.zeros((len(examples), 1 + len(WEIGHTS)))
    spreads = np.zeros((len(examples), 2))
    rows = np.zeros(len(examples), dtype=np.int64)
    for row, example in enumerate(examples):
        ours, theirs = blend.score(example.history), part.from_events(example.history)
        spreads[row] = ours.std(), theirs.std()
        scale = np.float32(spreads[row, 0] / max(spreads[row, 1], 1e-6))
        mixed = (part.score(example.history), *(ours + np.float32(weight) * scale * theirs for weight in WEIGHTS))
        met = np.unique(example.met)
        found[row] = [ndcg(ranks(scores, example.answers, met), 10) for scores in mixed]
        rows[row] = int(blend.context(example.history).argmax())
        progress((row + 1) / len(examples))
    users = _users(examples)
    weights = np.array([example.weight for example in examples])
    out = []
    for row, context in enumerate(CONTEXTS):
        there = rows == row
        if there.any():
            ours, theirs = spreads[there].mean(axis=0)
            out.append(_place(context, found[there], users[there], weights[there], float(ours / max(theirs, 1e-6))))
    return tuple(out)


def _place(context: str, found: Floats, users: IntArray, weights: Floats, scale: float) -> Place:
    counted = found * (weights / weights.mean())[:, None]
    alone, by_weight = counted[:, 0], counted[:, 1:]
    _, numbers = np.unique(users, return_inverse=True)
    half = np.random.default_rng(0).permutation(numbers.max() + 1)[numbers] % 2 == 0
    gains = np.zeros(len(users))
    for judged in (half, ~half):
        if judged.any() and (~judged).any():
            best = int(by_weight[~judged].mean(axis=0).argmax())
            gains[judged] = by_weight[judged, best] - by_weight[judged, 0]
    low, high = interval(gains, users)
    n_users = int(numbers.max()) + 1
    means = by_weight.mean(axis=0)
    earned = WEIGHTS[int(means.argmax())] if low > 0 and n_users >= FEWEST else 0.0
    figures = tuple(float(value) for value in means)
    return Place(
        context, n_users, float(alone.mean()), figures, float(gains.mean()), low, high, earned, scale if earned else 0.0
    )


def _users(examples: Sequence[Example]) -> IntArray:
    """Whose question each is, [n_examples]: what somebody met and what they are asked for are together the same."""
    known: dict[bytes, int] = {}
    return np.array(
        [known.setdefault(np.union1d(e.met, e.answers).tobytes(), len(known)) for e in examples], dtype=np.int64
    )
