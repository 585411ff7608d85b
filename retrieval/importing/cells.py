"""One cell: what number, date, truth or list it holds. None means that it holds none; nothing raises."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from retrieval.importing.words import Unit, table, units

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER = re.compile(
    r"(?P<before>[^\d\s.,+-]{1,3})?\s*(?P<sign>[-+]?)(?P<before2>[$€£¥₹])?\s*"
    r"(?P<number>\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:[' \u00a0\u202f]\d{3})+,\d{1,2}"
    r"|\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?:e(?P<power>[+-]?\d{1,3}))?"
    r"\s*(?P<after>(?:sq\.? ?)?[^\d\s.,()]{0,12}2?)\.?",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?:c\.|ca\.?|circa|about|approx(?:\.|imately)?|around|~|≈)\s*(?=\d)", re.IGNORECASE)
_OUT_OF = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?:/|out of)\s*(?P<most>\d+)(?:\s*stars?)?", re.IGNORECASE)
_RATE = re.compile(r"(?P<amount>.*\S)\s*(?:/|\bper\s|\ba\s)\s*[a-z]{1,7}\.?", re.IGNORECASE)  # "$9.99/month"
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\.?,?(?:\s*and)?\s*", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ].*)?")
_ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
_SLASHED = re.compile(r"(\d{1,4})[/.](\d{1,2})[/.](\d{1,4})(?: .*)?")
_SPELT = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%B %Y", "%b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d %Y",
          "%b %d %Y", "%a %b %d %H:%M:%S %Y")  # fmt: skip
_MAGNITUDES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "mn": 1e6, "bn": 1e9, "billion": 1e9}


@cache
def _unknown() -> frozenset[str]:
    return frozenset(table()["unknown"])


@cache
def _nothings() -> frozenset[str]:
    return frozenset(table()["nothing"])


@cache
def _truths() -> dict[str, bool]:
    return dict.fromkeys(table()["true"], True) | dict.fromkeys(table()["false"], False)


def clean(cell: Any) -> Any:
    """Text without control characters and spaces at its ends; None for what says that it is unknown."""
    if isinstance(cell, str):
        found = _CONTROL.sub("", cell).strip()
        if any("\ud800" <= c <= "\udfff" for c in found):
            found = found.encode("utf-8", "replace").decode("utf-8")
        return None if found.casefold() in _unknown() else found
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if isinstance(cell, list | tuple | dict) and not cell:
        return None
    if hasattr(cell, "isoformat"):  # dates of Parquet
        return cell.isoformat()
    return cell if isinstance(cell, bool | int | float | list | dict | None) else str(cell)


def number(cell: Any, unit: Unit | None = None, comma: bool = False) -> tuple[float, Unit | None] | None:
    """A number and its unit: 4.5, "$1,299.00", "1.299,00 €", "12%", "1.5 kg", "4.5 out of 5", "1h 30m".

    `comma`: the column writes decimals with a comma, so that "1.250" is more than a thousand.
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        try:
            value = float(cell)
        except OverflowError:
            return None
        return (value, None) if math.isfinite(value) else None
    if not isinstance(cell, str) or len(cell) > 40 or not any(c.isdigit() for c in cell):
        return None
    cell = _ABOUT.sub("", cell.replace("years old", "years").replace("year old", "year"), count=1)
    if found := _OUT_OF.fullmatch(cell):
        return float(found["number"]), None
    match = _NUMBER.fullmatch(cell.removesuffix("+"))  # "10,000+" downloads, "12+" years
    if match is None:
        return duration(cell) or _rate(cell, comma)
    signs = [match["before"], match["before2"], match["after"]]
    magnitude = 1e6 if match["after"] == "M" else _MAGNITUDES.get((match["after"] or "").casefold(), 1.0)
    said = [units().get(sign.casefold().replace("sq.", "sq")) if sign != "M" else None for sign in signs if sign]
    if any(found is None for found in said) and not (magnitude > 1 and not match["before"]):
        return _rate(cell, comma)
    digits = match["number"]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", digits) or (
        comma and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits)
    ):
        digits = digits.replace(".", "")  # 1.299,00
    if "," in digits and re.fullmatch(
        r"\d+,\d{1,2}|\d+,\d{4,}|[\d' \u00a0\u202f]+,\d{1,2}" + (r"|\d+,\d+" if comma else ""), digits
    ):
        digits = digits.replace(",", ".")  # 12,50
    value = float(re.sub(r"[,'\s]", "", digits)) * magnitude * 10.0 ** min(int(match["power"] or 0), 300)
    if not math.isfinite(value):
        return None
    spoken = next((u for u in said if u is not None), unit)
    # "2 years" in a cell lasts so long; a calendar's year has no word behind it
    return (-value if match["sign"] == "-" else value), units()["years"] if spoken == units()["year"] else spoken


def says_none(cell: Any) -> bool:
    """Whether the cell is the word "none": unknown in one column, a choice like others in another (`Column.none`)."""
    return isinstance(cell, str) and cell.strip().casefold() == "none"


def nothing(cell: Any) -> bool:
    """Whether the cell says 0 in words: "free", "all ages"."""
    return isinstance(cell, str) and cell.casefold() in _nothings()


def _rate(cell: str, comma: bool) -> tuple[float, Unit | None] | None:
    """ "$9.99/month", "12 € per kg": the amount, where it has a unit."""
    match = _RATE.fullmatch(cell)
    found = number(match["amount"], comma=comma) if match is not None else None
    return found if found is not None and found[1] is not None else None


def decimal_comma(texts: Sequence[str]) -> bool:
    """Whether a column writes 1.299,50 for what others write 1,299.50.

    Some cell has decimals behind a comma and none has them behind a point; or all are money whose only points stand
    before three digits: "€980", "€1.250".
    """
    points = [text for text in texts if re.search(r"\d\.\d", text)]
    grouped = [text for text in points if re.fullmatch(r"\D*[1-9]\d{0,2}(\.\d{3})+(,\d+)?\D*", text)]
    if len(points) != len(grouped):
        return False
    if any(re.search(r"\d,\d{1,2}(?!\d)", text) for text in texts):
        return True
    return bool(grouped) and sum(any(sign in text for sign in "$€£¥₹") for text in grouped) == len(grouped)


def duration(cell: str) -> tuple[float, Unit | None] | None:
    """ "1h 30m", "2 hours 5 min", "1:45:00", "PT1H30M", in seconds."""
    if (iso := _ISO_DURATION.fullmatch(cell)) and any(iso.groups()):
        hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return hours * 3600.0 + minutes * 60 + seconds, units()["seconds"]
    if clock := _CLOCK.fullmatch(cell):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return hours * 3600.0 + minutes * 60 + seconds, units()["seconds"]
    parts = list(_PART.finditer(cell))
    if len(parts) < 2 or sum(len(part[0]) for part in parts) != len(cell):
        return None
    total, largest = 0.0, None
    for part in parts:
        said = units()["min"] if part[2].casefold() == "m" else units().get(part[2].casefold())
        said = units()["years"] if said == units()["year"] else said
        if said is None or said.dimension != "time":
            return None
        total += float(part[1]) * said.factor
        largest = said if largest is None else largest
    if largest == units()["years"]:  # "2 years 3 months"
        return round(total / largest.factor, 4), largest
    return total, units()["seconds"]


def truth(cell: Any) -> bool | None:
    """true, "Yes", 0."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return bool(cell) if cell in (0, 1) else None
    return _truths().get(cell.casefold()) if isinstance(cell, str) else None


def day(cell: Any, day_first: bool = False, numbers: bool = False) -> str | None:
    """The ISO date: "2024-03-09T10:00", "3/9/2024", "9 March 2024"; a month stays YYYY-MM. `numbers`: Unix time too."""
    if numbers and (seconds := unix(cell)) is not None:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat() if 0 <= seconds < 4e9 else None
    if not isinstance(cell, str) or not 6 <= len(cell) <= 40:
        return None
    try:
        if iso := _ISO.fullmatch(cell):
            whole = date(int(iso[1]), int(iso[2]), int(iso[3] or 1))
            return whole.isoformat() if iso[3] else whole.isoformat()[:7]
        if slashed := _SLASHED.fullmatch(cell):
            first, second, third = (int(part) for part in slashed.groups())
            if first > 999:
                return date(first, second, third).isoformat()
            third += 0 if third > 99 else 2000 if third < 70 else 1900
            month, of_month = (second, first) if day_first or first > 12 else (first, second)
            return date(third, month, of_month).isoformat()
    except ValueError:
        return None
    for form in _SPELT if any(c.isalpha() for c in cell) else ():
        try:
            return datetime.strptime(cell, form).date().isoformat()
        except ValueError:
            continue
    return None


def unix(cell: Any) -> int | None:
    """Unix seconds, from seconds, milli-, micro- or nanoseconds."""
    found = number(cell)
    if found is None or found[1] is not None or found[0] < 0:
        return None
    value = found[0]
    while value > 1e11:
        value /= 1000
    return int(value)


def moment(cell: Any, day_first: bool = False) -> int | None:
    """Unix seconds of a time in any of these forms, UTC where it does not say."""
    if (seconds := unix(cell)) is not None:
        return seconds
    if not isinstance(cell, str):
        return None
    try:
        found = datetime.fromisoformat(cell.replace(" UTC", "+00:00"))
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        pass
    if (iso := day(cell, day_first)) is None:
        return None
    year, month, *rest = (int(part) for part in iso.split("-"))
    return int(datetime(year, month, rest[0] if rest else 1, tzinfo=UTC).timestamp())


def entries(cell: Any, delimiter: str | None = None) -> tuple[str, ...] | None:
    """A list's entries as text, each once: JSON, Python or delimited; of objects their name."""
    if isinstance(cell, str):
        found = written_list(cell)
        if found is None:
            if delimiter is None:
                return (cell,) if cell else None
            found = cell.split(delimiter)
        cell = found
    if not isinstance(cell, list | tuple):
        return None if cell is None or isinstance(cell, dict) else (str(cell),)
    named = (_name(entry) for entry in cell)
    return tuple(dict.fromkeys(name for name in named if name))


def written_list(cell: str) -> Sequence[Any] | None:
    """A list written as text, in JSON or as Python prints it."""
    if len(cell) < 2 or cell[0] not in "[(" or cell[-1] not in "])":
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            found = ast.literal_eval(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    return list(found) if isinstance(found, list | tuple) else None


def _name(entry: Any) -> str | None:
    if isinstance(entry, dict):
        entry = next((entry[key] for key in ("name", "title", "value", "label") if key in entry), None)
    entry = clean(entry)
    return None if entry is None or isinstance(entry, list | dict) else str(entry)
