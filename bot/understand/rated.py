"""Ratings as people type them, in one form, so that everything after reads no other: "I gave Heat 5 and Casino a 4",
"5 stars to Heat", "Heat is a 9" become "Heat 5/5", "Casino 4/5", "Heat 5 stars", "Heat 9/10"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.opinions import UNDECLARED, Opinions
from bot.understand.titles import Titles
from bot.understand.vocabulary import Vocabulary

_STOPS = frozenset(",.;!?:)")
_JOINS = frozenset({" ", ":", ": ", " : ", " - ", "- ", " – ", " — ", "=", " = "})  # between a title and its rating
_OUT_OF = 10  # what a number above the catalogue's own scale is out of
_YEAR = 4  # digits
_SEVERAL = 2  # of things with a number behind, they are ratings though no word says so


def plain_years(text: str) -> str:
    """Without the brackets of a year that a rating follows: "Fargo (1996) 5"."""
    return re.sub(r" \((\d{4})\)(?=[^\w]{0,3}(?:\w+ ){0,2}\d)", r" \1", text)


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str
    sure: bool = True  # a rating even where no word of the message says that it rates


class Rated:
    """Rewrites the ratings of one message; its words otherwise stay as they are."""

    def __init__(self, text: str, marked: Marked, titles: Titles, vocabulary: Vocabulary, language: Lexicon) -> None:
        schema = vocabulary.schema
        self.text, self.marked, self.titles, self.language = text, marked, titles, language
        self.high = (schema.rating or UNDECLARED)[2]
        self.opinions = Opinions(marked, [False] * len(marked.words), schema, language)
        self.names = {index for start, end in marked.names for index in range(start, end)}
        for match in vocabulary.values.all(marked.words, marked.breaks):
            if not all(sense.weak for sense in match.value):
                self.names |= set(range(match.start, match.end))  # "rated PG-13" rates nothing

    def rewritten(self) -> str:
        """The message with its ratings behind what they rate, each out of something."""
        if not any(w[0].isdigit() or w in self.language.numbers for w in self.marked.words):
            return self.text
        edits = [*self._given(), *self._bare()]
        rates = any("rate" in cue.value for cue in self.marked.cues) or bool(self.opinions.ratings())
        rates = rates or len(edits) >= _SEVERAL
        out, at = "", 0
        for edit in sorted(edits, key=lambda e: e.start):
            if (rates or edit.sure) and edit.start >= at:
                out, at = out + self.text[at : edit.start] + edit.text, edit.end
        return out + self.text[at:]

    def _given(self) -> Iterator[_Edit]:
        """ "5 stars to Heat", "and 4 to Casino"."""
        tokens, words = self.marked.tokens, self.marked.words
        for index in range(len(words) - 2):
            value = None if index in self.names else self._number(index)
            if value is None:
                continue
            told = self.opinions.rating_at(index)
            to = told.end if told is not None else index + 1
            if to >= len(words) or words[to] not in self.language.words["given_to"]:
                continue
            end = self._title_from(to + 1)
            said = self.text[tokens[index].start : tokens[to - 1].end] if told is not None else self._out_of(value)
            if end > to + 1 and said:
                title = self.text[tokens[to + 1].start : tokens[end - 1].end]
                yield _Edit(tokens[index].start, tokens[end - 1].end, f"{title} {said}", sure=False)

    def _bare(self) -> Iterator[_Edit]:
        """ "Heat 5", "Heat: 5", "Heat a 5", "Heat is a 9", and "Heat 5/5" that stands first, where no word says that a
        title follows."""
        tokens, words, superlatives = self.marked.tokens, self.marked.words, self.language.words["superlatives"]
        for index in range(1, len(tokens)):
            value = None if index in self.names else self._number(index)
            told = self.opinions.rating_at(index)
            if value is None or (told is None and not self._ends(index)):
                continue
            article = words[index - 1] in self.language.words["article"]
            before = index - 1 - article
            is_one = article and before >= 0 and "copula" in self._kinds(before)
            kept = before  # what goes between the title and its rating: "is", but not "deserves"
            while before > 0 and (self._kinds(before) & {"copula", "rate"} or words[before] in _JOINS):
                before -= 1
                kept = before if self._kinds(before + 1) & {"copula"} or words[before + 1] in _JOINS else kept
            if before < 0 or any(tokens[i].gap not in _JOINS for i in range(before + 1, index + 1)):
                continue
            end = told.end if told is not None else index + 1
            said = self.text[tokens[index].start : tokens[end - 1].end] if told is not None else self._out_of(value)
            first = self._title_to(before, numbers=is_one)
            if told is None and (not said or not (first is not None or self._points(before)) or self._numbered(index)):
                continue
            if first is not None and (tokens[first].capital or words[first][0].isdigit()):
                last = before - (first < before and self._is_year(before))  # "Fargo 1996 5"
                title = self.text[tokens[first].start : tokens[last].end]
                verb = self.text[tokens[last].end : tokens[kept].end]
                yield _Edit(tokens[first].start, tokens[end - 1].end, f'"{title}"{verb} {said}', sure=is_one)
                continue
            place = self.language.ordinals.get(words[before])  # "the third 4 stars": the third one
            one = f" {min(self.language.words['single'])}" if place is not None else ""
            if told is not None and one:
                yield _Edit(tokens[before].end, tokens[before].end, one)
            counts = place is not None and (place < 1 or not words[index].isdigit() or words[before] in superlatives)
            if told is None and not counts:  # "the last two", "top 5"
                yield _Edit(tokens[kept].end, tokens[index].end, f"{one} {said}", sure=is_one)

    def _number(self, index: int) -> float | None:
        word = self.marked.words[index]
        if word in self.language.words["single"]:
            return None
        value = self.opinions.number_at(index)
        return value if value is not None and value * 2 == int(value * 2) else None

    def _out_of(self, value: float) -> str:
        """ "4/5", and "9/10" where the catalogue's own scale ends before."""
        scale = next((end for end in (self.high, _OUT_OF) if value <= end), None)
        return f"{value:g}/{scale:g}" if scale is not None and self.high > 1 else ""

    def _ends(self, index: int) -> bool:
        """Whether nothing behind the number says what it counts."""
        tokens = self.marked.tokens
        if index + 1 == len(tokens):
            return True
        behind = tokens[index + 1]
        idle = self.language.empty(behind.norm) or behind.norm in self.language.words["regarding"]
        return bool(_STOPS & set(behind.gap)) or (idle and not behind.gap.strip())

    def _kinds(self, index: int) -> frozenset[str]:
        cue = self.marked.cue(index)
        return frozenset(cue.value) if cue is not None else frozenset()

    def _points(self, last: int) -> bool:
        """Whether word `last` ends what can be rated, though no title: a name with capitals, "it", "the second"."""
        pointing = self.language.words["rated_by_pointing"] | set(self.language.ordinals)
        return self.marked.words[last] in pointing or bool(last and self.marked.tokens[last].capital)

    def _title_to(self, last: int, *, numbers: bool = False) -> int | None:
        """Where the longest title begins that ends with word `last`; `numbers`: it may be nothing but a number."""
        whole = next((start for start, end in self.marked.names if end == last + 1), None)
        if whole is not None:
            return whole
        runs = self._titles_to(last)
        found = next((start for start in runs if numbers or not self.marked.words[start].isdigit()), None)
        return self._title_to(last - 1) if found is None and last and self._is_year(last) else found

    def _is_year(self, index: int) -> bool:
        return self.marked.words[index].isdigit() and len(self.marked.words[index]) == _YEAR

    def _numbered(self, index: int) -> bool:
        """Whether the number ends a title: "toy story 2"."""
        alone = index - (self.marked.words[index - 1] in self.language.words["leading"])  # "a 10" is no title here
        return any(start < alone for start in self._titles_to(index))

    def _titles_to(self, last: int) -> Iterator[int]:
        """Where titles begin that end with word `last`, the longest first."""
        starts = range(max(0, last + 1 - self.titles.longest), last + 1)
        return (start for start in starts if self.titles.exact(self.marked.words[start : last + 1]) is not None)

    def _title_from(self, start: int) -> int:
        """Where the longest title that begins here ends."""
        words = self.marked.words
        written = next((end for first, end in self.marked.names if first == start), start)
        ends = range(min(len(words), start + self.titles.longest), written, -1)
        return next((end for end in ends if self.titles.exact(words[start:end]) is not None), written)
