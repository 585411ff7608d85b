"""What a file is before anything is read of it: its format, compression and encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from retrieval.errors import DataError

Format = Literal["csv", "tsv", "json", "jsonl", "parquet", "movielens"]
FORMATS: dict[str, Format] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet", ".zip": "movielens",
}  # fmt: skip
_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BINARY = {b"PK\x03\x04": "a zip or spreadsheet file", b"%PDF": "a PDF", b"\x89PNG": "an image",
           b"\xff\xd8\xff": "an image",           b"PAR1": "Parquet", b"SQLite": "a database"}  # fmt: skip
_ALLOWED = ".csv, .tsv, .json, .jsonl or .parquet (also .gz), or a MovieLens folder or zip"


def file_format(path: Path) -> Format:
    """By the end of the name; DataError for a file that is not there, is empty, or has another ending."""
    if path.is_dir():
        return "movielens"
    if not path.is_file():
        raise DataError(f"There is no file {path}; give the path of a file that ends in {_ALLOWED}.")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty; give a file with at least one row.")
    suffix = (Path(path.stem) if path.suffix.casefold() == ".gz" else path).suffix.casefold()
    if suffix not in FORMATS:
        ending = f"ends in {suffix!r}" if suffix else "has no ending that says what it is"
        raise DataError(f"{path.name!r} {ending}; give a file that ends in {_ALLOWED}.")
    return FORMATS[suffix]


@contextmanager
def text(path: Path, say: Callable[[str], None]) -> Iterator[IO[str]]:
    """The file as text, line ends as they are; `say` hears when its encoding had to be guessed.

    UTF-8 (with or without its mark), UTF-16 with its mark, else Windows-1252; DataError with the line otherwise.
    """
    encoding = _encoding(path, say)
    with _bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as file:
        yield file


def _encoding(path: Path, say: Callable[[str], None]) -> str:
    with _bytes(path) as file:
        head = file.read(8)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            _line_that_fails(path, encoding, must=True)
            return encoding
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise DataError(f"{path} is {what}, whatever its name says; export it as CSV, JSON, JSONL or .parquet.")
    bad = _line_that_fails(path, "utf-8")
    if bad is None:
        return "utf-8"
    if _line_that_fails(path, "cp1252") is None:
        say(f"{path.name} is not UTF-8 (line {bad}); it was read as Windows-1252, so check its accented letters.")
        return "cp1252"
    raise DataError(f"{path} is neither UTF-8 nor Windows-1252 (line {bad}); save it as UTF-8 and import it again.")


def _line_that_fails(path: Path, encoding: str, must: bool = False) -> int | None:
    """The first line that is not of the encoding; None when all are (DataError instead if `must`)."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with _bytes(path) as file:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk and not encoding.startswith("utf-16"):
                at = line + chunk[: chunk.index(b"\0")].count(b"\n")
                raise DataError(
                    f"{path} holds binary data (line {at}); export it as text in UTF-8 and import it again."
                )
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                at = line + chunk[: max(error.start, 0)].count(b"\n")
                if must:
                    raise DataError(
                        f"{path} begins as {encoding} but line {at} is not; save it as UTF-8 and import it again."
                    ) from error
                return at
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if must:
            raise DataError(f"{path} is cut short in the middle of a letter (line {line}); fetch it again.") from error
        return line
    return None


@contextmanager
def _bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked when it is gzip."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        if packed:
            with gzip.open(path, "rb") as file:
                yield io.BufferedReader(file)
        else:
            with path.open("rb") as file:
                yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is cut short or damaged ({error}); fetch it again.") from error
