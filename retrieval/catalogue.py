"""The catalogue in memory: items by row, behaviour by user, and which items satisfy a constraint."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import constraints, reviews
from retrieval.constraints import Operand
from retrieval.errors import DataError, NotPrepared
from retrieval.schema import (
    CleaningReport,
    Constraint,
    Dataset,
    Event,
    IntArray,
    Interactions,
    Item,
    ReviewSentence,
    Schema,
    Value,
)
from retrieval.schema_file import read_schema, write_schema

Mask = NDArray[np.bool_]
LATELY = 180
"""Days before the data's end that count as "lately": the longest half-life of the rankers' trend."""
HISTORY = 200
"""The most events of one user that histories and evidence go back."""
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items in a fixed order: `items[row]`, and every array over items has that order. Never changes."""

    schema: Schema
    items: tuple[Item, ...]
    interactions: Interactions
    reports: Mapping[str, CleaningReport] = field(default_factory=dict)
    user_attributes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    written: Mapping[int, tuple[ReviewSentence, ...]] = field(default_factory=dict)
    links: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset) -> Catalogue:
        """The catalogue of a data set."""
        told = (dataset.reports, dataset.user_attributes, dataset.reviews, dataset.links)
        return cls(dataset.schema, dataset.items, dataset.interactions, *told)

    def find(self, item_id: str) -> int | None:
        """The row of an item, or None when there is no such item."""
        return self._rows.get(item_id)

    def row(self, item_id: str) -> int:
        """The row of an item that is known to exist; KeyError otherwise."""
        return self._rows[item_id]

    @cached_property
    def counts(self) -> IntArray:
        """Interactions per item, [n_items]."""
        return np.bincount(self.interactions.items, minlength=len(self.items)).astype(np.int64)

    @cached_property
    def lately(self) -> IntArray:
        """Interactions per item in the last `LATELY` days of the data, [n_items]."""
        data = self.interactions
        late = data.items[np.asarray(data.times) > self.until - LATELY * 86_400]
        return np.bincount(late, minlength=len(self.items)).astype(np.int64)

    @cached_property
    def until(self) -> int:
        """The last time in the data, Unix seconds; 0 when there is none."""
        return int(self.interactions.times.max(initial=0))

    def has_user(self, user_id: str) -> bool:
        """Whether the data set has behaviour of that user."""
        return user_id in self._users

    def rows_of(self, user_id: str) -> tuple[int, ...]:
        """All items the user has behaviour with, oldest first; () for an unknown user."""
        return tuple(self.interactions.items[self._span(user_id)].tolist())

    def history(self, user_id: str) -> tuple[Event, ...]:
        """The user's last 200 events, oldest first, with ids "user:item"; () for an unknown user."""
        span = self._span(user_id)
        return self._events(user_id, slice(max(span.start, span.stop - HISTORY), span.stop))

    def _events(self, user_id: str, rows: slice) -> tuple[Event, ...]:
        data = self.interactions
        columns = (data.items[rows], data.strengths[rows], data.times[rows], data.values[rows])
        return tuple(
            Event(f"{user_id}:{self.items[item].id}", item, strength, time, value)
            for item, strength, time, value in zip(*(column.tolist() for column in columns), strict=True)
        )

    def event(self, user_id: str, row: int) -> Event | None:
        """The user's last behaviour with one item, however long ago; None when there is none."""
        span = self._span(user_id)
        places = span.start + np.flatnonzero(np.asarray(self.interactions.items[span]) == row)
        return self._events(user_id, slice(places[-1], places[-1] + 1))[0] if len(places) else None

    def past(self, user_id: str) -> tuple[tuple[int, float, int], ...]:
        """All of the user's behaviour as (row, raw value, time), oldest first; () for an unknown user."""
        span, data = self._span(user_id), self.interactions
        columns = (data.items[span], data.values[span], data.times[span])
        return tuple(zip(*(column.tolist() for column in columns), strict=True))

    def reviews(self, row: int) -> tuple[ReviewSentence, ...]:
        """What people wrote about the item, a few sentences, the most telling first."""
        return self.written.get(row, ())

    def known(self, name: str) -> Mask:
        """Which items have a value for the field, [n_items]."""
        key = f"known {name}"
        if key not in self._cache:
            known = (name in item.attributes for item in self.items)
            self._cache[key] = np.fromiter(known, dtype=bool, count=len(self.items))
        mask: Mask = self._cache[key]
        return mask

    def matches(self, constraint: Constraint) -> Mask:
        """Which items satisfy the constraint, [n_items]; UsageError when the schema cannot express it.

        The meaning of each operator is in `retrieval/constraints.py`.
        """
        condition = constraints.check(self.schema, constraint)
        name, relation, values = condition.field.name, condition.relation, condition.values
        if relation in _COMPARE:
            column = self.numbers(name)
            return np.asarray(_COMPARE[relation](column, values[0]), dtype=bool)  # NaN, the unknown, compares false
        each = [self._having(name, value) for value in values]
        if relation == "all":
            return np.asarray(np.logical_and.reduce(each), dtype=bool)
        satisfied = np.asarray(np.logical_or.reduce(each), dtype=bool)
        return np.asarray(self.known(name) & ~satisfied) if relation == "none" else satisfied

    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing, empty folder."""
        write_schema(self.schema, folder / "schema.yaml")
        with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
            for item in self.items:
                file.write(json.dumps(vars(item), ensure_ascii=False) + "\n")
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self.interactions, name))
        if self.written:
            (folder / "reviews").mkdir()
            reviews.save(self.written, len(self.items), folder / "reviews")
        if self.links:
            (folder / "links.json").write_text(json.dumps(self.links), encoding="utf-8")
        people = {
            "user_ids": self.interactions.user_ids,
            "user_attributes": self.user_attributes,
            "reports": {table: asdict(report) for table, report in self.reports.items()},
        }
        (folder / "people.json").write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read what `save` wrote; behaviour stays on disk until it is touched. NotPrepared when it is damaged."""
        try:
            with (folder / "items.jsonl").open(encoding="utf-8") as file:
                items = tuple(_item(json.loads(line)) for line in file)
            people = json.loads((folder / "people.json").read_text(encoding="utf-8"))
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
            return cls(
                read_schema(folder / "schema.yaml"),
                items,
                Interactions(user_ids=tuple(people["user_ids"]), **arrays),
                {table: CleaningReport(**report) for table, report in people["reports"].items()},
                {user: _values(known) for user, known in people["user_attributes"].items()},
                reviews.Reviews.load(folder / "reviews") if (folder / "reviews").exists() else {},
                _links(folder / "links.json"),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError, DataError) as error:
            raise NotPrepared(f"The catalogue in {folder} is damaged ({error}); run `because prepare`.") from error

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item.id: row for row, item in enumerate(self.items)}

    @cached_property
    def _users(self) -> dict[str, int]:
        return {user: index for index, user in enumerate(self.interactions.user_ids)}

    def _span(self, user_id: str) -> slice:
        """Where the user's events stand in `interactions`, which is sorted by user."""
        user = self._users.get(user_id)
        if user is None:
            return slice(0, 0)
        first, last = np.searchsorted(self.interactions.users, [user, user + 1])
        return slice(int(first), int(last))

    @cached_property
    def _cache(self) -> dict[str, Any]:
        return {}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A number or date column as compared, [n_items], NaN where unknown."""
        if name not in self._cache:
            declared = self.schema.field(name)
            column = np.full(len(self.items), np.nan)
            for row, item in enumerate(self.items):
                if name in item.attributes:
                    column[row] = constraints.operand(declared, item.attributes[name])
            self._cache[name] = column
        numbers: NDArray[np.float64] = self._cache[name]
        return numbers

    def _having(self, name: str, value: Operand) -> Mask:
        """Which items have the value, or among several values have it, [n_items]."""
        if self.schema.field(name).kind in ("number", "date"):
            return np.asarray(self.numbers(name) == value, dtype=bool)
        mask = np.zeros(len(self.items), dtype=bool)
        mask[self.members(name).get(value, [])] = True
        return mask

    def members(self, name: str) -> Mapping[Operand, IntArray]:
        """Of a field that is no number or date: each value with the rows that have it."""
        if name not in self._cache:
            rows: dict[Operand, list[int]] = defaultdict(list)
            for row, item in enumerate(self.items):
                known = item.attributes.get(name, ())
                for entry in known if isinstance(known, tuple) else (known,):
                    rows[entry].append(row)
            self._cache[name] = {entry: np.array(where, dtype=np.int64) for entry, where in rows.items()}
        members: Mapping[Operand, IntArray] = self._cache[name]
        return members


_ARRAYS = ("users", "items", "values", "strengths", "times")


def _links(path: Path) -> dict[int, tuple[str, ...]]:
    """Neighbours by row; none where there is no such file."""
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {int(row): tuple(neighbours) for row, neighbours in stored.items()}


def _item(raw: dict[str, Any]) -> Item:
    return Item(raw["id"], raw["title"], _values(raw["attributes"]), raw["text"], tuple(raw["aliases"]))


def _values(raw: Mapping[str, Any]) -> dict[str, Value]:
    """JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
