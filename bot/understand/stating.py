"""Conditions as constraints of the contract, and what is left of them when they meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retrieval.schema import Constraint, Field, Op, Value


@dataclass(frozen=True)
class Found:
    """A condition and the words that said it."""

    constraint: Constraint
    start: int
    end: int


def last_word(found: list[Found]) -> list[Found]:
    """Repeats once; of a value that is both wanted and refused, what was said last."""
    out: list[Found] = []
    for new in found:
        c = new.constraint
        if any(old.constraint == c for old in out):
            continue
        values = set(several(c.value))
        kinds = {"includes": "excludes", "excludes": "includes", "==": "!=", "!=": "=="}
        out = [
            old
            for old in out
            if not (
                old.constraint.field == c.field
                and old.constraint.op == kinds.get(c.op)
                and values & set(several(old.constraint.value))
            )
        ]
        out.append(new)
    return out


def wanting(field: Field, values: tuple[str, ...], hard: bool) -> Constraint:
    if field.kind == "flag":
        return Constraint(field.name, "==", values[0] == "true", hard)
    one: Op = "==" if field.kind == "category" else "includes"
    return (
        Constraint(field.name, one, values[0], hard) if len(values) == 1 else Constraint(field.name, "in", values, hard)
    )


def refusing(field: Field, values: tuple[str, ...], hard: bool) -> Constraint:
    if field.kind == "flag":
        return Constraint(field.name, "==", values[0] != "true", hard)
    one: Op = "!=" if field.kind == "category" else "excludes"
    return (
        Constraint(field.name, one, values[0], hard)
        if len(values) == 1
        else Constraint(field.name, "not_in", values, hard)
    )


def either(old: Constraint, new: Constraint) -> bool:
    return old.field == new.field and {old.op, new.op} <= {"==", "in"} and not isinstance(old.value, bool)


def several(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def one_of_each_category(found: list[Found]) -> list[Found]:
    """No item has two values of a category: "red and blue" asks for either."""
    out: list[Found] = []
    for new in found:
        c = new.constraint
        same = next((i for i, old in enumerate(out) if either(old.constraint, c)), None)
        if same is None or not isinstance(c.value, str | tuple):
            out.append(new)
        else:
            old = out[same]
            values = tuple(dict.fromkeys((*several(old.constraint.value), *several(c.value))))
            merged = Constraint(
                c.field,
                "in" if len(values) > 1 else "==",
                values if len(values) > 1 else values[0],
                # One value said twice, once plainly, was said plainly.
                (old.constraint.hard or c.hard) if len(values) == 1 else (old.constraint.hard and c.hard),
            )
            out[same] = Found(merged, old.start, new.end)
    return out


def any_of_them(found: list[Found]) -> list[Found]:
    """No item has two values of a number: "from 1999 or 2001" asks for either."""
    out: list[Found] = []
    for new in found:
        c = new.constraint
        same = next((i for i, old in enumerate(out) if either(old.constraint, c)), None)
        if same is None or c.op != "==" or isinstance(c.value, str):
            out.append(new)
            continue
        old = out[same]
        values = old.constraint.value if isinstance(old.constraint.value, tuple) else (old.constraint.value,)
        years: Any = (*values, c.value)  # numbers, where Value names only text
        out[same] = Found(Constraint(c.field, "in", years, old.constraint.hard and c.hard), old.start, new.end)
    return out


def dated(op: Op, year: float) -> tuple[Op, str]:
    """A comparison with a year as one of dates: a year stands for its first day."""
    first = int(year)
    if op in (">", "<="):
        return (">=" if op == ">" else "<"), str(first + 1)
    return (">=" if op == "==" else op), str(first)


def plain(value: float) -> float:
    """Whole numbers as int, so that they read as they were said."""
    return int(value) if value == int(value) else round(value, 4)
