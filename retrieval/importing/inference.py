"""A schema for a table that came without one, and which of its columns are id, title and description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from retrieval.importing import forms, words
from retrieval.importing.columns import MOSTLY, SENTENCE, Column, explicit, kind, look, unit_of
from retrieval.schema import Field, Schema

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Roles:
    """The columns that are no fields. `id` None: the row's number; `title` None: the noun and the id."""

    id: str | None = None
    title: str | None = None
    text: str | None = None
    aliases: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """The column of each field."""


@dataclass(frozen=True)
class Inferred:
    """What was found, and the columns that are left out with the reason."""

    schema: Schema
    roles: Roles
    left_out: Mapping[str, str]


def columns_of(sample: Rows) -> dict[str, Column]:
    """Every column of the sample, in the order they are met."""
    names = dict.fromkeys(name for row in sample for name in row)
    found = {name: look(name, [row.get(name) for row in sample]) for name in names}
    ends = words.ends(tuple(found))
    return {name: replace(column, meaning=ends.get(name, "")) for name, column in found.items()}


def infer(name: str, columns: Mapping[str, Column]) -> Inferred:
    """The schema of a catalogue called `name`."""
    key = _id(columns)
    title = _title(name, columns, key)
    if key is None and title is not None and columns[title].unique == 1.0 and columns[title].filled == 1.0:
        key = title  # steadier than the row's number: it survives another order of the rows
    text = _text(columns, {key, title})
    aliases = tuple(c for c in columns if c not in (key, title, text) and words.rank(c, "aliases") is not None)
    taken = {key, title, text, *aliases}
    fields: list[Field] = []
    used: dict[str, str] = {}
    left_out: dict[str, str] = {}
    solid = any({"width", "height", "depth", "wheelbase"} & set(words.words_of(column)) for column in columns)
    for column in columns.values():
        if column.name in taken:
            continue
        if (found := kind(column)) is None:
            left_out[column.name] = "empty" if not column.known else "links, pictures, codes or nested objects"
            continue
        field_name = _free(words.field_name(column.name), used)
        used[field_name] = column.name
        if found == "category" and _says_units(column):
            left_out[column.name] = f"the same everywhere: {column.values[0]}"
            continue
        fields.append(_field(field_name, column, found, solid))
    fields = _in_one_currency(fields, [columns[used[f.name]] for f in fields], columns)
    noun = words.noun_of(name, tuple(column for column in (title, key) if column is not None))
    return Inferred(
        _schema(name, noun, _apart(fields, _nouns(name, noun))), Roles(key, title, text, aliases, used), left_out
    )


def _says_units(column: Column) -> bool:
    """A currency or a period that never changes is no choice."""
    return column.distinct == 1 and words.words_of(column.name)[-1:] in (
        ("currency",),
        ("period",),
        ("unit",),
        ("units",),
    )


def _in_one_currency(fields: Sequence[Field], of: Sequence[Column], columns: Mapping[str, Column]) -> list[Field]:
    """Amounts without a sign of their own are in the catalogue's money: the others', or a currency column's."""
    signs = {words.units()[sign].name for sign in "$€£¥₹"}
    sure = [f.unit for f, c in zip(fields, of, strict=True) if f.unit in signs and explicit(c)]
    sure += [
        unit.name
        for c in columns.values()
        if c.distinct == 1 and c.values and words.words_of(c.name)[-1:] == ("currency",)
        for unit in (words.units().get(c.values[0].casefold()),)
        if unit is not None and unit.name in signs
    ]
    usual = Counter(sure).most_common(1)
    return [
        replace(f, unit=usual[0][0]) if usual and f.unit in signs and not explicit(c) else f
        for f, c in zip(fields, of, strict=True)
    ]


def _nouns(name: str, noun: str) -> tuple[str, ...]:
    """Every word for an item: the noun, what else such a thing is called, and nouns of the catalogue's name."""
    listed = words.table()["nouns"]
    also = [*listed.get(noun, {}).get("also", ()), *_ends(noun)]
    for word in words.words_of(name):
        if (one := words.singular(word)) in listed and one != noun:
            also += [one, *listed[one].get("also", ())]
    return tuple(dict.fromkeys(form for one in (noun, *also) for form in (one, words.plural(one))))


def _ends(noun: str) -> list[str]:
    """A boardgame is a game."""
    return [kind for kind in words.table()["nouns"] if noun.endswith(kind) and noun != kind]


def _schema(name: str, noun: str, fields: Sequence[Field]) -> Schema:
    listed = words.table()["nouns"]
    known = listed.get(noun, {})
    priced = any(f.unit in ("$", "€", "£", "¥", "₹") for f in fields)
    usual = "buy" if priced else "try"
    also = ("item", "items", *(("product", "products") if priced else ()))
    return Schema(
        name=name,
        title=name.replace("_", " ").replace("-", " ").capitalize(),
        noun=noun,
        plural=words.plural(noun),
        nouns=tuple(dict.fromkeys((*_nouns(name, noun), *also))),
        fields=tuple(fields),
        verb=next(
            (one["verb"] for one in (known, *(words.table()["nouns"][end] for end in _ends(noun))) if one), usual
        ),
    )


def _id(columns: Mapping[str, Column]) -> str | None:
    """By name, when nearly all are different; else a running number, else codes that are all different."""
    named = [(rank, name) for name in columns if (rank := words.rank(name, "id")) is not None]
    last = (words.words_of(name)[-1:] for name in columns)
    prefixed = [(len(named) + 99 + (word != ("id",)), name) for name, word in zip(columns, last, strict=True)
                if word and word[0] in words.table()["id_endings"]]  # fmt: skip
    for _, name in (*sorted(named), *prefixed):
        column = columns[name]
        if column.filled > 0.5 and column.unique > 0.5 and not column.listed:
            return name
    first = next(iter(columns.values()), None)
    if (
        first is not None and first.rows > 1 and first.filled == 1.0 and first.unique == 1.0 and first.whole == 1.0
        and first.high - first.low + 1 == first.rows and words.measure(first.name) is None
    ):  # fmt: skip
        return first.name  # a running number
    for name, column in columns.items():
        codes = column.letters == 1.0 or (column.whole == 1.0 and words.measure(name) is None)
        if (
            column.rows > 1 and column.filled == 1.0 and column.unique == 1.0 and column.words <= 1.0
            and column.length <= 40 and codes and not column.listed and not column.date
            and words.rank(name, "title") is None and not column.url
            and (words.means(name, "code") or column.coded == 1.0)
        ):  # fmt: skip
            return name
    return None


def _title(name: str, columns: Mapping[str, Column], key: str | None) -> str | None:
    nouns = (
        set(words.words_of(name))
        | {words.singular(word) for word in words.words_of(name)}
        | set(words.table()["nouns"])
    )

    def named(column: str) -> int | None:
        rank, said = words.rank(column, "title"), words.words_of(column)
        if (
            rank is None
            and said
            and ((said[-1] in ("title", "name") and said[0] in nouns) or (len(said) == 1 and said[0] in nouns))
        ):
            rank = 20 + (len(said) == 1)
        return rank

    usable = [c for c in columns.values() if c.letters > 0.3 and c.known and not c.listed and c.url < 0.5]
    ranked = sorted((rank, c.name) for c in usable if (rank := named(c.name)) is not None and c.length <= 300)
    # A "city" in a list of city events is no title: many rows share it.
    if own := [one for rank, one in ranked if rank < 21 or columns[one].unique > 0.5]:
        return own[0]
    free = [
        c
        for c in usable
        if c.name != key and c.length <= 120 and c.unique > 0.5 and c.date < 0.5 and c.number < 0.5
        and not words.means(c.name, "hidden") and not words.means(c.name, "code")
    ]  # fmt: skip
    suffixed = [c.name for c in free if words.words_of(c.name)[-1:] in (("title",), ("name",))]
    if suffixed:
        return suffixed[0]
    best = max(free, key=lambda c: (_named(c), round(c.unique, 1), c.filled, -c.length), default=None)
    return best.name if best is not None else key if key is not None and columns[key].letters > 0.5 else None


def _named(column: Column) -> bool:
    """Whether its cells could be names, rather than codes or sentences."""
    return column.coded < MOSTLY and column.words <= SENTENCE


def _text(columns: Mapping[str, Column], taken: set[str | None]) -> str | None:
    usable = [c for c in columns.values() if c.name not in taken and c.known and c.letters > 0.5 and c.url < 0.5]
    ranked = sorted((rank, c.name) for c in usable if (rank := words.rank(c.name, "text")) is not None and c.words >= 2)
    if ranked:
        return ranked[0][1]
    long = [
        c
        for c in usable
        if c.words >= 8 and (not c.listed or c.sentences) and not c.delimiter and not words.means(c.name, "hidden")
    ]
    return max(long, key=lambda c: c.words).name if long else None


def _field(name: str, column: Column, found: Any, solid: bool) -> Field:
    """`solid`: the catalogue has widths or heights, so that a length is no time."""
    measured = words.measure(column.said) if found in ("number", "date") else None
    unit = unit_of(column) if found == "number" else None
    if solid and words.words_of(column.name)[-1:] == ("length",) and unit is not None and unit.dimension == "time":
        unit, measured = None, {"synonyms": ["length", "long"], "more": ["longer"], "less": ["shorter"]}
    if unit is not None and unit.name == "year":
        measured = next(entry for entry in words.table()["measures"] if "year" in entry["words"])
    if measured is None and unit is not None:
        measured = words.of_dimension(unit.dimension)
    if measured is None and found == "date":
        measured = words.measure("date")
    said = [*words.synonyms(column.said), *(measured or {}).get("synonyms", ())]
    if found == "flag" and (head := words.before_preposition(words.label(column.name))) is not None:
        said += [head] if head not in words.table()["empty_heads"] else []
    if found == "flag":
        said += words.admitted(words.label(column.name))
        said += words.table()["acting"].get(words.label(column.name).split()[0], ())
    values = _absence(column.name) if found == "flag" else forms.other_words(column) if found != "number" else {}
    label = words.label(column.said)
    if found in ("tags", "list"):  # "which genre?", as a person says it of one
        label = " ".join((*label.split()[:-1], words.singular(label.split()[-1])))
    if measured is None and found == "number" and (quality := words.quality(column.said)):
        measured = {"more": [f"more {quality}"], "less": [f"less {quality}"]}
    return Field(
        name=name,
        kind=found,
        label=label,
        unit=None if unit is None else unit.name,
        synonyms=tuple(dict.fromkeys(said)),
        more=tuple((measured or {}).get("more", ())),
        less=tuple((measured or {}).get("less", ())),
        values=values,
        asked=(measured or {}).get("asked") != "false",  # the table is text
    )


def _absence(column: str) -> dict[str, tuple[str, ...]]:
    """Words for a flag's absence: "out of stock" for in_stock, "unfurnished" for furnished."""
    listed = words.table()["flags"]
    opposite = next((listed[word] for word in words.words_of(column) if word in listed), ())
    said = words.label(column)
    negated = [f"un{said}", f"non {said}"] if " " not in said else [f"non {said}"]
    if (head := words.before_preposition(said)) is not None:
        negated.append(f"non {head}")
    last = said.split()[-1]
    if (single := words.singular(last)) != last:  # "ad-free" of contains_ads
        negated += [f"{single} free", f"{last} free"]
    return {"false": (*opposite, *negated)}


def _apart(fields: Sequence[Field], nouns: Sequence[str]) -> list[Field]:
    """A word that several fields would share stays with the one it is the name or label of, else with the first.

    `nouns` mean an item, and no flag: among dogs, "a dog" is not one that is good with dogs.
    """
    owners: dict[str, str] = {noun: "" for noun in nouns if any(f.kind == "flag" for f in fields)}
    for one in fields:
        for word in (one.label, one.name.replace("_", " ")):
            owners[word] = owners.get(word) or one.name
    for one in fields:
        for word in one.synonyms:
            owners.setdefault(word, one.name)
    return [
        replace(
            one,
            synonyms=tuple(w for w in one.synonyms if owners[w] == one.name or (not owners[w] and one.kind != "flag")),
        )
        for one in fields
    ]


def _free(name: str, used: Mapping[str, str]) -> str:
    number, free = 2, name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free
