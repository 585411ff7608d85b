"""Rows to items. A row that cannot be an item is set aside, a cell that cannot be its field's value is left unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from retrieval.importing import cells, words
from retrieval.importing.aside import Aside
from retrieval.importing.columns import Column
from retrieval.importing.inference import Roles
from retrieval.importing.tables import Row
from retrieval.importing.words import Unit, units
from retrieval.schema import Field, Item, Schema, Value

TEXT, CELL, KEY, TITLE, ENTRIES = 20_000, 1_000, 200, 500, 200
"""Most characters of a description, of another cell, of an id and of a title, and entries of a list."""
Read = Callable[[Any], Value | None]


def items(
    rows: Iterable[Row], schema: Schema, roles: Roles, columns: Mapping[str, Column], aside: Aside
) -> tuple[Item, ...]:
    """All items of the table, in its order; ids are unique."""
    readers = [(f, roles.fields[f.name], reader(f, columns[roles.fields[f.name]])) for f in schema.fields]
    found: dict[str, Item] = {}
    for number, (line, row) in enumerate(rows, 1):
        key = str(number) if roles.id is None else identifier(row.get(roles.id))
        problem = _problem(key, found, row, roles)
        if problem is not None or key is None:
            aside.row(line, problem or "no id", row)
            continue
        title = _text(row, roles.title, TITLE, line, aside) or f"{schema.noun.capitalize()} {key}"
        known = {}
        for declared, column, read in readers:
            cell = cells.clean(row.get(column))
            if cell is None and columns[column].none and cells.says_none(row.get(column)):
                cell = _none_of(declared, columns[column])
            if cell is not None and (value := _value(declared, column, read, cell, line, aside)) is not None:
                known[declared.name] = value
        found[key] = Item(key, title, known, _text(row, roles.text, TEXT, line, aside), _aliases(row, roles, title))
        aside.kept += 1
    return spelt_alike(tuple(found.values()), schema)


def spelt_alike(found: tuple[Item, ...], schema: Schema) -> tuple[Item, ...]:
    """One spelling for values that differ in case alone: "Chalet", "CHALET". The commonest is kept."""
    spellings: dict[str, dict[str, str]] = {}
    for declared in schema.fields:
        if declared.kind not in ("category", "tags", "list"):
            continue
        counts = Counter(v for item in found for v in _several(item.attributes.get(declared.name)))
        groups: dict[str, list[str]] = {}
        for value in counts:
            groups.setdefault(value.casefold(), []).append(value)
        changed = {
            value: max(group, key=lambda v: (counts[v], v != v.upper(), v != v.casefold(), v))
            for group in groups.values()
            if len(group) > 1
            for value in group
        }
        if changed:
            spellings[declared.name] = changed
    return tuple(_respelt(item, spellings) for item in found) if spellings else found


def _several(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else () if value is None else (str(value),)


def _respelt(item: Item, spellings: Mapping[str, Mapping[str, str]]) -> Item:
    known = dict(item.attributes)
    for name, instead in spellings.items():
        value = known.get(name)
        if isinstance(value, tuple):
            known[name] = tuple(dict.fromkeys(instead.get(v, v) for v in value))
        elif isinstance(value, str):
            known[name] = instead.get(value, value)
    return item if known == item.attributes else replace(item, attributes=known)


def _none_of(declared: Field, column: Column) -> Any:
    """What a cell "none" holds: a choice, where there are choices; nothing that a number or a date could be."""
    return {"category": column.none, "tags": [column.none], "list": [column.none]}.get(declared.kind)


def identifier(cell: Any) -> str | None:
    """An id as text; 7.0 and 7 are the same."""
    cell = cells.clean(cell)
    if cell is None or isinstance(cell, list | dict | bool):
        return None
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return str(cell)


def _problem(key: str | None, found: Mapping[str, Item], row: Mapping[str, Any], roles: Roles) -> str | None:
    if key is None:
        return "no id"
    if len(key) > KEY:
        return f"id longer than {KEY} characters"
    if key in found:
        return "the same id as an earlier row"
    title = roles.title is not None and cells.clean(row.get(roles.title))
    return "no title" if roles.title is not None and (title is None or isinstance(title, list | dict)) else None


def _text(row: Mapping[str, Any], column: str | None, most: int, line: int, aside: Aside) -> str:
    cell = cells.clean(row.get(column)) if column is not None else None
    if isinstance(cell, str) and (written := cells.written_list(cell)) is not None:
        cell = written
    if isinstance(cell, list):
        cell = " ".join(cells.entries(cell) or ())
    if cell is None or isinstance(cell, dict):
        return ""
    text = str(cell)
    if len(text) > most:
        aside.value(line, column or "", f"longer than {most:,} characters, cut", text)
    return text[:most]


def _aliases(row: Mapping[str, Any], roles: Roles, title: str) -> tuple[str, ...]:
    named = [name for column in roles.aliases for name in cells.entries(cells.clean(row.get(column)), "|") or ()]
    return tuple(dict.fromkeys(name.strip()[:TITLE] for name in named if name.strip() and name.strip() != title))


def _value(declared: Field, column: str, read: Read, cell: Any, line: int, aside: Aside) -> Value | None:
    most = TEXT if declared.kind in ("text", "tags", "list") else CELL
    if isinstance(cell, str) and len(cell) > most:
        aside.value(line, column, f"longer than {most:,} characters", cell)
        return None
    if isinstance(cell, dict):
        aside.value(line, column, "nested more than one level", cell)
        return None
    value = read(cell)
    if value is None:
        aside.value(line, column, f"not a {declared.kind}", cell)
    elif isinstance(value, tuple) and len(value) > ENTRIES:
        aside.value(line, column, f"more than {ENTRIES} entries, the rest cut", cell)
        return value[:ENTRIES]
    return None if value == () else value


def reader(declared: Field, column: Column) -> Read:
    """What makes the field's value of a cell; None means that the cell does not hold one."""
    if declared.kind == "number":
        return _numbers(declared, column)
    if declared.kind == "flag":
        return cells.truth
    if declared.kind == "date":
        return lambda cell: cells.day(cell, column.day_first, numbers=True) or cells.day(str(cell), column.day_first)
    if declared.kind in ("tags", "list"):
        return lambda cell: _entries(cell, column.delimiter)
    return _joined


def _joined(cell: Any) -> str:
    """A category or text; a list's entries one after the other."""
    listed = isinstance(cell, list) or (isinstance(cell, str) and cells.written_list(cell) is not None)
    return " ".join(cells.entries(cell) or ()) if listed else _plain(cell)


def _plain(cell: Any) -> str:
    """A category or text: what is a number without decimals is written without them."""
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def _entries(cell: Any, delimiter: str | None) -> tuple[str, ...] | None:
    found = cells.entries(cell, delimiter)
    if found is None:
        return None
    stripped = (entry.strip() for entry in found)
    return tuple(dict.fromkeys(entry[:KEY] for entry in stripped if entry))


def _numbers(declared: Field, column: Column) -> Read:
    """Numbers in the field's unit: what a cell, else the column's name, says is converted."""
    wanted = units().get((declared.unit or "").casefold())
    named: Unit | None = words.unit_in_name(column.said)
    year = declared.unit == "year"

    def read(cell: Any) -> Value | None:
        found = (0.0, None) if cells.nothing(cell) else cells.number(cell, comma=column.comma)
        if found is None:
            iso = cells.day(cell, column.day_first) if year else None
            return int(iso[:4]) if iso else None
        value, said = found
        said = said or column.unit or named
        if said is not None and wanted is not None and said.dimension == wanted.dimension:
            value = round(value * said.factor / wanted.factor, 4 if wanted.name == "years" else 6)
        return int(value) if value == int(value) and abs(value) < 2**53 else value

    return read
