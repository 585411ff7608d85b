"""Comparisons that need other items: the opposite of one, "newer than Heat", "a short one", "the shortest"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understand.senses import Direction
from bot.understand.vocabulary import Catalogue, Numbers
from retrieval.schema import Constraint, Op

_TURNED: dict[str, Op] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FAR_OUT = 10  # "the shortest" is one of so many at most


@dataclass(frozen=True)
class Bound:
    """Words `start` to `end` say that the field's value lies here. `relative` ones need an item to compare with."""

    start: int
    end: int
    field: str
    ops: tuple[tuple[Op, float], ...] = ()
    direction: Direction | None = None
    beside: int = -1  # a word inside the item that a "than" compares with
    dates: tuple[tuple[Op, str | float], ...] = ()  # comparisons with days or months

    @property
    def superlative(self) -> bool:
        """Whether it puts its field first: "the shortest"."""
        return self.direction is not None and self.direction.degree == "superlative"


def turned(bound: Bound, numbers: Numbers) -> tuple[tuple[Op, float], ...]:
    """The opposite of a comparison. Outside a span of years is one side of it, or each of its years refused."""
    if len(bound.ops) == 1:
        op, value = bound.ops[0]
        return ((_TURNED[op], value),)
    low, high = bound.ops[0][1], bound.ops[1][1]
    if not len(numbers.values) or high >= numbers.values[-1]:
        return (("<", low),)
    if low <= numbers.values[0]:
        return ((">", high),)
    if high - low > 12 or not (numbers.is_year or numbers.counts):
        return ()  # outside a span of what is measured cannot be said
    return tuple(("!=", float(value)) for value in range(int(low), int(high) + 1))


def relative(bound: Bound, numbers: Numbers, rows: Sequence[int]) -> tuple[tuple[Op, float], ...]:
    """A comparison with items: beyond the middle of their known values."""
    assert bound.direction is not None
    values = numbers.column[list(rows)]
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    return ((">" if bound.direction.more else "<", float(np.median(known))),)


def furthest(direction: Direction, numbers: Numbers, rows: Sequence[int]) -> int | None:
    """The one of these rows with the largest or smallest known value."""
    known = [row for row in rows if not np.isnan(numbers.column[row])]
    return (max if direction.more else min)(known, key=lambda row: float(numbers.column[row])) if known else None


def vague(
    direction: Direction, numbers: Numbers, constraints: Sequence[Constraint], catalogue: Catalogue, share: float
) -> tuple[tuple[Op, float], ...]:
    """ "a short comedy", "a cheap laptop": the outermost share of what satisfies the other conditions."""
    values = _known(numbers, constraints, catalogue)
    return _outer(direction, values, math.ceil(share * len(values)))


def outermost(
    direction: Direction, numbers: Numbers, constraints: Sequence[Constraint], catalogue: Catalogue, count: int | None
) -> tuple[tuple[Op, float], ...]:
    """ "the shortest": at least as far out as the n-th of the items that satisfy the other conditions."""
    values = _known(numbers, constraints, catalogue)
    return _outer(direction, values, count or min(max(len(values) // 4, 1), _FAR_OUT))


def _known(numbers: Numbers, constraints: Sequence[Constraint], catalogue: Catalogue) -> NDArray[np.float64]:
    """The field's values among items that satisfy the hard conditions on other fields."""
    mask = ~np.isnan(numbers.column)
    for constraint in constraints:
        if constraint.hard and constraint.field != numbers.field.name:
            mask &= catalogue.matches(constraint)
    return numbers.column[mask]


def _outer(direction: Direction, values: NDArray[np.float64], place: int) -> tuple[tuple[Op, float], ...]:
    """A bound at the `place`-th value, counted from the outside."""
    if not len(values):
        return ()
    index = min(max(place, 1), len(values)) - 1
    if direction.more:
        index = len(values) - 1 - index
        return ((">=", float(np.partition(values, index)[index])),)
    return (("<=", float(np.partition(values, index)[index])),)


def names_again(exact: Bound, following: Bound) -> bool:
    """Whether the second only names the field of the first, which stands right before."""
    named = following.direction is not None and following.direction.degree == "base"
    return named and exact.direction is None and exact.field == following.field and following.start - exact.end <= 1


def said_exactly(bound: Bound, others: Sequence[Bound]) -> bool:
    """ "Older ones, from before 2005": how much older stands beside it."""
    if bound.direction is None or bound.superlative or bound.beside >= 0 or bound.ops:
        return False
    sides = (">", ">=") if bound.direction.more else ("<", "<=")
    said = (op for other in others if other.field == bound.field and other.direction is None for op, _ in other.ops)
    return any(op in sides for op in said)
