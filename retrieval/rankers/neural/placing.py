"""Does a ranker earn a place beside the blend, and with which weight? Asked of the blend's own validation questions.

    score = blend + w(context) · s(context) · part,   s = the blend's standard deviation over the part's, there

asked of histories with an event at least: where nothing is told a ranker knows nothing that the blend does not.

The weight is chosen for three groups of contexts (blend.py): short histories, and of long ones who is there and who was
away. It is the one of WEIGHTS with the best NDCG@10, chosen on one half of the users and judged on the other, both ways
round (cross-fitting). Where the 95 % interval of that gain (paired bootstrap over users) lies above 0, the part has
earned the weight that is best on all of them; elsewhere it gets 0. Both the blend and the part must have been fitted
without the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from retrieval.evaluation.intervals import Floats, interval
from retrieval.evaluation.metrics import ndcg, ranks
from retrieval.rankers.blend import CONTEXTS, LENGTHS, N_SHORT, Blend
from retrieval.rankers.holdout import Example, Holdout
from retrieval.schema import FloatArray, History, IntArray

N_LONG = len(LENGTHS) - N_SHORT
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 3.0)
"""In standard deviations of the blend's score."""
FEWEST = 30
"""Users that a group must have to decide anything."""
GROUPS = (range(N_SHORT), range(N_SHORT, N_SHORT + N_LONG), range(N_SHORT + N_LONG, len(CONTEXTS)))
"""Places among CONTEXTS."""
MEASURED = 50
"""Questions of a context by which scores' standard deviations are measured."""


class Scorer(Protocol):
    """All that is asked of a part: scores of all items, [n_items]."""

    def score(self, history: History) -> FloatArray: ...


@dataclass(frozen=True)
class Place:
    """A context's NDCG@10 of the part `alone` and of the blend with each of WEIGHTS, and `scale` s; of its group the
    cross-fitted `gain` over the blend without, its interval `low` to `high`, and the `weight` that is earned."""

    context: str
    users: int
    alone: float
    ndcg: tuple[float, ...]
    scale: float
    gain: float
    low: float
    high: float
    weight: float

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
    rows = np.array([int(blend.context(e.history).argmax()) for e in examples], dtype=np.int64)
    scales = [_scale(blend, part, [examples[e] for e in np.flatnonzero(rows == row)]) for row in range(len(CONTEXTS))]
    found = np.zeros((len(examples), 1 + len(WEIGHTS)))
    for place, example in enumerate(examples):
        ours, theirs = blend.score(example.history), scales[rows[place]] * part.score(example.history)
        mixed = (theirs, *(ours + np.float32(weight) * theirs for weight in WEIGHTS))
        met = np.unique(example.met)
        found[place] = [ndcg(ranks(scores, example.answers, met), 10) for scores in mixed]
        progress((place + 1) / len(examples))
    users, counted = _users(examples), np.array([example.weight for example in examples])
    out = []
    for group in GROUPS:
        there = np.isin(rows, group)
        if not there.any():
            continue
        earned = _earned(found[there, 1:], users[there], counted[there])
        for row in group:
            own = rows == row
            if own.any():
                means = np.average(found[own], axis=0, weights=counted[own]).tolist()
                n_users = len(np.unique(users[own]))
                figures = (CONTEXTS[row], n_users, means[0], tuple(means[1:]), float(scales[row]))
                out.append(Place(*figures, *earned))
    return tuple(out)


def _scale(blend: Blend, part: Scorer, examples: Sequence[Example]) -> np.float32:
    """The blend's standard deviation over the part's, means over a context's questions: served it is fixed, too."""
    asked = [example.history for example in examples[:: max(1, len(examples) // MEASURED)]]
    ours, theirs = (sum(float(score(history).std()) for history in asked) for score in (blend.score, part.score))
    return np.float32(ours / theirs if theirs else 0.0)


def _earned(found: Floats, users: IntArray, counted: Floats) -> tuple[float, float, float, float]:
    """Cross-fitted gain, its interval, and the weight, from NDCG@10 by question and weight."""
    found = found * (counted / counted.mean())[:, None]
    _, numbers = np.unique(users, return_inverse=True)
    n_users = int(numbers.max()) + 1
    half = np.random.default_rng(0).permutation(n_users)[numbers] % 2 == 0
    gains = np.zeros(len(users))
    for judged in (half, ~half):
        if judged.any() and (~judged).any():
            best = int(found[~judged].mean(axis=0).argmax())
            gains[judged] = found[judged, best] - found[judged, 0]
    low, high = interval(gains, users)
    earned = low > 0 and n_users >= FEWEST
    return float(gains.mean()), low, high, WEIGHTS[int(found.mean(axis=0).argmax())] if earned else 0.0


def _users(examples: Sequence[Example]) -> IntArray:
    """Whose question each is, [n_examples]: what somebody met and what they are asked for are together the same."""
    known: dict[bytes, int] = {}
    return np.array(
        [known.setdefault(np.union1d(e.met, e.answers).tobytes(), len(known)) for e in examples], dtype=np.int64
    )
