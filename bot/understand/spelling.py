"""Slips of the fingers in the words that conditions and acts are made of: "lnger", "Unedr 90 mnutes", "Draa".

A word that nobody writes, because it stands neither in English, nor in the lexicon, nor in the catalogue, becomes the
word of the lexicon or of the catalogue's fields and values that is a single slip away: a letter lost, doubled or wrong,
or two in each other's place (Damerau, CACM 7, 1964). A slip that makes another English word ("no latter than 1995",
"bellow $50", "lave out horror") is put right only where it would complete a phrase that turns a condition around or
bounds it, and what the phrase speaks of stands beside it. Titles have a matching of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from itertools import groupby, pairwise
from types import MappingProxyType

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.understand.tokens import fold

Words = tuple[str, ...]

RARE = 60  # uses in the list: rarer words are likelier slips ("seel" for "steel")
_ODD = 1500  # the same where the word that is meant would complete a phrase ("it doesn't mater")
_ALL_THE_TIME = 1000  # times as often
_SHORTEST = 4  # letters of a word that a slip is looked for in
_LONGEST = 5  # words of a phrase
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[$€£¥₹]?\d[\d,.]*")
_ENDS = re.compile(r"[.!?;\n()\[\]…—]")


@cache
def english() -> Mapping[str, int]:
    """English words and how often each is used (the list of pyspellchecker; OpenSubtitles)."""
    from spellchecker import SpellChecker

    dictionary: Mapping[str, int] = SpellChecker(language="en").word_frequency.dictionary
    return dictionary


def written(word: str) -> bool:
    """Whether people write this word, so that it is hardly a slip."""
    return english().get(word, 0) >= RARE


def may_mean(said: str, meant: str) -> bool:
    """Whether a word that looks like another may be a slip of it: an English one only if a letter is lost or doubled
    or two are in each other's place, so "russel" may be Russell, and "weather" no leather."""
    near = meant[0] == said[0] and OSA.distance(said, meant, score_cutoff=1) <= 1
    return not written(said) or (near and _slip(meant, said) > 1)


class Spelling:
    """Corrects messages about one catalogue."""

    def __init__(
        self,
        language: Iterable[str],
        catalogue: Set[str],
        known: Set[str],
        phrases: Mapping[Words, bool] = MappingProxyType({}),
        values: Set[str] = frozenset(),
    ) -> None:
        """Words of the lexicon and of fields and values, in which slips are looked for; `known` are all others that
        somebody may write: the words of titles. `phrases` turn a condition around or bound a number (True); `values`
        are words that such a phrase may stand beside. All casefolded, without apostrophes."""
        self._language, self._catalogue, self._values = frozenset(language), catalogue, values
        meant = {word for word in (*self._language, *catalogue) if len(word) >= _SHORTEST and word.isalpha()}
        self._known = known | meant
        # The first letter is hardly ever the wrong one (Yannakoudakis and Fawthrop, 1983).
        self._beginning = {letter: tuple(words) for letter, words in groupby(sorted(meant), key=lambda word: word[0])}
        self._phrases: dict[tuple[Words, Words], list[str]] = {}  # by the words before and behind the one that is left
        self._whole = {phrase: bounds for phrase, bounds in phrases.items() if len(phrase) <= _LONGEST}
        for phrase in self._whole:
            for place, word in enumerate(phrase):
                if len(word) >= _SHORTEST:
                    self._phrases.setdefault((phrase[:place], phrase[place + 1 :]), []).append(word)

    def corrected(self, text: str, kept: Sequence[tuple[int, int]] = ()) -> str:
        """The text with its slips put right; anything that might be meant as it is stays, and all at the places `kept`
        (characters, from and to)."""
        found = list(_WORD.finditer(text))
        words = tuple(fold(match[0].replace("’", "'")) for match in found)
        breaks = [bool(i and _ENDS.search(text, found[i - 1].end(), match.start())) for i, match in enumerate(found)]
        out, end = [], 0
        for index, match in enumerate(found):
            if len(words[index]) < _SHORTEST or not words[index].isalpha():
                continue
            if any(first <= match.start() < last for first, last in kept):
                continue
            near = (self._completing(words, breaks, index), self._alone(words[index], match[0]))
            meant = max((word for word in near if word), key=lambda word: _slip(word, words[index]), default=None)
            if meant is not None and meant != words[index]:
                out += [text[end : match.start()], meant.capitalize() if match[0][0].isupper() else meant]
                end = match.end()
        return "".join((*out, text[end:]))

    def _alone(self, said: str, typed: str) -> str | None:
        if said in self._known or typed.casefold() in self._known:
            return None
        if written(typed.casefold().replace("’", "'")):
            return self._likelier(said)
        near = extract(said, self._beginning.get(said[0], ()), scorer=OSA.distance, score_cutoff=1, limit=12)
        fitting = [meant for meant, _, _ in near]
        if said != typed.casefold():  # "shoudn't", but never "Muriel's"
            fitting = [meant for meant in fitting if f"{meant[:-1]}'{meant[-1]}" in english() and meant[-1] == said[-1]]
        if not fitting:
            return None
        return max(fitting, key=lambda w: (_slip(w, said), w[-1] == said[-1], w in self._catalogue, _uses(w), w))

    def _likelier(self, said: str) -> str | None:
        """What an odd English word is likelier to be: a value with letters in each other's place, one doubled or one
        lost ("stele", "lather"), or a word that is used all the time ("pease")."""
        if _uses(said) >= _ODD:
            return None
        near = extract(said, self._beginning.get(said[0], ()), scorer=OSA.distance, score_cutoff=1, limit=12)
        slips = [(_slip(meant, said), meant) for meant, _, _ in near]
        likely = [
            (slip, meant)
            for slip, meant in slips
            if slip > 1 and (meant in self._values or _uses(meant) >= _ALL_THE_TIME * _uses(said))
        ]
        return max(likely)[1] if likely else None

    def _completing(self, words: Words, breaks: Sequence[bool], index: int) -> str | None:
        """The word that completes a phrase with those beside it, or with those behind a value: "leve horror out"."""
        said = words[index]
        if said in self._values or self._stands(words, index):
            return None
        strange = _uses(said) < _ODD and said not in self._language
        found = self._in_phrase(words, breaks, index, strange)
        if found is None and strange and index + 1 < len(words) and words[index + 1] in self._values:
            rest = [i for i in range(len(words)) if i <= index or not self._is_value(words[i])]
            found = self._in_phrase(tuple(words[i] for i in rest), [breaks[i] for i in rest], index, True)
        return found

    def _in_phrase(self, words: Words, breaks: Sequence[bool], index: int, strange: bool) -> str | None:
        said = words[index]
        best: tuple[int, int, str] | None = None
        for first in range(max(0, index - _LONGEST + 1), index + 1):
            for end in range(index + 1, min(len(words), first + _LONGEST) + 1):
                if any(breaks[first + 1 : end]):
                    break
                before, behind = words[first:index], words[index + 1 : end]
                for meant in self._phrases.get((before, behind), ()):
                    bounds = self._whole[*before, meant, *behind]
                    near = meant[0] == said[0] and OSA.distance(meant, said, score_cutoff=1) == 1
                    if near and self._fits(words, breaks, first, end, strange, bounds):
                        best = max(best or (0, 0, ""), (end - first, _slip(meant, said), meant))
        return best[2] if best is not None else None

    def _stands(self, words: Words, index: int) -> bool:
        """Whether the word is part of such a phrase as it is."""
        return any(
            words[first:end] in self._whole
            for first in range(max(0, index - _LONGEST + 1), index + 1)
            for end in range(index + 1, min(len(words), first + _LONGEST) + 1)
        )

    def _fits(self, words: Words, breaks: Sequence[bool], first: int, end: int, strange: bool, bounds: bool) -> bool:
        """Whether the phrase makes sense here: an odd word completes it, or a number or a value follows at once."""
        follows = end < len(words) and not breaks[end]
        if end - first > 1:
            return strange or (follows and self._is_value(words[end]))
        if not follows or not written(words[first]) or words[first] in self._language:
            return False  # what nobody writes may as well be another word
        return not words[end].isalpha() if bounds else strange and self._only_values(words, breaks, end)

    def _only_values(self, words: Words, breaks: Sequence[bool], index: int) -> bool:
        """Whether values stand here and fill the sentence: "Avid horror.", but not "Avid horror fan"."""
        last = next((i for i in range(index, len(words)) if breaks[i]), len(words))
        return last > index and all(word in self._values for word in words[index:last])

    def _is_value(self, word: str) -> bool:
        return not word.isalpha() or word in self._values


def _slip(meant: str, said: str) -> int:
    """How likely this slip is: letters in each other's place or one doubled, one lost, another one, one too many."""
    if sorted(meant) == sorted(said):
        return 3
    if len(said) > len(meant):
        doubled = (i for i, (one, next_one) in enumerate(pairwise(said)) if one == next_one)
        return 3 if any(said[:i] + said[i + 1 :] == meant for i in doubled) else 0
    return 2 if len(said) < len(meant) else 1


def _uses(word: str) -> int:
    return english().get(word, 0)
