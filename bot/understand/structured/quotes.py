"""What a message really says, to hold a model's answer against: its words, its numbers, and which nothing explains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from bot.understand.ignored import strange
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.tokens import norms
from bot.understand.vocabulary import Vocabulary
from bot.values import Understanding

_SAME = 88.0  # per cent: a quotation with a slip mended
_LONGEST = 40  # words of one quotation


@dataclass(frozen=True)
class Span:
    """Words `start` to `end` of the message."""

    start: int
    end: int

    @property
    def indices(self) -> range:
        return range(self.start, self.end)


@dataclass(frozen=True)
class Quotes:
    """One message. `built_in` is what the built-in reader makes of it: its numbers come from a parser."""

    text: str
    marked: Marked
    built_in: Understanding
    vocabulary: Vocabulary
    language: Lexicon

    def find(self, words: str) -> Span | None:
        """Where the message says these words; None when it does not."""
        said = norms(words)[:_LONGEST]
        if not said:
            return None
        size, there = len(said), self.marked.words
        starts = range(len(there) - size + 1)
        exact = next((start for start in starts if there[start : start + size] == said), None)
        if exact is not None:
            return Span(exact, exact + size)
        joined = " ".join(said)
        near = [
            (fuzz.ratio(joined, " ".join(there[start : start + size]), score_cutoff=_SAME), start) for start in starts
        ]
        score, start = max(near, key=lambda found: found[0], default=(0.0, 0))
        return Span(start, start + size) if score else None

    def words(self, span: Span) -> str:
        """The message's own words there."""
        tokens = self.marked.tokens
        return self.text[tokens[span.start].start : tokens[span.end - 1].end]

    def tells(self, span: Span) -> bool:
        """Whether a word there is left to be interpreted: neither the language nor the catalogue explains it."""
        return any(self._strange[i] for i in span.indices)

    def carries(self, span: Span) -> bool:
        """Whether a word there says anything at all, rather than being grammar, politeness or the word for an item."""
        nouns, marked = self.vocabulary.nouns, self.marked
        return any(
            not self.language.empty(marked.words[i]) and nouns.at(marked.words, marked.breaks, i) is None
            for i in span.indices
        )

    def described(self, span: Span) -> tuple[str, ...]:
        """The words there that occur in the catalogue's descriptions."""
        known, singular = self.vocabulary.text, self.language.forms.singular
        tokens = self.marked.tokens[span.start : span.end]
        return tuple(t.text for t in tokens if singular(t.norm) in known and not self.language.empty(t.norm))

    def says(self, number: float, span: Span | None = None) -> bool:
        """Whether the message says this number (in that span), in figures or in words."""
        said = (self._figures[i] for i in (span.indices if span else self._figures) if i in self._figures)
        return any(number in numbers for numbers in said)

    @cached_property
    def _strange(self) -> list[bool]:
        marked, vocabulary, singular = self.marked, self.vocabulary, self.language.forms.singular
        explained = [singular(word) in vocabulary.parts for word in marked.words]
        for phrases in (vocabulary.values, vocabulary.fields, vocabulary.directions):
            for match in phrases.all(marked.words, marked.breaks):
                explained[match.start : match.end] = [True] * (match.end - match.start)
        return strange(marked, explained, vocabulary, self.language)

    @cached_property
    def _figures(self) -> dict[int, tuple[float, ...]]:
        """The numbers that the message says, by their first word. "90s" is no 90, and "1k" no 1."""
        words, tokens, numbers = self.marked.words, self.marked.tokens, self.language.numbers
        out: dict[int, tuple[float, ...]] = {}
        for index, word in enumerate(words):
            following = index + 1 < len(words)
            if word[0].isdigit() and not (following and not tokens[index + 1].gap and words[index + 1][0].isalpha()):
                out[index] = (float(word),)
            elif word in numbers:
                both = numbers[word] + numbers.get(words[index + 1], 0) if following else numbers[word]
                out[index] = (float(numbers[word]), float(both))  # "twenty five"
        return out
