"""What whoever runs the bot never lets it recommend: a block list, and conditions that always hold.

They are no part of a query, so nothing that is said, clicked, supposed or taken back can lift them: the recommender
applies them to every query (`Recommender.retrieve`). What is unknown does not satisfy a condition, here as elsewhere.
An entry that cannot be understood is an error when the bot starts: a rule that silently did nothing would be worse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from retrieval import constraints
from retrieval.catalogue import Catalogue
from retrieval.errors import UsageError
from retrieval.schema import Constraint, Field, IntArray, Op, Schema, Value
from retrieval.text import fold

_FORM = "write FIELD OPERATOR VALUE, such as `year >= 1990` or `genre in Comedy, Drama`, with `;` between conditions"
_CONDITION = re.compile(r"\s*(\w+)\s*(==|!=|<=|>=|<|>|\b(?:in|not_in|includes|excludes)\b)\s*(\S.*?)\s*")
_SEVERAL = frozenset({"in", "not_in", "includes", "excludes"})
_SHOWN = 5  # entries named in one sentence


@dataclass(frozen=True)
class OperatorRules:
    """`blocked` rows, and the conditions that `always` hold. Without either, everything is permitted."""

    blocked: frozenset[int] = frozenset()
    always: tuple[Constraint, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.blocked or self.always)

    def permitted(self, rows: IntArray) -> IntArray:
        """Those of `rows` that are not blocked; the conditions are the index's to apply."""
        return rows[~np.isin(rows, np.fromiter(self.blocked, dtype=np.int64))] if self.blocked else rows

    @classmethod
    def of(cls, catalogue: Catalogue, block_list: Path | None = None, always: str = "") -> OperatorRules:
        """The rules in a file and in a setting; UsageError names what cannot be used of them."""
        blocked = read_block_list(block_list, catalogue) if block_list else frozenset[int]()
        return cls(blocked, read_conditions(always, catalogue))


def read_block_list(path: Path, catalogue: Catalogue) -> frozenset[int]:
    """The rows that the file names: one id, title or "title (year)" a line; a line that begins with `#` is a comment.

    A title that several items bear blocks all of them. UsageError for an unreadable file or a line that names nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The block list {path} cannot be read ({error}); give a text file in UTF-8.") from None
    entries = [entry for line in lines if (entry := line.strip()) and not entry.startswith("#")]
    blocked = {row for row in map(catalogue.find, entries) if row is not None}
    titles = [entry for entry in entries if catalogue.find(entry) is None]
    named = _names(catalogue) if titles else {}
    blocked.update(row for title in titles for row in named.get(fold(title), ()))
    if unknown := [title for title in titles if fold(title) not in named]:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise UsageError(
            f"The block list {path} names {', '.join(map(repr, unknown[:_SHOWN]))}{more}, which {catalogue.schema.name}"
            " does not have; give ids or titles of its items, one a line, or take them out."
        )
    return frozenset(blocked)


def _names(catalogue: Catalogue) -> Mapping[str, tuple[int, ...]]:
    """Rows by folded title and other titles, each also with the year behind it."""
    year = next((field.name for field in catalogue.schema.fields if field.unit == "year"), "")
    found: dict[str, list[int]] = {}
    for row, item in enumerate(catalogue.items):
        for title in dict.fromkeys((item.title, *item.aliases)):
            for name in (title, f"{title} {item.attributes[year]}" if year in item.attributes else ""):
                if folded := fold(name):
                    found.setdefault(folded, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def read_conditions(text: str, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """`mpaa in G, PG; year >= 1990`, or a JSON list of {"field", "op", "value"}; UsageError says what is wrong.

    A value that no item has is taken for a slip; of numbers and dates any will do.
    """
    schema = catalogue.schema
    if text.lstrip().startswith(("[", "{")):
        found = [_from_json(entry) for entry in _loaded(text)]
    else:
        found = [_parsed(part, schema) for part in text.split(";") if part.strip()]
    for constraint in found:
        condition = constraints.check(schema, constraint)
        if condition.field.kind in ("category", "tags", "list"):
            known = catalogue.members(condition.field.name)
            if missing := [value for value in condition.values if value not in known]:
                some = ", ".join(sorted(map(str, known))[:20])
                raise UsageError(
                    f"No item of {schema.name} has {missing[0]!r} as its {condition.field.name}; there are {some}."
                )
    return tuple(found)


def _parsed(part: str, schema: Schema) -> Constraint:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise UsageError(f"{part.strip()!r} is no condition; {_FORM}.")
    name, op, said = match.groups()
    field = next((field for field in schema.fields if field.name == name), None)
    if field is None:
        names = ", ".join(field.name for field in schema.fields)
        raise UsageError(f"{name!r} is not a field of {schema.name}; its fields are {names}.")
    values = [_value(field, word.strip()) for word in (said.split(",") if op in _SEVERAL else [said])]
    return Constraint(name, op, tuple(values) if len(values) > 1 else values[0])  # type: ignore[arg-type]


def _value(field: Field, word: str) -> str | float | bool:
    if field.kind == "number":
        try:
            return int(word) if word.lstrip("-").isdecimal() else float(word)
        except ValueError:
            raise UsageError(f"{word!r} does not fit number field {field.name!r}; give a number.") from None
    if field.kind == "flag":
        if word.casefold() not in ("true", "false"):
            raise UsageError(f"{word!r} does not fit flag field {field.name!r}; give true or false.")
        return word.casefold() == "true"
    return word


def _loaded(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no JSON ({error}); {_FORM}, or a JSON list of conditions.") from None
    return found if isinstance(found, list) else [found]


def _from_json(entry: Any) -> Constraint:
    form = 'give {"field": NAME, "op": OPERATOR, "value": VALUE}'
    if not isinstance(entry, dict) or set(entry) != {"field", "op", "value"}:
        raise UsageError(f"{entry!r} is no condition; {form}.")
    if entry["op"] not in get_args(Op):
        raise UsageError(f"{entry['op']!r} is no operator; allowed: {', '.join(get_args(Op))}.")
    value: Value = tuple(entry["value"]) if isinstance(entry["value"], list) else entry["value"]
    return Constraint(str(entry["field"]), entry["op"], value)
