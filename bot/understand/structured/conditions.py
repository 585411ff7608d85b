"""The conditions that a model says a message sets -> constraints, with values and numbers that the words really say.

What the words mean by themselves goes before what the model makes of them. The model may interpret only words that
nothing else explains ("a tearjerker"), and such a reading is a preference, never a filter. Numbers come from the
built-in parser; "cheap" and "newer than that" are worked out over the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.understand.extremes import Bound, relative, vague
from bot.understand.reading import Context
from bot.understand.senses import Degree, Direction, ValueSense
from bot.understand.stating import Found, dated, either, last_word, plain, refusing, several, wanting
from bot.understand.structured.proposal import COMPARED, REFUSE, Dropped, Wanted
from bot.understand.structured.quotes import Quotes, Span
from bot.understand.tokens import norms
from bot.understand.vocabulary import Catalogue, Numbers
from retrieval.schema import Constraint, Field, Op

_SAME = 88.0  # per cent: a value with a slip
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
        return tuple(f.constraint for f in last_word(_merged(found)))

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
        name, own = numbers.field.name, self._parsed(wanted)
        values = [value for value in wanted.numbers if self.quotes.says(value) and numbers.plausible(value)]
        if own:  # the words as the parser reads them, unit and all
            values = [value for value in values if value in own] or own
        if not values:
            self._drop(wanted, "no such number in the message")
            self.left.append(span)
            return
        op: Op = wanted.op  # type: ignore[assignment]  # comparisons with items went another way
        if numbers.field.kind == "date":
            for value in values[:1]:
                said, year = dated(op, value)
                yield Constraint(name, said, year, wanted.hard)
                if op == "==":
                    yield Constraint(name, "<", str(int(value) + 1), wanted.hard)
            return
        if op in ("in", "not_in") and len(values) > 1:
            either_of: tuple[float, ...] = tuple(map(plain, values))
            yield Constraint(name, op, either_of, wanted.hard)  # type: ignore[arg-type]  # Value names only text
            return
        yield Constraint(name, {"in": "==", "not_in": "!="}.get(op, op), plain(values[0]), wanted.hard)  # type: ignore[arg-type]

    def _parsed(self, wanted: Wanted) -> list[float]:
        """The numbers that the built-in reader found for the same side of the same field."""
        side = next((s for s in (_LOWER, _UPPER) if wanted.op in s), frozenset({wanted.op, "==", "in"}))
        out: list[float] = []
        for constraint in self.quotes.built_in.constraints:
            if constraint.field == wanted.field and constraint.op in side:
                values = constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)
                out += [float(str(value)[:4] if isinstance(value, str) else value) for value in values]
        return out

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
        index, hit = 0, False
        while index < len(words):
            matches = [m for m in (vocabulary.values.at(w, unbroken, index) for w in variants) if m]
            match = max(
                (m for m in matches if any(s.field.name == field.name for s in m.value)),
                key=lambda m: m.end,
                default=None,
            )
            if match is None:
                index += 1
                continue
            hit, index = True, match.end
            yield next(s for s in match.value if s.field.name == field.name)
        if hit:
            return
        for word in map(forms.singular, words):
            part = vocabulary.parts.get(word)
            if part is not None and part.field.name == field.name:
                yield part
            elif len(word) > 3 and not self.quotes.language.empty(word):
                near = vocabulary.misspelt.search(word, _SAME, limit=1)
                senses = vocabulary.senses[vocabulary.misspelt.strings[near[0][0]]] if near else ()
                yield from (s for s in senses[:1] if s.field.name == field.name)

    def _drop(self, wanted: Wanted, why: str) -> None:
        self.dropped.append(f"{wanted.field} {wanted.op} {str(wanted.value)[:60]!r} ({wanted.words[:60]!r}): {why}")


def _merged(found: Sequence[Found]) -> list[Found]:
    """No item has two values of a category: "red" and "blue" ask for either."""
    out: list[Found] = []
    for new in found:
        c = new.constraint
        same = next((i for i, old in enumerate(out) if either(old.constraint, c)), None)
        values = (*several(out[same].constraint.value), *several(c.value)) if same is not None else ()
        if same is None or not all(isinstance(value, str) for value in values):
            out.append(new)
            continue
        old, values = out[same], tuple(dict.fromkeys(values))
        hard = old.constraint.hard and c.hard
        one = (
            Constraint(c.field, "==", values[0], hard) if len(values) == 1 else Constraint(c.field, "in", values, hard)
        )
        out[same] = Found(one, old.start, new.end)
    return out
