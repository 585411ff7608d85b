"""The catalogue's titles and the ways people write them. Says which rows a piece of text may mean, and how surely."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.understand.fuzzy import FuzzyIndex
from bot.understand.lexicon import Lexicon, Words
from bot.understand.spelling import written
from bot.understand.tokens import norms
from retrieval.schema import IntArray, Item

LEAD = 5  # a reading is taken when it has this many times the interactions of the next
CHOICES = 6  # readings that are worth asking about
LONGEST = 14  # words of a title that are looked up
_SIMILAR = 84.0  # per cent, of the whole title
_WORD_SIMILAR = 72.0  # per cent, of each word
_RARE = 12  # a word in more titles than this names none of them
_INITIALS = 3  # letters at least
_SLIP = 4  # letters of a word in which a slip is looked for, at least
_PARTS = re.compile(r"\s*(?::|\s[-–—]\s|\(|\)|\bor,)\s*")
_INITIALISM = re.compile(r"(?:[^\W\d_]\.){2,}(?=\s)")


def called(items: Sequence[Item]) -> list[tuple[str, ...]]:
    """By row the item's names: its title, its others, and the initials that no other title opens with, "E.T." of "E.T.
    the Extra-Terrestrial"."""
    names = [(item.title, *item.aliases) for item in items]
    opening = [{found[0] for name in own if (found := _INITIALISM.match(name))} for own in names]
    counted = Counter(initials for found in opening for initials in found)
    return [(*own, *(i for i in found if counted[i] == 1)) for own, found in zip(names, opening, strict=True)]


@dataclass(frozen=True)
class Reading:
    """Rows that some words may mean, the most interacted with first; `exact` when the words are a whole title."""

    rows: tuple[int, ...]
    exact: bool
    score: float = 100.0


class Titles:
    """Whole titles, their parts ("Star Wars" of "Star Wars: A New Hope"), their other names, and their words."""

    def __init__(self, items: Sequence[Item], counts: IntArray, language: Lexicon) -> None:
        self._counts = counts
        self._language = language
        self._and = min(language.words["joining"])
        whole: dict[Words, list[int]] = {}
        part: dict[Words, list[int]] = {}
        by_word: dict[str, list[int]] = {}
        named = called(items)
        for row, names in enumerate(named):
            keys, parts = self._names(names)
            for key in keys:
                whole.setdefault(key, []).append(row)
            for key in parts - keys:
                part.setdefault(key, []).append(row)
            for word in {word for key in keys for word in key}:
                by_word.setdefault(word, []).append(row)
        self._whole, self._part, self._by_word = whole, part, by_word
        self._initial = {letter: tuple(found) for letter, found in groupby(sorted(by_word), key=lambda word: word[0])}
        self._initials: dict[str, dict[Words, list[int]]] = {}
        pieces = [_PARTS.split(name) for names in named for name in names]
        self._series = {norms(first) for first, *rest in pieces if rest}
        self._written: dict[Words, list[int]] = {}
        for row, names in enumerate(named):
            for name in {norms(name) for name in names}:
                self._written.setdefault(name, []).append(row)
        for name in {*whole, *part, *self._written}:  # "The Big Lebowski" is TBL, "The Lord of the Rings" LOTR
            if len(name) >= _INITIALS:
                key = self._bare(name)
                letters = "".join(w[0] for w in name)
                self._initials.setdefault(letters, {})[key] = [*whole.get(key, ()), *part.get(key, ())]
        self._keys = tuple({*whole, *part})
        self._similar = FuzzyIndex(tuple(" ".join(key) for key in self._keys))
        self._longest = min(LONGEST, max((len(key) for key in self._keys), default=0))

    @property
    def longest(self) -> int:
        """Words of the longest title that can be found."""
        return self._longest

    def written(self, words: Words) -> bool:
        """Whether a title is written just so, its article included."""
        return words in self._written

    def exact(self, words: Words) -> Reading | None:
        """The rows with this title, else those with this as a part of it; articles do not count."""
        key = self._bare(words)
        whole = self._whole.get(words) or self._whole.get(key) or ()
        part = self._part.get(words) or self._part.get(key) or ()
        # Who writes a title out does not mean a later part of another one, nor a series of another name.
        series = words in self._series or words not in self._written
        if whole and part and series and self._most(part) >= LEAD * max(self._most(whole), 1):
            return Reading(self._ordered([*whole, *part]), False)  # the films of a series against a namesake
        rows = self._as_written(words, whole) or part
        return Reading(self._ordered(rows), bool(whole)) if rows else None

    def _as_written(self, words: Words, rows: Sequence[int]) -> Sequence[int]:
        """Those of the rows whose title has its article just as these words have it: "Boy" is not The Boy. Articles are
        left out rather than added, so without one the others are meant if they are known far better."""
        own = [row for row in rows if row in self._written.get(words, ())]
        others = [row for row in rows if row not in own]
        added = words[0] in self._language.words["leading"]
        return own if own and others and (added or self._most(others) < LEAD * max(self._most(own), 1)) else rows

    def similar(self, words: Words) -> Reading | None:
        """The rows whose title these words misspell. Every telling word must have its like on the other side."""
        key = self._bare(words)
        if len(key) > 1 and any(sorted(key[0]) == sorted(w) for w in self._language.words["leading"]):
            key = key[1:]  # "teh matrix"
        best: list[tuple[float, Words]] = []
        for position, score in self._similar.search(" ".join(key), _SIMILAR):
            if self._alike(key, self._keys[position]):
                best.append((score, self._keys[position]))
        if not best:
            return None
        top = best[0][0]
        rows = [row for score, found in best if score >= top - 2 for row in self._rows(found)]
        return Reading(self._ordered(rows), True, top)

    def naming(self, words: Words) -> Reading | None:
        """The rows whose titles hold all these words, when at least one of them is rare: "Lebowski"."""
        telling = [w for w in words if w not in self._language.function_words]
        if all(w.isdigit() for w in telling) or len(words) > 6 or any(map(self._language.empty, telling)):
            return None
        lists = [set(self._by_word.get(word, ())) for word in telling]
        if min(map(len, lists)) > _RARE or max(map(len, telling)) < 5:
            return None
        rows = set.intersection(*lists)
        return Reading(self._ordered(rows), False, 90.0) if rows and len(rows) <= CHOICES else None

    def slipped(self, words: Words, told: Sequence[bool], most: int = 3) -> Iterator[tuple[int, int, Reading]]:
        """Titles of several words of which one is typed with a slip: "back to the futuer". `told` are words that
        neither the language nor the catalogue's values explain; the first `most` of those that no title has count."""
        strange = [i for i, w in enumerate(words) if told[i] and len(w) >= _SLIP and w.isalpha()]
        for index in [i for i in strange if words[i] not in self._by_word and not written(words[i])][:most]:
            said = words[index]
            for meant, _, _ in extract(said, self._initial.get(said[0], ()), scorer=OSA.distance, score_cutoff=1):
                fixed = (*words[:index], meant, *words[index + 1 :])
                runs = (
                    (start, end)
                    for start in range(max(0, index - self._longest + 1), index + 1)
                    for end in range(min(len(words), start + self._longest), index, -1)
                    if end - start > 1
                )
                found = ((start, end, self.exact(fixed[start:end])) for start, end in runs)
                yield from ((start, end, reading) for start, end, reading in found if reading is not None)

    def initials(self, word: str) -> Reading | None:
        """The one title or series whose words begin with these letters: "LOTR"."""
        names = self._initials.get(word, {})
        if len(names) != 1:
            return None
        return Reading(self._ordered(next(iter(names.values()))), False, 90.0)

    def decided(self, reading: Reading) -> tuple[int, ...]:
        """One row when the reading is clear, else those to ask about."""
        rows = reading.rows
        if len(rows) == 1:
            return rows
        first, second = int(self._counts[rows[0]]), int(self._counts[rows[1]])
        return rows[:1] if first >= LEAD * second and first > 0 else rows[:CHOICES]

    def _rows(self, key: Words) -> list[int]:
        return [*self._whole.get(key, ()), *self._part.get(key, ())]

    def _most(self, rows: Sequence[int]) -> int:
        return max(int(self._counts[row]) for row in rows)

    def _ordered(self, rows: Sequence[int] | set[int]) -> tuple[int, ...]:
        return tuple(sorted(set(rows), key=lambda row: (-int(self._counts[row]), row)))

    def _bare(self, words: Words) -> Words:
        """Without a leading article; "&" is written "and"."""
        key = tuple(self._and if word == "&" else word for word in words)
        return key[1:] if len(key) > 1 and key[0] in self._language.words["leading"] else key

    def _names(self, names: Sequence[str]) -> tuple[set[Words], set[Words]]:
        whole, parts = set(), set()
        for name in names:
            key = self._bare(norms(name))
            if key:
                whole.add(key)
            for piece in _PARTS.split(name):
                words = self._bare(norms(piece))
                # A part that is one short or empty word ("It", "2") names nothing.
                empty = all(self._language.empty(w) or len(w) < 3 or w.isdigit() for w in words)
                if words and words != key and not empty:
                    parts.add(words)
        return whole, parts

    def _alike(self, said: Words, title: Words) -> bool:
        left, right = list(self._telling(said)), list(self._telling(title))
        if not left or not right:
            return False
        if {w for w in left if w.isdigit()} != {w for w in right if w.isdigit()}:
            return False  # Alien 4 is not Alien 3
        if len(left) == len(right) == 1 and min(len(left[0]), len(right[0])) < 5:
            return left == right  # Bond is not Bound
        joined = fuzz.ratio("".join(left), "".join(right)) >= 93  # "starwars"
        return joined or (_covered(left, right) and _covered(right, left))

    def _telling(self, words: Words) -> Iterator[str]:
        told = [w for w in words if w not in self._language.function_words]
        yield from told or words


def _covered(words: list[str], others: list[str]) -> bool:
    return all(any(_same(word, other) for other in others) for word in words)


def _same(word: str, other: str) -> bool:
    if word == other:
        return True
    if min(len(word), len(other)) < 4:
        # "teh" is "the" with two letters swapped; otherwise short words must agree.
        return len(word) == len(other) == 3 and sorted(word) == sorted(other)
    return fuzz.ratio(word, other) >= _WORD_SIMILAR
