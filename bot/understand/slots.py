"""Where a message has room for a title: the object of "loved", what "was great" is said of, a name alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.understand.lexicon import Lexicon, Marked, speaks
from bot.understand.tokens import Match
from bot.understand.vocabulary import Vocabulary

OPENERS = frozenset(
    {
        "like",
        "dislike",
        "seen",
        "rate",
        "similar",
        "why",
        "why_not",
        "facts",
        "compare",
        "what_if",
        "than",
        "forget",
        "mine",
    }
)
EXPERIENCE = frozenset({"like", "dislike", "seen", "rate"})
OUT_OF = frozenset({"4", "5", "6", "10", "20", "100"})  # what people rate out of
_ENDS_SLOT = frozenset({"but", "subject", "request", "accept", "relax"})
_SHORT = 8  # words: a message no longer than this may be nothing but a name


@dataclass(frozen=True)
class Slot:
    """Words that stand where an item is expected: the object of "loved", what "was great" is said of."""

    start: int
    end: int
    known: bool  # the speaker says they know the thing, so an unknown name is a title too
    opened: bool = True  # by a verb or a comparison, rather than guessed


class Slots:
    """The slots of one message, and what its words are: `told` by nothing but a name, or part of a rating."""

    def __init__(self, marked: Marked, vocabulary: Vocabulary, language: Lexicon) -> None:
        self.marked, self.vocabulary, self.language = marked, vocabulary, language
        self.words, self.tokens = marked.words, marked.tokens
        self.told = self._told()
        self.rating = self._ratings()
        self.all = tuple(self._slots())
        self.starts = frozenset(i for slot in self.all for i in self._piece_starts(slot))

    def pieces(self, slot: Slot) -> Iterator[tuple[int, int]]:
        """The names that a slot may hold, without what introduces and follows them."""
        starts = sorted({max(i, slot.start) for i in self._piece_starts(slot)} | {slot.end})
        index = slot.start
        while index < slot.end:
            end = index + 1
            while end < slot.end and not self._cuts(end):
                end += 1
            start = index
            while start < end and (self._introduces(start) or self.marked.kinds(start, start + 1) & {"and", "or"}):
                start += 1
            trailing = self.language.trailing
            stops = (i for i in range(start, end) if self.rating[i] or trailing.at(self.words, self.marked.breaks, i))
            last = next(stops, end)
            if last > start and start in starts:
                yield start, last
            index = end

    def _slots(self) -> Iterator[Slot]:
        for cue in self.marked.cues:
            kinds = set(cue.value)
            if OPENERS & kinds:
                known = bool(EXPERIENCE & kinds) and not (
                    {"similar"} & kinds and not speaks(self.words, cue.start, self.language)
                )
                yield Slot(
                    cue.end,
                    self._slot_end(cue.end),
                    known and self.words[cue.end - 1] not in self.language.words["tastes"],
                )
            if {"copula", "good", "bad", "wish", "accept"} & kinds and cue.start:
                yield Slot(self._clause_start(cue.start), cue.start, False, self._judges(cue))
        if len(self.words) <= _SHORT:
            yield Slot(0, len(self.words), False, False)

    def _judges(self, cue: Match[list[str]]) -> bool:
        """Whether an opinion follows: "X was great"."""
        after = self.marked.cue(cue.end)
        return any({"good", "bad", "wish", "accept"} & set(c.value) for c in (cue, after) if c is not None)

    def _slot_end(self, start: int) -> int:
        for index in range(start, len(self.words)):
            if index > start and self.tokens[index].breaks:
                return index
            cue = self.marked.cue(index)
            if cue is not None and cue.start == index > start and _ENDS_SLOT & set(cue.value):
                return index
        return len(self.words)

    def _clause_start(self, end: int) -> int:
        for index in range(end - 1, 0, -1):
            cue = self.marked.cue(index)
            if cue is not None and {"but", "subject"} & set(cue.value):
                return cue.end if cue.end < end else index
            if self.tokens[index].breaks or self.tokens[index].comma:
                return index
        return 0

    def _piece_starts(self, slot: Slot) -> Iterator[int]:
        """Where a name may begin: at the start, after a comma, "and" or "or"; articles and nouns may come first."""
        for index in range(slot.start, slot.end):
            previous = self.marked.cue(index - 1) if index else None
            joins = previous is not None and bool({"and", "or", "compare", "deny", "not"} & set(previous.value))
            joins = joins or (index > 0 and self.comparing(index - 1))
            if index == slot.start or self.tokens[index].comma or self.tokens[index].breaks or joins:
                start = index
                yield start
                while start < slot.end - 1 and self._introduces(start):
                    start += 1
                    yield start

    def comparing(self, index: int) -> bool:
        """Whether the word stands between two things that are compared: the "with" of "compare Heat with Casino"."""
        before = (cue for cue in self.marked.cues if cue.end <= index and "compare" in cue.value)
        return (
            index > 0
            and self.words[index] in self.language.words["beside"]
            and any(not any(self.marked.breaks[cue.end : index + 1]) for cue in before)
        )

    def _introduces(self, index: int) -> bool:
        """ "the film", "a lot of", "also": what may stand before a name."""
        return self.words[index] in self.language.words["introducers"] or self.is_noun(index)

    def is_noun(self, index: int) -> bool:
        return self.vocabulary.nouns.at(self.words, self.marked.breaks, index) is not None

    def _cuts(self, index: int) -> bool:
        if self.tokens[index].comma or self.tokens[index].breaks:
            return True
        cue = self.marked.cue(index)
        cut = cue is not None and cue.start == index and bool({"and", "or", "but", "copula"} & set(cue.value))
        return cut or self.comparing(index)

    def _ratings(self) -> list[bool]:
        """For each word, whether it is part of "4 stars", "4/5", "4 out of 5", "three and a half stars"."""
        language, size = self.language, len(self.words)
        out = [False] * size
        for index in range(size - 1):
            if not (self.words[index][0].isdigit() or self.words[index] in language.numbers):
                continue
            end = index + 1
            if self.words[end] in language.words["joining"]:
                half = next(
                    (i for i in (end + 1, end + 2) if i < size and self.words[i] in language.words["half"]), None
                )
                end = half + 1 if half is not None else end
            if end >= size:
                continue
            unit = self.words[end] in language.rating_units | language.words["years"]  # "I saw Heat 5 years ago"
            of = self.tokens[end].gap == "/" and self.words[end] in OUT_OF  # 4/5 rates, 33 1/3 does not
            if unit or of or self.words[end] in language.words["out_of"]:
                out[index : end + unit] = [True] * (end + unit - index)
        return out

    def _told(self) -> list[bool]:
        """For each word, whether neither the language nor the catalogue's own words explain it."""
        language, vocabulary = self.language, self.vocabulary
        told = [not language.empty(w) and w not in language.numbers for w in self.words]
        singular = tuple(map(language.forms.singular, self.words))
        matches: list[Match[object]] = []
        for words in (self.words, singular):
            matches += vocabulary.values.all(words, self.marked.breaks)  # type: ignore[arg-type]
            matches += vocabulary.nouns.all(words, self.marked.breaks)  # type: ignore[arg-type]
            matches += vocabulary.directions.all(words, self.marked.breaks)  # type: ignore[arg-type]
            matches += vocabulary.fields.all(words, self.marked.breaks)  # type: ignore[arg-type]
        matches += [Match(c.start, c.end, object()) for c in self.marked.cues if "more" in c.value]
        for match in matches:
            for index in range(match.start, match.end):
                told[index] = False
        return told
