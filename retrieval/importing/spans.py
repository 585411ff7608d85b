"""Columns whose cells are ranges, like "€35–40" or "2 to 4": read as two columns, the lower and the upper end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from retrieval.importing import cells
from retrieval.importing.columns import MOSTLY
from retrieval.importing.words import means, table

RANGES = 0.1
"""The share of a column's known cells that has to be a range."""
_RANGE = re.compile(r"(?P<low>\D{0,3}\d[\d.,]*\s?\D{0,8}?)\s*(?:[-–—]|\bto\b)\s*(?P<high>\D{0,3}\d[\d.,]*\s?\D{0,12})")


def spanned(sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns that hold ranges: nearly all their cells are numbers, some of them two."""
    names = dict.fromkeys(name for row in sample for name in row)
    return tuple(name for name in names if _holds([row.get(name) for row in sample], name))


def split(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The row with the ends of these columns' ranges beside them; a single number is both ends."""
    out = dict(row)
    for name in names:
        ends = _ends(row.get(name))
        out |= dict(zip(_called(name), ends or (None, None), strict=True))
    return out


def splitting(
    rows: Iterable[tuple[int, Mapping[str, Any]]], names: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """`split` of numbered rows."""
    return ((line, split(row, names)) for line, row in rows)


def _called(name: str) -> tuple[str, str]:
    low, high = table()["ends"][0]
    return f"{low} {name}", f"{high} {name}"


def _holds(column: Sequence[Any], name: str) -> bool:
    known = [cell for cell in map(cells.clean, column) if cell is not None]
    texts = [cell for cell in known if isinstance(cell, str)]
    if not texts or means(name, "code") or sum(cells.day(text) is not None for text in texts) > RANGES * len(known):
        return False
    ranges = [ends for text in texts if cells.number(text) is None and (ends := _ends(text)) is not None]
    return len(ranges) >= RANGES * len(known) and sum(_ends(cell) is not None for cell in known) >= MOSTLY * len(known)


def _ends(cell: Any) -> tuple[str, str] | None:
    """Both ends as text with the unit, if the cell is a number or a range that rises."""
    cell = cells.clean(cell)
    if cells.number(cell) is not None:
        return str(cell), str(cell)
    match = _RANGE.fullmatch(cell) if isinstance(cell, str) else None
    if match is None:
        return None
    low, high = (cells.number(match[end].strip()) for end in ("low", "high"))
    if low is None or high is None or low[0] > high[0]:
        return None
    unit = low[1] or high[1]
    said = f" {unit.name}" if unit is not None else ""
    return f"{low[0]:g}{said}", f"{high[0]:g}{said}"
