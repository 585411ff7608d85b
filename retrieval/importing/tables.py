"""Rows of a table, one after the other: CSV, JSON list, JSON lines, Parquet. Never the whole file in memory.

A row is (line, {column: value}); values are text, or JSON's own types. One level of nesting is flattened to dotted
names. What is not a row goes to `aside`; a file that cannot be read on is a DataError.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from retrieval.errors import DataError, MissingPackage
from retrieval.importing import cells
from retrieval.importing.aside import Aside
from retrieval.importing.files import file_format, text

Row = tuple[int, dict[str, Any]]
_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_LONGEST = 1 << 26
"""Characters of one JSON object or one CSV cell; what is longer is a broken file."""


def rows(path: Path, aside: Aside) -> Iterator[Row]:
    """Every row of the file, with the line it begins on (Parquet: its number); counts what it reads in `aside`."""
    read = {"csv": _csv, "tsv": _csv, "json": _json, "jsonl": _jsonl, "parquet": _parquet}
    kind = file_format(path)
    if kind not in read:
        raise DataError(f"{path} holds several tables; give one CSV, JSON, JSONL or Parquet file.")
    any_row = False
    for line, row in read[kind](path, aside):
        any_row = True
        yield line, row
    if not any_row:
        raise DataError(f"{path} holds no usable row; give a file with a header and at least one row.")


def _csv(path: Path, aside: Aside) -> Iterator[Row]:
    with text(path, aside.say) as file:
        delimiter = "\t" if file_format(path) == "tsv" else _delimiter(file)
        lines = _Lines(file)
        csv.field_size_limit(_LONGEST)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header = _header(path, reader)
        told = [name for name in header if cells.number(name) is not None or cells.day(name) is not None]
        if told and 4 * len(told) >= len(header):
            aside.say(f"The first line of {path.name} was taken for the names of the columns, but {told[0]!r} looks "
                      "like a value: where they are missing, write them above it and import it again.")  # fmt: skip
        while True:
            lines.begin()
            try:
                found = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error) or "limit" in str(error):
                    raise DataError(
                        f"{path}: a quotation mark opened on line {lines.first} is not closed; close it, or double it "
                        "if it is part of the text."
                    ) from error
                aside.read += 1
                aside.row(lines.first, "quotation marks do not match", lines.text)
                continue
            if not found:
                continue
            aside.read += 1
            if not any(found):
                aside.row(lines.first, "empty row", found)
            elif len(found) != len(header):
                more = "more" if len(found) > len(header) else "fewer"
                aside.row(lines.first, f"{more} cells than columns", found)
            else:
                yield lines.first, dict(zip(header, found, strict=True))


class _Lines:
    """The lines of a file, counted, with those of the row that is being read."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self.read, self.first, self.text = file, 0, 1, ""

    def begin(self) -> None:
        self.first, self.text = self.read + 1, ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        if not self.text.strip():  # blank lines before a row are not part of it
            self.first = self.read + 1
        self.read += line.count("\n") or 1
        if len(self.text) < 2_000:
            self.text += line[:2_000]
        return line


def _delimiter(file: IO[str]) -> str:
    """The sign that cuts the first lines into the same number of cells, the most of them."""
    lines = list(islice(file, 20))
    file.seek(0)

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            found = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0.0, 0
        if not found or found[0] < 2:
            return 0.0, 0
        return round(sum(n == found[0] for n in found) / len(found), 1), found[0]

    return max(_DELIMITERS, key=lambda d: fit(d))


def _header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    try:
        names = next((row for row in reader if any(row)), None)
    except csv.Error as error:
        raise DataError(f"{path}: the header's quotation marks do not match; correct its first line.") from error
    if names is None:
        raise DataError(f"{path} is empty; give a file with a header and at least one row.")
    names = [name.strip() or f"column_{place}" for place, name in enumerate(names, 1)]
    for name, times in Counter(names).items():
        if times > 1:
            raise DataError(f"{path} has {times} columns named {name!r}; give each column a name of its own.")
    return names


def _jsonl(path: Path, aside: Aside) -> Iterator[Row]:
    with text(path, aside.say) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                aside.read += 1
                try:
                    found = json.loads(line)
                except (ValueError, RecursionError):
                    aside.row(number, "not JSON", line.rstrip("\r\n"))
                    continue
                yield from _object(number, found, aside)


def _json(path: Path, aside: Aside) -> Iterator[Row]:
    with text(path, aside.say) as file:
        head = file.read(_CHUNK).lstrip("\ufeff \t\r\n")
        file.seek(0)
        if head[:1] == "{":
            first = head.split("\n", 1)[0]
            if _parses(first) and "\n" in head.strip():
                yield from _jsonl(path, aside)
                return
            yield from _wrapped(path, file, aside)
            return
        if head[:1] != "[":
            raise DataError(f"{path} does not begin with a list of objects; write [{{...}}, {{...}}] or use JSONL.")
        for line, found in _elements(path, file):
            aside.read += 1
            yield from _object(line, found, aside)


def _parses(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _wrapped(path: Path, file: IO[str], aside: Aside) -> Iterator[Row]:
    """An object that holds the list: {"items": [...]}."""
    try:
        whole = json.load(file)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}); correct it there.") from error
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) != 1:
        raise DataError(
            f"{path} is an object with {len(lists)} lists of objects; write one list of objects, [{{...}}, {{...}}]."
        )
    for number, found in enumerate(lists[0], 1):
        aside.read += 1
        yield from _object(number, found, aside)


def _elements(path: Path, file: IO[str]) -> Iterator[tuple[int, Any]]:
    """The list's elements with their lines, reading on only when the next one is not whole yet."""
    decoder, buffer, place, line, ended = json.JSONDecoder(), file.read(_CHUNK), 0, 1, False
    place = buffer.index("[") + 1
    line += buffer.count("\n", 0, place)
    while True:
        start = place
        while place < len(buffer) and buffer[place] in " \t\r\n,":
            place += 1
        line += buffer.count("\n", start, place)
        if place < len(buffer) and buffer[place] == "]":
            return
        try:
            found, end = decoder.raw_decode(buffer, place)
            if end == len(buffer) and not ended:  # a number may go on
                raise json.JSONDecodeError("may go on", buffer, end)
        except (ValueError, RecursionError) as error:
            at = error.pos if isinstance(error, json.JSONDecodeError) else place
            more = file.read(max(_CHUNK, len(buffer) - place))
            ended = not more
            if ended or len(buffer) - place > _LONGEST:
                where = line + buffer.count("\n", place, at)
                raise DataError(f"{path} is not a JSON list (line {where}); correct it there or use JSONL.") from error
            buffer, place = buffer[place:] + more, 0
            continue
        yield line, found
        line += buffer.count("\n", place, end)
        place = end


def _object(line: int, found: Any, aside: Aside) -> Iterator[Row]:
    if isinstance(found, dict):
        yield line, flat(found)
    else:
        aside.row(line, "not an object", found)


def flat(found: dict[str, Any]) -> dict[str, Any]:
    """One level of nesting becomes dotted names: {"a": {"b": 1}} -> {"a.b": 1}; deeper ones stay objects."""
    out: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            out.update({f"{name}.{inner}": deeper for inner, deeper in value.items()})
        else:
            out[name] = value
    return out


def _parquet(path: Path, aside: Aside) -> Iterator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingPackage(
            f"Reading {path.name!r} needs package 'pyarrow', which is not installed: run `pip install pyarrow`."
        ) from None
    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=4096):
            for found in batch.to_pylist():
                number += 1
                aside.read += 1
                yield number, flat(found)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file ({error}); export it again.") from error
