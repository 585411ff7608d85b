"""Critiques: qualities that are wanted in a higher or a lower degree, "funnier", "less violent", "a bit more romantic".

Only what no field of the catalogue compares comes here ("cheaper" is a price). The quality's own words go to the
recommender, which finds their direction among the items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understand.hits import Hit
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.tokens import norms
from bot.understand.vocabulary import Vocabulary

SLIGHTLY, PLAINLY, MUCH = 0.5, 1.0, 1.5  # how far a degree word goes
_LONGEST = 3  # words of one quality: "strong female characters"
_PRAISE = frozenset({"good", "bad"})


@dataclass(frozen=True)
class Critique:
    """Words `start` to `end` ask for more (`weight` above 0) or less of `words`."""

    start: int
    end: int
    words: str
    weight: float
    softens: bool = False  # a value named in these words is preferred rather than required


class CritiqueReader:
    """Finds critiques in messages about one catalogue."""

    def __init__(self, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._vocabulary, self._language = vocabulary, language

    def read(self, marked: Marked, taken: Sequence[bool], hits: Sequence[Hit]) -> list[Critique]:
        """From left to right. `taken` words are titles and comparisons of fields; `hits` are values."""
        out: list[Critique] = []
        at = {h.start: h for h in hits}
        index = 0
        while index < len(marked.words):
            found = None if taken[index] else self._at(index, marked, taken, at)
            if found is not None:
                out.append(found)
            index = found.end if found is not None else index + 1
        return out

    def mannered(self, marked: Marked) -> list[tuple[int, int]]:
        """ "cheaper looking": a comparative that speaks of an impression, whatever field it may compare elsewhere."""
        forms = self._language.forms
        return [
            (index - 1, index + 1)
            for index in range(1, len(marked.words))
            if marked.words[index] in self._language.words["manner"]
            and not (marked.tokens[index].comma or marked.breaks[index])
            and forms.bases(marked.words[index - 1])
        ]

    def _at(self, index: int, marked: Marked, taken: Sequence[bool], hits: dict[int, Hit]) -> Critique | None:
        for start, end in self.mannered(marked):
            if start == index:
                return Critique(start, end, _text(marked, start, end), self._extent(marked, start))
        return self._compared(index, marked, hits) or self._graded(index, marked, taken, hits)

    def _compared(self, index: int, marked: Marked, hits: dict[int, Hit]) -> Critique | None:
        """ "funnier", "the scariest": one word."""
        word, hit = marked.words[index], hits.get(index)
        degree = self._language.qualities.get(word)
        if hit is not None and hit.end == index + 1 and hit.sense.own and word not in _names(hit):
            degree = degree or (hit.sense.degree if hit.sense.degree != "base" else None)
        elif hit is not None or marked.cue(index) is not None:
            return None
        if degree is None or (degree == "comparative" and self._is_noun_phrase(index, marked)):
            return None
        if degree == "superlative":
            return Critique(index, index + 1, marked.tokens[index].text, MUCH)
        weight = self._extent(marked, index)
        return Critique(index, index + 1, marked.tokens[index].text, weight, True)

    def _is_noun_phrase(self, index: int, marked: Marked) -> bool:
        """ "a lighter" of a shop, "the cooler": a thing, unless an item follows."""
        articles = self._language.words["article"]
        if index == 0 or marked.words[index - 1] not in articles:
            return False
        end = index + 1
        return end == len(marked.words) or marked.breaks[end] or marked.tokens[end].comma

    def _graded(self, index: int, marked: Marked, taken: Sequence[bool], hits: dict[int, Hit]) -> Critique | None:
        """ "more romantic", "not so violent", "too slow", "most magical": a degree word and a quality."""
        cue = marked.cue(index)
        if cue is None or cue.start != index or cue.end >= len(marked.words):
            return None
        kinds, sets = set(cue.value), self._language.words
        last = marked.words[cue.end - 1]
        less = bool(kinds & {"decrease", "too"})
        most = bool(kinds & {"most", "least"}) and cue.end < len(marked.words)
        if not (less or most or ("increase" in kinds and last in sets["more"])):
            return None
        first = cue.end
        if first in hits:
            return self._of_value(hits[first], cue.start, marked, less or "least" in kinds, most)
        end = first
        while end < len(marked.words) and end - first < _LONGEST and self._may_be_quality(end, first, marked, taken):
            if end in hits:
                break
            end += 1
        if end == first:
            return None
        words = _text(marked, first, end)
        weight = MUCH if most else self._extent(marked, cue.end)
        if less or "least" in kinds:
            return Critique(cue.start, end, words, -weight)
        return Critique(cue.start, end, _text(marked, cue.end - 1, end), weight)

    def _of_value(self, hit: Hit, start: int, marked: Marked, less: bool, most: bool) -> Critique | None:
        """ "more romantic" rather prefers Romance; "more romance" asks for it, as "more action films" does."""
        own = " ".join(marked.words[hit.start : hit.end]) in _names(hit)
        words = _text(marked, hit.start, hit.end)
        if less:
            return Critique(start, hit.end, words, -self._extent(marked, hit.start), True)
        if (
            own
            or not hit.sense.own
            or self._language.forms.singular(marked.words[hit.end - 1]) != marked.words[hit.end - 1]
        ):
            return None
        if most:
            return Critique(start, hit.end, _text(marked, hit.start - 1, hit.end), MUCH)
        weight = self._extent(marked, hit.start)
        return Critique(start, hit.end, _text(marked, hit.start - 1, hit.end), weight, True)

    def _may_be_quality(self, index: int, first: int, marked: Marked, taken: Sequence[bool]) -> bool:
        """Whether the word says a quality, and goes on with what stands between it and the degree word."""
        language, vocabulary, word = self._language, self._vocabulary, marked.words[index]
        token = marked.tokens[index]
        if taken[index] or token.breaks or token.comma or not word[:1].isalpha():
            return False
        if index > first and (token.capital or not _plain_gap(token.gap)):
            return False
        if token.capital and index and language.forms.singular(word) in vocabulary.lines:
            return False  # "more James Bond" asks for those
        if any(p.at(marked.words, marked.breaks, index) for p in (vocabulary.nouns, vocabulary.fields)):
            return False
        if word in vocabulary.units or word in language.numbers or word in language.multipliers:
            return False
        cue = marked.cue(index)
        graded = word in language.adjectives
        if cue is not None and not (set(cue.value) <= _PRAISE and not language.empty(word)) and not graded:
            return False
        return graded or not language.empty(word)

    def _extent(self, marked: Marked, end: int) -> float:
        """How much more: "a bit darker", "much funnier"."""
        sets = self._language.words
        before = marked.words[max(0, end - 4) : end]
        if sets["slightly"] & set(before):
            return SLIGHTLY
        return MUCH if sets["much"] & set(before[-2:]) else PLAINLY


def quality(words: str, language: Lexicon) -> str:
    """What the text encoder is told: "silly" for "sillier", "romantic" for "more romantic"."""
    said = norms(words)
    degrees = language.words["more"] | language.words["most"]
    if len(said) > 1 and said[0] in degrees:
        said, words = said[1:], words.split(maxsplit=1)[-1]
    return language.meant.get(said, words)


def _names(hit: Hit) -> set[str]:
    return {value.casefold() for value in hit.sense.values}


def _text(marked: Marked, start: int, end: int) -> str:
    tokens = marked.tokens[start:end]
    return "".join(t.text if t is tokens[0] else t.gap + t.text for t in tokens)


def _plain_gap(gap: str) -> bool:
    return gap in (" ", "-")
