"""What a message really says, to hold a model's answer against: its words, its numbers, and which nothing explains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

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

    def says(self, number: float) -> bool:
        """Whether the message says this number, in figures, in words, or as the built-in reader works it out."""
        return any(abs(number - said) < 1e-6 * max(1.0, abs(said)) for said in self._numbers)

    @cached_property
    def _strange(self) -> list[bool]:
        marked, vocabulary, singular = self.marked, self.vocabulary, self.language.forms.singular
        explained = [singular(word) in vocabulary.parts for word in marked.words]
        for phrases in (vocabulary.values, vocabulary.fields, vocabulary.directions):
            for match in phrases.all(marked.words, marked.breaks):
                explained[match.start : match.end] = [True] * (match.end - match.start)
        return strange(marked, explained, vocabulary, self.language)

    @cached_property
    def _numbers(self) -> frozenset[float]:
        words, numbers = self.marked.words, self.language.numbers
        said = {float(w.replace(",", "")) for w in words if w[0].isdigit()}
        said |= {float(numbers[w]) for w in words if w in numbers}
        said |= {float(numbers[a] + numbers[b]) for a, b in pairwise(words) if a in numbers and b in numbers}
        for constraint in self.built_in.constraints:
            values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
            said |= {
                float(str(v)[:4] if isinstance(v, str) else v)
                for v in values
                if not isinstance(v, str) or v[:4].isdigit()
            }
        said |= {float(n) for n in (self.built_in.count, *(m.rating for m in self.built_in.mentions)) if n is not None}
        return frozenset(said)
