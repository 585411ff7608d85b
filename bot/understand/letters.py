"""When a word that says little means a value: one letter, a figure, a small word ("R", "7", "other")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.senses import ValueSense
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field

_ABOUT_VALUES = frozenset({"wish", "accept", "not_after", "out"})
_SEVERAL = re.compile(r"([A-Z0-9]+)'?s|([a-z]{2})s")


def single(text: str) -> str:
    """ "CDs", "R's", "lps" without the ending of several, "" where the word has none."""
    found = _SEVERAL.fullmatch(text)
    return (found[1] or found[2]) if found else ""


class Letters:
    """Knows one catalogue."""

    def __init__(self, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._vocabulary, self._language = vocabulary, language

    def counts(self, sense: ValueSense, marked: Marked, start: int, end: int, fields: Sequence[Field]) -> bool:
        """Whether words `start` to `end` mean the weak sense here; `fields` are those named beside."""
        if any(f.name == sense.field.name for f in fields):
            return True
        tokens = marked.tokens[start:end]
        text = "".join(t.text if t is tokens[0] else t.gap + t.text for t in tokens)  # "A2" is two tokens
        text = text if text in sense.values else single(text) or text
        cue = marked.cue(start - 1) if start else None
        if cue is not None and "relax" in cue.value and text in sense.values:
            return True  # "forget about R"
        exact = text.isupper() and text in sense.values
        if len(text) > 1 and (exact or self._no_word(text)):
            return True
        if self._grades(marked, start, end, exact) or (exact and self._stands_for(marked, start, end)):
            return True
        if self._item(marked, start, end, exact):
            return True
        article = text.casefold() in self._language.words["article"]
        small = self._language.empty(text.casefold()) and len(text) < 4
        common = small and not (exact and not article and text != "I")  # "no it"
        others = (marked.words[start:end],) if start + 1 == end else ()
        more = any(words in self._language.commands["more"] for words in others)  # "other, please"
        return text.isalpha() and not common and not more and self._alone(marked, start)

    def _no_word(self, text: str) -> bool:
        """ "xl", "hd": two letters that nobody writes for anything else."""
        word, sets = text.casefold(), self._language.words
        if len(word) != 2 or not word.isalpha() or self._language.empty(word):
            return False
        return not (word in sets["name_links"] | sets["companions"] or word in self._vocabulary.units)

    def _grades(self, marked: Marked, start: int, end: int, exact: bool) -> bool:
        """ "Rated A", "graded b", "A-rated", "an A label"."""
        words, graded = marked.words, self._language.words["graded_by"]
        closed = end >= len(words) or marked.tokens[end].breaks or marked.tokens[end].comma
        if start and not marked.breaks[start] and words[start - 1] in graded:
            return exact or closed or not self._language.empty(words[start])  # "I rated a film 5"
        follows = not closed and words[end] in graded
        return follows and (exact or not self._language.empty(words[start]))

    def _item(self, marked: Marked, start: int, end: int, exact: bool) -> bool:
        """ "R films", "the G ones", "any A records": an item, or another value of one, follows at once."""
        words, breaks = marked.words, marked.breaks
        if end >= len(words) or breaks[end] or marked.tokens[end].comma:
            return False
        if not exact and self._language.empty(words[start]):
            return False
        named = self._vocabulary.nouns.at(words, breaks, end) is not None
        named = named or words[end] in self._language.words["placeholders"]
        named = named or self._language.forms.singular(words[end]) in self._vocabulary.lines  # "an M shirt"
        value = self._vocabulary.values.at(words, breaks, end)
        named = named or (exact and value is not None and any(s.own and not s.weak for s in value.value))
        several = self._language.forms.singular(words[end]) != words[end]
        first = start == 0 or breaks[start]
        return named and (several or not (first and words[start] in self._language.words["article"]))

    def _stands_for(self, marked: Marked, start: int, end: int) -> bool:
        """ "In an L", "a red one, M", "those that are R": a capital behind an article, or a phrase of its own."""
        words, tokens, sets = marked.words, marked.tokens, self._language.words
        closed = end >= len(words) or tokens[end].breaks or tokens[end].comma
        if words[start] == "i" or not start:
            return False
        if tokens[start].comma or tokens[start].breaks:
            return closed
        before = words[start - 1]
        if before in sets["article"] | sets["sized_in"]:
            return closed or not tokens[end].capital  # "in M", but not "in A Coruña"
        return closed and before in sets["copulas"]

    def _alone(self, marked: Marked, index: int) -> bool:
        """ "I'd like R.", "no R": the letter ends its sentence, and beside it there is only asking or refusing."""
        first = max((i for i in range(index + 1) if marked.breaks[i]), default=0)
        last = min((i for i in range(index + 1, len(marked.words)) if marked.breaks[i]), default=len(marked.words))
        others = [i for i in range(first, last) if i != index]
        if index + 1 < last and self._settled(marked, index, last):
            return True
        behind = [marked.words[i] for i in others if i > index]
        polite = all(word in self._language.politeness for word in behind)  # "u r great" is no certificate
        if not polite and (len(marked.words[index]) == 1 or not all(map(self._language.empty, behind))):
            return False
        return all(self._language.empty(marked.words[i]) or marked.cue(i) is not None for i in others)

    def _settled(self, marked: Marked, index: int, last: int) -> bool:
        """ "R would be best", "R it is", "no R for me", "R is not for me": what stands behind it speaks of a value."""
        while last > index + 2 and marked.words[last - 1] in self._language.politeness:
            last -= 1
        after = marked.cue(index + 1)
        if after is not None and after.start == index + 1 and after.end >= last:
            return bool(_ABOUT_VALUES & set(after.value))
        return marked.words[index + 1 : last] in self._language.answers["chosen"]
