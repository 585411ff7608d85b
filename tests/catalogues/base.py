"""What an unseen-looking catalogue is: rows as they are meant, a file as people keep it, and requests with their truth.

`rows` are the facts, in plain Python. `write` makes a file of them with all that real files have: odd headers, units,
signs, blanks. Each `Ask` says which rows a person would accept; the importer and the reader see only the file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """A request, and which rows may answer it. `nothing`: no row does, and none may come back."""

    say: str
    meets: Callable[[Row], bool]
    nothing: bool = False
    vague: bool = False  # "cheap" leaves fewer than fit


@dataclass(frozen=True, eq=False)
class Unseen:
    """A catalogue that the code has never heard of. `key` is the row's entry that ends up as the item's id."""

    name: str
    rows: Sequence[Row]
    write: Callable[[Sequence[Row], Path], Path]
    asks: Sequence[Ask]
    key: str = "id"


def write_csv(path: Path, header: Sequence[str], lines: Sequence[Sequence[Any]], delimiter: str = ",") -> Path:
    """A CSV file; None is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=delimiter)
        out.writerow(header)
        out.writerows(["" if cell is None else cell for cell in line] for line in lines)
    return path


def known(value: Any, fits: Callable[[Any], bool]) -> bool:
    """An unknown value satisfies nothing."""
    return value is not None and fits(value)
