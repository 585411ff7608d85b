"""Dates by month and day: "after March 2015", "before 1 May 2020", "between May and July 2021", "in January"."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field, Op

_ORDER: tuple[Op, ...] = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Moment:
    """Words `start` to `end` are a day or a month: from the day `first` up to, not including, `after` (ISO, both)."""

    start: int
    end: int
    first: str
    after: str


@dataclass(frozen=True)
class Dated:
    """Words `start` to `end` say when: comparisons of a date field, or of the year where only that is known."""

    start: int
    end: int
    field: str
    ops: tuple[tuple[Op, str | float], ...]


class Dates:
    """Reads the dates of one message; years and decades alone are read elsewhere."""

    def __init__(self, marked: Marked, vocabulary: Vocabulary, language: Lexicon) -> None:
        self.marked, self.vocabulary, self.language = marked, vocabulary, language
        self.words = marked.words
        self.fields = tuple(f for f in vocabulary.schema.fields if f.kind == "date")
        self.year = next((n.field for n in vocabulary.numbers if n.is_year and n.field.kind == "number"), None)

    def at(self, index: int) -> Dated | None:
        """The comparison with a date that begins at this word."""
        if not self.fields and self.year is None:
            return None
        match = self.language.comparators.at(self.words, self.marked.breaks, index)
        ops = match.value if match is not None else []
        place = match.end if match is not None else index
        if match is not None and "between" in ops and index and self.words[index - 1] in self.language.words["begins"]:
            ops = [*ops, ">="]  # "available from March 2025": at the earliest
        if match is None and self.words[index] in self.language.words["no_later"]:
            ops, place = ["<="], index + 1
        if place < len(self.words) and ops and self.words[place] in self.language.words["leading"]:
            place += 1
        first = self.moment(place, bool(ops))
        if first is None:
            return None
        end, last = first.end, first
        joint = self.language.comparators.at(self.words, self.marked.breaks, end) if end < len(self.words) else None
        if joint is not None and "to" in joint.value and (not ops or "between" in ops):
            second = self.moment(joint.end, True)
            if second is not None:
                if not self._has_year(first) and self._has_year(second):  # "between May and July 2021"
                    year, month = int(second.first[:4]), int(first.first[5:7])
                    first = self._moment(first.start, first.end, year, month, None) or first
                end, last = second.end, second
                ops = ["=="]
        after = (
            self.language.comparators_after.at(self.words, self.marked.breaks, end) if end < len(self.words) else None
        )
        if after is not None and last is first and {"<=", ">="} & set(after.value):
            ops, end = after.value, after.end
        op = next((o for o in _ORDER if o in ops), None)
        field = self._field(index)
        if field is None:
            return None
        return Dated(index, end, field.name, self._bounds(field, op, first, last))

    def moment(self, index: int, compared: bool) -> Moment | None:
        """The day or month at this word. A month alone (may, march) counts only where it is `compared` with."""
        iso = [self._number(index + i) for i in range(3)]
        if None not in iso and self._dashed(index) and len(self.words[index]) == 4:
            return self._moment(index, index + 3, iso[0] or 0, iso[1] or 0, iso[2])
        day: int | None = None
        place = index
        if (number := self._number(index)) is not None and number <= 31:  # "1 May", "1st of May"
            place = self._behind_ending(index + 1)
            place += self._word(place) in self.language.words["name_links"]
            day = number
        month = self.language.months.get(self._word(place))
        if month is None:
            return None
        end = place + 1
        number = self._number(end)
        if day is None and number is not None and number <= 31 and len(self._word(end)) < 3:  # "May 1st"
            day, end = number, self._behind_ending(end + 1)
            number = self._number(end)
        year = number if number is not None and 1000 <= number < 3000 and not self.marked.breaks[end] else None
        if year is None and day is None and not compared:
            return None
        end += year is not None
        year = year if year is not None else self._latest(month)
        return self._moment(index, end, year, month, day) if year else None

    def _moment(self, start: int, end: int, year: int, month: int, day: int | None) -> Moment | None:
        if not 1 <= month <= 12 or (day is not None and not 1 <= day <= monthrange(year, month)[1]):
            return None
        if day is None:
            following = date(year, month, 28) + timedelta(days=4)
            return Moment(start, end, f"{year:04}-{month:02}", f"{following.year:04}-{following.month:02}")
        own = date(year, month, day)
        return Moment(start, end, own.isoformat(), (own + timedelta(days=1)).isoformat())

    def _bounds(self, field: Field, op: Op | None, first: Moment, last: Moment) -> tuple[tuple[Op, str | float], ...]:
        if field.kind == "number":  # years are all that is known
            low, high = float(first.first[:4]), float(last.first[:4])
            known: dict[Op, tuple[tuple[Op, str | float], ...]] = {
                "<": (("<=", high),), "<=": (("<=", high),), ">": ((">=", low),), ">=": ((">=", low),)
            }  # fmt: skip
            return known[op] if op else ((">=", low), ("<=", high)) if low != high else (("==", low),)
        if op == "<":
            return (("<", first.first),)
        if op == "<=":
            return (("<", last.after),)
        if op == ">":
            return ((">=", last.after),)
        if op == ">=":
            return ((">=", first.first),)
        return ((">=", first.first), ("<", last.after))

    def _field(self, index: int) -> Field | None:
        """The date field named shortly before, else the first one."""
        for start in range(max(0, index - 3), index + 1):
            match = self.vocabulary.fields.at(self.words, self.marked.breaks, start)
            for field in match.value if match else ():
                if field.kind == "date":
                    return field
        return self.fields[0] if self.fields else self.year

    def _latest(self, month: int) -> int:
        """The year of the latest such month that an item has: the catalogue's own calendar. 0 without any date."""
        known = self.vocabulary.latest
        return known.get(month, max(known.values(), default=0))

    def _has_year(self, moment: Moment) -> bool:
        return any(len(w) == 4 and w.isdigit() for w in self.words[moment.start : moment.end])

    def _dashed(self, index: int) -> bool:
        return all(self.marked.tokens[index + i].gap == "-" for i in (1, 2))

    def _behind_ending(self, index: int) -> int:
        return index + (self._word(index) in self.language.words["ordinal_suffixes"])

    def _number(self, index: int) -> int | None:
        word = self._word(index)
        return int(word) if word.isdigit() else None

    def _word(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else ""


def opposite(ops: Sequence[tuple[Op, str | float]]) -> tuple[tuple[Op, str | float], ...]:
    """The opposite of one comparison; of a span (which has two sides) nothing can be said."""
    turned: dict[Op, Op] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!="}
    return tuple((turned[op], value) for op, value in ops) if len(ops) == 1 else ()
