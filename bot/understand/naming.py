"""The search for names in one message: where a title may stand, and whether the sentence means one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.understand.lexicon import Marked
from bot.understand.quantities import is_amount
from bot.understand.slots import OPENERS, Slots
from bot.understand.titles import Reading

if TYPE_CHECKING:
    from bot.understand.mentions import Mentions

_AFTER_A_NAME = frozenset({"copula", "good", "bad", "wish", "accept", "but", "and", "or", "compare"})
_MOST_SEARCHES = 12  # approximate look-ups in one message


@dataclass(frozen=True)
class Named:
    """Words `start` to `end` name items: one row, several to ask about, or none that the catalogue has."""

    start: int
    end: int
    rows: tuple[int, ...]
    text: str


class Search:
    """The search in one message."""

    def __init__(self, mentions: Mentions, text: str, marked: Marked, pointing: Sequence[tuple[int, int]]) -> None:
        self.m, self.text, self.marked = mentions, text, marked
        self.words, self.tokens = marked.words, marked.tokens
        self.found: list[Named] = []
        self.taken = [False] * len(self.words)
        self.searches = 0
        letters = [t for t in self.tokens if t.text[:1].isalpha()]
        # Capitals tell something only where not everything is written with them.
        self.capitals_tell = sum(t.text.islower() for t in letters) * 4 >= len(letters) or len(letters) <= 3
        self.slots = Slots(marked, mentions.vocabulary, mentions.language)
        self.told, self.rating = self.slots.told, self.slots.rating
        for start, end in pointing:
            if not self._inside_title(start, end):  # "the fifth one" is no Fifth Element, "the last picture show" is
                self.taken[start:end] = [True] * (end - start)

    def run(self) -> list[Named]:
        exact = self.m.titles.exact
        for start, end in self.marked.names:
            last = end - (exact(self.words[start:end]) is None)  # of a year in brackets: claiming it takes that too
            self._link(start, last, exact(self.words[start:last]))
        for start, end in list(self._quoted()):
            self._link(start, end, exact(self.words[start:end]) or self._search(start, end), unknown=True)
        for start, end, reading in self.m.titles.slipped(self.words, self.told):
            self._link(start, end, reading)
        self._exact()
        self._initials()
        for start, end in list(self._capital_runs()):
            self._approximate(start, end, in_slot=self._unknown_may_stand(start, end))
        for slot in self.slots.all:
            for start, end in self.slots.pieces(slot):
                telling = sum(self.told[start:end])
                clear = slot.known and telling >= 2 and telling * 2 >= end - start
                self._approximate(start, end, in_slot=clear)
        for start, end in list(self._strange_runs()):
            self._approximate(start, end, in_slot=False)
        return sorted(self.found, key=lambda named: named.start)

    def _inside_title(self, start: int, end: int) -> bool:
        """Whether a whole title reaches beyond these words."""
        longest = self.m.titles.longest
        return any(
            self.m.titles.exact(self.words[first:last]) is not None
            for first in range(max(0, end - longest), start + 2)
            for last in range(end, min(len(self.words), first + longest) + 1)
            if last > end or first < start
        )

    def _initials(self) -> None:
        """ "LOTR", where an item is expected and nothing else explains the word."""
        for index, word in enumerate(self.words):
            if self.taken[index] or not self.told[index] or not self.tokens[index].text.isalpha():
                continue
            places = [s for s in self.slots.all if s.start <= index < s.end]
            alone = len(self.words) <= 2
            if places and (any(s.opened for s in places) or alone) and index in self.slots.starts:
                self._link(index, index + 1, self.m.titles.initials(word))

    def _unknown_may_stand(self, start: int, end: int) -> bool:
        """Whether a name here that the catalogue lacks is a title all the same, and not a value in part ("Hanks")."""
        parts, singular = self.m.vocabulary.parts, self.m.language.forms.singular
        if all(singular(self.words[i]) in parts for i in range(start, end) if self.told[i]):
            return False
        return any(slot.opened and slot.start <= start < slot.end for slot in self.slots.all)

    # -- exact titles ----------------------------------------------------------------------------------------------

    def _exact(self) -> None:
        start = 0
        while start < len(self.words):
            for end in range(min(len(self.words), start + self.m.titles.longest), start, -1):
                if any(self.taken[start:end]) or any(self.rating[start:end]):
                    continue
                reading = self.m.titles.exact(self.words[start:end])
                if reading is not None and self._meant(start, end):
                    self._link(start, end, reading)
                    break
            start = max([start + 1, *(n.end for n in self.found if n.start <= start < n.end)])

    def _meant(self, start: int, end: int) -> bool:
        """Whether these words are a title here: two telling words are; else capitals or the place must say so."""
        telling = sum(self.told[start:end])
        if self._numbered(end):
            return False  # "Alien 4" is not Alien
        if all(self.words[i].isdigit() for i in range(start, end)):
            return self._object(start) and self._stops(end)  # "I loved 1984", but not "from 1984"
        if telling == 0 and not any(self._plain(i) for i in range(start, end)):
            return False  # nothing but values and names of fields: "western", "romance"
        if telling == 0 and self.words[start] in self.m.language.words["leading"] and self._whole_value(start + 1, end):
            return False  # "the Lake District", where that is a place of the catalogue
        if telling >= 2 and not self._in_a_manner(start, end):
            return True
        if self._capitals(start, end):
            return True
        if start not in self.slots.starts or not self._stops(end):
            return False
        words = self.words[start:end]
        if words[0] in self.m.language.words["leading"]:
            return self.m.titles.written(words) and telling > 0  # "the matrix", but not "the heat"
        return telling > 0 or (len(words) > 1 and self._object(start) and self.m.titles.written(words))

    def _whole_value(self, start: int, end: int) -> bool:
        """Whether these words are just a value."""
        match = self.m.vocabulary.values.at(self.words, self.marked.breaks, start) if start < end else None
        return match is not None and match.end == end and any(not sense.weak for sense in match.value)

    def _in_a_manner(self, start: int, end: int) -> bool:
        """ "Only in black and white": small words behind a preposition, in no question, are no title."""
        named = any(self.tokens[i].capital for i in range(start, end)) and self.capitals_tell
        asked = any({"facts", "why", "why_not", "compare"} & set(c.value) for c in self.marked.cues)
        short = all(i < end - 1 or len(self.words[i]) > 2 for i in range(start, end)) and end - start <= 3
        return short and not (named or asked) and self._after_preposition(start)

    def _numbered(self, end: int) -> bool:
        """Whether a small number that is no rating follows, and ends the name."""
        if end >= len(self.words) or not self.words[end].isdigit() or len(self.words[end]) > 2 or self.rating[end]:
            return False
        return not self.tokens[end].gap.strip() and self._stops(end + 1)

    def _plain(self, index: int) -> bool:
        """Whether a word is the language's own rather than the catalogue's."""
        language, word = self.m.language, self.words[index]
        return self.told[index] or language.empty(word) or word in language.numbers

    def _object(self, start: int) -> bool:
        """Whether a verb that takes an item stands right before, or the first of two that are compared."""
        cue = self.marked.cue(start - 1) if start else None
        if cue is not None and cue.start and "request" in cue.value:
            cue = self.marked.cue(cue.start - 1)  # "why didn't you recommend 187?"
        return self.slots.comparing(start - 1) or (cue is not None and bool((OPENERS - {"than"}) & set(cue.value)))

    def _capitals(self, start: int, end: int) -> bool:
        """Written as a name in the middle of a sentence, and not a part of a longer name, a person or a place."""
        if not self.capitals_tell:
            return False
        own = self.tokens[start:end]
        tokens = [t for t in own if t.norm not in self.m.language.function_words] or list(own)
        if not all(t.capital or t.norm.isdigit() for t in tokens) or not any(t.capital for t in tokens):
            return False
        if self._opens_sentence(start) and sum(t.capital for t in self.tokens[start:end]) < 2:
            return False  # the first word has its capital for that; "Tell No One" has three
        if any(t.capital and not (t.gap.strip() or self.m.language.empty(t.norm)) for t in self.tokens[end : end + 1]):
            return False
        return not self._after_preposition(start) and (self._possessive(start) or not self._after_name(start))

    def _possessive(self, start: int) -> bool:
        """ "Hitchcock's Psycho": whose it is stands before the title."""
        if start == 0 or self.tokens[start].gap != " ":
            return False
        own, before = tuple(self.m.language.words["possessive"]), self.tokens[start - 1].text
        return before[:1].isupper() and "'" in before and before.endswith(own)

    def _after_name(self, start: int) -> bool:
        """Whether a name goes on here: "Purple Submarine", "Isle of Dogs"."""
        if start == 0 or self.tokens[start].gap.strip():
            return False
        before = start - 1
        if self.words[before] in self.m.language.words["name_links"] and before:
            before -= 1
        return self.tokens[before].capital and self.told[before] and not self.taken[before]

    def _opens_sentence(self, index: int) -> bool:
        return index == 0 or self.tokens[index].breaks

    def _after_preposition(self, start: int) -> bool:
        cue = self.marked.cue(start - 1) if start else None
        if cue is None or self.slots.comparing(start - 1):
            return False
        return "not_title_before" in cue.value and not OPENERS & set(cue.value)

    def _stops(self, end: int) -> bool:
        """Whether what stands in front of word `end` may be a whole name."""
        if end >= len(self.words) or self.tokens[end].breaks or self.tokens[end].comma:
            return True
        if self.rating[end] or self.words[end] == "&" or self.slots.comparing(end):
            return True
        if self.m.language.trailing.at(self.words, self.marked.breaks, end):
            return True
        cue = self.marked.cue(end)
        return cue is not None and bool(_AFTER_A_NAME & set(cue.value))

    # -- names that are no exact title -----------------------------------------------------------------------------

    def _capital_runs(self) -> Iterator[tuple[int, int]]:
        """Runs of words with capitals; small function words may stand between them."""
        if not self.capitals_tell:
            return
        index, n = 0, len(self.words)
        while index < n:
            if not self._names(index):
                index += 1
                continue
            end = last = index + 1
            while end < n and not self.tokens[end].breaks and not self.tokens[end].comma and not self.taken[end]:
                if self._names(end) or (self.words[end].isdigit() and not self.rating[end]):
                    last = end + 1
                elif self.words[end] not in self.m.language.function_words or end - last >= 2:
                    break
                end += 1
            if not self._after_preposition(index):
                yield index, last
            index = last

    def _names(self, index: int) -> bool:
        token = self.tokens[index]
        if not token.capital or self.taken[index]:
            return False
        if self._opens_sentence(index):
            return self.told[index]  # "Shawshank was great", but not "Something"
        return self.told[index] or self.m.language.empty(self.words[index])

    def _strange_runs(self) -> Iterator[tuple[int, int]]:
        """Two or more words in a row that neither the language nor the catalogue explains."""
        start = 0
        for index in range(len(self.words) + 1):
            inside = index < len(self.words) and self.told[index] and not self.taken[index]
            if inside and (index == start or not self.tokens[index].breaks):
                continue
            if index - start >= 2 and sum(map(len, self.words[start:index])) >= 8 and not any(self.taken[start:index]):
                yield start, index
            start = index if inside else index + 1

    def _approximate(self, start: int, end: int, in_slot: bool) -> None:
        if any(self.taken[start:end]) or end - start > self.m.titles.longest + 4:
            return
        if is_amount(self.words[max(0, start - 1) : end], self.m.language):
            return  # "two hours" is no film of hours, nor "smaller than 100 MB" one called MB
        if not any(self.told[start:end]) or self.m.titles.exact(self.words[start:end]) is not None:
            return  # an exact title was judged already
        self._link(start, end, self._search(start, end), unknown=in_slot)

    def _search(self, start: int, end: int) -> Reading | None:
        if self.searches >= _MOST_SEARCHES:
            return None
        self.searches += 1
        words = self.words[start:end]
        expected = any(s.opened and s.start <= start < s.end for s in self.slots.all)
        if sum(self.told[start:end]) == 1 and not expected and len(self.words) > 3:
            return None  # one odd word alone names nothing
        found = self.m.titles.similar(words)
        if found is None and expected:
            found = self.m.titles.naming(words)
            if found is not None and len(found.rows) > 1 and self._asked(start):
                return None  # "what's the weather" asks for no film with a weather in its title
        return found

    def _asked(self, start: int) -> bool:
        cue = self.marked.cue(start - 1) or self.marked.cue(start - 2) if start > 1 else self.marked.cue(0)
        return cue is not None and "facts" in cue.value

    def _quoted(self) -> Iterator[tuple[int, int]]:
        open_at: int | None = None
        for index, token in enumerate((*self.tokens, None)):
            gap = token.gap if token else self.text[self.tokens[-1].end :]
            for _ in range(gap.count('"')):
                if open_at is None:
                    open_at = index
                else:
                    if 0 < index - open_at <= self.m.titles.longest + 4:
                        yield open_at, index
                    open_at = None

    def _link(self, start: int, end: int, reading: Reading | None, unknown: bool = False) -> None:
        if not any(self.taken[start:end]) and (reading is not None or unknown):
            self.claim(start, end, reading)

    def _with_year(self, reading: Reading, start: int, end: int) -> tuple[Reading, int, int]:
        """A year beside it says which: "King Kong (1933)", "the 1933 King Kong", "King Kong from 1933"."""
        for index in (end, end + 1):
            if index < len(self.words) and all(w in self.m.language.function_words for w in self.words[end:index]):
                narrowed = self.m.of_year(reading, self.words[index])
                if narrowed:
                    return narrowed, start, index + 1
        narrowed = self.m.of_year(reading, self.words[start - 1]) if start else None
        return (narrowed, start - 1, end) if narrowed else (reading, start, end)

    def claim(self, start: int, end: int, reading: Reading | None) -> None:
        """Take these words, and a year beside them, as naming what `reading` says; None: as an unknown title."""
        if reading is not None and self._possessive(start) and not self.taken[start - 1] and self.told[start - 1]:
            start -= 1
        text = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        rows: tuple[int, ...] = ()
        if reading is not None:
            reading, start, end = self._with_year(reading, start, end)
            rows = self.m.titles.decided(reading)
        self.found.append(Named(start, end, rows, text))
        self.taken[start:end] = [True] * (end - start)
