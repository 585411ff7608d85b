"""Numbers as people write them: "an hour and a half", "$50", "2h", "twenty five", "the late 80s"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.understand.lexicon import Lexicon, Marked, Unit, Words
from bot.understand.tokens import fraction

# The first word of a decade that was written with two digits, given (20th century, 21st century).
Century = Callable[[int, int], int]


@dataclass(frozen=True)
class Quantity:
    """Words `start` to `end` are a number, in one of `units` (their size included in `value`), or a bare one."""

    start: int
    end: int
    value: float
    units: tuple[Unit, ...] = ()

    def in_unit(self, unit: Unit | None) -> float | None:
        """The number in a field's own unit; None when the dimension differs. A bare number fits every unit."""
        if not self.units:
            return self.value
        if unit is None:
            return None
        for said in self.units:
            if said.dimension == unit.dimension:
                return self.value * said.factor / unit.factor
        return None


@dataclass(frozen=True)
class Span:
    """Words `start` to `end` are a span of years, both ends included."""

    start: int
    end: int
    first: int
    last: int


class Quantities:
    """Reads numbers out of one message."""

    def __init__(self, marked: Marked, language: Lexicon, units: Mapping[str, tuple[Unit, ...]]) -> None:
        self._marked, self._language, self._units = marked, language, units
        self._words = marked.words

    def at(self, index: int) -> Quantity | None:
        """The quantity that begins at this word."""
        words, language = self._words, self._language
        if index >= len(words):
            return None
        loose = language.spans.at(words, self._marked.breaks, index)
        if loose is not None:  # "less than half a day"
            return Quantity(index, loose.end, loose.value[0][1], self._units["hours"])
        sign = self._units.get(words[index], ())
        if sign and all(unit.dimension in language.money for unit in sign) and not words[index][0].isalpha():
            number = self._number(index + 1)
            return self._rated(Quantity(index, number[1], number[0], sign)) if number else None
        if words[index] in language.words["half"] | language.words["quarter"]:  # "half an hour"
            share = 0.5 if words[index] in language.words["half"] else 0.25
            after = index + 1 + (self._word(index + 1) in language.words["article"])
            unit = self._unit(after)
            return Quantity(index, after + 1, share, unit) if unit and after < len(words) else None
        if words[index] in language.words["article"]:
            unit = self._unit(index + 1)
            if unit and len(words[index + 1]) > 1 and words[index + 1][0].isalpha():
                return self._extended(Quantity(index, index + 2, 1.0, unit))
        number = self._number(index)
        if number is None:
            return None
        value, end = number
        value, end = self._and_a_half(value, end)
        unit = self._unit(end)
        if not unit:
            return self._rated(Quantity(index, end, value))
        return self._rated(self._extended(Quantity(index, self._behind_unit(end), value, unit)))

    def years(self, index: int, century: Century) -> Span | None:
        """The decade or century that begins at this word, "early", "mid" or "late" included."""
        words, language = self._words, self._language
        start, part = index, ""
        for name in ("early", "mid", "late"):
            if self._word(index) in language.words[name]:
                part, index = name, index + 1
                index += self._word(index) in language.function_words  # "the early to mid" is read as "early"
        match = language.centuries.at(words, self._marked.breaks, index) if index < len(words) else None
        if match is not None:
            first, length, end = match.value[0], 100, match.end
        else:
            decade = self._decade(index, century)
            if decade is None:
                return None
            first, end = decade
            length = 10
        third = {"early": (0, 0.3), "mid": (0.4, 0.6), "late": (0.7, 0.9)}.get(part)
        if third is None:
            return Span(start, end, first, first + length - 1)
        low, high = third
        return Span(start, end, first + round(low * length), first + round(high * length) + length // 10 - 1)

    def _decade(self, index: int, century: Century) -> tuple[int, int] | None:
        words = self._words
        said = self._language.decades.get(self._word(index))
        if said is not None:
            return (said if said > 99 else century(1900 + said, 2000 + said)), index + 1
        digits = self._word(index)
        ends = self._word(index + 1) in self._language.words["decade_ending"]
        if not (ends and digits.isdigit() and digits.endswith("0") and len(digits) in (2, 4)):
            return None
        if self._marked.tokens[index + 1].gap not in ("", "'"):
            return None
        number = int(words[index])
        return (number if len(digits) == 4 else century(1900 + number, 2000 + number)), index + 2

    def _number(self, index: int) -> tuple[float, int] | None:
        """A number in digits or words, and where it ends."""
        words, language = self._words, self._language
        word = self._word(index)
        value: float
        if word[:1].isdigit():
            value, end = float(word), index + 1
            if self._minus(index):
                return -value, end
            while value > 0 and word.isdigit() and len(word) <= 3 and self._thousand(end):  # "80 000"
                value, end = value * 1000 + float(words[end]), end + 1
        elif word in language.numbers:
            value, end = float(language.numbers[word]), index + 1
            unit = language.numbers.get(self._word(end), 0)
            if value >= 20 and 0 < unit < 10:
                value, end = value + unit, end + 1
            elif 19 <= value <= 20 and 10 <= unit <= 99:  # "nineteen ninety four"
                value, end = value * 100 + unit, end + 1
                last = language.numbers.get(self._word(end), 0)
                if unit >= 20 and 0 < last < 10:
                    value, end = value + last, end + 1
        elif word in language.words["article"] and self._word(index + 1) in language.multipliers:
            value, end = 1.0, index + 1
        elif word in language.multipliers and len(word) > 1:
            value, end = 1.0, index
        else:
            return None
        while end < len(words) and words[end] in language.multipliers and not self._marked.tokens[end].breaks:
            value, end = value * language.multipliers[words[end]], end + 1
            follow = end + (self._word(end) in language.words["joining"])
            rest = language.numbers.get(self._word(follow), 0)
            if rest and self._word(end - 1) == "hundred":
                value, end = value + rest, follow + 1
        return value, end

    def _minus(self, index: int) -> bool:
        """Whether a minus stands right before the number, and not between two: "-5 to 5"."""
        gap = self._marked.tokens[index].gap
        return gap[-1:] in ("-", "−") and (gap[-2:-1].isspace() or index == 0) and not self._word(index - 1).isdigit()

    def _thousand(self, index: int) -> bool:
        """Whether three digits go on with the number before, a space between."""
        word = self._word(index)
        return len(word) == 3 and word.isdigit() and self._marked.tokens[index].gap in (" ", "\u00a0", "\u202f")

    def _and_a_half(self, value: float, end: int) -> tuple[float, int]:
        """ "two and a half", "2 1/2": `end` moves behind it."""
        words = self._language.words
        if share := fraction(self._marked.tokens, end):
            return value + share, end + 2
        index = end
        if self._is_and(index):
            index += 1
            index += self._word(index) in words["article"]
            if self._word(index) in words["half"]:
                return value + 0.5, index + 1
            if self._word(index) in words["quarter"]:
                return value + 0.25, index + 1
        return value, end

    def _extended(self, quantity: Quantity) -> Quantity:
        """ "an hour and a half", "1 hour 30 minutes", "1h30"."""
        half, end = self._and_a_half(0.0, quantity.end)
        if half:
            return Quantity(quantity.start, end, quantity.value + half, quantity.units)
        index = quantity.end + self._is_and(quantity.end)
        number = self._number(index)
        if number is None or (self._marked.tokens[index].breaks or self._marked.tokens[index].comma):
            return quantity
        smaller = self._unit(number[1])
        base = quantity.units[0]
        if smaller and smaller[0].dimension == base.dimension and smaller[0].factor < base.factor:
            value = quantity.value + number[0] * smaller[0].factor / base.factor
            return Quantity(quantity.start, number[1] + 1, value, (base,))
        closed = number[1] >= len(self._words) or self._marked.breaks[number[1]] or self._marked.tokens[number[1]].comma
        if not smaller and base.factor == 3600 and number[0] < 60 and (index == quantity.end or closed):
            return Quantity(quantity.start, number[1], quantity.value + number[0] / 60, (base,))
        return quantity

    def _rated(self, quantity: Quantity) -> Quantity:
        """ "40 hours a week", "$90 per night": what it is counted by goes with it."""
        first, words = quantity.end, self._language.words
        if self._word(first) not in words["per"] or self._word(first + 1) not in words["periods"]:
            return quantity
        if any(self._marked.tokens[i].breaks or self._marked.tokens[i].comma for i in (first, first + 1)):
            return quantity
        return Quantity(quantity.start, first + 2, quantity.value, quantity.units)

    def _unit(self, index: int) -> tuple[Unit, ...]:
        """The unit that this word is; one letter must stand directly behind its number."""
        word = self._word(index)
        if not word or self._marked.tokens[index].breaks or self._marked.tokens[index].comma:
            return ()
        if both := self._units.get(f"{word} {self._word(index + 1)}"):
            return both
        if len(word) == 1 and word.isalpha() and self._marked.tokens[index].gap and word not in ("h", "g", "l", "m"):
            return ()
        return self._units.get(word, ())

    def _behind_unit(self, index: int) -> int:
        """Where the unit that begins at this word ends: "square metres" and "m2" are two."""
        return index + 1 + (f"{self._word(index)} {self._word(index + 1)}" in self._units)

    def _is_and(self, index: int) -> bool:
        cue = self._marked.cue(index)
        return cue is not None and "and" in cue.value

    def _word(self, index: int) -> str:
        return self._words[index] if 0 <= index < len(self._words) else ""


def is_amount(words: Words, language: Lexicon) -> bool:
    """Whether a number stands there with its unit: "two hours" is no film of hours."""
    return any(
        (number.isdigit() or number in language.numbers) and unit in language.units for number, unit in pairwise(words)
    )
