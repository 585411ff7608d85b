"""Values as people say them: numbers, ratings, dates, conditions, lists. Pure; templates live in `prompts/replies`."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any
from zlib import crc32

import yaml

from bot.speaking import Language, language
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint, Field, Schema, Value


def replies() -> Mapping[str, Any]:
    """The reply templates of the language that is spoken; what it lacks is English."""
    return templates("replies", language())


@cache
def templates(folder: str, name: Language) -> Mapping[str, Any]:
    """`prompts/FOLDER` in a language; what it lacks is English."""
    text = resources.files("prompts").joinpath(f"{folder}/{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found if name == "en" else {**templates(folder, "en"), **found}


def say(key: str, **slots: object) -> str:
    """Fill one template; a missing key or slot is a programming error and raises KeyError."""
    if "label" in slots:
        slots["label"] = label_text(str(slots["label"]))
    return _ended(str(replies()[key]).format_map(slots))


def label_text(label: str) -> str:
    """A field's label in the language that is spoken, where that has a word for it."""
    return labels(language()).get(label.casefold(), label)


def labels(name: Language) -> Mapping[str, str]:
    """What a language calls common fields, by their folded English labels."""
    known: Mapping[str, str] = templates("replies", name).get("labels", {})
    return known


def vary(key: str, seed: str, **slots: object) -> str:
    """Fill one of a template's options, the same one for equal seeds."""
    options = replies()[key]
    return _ended(str(options[crc32(seed.encode()) % len(options)]).format_map(slots))


def _ended(text: str) -> str:
    """A title that ends a sentence by itself ("The Man from U.N.C.L.E.") gets no second full stop."""
    return re.sub(r"(?<=\w[.!?])(\*\*)?\.$", lambda found: found[1] or "", text)


def number(value: float) -> str:
    """4.0 -> "4", 4.5 -> "4.5", 12000 -> "12,000" (years never come here)."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0")


def counted(count: int, schema: Schema) -> str:
    """ "one film", "5 films"."""
    words = replies()["count_words"]
    if template := replies().get("counted"):
        return str(template).format(count=count)
    named = words[count] if 0 <= count < len(words) else number(count)
    return f"{named} {schema.noun if count == 1 else schema.plural}"


def rating(value: float, schema: Schema) -> tuple[str, str]:
    """(4.5, "stars"); one of a unit drops its plural s."""
    unit = schema.rating_unit.removesuffix("s") if value == 1 else schema.rating_unit
    return number(value), replies().get("units", {}).get(unit, unit)


def by_behaviour(name: str, schema: Schema) -> str:
    """What goes by that name where people rated; where they played, bought or looked, its namesake ending in _used."""
    return name if schema.rating else f"{name}_used"


def year_field(schema: Schema) -> str:
    """The name of the field that tells namesakes apart by year; "" if there is none."""
    return next((f.name for f in schema.fields if f.unit == "year"), "")


def named(catalogue: Catalogue, row: int) -> str:
    """An item's title, with its year where another item bears the same title."""
    item = catalogue.items[row]
    year = item.attributes.get(year_field(catalogue.schema))
    if year is None or sum(other.title == item.title for other in catalogue.items) == 1:
        return item.title
    return f"{item.title} ({year})"


def month(time: int) -> str:
    """1394000000 -> "March 2014"; "" for an unknown time."""
    when = datetime.fromtimestamp(time, UTC)
    if template := replies().get("month"):
        return str(template).format(year=when.year, month=when.month) if time else ""
    return when.strftime("%B %Y") if time else ""


def iso_date(time: int) -> str:
    """1394000000 -> "2014-03-05"; "" for an unknown time."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d") if time else ""


def percent(share: float) -> str:
    """0.314 -> "31 %"."""
    return f"{round(100 * share)} %"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{replies().get('comma', ', ').join(parts[:-1])} {replies().get(word, word)} {parts[-1]}"


def value_text(field: Field, value: Value) -> str:
    """A value with its unit: 170 minutes, 1995, $49.99, Crime and Thriller."""
    if isinstance(value, tuple):
        return listed([str(v) for v in value])
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if not isinstance(value, int | float):
        return date_text(value) if field.kind == "date" else value
    if field.unit == "year":
        return str(int(value))
    if field.unit in replies()["prefix_units"]:
        sign, size = "-" if value < 0 else "", abs(value)
        return f"{sign}{field.unit}{number(size) if float(size).is_integer() else f'{size:,.2f}'}"
    named = field.unit in field.label.split() if field.unit else True  # "IMDb votes: 708"
    return number(value) if named else f"{number(value)} {replies().get('units', {}).get(field.unit, field.unit)}"


def date_text(iso: str) -> str:
    """ "2015" -> "2015", "2015-03" -> "March 2015", "2015-03-09" -> "9 March 2015"; anything else as it is."""
    parts = iso.split("-")
    if len(parts) == 1 or not all(part.isdigit() for part in parts):
        return iso
    if len(parts) > 2 and (template := replies().get("day")):
        return str(template).format(year=parts[0], month=int(parts[1]), day=int(parts[2]))
    if template := replies().get("month"):
        return str(template).format(year=parts[0], month=int(parts[1]))
    month_year = f"{month_name[int(parts[1])]} {parts[0]}"
    return f"{int(parts[2])} {month_year}" if len(parts) > 2 else month_year


def _span(first: Value, after: Value) -> str:
    """The year, month or day that two bounds enclose; "" if it is not just one."""
    low, high = str(first).split("-"), str(after).split("-")
    if len(low) != len(high) or not all(part.isdigit() for part in (*low, *high)):
        return ""
    months = 12 * (int(high[0]) - int(low[0])) + (int(high[1]) - int(low[1]) if len(low) > 1 else 0)
    return date_text(str(first)) if len(low) < 3 and months == (12 if len(low) == 1 else 1) else ""


def condition_texts(schema: Schema, constraints: Iterable[Constraint]) -> list[str]:
    """Conditions as short phrases, those on one number field joined: ["Thriller", "from 1990 to 1999"]."""
    by_field: dict[tuple[str, bool], list[Constraint]] = {}
    for constraint in constraints:
        by_field.setdefault((constraint.field, constraint.hard), []).append(constraint)
    out: list[str] = []
    for (name, hard), group in by_field.items():
        field = schema.field(name)
        said = len(out)
        era = "_year" if field.unit == "year" else ""
        low = next((c for c in group if c.op == ">="), None)
        high = next((c for c in group if c.op == "<="), None)
        before = next((c for c in group if c.op == "<"), None)
        if field.kind == "date" and low and before and len(group) == 2 and (span := _span(low.value, before.value)):
            out.append(say("condition_date_in", label=field.label, value=span))
        elif low and high and len(group) == 2:
            out.append(
                say(
                    f"condition_range{era}",
                    label=field.label,
                    low=value_text(field, low.value),
                    high=value_text(field, high.value),
                )
            )
        else:
            out += [_condition(field, c) for c in group]
        if not hard:
            out[said:] = [say("condition_soft", condition=text) for text in out[said:]]
    return list(dict.fromkeys(out))  # what two fields know is refused in both, and said once


def _condition(field: Field, constraint: Constraint) -> str:
    value = constraint.value
    if isinstance(value, bool):
        if value == (constraint.op != "!="):
            return say("condition_flag", label=field.label)
        first, _, rest = field.label.partition(" ")
        held = rest if first.casefold() in replies()["holding"] else ""  # "contains ads": "no ads"
        return say("condition_none", label=held) if held else say("condition_not_flag", label=field.label)
    if isinstance(value, str) and field.kind == "category" and value.casefold() in replies()["lacking"]:
        none = say("condition_none", label=field.label)
        if constraint.op == "!=":
            return say("condition_some", label=field.label)
        if none in field.values.get(value, ()):  # only where it is read again
            return none
    text = listed([value_text(field, v) for v in value], "or") if isinstance(value, tuple) else value_text(field, value)
    kind = "year" if field.unit == "year" else field.kind if field.kind in ("number", "date") else "value"
    if kind == "date" and isinstance(value, str):
        text = date_text(value)
    return say(f"condition_{kind}", label=field.label, op=replies()["ops"][kind][constraint.op], value=text).strip()
