"""What stands around a number or a word of degree in one message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.dates import Dates
from bot.understand.extremes import Bound
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.measures import Measures
from bot.understand.quantities import Quantities
from bot.understand.senses import Direction
from bot.understand.tokens import Match, fold, norms
from bot.understand.vocabulary import Vocabulary

SIDES = frozenset({"<", "<=", ">", ">="})


class Surroundings:
    """The words of one message, and questions about a place in it."""

    def __init__(
        self, marked: Marked, masked: Sequence[bool], vocabulary: Vocabulary, language: Lexicon, asked: str
    ) -> None:
        self.marked, self.masked, self.vocabulary, self.language = marked, masked, vocabulary, language
        self.measures = Measures(marked, vocabulary, language, asked)
        self.words = marked.words
        self.dates = Dates(marked, vocabulary, language)
        self.quantities = Quantities(marked, language, vocabulary.units)
        self.year = next((n for n in vocabulary.numbers if n.is_year), None)

    def _span_of_years(self, index: int) -> tuple[float, int] | None:
        """ "20 years": how many, and where that ends."""
        quantity = self.quantities.at(index)
        if quantity is None or quantity.units or quantity.end >= len(self.words) or quantity.value > 500:
            return None
        return (quantity.value, quantity.end + 1) if self.words[quantity.end] in self.language.words["years"] else None

    def _is_last_year(self, index: int) -> bool:
        sets = self.language.words
        return self.words[index] in sets["past"] and any(w in sets["years"] for w in self.words[index + 1 : index + 2])

    def _is_idle(self, match: Match[list[Direction]]) -> bool:
        """ "12 years old" is an age, the "longer" of "no longer like" no length, "R would be best" orders nothing."""
        cue = self.marked.cue(match.start)
        if cue is not None and cue.start < match.start and {"dislike", "wish"} & set(cue.value):
            return True
        if self._is_choice(match) or (match.value[0].degree == "base" and self._of_something_else(match)):
            return True
        if match.start > 0 and self.words[match.start - 1] in self.language.words["how"]:
            return match.value[0].degree == "base"  # "how strong is it?" asks, and wants nothing strong
        aged = match.start > 0 and self.words[match.start - 1] in self.language.words["years"]
        return aged and match.value[0].degree == "base"

    def _of_something_else(self, match: Match[list[Direction]]) -> bool:
        """The "long" of "on a long flight" and "a long day", the "old" of "my old one": what is wanted is not meant."""
        words, breaks, sets = self.words, self.marked.breaks, self.language.words
        before = match.start - 1
        if before >= 0 and not breaks[match.start] and words[before] in sets["mine"]:
            return True
        end = match.end
        last = end >= len(words) or breaks[end] or self.marked.tokens[end].comma
        if last and before >= 0 and words[match.start] in sets["adverbial"]:
            noun = self.vocabulary.nouns.at(words, breaks, before)
            return noun is None and words[before] not in sets["placeholders"] | sets["leading"]  # "to be up early"
        if end >= len(words) or breaks[end] or self.marked.tokens[end].comma:
            return False
        if words[end] in sets["times"]:
            return True
        known = any(p.at(words, breaks, end) for p in (self.vocabulary.nouns, self.vocabulary.fields))
        value = self.vocabulary.values.at(words, breaks, end) or self.vocabulary.directions.at(words, breaks, end)
        if known or value or self.language.empty(words[end]) or words[end] in self.language.adjectives:
            return False
        while before >= 0 and words[before] in sets["owners"] | sets["adverbs"]:
            before -= 1
        cue = self.marked.cue(before) if before >= 0 else None
        if words[before] in sets["companies"] and self.language.forms.singular(words[end]) in self.vocabulary.lines:
            return False  # "I'd go for a cheap tent", where some are called that
        return before >= 0 and words[before] in sets["occasions"] and (cue is None or "request" not in cue.value)

    def _is_choice(self, match: Match[list[Direction]]) -> bool:
        """The "low" of "low light", where light is a choice of low, medium and bright; the "small" of "a small car"."""
        named = (
            self.vocabulary.fields.at(self.words, self.marked.breaks, match.end)
            if match.end < len(self.words)
            else None
        )
        value = self.vocabulary.values.at(self.words, self.marked.breaks, match.start)
        if value is not None and value.end > match.end and any(s.own and not s.weak for s in value.value):
            return True  # the "old" of the Old Town
        if value is None or value.end != match.end or match.value[0].degree != "base":
            return False
        noun = match.end < len(self.words) and self.vocabulary.nouns.at(self.words, self.marked.breaks, match.end)
        own = [sense for sense in value.value if sense.own and not sense.weak]
        if own and (noun or any(fold(v) == self.words[match.start] for sense in own for v in sense.values)):
            return True  # "new, not used": a condition called "new", whatever else is newer
        return named is not None and bool({f.name for f in named.value} & {sense.field.name for sense in value.value})

    def _starts(self, index: int) -> list[int]:
        """Where a number may begin: here, or behind one or two small words ("the", "about", "the year")."""
        out, start = [], index
        for _ in range(3):
            if start >= len(self.words) or (start > index and self.marked.tokens[start].breaks):
                break
            opened = self.language.comparators.at(self.words, self.marked.breaks, start)
            if opened is not None and (SIDES | {"between"}) & set(opened.value):
                break  # "it has to be above 100", "spend between 100 and 300": the second compares
            if not self.masked[start]:
                out.append(start)
            field = self.vocabulary.fields.at(self.words, self.marked.breaks, start)
            if self.words[start] not in self.language.function_words and field is None:
                break
            start = field.end if field is not None else start + 1
        return out

    def _fitting(self, match: Match[list[Direction]]) -> Direction:
        """Which of the fields that the word compares: the one asked about, else the first, unless the number behind
        "than" is another's."""
        if asked := [d for d in match.value if d.field.name == self.measures.asked]:
            return asked[0]
        than = self.marked.cue(match.end)
        if len(match.value) == 1 or than is None or "than" not in than.value or than.start != match.end:
            return match.value[0]
        for first in self._starts(than.end):
            quantity = self.quantities.at(first)
            if quantity is None:
                continue
            known = [(d, self.vocabulary.number(d.field.name)) for d in match.value]
            sure = [(d, n, v) for d, n in known if n is not None and (v := quantity.in_unit(n.unit)) is not None]
            fitting = [d for d, n, v in sure if n.parts(v)] or [d for d, n, v in sure if n.plausible(v)]
            return fitting[0] if fitting else match.value[0]
        return match.value[0]

    def _rest_of_name(self, bound: Bound) -> int:
        """Where a bound ends with what its field's name still says: "2 km from the sea" is the distance to the sea."""
        label = next((f.label or f.name for f in self.vocabulary.schema.fields if f.name == bound.field), "")
        said = {self.language.forms.singular(word) for word in norms(label)} - self.language.function_words
        end = index = bound.end
        old = self._direction(end) if self.words[end - 1] in self.language.words["years"] else None
        if old is not None and old.value[0].degree == "base":
            end = index = old.end  # "five years old"
        while index < len(self.words) and not (self.marked.breaks[index] or self.marked.tokens[index].comma):
            if self.language.forms.singular(self.words[index]) in said:
                end = index + 1
            elif self.words[index] not in self.language.function_words or self._joins(index):
                break
            index += 1
        return end

    def _joins(self, index: int) -> bool:
        """Whether a word of structure stands here: "and", "not", "please"."""
        cue = self.marked.cue(index)
        return cue is not None and not set(cue.value) <= {"not_title_before"}

    def _direction(self, index: int) -> Match[list[Direction]] | None:
        return self.vocabulary.directions.at(self.words, self.marked.breaks, index) if index < len(self.words) else None

    def _is_or(self, index: int) -> bool:
        cue = self.marked.cue(index)
        return cue is not None and "or" in cue.value
