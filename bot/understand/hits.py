"""Where a message names values of the catalogue: as they are, misspelt, in part, cut short or as compounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.understand.letters import Letters, single
from bot.understand.levels import Levels
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.senses import ValueSense, distinct
from bot.understand.spelling import may_mean
from bot.understand.tokens import fold, in_a_row, norms
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field

_MOST_MISSPELT = 6  # approximate look-ups in one message
_MISSPELT = 84.0  # per cent of the letters
MOST_CONTAINING = 40  # values that one exclusion may name
_SEVERAL = frozenset({"list", "tags"})
_AHEAD = 3  # words between a value and the field that it is "in"


@dataclass(frozen=True)
class Hit:
    """Words `start` to `end` mean a value."""

    start: int
    end: int
    sense: ValueSense
    others: tuple[ValueSense, ...] = ()  # what else the words may mean

    def refused(self) -> tuple[ValueSense, ...]:
        """What is meant by refusing it: the value in every list that has it, be it likelier in one of them."""
        alike = [s for s in self.others if s.field.kind in _SEVERAL and s.own and s.values == self.sense.values]
        return (self.sense, *alike) if self.sense.field.kind in _SEVERAL and self.sense.own else (self.sense,)


class Hits:
    """Finds values; knows one catalogue."""

    def __init__(self, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._vocabulary, self._language = vocabulary, language
        self.levels = Levels(vocabulary, language)
        self._letters = Letters(vocabulary, language)

    def find(self, marked: Marked, masked: Sequence[bool]) -> list[Hit]:
        """Every value named outside the `masked` words, from left to right."""
        timed = [Hit(*found) for found in self.levels.times(marked, masked)]
        taken = {i for hit in timed for i in range(hit.start, hit.end)}
        masked = [m or i in taken for i, m in enumerate(masked)]
        found = self._named(marked, masked)
        return sorted((*timed, *found), key=lambda hit: hit.start)

    def _named(self, marked: Marked, masked: Sequence[bool]) -> list[Hit]:
        vocabulary, forms = self._vocabulary, self._language.forms
        words = tuple("" if masked[i] else w for i, w in enumerate(marked.words))
        singular = tuple(map(forms.singular, words))
        several = tuple(fold(single(t.text)) if w else "" for t, w in zip(marked.tokens, words, strict=True))
        short = tuple(one if one in vocabulary.codes else w for one, w in zip(several, words, strict=True))  # "CDs"
        variants = (words, singular, tuple(map(forms.bare, words)), short)
        weak: list[Hit] = []
        out: list[Hit] = []
        index = searches = 0
        while index < len(words):
            matches = [m for m in (vocabulary.values.at(w, marked.breaks, index) for w in variants) if m]
            hit = None
            for match in sorted(matches, key=lambda m: -m.end):
                senses = [s for s in match.value if self._counts(s, marked, match.start, match.end)]
                if senses:
                    best = self._likeliest(senses, marked, match.start, match.end)
                    named = any(f.name == best.field.name for f in self._beside(marked, match.start, match.end))
                    others = () if named else tuple(s for s in senses if s.field.name != best.field.name)
                    hit = Hit(match.start, match.end, best, others)
                    break
                weak += [Hit(match.start, match.end, s) for s in match.value]
            word = singular[index]
            cue = marked.cue(index)
            named = marked.tokens[index].capital and len(word) == 3 and word in vocabulary.parts  # "by Lee"
            telling = word and not self._language.empty(marked.words[index]) and cue is None
            if hit is None and telling and (len(word) > 3 or named):
                if word in vocabulary.parts:
                    hit = self._narrowed(words, marked, index, vocabulary.parts[word])
                elif self._strange(word) and searches < _MOST_MISSPELT:
                    searches += 1
                    near = vocabulary.misspelt.search(word, _MISSPELT, limit=1)
                    if near and may_mean(marked.words[index], vocabulary.misspelt.strings[near[0][0]]):
                        senses = list(vocabulary.senses[vocabulary.misspelt.strings[near[0][0]]])
                        hit = Hit(index, index + 1, self._likeliest(senses, marked, index, index + 1))
            if hit is None and cue is None and self._strange(word, 3) and (ending := self._ending(word)) is not None:
                hit = Hit(index, index + 1, ending)
            if hit is None and (blend := self._blended(singular, marked, index)):
                out += blend[:-1]
                hit = blend[-1]
            if hit is not None:
                out.append(hit)
            index = hit.end if hit is not None else index + 1
        out = [h for before, h in zip((None, *out), out, strict=False) if not self._names_field(before, h, marked)]
        out = self._joined(out, [one for one in weak if one.start not in {h.start for h in out}], marked)
        return [self.levels.reached(hit, marked) for hit in self._of_one_field(out, marked)]

    def _names_field(self, before: Hit | None, hit: Hit, marked: Marked) -> bool:
        """The "district" of "the Harbour district" is no heating, where the Harbour is one."""
        named = self._vocabulary.fields.at(marked.words, marked.breaks, hit.start)
        if before is None or named is None or before.end != hit.start or named.end != hit.end:
            return False
        return any(f.name == before.sense.field.name for f in named.value)

    def _narrowed(self, words: Sequence[str], marked: Marked, index: int, sense: ValueSense) -> Hit:
        """ "Ryzen 7" of the Ryzens: the words that follow choose among the values that share the first."""
        end, values = index + 1, sense.values
        while end < len(words) and words[end] and not marked.breaks[end] and not marked.tokens[end].comma:
            run = tuple(marked.words[index : end + 1])
            fewer = tuple(v for v in values if in_a_row(run, norms(v)))
            if not fewer:
                break
            end, values = end + 1, fewer
        return Hit(index, end, replace(sense, values=values))

    def _of_one_field(self, hits: list[Hit], marked: Marked) -> list[Hit]:
        """ "Small or medium": a word that several fields know is of the field of what it is joined with."""
        out = list(hits)
        for i, (left, right) in enumerate(pairwise(hits)):
            joined = right.start - left.end == 1 and marked.kinds(left.end, right.start) & {"or", "and"}
            if not joined or out[i].sense.field.name == right.sense.field.name:
                continue
            for place, one, beside in ((i + 1, right, out[i]), (i, left, right)):
                meant = [s for s in one.others if s.field.name == beside.sense.field.name]
                if meant:
                    out[place] = replace(one, sense=meant[0])
                    break
        return out

    def _blended(self, words: Sequence[str], marked: Marked, index: int) -> list[Hit]:
        """Two values cut short and joined: "romcom", "rom-com"."""
        for end in (index + 1, index + 2):
            word = "".join(words[index:end])
            if end > len(words) or not all(words[index:end]) or any(map(self._language.empty, words[index:end])):
                continue
            if end == index + 2 and (max(map(len, words[index:end])) > 4 or marked.breaks[index + 1]):
                continue
            cuts = [len(words[index])] if end == index + 2 else range(3, len(word) - 2)
            for cut in cuts:
                left, right = self._starting(word[:cut]), self._starting(word[cut:])
                if left and right and left.values != right.values and self._strange(word):
                    return [Hit(index, end, left), Hit(index, end, right)]
        return []

    def _starting(self, prefix: str) -> ValueSense | None:
        """The value that most items have among those that start like this."""
        if len(prefix) < 3:
            return None
        found = [s for s in self._vocabulary.short if s.values[0].casefold().startswith(prefix)]
        return max(found, key=lambda s: s.items, default=None)

    def _ending(self, word: str) -> ValueSense | None:
        """Values of a list that are compounds of the word: who wants no nuts wants no walnuts."""
        found = self._vocabulary.compounds.of(word, MOST_CONTAINING)
        if found is None:
            return None
        return ValueSense(self._vocabulary.schema.field(found[0]), found[1], 0, own=False, refusal=True)

    def _strange(self, word: str, least: int = 5) -> bool:
        """A word that nothing explains: it may be a value, misspelt."""
        language, vocabulary = self._language, self._vocabulary
        known = word in vocabulary.units or word in language.numbers or word in vocabulary.text
        noun = vocabulary.nouns.at((word,), (False,), 0) or vocabulary.fields.at((word,), (False,), 0)
        return (
            len(word) >= least
            and not known
            and not self._language.empty(word)
            and noun is None
            and not word[0].isdigit()
        )

    def _counts(self, sense: ValueSense, marked: Marked, start: int, end: int) -> bool:
        """A weak word ("R", "7", "other") means a value only where something beside it says so."""
        return not sense.weak or self._letters.counts(sense, marked, start, end, self._beside(marked, start, end))

    def _joined(self, hits: list[Hit], weak: list[Hit], marked: Marked) -> list[Hit]:
        """ "PG or G", "an L or XL": a letter beside a value of the same field is another one."""
        out = list(hits)
        for one in weak:
            for other in out:
                left, right = (one, other) if one.start < other.start else (other, one)
                kinds = marked.kinds(left.end, right.start)
                joint = right.start - left.end == 1 and bool(kinds & {"or", "and"})
                slash = right.start == left.end and marked.tokens[right.start].gap.strip() == "/"
                if (joint or slash) and one.sense.field.name == other.sense.field.name:
                    out.append(one)
                    break
        return sorted(out, key=lambda hit: hit.start)

    def _likeliest(self, senses: list[ValueSense], marked: Marked, start: int, end: int) -> ValueSense:
        """The sense whose field is named beside, else the one that most items have."""
        beside = {f.name for f in self._beside(marked, start, end)}
        ordered = distinct(senses)
        return next((s for s in ordered if s.field.name in beside), ordered[0])

    def _beside(self, marked: Marked, start: int, end: int) -> list[Field]:
        """Fields named directly before ("directed by") or behind ("coloured",
        "in the title")."""
        out: list[Field] = []
        for index in range(max(0, start - 4), start):
            match = self._vocabulary.fields.at(marked.words, marked.breaks, index)
            if (
                match
                and match.end <= start
                and all(w in self._language.function_words for w in marked.words[match.end : start])
            ):
                out += match.value
        for index in range(end, min(end + _AHEAD, len(marked.words))):
            match = self._vocabulary.fields.at(marked.words, marked.breaks, index)
            out += match.value if match else []
            joined = bool(marked.kinds(index, index + 1) & {"and", "or", "but"})
            apart = marked.tokens[index].comma or marked.breaks[index] or joined
            if match or apart or marked.words[index] not in self._language.function_words:
                break
        return out
