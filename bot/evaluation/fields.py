"""How a field of any catalogue is talked about: what people care for, can tell, and say in which words."""

from __future__ import annotations

from typing import Literal

import numpy as np

from bot.wording import replies
from retrieval.catalogue import Catalogue
from retrieval.schema import Field, FloatArray, Value

Manner = Literal["tags", "category", "list", "flag", "year", "number", "plain", "count", "date"]
"""`plain`: a number whose unit does not tell the field (none, or one that another field has too).

`count`: a number that spans orders of magnitude (votes, sales): hardly anybody can tell it.
"""
_ORDERS = 100.0
"""95 % quantile over 5 % quantile of a count, at least."""


def manner(catalogue: Catalogue, field: Field) -> Manner | None:
    """How the field is talked about; None for text, which nobody can name a value of."""
    if field.kind == "text":
        return None
    if field.kind != "number":
        return field.kind
    if field.unit == "year":
        return "year"
    known = numbers(catalogue, field)
    low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (0.0, 0.0)
    if field.unit not in replies()["prefix_units"] and low >= 0 and high >= _ORDERS * max(low, 1.0):
        return "count"
    same = sum(other.unit == field.unit for other in catalogue.schema.fields)
    return "number" if field.unit and same == 1 else "plain"


def numbers(catalogue: Catalogue, field: Field) -> FloatArray:
    """The known values of a number field, ascending."""
    known = [item.attributes[field.name] for item in catalogue.items if field.name in item.attributes]
    return np.sort(np.array([float(v) for v in known if isinstance(v, int | float)], dtype=np.float32))


def entries(value: Value | None) -> tuple[str, ...]:
    """The values of a category, tags or list attribute; () when it is unknown or something else."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
