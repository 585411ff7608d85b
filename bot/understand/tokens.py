"""Words with their places. Titles, values, the lexicon and messages are all cut by the same knife, so they match."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

# A number, a word with its apostrophes, a sign that means something beside a number, or an ampersand.
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|<=|>=|[$€£¥₹%&+~<>=#]")
_FRACTION = re.compile("[\u00bc-\u00be\u2150-\u215f\u2189]")  # ½ and its like, each one character
_HARD = frozenset(".!?;\n()[]…—")
_PARTS = frozenset("234")  # halves, thirds and quarters: "2 4/5" is a number and a rating
T = TypeVar("T")


@dataclass(frozen=True)
class Token:
    """One word. `norm` is lower case without accents or apostrophes; `gap` is what stands before it."""

    text: str
    norm: str
    gap: str
    start: int  # characters in the cleaned message
    end: int
    index: int

    @property
    def capital(self) -> bool:
        """Written with a capital letter (I alone does not count): "Heat", "eXistenZ"."""
        return self.text != self.text.lower() and self.text not in ("I", "I'm", "I've", "I'd", "I'll")

    @property
    def breaks(self) -> bool:
        """Whether a sentence or a bracket ends before this word."""
        return not _HARD.isdisjoint(self.gap) or " - " in self.gap or " – " in self.gap

    @property
    def comma(self) -> bool:
        """Whether a comma stands before this word."""
        return "," in self.gap


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes."""
    if text.isascii():
        return text.lower().replace("'", "").replace(",", "")
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c) and c not in "',")


def fractions_apart(text: str) -> str:
    """ "5½" as it is typed on most keyboards, "5 1/2": compatibility forms would make fifty-one of it."""
    return text if text.isascii() else _FRACTION.sub(_apart, text)


def _apart(found: re.Match[str]) -> str:
    blank = " " if found.start() and found.string[found.start() - 1].isdigit() else ""
    return blank + unicodedata.normalize("NFKC", found.group()).replace("\u2044", "/")


def tokenize(text: str) -> tuple[Token, ...]:
    """The words of a cleaned text, in order."""
    text = fractions_apart(text)
    out: list[Token] = []
    end = 0
    for index, match in enumerate(_TOKEN.finditer(text)):
        word = match.group()
        out.append(Token(word, fold(word), text[end : match.start()], match.start(), match.end(), index))
        end = match.end()
    return tuple(out)


def fraction(tokens: Sequence[Token], index: int) -> float:
    """The share that "1/2" behind a whole number adds to it, by the word it begins with; 0 if there is none."""
    if not 0 < index < len(tokens) - 1 or not tokens[index - 1].norm.isdigit():
        return 0.0
    above, below = tokens[index], tokens[index + 1]
    written = above.gap.isspace() and below.gap == "/" and above.norm.isdigit() and below.norm in _PARTS
    return int(above.norm) / int(below.norm) if written and 0 < int(above.norm) < int(below.norm) else 0.0


def norms(text: str) -> tuple[str, ...]:
    """The normal forms of a text's words."""
    return tuple(fold(m.group()) for m in _TOKEN.finditer(fractions_apart(text).replace("’", "'")))


def in_a_row(run: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether the run stands in a row among the words."""
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))


@dataclass(frozen=True)
class Match(Generic[T]):
    """Words `start` to `end` (exclusive) stand for `value`."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """Phrases by their words. A phrase never spans the end of a sentence."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], T]]) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], list[T]]] = {}
        self._longest: dict[str, int] = {}
        for words, value in entries:
            if words:
                self._by_first.setdefault(words[0], {}).setdefault(words, []).append(value)
                self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    @property
    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(word for phrases in self._by_first.values() for phrase in phrases for word in phrase)

    def entries(self) -> Iterator[tuple[tuple[str, ...], list[T]]]:
        """Every phrase with what it stands for."""
        for phrases in self._by_first.values():
            yield from phrases.items()

    def at(self, words: tuple[str, ...], breaks: tuple[bool, ...], start: int) -> Match[list[T]] | None:
        """The longest phrase that starts at this word, with everything it stands for."""
        phrases = self._by_first.get(words[start])
        if phrases is None:
            return None
        for end in range(min(len(words), start + self._longest[words[start]]), start, -1):
            found = phrases.get(words[start:end])
            if found is not None and not any(breaks[start + 1 : end]):
                return Match(start, end, found)
        return None

    def all(self, words: tuple[str, ...], breaks: tuple[bool, ...]) -> list[Match[list[T]]]:
        """Every longest phrase from left to right, without overlap."""
        out: list[Match[list[T]]] = []
        start = 0
        while start < len(words):
            match = self.at(words, breaks, start)
            if match is None:
                start += 1
            else:
                out.append(match)
                start = match.end
        return out


@dataclass(frozen=True)
class Forms:
    """How words change their form, as suffix rules of one language (from the lexicon)."""

    plural: tuple[tuple[str, str], ...]
    plural_not: tuple[str, ...]
    comparative: tuple[tuple[str, str], ...]
    superlative: tuple[tuple[str, str], ...]
    irregular: Mapping[str, tuple[str, ...]]
    adverb: str  # the ending of adverbs

    def singular(self, word: str) -> str:
        """The form under which values and words of a message meet; not always a real singular."""
        if len(word) > 3 and not word.endswith(self.plural_not):
            for suffix, instead in self.plural:
                if word.endswith(suffix):
                    return word[: -len(suffix)] + instead
        return word

    def bare(self, word: str) -> str:
        """Without a final s, for "shoes" and "cookies", which the rules of `singular` make something else of."""
        return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(self.plural_not) else word

    def compared(self, word: str) -> tuple[str, str]:
        """("funny") -> ("funnier", "funniest"); the last consonant of a short word is doubled (big, bigger)."""
        if word in self.irregular:
            more, most = self.irregular[word]
            return more, most
        return self._with(word, self.comparative), self._with(word, self.superlative)

    def _with(self, word: str, rules: tuple[tuple[str, str], ...]) -> str:
        for suffix, instead in rules:
            if suffix and word.endswith(suffix):
                return word[: -len(suffix)] + instead
        double = len(word) == 3 and word[1] in "aeiou" and word[2] not in "aeiouwxy"
        return word + (word[-1] if double else "") + rules[-1][1]

    def bases(self, comparative: str) -> tuple[str, ...]:
        """Words whose comparative this is: "newer" -> ("new", ...). Some of them may not exist, which does no harm."""
        for base, (more, _) in self.irregular.items():
            if comparative == more:
                return (base,)
        out = [
            comparative[: -len(instead)] + suffix
            for suffix, instead in self.comparative
            if comparative.endswith(instead) and len(comparative) > len(instead) + 1
        ]
        return tuple(base for base in (*out, *(b[:-1] for b in out)) if self.compared(base)[0] == comparative)
