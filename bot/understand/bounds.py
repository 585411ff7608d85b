"""Conditions on numbers: "under two hours", "between 1990 and 1999", "newer than Heat", "the shortest"."""

from __future__ import annotations

from dataclasses import replace

from bot.understand.amounts import Amounts
from bot.understand.extremes import Bound, names_again, turned
from bot.understand.limits import at_hand
from bot.understand.measures import is_year
from bot.understand.quantities import Quantity, Span
from bot.understand.senses import Direction
from bot.understand.tokens import Match, norms
from retrieval.schema import Op


class Bounds(Amounts):
    """Reads the comparisons of one message."""

    def read(self) -> list[Bound]:
        """Every comparison, from left to right."""
        out: list[Bound] = []
        index = 0
        while index < len(self.words):
            bound = None if self.masked[index] else self._at(index)
            if bound is None:
                index += 1
            else:
                bound = replace(bound, end=self._rest_of_name(bound))
                bound = at_hand(bound, self, out[-1].end if out else 0)
                if out and names_again(out[-1], bound):  # the "votes" of "less than 100 votes"
                    out[-1] = replace(out[-1], end=bound.end)
                else:
                    out.append(bound)
                index = max(bound.end, index + 1)
        return out

    def _at(self, index: int) -> Bound | None:
        breaks = self.marked.breaks
        if (ages := self._ages(index)) is not None:
            return ages
        dated = None if self._elsewhere(index) else self.dates.at(index)
        if dated is not None and not any(self.masked[dated.start : dated.end]):
            return Bound(index, dated.end, dated.field, dates=dated.ops)
        if self.year is not None and (span := self.quantities.years(index, self.measures.century)) is not None:
            return self._span(index, self._joined(span), ["=="])  # before directions: "late" may be one
        if (price := self.measures.free(index)) is not None:
            return Bound(index, index + 1, price.field.name, ((self.measures.costs(index), 0.0),))
        other = self._sorted(index) or self._none_of(index) or self._no_more(index) or self._past(index)
        if other is not None:
            return other
        direction = self.vocabulary.directions.at(self.words, breaks, index)
        if direction is not None and not self._is_idle(direction):
            return self._directed(direction)
        amount = self._amount(index)
        if amount is not None:
            return amount
        cue = self.marked.cue(index)
        # The "about" of "forget about 1990", the "after" of "I'm after two of them".
        inside = cue is not None and cue.start < index and bool({"relax", "request"} & set(cue.value))
        match = None if inside else self.language.comparators.at(self.words, breaks, index)
        while match is not None:
            found = self._compared(match)
            if found is not None:
                return found
            match = self._shorter(match)
        return self._bare(index)

    def _elsewhere(self, index: int) -> bool:
        """ "I'm going to Iceland in March": the month of somebody's journey is no item's."""
        first = max((i for i in range(index + 1) if self.marked.breaks[i]), default=0)
        sets = self.language.words
        dates = (norms(f.label or f.name) for f in self.vocabulary.schema.fields if f.kind == "date")
        if any(sets["begins"] & set(label) for label in dates):
            return False  # "we're moving in March", where flats are free from a day
        speaks = self.language.words["doers"] & set(self.words[first:index])
        return bool(speaks and self.language.words["travels"] & set(self.words[first:index]))

    def _shorter(self, match: Match[list[str]]) -> Match[list[str]] | None:
        """The next shorter comparator at the same word."""
        if match.end - match.start < 2:
            return None
        return self.language.comparators.at(self.words[: match.end - 1], self.marked.breaks, match.start)

    # -- the forms -------------------------------------------------------------------------------------------------

    def _compared(self, match: Match[list[str]], nested: bool = False) -> Bound | None:
        """ "under 90 minutes", "from 1990 to 1999", "before the eighties"."""
        ops = match.value
        start = match.start
        inner = (
            self.language.comparators.at(self.words, self.marked.breaks, match.end)
            if match.end < len(self.words)
            else None
        )
        if inner is not None and not nested and "between" not in inner.value:
            found = self._compared(inner, nested=True)
            if found is not None:
                return replace(found, start=start)  # "from before 1980"
        for first in self._starts(match.end):
            if "between" in ops and (found := self._range(start, first)) is not None:
                return found
            span = self.quantities.years(first, self.measures.century)
            if span is not None and self.year is not None:
                return self._span(start, self._joined(span), ops)
            if "==" in ops and self.year is not None and len(self.year.values) and self._is_last_year(first):
                newest = float(self.year.values[-1])  # the catalogue's own calendar, as for "the last ten years"
                return Bound(start, first + 2, self.year.field.name, (("==", newest),))
            quantity = self.quantities.at(first)
            if quantity is not None:
                if not {"<", ">", ">="} & set(ops) and (found := self._spanning(start, quantity)) is not None:
                    return found  # "of 7 to 8", "around 90 to 100 minutes"
                return self._quantity(start, quantity, [op for op in ops if op not in ("between", "to")])
        return None

    def _no_more(self, index: int) -> Bound | None:
        """ "No longer than two hours", "not older than 2020"."""
        cue = self.marked.cue(index)
        if cue is None or cue.start != index or "not" not in cue.value or cue.end >= len(self.words):
            return None
        match = self._direction(cue.end)
        if match is None or match.value[0].degree != "comparative":
            return None
        bound = self._directed(match)
        numbers = self.vocabulary.number(bound.field)
        if len(bound.ops) != 1 or numbers is None:
            return None
        return replace(bound, start=index, ops=turned(bound, numbers))

    def _directed(self, match: Match[list[Direction]]) -> Bound:
        """ "newer than 2000", "shorter than that", "cheaper", "the newest"."""
        direction = self._fitting(match)
        op: Op = ">" if direction.more else "<"
        than = self.marked.cue(match.end)
        if than is not None and "than" in than.value and than.start == match.end:
            for first in self._starts(than.end):
                ago = self._span_of_years(first)
                if ago is not None and self.year is not None and direction.field.name == self.year.field.name:
                    newest = float(self.year.values[-1]) if len(self.year.values) else 0.0
                    return Bound(match.start, ago[1], direction.field.name, ((op, newest - ago[0]),))
                span = self.quantities.years(first, self.measures.century)
                numbers = self.vocabulary.number(direction.field.name)
                if span is not None and numbers is not None and numbers.is_year:
                    value = span.last if direction.more else span.first
                    return Bound(match.start, span.end, direction.field.name, ((op, value),))
                quantity = self.quantities.at(first)
                value_in = quantity.in_unit(numbers.unit) if quantity and numbers else None
                if quantity is not None and value_in is not None:
                    return Bound(match.start, quantity.end, direction.field.name, ((op, value_in),))
                if quantity is not None and quantity.units:  # "longer than four hours", where "longer" is a distance
                    other = self.measures.field(first, quantity, quantity.end, [op])
                    value_in = quantity.in_unit(other.unit) if other is not None else None
                    if other is not None and value_in is not None:
                        return Bound(match.start, quantity.end, other.field.name, ((op, value_in),))
            return Bound(match.start, than.end, direction.field.name, (), direction, than.end)
        return Bound(match.start, match.end, direction.field.name, (), direction)

    def _range(self, start: int, first: int) -> Bound | None:
        """ "1990 and 1999" after "between", "$20 to $50" after "from"."""
        low = self._point(first)
        if low is None or low[0].end >= len(self.words):
            return None
        joint = self.language.comparators.at(self.words, self.marked.breaks, low[0].end)
        gap = self.marked.tokens[low[0].end].gap.strip()
        following = low[0].end if gap in ("-", "–") else joint.end if joint and "to" in joint.value else None
        high = self._point(following) if following is not None else None
        if high is None:
            return None
        return self._between(start, low, high)

    def _point(self, index: int) -> tuple[Quantity, float] | None:
        """A quantity, or the first year of a decade with its last."""
        span = self.quantities.years(index, self.measures.century) if self.year else None
        if span is not None:
            return Quantity(span.start, span.end, span.first), span.last
        quantity = self.quantities.at(index)
        return (quantity, quantity.value) if quantity else None

    def _between(self, start: int, low: tuple[Quantity, float], high: tuple[Quantity, float]) -> Bound | None:
        first, last = low[0], high[0]
        said = [self.language.multipliers.get(w, 1) for w in self.words[last.start : last.end]]
        if max(said) > 1 and first.value < last.value / max(said):  # "between 3 and 6 thousand"
            first = replace(first, value=first.value * max(said))
        if not first.units and last.units:  # "20 to 50 dollars"
            first = replace(first, units=last.units)
        elif first.units and not last.units:
            last = replace(last, units=first.units)
        numbers = self.measures.field(start, last, last.end, ["between"], first.value)
        if numbers is None:
            return None
        a, b = first.in_unit(numbers.unit), last.in_unit(numbers.unit)
        if a is None or b is None:
            return None
        if numbers.is_year and not last.units:
            b = high[1]
            if b < 100 and a > 1000:  # "1990-95"
                b += 100 * (a // 100)
        ops: tuple[tuple[Op, float], ...] = ((">=", min(a, b)), ("<=", max(a, b)))
        return Bound(start, last.end, numbers.field.name, ops)

    def _bare(self, index: int) -> Bound | None:
        """A year, "90 minutes", "$50", "1990-1999", "half a day"."""
        loose = self.language.spans.at(self.words, self.marked.breaks, index)
        if loose is not None:
            hours = self.vocabulary.units["hours"]
            low, high = (Quantity(index, loose.end, value, hours) for value in loose.value[0])
            return self._between(index, (low, low.value), (high, high.value))
        quantity = self.quantities.at(index)
        counted = quantity is not None and not quantity.units and not is_year(quantity) and self._counts(quantity.end)
        if quantity is None or counted:
            return None
        return self._spanning(index, quantity, True) or self._quantity(index, quantity, [])

    def _counts(self, end: int) -> bool:
        """ "3 more", "3 films": how many, whatever the bot asked."""
        if end >= len(self.words) or self.marked.breaks[end] or self.marked.tokens[end].comma:
            return False
        return self.words[end] in self.language.words["more"] or bool(
            self.vocabulary.nouns.at(self.words, self.marked.breaks, end)
        )

    def _spanning(self, start: int, low: Quantity, listed: bool = False) -> Bound | None:
        """ "90-120", "90 to 120 minutes", where `low` begins it; "1990 and 1995" only if `listed`."""
        if low.end >= len(self.words) or self.marked.tokens[low.end].comma or self.marked.breaks[low.end]:
            return None
        joint = self.language.comparators.at(self.words, self.marked.breaks, low.end)
        dashed = self.marked.tokens[low.end].gap.strip() in ("-", "–")
        joined = joint is not None and "to" in joint.value
        if not dashed and not (joined and (listed or "and" not in self.marked.kinds(low.end, low.end + 1))):
            return None
        return self._range(start, low.start)

    def _after(self, end: int) -> Match[list[str]] | None:
        """ "or less", "at the earliest": a comparator behind a number in its own sentence."""
        if end >= len(self.words) or self.marked.breaks[end]:
            return None
        behind = self.language.comparators_after.at(self.words, self.marked.breaks, end)
        ahead = (
            self.language.comparators.at(self.words, self.marked.breaks, end) if self.marked.tokens[end].comma else None
        )
        if ahead is not None and any(self.quantities.at(first) for first in self._starts(ahead.end)):
            return None  # "from the seventies, max two hours"
        return behind

    def _span(self, start: int, span: Span, ops: list[str]) -> Bound:
        assert self.year is not None
        said: tuple[tuple[Op, float], ...] = ((">=", span.first), ("<=", span.last))
        if "<" in ops:
            said = (("<", span.first),)
        elif ">" in ops:
            said = ((">", span.last),)
        elif ">=" in ops:
            said = ((">=", span.first),)
        elif "<=" in ops:
            said = (("<=", span.last),)
        after, end = self._after(span.end), span.end
        if after is not None and {"<=", ">="} & set(after.value):
            end = after.end
            said = ((">=", span.first),) if ">=" in after.value else (("<=", span.last),)
        elif span.end + 1 < len(self.words) and self._is_or(span.end):
            direction = self.vocabulary.directions.at(self.words, self.marked.breaks, span.end + 1)
            if direction is not None and direction.value[0].field.name == self.year.field.name:
                end = direction.end
                said = ((">=", span.first),) if direction.value[0].more else (("<=", span.last),)
        return Bound(start, end, self.year.field.name, said)

    def _joined(self, span: Span) -> Span:
        """ "the 80s and 90s", "80s or 90s": decades that touch are one span."""
        index = span.end
        cue = self.marked.cue(index)
        near = index < len(self.words) and (self.marked.tokens[index].gap.strip() in ("/", "-", "–"))
        if not near and (cue is None or not {"and", "or"} & set(cue.value)):
            return span
        for first in self._starts(index if near else cue.end if cue else index):
            other = self.quantities.years(first, self.measures.century)
            if other is not None and other.first == span.last + 1:
                return Span(span.start, other.end, span.first, other.last)
        return span

    def _quantity(self, start: int, quantity: Quantity, ops: list[str]) -> Bound | None:
        end, after = quantity.end, self._after(quantity.end)
        one = after is not None and after.end == after.start + 1 and quantity.value == int(quantity.value)
        if one and not (quantity.units or ops or self.measures.near(start, end) or is_year(quantity)):
            after = None  # "three more" is a count, "three or more" is none
        if after is not None and {"<", "<=", ">", ">="} & set(ops):
            after = None  # "above 8 at least" is said already
        if after is not None and self.words[after.start] in self.language.words["onward"] and not is_year(quantity):
            after = None  # "8 on IMDb"
        if after is None and end + 1 < len(self.words) and self.words[end - 1] in self.language.words["years"]:
            behind = self.language.comparators_after.at(self.words, self.marked.breaks, end + 1)
            after = behind if self._direction(end) is not None else None  # "1.5 years old or more"
        if after is not None:
            ops, end = after.value, after.end
        elif self._is_or(end) and (direction := self._direction(end + 1)) is not None:
            meant = self._fitting(direction)
            numbers = self.vocabulary.number(meant.field.name)
            value = quantity.in_unit(numbers.unit) if numbers else None
            if numbers is not None and value is not None:
                op: Op = ">=" if meant.more else "<="
                return Bound(start, direction.end, numbers.field.name, ((op, value),))
        if (aged := self._aged(start, quantity, ops)) is not None:
            return aged
        numbers = self.measures.field(start, quantity, end, ops)
        if numbers is None:
            return None
        value = quantity.value if numbers.unit is None else quantity.in_unit(numbers.unit)
        if value is None:
            return None
        named = self.vocabulary.fields.at(self.words, self.marked.breaks, end) if end < len(self.words) else None
        if named is not None and any(f.name == numbers.field.name for f in named.value):
            end = named.end  # the "passengers" of "at least 7 passengers" is no value
        follows = self._direction(end)
        if (
            follows is not None
            and follows.value[0].field.name == numbers.field.name
            and follows.value[0].degree == "base"
        ):
            end = follows.end  # "two hours long"
        return Bound(start, end, numbers.field.name, self.measures.ops(ops, value, numbers, quantity))
