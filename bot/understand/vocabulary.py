"""The words of a catalogue: its values, fields, units and comparatives, from its schema and its items alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understand.fuzzy import FuzzyIndex
from bot.understand.lexicon import Lexicon, Unit
from bot.understand.sayable import sayable
from bot.understand.senses import (
    CHOICES,
    Direction,
    Endings,
    ValueSense,
    code_senses,
    directions,
    flag_senses,
    names_of,
    parts,
    value_senses,
)
from bot.understand.tokens import Phrases, fold, norms
from retrieval.schema import Constraint, Field, IntArray, Item, Schema

_TEXT_LIMIT = 20_000_000  # characters of descriptions whose words are known; beyond it a sample is enough
_FEW_VALUES = 100
_CODE = 4  # letters
FEW = 0.02  # of the items: beyond them a bound says nothing
_MONTH = re.compile(r"(\d{4})-(\d{2})")
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
    def counts(self) -> bool:
        """Whether all are small whole numbers: players, rooms, stars of a hotel."""
        return bool(len(self.values)) and self.values[-1] <= 100 and bool(np.all(self.values == np.floor(self.values)))

    def parts(self, number: float) -> bool:
        """Whether some values lie below the number and some above it."""
        place = int(np.searchsorted(self.values, number))
        return FEW * len(self.values) < place < (1 - FEW) * len(self.values)

    def between(self, low: float, high: float) -> bool:
        """Whether some value lies there."""
        first, after = np.searchsorted(self.values, low), np.searchsorted(self.values, high, side="right")
        return bool(first < after)

    @property
    def is_year(self) -> bool:
        """Whether decades make sense."""
        return self.unit is not None and self.unit.dimension == "year"


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
    lines: frozenset[str] = frozenset()  # words that several titles share, as of a brand or a series
    codes: frozenset[str] = frozenset()  # values of a few capitals: "CD", "R"
    latest: Mapping[int, int] = field(default_factory=dict)  # of each month that a date field has, the latest year
    texts: bool = False  # whether there are any

    def said(self) -> frozenset[str]:
        """The words of fields, of units, of what an item is called, and of values as in `valued`."""
        named = (self.fields.words, self.directions.words, self.nouns.words, self.units, self.verbs)
        return frozenset().union(*named, self.valued())

    def valued(self, most: int = 20_000) -> frozenset[str]:
        """The words of values; where there are more than `most`, those of fields that have few values."""
        words = self.values.words
        return words if len(words) <= most else frozenset(w for sense in self.short for w in norms(sense.values[0]))

    def number(self, name: str) -> Numbers | None:
        """The number field of that name."""
        return next((n for n in self.numbers if n.field.name == name), None)


def vocabulary(catalogue: Catalogue, language: Lexicon) -> Vocabulary:
    """Read the whole catalogue once: a few seconds for 200,000 items; what it holds is bounded (`sayable`)."""
    schema, items = catalogue.schema, catalogue.items
    counts: dict[str, Counter[str]] = {f.name: Counter() for f in schema.fields if f.kind in CHOICES}
    numeric = tuple(f for f in schema.fields if f.kind in ("number", "date"))
    columns: dict[str, list[float]] = {f.name: [] for f in numeric}
    text_fields = tuple(f.name for f in schema.fields if f.kind == "text")
    words: set[str] = set()
    latest: dict[int, int] = {}
    read = 0
    for item in items:
        known = item.attributes
        for name, counter in counts.items():
            value = known.get(name)
            if value is not None:
                counter.update(value if isinstance(value, tuple) else (str(value),))
        for declared in numeric:
            columns[declared.name].append(_number_of(declared, item))
            if declared.kind == "date" and (when := _MONTH.match(str(known.get(declared.name, "")))):
                year, month = int(when[1]), int(when[2])
                latest[month] = max(year, latest.get(month, 0))
        if read < _TEXT_LIMIT:
            for text in (item.text, *(str(known[name]) for name in text_fields if name in known)):
                read += len(text)
                words.update(_WORD.findall(text.casefold()))
    named = sayable(schema, counts)
    counts, singular = named.counts, language.forms.singular
    ordinary = {name: _words_of(texts, singular) for name, texts in named.sentences.items()}
    unsaid = _words_of(named.beyond, singular).union(*ordinary.values())
    senses = [*value_senses(schema, counts, language), *flag_senses(schema, language), *code_senses(schema, counts)]
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
    if any(f.unit in ("months", "weeks", "days", "years") for f in schema.fields):  # "aged over two years"
        custom |= dict.fromkeys(language.words["years"], (Unit("time", 31557600.0),))
    units = {**custom, **language.units}
    return Vocabulary(
        schema=schema,
        values=Phrases((key, sense) for key, sense in senses),
        parts=parts(schema, counts, language, ordinary),
        compounds=Endings(schema, counts, singular, ordinary),
        misspelt=FuzzyIndex(tuple(single)),
        senses={word: tuple(found) for word, found in single.items()},
        short=tuple(
            ValueSense(f, (value,), items)
            for f in schema.fields
            if f.kind in ("category", "tags") and len(counts[f.name]) + len(named.sentences[f.name]) <= _FEW_VALUES
            for value, items in counts[f.name].items()
        ),
        fields=Phrases((words_of, f) for f in schema.fields for words_of in names_of(f)),
        directions=Phrases(directions(schema, language)),
        nouns=Phrases((form, True) for noun in nouns for form in {noun, tuple(map(singular, noun))}),
        verbs=frozenset(schema.verb.casefold() + ending for ending in language.words["verb_endings"] | {""}),
        numbers=tuple(_numbers(f, columns[f.name], units) for f in numeric),
        units=units,
        text=unsaid.union(map(singular, words)),
        texts=bool(words or unsaid),
        lines=_shared(items, singular, language),
        codes=frozenset(fold(v) for counter in counts.values() for v in counter if v.isupper() and len(v) <= _CODE),
        latest=latest,
    )


def _shared(items: Sequence[Item], singular: Callable[[str], str], language: Lexicon) -> frozenset[str]:
    """Words of content that stand in the titles of several items."""
    titles = Counter(word for item in items for word in _words_of((item.title,), singular))
    return frozenset(word for word, count in titles.items() if count > 1 and not language.empty(word))


def _words_of(texts: Sequence[str], singular: Callable[[str], str]) -> frozenset[str]:
    """The normal forms of the texts' words."""
    return frozenset(singular(fold(word)) for word in {word for text in texts for word in _WORD.findall(text)})


def _number_of(declared: Field, item: Item) -> float:
    """The field's value as a number, NaN when unknown; of a date, its year."""
    value = item.attributes.get(declared.name)
    if isinstance(value, str) and declared.kind == "date" and value[:4].isdigit():
        return float(value[:4])
    return float(value) if isinstance(value, int | float) else math.nan


def _is_year(declared: Field) -> bool:
    return declared.unit == "year"


def _numbers(declared: Field, column: list[float], units: Mapping[str, tuple[Unit, ...]]) -> Numbers:
    unit = None
    if _is_year(declared) or declared.kind == "date":
        unit = Unit("year", 1.0)
    elif declared.unit:
        key = norms(declared.unit)
        found = units.get(" ".join(key) or declared.unit, ())
        unit = found[0] if found else None
    numbers = np.array(column, dtype=np.float64)
    return Numbers(declared, unit, numbers, np.sort(numbers[~np.isnan(numbers)]))
