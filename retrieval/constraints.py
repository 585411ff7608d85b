"""What a constraint means, said once; the catalogue evaluates it with numpy and the index with Chroma's `where`.

| kind of field  | operators                     | meaning                                             |
|----------------|-------------------------------|-----------------------------------------------------|
| number, date   | ==, in / !=, not_in           | one of the values / none of them                    |
|                | <, <=, >, >=                  | comparison; a date is written as YYYY[-MM[-DD]]     |
| category, flag | ==, in / !=, not_in           | one of the values / none of them                    |
| tags, list     | includes / in / excludes, not_in | all of the values / any of them / none of them   |
| text           | none                          | searched by similarity, never filtered              |

An unknown value satisfies nothing, exclusions included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from retrieval.errors import UsageError
from retrieval.schema import Constraint, Field, FieldKind, Schema, Value

Relation = Literal["any", "none", "all", "<", "<=", ">", ">="]
Operand = str | float | bool
_ONE: dict[str, Relation] = {"==": "any", "in": "any", "!=": "none", "not_in": "none"}
_ORDER: dict[str, Relation] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SET: dict[str, Relation] = {"includes": "all", "in": "any", "excludes": "none", "not_in": "none"}
OPERATORS: Mapping[FieldKind, Mapping[str, Relation]] = {
    "number": _ONE | _ORDER, "date": _ONE | _ORDER, "category": _ONE, "flag": _ONE, "tags": _SET, "list": _SET,
    "text": {},
}  # fmt: skip
_CHROMA_ORDER = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


@dataclass(frozen=True)
class Condition:
    """A constraint that was checked against the schema: its values have the field's own type."""

    field: Field
    relation: Relation
    values: tuple[Operand, ...]  # float for number and date (day number), str for category, tags and list; never empty


def check(schema: Schema, constraint: Constraint) -> Condition:
    """The condition that `constraint` states; UsageError when the schema cannot express it."""
    try:
        field = schema.field(constraint.field)
    except KeyError:
        names = ", ".join(f.name for f in schema.fields)
        raise UsageError(f"{constraint.field!r} is not a field of {schema.name}; its fields are {names}.") from None
    operators = OPERATORS[field.kind]
    if constraint.op not in operators:
        allowed = ", ".join(operators) or "none, it can only be searched"
        raise UsageError(f"{constraint.op!r} does not fit {field.kind} field {field.name!r}; allowed: {allowed}.")
    several = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
    if not several:
        raise UsageError(f"{constraint.op!r} on {field.name!r} names no value; give at least one.")
    relation = operators[constraint.op]
    if relation in _CHROMA_ORDER and len(several) != 1:
        raise UsageError(f"{constraint.op!r} on {field.name!r} compares with {several!r}; give exactly one value.")
    return Condition(field, relation, tuple(operand(field, value) for value in several))


def operand(field: Field, value: Value) -> Operand:
    """One value in the form it is compared in; UsageError when it is not of the field's type."""
    if field.kind == "date" and isinstance(value, str):
        return float(day(value))
    if field.kind in ("number", "date"):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        expected = "a number" if field.kind == "number" else "a date such as 2014-03-09"
    elif field.kind == "flag":
        if isinstance(value, bool):
            return value
        expected = "true or false"
    else:
        if isinstance(value, str):
            return value
        expected = "text"
    raise UsageError(f"{value!r} does not fit {field.kind} field {field.name!r}; give {expected}.")


def day(text: str) -> int:
    """The day number of an ISO date; a year or a month stands for its first day."""
    parts = text.split("-")
    try:
        year, month, first = (*(int(part) for part in parts), 1, 1)[:3]
        return date(year, month, first).toordinal()
    except ValueError:
        raise UsageError(f"{text!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD.") from None


def where(conditions: Sequence[Condition]) -> dict[str, Any] | None:
    """The conditions as one Chroma `where` filter; None when there are none."""
    clauses = [clause for condition in conditions for clause in _clauses(condition)]
    return _joined("$and", clauses) if clauses else None


def _clauses(condition: Condition) -> list[dict[str, Any]]:
    name, values = condition.field.name, list(condition.values)
    known = {f"has_{name}": True}  # exclusions match rows that lack the field unless this is asked too
    if condition.relation in _CHROMA_ORDER:
        return [{name: {_CHROMA_ORDER[condition.relation]: values[0]}}]
    if condition.field.kind in ("tags", "list"):
        if condition.relation == "none":
            return [known, *({name: {"$not_contains": value}} for value in values)]
        contains = [{name: {"$contains": value}} for value in values]
        return contains if condition.relation == "all" else [_joined("$or", contains)]
    if condition.relation == "none":
        return [known, {name: {"$nin": values}}]
    return [{name: {"$in": values}}]


def _joined(operator: str, clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return clauses[0] if len(clauses) == 1 else {operator: clauses}
