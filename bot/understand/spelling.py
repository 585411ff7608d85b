"""Slips of the fingers in the words that conditions and acts are made of: "lnger", "Unedr 90 mnutes", "Draa".

A word is looked at only when nobody writes it: it stands neither in English, nor in the lexicon, nor in the catalogue.
Then it becomes the one word of the lexicon or of the catalogue's fields and values that is a single slip away: a letter
lost, doubled or wrong, or two in each other's place (Damerau, CACM 7, 1964). Titles have a matching of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from functools import cache
from itertools import groupby

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_WORD = re.compile(r"(?<!['’\w])[^\W\d_]{4,}(?!['’\w])")


RARE = 60  # uses in the list: rarer words are likelier slips ("seel" for "steel")


@cache
def english() -> Mapping[str, int]:
    """English words and how often each is used (the list of pyspellchecker; OpenSubtitles)."""
    from spellchecker import SpellChecker

    dictionary: Mapping[str, int] = SpellChecker(language="en").word_frequency.dictionary
    return dictionary


class Spelling:
    """Corrects messages about one catalogue."""

    def __init__(self, language: Iterable[str], catalogue: Set[str], known: Set[str]) -> None:
        """Words of the lexicon and of fields and values, in which slips are looked for; `known` are all others that
        somebody may write: the words of titles. All casefolded."""
        self._catalogue = catalogue
        meant = {word for word in (*language, *catalogue) if _WORD.fullmatch(word)}
        self._known = known | meant
        # The first letter is hardly ever the wrong one (Yannakoudakis and Fawthrop, 1983).
        self._beginning = {letter: tuple(words) for letter, words in groupby(sorted(meant), key=lambda word: word[0])}

    def corrected(self, text: str) -> str:
        """The text with its slips put right; anything that might be meant as it is stays."""
        return _WORD.sub(lambda word: self._word(word[0]), text)

    def _word(self, word: str) -> str:
        said = word.casefold()
        if said in self._known or english().get(said, 0) >= RARE:
            return word
        near = extract(said, self._beginning.get(said[0], ()), scorer=OSA.distance, score_cutoff=1, limit=8)
        fitting = [meant for meant, _, _ in near]
        if not fitting:
            return word
        meant = max(fitting, key=lambda w: (w[-1] == said[-1], w in self._catalogue, english().get(w, 0), w))
        return meant.capitalize() if word[0].isupper() else meant
