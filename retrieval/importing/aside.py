"""What could not be used: written to a file with its line and reason, and counted."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.schema import CleaningReport

SHOWN = 2_000
"""Characters of a row that are kept in the file."""
WRITTEN = 10_000
"""Rows of one reason that the file shows; all are counted."""
ROW, VALUE = "row set aside", "value not used"


class Aside:
    """Counts rows and values of one table, and writes each one that is set aside to the shared file."""

    def __init__(self, table: str, writer: Any = None) -> None:
        self.table, self._writer = table, writer
        self.read = self.kept = 0
        self.rows: Counter[str] = Counter()
        self.values: Counter[str] = Counter()
        self.notes: list[str] = []

    def row(self, line: int, reason: str, row: object) -> None:
        """This row is not used."""
        self.rows[reason] += 1
        if self.rows[reason] <= WRITTEN:
            self._write(line, ROW, reason, row)

    def value(self, line: int, column: str, reason: str, value: object) -> None:
        """The row is used without this value, or with a part of it."""
        said = f"{column}: {reason}"
        self.values[said] += 1
        if self.values[said] <= WRITTEN:
            self._write(line, VALUE, said, value)

    def say(self, note: str) -> None:
        """One sentence for whoever imports, said once."""
        if note not in self.notes:
            self.notes.append(note)

    def reports(self) -> dict[str, CleaningReport]:
        """Rows, and values where some were not used, as `prepare` reports them."""
        found = {self.table: CleaningReport(self.read, self.kept, dict(self.rows))}
        if self.values:
            unused = sum(self.values.values())
            found[f"doubtful values of {self.table}"] = CleaningReport(unused, 0, dict(self.values))
        return found

    def _write(self, line: int, what: str, reason: str, row: object) -> None:
        if self._writer is not None:
            self._writer.writerow([self.table, line, what, _inert(reason), _shown(row)])


@contextmanager
def written(path: Path) -> Iterator[Any]:
    """A writer of the file of everything set aside; its columns are table, line, what, reason, row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["table", "line", "what", "reason", "row"])
        yield writer


def _inert(reason: str) -> str:
    """A reason names a column, and columns may be called =1+1: such a cell is marked as text."""
    return f"'{reason}" if reason[:1] in ("=", "+", "-", "@", "\t", "\r") else reason


def _shown(row: object) -> str:
    """As JSON, so that no spreadsheet takes it for a formula; cut when long."""
    if isinstance(row, str):
        row = row[:SHOWN]
    elif isinstance(row, Mapping):
        row = {key: value[:SHOWN] if isinstance(value, str) else value for key, value in row.items()}
    try:
        text = json.dumps(row, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = json.dumps(repr(type(row)))
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 2 * SHOWN else text[: 2 * SHOWN] + "..."
