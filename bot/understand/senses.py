"""What words can mean in one catalogue: its values, parts of them, flags, and more or less of a field."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from bot.understand.lexicon import Lexicon, Words
from bot.understand.tokens import norms
from retrieval.schema import Field, Schema

Degree = Literal["base", "comparative", "superlative"]
CHOICES = ("category", "tags", "list")
_NAME = 4  # words of a name that may be written with the family first
_CODE = re.compile(r"[A-Za-z]{1,3}\d{1,4}[A-Za-z]?")
NOTHING: Mapping[str, Set[str]] = {}
_PARTIAL_LIMIT = 30  # a word that more values than this contain says nothing


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


class Endings:
    """Values of tags and list fields by how their words end."""

    def __init__(
        self,
        schema: Schema,
        counts: Mapping[str, Counter[str]],
        singular: Callable[[str], str],
        ordinary: Mapping[str, Set[str]] = NOTHING,
    ) -> None:
        """`ordinary` as in `parts`."""
        self._entries = sorted(
            (singular(word)[::-1], f.name, value)
            for f in schema.fields
            if f.kind in ("list", "tags")
            for value in counts[f.name]
            for word in norms(value)
            if singular(word) not in ordinary.get(f.name, ())
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


def value_senses(
    schema: Schema, counts: Mapping[str, Counter[str]], language: Lexicon
) -> Iterator[tuple[Words, ValueSense]]:
    forms = language.forms
    for declared in schema.fields:
        if declared.kind not in CHOICES:
            continue
        known = counts[declared.name]
        sizes = {v for v in known if v.casefold() in language.spelled}
        for value in (*known, *(v for v in declared.values if v not in known)):
            said: dict[Words, Degree] = {}
            written = language.spelled[value.casefold()] if value in sizes and len(sizes) > 1 else ()
            for name in (value, *declared.values.get(value, ()), *written):
                words = norms(name)
                if not words:
                    continue
                family, comma, given = name.partition(", ")
                if comma and "," not in given and len(words) <= _NAME:  # "Lee, Kim" is called Kim Lee
                    said.setdefault((*norms(given), *norms(family)), "base")
                degree: Degree = "superlative" if _superlative(words, language) else "base"
                said.setdefault(words, degree)
                said.setdefault(tuple(map(forms.singular, words)), degree)
                said.setdefault(tuple(map(forms.bare, words)), degree)
                if len(words) > 1 and len("".join(words)) <= 12:
                    said.setdefault(("".join(words),), degree)  # "scifi", "filmnoir"
                elif len(words) == 1 and language.words["graded"] | language.adjectives >= {words[0]}:
                    more, most = forms.compared(words[0])
                    said.setdefault((more,), "comparative")
                    said.setdefault((most,), "superlative")
            own = tuple(map(forms.singular, norms(value)))
            for words, degree in said.items():
                weak = tuple(map(forms.singular, words)) == own and _weak(words, language)
                yield words, ValueSense(declared, (value,), known[value], weak, degree)


def code_senses(schema: Schema, counts: Mapping[str, Counter[str]]) -> Iterator[tuple[Words, ValueSense]]:
    """ "i7" of "Intel Core i7": names of a letter or a few and a figure, which are several words here."""
    for declared in schema.fields:
        found: dict[Words, list[str]] = {}
        for value in counts.get(declared.name, ()):
            for word in value.split() if " " in value else ():
                if _CODE.fullmatch(word):
                    found.setdefault(norms(word), []).append(value)
        for words, values in found.items():
            items = sum(counts[declared.name][value] for value in values)
            if len(words) > 1 and len(values) <= _PARTIAL_LIMIT:
                yield words, ValueSense(declared, tuple(values), items, own=False)


def flag_senses(schema: Schema, language: Lexicon) -> Iterator[tuple[Words, ValueSense]]:
    for declared in schema.fields:
        if declared.kind != "flag":
            continue
        for words in names_of(declared):
            yield words, ValueSense(declared, ("true",), 0, _weak(words, language))
        for value, said in declared.values.items():
            truth = "true" if value.casefold() in ("true", "yes", "1") else "false"
            for name in said:
                yield norms(name), ValueSense(declared, (truth,), 0, False)


def parts(
    schema: Schema, counts: Mapping[str, Counter[str]], language: Lexicon, ordinary: Mapping[str, Set[str]] = NOTHING
) -> dict[str, ValueSense]:
    """Words of several-word values: "hanks" for Tom Hanks. Not those in `ordinary`, by field, which stand in values
    that are not in `counts` as well."""
    found: dict[tuple[str, str], list[str]] = {}
    fields = {f.name: f for f in schema.fields}
    nouns = {word for noun in (schema.noun, schema.plural, *schema.nouns) for word in norms(noun)}
    for name, known in counts.items():
        usual = ordinary.get(name, ())
        for value in known:
            words = norms(value)
            for word in {language.forms.singular(w) for w in words} if len(words) > 1 else ():
                if len(word) > 2 and not language.empty(word) and word not in nouns and word not in usual:
                    found.setdefault((word, name), []).append(value)
    out: dict[str, ValueSense] = {}
    for (word, name), values in found.items():
        items = sum(counts[name][value] for value in values)
        if len(values) <= _PARTIAL_LIMIT and (word not in out or out[word].items < items):
            out[word] = ValueSense(fields[name], tuple(values), items, own=False)
    return out


def directions(schema: Schema, language: Lexicon) -> Iterator[tuple[Words, Direction]]:
    for declared in schema.fields:
        yield from directions_of(declared, language)


def directions_of(declared: Field, language: Lexicon) -> Iterator[tuple[Words, Direction]]:
    """Words for larger and smaller values of one field, each with its degree.

    What only names the field says nothing of it: "more votes" makes no degree of "votes".
    """
    names = names_of(declared)
    for more, words in ((True, declared.more), (False, declared.less)):
        for said in words:
            degrees = _degrees(declared, more, norms(said), language)
            yield from ((form, meant) for form, meant in degrees if meant.degree != "base" or form not in names)


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
                if rest:  # "highly rated"
                    yield (base + language.forms.adverb, *rest), Direction(declared, more, "base")


def distinct(senses: Iterable[ValueSense]) -> list[ValueSense]:
    """One sense per field, the more frequent first."""
    best: dict[str, ValueSense] = {}
    for sense in senses:
        held = best.get(sense.field.name)
        if held is None or held.items < sense.items:
            best[sense.field.name] = sense
    return sorted(best.values(), key=lambda s: -s.items)


def _weak(words: Words, language: Lexicon) -> bool:
    empty = language.function_words | language.politeness
    if len(words) > 1:
        return all(word in empty for word in words)
    return len(words[0]) < 3 or words[0][0].isdigit() or words[0] in empty


def _superlative(words: Words, language: Lexicon) -> bool:
    most = {forms[-1] for forms in language.forms.irregular.values()}
    suffix = language.forms.superlative[-1][1]
    return words[0] in most | language.words["superlatives"] or (len(words[0]) > 4 and words[0].endswith(suffix))


def names_of(declared: Field) -> set[Words]:
    """Every way to name a field."""
    return {norms(name.replace("_", " ")) for name in (declared.name, declared.label, *declared.synonyms)} - {()}
