"""Which number field a quantity is of, and what it says when no comparison is said."""

from __future__ import annotations

import numpy as np

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.quantities import Quantity
from bot.understand.tokens import norms
from bot.understand.vocabulary import Numbers, Vocabulary
from retrieval.schema import Op


class Measures:
    """Knows the words of one message, and the field the bot asked about."""

    def __init__(self, marked: Marked, vocabulary: Vocabulary, language: Lexicon, asked: str) -> None:
        self.marked, self.vocabulary, self.language, self.asked = marked, vocabulary, language, asked
        self.words = marked.words
        self.year = next((n for n in vocabulary.numbers if n.is_year), None)

    def field(
        self, start: int, quantity: Quantity, end: int, ops: list[str], low: float | None = None
    ) -> Numbers | None:
        """The field that is compared: named beside, of this unit, else the likeliest for a bare number.

        `low` is the lower end of a span that the quantity ends.
        """
        named = self.near(start, end, quantity)
        if named is not None:
            return named
        fits = [n for n in self.vocabulary.numbers if quantity.in_unit(n.unit) is not None]
        if quantity.units:
            said = [(n, quantity.in_unit(n.unit) or 0.0) for n in fits]
            if fits and fits[0].unit and fits[0].unit.dimension in self.language.money:
                return fits[0]  # "under $5" is said of the price, though only the postage is below it
            best = [n for n, value in said if n.parts(value)] or [n for n, value in said if n.plausible(value)] or fits
            return best[0] if best else None
        asked = self.vocabulary.number(self.asked)
        if asked is not None and asked.is_year and is_year(quantity) and asked.plausible(quantity.value):
            return asked
        if (
            self.year is not None
            and is_year(quantity)
            and self._dated(quantity.end)
            and self.year.plausible(quantity.value)
        ):
            return self.year
        if asked is not None and (asked.plausible(quantity.value) or not asked.is_year):
            return asked
        if self.year is not None and is_year(quantity) and self.year.plausible(quantity.value):
            return self.year
        if not {"<", "<=", ">", ">=", "~", "between"} & set(ops) or "==" in ops:
            return None
        likely = [n for n in fits if not n.is_year and n.plausible(quantity.value)]
        # "over 4" is said of the stars where every price is above 4: a bound that parts nothing is none.
        likely = [n for n in likely if n.parts(quantity.value)] or likely
        if low is not None:  # "between 3 and 6" is no price where nothing costs that
            likely = [n for n in likely if n.between(low, quantity.value)] or likely
        order = {**dict.fromkeys(self.language.money, 0), "time": 1}
        return min(likely, key=lambda n: order.get(n.unit.dimension if n.unit else "", 2), default=None)

    def _dated(self, end: int) -> bool:
        """Whether "later", "newer" or their like stand behind a number: "2022 or later"."""
        for index in range(end, min(end + 3, len(self.words))):
            if self.marked.breaks[index]:
                return False
            match = self.vocabulary.directions.at(self.words, self.marked.breaks, index)
            if match is not None and self.year is not None:
                return match.value[0].field.name == self.year.field.name
        return False

    def _small(self, first: int, last: int) -> bool:
        """Whether only small words and values stand here: the "as a gift" of "acquired as a gift before 1920"."""
        index = first
        while index < last:
            value = self.vocabulary.values.at(self.words, self.marked.breaks, index)
            own = value is not None and value.end <= last and any(s.own and not s.weak for s in value.value)
            own = own and not any(t.comma for t in self.marked.tokens[index : last + 1])  # "two bedrooms, balcony, 150"
            if not own and self.words[index] not in self.language.function_words:
                return False
            index = value.end if own and value is not None else index + 1
        return True

    def near(self, start: int, end: int, quantity: Quantity | None = None) -> Numbers | None:
        """A number field named just before or behind, or between the comparator and the number: "above floor 3".

        With a `quantity`, only one that it can be of: "300 calories and more than 10 grams of protein".
        """

        def fits(numbers: Numbers | None) -> bool:
            if numbers is None or quantity is None:
                return numbers is not None
            if numbers.unit is None and quantity.units:
                # "500 reviews and 4 stars": another field counts in what was said
                return not any(quantity.in_unit(n.unit) is not None for n in self.vocabulary.numbers if n.unit)
            return numbers.unit is None or quantity.in_unit(numbers.unit) is not None

        follows = self.vocabulary.fields.at(self.words, self.marked.breaks, end) if end < len(self.words) else None
        if follows is not None and not self.marked.tokens[end].comma and not self.marked.breaks[end]:
            comma = next((i for i in range(start, max(0, start - 5), -1) if self.marked.tokens[i].comma), None)
            behind = next((n for f in follows.value if fits(n := self.vocabulary.number(f.name))), None)
            if comma is not None and behind is not None and not behind.is_year:
                return behind  # "five doors, 5 seats"
        for index in range(start + 1, quantity.start if quantity is not None else start):
            match = self.vocabulary.fields.at(self.words, self.marked.breaks, index)
            small = match is not None and all(
                w in self.language.function_words for w in self.words[match.end : quantity.start if quantity else 0]
            )
            if quantity is not None and match is not None and match.end <= quantity.start and small:
                for field in match.value:
                    if fits(numbers := self.vocabulary.number(field.name)):
                        return numbers
        for index in range(max(0, start - 5), start):
            match = self.vocabulary.fields.at(self.words, self.marked.breaks, index)
            while match is not None:
                apart = any(self.marked.breaks[match.end : start + 1])  # "Over 115 minutes. After 1980."
                if match.end <= start and not apart and self._small(match.end, start):
                    for field in match.value:
                        if fits(numbers := self.vocabulary.number(field.name)):
                            return numbers
                break
        for index in range(end, min(end + 3, len(self.words))):  # "at least 50 for the reviews"
            near = index < end + 2 or self.words[end] in self.language.words["regarding"]
            if near and not any(self.marked.breaks[end : index + 1]):
                match = self.vocabulary.fields.at(self.words, self.marked.breaks, index)
                for field in match.value if match else ():
                    numbers = self.vocabulary.number(field.name)
                    if numbers is not None and fits(numbers) and not numbers.is_year:
                        return numbers
        return None

    def ops(self, ops: list[str], value: float, numbers: Numbers, quantity: Quantity) -> tuple[tuple[Op, float], ...]:
        """The bounds that comparators (possibly none) set at a value."""
        for op in ("<", "<=", ">", ">="):
            if op in ops:
                return ((op, value),)
        if numbers.is_year:
            near = self.language.years_around
            return ((">=", value - near), ("<=", value + near)) if "~" in ops and "==" not in ops else (("==", value),)
        if not quantity.units and "==" in ops and "~" not in ops:
            return (("==", value),)
        dimension = numbers.unit.dimension if numbers.unit else ""
        if set(numbers.field.unit.split() if numbers.field.unit else ()) & self.language.rating_units:
            return (("==" if self._classes(numbers, quantity.end) else ">=", value),)  # "4 stars" asks for no less
        if numbers.unit is None and "~" not in ops and value == int(value) and numbers.counts:
            return (("==", value),)  # "for 4 players"
        holding = set(norms(numbers.field.label or numbers.field.name)) & self.language.words["holds"]
        if holding and "~" not in ops:
            return (("==", value),)  # "for 100 people": `ranges` makes it as many or more
        if numbers.field.unit == "years" and "~" not in ops:  # "aged 4", until the fifth birthday
            return ((">=", value), ("<", value + 1)) if value == int(value) else (("==", value),)
        # A budget or a time at hand is a limit, unless it is more than most items need: "a three hour film".
        limit = dimension in self.language.money or (dimension == "time" and value <= numbers.quantile(0.5))
        if limit and "~" not in ops:
            return (("<=", value),)
        if "~" not in ops and bool(np.isin(value, numbers.values)) and dimension not in self.language.money | {"time"}:
            return (("==", value),)
        spread = self.language.approximately * value
        return ((">=", value - spread), ("<=", value + spread))

    def _classes(self, numbers: Numbers, end: int) -> bool:
        """ "A 3-star hotel": whole stars that stand before the noun are its class."""
        noun = self.vocabulary.nouns.at(self.words, self.marked.breaks, end) if end < len(self.words) else None
        return numbers.counts and noun is not None

    def free(self, index: int) -> Numbers | None:
        """The price that "free" or "paid" is said of: "is it free?". Not of "sugar-free" and "free parking"."""
        said = self.words[index] in self.language.words["costless"] | self.language.words["costing"]
        if not said or self.marked.tokens[index].gap.endswith("-"):
            return None
        if self.costs(index) == ">" and self.language.words["regarding"] & set(self.words[index + 1 : index + 2]):
            return None  # "what I paid for it"
        before = self.vocabulary.values.at(self.words, self.marked.breaks, index - 1) if index else None
        if before is not None and any(sense.field.kind == "flag" for sense in before.value):
            return None  # "ads free" is said of the ads
        last = index + 1 == len(self.words) or self.marked.breaks[index + 1] or self.marked.tokens[index + 1].comma
        opens = not index or self.marked.breaks[index] or self.marked.tokens[index].comma
        prices = self._prices()
        if not last:
            named = [n for n in prices if len(n.values) and n.values[0] == 0 and self._charged(index + 1, n)]
            if named:
                return named[0]
        if not last and not self._of_an_item(index + 1, self.language.empty(self.words[index - 1]) or opens):
            return None
        if last and not (opens or self.language.empty(self.words[index - 1])):
            return None
        return self.free_price()

    def costs(self, index: int) -> Op:
        """How the price stands to 0 for a word that `free` reads."""
        return ">" if self.words[index] in self.language.words["costing"] else "=="

    def free_price(self) -> Numbers | None:
        """The first price of which some are 0."""
        return next((n for n in self._prices() if len(n.values) and n.values[0] == 0), None)

    def _prices(self) -> list[Numbers]:
        return [n for n in self.vocabulary.numbers if n.unit and n.unit.dimension in self.language.money]

    def _charged(self, index: int, numbers: Numbers) -> bool:
        """ "free parking" is said of the parking fee: its first words follow."""
        said = numbers.field.label.split()[:-1]
        return bool(said) and list(self.words[index : index + len(said)]) == said

    def _of_an_item(self, index: int, alone: bool) -> bool:
        """Whether an item follows, what kind it is included: "free note taking app"; or the word stands alone before
        "and" or a preposition."""
        words, breaks = self.words, self.marked.breaks
        if alone and (self.language.empty(words[index]) or self.marked.kinds(index, index + 1) & {"and", "or", "but"}):
            return True
        named = False
        while index < len(words) and not breaks[index]:
            if self.vocabulary.nouns.at(words, breaks, index) or words[index] in self.language.words["placeholders"]:
                return True
            value = self.vocabulary.values.at(words, breaks, index)
            if value is None:
                return False
            named, index = True, value.end
        return named

    def century(self, first: int, second: int) -> int:
        """The decade that more items come from."""
        if self.year is None:
            return first
        values = self.year.values
        counts = [int(np.sum((values >= d) & (values < d + 10))) for d in (first, second)]
        return second if counts[1] > counts[0] else first


def is_year(quantity: Quantity) -> bool:
    """Whether a bare number may be a year."""
    return not quantity.units and 1000 <= quantity.value < 3000 and quantity.value == int(quantity.value)
