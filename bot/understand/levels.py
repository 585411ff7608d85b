"""Choices that have an order: "$$ or less", "in fair condition or better", "closes after midnight"."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.senses import ValueSense
from bot.understand.tokens import norms
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field

if TYPE_CHECKING:
    from bot.understand.hits import Hit

_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:\s*([ap])\.?m\.?)?", re.IGNORECASE)
_SIDES = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_NIGHT, _DAY = 6 * 60, 24 * 60  # minutes: what closes before the one closes on the next day
_NEAR = 6  # words in front of a time that may say what begins or ends


@dataclass(frozen=True)
class Time:
    """Words `start` to `end` are a time of day, in minutes after midnight."""

    start: int
    end: int
    minutes: int


class Levels:
    """The ordered choices of one catalogue."""

    def __init__(self, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._language = language
        self._ranks: dict[str, Mapping[str, float]] = {}
        self._clocks: list[Field] = []
        for field in vocabulary.schema.fields:
            values = [s.values[0] for s in vocabulary.short if s.field.name == field.name]
            if field.kind != "category" or len(values) < 2:
                continue
            if times := _times(values):
                self._clocks.append(field)
                late = self._named(field, "closing")
                self._ranks[field.name] = {v: t + _DAY * (late and t < _NIGHT) for v, t in times.items()}
            elif ranks := self._ordered(values):
                self._ranks[field.name] = ranks

    def _ordered(self, values: Sequence[str]) -> Mapping[str, float]:
        """The place of each value: by how many of one sign it is, or on a scale that the language knows."""
        if len({v[0] for v in values}) == 1 and not any(v[0].isalnum() or len(set(v)) > 1 for v in values):
            return {v: float(len(v)) for v in values}
        said = [" ".join(norms(v)) for v in values]
        places = ([scale.index(v) if v in scale else -1 for v in said] for scale in self._language.scales)
        found = next((p for p in places if min(p) >= 0), None)
        return dict(zip(values, map(float, found), strict=True)) if found else {}

    def reached(self, hit: Hit, marked: Marked) -> Hit:
        """ "No more than $$", "good or better": the values up to the one that is named, or from it on."""
        ranks = self._ranks.get(hit.sense.field.name, {})
        if len(hit.sense.values) > 1 or hit.sense.values[0] not in ranks:
            return hit
        start, ops = self._before(marked, hit.start)
        after = self._language.comparators_after
        named = norms(hit.sense.field.label or hit.sense.field.name)  # "fair condition or better"
        end = hit.end + len(named) * (marked.words[hit.end : hit.end + len(named)] == named)
        behind = after.at(marked.words, marked.breaks, end) if end < len(marked.words) else None
        if not ops & set(_SIDES) and behind is not None:
            start, end, ops = hit.start, behind.end, frozenset(behind.value)
        else:
            end = hit.end
        kept = _within(ranks, ops, ranks[hit.sense.values[0]])
        return replace(hit, start=start, end=end, sense=replace(hit.sense, values=kept)) if kept else hit

    def times(self, marked: Marked, masked: Sequence[bool]) -> list[tuple[int, int, ValueSense]]:
        """ "Open after 10 pm", "closes by midnight": from which to which word, and the times that this leaves."""
        out: list[tuple[int, int, ValueSense]] = []
        index = 0
        while self._clocks and index < len(marked.words):
            time = None if masked[index] else self._time(marked, index)
            if time is not None:
                start, ops = self._before(marked, index)
                for field, side in self._meant(marked, start, ops):
                    ranks = self._ranks[field.name]
                    late = _DAY * (time.minutes < _NIGHT and self._named(field, "closing"))
                    if kept := _within(ranks, side, time.minutes + late):
                        out.append((start, time.end, ValueSense(field, kept, len(kept))))
            index = time.end if time is not None else index + 1
        return out

    def _meant(self, marked: Marked, start: int, ops: frozenset[str]) -> list[tuple[Field, frozenset[str]]]:
        """Which times of day are compared, and how: "open after ten" is said of when it closes."""
        first = max((i for i in range(start + 1) if i == 0 or marked.breaks[i] or marked.tokens[i].comma), default=0)
        words, near = self._language.words, set(marked.words[max(first, start - _NEAR) : start + 1])
        opening = next((f for f in self._clocks if self._named(f, "opening")), None)
        closing = next((f for f in self._clocks if self._named(f, "closing")), None)
        sides = ops & set(_SIDES)
        if closing is not None and not near & words["closing"]:
            if near & words["until"]:
                return [(closing, frozenset({">="}))]
            if near & words["open"] and sides & {">", ">="}:
                return [(closing, sides)]
            if opening is not None and near & words["open"] and not sides:
                return [(opening, frozenset({"<="})), (closing, frozenset({">"}))]  # "open at 10 pm"
        if not sides:
            return []
        if near & words["closing"]:
            return [(closing, sides)] if closing is not None else []
        field = opening or self._clocks[0]
        return [(field, sides)] if near & words["opening"] or len(self._clocks) == 1 else []

    def _named(self, field: Field, what: str) -> bool:
        return bool(set(norms(field.label or field.name)) & self._language.words[what])

    def _before(self, marked: Marked, start: int) -> tuple[int, frozenset[str]]:
        """The comparator right in front of a word, and where it begins."""
        for first in range(max(0, start - 4), start):
            match = self._language.comparators.at(marked.words[:start], marked.breaks, first)
            if match is not None and match.end == start:
                return first, frozenset(match.value)
        if start and marked.words[start - 1] in self._language.words["no_later"]:
            return start - 1, frozenset({"<="})
        return start, frozenset()

    def _time(self, marked: Marked, index: int) -> Time | None:
        """The time of day that begins here: "10 pm", "22:30", "9 o'clock", "midnight"."""
        words, tokens = marked.words, marked.tokens
        if (hour := self._language.clock.get(words[index])) is not None:
            return Time(index, index + 1, 60 * hour)
        if not words[index].isdigit() or len(words[index]) > 2:
            return None
        hours, minutes, end = int(words[index]), 0, index + 1
        exact = end < len(words) and tokens[end].gap in (":", ".") and len(words[end]) == 2 and words[end].isdigit()
        if exact:
            minutes, end = int(words[end]), end + 1
        half = words[end] if end < len(words) and not tokens[end].gap.strip() else ""
        if half in self._language.words["afternoon"] | self._language.words["forenoon"] and 1 <= hours <= 12:
            hours = hours % 12 + 12 * (half in self._language.words["afternoon"])
            return Time(index, end + 1, 60 * hours + minutes)
        if half in self._language.words["oclock"]:
            return Time(index, end + 1, 60 * hours + minutes)
        return Time(index, end, 60 * hours + minutes) if exact and hours < 24 and minutes < 60 else None


def _within(ranks: Mapping[str, float], ops: frozenset[str], bound: float) -> tuple[str, ...]:
    """The values on this side of the bound, in their order; none without a side."""
    sides = [_SIDES[op] for op in ops & set(_SIDES)]
    kept = (value for value, rank in ranks.items() if any(fits(rank, bound) for fits in sides))
    return tuple(sorted(kept, key=lambda value: ranks[value]))


def _times(values: Sequence[str]) -> dict[str, float]:
    """Minutes after midnight of each value, if all are times of day."""
    found = {v: match for v in values if (match := _CLOCK.fullmatch(v.strip())) is not None}
    if len(found) < len(values):
        return {}
    out = {}
    for value, match in found.items():
        hours, half = int(match[1]), (match[3] or "").casefold()
        hours = hours % 12 + 12 * (half == "p") if half else hours
        out[value] = 60.0 * hours + int(match[2])
    return out
