"""Titles written out as the catalogue writes them. They are found first, so that no word, number or stop inside one is
taken for a part of the sentence: "Dr. No", "Scotland, Pa.", "South Park: Bigger, Longer and Uncut"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.understand.lexicon import Lexicon
from bot.understand.titles import called
from bot.understand.tokens import Phrases, Token, fractions_apart, tokenize
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Item

_WHOLE = 4  # words of a title that is meant without its capitals


@dataclass(frozen=True)
class Written:
    """Words `start` to `end` are a title, written `name` by the catalogue."""

    start: int
    end: int
    name: str


class WrittenTitles:
    """The names of a catalogue's items as written, of two words and more."""

    def __init__(self, items: Sequence[Item], vocabulary: Vocabulary, language: Lexicon) -> None:
        self._language, self._vocabulary = language, vocabulary
        names = {name.replace("’", "'") for names in called(items) for name in names}  # as messages have it
        written = [(name, tokenize(name)) for name in names]
        self._phrases = Phrases(
            (tuple(t.norm for t in tokens), name) for name, tokens in written if _apart(name, tokens)
        )

    def whole(self, words: tuple[str, ...]) -> bool:
        """Whether it is a title of so many words, not all of them small, that it is meant wherever it stands."""
        found = self._phrases.at(words, (False,) * len(words), 0) if len(words) >= _WHOLE else None
        return found is not None and found.end == len(words) and not all(map(self._language.empty, words))

    def find(self, tokens: Sequence[Token]) -> tuple[Written, ...]:
        """Every title in the words of a message, with its capitals or of many words, the longest first found."""
        words = tuple(t.norm for t in tokens)
        unbroken = (False,) * len(words)
        found: list[tuple[Written, bool]] = []
        start = 0
        while start < len(words):
            match = self._phrases.at(words, unbroken, start)
            if match is not None and self._rates(words, match.end):
                match = self._phrases.at(words[: match.end - 1], unbroken, start)  # "Final Destination 5 stars"
            name = None if match is None else self._cased(tokens, match.start, match.end, match.value)
            if match is not None and (name is not None or self.whole(words[start : match.end])):
                found.append((Written(start, match.end, name or match.value[0]), name is not None))
                start = match.end
            else:
                start += 1
        inside = {i for one, _ in found for i in range(one.start, one.end)}
        tells = self._capitals_tell([t for t in tokens if t.index not in inside])
        return tuple(
            one
            for one, cased in found
            if (cased and tells and self._named(tokens, one)) or self.whole(words[one.start : one.end])
        )

    def _rates(self, words: tuple[str, ...], end: int) -> bool:
        return words[end - 1].isdigit() and end < len(words) and words[end] in self._language.rating_units

    def _cased(self, tokens: Sequence[Token], start: int, end: int, names: Sequence[str]) -> str | None:
        """The name with these capitals; one of a single word must have its own signs too: "Oliver! and Heat"."""
        said = [t.text for t in tokens[start:end]]
        behind = tokens[end].gap if end < len(tokens) and not tokens[end].capital else ""
        for name in names:
            head, own, tail = parts(name)
            signed = (tail and behind.startswith(tail)) or (head and tokens[start].gap.endswith(head))
            if [t.text for t in own] == said and (len(own) > 1 or signed):
                return name
        return None

    def _capitals_tell(self, tokens: Sequence[Token]) -> bool:
        """Whether not everything else is written with capitals."""
        letters = [t for t in tokens if t.text[:1].isalpha() and t.text != "I"]
        small = sum(t.text.islower() for t in letters)
        return small * 4 >= small + sum(t.capital and t.index > 0 and not t.breaks for t in letters)

    def _named(self, tokens: Sequence[Token], one: Written) -> bool:
        """Whether a capital inside the sentence says that this is a name, which ends here and is no value."""
        words = tuple(t.norm for t in tokens)
        own = tokens[one.start : one.end]
        head, _, _ = parts(one.name)
        opens = replace(own[0], gap=own[0].gap.removesuffix(head)).breaks
        if not any(t.capital and t.index > 0 and not (opens and t.index == one.start) for t in own):
            return False
        value = self._vocabulary.values.at(words, (False,) * len(words), one.start)
        if value is not None and value.end >= one.end and any(not sense.weak for sense in value.value):
            return False
        after = tokens[one.end] if one.end < len(tokens) else None
        if after is None or after.gap.strip():
            return True
        goes_on = after.capital or (after.text.isdigit() and len(after.text) < 3 and self._last(tokens, one.end))
        return not goes_on or self._language.empty(after.norm)

    def _last(self, tokens: Sequence[Token], index: int) -> bool:
        """Whether nothing of the sentence follows word `index`: "Alien 4", but not "Alien 5 stars"."""
        return index + 1 >= len(tokens) or bool(tokens[index + 1].gap.strip())


def parts(name: str) -> tuple[str, tuple[Token, ...], str]:
    """What stands before a name's first word, its words, and what stands behind the last: "[", REC, "]"."""
    name = fractions_apart(name)
    own = tokenize(name)
    return (own[0].gap, own, name[own[-1].end :]) if own else (name, (), "")


def _apart(name: str, tokens: Sequence[Token]) -> bool:
    """Whether a title can be told from the sentence's own words: by several words, or by signs round one."""
    head, _, tail = parts(name)
    return len(tokens) > 1 or bool(tokens and (head + tail).strip())


def joined(tokens: Sequence[Token], names: Sequence[Written]) -> tuple[Token, ...]:
    """The words again, without the stops that belong to titles: inside them, before and behind."""
    out = list(tokens)
    for one in names:
        for index in range(one.start + 1, one.end):
            out[index] = replace(out[index], gap=" ")
        head, _, tail = parts(one.name)
        if head and out[one.start].gap.endswith(head):
            out[one.start] = replace(out[one.start], gap=out[one.start].gap.removesuffix(head))
        if tail and one.end < len(out) and not out[one.end].capital and out[one.end].gap.startswith(tail):
            out[one.end] = replace(out[one.end], gap=out[one.end].gap.removeprefix(tail))
    return tuple(out)


def hidden(text: str, tokens: Sequence[Token], names: Sequence[Written]) -> str:
    """The text with every title as one word of the same length, so that a form of words looks past them."""
    out = text
    for one in names:
        start, end = tokens[one.start].start, tokens[one.end - 1].end
        _, _, tail = parts(one.name)
        ends = end + len(tail) == len(text) and tail.endswith("?")  # the sentence's own sign
        end += len(tail) if text.startswith(tail, end) and not ends else 0
        out = out[:start] + "X" + "x" * (end - start - 1) + out[end:]
    return out
