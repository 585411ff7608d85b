"""Schemas as YAML files: what people write to say what their catalogue's fields mean.

The keys are the names of `Schema`'s and `Field`'s own attributes, so the data classes are the documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any, get_args

import yaml

from retrieval.errors import DataError
from retrieval.schema import Field, FieldKind, Schema

# Names that a stored item uses for itself; `has_` begins the presence flags of the index.
RESERVED = frozenset({"id", "title", "text", "aliases"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times quicker where libyaml is there


def may_be_named(name: str) -> bool:
    """Whether a field can have this name."""
    return bool(_NAME.fullmatch(name)) and name not in RESERVED and not name.startswith("has_")


def read_schema(path: Path) -> Schema:
    """The schema in the YAML file at `path`; DataError names the file, the key and the allowed keys."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError:
        raise DataError(f"There is no schema file {path}; write one or leave the schema out.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise DataError(f"{path} is not readable YAML ({detail}); correct the file and try again.") from error
    return schema_from(document, str(path))


def write_schema(schema: Schema, path: Path) -> None:
    """Write `schema` so that `read_schema` gives an equal one back; attributes left at their default are omitted."""
    document = _without_defaults(schema)
    document["fields"] = [_without_defaults(field) for field in schema.fields]
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    if not text.replace("\n", "").isprintable():  # YAML would read some control characters back as spaces
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=120)
    path.write_text(text, encoding="utf-8")


def schema_from(document: object, where: str) -> Schema:
    """The schema that a parsed YAML document describes; `where` names the document in errors."""
    raw = _mapping(document, Schema, where)
    declared = raw.get("fields", [])
    if not isinstance(declared, list):
        raise DataError(f"`fields` in {where} is not a list; write one entry per field, each beginning with `- name:`.")
    columns = tuple(_field(entry, f"field {number} of {where}") for number, entry in enumerate(declared, 1))
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"Field {name!r} is declared more than once in {where}; keep one of the entries.")
    plain = {key: _text(raw[key], key, where) for key in _STRINGS if key in raw}
    return Schema(
        **plain, nouns=_words(raw["nouns"], "nouns", where), fields=columns, rating=_rating(raw.get("rating"), where)
    )


_STRINGS = ("name", "title", "noun", "plural", "verb", "rating_unit", "source")


def _field(entry: object, where: str) -> Field:
    raw = _mapping(entry, Field, where)
    name, kind = _text(raw["name"], "name", where), raw["kind"]
    if not may_be_named(name):
        raise DataError(
            f"{name!r} cannot be the name of {where}: letters, digits and _ are allowed, beginning with a letter, "
            f"except {', '.join(sorted(RESERVED))} and what begins with has_."
        )
    if kind not in get_args(FieldKind):
        raise DataError(f"`kind` {kind!r} of {where} is unknown; allowed are {', '.join(get_args(FieldKind))}.")
    unit = raw.get("unit")
    values = raw.get("values", {})
    if not isinstance(values, dict):
        raise DataError(f"`values` of {where} is not a mapping; write each value, a colon and a list of words for it.")
    asked = raw.get("asked", True)
    if not isinstance(asked, bool):
        raise DataError(f"`asked` of {where} is {asked!r}; write true or false.")
    return Field(
        name=name,
        kind=kind,
        label=_text(raw.get("label", ""), "label", where),
        unit=None if unit is None else _text(unit, "unit", where),
        synonyms=_words(raw.get("synonyms", []), "synonyms", where),
        more=_words(raw.get("more", []), "more", where),
        less=_words(raw.get("less", []), "less", where),
        values={_text(key, "values", where): _words(words, f"values.{key}", where) for key, words in values.items()},
        asked=asked,
    )


def _mapping(value: object, kind: type[Schema] | type[Field], where: str) -> Mapping[str, Any]:
    """`value` as a mapping that has every key `kind` needs and none that it does not know."""
    allowed = [f.name for f in fields(kind)]
    if not isinstance(value, dict):
        raise DataError(f"{where} is not a mapping; its keys are {', '.join(allowed)}.")
    for key in value:
        if key not in allowed:
            raise DataError(f"Unknown key {key!r} in {where}; allowed keys are {', '.join(allowed)}.")
    for f in fields(kind):
        if f.default is MISSING and f.default_factory is MISSING and f.name not in value:
            raise DataError(f"Key {f.name!r} is missing in {where}; add it.")
    return value


def _text(value: object, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"`{key}` in {where} is {value!r}, not text; put it in quotation marks.")
    return value


def _words(value: object, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise DataError(f"`{key}` in {where} is {value!r}, not a list; write it as [one, two].")
    return tuple(_text(word, key, where) for word in value)


def _rating(value: object, where: str) -> tuple[float, float, float] | None:
    if value is None:
        return None
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 3 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise DataError(f"`rating` in {where} is {value!r}; write [lowest, neutral, highest], such as [1, 3, 5].")
    lowest, neutral, highest = (float(n) for n in numbers)
    if not lowest < neutral < highest:
        raise DataError(f"`rating` in {where} is {value!r}; lowest, neutral and highest must rise, such as [1, 3, 5].")
    return lowest, neutral, highest


def _without_defaults(value: Schema | Field) -> dict[str, Any]:
    """The attributes of `value` that differ from their defaults, in plain YAML types."""
    kept = {}
    for f in fields(value):
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if getattr(value, f.name) != default:
            kept[f.name] = _plain(asdict(value)[f.name])
    return kept


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    return value
