"""Words that point at what was shown: "the first one", "number 2", "the last two", "both", "it"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.vocabulary import Vocabulary

_SPEAKS = frozenset({"compare", "facts", "why", "why_not", "what_if", "like", "dislike", "seen", "rate"})


@dataclass(frozen=True)
class Reference:
    """Words `start` to `end` point at each of `rows`; with `unsure`, at one of them. `pronoun`: "it" and the like."""

    start: int
    end: int
    rows: tuple[int, ...]
    unsure: bool = False
    pronoun: bool = False


class References:
    """Reads the references of one message to a list of rows, in the order they were shown."""

    def __init__(self, marked: Marked, masked: Sequence[bool], vocabulary: Vocabulary, language: Lexicon) -> None:
        self.marked, self.masked, self.vocabulary, self.language = marked, masked, vocabulary, language
        self.words = marked.words

    def read(self, shown: Sequence[int], focus: int | None) -> list[Reference]:
        """References to `shown`; `focus` is what "it" means when there is a choice."""
        out: list[Reference] = []
        index = 0
        while index < len(self.words):
            found = None if self.masked[index] else self._at(index, shown, focus)
            if found is not None:
                out.append(found)
            index = found.end if found is not None else index + 1
        return out

    def _at(self, index: int, shown: Sequence[int], focus: int | None) -> Reference | None:
        return self._ordinal(index, shown) or self._numbered(index, shown) or self._pointing(index, shown, focus)

    def _ordinal(self, index: int, shown: Sequence[int]) -> Reference | None:
        """ "the second one", "first", "the last two films", "the first and the third"."""
        place, end = self.language.ordinals.get(self.words[index]), index + 1
        if place is None and self._has_suffix(index):
            place, end = int(self.words[index]), index + 2
        if place is None:
            return None
        start = index - 1 if index and self.words[index - 1] in self.language.words["leading"] else index
        closed = self._one(end)
        number = self._count(end) if closed is None else None
        if number is not None:
            end += 1
            closed = self._one(end)
        stops = end >= len(self.words) or self.marked.breaks[end] or self.marked.tokens[end].comma or self._joins(end)
        asked = start > 0 and self._asks(start)  # "is the second longer than ...?", "what's the second about?"
        if closed is None and not stops and not asked and not self._predicate(end):
            return None  # "the first time", "first of all", "top 5 horror films"
        end = closed or end
        if not shown:  # it points at a list that there is not
            return Reference(start, end, ()) if start < index and self._of_items() else None
        if number is not None:
            return Reference(start, end, tuple(shown[-number:] if place < 0 else shown[:number]))
        if place == 0:
            return Reference(start, end, (shown[len(shown) // 2],))
        if place > len(shown):
            return Reference(start, end, ())  # it points all the same, at nothing that was shown
        return Reference(start, end, (shown[place if place < 0 else place - 1],))

    def _asks(self, start: int) -> bool:
        """Whether a question opens right before this word."""
        sets, before = self.language.words, self.words[:start]
        opened = before[0] in sets["interrogatives"] and (start == 1 or (start < 4 and before[-1] in sets["copulas"]))
        return opened or (start == 1 and before[0] in sets["copulas"])

    def _of_items(self) -> bool:
        """Whether the message speaks of single items rather than asks for some."""
        kinds = {kind for cue in self.marked.cues for kind in cue.value}
        return bool(kinds & _SPEAKS) and "request" not in kinds

    def _has_suffix(self, index: int) -> bool:
        """ "2nd": a number with its ending, written together."""
        if not self.words[index].isdigit() or len(self.words[index]) > 2 or index + 1 >= len(self.words):
            return False
        return (
            self.words[index + 1] in self.language.words["ordinal_suffixes"] and not self.marked.tokens[index + 1].gap
        )

    def _numbered(self, index: int, shown: Sequence[int]) -> Reference | None:
        """ "number 2", "#3", "option two"."""
        match = self.language.reference["numbered"].at(self.words, self.marked.breaks, index)
        if match is None or match.end >= len(self.words):
            return None
        number = self._count(match.end)
        refused = "not" in self.marked.kinds(index, match.end) and not self.words[match.end].isdigit()
        if number is None or refused or not 1 <= number <= len(shown):  # "no 1", but not "no one"
            return None
        return Reference(index, match.end + 1, (shown[number - 1],))

    def _pointing(self, index: int, shown: Sequence[int], focus: int | None) -> Reference | None:
        reference, breaks = self.language.reference, self.marked.breaks
        match = reference["all"].at(self.words, breaks, index)
        if match is not None:
            end = self._one(match.end) or match.end
            both = self.words[index] in self.language.words["two"]
            several = len(shown) == 2 if both else match.end - index > 1 or len(shown) > 1
            if shown and several and self._ends(end):
                return Reference(index, end, tuple(shown), pronoun=True)
            return None
        match = reference["other"].at(self.words, breaks, index)
        if match is not None and len(shown) == 2 and focus in shown:
            return Reference(index, match.end, tuple(row for row in shown if row != focus))
        match = reference["it"].at(self.words, breaks, index)
        if match is None or self._relative(index):
            return None
        cue = self.marked.cue(index)
        if cue is not None and cue.start < index < cue.end and "correct" in cue.value:
            return None  # "make that under 10,000"
        if self._wished(index):
            return None  # "I need it in Japanese"
        end = self._one(match.end) or match.end
        if end == match.end and not self._ends(end) and not self._rated(index):
            return None  # "that I like", "this weekend"
        if focus is not None:
            return Reference(index, end, (focus,), pronoun=True)
        return Reference(index, end, tuple(shown), unsure=len(shown) > 1, pronoun=True) if shown else None

    def _wished(self, index: int) -> bool:
        """Whether "it" is what the speaker is after, and what it should be like follows."""
        cue, next_cue = self.marked.cue(index - 1) if index else None, self.marked.cue(index + 1)
        if cue is None or cue.end != index or "request" not in cue.value:
            return False
        spoken = self.language.words["doers"] & set(self.words[cue.start : cue.end])
        apart = index + 1 >= len(self.words) or self.marked.breaks[index + 1] or self.marked.tokens[index + 1].comma
        return bool(spoken) and not apart and next_cue is not None and "not_title_before" in next_cue.value

    def _rated(self, index: int) -> bool:
        """ "I gave it 4 stars": the word stands right behind a verb that rates."""
        cue = self.marked.cue(index - 1) if index else None
        return cue is not None and "rate" in cue.value

    def _relative(self, index: int) -> bool:
        """ "a comedy that is lighter": the word goes on with what stands before it."""
        if self.words[index] not in self.language.words["relative"] or index == 0 or self.marked.breaks[index]:
            return False
        if self.marked.tokens[index].comma or self.marked.cue(index - 1) is not None:
            return self.words[index - 1] in self.language.words["placeholders"]
        singular = self.language.forms.singular(self.words[index - 1])
        noun = self.vocabulary.nouns.at(self.words, self.marked.breaks, index - 1)
        return noun is not None or any(
            self.vocabulary.values.at((word,), (False,), 0) is not None for word in (self.words[index - 1], singular)
        )

    def _ends(self, index: int) -> bool:
        """Whether a pronoun can stand alone before word `index`."""
        if index >= len(self.words) or self.marked.breaks[index] or self.marked.tokens[index].comma:
            return True
        if self.words[index] in self.language.words["speaker"]:
            return False  # "forget that I like it"
        return (
            self._joins(index)
            or self._predicate(index)
            or self.language.trailing.at(self.words, self.marked.breaks, index) is not None
        )

    def _predicate(self, index: int) -> bool:
        cue = self.marked.cue(index)
        return cue is not None and bool({"copula", "good", "bad", "relax", "seen"} & set(cue.value))

    def _joins(self, index: int) -> bool:
        cue = self.marked.cue(index)
        return cue is not None and bool({"and", "or", "but", "not", "compare"} & set(cue.value))

    def _one(self, index: int) -> int | None:
        """The end of "one", "film", "suggestion" at this word."""
        if index >= len(self.words) or self.marked.breaks[index]:
            return None
        for phrases in (self.language.reference["one"], self.vocabulary.nouns):
            match = phrases.at(self.words, self.marked.breaks, index)
            if match is not None:
                return match.end
        return None

    def _count(self, index: int) -> int | None:
        if index >= len(self.words):
            return None
        word = self.words[index]
        if word.isdigit() and len(word) < 4:
            return int(word)
        return self.language.numbers.get(word)


def described(marked: Marked, index: int, language: Lexicon) -> bool:
    """Whether a condition at `index` describes one known item: "the 1933 one", "the western"."""
    return index > 0 and marked.words[index - 1] in language.words["definite"]
