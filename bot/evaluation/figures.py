"""What dialogues come to: rates with confidence intervals, and ratios between policies on the same people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.policies import OURS

if TYPE_CHECKING:
    from bot.evaluation.dialogue import Dialogue

DRAWS = 10_000
LEVEL = 0.95
Array = NDArray[np.float64]


class Bootstrap:
    """Percentile intervals by resampling people, those of one source together (Davison and Hinkley, 1997, 3.8).

    One resampling serves every figure, so that figures of several policies are paired.
    """

    def __init__(self, sources: Sequence[str], seed: int) -> None:
        """`sources`: [n_people], whose behaviour each person is made of."""
        _, self._source = np.unique(np.array(sources), return_inverse=True)
        n = int(self._source.max()) + 1
        self._times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(np.float64)
        self._sizes = self._times @ np.bincount(self._source, minlength=n)

    def means(self, values: Array) -> Array:
        """The mean of [n_people] values in each draw, [DRAWS]."""
        sums = np.bincount(self._source, weights=values, minlength=self._times.shape[1])
        return np.asarray(self._times @ sums / self._sizes)

    def mean(self, values: Array) -> dict[str, Any]:
        """{"value", "interval"}."""
        return {"value": round(float(values.mean()), 4), "interval": _interval(self.means(values))}

    def ratio(self, one: Array, other: Array) -> dict[str, Any]:
        """Of the means; the value is null and the interval open where the other never succeeds."""
        below = self.means(other)
        drawn = self.means(one) / np.where(below > 0, below, np.nan)
        value = float(one.mean() / other.mean()) if other.any() else None
        return {
            "value": None if value is None else round(value, 4),
            "interval": None if np.isnan(drawn).any() else _interval(drawn),
        }


def report(talks: Mapping[str, Sequence[Dialogue]], turns: int, seed: int) -> dict[str, Any]:
    """Per policy and, when ours is among several, the ratios of success within `turns` turns.

    `talks` are dialogues by policy, of the same people in the same order.
    """
    first = next(iter(talks.values()))
    bootstrap = Bootstrap([dialogue.person.source for dialogue in first], seed)
    out: dict[str, Any] = {
        "dialogues": len(first),
        "sources": len({dialogue.person.source for dialogue in first}),
        "turns": turns,
        "intervals": {"level": LEVEL, "draws": DRAWS, "method": "bootstrap over sources, percentile"},
        "policies": {name: _policy(of, turns, bootstrap) for name, of in talks.items()},
    }
    success = {name: _within([d.found for d in of], turns) for name, of in talks.items()}
    others = [name for name in success if name != OURS]
    if OURS in success and others:
        published = [name for name in others if not name.endswith("_beside")] or others
        out["best_other"] = max(published, key=lambda name: float(success[name].mean()))
        out["ratios"] = {name: bootstrap.ratio(success[OURS], success[name]) for name in others}
    return out


def table(report: Mapping[str, Any]) -> str:
    """The report for people to read."""
    last = str(report["turns"])
    lines = [
        f"{report['dialogues']} people of the kind {report['people']} ({report['sources']} sources), seed"
        f" {report['seed']}, {report['dataset']}, at most {last} turns; {LEVEL:.0%} intervals",
        f"{'':<28}{'success':>22}{'acceptance':>22}{'questions':>11}{'turns':>7}{'violations':>12}{'contradictions':>16}",
    ]
    for name, of in report["policies"].items():
        rates = "".join(f"{_range(of[figure][last]):>22}" for figure in ("success", "acceptance"))
        means = f"{of['questions']['value']:>11.2f}{of['turns']['value']:>7.2f}"
        lines.append(f"{name:<28}{rates}{means}{of['violations']:>12}{of['contradictions']['total']:>16}")
    for name, ratio in report.get("ratios", {}).items():
        lines.append(f"{OURS} succeeds {_range(ratio)} times as often as {name}")
    return "\n".join(lines)


def _range(figure: Mapping[str, Any]) -> str:
    value, interval = figure["value"], figure["interval"]
    if value is None or interval is None:
        return "-" if value is None else f"{value:.3f}"
    return f"{value:.3f} ({interval[0]:.3f}-{interval[1]:.3f})"


def _policy(dialogues: Sequence[Dialogue], turns: int, bootstrap: Bootstrap) -> dict[str, Any]:
    found, accepted = ([getattr(d, name) for d in dialogues] for name in ("found", "accepted"))
    exchanges = [e for d in dialogues for e in d.exchanges]
    contradicted = Counter(kind for e in exchanges for kind in e.contradictions)
    steps = range(1, turns + 1)
    return {
        "success": {str(t): bootstrap.mean(_within(found, t)) for t in steps},
        "acceptance": {str(t): bootstrap.mean(_within(accepted, t)) for t in steps},
        "questions": bootstrap.mean(np.array([float(d.questions) for d in dialogues])),
        "turns": bootstrap.mean(np.array([float(len(d.exchanges)) for d in dialogues])),
        "violations": sum(len(e.violations) for e in exchanges),
        "contradictions": {
            "total": sum(contradicted.values()),
            **{kind: contradicted[kind] for kind in ("asked_again", "shown_again", "opposite")},
        },
    }


def _within(turns: Sequence[int], limit: int) -> Array:
    return np.array([float(0 < turn <= limit) for turn in turns])


def _interval(draws: Array) -> list[float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return [round(float(low), 4), round(float(high), 4)]
