"""Bounds of other forms: "low price", "the last ten years", "no cleaning fee", "five years old"."""

from __future__ import annotations

from bot.understand.companions import of_another
from bot.understand.extremes import Bound
from bot.understand.quantities import Quantity
from bot.understand.senses import Degree, Direction
from bot.understand.surroundings import Surroundings
from bot.understand.tokens import norms
from retrieval.schema import Op

_TURNED: dict[Op, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Amounts(Surroundings):
    """Reads them, at one word of a message."""

    def _amount(self, index: int) -> Bound | None:
        """ "low price", "many votes", "fewer calories": how much of a field."""
        sizes, word = self.language.words, self.words[index]
        more = word in sizes["high"] | sizes["higher"]
        if not more and word not in sizes["low"] | sizes["lower"]:
            return None
        match = (
            self.vocabulary.fields.at(self.words, self.marked.breaks, index + 1)
            if index + 1 < len(self.words)
            else None
        )
        field = next((f for f in match.value if self.vocabulary.number(f.name)), None) if match else None
        if match is None or field is None or self.masked[index + 1]:
            return None
        degree: Degree = "comparative" if word in sizes["higher"] | sizes["lower"] else "base"
        return Bound(index, match.end, field.name, (), Direction(field, more, degree))

    def _ages(self, index: int) -> Bound | None:
        """ "My kids are 6 and 8", "she's 12": ages of people, for a field that says from which one; else nothing."""
        sets, ages, end = self.language.words, list[float](), index
        before = index - 1 - (index > 0 and self.words[index - 1] in sets["aged_in"])
        if before < 0 or of_another(self.marked, before, self.language) != "companion":
            return None
        short = self.words[before] in sets["others"] and "'" in self.marked.tokens[before].text
        if not short and self.words[before] not in sets["copulas"]:
            return None
        while (quantity := self.quantities.at(end)) is not None and not quantity.units and quantity.value < 100:
            ages.append(quantity.value)
            following = quantity.end + bool(self.marked.kinds(quantity.end, quantity.end + 1) & {"and", "or"})
            joined = following > quantity.end or (following < len(self.words) and self.marked.tokens[following].comma)
            if not joined or self.quantities.at(following) is None:
                break
            end = following
        if quantity is None or not ages:
            return None
        named = (n for n in self.vocabulary.numbers if sets["age"] & set(norms(n.field.label or n.field.name)))
        field = next((n.field.name for n in named if not set(norms(n.field.label)) & sets["highest"]), "")
        return Bound(index, quantity.end, field, (("<=", min(ages)),) if field else ())

    def _past(self, index: int) -> Bound | None:
        """ "the last ten years", counted from the newest item."""
        if self.year is None or not len(self.year.values):
            return None
        following = self.words[index + 1] if index + 1 < len(self.words) else ""
        if self.words[index] in self.language.words["present"] and following in self.language.words["years"]:
            return Bound(index, index + 2, self.year.field.name, (("==", float(self.year.values[-1])),))
        if self.words[index] not in self.language.words["past"]:
            return None
        span = self._span_of_years(index + 1)
        if span is None:
            return None
        return Bound(index, span[1], self.year.field.name, ((">", float(self.year.values[-1]) - span[0]),))

    def _sorted(self, index: int) -> Bound | None:
        """ "Sort by price", "ordered by rating, lowest first": an order, from the usual end unless one is said."""
        by = self.language.sorting["by"].at(self.words, self.marked.breaks, index)
        first = (
            by.end + (self.words[by.end] in self.language.words["leading"]) if by and by.end < len(self.words) else 0
        )
        match = (
            self.vocabulary.fields.at(self.words, self.marked.breaks, first) if 0 < first < len(self.words) else None
        )
        numbers = next((n for f in match.value if (n := self.vocabulary.number(f.name))), None) if match else None
        if match is None or numbers is None:
            return None
        more = numbers.unit is None or numbers.unit.dimension not in self.language.money | {"time", "length", "mass"}
        for end in (match.end, match.end + 1):
            for way in ("rising", "falling") if end < len(self.words) else ():
                said = self.language.sorting[way].at(self.words, self.marked.breaks, end)
                if said is not None:
                    direction = Direction(numbers.field, way == "falling", "superlative")
                    return Bound(index, said.end, numbers.field.name, (), direction)
        return Bound(index, match.end, numbers.field.name, (), Direction(numbers.field, more, "superlative"))

    def _none_of(self, index: int) -> Bound | None:
        """ "No cleaning fee", "without a fee", "no experience needed": none of what some items have none of."""
        gratis = self.language.costless.at(self.words, self.marked.breaks, index)
        if gratis is not None and (price := self.measures.free_price()) is not None:
            return Bound(index, gratis.end, price.field.name, (("==", 0.0),))
        cue = self.marked.cue(index)
        if (
            cue is None
            or cue.start != index
            or "not" not in cue.value
            or "too" in cue.value
            or cue.end >= len(self.words)
        ):
            return None
        first = cue.end + (self.words[cue.end] in self.language.words["article"])
        if (
            first >= len(self.words)
            or self.marked.tokens[first].comma
            or any(self.marked.breaks[index + 1 : first + 1])
        ):
            return None
        match = self.vocabulary.fields.at(self.words, self.marked.breaks, first)
        following = self.words[match.end] if match is not None and match.end < len(self.words) else ""
        if match is None or any(self.masked[first : match.end]) or following in self.language.words["limits"]:
            return None
        for field in match.value:
            numbers = self.vocabulary.number(field.name)
            if numbers is not None and len(numbers.values) and numbers.values[0] == 0:
                return Bound(index, match.end, field.name, (("==", 0.0),))
        return None

    def _aged(self, start: int, quantity: Quantity, ops: list[str]) -> Bound | None:
        """ "Less than five years old", where years or dates are known and no age: counted from the newest item."""
        years = self.language.words["years"]
        end = quantity.end
        if self.year is None or quantity.units or not len(self.year.values):
            return None
        owned = start > 0 and self.words[start - 1] in self.language.words["speaker"]
        if owned or (start > 1 and self.words[start - 2] in self.language.words["regarding"]):
            return None  # "for a ten year old", "my 10 year old" speak of a person
        if end + 1 >= len(self.words) or self.words[end] not in years:
            return None
        old = self._direction(end + 1)
        if old is None or old.value[0].field.name != self.year.field.name or old.value[0].more:
            return None
        op: Op | None = next((o for o in _TURNED if o in ops), None)
        last = float(self.year.values[-1]) - quantity.value
        return Bound(start, old.end, self.year.field.name, ((_TURNED[op], last) if op else ("==", last),))
