"""The words of a catalogue: its values, fields, units and comparatives, from its schema and its items alone."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understand.fuzzy import FuzzyIndex
from bot.understand.lexicon import Lexicon, Unit, Words
from bot.understand.tokens import Phrases, norms
from retrieval.schema import Constraint, Field, IntArray, Item, Schema

Degree = Literal["base", "comparative", "superlative"]
_CHOICES = ("category", "tags", "list")
_TEXT_LIMIT = 20_000_000  # characters of descriptions whose words are known; beyond it a sample is enough
_FEW_VALUES = 100
_PARTIAL_LIMIT = 30  # a word that more values than this contain says nothing
_WORD = re.compile(r"[^\W\d_]+")


class Catalogue(Protocol):
    """What understanding needs of a catalogue (retrieval.catalogue.Catalogue has more)."""

    @property
    def schema(self) -> Schema: ...
    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def counts(self) -> IntArray: ...
    def matches(self, constraint: Constraint) -> NDArray[np.bool_]: ...


@dataclass(frozen=True)
class ValueSense:
    """Words that mean a value of a field; several values when a word stands in all of them ("Hanks").

    A weak one (one letter, a number, a function word) counts only beside its field's name or in quotes.
    """

    field: Field
    values: tuple[str, ...]
    items: int  # how many have it: the reading that more items share is likelier
    weak: bool = False
    degree: Degree = "base"
    own: bool = True  # the value itself, its synonyms included, rather than a part of it
    refusal: bool = False  # words that mean these values only where they are refused


@dataclass(frozen=True)
class Direction:
    """Words for larger (`more`) or smaller values of a field."""

    field: Field
    more: bool
    degree: Degree


@dataclass(frozen=True)
class Numbers:
    """A number field: what it measures and how its values lie."""

    field: Field
    unit: Unit | None  # None: a bare number; dimension "year" for years
    column: NDArray[np.float64]  # [n_items], NaN where unknown
    values: NDArray[np.float64]  # known ones, sorted

    def quantile(self, share: float) -> float:
        """The value below which that share of the items lies; 0 for none known."""
        return float(self.values[min(int(share * len(self.values)), len(self.values) - 1)]) if len(self.values) else 0.0

    def plausible(self, number: float) -> bool:
        """Whether the number lies in the field's range, a little beyond included."""
        if not len(self.values):
            return False
        low, high = float(self.values[0]), float(self.values[-1])
        if self.is_year:
            return min(low, 1800) <= number <= max(high, 2100) and number == int(number)
        return low - 0.5 * abs(low) <= number <= high + 0.5 * abs(high)

    @property
    def is_year(self) -> bool:
        """Whether decades make sense."""
        return self.unit is not None and self.unit.dimension == "year"


class Endings:
    """Values of list fields by how their words end."""

    def __init__(self, schema: Schema, counts: Mapping[str, Counter[str]], singular: Callable[[str], str]) -> None:
        self._entries = sorted(
            (singular(word)[::-1], f.name, value)
            for f in schema.fields
            if f.kind == "list"
            for value in counts[f.name]
            for word in norms(value)
        )

    def of(self, ending: str, most: int) -> tuple[str, tuple[str, ...]] | None:
        """The first field that has values with such a word, and those values; None for none, or more than `most`."""
        key = ending[::-1]
        first = bisect_left(self._entries, (key,))
        found: dict[str, list[str]] = {}
        for word, name, value in self._entries[first : first + most + 1]:
            if not word.startswith(key):
                break
            found.setdefault(name, []).append(value)
        if not found or sum(map(len, found.values())) > most:
            return None
        name, values = next(iter(found.items()))
        return name, tuple(sorted(set(values)))


@dataclass(frozen=True)
class Vocabulary:
    """Built once per catalogue."""

    schema: Schema
    values: Phrases[ValueSense]
    parts: Mapping[str, ValueSense]  # one word of a longer value
    compounds: Endings  # of the words of list fields: "nut" in "walnuts"
    misspelt: FuzzyIndex  # over single words of `values`
    senses: Mapping[str, tuple[ValueSense, ...]]  # by single word, for `misspelt`
    short: tuple[ValueSense, ...]  # values of fields that have few: these are cut short and joined ("romcom")
    fields: Phrases[Field]
    directions: Phrases[Direction]
    nouns: Phrases[bool]
    verbs: frozenset[str]  # what one does with an item, in its regular forms
    numbers: tuple[Numbers, ...]
    units: Mapping[str, tuple[Unit, ...]]
    text: frozenset[str] = field(default_factory=frozenset)  # words of descriptions
    texts: bool = False  # whether there are any

    def number(self, name: str) -> Numbers | None:
        """The number field of that name."""
        return next((n for n in self.numbers if n.field.name == name), None)


def vocabulary(catalogue: Catalogue, language: Lexicon) -> Vocabulary:
    """Read the whole catalogue once: about a second for 200,000 items."""
    schema, items = catalogue.schema, catalogue.items
    counts: dict[str, Counter[str]] = {f.name: Counter() for f in schema.fields if f.kind in _CHOICES}
    numeric = tuple(f for f in schema.fields if f.kind in ("number", "date"))
    columns: dict[str, list[float]] = {f.name: [] for f in numeric}
    text_fields = tuple(f.name for f in schema.fields if f.kind == "text")
    words: set[str] = set()
    read = 0
    for item in items:
        known = item.attributes
        for name, counter in counts.items():
            value = known.get(name)
            if value is not None:
                counter.update(value if isinstance(value, tuple) else (str(value),))
        for declared in numeric:
            columns[declared.name].append(_number_of(declared, item))
        if read < _TEXT_LIMIT:
            for text in (item.text, *(str(known[name]) for name in text_fields if name in known)):
                read += len(text)
                words.update(_WORD.findall(text.casefold()))
    singular = language.forms.singular
    senses = [*_value_senses(schema, counts, language), *_flag_senses(schema, language)]
    single: dict[str, list[ValueSense]] = {}
    for key, sense in senses:
        if len(key) == 1 and not sense.weak and len(key[0]) > 3:
            single.setdefault(key[0], []).append(sense)
    nouns = {norms(noun) for noun in (schema.noun, schema.plural, *schema.nouns)}
    custom: dict[str, tuple[Unit, ...]] = {}
    for declared in schema.fields:
        key = norms(declared.unit or "")
        if declared.kind == "number" and len(key) == 1 and key[0] not in language.units and not _is_year(declared):
            unit = (Unit(f"own {singular(key[0])}", 1.0),)
            custom |= {key[0]: unit, singular(key[0]): unit, singular(key[0]) + "s": unit}
    units = {**custom, **language.units}
    return Vocabulary(
        schema=schema,
        values=Phrases((key, sense) for key, sense in senses),
        parts=_parts(schema, counts, language),
        compounds=Endings(schema, counts, singular),
        misspelt=FuzzyIndex(tuple(single)),
        senses={word: tuple(found) for word, found in single.items()},
        short=tuple(
            ValueSense(f, (value,), items)
            for f in schema.fields
            if f.kind in ("category", "tags") and len(counts[f.name]) <= _FEW_VALUES
            for value, items in counts[f.name].items()
        ),
        fields=Phrases((words_of, f) for f in schema.fields for words_of in _names(f)),
        directions=Phrases(_directions(schema, language)),
        nouns=Phrases((form, True) for noun in nouns for form in {noun, tuple(map(singular, noun))}),
        verbs=frozenset(schema.verb.casefold() + ending for ending in language.words["verb_endings"] | {""}),
        numbers=tuple(_numbers(f, columns[f.name], units) for f in numeric),
        units=units,
        text=frozenset(singular(word) for word in words),
        texts=bool(words),
    )


def _number_of(declared: Field, item: Item) -> float:
    """The field's value as a number, NaN when unknown; of a date, its year."""
    value = item.attributes.get(declared.name)
    if isinstance(value, str) and declared.kind == "date" and value[:4].isdigit():
        return float(value[:4])
    return float(value) if isinstance(value, int | float) else math.nan


def _is_year(declared: Field) -> bool:
    return declared.unit in ("year", "years")


def _names(declared: Field) -> set[Words]:
    return {norms(name.replace("_", " ")) for name in (declared.name, declared.label, *declared.synonyms)} - {()}


def _numbers(declared: Field, column: list[float], units: Mapping[str, tuple[Unit, ...]]) -> Numbers:
    unit = None
    if _is_year(declared) or declared.kind == "date":
        unit = Unit("year", 1.0)
    elif declared.unit:
        key = norms(declared.unit)
        found = units.get(key[0] if key else declared.unit, ())
        unit = found[0] if found else None
    numbers = np.array(column, dtype=np.float64)
    return Numbers(declared, unit, numbers, np.sort(numbers[~np.isnan(numbers)]))


def _value_senses(
    schema: Schema, counts: Mapping[str, Counter[str]], language: Lexicon
) -> Iterator[tuple[Words, ValueSense]]:
    forms = language.forms
    for declared in schema.fields:
        if declared.kind not in _CHOICES:
            continue
        known = counts[declared.name]
        for value in (*known, *(v for v in declared.values if v not in known)):
            said: dict[Words, Degree] = {}
            for name in (value, *declared.values.get(value, ())):
                words = norms(name)
                if not words:
                    continue
                degree: Degree = "superlative" if _superlative(words, language) else "base"
                said.setdefault(words, degree)
                said.setdefault(tuple(map(forms.singular, words)), degree)
                said.setdefault(tuple(map(forms.bare, words)), degree)
                if len(words) > 1 and len("".join(words)) <= 12:
                    said.setdefault(("".join(words),), degree)  # "scifi", "filmnoir"
                elif len(words) == 1 and len(words[0]) > 2:
                    more, most = forms.compared(words[0])
                    said.setdefault((more,), "comparative")
                    said.setdefault((most,), "superlative")
            own = tuple(map(forms.singular, norms(value)))
            for words, degree in said.items():
                weak = tuple(map(forms.singular, words)) == own and _weak(words, language)
                yield words, ValueSense(declared, (value,), known[value], weak, degree)


def _flag_senses(schema: Schema, language: Lexicon) -> Iterator[tuple[Words, ValueSense]]:
    for declared in schema.fields:
        if declared.kind != "flag":
            continue
        for words in _names(declared):
            yield words, ValueSense(declared, ("true",), 0, _weak(words, language))
        for value, said in declared.values.items():
            truth = "true" if value.casefold() in ("true", "yes", "1") else "false"
            for name in said:
                yield norms(name), ValueSense(declared, (truth,), 0, False)


def _weak(words: Words, language: Lexicon) -> bool:
    empty = language.function_words | language.politeness
    if len(words) > 1:
        return all(word in empty for word in words)
    return len(words[0]) < 3 or words[0][0].isdigit() or words[0] in empty


def _superlative(words: Words, language: Lexicon) -> bool:
    most = {forms[-1] for forms in language.forms.irregular.values()}
    suffix = language.forms.superlative[-1][1]
    return words[0] in most | language.words["superlatives"] or (len(words[0]) > 4 and words[0].endswith(suffix))


def _parts(schema: Schema, counts: Mapping[str, Counter[str]], language: Lexicon) -> dict[str, ValueSense]:
    """Words of several-word values: "hanks" for Tom Hanks."""
    found: dict[tuple[str, str], list[str]] = {}
    fields = {f.name: f for f in schema.fields}
    nouns = {word for noun in (schema.noun, schema.plural, *schema.nouns) for word in norms(noun)}
    for name, known in counts.items():
        for value in known:
            words = norms(value)
            for word in {language.forms.singular(w) for w in words} if len(words) > 1 else ():
                if len(word) > 2 and not language.empty(word) and word not in nouns:
                    found.setdefault((word, name), []).append(value)
    out: dict[str, ValueSense] = {}
    for (word, name), values in found.items():
        items = sum(counts[name][value] for value in values)
        if len(values) <= _PARTIAL_LIMIT and (word not in out or out[word].items < items):
            out[word] = ValueSense(fields[name], tuple(values), items, own=False)
    return out


def _directions(schema: Schema, language: Lexicon) -> Iterator[tuple[Words, Direction]]:
    for declared in schema.fields:
        for more, words in ((True, declared.more), (False, declared.less)):
            for said in words:
                yield from _degrees(declared, more, norms(said), language)


def _degrees(declared: Field, more: bool, words: Words, language: Lexicon) -> Iterator[tuple[Words, Direction]]:
    """ "newer" also gives "new" and "newest"; "more recent" also "recent", "most recent" and "less recent"."""
    if not words:
        return
    head, rest = words[0], words[1:]
    plus, minus = language.words["more"], language.words["less"]
    if head in plus | minus and rest:
        yield words, Direction(declared, more, "comparative")
        turned = more if head in plus else not more
        for word in plus:
            yield (word, *rest), Direction(declared, turned, "comparative")
        for word in minus:
            yield (word, *rest), Direction(declared, not turned, "comparative")
        for word in language.words["most"]:
            yield (word, *rest), Direction(declared, turned, "superlative")
        for word in language.words["least"]:
            yield (word, *rest), Direction(declared, not turned, "superlative")
        if not all(map(language.empty, rest)) or head in minus:
            yield rest, Direction(declared, turned, "base")
    elif _superlative(words, language):
        yield words, Direction(declared, more, "superlative")
    else:
        yield words, Direction(declared, more, "comparative")
        for base in language.forms.bases(head):
            most = language.forms.compared(base)[1]
            yield (most, *rest), Direction(declared, more, "superlative")
            if not language.words["vague_never"] & {base}:
                yield (base, *rest), Direction(declared, more, "base")


def distinct(senses: Iterable[ValueSense]) -> list[ValueSense]:
    """One sense per field, the more frequent first."""
    best: dict[str, ValueSense] = {}
    for sense in senses:
        held = best.get(sense.field.name)
        if held is None or held.items < sense.items:
            best[sense.field.name] = sense
    return sorted(best.values(), key=lambda s: -s.items)
