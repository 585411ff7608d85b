"""What a simulated person wants: constraints on the catalogue's fields that are true of the target."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bot.evaluation.fields import Manner, entries, manner, numbers
from retrieval.catalogue import Catalogue, Mask
from retrieval.schema import Constraint, Field, FloatArray, Op

Reveal = Literal["volunteered", "asked", "rejecting"]
FEWEST, LEAST, MOST = 3, 0.01, 0.85
EDGE = 0.1
"""Items that must satisfy a wish, and the shares of the known items between which a range or a refusal must leave;
the outermost share of values beyond which nobody sets a bound."""


@dataclass(frozen=True)
class Wish:
    """Conditions on one field (two for a range), and how they come to be known."""

    field: str
    constraints: tuple[Constraint, ...]
    reveal: Reveal

    @property
    def refusal(self) -> bool:
        """Whether it says what must not be."""
        return self.constraints[0].op in ("!=", "excludes")


class Wishes:
    """Draws wishes for targets of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        known = {field.name: (field, manner(catalogue, field)) for field in catalogue.schema.fields}
        self.manners: Mapping[str, Manner] = {name: how for name, (_, how) in known.items() if how is not None}

    def satisfying(self, constraints: tuple[Constraint, ...]) -> Mask:
        """Which items satisfy all the constraints, [n_items]."""
        mask = np.ones(len(self.catalogue.items), dtype=bool)
        for constraint in constraints:
            mask &= self.catalogue.matches(constraint)
        return mask

    def draw(self, rng: random.Random, target: int, name: str, negative: float) -> tuple[Constraint, ...]:
        """One wish on this field, () when the field gives none: its value is unknown, or tells next to nothing."""
        field, value = self.catalogue.schema.field(name), self.catalogue.items[target].attributes.get(name)
        if value is None:
            return ()
        if isinstance(value, bool):
            found: tuple[Constraint, ...] = (Constraint(name, "==", value),)
        elif field.kind == "number" and isinstance(value, int | float):
            found = self._range(rng, field, float(value))
        elif field.kind == "date":
            found = self._dates(rng, field, str(value))
        elif rng.random() < negative:
            found = self._refused(rng, field, entries(value))
        else:
            op: Op = "==" if field.kind == "category" else "includes"
            shared = [v for v in entries(value) if self._frequency[name][v] >= FEWEST]
            found = (Constraint(name, op, rng.choice(shared)),) if shared else ()
        if not found:
            return ()
        mask, known = self.satisfying(found), int(self.catalogue.known(name).sum())
        bounded = field.kind in ("number", "date") or found[0].op in ("!=", "excludes")
        share = mask.sum() / max(known, 1)
        if (
            not mask[target]
            or mask.sum() < FEWEST
            or (bounded and not LEAST <= share <= MOST + (field.kind != "number"))
        ):
            return ()
        return found

    def guessable(self, target: int, name: str) -> float:
        """From 0 to 1, how easily the target's value comes to mind: how many items share it, against the commonest."""
        values = entries(self.catalogue.items[target].attributes.get(name))
        counts = self._frequency[name]
        if not values or not counts:
            return 1.0
        return math.log1p(max(counts[v] for v in values)) / math.log1p(max(counts.values()))

    @cached_property
    def _frequency(self) -> Mapping[str, Counter[str]]:
        out: dict[str, Counter[str]] = {name: Counter() for name in self.manners}
        for item in self.catalogue.items:
            for name in out:
                out[name].update(entries(item.attributes.get(name)))
        return out

    @cached_property
    def _columns(self) -> Mapping[str, FloatArray]:
        return {f.name: numbers(self.catalogue, f) for f in self.catalogue.schema.fields if f.kind == "number"}

    def _refused(self, rng: random.Random, field: Field, values: tuple[str, ...]) -> tuple[Constraint, ...]:
        """A value that the target has not, the commoner the likelier: nobody refuses what they never meet."""
        counts = {v: n for v, n in self._frequency[field.name].items() if v not in values}
        if not counts:
            return ()
        (refused,) = rng.choices(list(counts), list(counts.values()))
        return (Constraint(field.name, "!=" if field.kind == "category" else "excludes", refused),)

    def _range(self, rng: random.Random, field: Field, value: float) -> tuple[Constraint, ...]:
        """A bound or two round the target's value, at figures that people say."""
        column = self._columns[field.name]
        step = 5.0 if field.unit == "year" else _step(column)
        place = float(np.searchsorted(column, value)) / len(column)
        upper = _rounded(float(np.quantile(column, min(1.0, place + rng.uniform(0.05, 0.3)))), step, math.ceil)
        lower = _rounded(float(np.quantile(column, max(0.0, place - rng.uniform(0.05, 0.3)))), step, math.floor)
        upper = max(upper, _rounded(value + step / 2, step, math.ceil))  # strictly beyond, whatever the operator
        lower = min(lower, _rounded(value - step / 2, step, math.floor))
        # Nobody asks for less than the very largest, or for more than the smallest.
        kinds = ["upper"] * (place < 1 - EDGE) + ["lower"] * (place > EDGE)
        kind = rng.choice(kinds + ["both"] * (len(kinds) == 2))
        if kind == "both" and field.unit == "year" and rng.random() < 0.5:
            lower = 10 * math.floor(value / 10)
            upper = lower + 9
        if kind == "both":
            return (Constraint(field.name, ">=", _plain(lower)), Constraint(field.name, "<=", _plain(upper)))
        if kind == "upper":
            under: Op = rng.choice(("<", "<="))
            return (Constraint(field.name, under, _plain(upper)),)
        over: Op = rng.choice((">", ">="))
        return (Constraint(field.name, over, _plain(lower)),)

    def _dates(self, rng: random.Random, field: Field, value: str) -> tuple[Constraint, ...]:
        year = int(value[:4])
        if rng.random() < 0.5:
            return (Constraint(field.name, "<", f"{year + rng.randint(1, 3)}"),)
        return (Constraint(field.name, ">=", f"{year - rng.randint(0, 3)}"),)


def _step(column: FloatArray) -> float:
    """The figures that people round to: half a power of ten below the spread of the middle 80 %."""
    low, high = np.quantile(column, [0.1, 0.9])
    spread = float(high - low) or max(abs(float(high)), 1.0)
    return float(5.0 * 10 ** (math.floor(math.log10(spread)) - 1))


def _rounded(value: float, step: float, whole: Callable[[float], int]) -> float:
    return round(whole(float(value) / step) * step, 6)


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
