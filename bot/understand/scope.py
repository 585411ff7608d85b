"""What a "not", an "ideally" or a "doesn't matter" reaches: its own phrase, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from bot.understand.companions import of_another
from bot.understand.lexicon import Lexicon, Marked, speaks
from bot.understand.tokens import Match
from bot.understand.vocabulary import Vocabulary
from bot.values import Manner
from retrieval.schema import FieldKind

_STOPS = frozenset({"but", "subject", "request", "accept", "similar", "good", "bad", "unless"})
MANNERS = frozenset(get_args(Manner))
_VERBS = 2  # words between a "doesn't" and the flag that it denies: "doesn't stay open late"


@dataclass(frozen=True)
class Scopes:
    """For each word of a message, whether it is denied, disliked, liked, hedged, or said not to matter."""

    denied: tuple[bool, ...]
    disliked: tuple[bool, ...]
    liked: tuple[bool, ...]
    hedged: tuple[bool, ...]
    relaxed: tuple[bool, ...]

    def excluded(self, index: int) -> bool:
        """Whether what stands here is not wanted."""
        return self.denied[index] or self.disliked[index]


def scopes(
    marked: Marked, values: list[Match[FieldKind]], comparing: set[int], vocabulary: Vocabulary, language: Lexicon
) -> Scopes:
    """Find them. `values` are the places of catalogue values, each with its field's kind; `comparing` are words in a
    comparison of numbers."""
    return _Reader(marked, values, comparing, vocabulary, language).run()


class _Reader:
    def __init__(
        self,
        marked: Marked,
        values: list[Match[FieldKind]],
        comparing: set[int],
        vocabulary: Vocabulary,
        language: Lexicon,
    ) -> None:
        self.marked, self.comparing, self.language, self.vocabulary = marked, comparing, language, vocabulary
        self.size = len(marked.words)
        self.value_at = {match.start: match.end for match in values}
        self.flags = {match.start for match in values if match.value == "flag"}
        self.in_value = {index for match in values for index in range(match.start, match.end)}
        self.mannered = {cue.start for cue in marked.cues if MANNERS.intersection(cue.value)}

    def run(self) -> Scopes:
        names = ("denied", "disliked", "liked", "hedged", "relaxed")
        flags = {name: [False] * self.size for name in names}
        for cue in self.marked.cues:
            kinds = set(cue.value)
            if any(i in self.comparing for i in range(cue.start, cue.end)):
                continue
            if "only" in kinds:
                continue
            if "not" in kinds and cue.end - cue.start > 1 and self.marked.tokens[cue.end - 1].comma:
                continue  # "it doesn't matter after all, but ...": no "all but"
            if "relax" in kinds and not (kinds & {"not"} and self._directly_value(cue.end)):
                start, end = self._clause(cue)
                self._set(flags["relaxed"], start, end)
            elif "dislike" in kinds:
                turned = self._turned(cue.start)  # "I don't hate horror" takes back, and asks for nothing
                self._set(flags["relaxed" if turned else "disliked"], cue.end, self._reach(cue.end))
            elif "like" in kinds and self._is_verb(cue):
                turned = self._turned(cue.start)
                self._set(flags["disliked" if turned else "liked"], cue.end, self._reach(cue.end))
            elif "not" in kinds and self._or_not(cue):
                start = max((s for s, e in self.value_at.items() if e == cue.start - 1), default=cue.start - 2)
                self._set(flags["relaxed"], start, cue.end)  # "waterproof or not, I don't care"
            elif "not" in kinds and {cue.start, cue.end - 1} <= self.in_value:
                continue  # it belongs to the value: "no caffeine"
            elif "not" in kinds:
                # "nothing but", "no, a comedy": a comma at once means that the word answers and denies nothing.
                if cue.end < self.size and not self.marked.tokens[cue.end].comma:
                    reach = self._reach(cue.end)
                    if self.marked.tokens[cue.end].gap == "-":  # "non-organic English": the one word
                        reach = min(reach, self.value_at.get(cue.end, cue.end + 1))
                    self._set(flags["denied"], cue.end, reach)
            elif "owned" in kinds:
                self._set(flags["denied"], cue.end, self._reach(cue.end))  # "I already have a lamp"
            elif "deny" in kinds and (flag := self._flag_of(cue)) is not None:
                self._set(flags["denied"], flag, self.value_at[flag])  # "that doesn't deliver"
            elif "not_after" in kinds and cue.start - 1 in self.in_value and cue.start not in self.in_value:
                start = max((s for s, e in self.value_at.items() if e == cue.start), default=cue.start - 1)
                self._set(flags["denied"], start, cue.start)
            elif "out" in kinds and cue.start - 1 in self.in_value:
                self._set(flags["denied"], self._shut(cue.start), cue.start)
            elif "bad" in kinds and self._cut_by_value(cue):
                start = min(i for i in range(cue.start + 1, cue.end) if i in self.value_at)
                self._set(flags["denied"], start, self._reach(start))  # "not good with cats"
            if "hedge" in kinds:
                # "a war film that is not too long": only what follows is less than firm.
                start, end = (cue.start, self._reach(cue.end)) if "decrease" in kinds else self._phrase(cue)
                self._set(flags["hedged"], start, end)
        return Scopes(*(tuple(flags[name]) for name in names))

    def _flag_of(self, cue: Match[list[str]]) -> int | None:
        """Where the flag that a denied verb says begins: "doesn't deliver", "can't really work offline"; but not where
        the speaker denies something of their own: "I don't know if it delivers"."""
        if speaks(self.marked.words, cue.start, self.language):
            return cue.end if cue.end in self.flags else None
        verbs = 0
        for index in range(cue.end, self.size):
            if index in self.flags:
                return index
            apart = index > cue.end and (self.marked.breaks[index] or self.marked.tokens[index].comma)
            adverb = self.marked.words[index] in self.language.words["adverbs"]
            other = index in self.in_value or self.marked.words[index] in self.language.words["relative"]
            joins = self.marked.kinds(index, index + 1) & {"and", "or", "but"}
            told = not adverb and self.marked.cue(index) is not None
            if apart or other or joins or told or verbs == _VERBS:
                return None
            verbs += not adverb
        return None

    def _or_not(self, cue: Match[list[str]]) -> bool:
        """ "X or not", where nothing follows that the "not" could refuse."""
        ends = cue.end >= self.size or self.marked.tokens[cue.end].comma or self.marked.tokens[cue.end].breaks
        joined = cue.start > 1 and "or" in self.marked.kinds(cue.start - 1, cue.start)
        return ends and joined and cue.start - 2 in self.in_value

    def _shut(self, out: int) -> int:
        """ "Leave horror out", "keep nuts and soy out of it": behind the verb, or at "out" if there is none."""
        for index in range(out - 1, -1, -1):
            cue = self.marked.cue(index)
            if cue is not None and "shut" in cue.value:
                return cue.end
            if self.marked.breaks[index]:
                return out
        return out

    def _cut_by_value(self, cue: Match[list[str]]) -> bool:
        """Whether a value begins inside the cue, behind its "not"."""
        first = self.language.cues.at(self.marked.words[: cue.start + 1], self.marked.breaks, cue.start)
        denies = first is not None and "not" in first.value
        return denies and any(i in self.value_at for i in range(cue.start + 1, cue.end))

    def _is_verb(self, cue: Match[list[str]]) -> bool:
        """ "like" is a verb only where the speaker says it; "loved" may open a clause without "I"."""
        if of_another(self.marked, cue.start, self.language) == "companion":
            return True  # "my wife doesn't like horror"
        if "similar" in cue.value:
            return speaks(self.marked.words, cue.start, self.language)
        if self.marked.words[cue.start] in self.language.words["tastes"]:  # "a love story" is no opinion
            opens = cue.start == 0 or self.marked.breaks[cue.start] or self.marked.tokens[cue.start].comma
            return opens or speaks(self.marked.words, cue.start, self.language)
        return True

    def _turned(self, index: int) -> bool:
        """Whether the verb before is denied: "don't really like"."""
        for back in range(index - 1, max(-1, index - 4), -1):
            found = self.marked.cue(back)
            if found is not None and "deny" in found.value:
                return True
            if self.marked.words[back] not in self.language.words["adverbs"]:
                return False
        return False

    def _reach(self, start: int, relaxing: bool = False) -> int:
        """Where a negation that begins at `start` ends; what no longer matters may have been refused itself."""
        index, seen, named, joined, closed = start, False, False, False, False
        while index < self.size:
            token, cue = self.marked.tokens[index], self.marked.cue(index)
            kinds = set(cue.value) if cue is not None else set()
            if index > start and token.breaks:
                return index
            if index > start and token.comma and (closed or not (named and self._list_goes_on(index, relaxing))):
                return index
            if index > start and token.comma and self._flags_alone(start, index):
                return index
            if self.marked.words[index] in self.language.words["relative"] and self._flag_ends(start, index):
                return index  # "without ads that works offline" tells of what is wanted
            # "not in Germany or Switzerland, hard or expert": what "or" has ended does not go on behind a comma.
            closed = closed or (seen and index not in self.in_value and bool(kinds & {"or", "and"}))
            if index in self.comparing and seen and not joined:
                return index  # "no horror under two hours": the length is wanted
            joined = index not in self.in_value and (joined or "or" in kinds)  # "no comedies or anything from the 80s"
            begins = cue is not None and index == cue.start
            stops = kinds & _STOPS and self.marked.words[index] not in self.language.words["after_negation"]
            if begins and stops and index not in self.in_value and (index > start or "but" in kinds):
                return index
            if begins and "not" in kinds and not relaxing and index > start and index not in self.comparing:
                return index
            if "and" in kinds and named and not self._joins(index, relaxing):
                return index
            seen = seen or index in self.in_value or (not relaxing and self._refusable(index, kinds))
            named = seen or named or (relaxing and self._is_field(index))
            index += 1
        return index

    def _flag_ends(self, start: int, index: int) -> bool:
        return any(start <= at and self.value_at[at] == index for at in self.flags)

    def _refusable(self, index: int, kinds: set[str]) -> bool:
        """ "Not gory from the seventies", "not boring under 90 minutes": a word to refuse that is no value."""
        word = self.marked.words[index]
        if index in self.comparing or self.language.empty(word) or word.isdigit():
            return False
        if word.endswith("ed") or word in self.language.words["happened"]:
            return False  # "not released before 1990"
        tables = (self.vocabulary.nouns, self.vocabulary.fields, self.vocabulary.directions)
        if any(table.at(self.marked.words, self.marked.breaks, index) is not None for table in tables):
            return False  # "no weight above 250 g"
        return not kinds or bool(kinds & {"good", "bad"})

    def _flags_alone(self, start: int, comma: int) -> bool:
        """ "not vegetarian, hard or crumbly": what is true or false makes no list with choices."""
        before = [at for at in self.value_at if start <= at < comma]
        after = min((at for at in self.value_at if at >= comma), default=None)
        return bool(before) and all(at in self.flags for at in before) and after is not None and after not in self.flags

    def _list_goes_on(self, comma: int, relaxing: bool) -> bool:
        """ "no horror, war or romance": after the comma only values, closed by "or" or "and"; of what is lifted, fields
        as well."""
        index, joined = comma, False
        while index < self.size and not (index > comma and self.marked.tokens[index].breaks):
            if index in self.value_at:
                index = self.value_at[index]
                if joined:
                    return True
                continue
            kinds = self.marked.kinds(index, index + 1)
            if kinds & {"or", "and"}:
                joined = True
            elif relaxing and self._is_field(index):
                if joined:
                    return True
            elif relaxing and self.marked.words[index] in self.language.words["leading"]:
                pass
            elif not (self.vocabulary.nouns.at(self.marked.words, self.marked.breaks, index) or "not" in kinds):
                return False
            index += 1
        return False

    def _joins(self, index: int, relaxing: bool) -> bool:
        """Whether "and" goes on with what is denied: a value follows at once, without an article. Of what is lifted, a
        field may follow: "forget thrillers and the year"."""
        leads = index + 1 < self.size and self.marked.words[index + 1] in self.language.words["leading"]
        field = relaxing and index + 1 + leads < self.size and self._is_field(index + 1 + leads)
        return index + 1 in self.value_at or field

    def _directly_value(self, index: int) -> bool:
        return index in self.value_at

    def _clause(self, cue: Match[list[str]]) -> tuple[int, int]:
        """What "forget", "drop", "doesn't matter" speak of: backwards for what ends a phrase, else forwards."""
        aside = cue.end < self.size and (self.marked.tokens[cue.end].comma or self.marked.breaks[cue.end])
        # "never mind, comedies please", "the genre doesn't matter. Horror, please"
        ahead = cue.end if aside else self._reach(cue.end, relaxing=True)
        spoken_of = (self.in_value, self.comparing, self.mannered)
        content = any(self._is_field(i) or any(i in held for held in spoken_of) for i in range(cue.end, ahead))
        if content:
            return cue.end, ahead
        start = cue.start
        while start > 0 and not (self.marked.tokens[start].breaks or self.marked.tokens[start].comma):
            start -= 1
        return start, cue.start

    def _phrase(self, cue: Match[list[str]]) -> tuple[int, int]:
        """The comma-bounded phrase around a hedge; "and ideally" begins one too."""
        start, end = cue.start, cue.end
        leading = cue.start
        while start > 0 and not self._bounds(start):
            start -= 1
        while end < self.size and not self._bounds(end):
            end += 1
        if any(i in self.in_value or i in self.comparing for i in range(cue.end, end)):
            return leading, end  # "a thriller ideally from the 90s": only what follows
        return start, end

    def _bounds(self, index: int) -> bool:
        token, cue = self.marked.tokens[index], self.marked.cue(index)
        return token.breaks or token.comma or (cue is not None and cue.start == index and "but" in cue.value)

    def _is_field(self, index: int) -> bool:
        return self.vocabulary.fields.at(self.marked.words, self.marked.breaks, index) is not None

    @staticmethod
    def _set(flags: list[bool], start: int, end: int) -> None:
        for index in range(start, min(end, len(flags))):
            flags[index] = True
