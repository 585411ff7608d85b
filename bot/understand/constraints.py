"""Message -> conditions on the catalogue's fields, each with its own negation, hedge and alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.understand.bounds import Bounds
from bot.understand.critiques import Critique, CritiqueReader
from bot.understand.dates import opposite
from bot.understand.extremes import Bound, outermost, relative, said_exactly, turned, vague
from bot.understand.hits import MOST_CONTAINING, Hit, Hits
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.presence import there
from bot.understand.ranges import ranges, spanning
from bot.understand.scope import Scopes, scopes
from bot.understand.senses import ValueSense
from bot.understand.stating import (
    Found,
    any_of_them,
    dated,
    last_word,
    one_of_each_category,
    plain,
    refusing,
    wanting,
)
from bot.understand.tokens import Match
from bot.understand.vocabulary import Catalogue, Vocabulary
from retrieval.schema import Constraint, Field


@dataclass(frozen=True)
class Conditions:
    """What one message says of the catalogue's fields."""

    found: tuple[Found, ...]
    relaxed: tuple[tuple[str, int], ...]  # fields and values that no longer matter, and where that was said
    hits: tuple[Hit, ...]
    bounds: tuple[Bound, ...]
    scopes: Scopes
    consumed: frozenset[int]  # words that are explained by the above
    critiques: tuple[Critique, ...] = ()
    orders: tuple[Bound, ...] = ()  # those of `bounds` that put their field first: "the shortest"


class ConstraintReader:
    """Knows one catalogue; reads any number of messages."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._catalogue, self._vocabulary, self._language = catalogue, vocabulary, language
        self._finder = Hits(vocabulary, language)
        self._critiques = CritiqueReader(vocabulary, language)
        self._ranges = ranges(vocabulary.schema, language)

    def read(
        self,
        marked: Marked,
        masked: Sequence[bool],
        asked: str,
        compared: Sequence[int],
        items: Sequence[tuple[int, int, int]],
        count: int | None,
        standing: Sequence[Constraint],
    ) -> Conditions:
        """Conditions outside the `masked` words (titles).

        `asked` is the field of the bot's question; `compared` are rows that "newer", "cheaper" are measured by when
        nothing is named; `items` are named ones as (first word, end, row); `standing` are conditions in force.
        """
        times = [(start, end) for start, end, _ in self._finder.levels.times(marked, masked)]
        written = {i for start, end in (*times, *self._critiques.mannered(marked)) for i in range(start, end)}
        written |= self._written(marked)
        bounds = Bounds(
            marked, [m or i in written for i, m in enumerate(masked)], self._vocabulary, self._language, asked
        ).read()
        comparing = {i for bound in bounds for i in range(bound.start, bound.end)}
        unless = next((c.start for c in marked.cues if "unless" in c.value), len(marked.words))
        hits = self._finder.find(marked, [m or i in comparing for i, m in enumerate(masked)])
        said = scopes(
            marked,
            [Match(h.start, h.end, h.sense.field.kind) for h in hits],
            comparing,
            self._vocabulary,
            self._language,
        )
        hits = [h for h in hits if h.start < unless and (not h.sense.refusal or said.excluded(h.start))]
        names = self._field_names(marked, masked, comparing | {i for h in hits for i in range(h.start, h.end)})
        taken = [m or i in comparing for i, m in enumerate(masked)]
        critiques = [c for c in self._critiques.read(marked, taken, hits) if not said.relaxed[c.end - 1]]
        found = self._values(hits, marked, said, {i for c in critiques if c.softens for i in range(c.start, c.end)})
        wanted = [b for b in bounds if b.start < unless and not self._qualifies(b, hits, marked, said)]
        found += self._numbers(wanted, marked, said, compared, items, found, count, standing)
        found += there(names, found, marked, said, self._vocabulary, self._language)
        relaxed = [
            (value, h.start)
            for h in hits
            if said.relaxed[h.start]
            for value in ((h.sense.field.name,) if h.sense.field.kind == "flag" else h.sense.values)
        ]
        relaxed += [(f.name, start) for start, _, f in names if said.relaxed[start] or self._any_of(marked, start)]
        relaxed += [(b.field, b.start) for b in bounds if b.field and said.relaxed[b.start]]
        consumed = comparing | {i for h in hits for i in range(h.start, h.end)}
        limits = {
            start
            for start, end, f in names
            if said.denied[start] and self._language.words["limits"] & set(marked.words[end : end + 1])
        }
        relaxed += [(f.name, start) for start, _, f in names if start in limits]  # "no price limit"
        bounded = {bound.field for bound in bounds} | {f.constraint.field for f in found}
        # "Without special needs": that a list is empty cannot be asked, and is said to be left out.
        unsaid = {
            start
            for start, _, f in names
            if said.denied[start]
            and f.kind not in ("category", "flag")
            and not {start} & limits
            and f.name not in bounded
        }
        consumed |= {i for start, end, _ in names if start not in unsaid for i in range(start, end + (start in limits))}
        consumed |= {i for c in critiques for i in range(c.start, c.end)}
        return Conditions(
            tuple(last_word(found)),
            tuple(dict.fromkeys(relaxed)),
            tuple(hits),
            tuple(bounds),
            said,
            frozenset(consumed),
            tuple(replace(c, weight=-c.weight) if c.weight > 0 and said.excluded(c.start) else c for c in critiques),
            tuple(b for b in wanted if b.superlative and not (said.excluded(b.start) or said.relaxed[b.start])),
        )

    def _written(self, marked: Marked) -> set[int]:
        """Words of values that hold a number and are written just as the catalogue does: "5G", "PG-13",
        "two-way zip"."""
        out: set[int] = set()
        for match in self._vocabulary.values.all(marked.words, marked.breaks):
            tokens = marked.tokens[match.start : match.end]
            text = "".join(t.text if t is tokens[0] else t.gap + t.text for t in tokens).casefold()
            close = all(not t.gap for t in tokens[1:]) or any(
                t.norm[0].isdigit() or t.norm in self._language.numbers for t in tokens
            )
            if len(tokens) > 1 and close and any(text == value.casefold() for s in match.value for value in s.values):
                out |= set(range(match.start, match.end))
        return out

    # -- values ----------------------------------------------------------------------------------------------------

    def _values(self, hits: list[Hit], marked: Marked, said: Scopes, soft: set[int]) -> list[Found]:
        """`soft` are words of critiques, whose values are preferred."""
        out: list[Found] = []
        for group in self._alternatives([h for h in hits if not said.relaxed[h.start]], marked, said):
            first, last = group[0], group[-1]
            less, too = self._weakened(marked, first.start)
            excluded = said.excluded(first.start) != too
            alike = first.start > 0 and marked.words[first.start - 1] in self._language.words["as"]
            hard = not (said.hedged[first.start] or said.liked[first.start] or less or first.start in soft or alike)
            if excluded or less:
                for one in group:
                    refused = [refusing(s.field, self._containing(s), hard) for s in one.refused()]
                    out += [Found(constraint, one.start, one.end) for constraint in refused]
                continue
            for field in dict.fromkeys(h.sense.field.name for h in group):
                of_field = [h.sense for h in group if h.sense.field.name == field]
                alone = len({h.sense.field.name for h in group}) == 1
                values = tuple(dict.fromkeys(v for sense in of_field for v in sense.values))
                out.append(Found(wanting(of_field[0].field, values, hard and alone), first.start, last.end))
        return one_of_each_category(out)

    def _qualifies(self, bound: Bound, hits: list[Hit], marked: Marked, said: Scopes) -> bool:
        """ "No comedies from the 80s", "I hate 90s westerns": a year that narrows what is refused asks for nothing.

        Refusing both together cannot be said in conditions; the value alone is refused, which keeps clear of both.
        """
        numbers = self._vocabulary.number(bound.field)
        if numbers is None or not numbers.is_year or bound.direction is not None:
            return False
        for hit in hits:
            if not said.excluded(hit.start) or self._item_before(marked, hit.start):
                continue
            first, last = (hit.end, bound.start) if hit.end <= bound.start else (bound.end, hit.start)
            tokens = marked.tokens[first : last + 1]
            if first <= last and not any(t.comma or t.breaks for t in tokens):
                joined = marked.kinds(first, last) & {"and", "or", "but", "not", "request", "subject"}
                if not joined and all(self._idle(marked, i) for i in range(first, last)):
                    return True
        return False

    def _item_before(self, marked: Marked, start: int) -> bool:
        """ "A film without romance from the 90s": the year is the film's."""
        for index in range(start - 1, -1, -1):
            noun = self._vocabulary.nouns.at(marked.words, marked.breaks, index)
            if noun is not None or marked.words[index] in self._language.words["placeholders"]:
                return True
            if marked.tokens[index].comma or marked.breaks[index]:
                return False
        return False

    def _idle(self, marked: Marked, index: int) -> bool:
        noun = self._vocabulary.nouns.at(marked.words, marked.breaks, index)
        return noun is not None or self._language.empty(marked.words[index])

    def _weakened(self, marked: Marked, start: int) -> tuple[bool, bool]:
        """Whether "less" or "not too" stands before (weaker, not none), or "too" (which turns it around)."""
        cue = marked.cue(start - 1) if start else None
        apart = marked.tokens[start].comma or marked.breaks[start]  # "7000 or less, green"
        kinds = set(cue.value) if cue is not None and not apart else set()
        return "decrease" in kinds, "too" in kinds and "decrease" not in kinds

    def _alternatives(self, hits: list[Hit], marked: Marked, said: Scopes) -> list[list[Hit]]:
        """Values joined by "or" are one group; "a, b or c" too. Every other value stands for itself."""
        groups: list[list[Hit]] = []
        joints = [self._joint(marked, a, b) for a, b in pairwise(hits)]
        for i in reversed(range(len(joints) - 1)):
            listed = hits[i].sense.field.name == hits[i + 1].sense.field.name  # not "with a dog, Tuscany or Provence"
            if joints[i] == "," and joints[i + 1] == "or" and listed:
                joints[i] = "or"
        for i, hit in enumerate(hits):
            same = i > 0 and said.excluded(hits[i - 1].start) == said.excluded(hit.start)
            if i and joints[i - 1] == "or" and same:
                groups[-1].append(hit)
            else:
                groups.append([hit])
        return groups

    def _joint(self, marked: Marked, left: Hit, right: Hit) -> str:
        """What joins two values: "or", "and", "," or "" (nothing, or more than a joint)."""
        kinds: set[str] = set()
        slash = False
        for index in range(left.end, right.start + 1):
            token = marked.tokens[index]
            if token.breaks:
                return ""
            kinds |= {","} if token.comma else set()
            slash = slash or token.gap.strip() == "/"
            if index < right.start:
                cue = marked.cue(index)
                joins = set(cue.value) & {"or", "and"} if cue else set()
                noun = self._vocabulary.nouns.at(marked.words, marked.breaks, index)
                if not joins and not noun and not self._language.empty(token.norm):
                    return ""
                kinds |= joins
        return "or" if "or" in kinds or slash else "," if "," in kinds else "and" if "and" in kinds else ""

    def _containing(self, sense: ValueSense) -> tuple[str, ...]:
        """A refused ingredient is refused in every form: "chicken" also in "chicken stock"."""
        if sense.field.kind != "list" or not sense.own:
            return sense.values
        words = self._language.forms.singular(sense.values[0].casefold())
        part = self._vocabulary.parts.get(words)
        if part is None or part.field.name != sense.field.name or len(part.values) > MOST_CONTAINING:
            return sense.values
        return tuple(dict.fromkeys((*sense.values, *part.values)))

    # -- numbers ---------------------------------------------------------------------------------------------------

    def _numbers(
        self,
        bounds: list[Bound],
        marked: Marked,
        said: Scopes,
        compared: Sequence[int],
        items: Sequence[tuple[int, int, int]],
        found: list[Found],
        count: int | None,
        standing: Sequence[Constraint],
    ) -> list[Found]:
        out: list[Found] = []
        for bound in bounds:
            if said.relaxed[bound.start] or said_exactly(bound, bounds):
                continue
            numbers = self._vocabulary.number(bound.field)
            if numbers is None:
                continue
            denied = said.excluded(bound.start)
            hard = not (said.hedged[bound.start] or said.liked[bound.start])
            for when, moment in opposite(bound.dates) if denied else bound.dates:
                value = plain(moment) if isinstance(moment, float) else moment
                out.append(Found(Constraint(bound.field, when, value, hard), bound.start, bound.end))
            ops = bound.ops
            if bound.direction is not None:
                less, too = self._weakened(marked, bound.start)
                if too and denied:  # "but not too long"
                    less, too = True, False
                rows = [row for start, end, row in items if start <= bound.beside < end] or list(compared)
                direction = bound.direction
                others = [*standing, *(f.constraint for f in (*found, *out))]
                if direction.degree == "superlative":
                    ops = outermost(direction, numbers, others, self._catalogue, count)
                elif direction.degree == "comparative" or too:
                    ops = relative(bound, numbers, rows) or vague(
                        direction, numbers, others, self._catalogue, self._language.vague
                    )
                    denied = denied != too
                else:
                    ops = vague(direction, numbers, others, self._catalogue, self._language.vague)
                    denied, hard = denied or less, hard and not less
            if denied and ops:
                ops = turned(Bound(bound.start, bound.end, bound.field, ops), numbers)
            for op, value in ops:
                said_op, said_value = dated(op, value) if numbers.field.kind == "date" else (op, plain(value))
                out.append(Found(Constraint(bound.field, said_op, said_value, hard), bound.start, bound.end))
                if numbers.field.kind == "date" and op == "==":
                    out.append(Found(Constraint(bound.field, "<", str(int(value) + 1), hard), bound.start, bound.end))
        return spanning(any_of_them(out), self._ranges, marked.words, self._language)

    # -- fields ----------------------------------------------------------------------------------------------------

    def _field_names(self, marked: Marked, masked: Sequence[bool], taken: set[int]) -> list[tuple[int, int, Field]]:
        out = []
        for match in self._vocabulary.fields.all(marked.words, marked.breaks):
            if not any(masked[i] or i in taken for i in range(match.start, match.end)):
                out += [(match.start, match.end, f) for f in match.value[:1]]
        return out

    def _any_of(self, marked: Marked, start: int) -> bool:
        """ "any year", "whatever genre", "regardless of price"."""
        return start > 0 and marked.words[start - 1] in self._language.words["any"]
