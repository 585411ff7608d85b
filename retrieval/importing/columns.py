"""What a column holds, from a sample of its cells: kind of field, unit, delimiter, order of dates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.importing import cells
from retrieval.importing.delimited import delimiter_of
from retrieval.importing.words import Unit, means, measure, table, unit_in_name, units, words_of
from retrieval.schema import FieldKind

MOSTLY = 0.9
"""The share of a column's known cells that has to be of a kind."""
MOSTLY_TRUE = 0.985
"""The share of yes and no that a flag's column has at least; the rest is set aside cell by cell."""
FLAGS = 20
"""So many cells of nothing but 0 and 1 are a flag, whatever the column is called."""
MOSTLY_KNOWN, ODD = 0.4, 3
"""The share of amounts with a unit that is enough where the other cells are so few different words."""
FEW = 50
"""So many distinct values are choices, however few rows there are."""
TAGS = 100
"""A list column with at most so many distinct entries has tags; with more, it is a list of names."""
CHOICES = 300
"""With more distinct values, a column is not asked whether it names countries."""
SENTENCE = 6
"""Entries of a list with more words than this are long."""
_SLASHED = re.compile(r"(\d{1,2})[/.]\d{1,2}[/.]\d{2,4}")
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_CODE = re.compile(r"(?=\S*[^\W\d_])(?=\S*\d)\S+")
_OF_DAY = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?:\s*[ap]\.?m\.?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column of a table, looked at. Shares are of the known cells."""

    name: str
    rows: int
    known: int
    distinct: int
    length: float  # characters, on average
    words: float  # on average
    letters: float  # share with a letter
    coded: float  # share of one word with letters and digits: "F00017"
    number: float
    unit: Unit | None
    low: float
    high: float
    whole: float  # share of whole numbers
    truth: float
    false: float  # share that says no
    date: float
    years: float  # share of texts that are a year alone
    unix: float
    listed: float
    url: float
    deep: float  # share of objects, which no field can hold
    delimiter: str | None
    day_first: bool
    entries: int  # distinct entries of a list column
    sentences: bool = False  # its entries are mostly long and seldom the same: bullet points rather than values
    comma: bool = False  # decimals stand behind a comma
    values: tuple[str, ...] = ()  # the choices, when they are few
    odd: int = 0  # distinct texts that are no number
    clock: float = 0.0  # share of times of day
    none: str = ""  # how its cells write "none" where that is a choice beside others, and no cell is empty
    meaning: str = ""  # what the name means, where it is one of two ends: "minimum salary" for salary.min

    @property
    def said(self) -> str:
        """The name to be read for labels, units and synonyms."""
        return self.meaning or self.name

    @property
    def filled(self) -> float:
        """The share of rows where it is known."""
        return self.known / self.rows if self.rows else 0.0

    @property
    def unique(self) -> float:
        """Distinct values by known cells."""
        return self.distinct / self.known if self.known else 0.0


def look(name: str, sample: Sequence[Any]) -> Column:
    """Look at a column's cells, cleaned or not."""
    known = [cell for cell in map(cells.clean, sample) if cell is not None]
    n = max(len(known), 1)
    texts = [cell for cell in known if isinstance(cell, str)]
    shown = [str(cell) if not isinstance(cell, list) else "\0".join(map(str, cell)) for cell in known]
    comma = cells.decimal_comma(texts)
    found = [number for cell in known if (number := cells.number(cell, comma=comma)) is not None]
    worded = [cell for cell in known if cells.nothing(cell)] if found else []
    found = _in_years([*found, *[(0.0, None)] * len(worded)])
    values = [value for value, _ in found]
    said = Counter(unit for _, unit in found if unit is not None)
    rest = {cell for cell in texts if cells.number(cell, comma=comma) is None and not cells.nothing(cell)}
    day_first = any(int(match[1]) > 12 for text in texts if (match := _SLASHED.match(text)))
    native = sum(isinstance(cell, list) for cell in known)
    written = sum(text[0] in "[(" and cells.written_list(text) is not None for text in texts if text)
    delimiter = None if native + written else delimiter_of(name, texts, n)
    entries = (
        Counter(e for c in known for e in cells.entries(c, delimiter) or ()) if native + written or delimiter else {}
    )
    return Column(
        name=name,
        rows=len(sample),
        known=len(known),
        distinct=len(set(shown)),
        length=sum(map(len, shown)) / n,
        words=sum(text.count(" ") + 1 for text in shown) / n,
        letters=sum(any(c.isalpha() for c in text) for text in shown) / n,
        coded=sum(_CODE.fullmatch(text) is not None for text in shown) / n,
        number=len(found) / n,
        unit=said.most_common(1)[0][0] if said else None,
        low=min(values, default=0.0),
        high=max(values, default=0.0),
        whole=sum(value == int(value) for value in values) / max(len(values), 1),
        truth=sum(cells.truth(cell) is not None for cell in known) / n,
        false=sum(cells.truth(cell) is False for cell in known) / n,
        date=sum(cells.day(text, day_first) is not None for text in texts) / n,
        years=sum(_YEAR.fullmatch(text) is not None for text in texts) / n,
        unix=sum((s := cells.unix(cell)) is not None and 1e8 < s < 4e9 for cell in known) / n,
        listed=(native + written) / n,
        url=sum(text.casefold().startswith(("http://", "https://", "www.", "data:")) for text in shown) / n,
        deep=sum(isinstance(cell, dict) for cell in known) / n,
        delimiter=delimiter,
        day_first=day_first,
        entries=len(entries),
        sentences=_are_sentences(entries),
        comma=comma,
        values=tuple(sorted(entries or set(texts))) if len(entries or set(texts)) <= CHOICES else (),
        odd=len(rest),
        clock=sum(_OF_DAY.fullmatch(text) is not None for text in texts) / n,
        none=_none(sample, len(known)),
    )


def _none(sample: Sequence[Any], known: int) -> str:
    """ "none" is a value where it is all that stands in the cells which hold no other; beside empty cells it is one."""
    nones = Counter(cell.strip() for cell in sample if isinstance(cell, str) and cells.says_none(cell))
    return nones.most_common(1)[0][0] if known and known + nones.total() == len(sample) and nones else ""


def _in_years(found: list[tuple[float, Unit | None]]) -> list[tuple[float, Unit | None]]:
    """Months and weeks in a column where others are years, as parts of a year: "8 months", "2 years"."""
    years = units()["years"]
    if not any(unit == years for _, unit in found):
        return found
    return [
        (value * unit.factor / years.factor, years) if unit is not None and unit.dimension == years.dimension else one
        for one in found
        for value, unit in (one,)
    ]


def kind(column: Column) -> FieldKind | None:
    """What kind of field the column is; None when it should be none (empty, links, pictures, codes)."""
    name = column.name
    if not column.known or column.deep > 0.5 or column.url > 0.5 or means(name, "hidden"):
        return None
    if column.listed >= MOSTLY and column.sentences:
        return "text"
    if column.listed >= MOSTLY:
        return "tags" if column.entries <= TAGS else "list"
    if _is_flag(column):
        return "flag"
    if column.clock >= MOSTLY and set(words_of(name)) & set(table()["times_of_day"]):
        return _of_text(column)
    if (column.number >= MOSTLY or _priced(column)) and not means(name, "code"):
        return "date" if column.unix >= MOSTLY and _about_time(name) else "number"
    if _dated(column):
        return "number"
    if column.date >= MOSTLY:
        return "date"
    if means(name, "code"):
        return None
    if column.delimiter:
        return "tags" if column.entries <= TAGS else "list"
    return _of_text(column)


def _priced(column: Column) -> bool:
    """Mostly amounts with their unit, and two or three words for those that have none: "on request", "sold out"."""
    return column.unit is not None and column.number >= MOSTLY_KNOWN and column.odd <= ODD


def _dated(column: Column) -> bool:
    """Dates of which some are no more than a year, "1984" beside "1991-03-09": what all have is the year."""
    return column.date + column.years >= MOSTLY and column.date > 0 and column.years > 1 - MOSTLY_TRUE


def is_year(column: Column) -> bool:
    """Whether its numbers are years: they look like it, and the name says so or nothing else of them."""
    if _dated(column):
        return True
    said = set(words_of(column.name))
    named = said & {
        "year",
        "years",
        "yr",
        "vintage",
        "founded",
        "released",
        "release",
        "published",
        "publication",
        "built",
        "made",
        "date",
        "dated",
    }
    run_together = any("year" in word for word in said)  # yearpublished
    # Antiquity is older than the year 1000; ten years of guarantee are no calendar's.
    like_years = column.high <= 2200 and (column.low >= 1000 or (column.low >= 1 and column.high >= 1500))
    alone = column.known >= FLAGS and column.low >= 1500 and column.high <= 2100 and column.whole == 1.0
    unsaid = alone and not explicit(column) and measure(column.name) is None and not said & set(table()["counts"])
    return (bool(named) or run_together or unsaid) and column.whole >= MOSTLY and like_years


def unit_of(column: Column) -> Unit | None:
    """The unit of a number column: in its cells, in its name, or what such a measure usually has."""
    if is_year(column):
        return units()["year"]
    found = column.unit or unit_in_name(column.said)
    if found == units()["year"]:
        found = units()["years"]
    if found is not None:
        return _readable(found, column)
    measured = measure(column.said) or {}
    if measured.get("unit") and column.high > 1:  # the energy of a song is no kcal
        return units()[measured["unit"]]
    if measured.get("time"):
        return units()["minutes"] if column.high <= 1500 else units()["seconds"]
    last = words_of(column.name)[-1:]
    return units()["stars"] if last == ("stars",) or (last == ("rating",) and column.high <= 5) else None


def explicit(column: Column) -> bool:
    """Whether its cells or its name say the unit."""
    return column.unit is not None or unit_in_name(column.said) is not None


def _readable(unit: Unit, column: Column) -> Unit:
    """Times are shown in minutes where seconds would be many: "1h 30m", duration_ms."""
    inner = unit_in_name(column.said)
    seconds = column.high * (inner.factor if column.unit is None and inner else 1)
    if unit.dimension == "time" and unit.name == "seconds" and (column.unit is not None or inner != units()["seconds"]):
        return units()["minutes"] if seconds > 120 else unit
    return unit


def _is_flag(column: Column) -> bool:
    """Words of truth, one slip in a hundred allowed; 0 and 1 where the name says a flag, or says no number."""
    if column.truth < MOSTLY_TRUE or column.distinct > (4 if column.truth == 1.0 else 8):
        return False
    said = words_of(column.name)
    numbers = column.number >= MOSTLY
    beginnings = table()["flag_beginnings"]
    named = (len(said) > 1 and (said[0] in beginnings)) or (
        bool(said) and (said[-1] in table()["flags"] or said[-1].endswith(("able", "free")))
    )
    both = column.truth == 1.0 and column.known >= FLAGS and 0.02 <= column.false <= 0.98
    counts = measure(column.name) is not None or bool(set(said) & set(table()["counts"]))
    return named or not numbers or (both and not counts)


def _about_time(name: str) -> bool:
    said = set(words_of(name))
    return bool(
        said & {"date", "time", "timestamp", "at", "on", "released", "created", "added", "published", "updated", "day"}
    )


def _are_sentences(entries: Mapping[str, int]) -> bool:
    """Whether a third of the entries or more are long, and most long ones stand in the column once."""
    long = [count for entry, count in entries.items() if entry.count(" ") >= SENTENCE]
    return bool(long) and 3 * sum(long) >= sum(entries.values()) and 2 * long.count(1) > len(long)


def _of_text(column: Column) -> FieldKind | None:
    said = words_of(column.name)
    named = bool(said) and (
        said[-1] in table()["decisive_singulars"] or " ".join(said) in table()["decisive_singulars"]
    )
    short = column.length <= 40 and column.words <= 5
    if short and (named or (column.distinct <= FEW and column.unique < 0.95) or column.unique <= 0.5):
        return "category"
    if column.unique > 0.95 and column.words < 1.2 and column.known > 5 and column.letters < 1.0:
        return None  # codes
    if column.words <= 1.0 and column.unique > 0.95 and column.known > FEW:
        return None
    if short and column.distinct <= FEW and column.words <= 3:
        return "category"
    return "text"
