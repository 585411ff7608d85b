"""A number or date field cut into ranges that people can choose between: "under 90 minutes", "1980 to 1999"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.wording import say, value_text
from retrieval.schema import Constraint, Field, Value

PARTS = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Option:
    """One answer and the conditions that it stands for; all of them are to hold."""

    text: str
    means: tuple[Constraint, ...]


def ranges(field: Field, values: NDArray[np.float64], weights: NDArray[np.floating]) -> tuple[Option, ...]:
    """About equal shares of the weight, [n] values with NaN where unknown; () when they are all alike.

    Bounds are round numbers, decades for years, and years or months for dates.
    """
    known = ~np.isnan(values)
    if not known.any():
        return ()
    column, weight = values[known], weights[known].astype(np.float64)
    cuts: list[tuple[float, Value]] = []
    for share in np.arange(1, PARTS) / PARTS:
        number, bound = _cut(field, _quantile(column, weight, share), float(column.max() - column.min()))
        if column.min() < number <= column.max() and number not in [c for c, _ in cuts]:
            cuts.append((number, bound))
    if not cuts:
        return ()
    bounds = [bound for _, bound in cuts]
    below = Option(_say(field, "below", bounds[0]), (Constraint(field.name, "<", bounds[0]),))
    above = Option(_say(field, "above", bounds[-1]), (Constraint(field.name, ">=", bounds[-1]),))
    between = [
        Option(
            _say(field, "between", low, high), (Constraint(field.name, ">=", low), Constraint(field.name, "<", high))
        )
        for low, high in pairwise(bounds)
    ]
    return (below, *between, above)


def _say(field: Field, place: str, bound: Value, high: Value | None = None) -> str:
    kind = "year" if field.unit == "year" else field.kind
    if kind == "date":
        texts = [_spoken(str(value)) for value in (bound, high) if value is not None]
    else:
        # "1980 to 1999": the bound itself is outside, and a whole year is said by its last one.
        last = None if high is None else int(float(str(high))) - 1 if kind == "year" else high
        texts = [value_text(field, value) for value in (bound, last) if value is not None]
        if last is not None and field.unit and texts[0].endswith(f" {field.unit}"):
            texts[0] = texts[0].removesuffix(f" {field.unit}")  # "90 to 120 minutes"
    return say(f"range_{kind}_{place}", low=texts[0], high=texts[-1])


def _spoken(written: str) -> str:
    """ "2015" or "2015-03" -> "2015", "March 2015"."""
    year, _, month = written.partition("-")
    return date(int(year), int(month), 1).strftime("%B %Y") if month else year


def _quantile(column: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    order = np.argsort(column, kind="stable")
    total = np.cumsum(weight[order])
    return float(column[order][min(int(np.searchsorted(total, share * total[-1])), len(order) - 1)])


def _cut(field: Field, value: float, spread: float) -> tuple[float, Value]:
    """A round bound near the value: as compared, and as a constraint writes it."""
    if field.kind == "date":
        day = date.fromordinal(max(1, round(value)))
        if spread > 3 * 365:
            return float(date(day.year, 1, 1).toordinal()), f"{day.year:04d}"
        return float(date(day.year, day.month, 1).toordinal()), f"{day.year:04d}-{day.month:02d}"
    if field.unit == "year" and spread > 20:
        decade = int(10 * round(value / 10))
        return float(decade), decade
    # The step is the largest round one of which at least a dozen fit into the spread.
    exponent = 10.0 ** np.floor(np.log10(max(spread, 1e-9) / 12))
    step = max(s * exponent for s in _STEPS if s * exponent <= spread / 12 or s == _STEPS[0])
    number = float(np.round(np.round(value / step) * step, 10))
    return number, int(number) if number.is_integer() else number
