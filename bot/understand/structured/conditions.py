"""The conditions that a model says a message sets -> constraints, with values and numbers that the words really say.

What the words mean by themselves goes before what the model makes of them. The model may interpret only words that
nothing else explains ("a tearjerker"), and such a reading is a preference, never a filter. Numbers come from the
built-in parser; "cheap" and "newer than that" are worked out over the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.understand.extremes import Bound, relative, vague
from bot.understand.reading import Context
from bot.understand.senses import Degree, Direction, ValueSense
from bot.understand.stating import Found, dated, last_word, one_of_each_category, plain, refusing, wanting
from bot.understand.structured.proposal import COMPARED, REFUSE, Dropped, Wanted
from bot.understand.structured.quotes import Quotes, Span
from bot.understand.tokens import norms
from bot.understand.vocabulary import Catalogue, Numbers
from retrieval.schema import Constraint, Field

_SAME = 88.0  # per cent: a value with a slip
_SHORT = 3  # letters: too few for a slip to be told from another word
_LOWER, _UPPER = frozenset({">", ">="}), frozenset({"<", "<="})
_DEGREES: dict[str, Degree] = {"low": "base", "high": "base", "lower": "comparative", "higher": "comparative"}


class ConditionGrounding:
    """The conditions of one message. `dropped` says what was set aside, and why; `left` are words without an answer."""

    def __init__(
        self, quotes: Quotes, catalogue: Catalogue, context: Context, items: Sequence[tuple[Span, int]]
    ) -> None:
        """`items` are rows named in the message and where: "newer than Alien" is measured by them."""
        self.quotes, self.catalogue, self.context, self.items = quotes, catalogue, context, items
        self.schema, self.vocabulary = catalogue.schema, quotes.vocabulary
        self.dropped: list[str] = []
        self.left: list[Span] = []
        self.order: tuple[str, bool] | None = None

    def constraints(self, proposed: Iterable[Wanted]) -> tuple[Constraint, ...]:
        """Constraints of the contract, in the order of the proposal; of two that contradict, the last."""
        found: list[Found] = []
        for wanted in sorted(proposed, key=lambda w: w.op in COMPARED):  # what is vague depends on what is not
            span = self.quotes.find(wanted.words)
            if span is None:
                self._drop(wanted, "not in the message")
                continue
            new = list(self._of(wanted, span, found))
            found += (Found(constraint, span.start, span.end) for constraint in new)
        used = {i for f in found for i in range(f.start, f.end)}
        self.left = [span for span in self.left if used.isdisjoint(span.indices)]
        return tuple(f.constraint for f in last_word(one_of_each_category(found)))

    def no_longer(self, proposed: Iterable[Dropped]) -> tuple[str, ...]:
        """Fields and values that no longer matter."""
        out: dict[str, None] = {}
        for gone in proposed:
            span = self.quotes.find(gone.words)
            field = self.schema.field(gone.field)
            if span is None or not (self.quotes.carries(span) or self._names(field, span)):
                self.dropped.append(f"relaxed {gone.field}: not in the message")
                continue
            values = self._lexical(field, span) or (self._canonical(field, gone.value) if gone.value else ())
            out |= dict.fromkeys(values if values and field.kind != "flag" else (field.name,))
        return tuple(out)

    # -- one condition ---------------------------------------------------------------------------------------------

    def _of(self, wanted: Wanted, span: Span, found: Sequence[Found]) -> Iterator[Constraint]:
        field = self.schema.field(wanted.field)
        numbers = self.vocabulary.number(field.name)
        if numbers is None:
            yield from self._values(wanted, field, span)
        elif wanted.op in COMPARED:
            yield from self._compared(wanted, numbers, span, found)
        else:
            yield from self._numbers(wanted, numbers, span)

    def _values(self, wanted: Wanted, field: Field, span: Span) -> Iterator[Constraint]:
        values = self._lexical(field, span)
        hard = wanted.hard
        if not values and self.quotes.tells(span):
            # Only the model's own interpretation of words that nothing explains: preferred, not required.
            values, hard = self._known(field, wanted.values), False
        if not values:
            self._drop(wanted, "neither a value of the catalogue nor words of the message")
            self.left.append(span)
            return
        denied = wanted.op in REFUSE
        if field.kind == "flag" and isinstance(wanted.value, bool):
            denied = denied == wanted.value  # refusing "false" wants "true"
            values = ("true",)
        each = [values] if wanted.op in ("in", "not_in") or field.kind == "flag" else [(value,) for value in values]
        if denied and field.kind != "flag":
            each = [(value,) for value in values]
        for some in each:
            yield (refusing if denied else wanting)(field, some, hard)

    def _numbers(self, wanted: Wanted, numbers: Numbers, span: Span) -> Iterator[Constraint]:
        """Where the built-in parser read the same side of the field, its reading stands: it knows units and decades."""
        values = [v for v in wanted.numbers if self.quotes.says(v, span) and numbers.plausible(v)]
        proposed = _on_numbers(wanted, numbers, values)
        parsed = [replace(c, hard=wanted.hard) for c in self._parsed(wanted)]
        if not proposed and not parsed:
            self._drop(wanted, "no such number in the message")
            self.left.append(span)
        yield from proposed if proposed and _values_of(proposed) <= _values_of(parsed or proposed) else parsed

    def _parsed(self, wanted: Wanted) -> list[Constraint]:
        """What the built-in reader found for the same side of the same field."""
        side = next((side for side in (_LOWER, _UPPER) if wanted.op in side), frozenset({wanted.op, "==", "in"}))
        return [c for c in self.quotes.built_in.constraints if c.field == wanted.field and c.op in side]

    def _compared(self, wanted: Wanted, numbers: Numbers, span: Span, found: Sequence[Found]) -> Iterator[Constraint]:
        more = wanted.op.startswith("high")
        if not self.quotes.carries(span) and not self._directs(numbers.field, span):
            self._drop(wanted, "its words compare nothing")
            return
        if wanted.op.endswith("est"):
            self.order = (numbers.field.name, more)
            return
        direction = Direction(numbers.field, more, _DEGREES[wanted.op])
        bound = Bound(span.start, span.end, numbers.field.name, (), direction)
        others = [*self.context.constraints, *(f.constraint for f in found)]
        ops = relative(bound, numbers, self._beside(span)) if direction.degree == "comparative" else ()
        for op, value in ops or vague(direction, numbers, others, self.catalogue, self.quotes.language.vague):
            said_op, said = dated(op, value) if numbers.field.kind == "date" else (op, plain(value))
            yield Constraint(numbers.field.name, said_op, said, wanted.hard)

    def _beside(self, span: Span) -> Sequence[int]:
        """Rows to compare with: those named right behind or inside, else those named at all, else the last list."""
        inside = [row for at, row in self.items if span.start <= at.start <= span.end + 2]
        return inside or [row for _, row in self.items] or self.context.shown

    def _directs(self, field: Field, span: Span) -> bool:
        """Whether the words compare this field: "cheaper"."""
        marked = self.quotes.marked
        found = (self.vocabulary.directions.at(marked.words, marked.breaks, i) for i in span.indices)
        return any(d.field.name == field.name for match in found if match for d in match.value)

    def _names(self, field: Field, span: Span) -> bool:
        marked = self.quotes.marked
        found = (self.vocabulary.fields.at(marked.words, marked.breaks, i) for i in span.indices)
        return any(f.name == field.name for match in found if match for f in match.value)

    # -- values ----------------------------------------------------------------------------------------------------

    def _lexical(self, field: Field, span: Span) -> tuple[str, ...]:
        """The values of the field that these words name by themselves, whatever the model says."""
        words = tuple(self.quotes.marked.words[span.start : span.end])
        return tuple(dict.fromkeys(v for sense in self._senses(field, words) for v in sense.values))

    def _known(self, field: Field, said: Iterable[object]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for value in said for v in self._canonical(field, str(value))))

    def _canonical(self, field: Field, value: str) -> tuple[str, ...]:
        """The catalogue's own spelling of a value that a model named; empty when it has none like it."""
        words = norms(value)
        whole = [s for s in self._senses(field, words) if len(s.values) == 1]
        return whole[0].values if whole else ()

    def _senses(self, field: Field, words: tuple[str, ...]) -> Iterator[ValueSense]:
        """Longest values first from left to right; else a part of one ("Hanks"), or one with a slip."""
        forms, vocabulary = self.quotes.language.forms, self.vocabulary
        variants = (words, tuple(map(forms.singular, words)), tuple(map(forms.bare, words)))
        unbroken = (False,) * len(words)
        index = 0
        while index < len(words):
            matches = [m for m in (vocabulary.values.at(w, unbroken, index) for w in variants) if m]
            own = [(m.end, s) for m in matches for s in m.value if s.field.name == field.name]
            if own:
                index, sense = max(own, key=lambda found: found[0])
                yield sense
                continue
            yield from (s for s in self._nearly(variants[1][index]) if s.field.name == field.name)
            index += 1

    def _nearly(self, word: str) -> Sequence[ValueSense]:
        """Values that a word stands in, or that it misspells."""
        vocabulary = self.vocabulary
        if word in vocabulary.parts:
            return (vocabulary.parts[word],)
        if len(word) <= _SHORT or self.quotes.language.empty(word):
            return ()
        near = vocabulary.misspelt.search(word, _SAME, limit=1)
        return vocabulary.senses[vocabulary.misspelt.strings[near[0][0]]] if near else ()

    def _drop(self, wanted: Wanted, why: str) -> None:
        self.dropped.append(f"{wanted.field} {wanted.op} {str(wanted.value)[:60]!r} ({wanted.words[:60]!r}): {why}")


def _on_numbers(wanted: Wanted, numbers: Numbers, values: Sequence[float]) -> list[Constraint]:
    """The constraints that a comparison with these numbers is, none for no number."""
    name, hard, op = wanted.field, wanted.hard, wanted.op
    if not values:
        return []
    if numbers.field.kind == "date":
        said, year = dated(op, values[0])  # type: ignore[arg-type]  # comparisons with items went another way
        whole = [Constraint(name, "<", str(int(values[0]) + 1), hard)] if op == "==" else []
        return [Constraint(name, said, year, hard), *whole]
    if op in ("in", "not_in") and len(values) > 1:
        return [Constraint(name, op, tuple(map(plain, values)), hard)]  # type: ignore[arg-type]  # Value names only text
    one = {"in": "==", "not_in": "!="}.get(op, op)
    return [Constraint(name, one, plain(values[0]), hard)]  # type: ignore[arg-type]  # as above


def _values_of(constraints: Iterable[Constraint]) -> set[object]:
    return {v for c in constraints for v in (c.value if isinstance(c.value, tuple) else (c.value,))}
