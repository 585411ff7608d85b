"""What the page says of its own (prompts/page), and openers and follow-ups made from the catalogue's schema."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from bot import wording
from bot.speaking import Language, language, speaking
from retrieval.schema import Field, Item, Schema


def page() -> Mapping[str, Any]:
    """The page's words in the language that is spoken; what it lacks is English."""
    return wording.templates("page", language())


def word(key: str, /, **slots: object) -> str:
    """One of them, filled; a missing key or slot is a programming error and raises KeyError."""
    return str(page()[key]).format_map(slots)


def gerund(verb: str) -> str:
    """ "watch" -> "watching", "listen to" -> "listening to": the -ing form of a regular English verb."""
    first, *rest = verb.split()
    if re.search(r"[^eoy]e$", first):
        first = first[:-1]
    elif re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", first):
        first += first[-1]
    return " ".join([f"{first}ing", *rest])


def behaviour(schema: Schema) -> str:
    """What the catalogue's users leave behind, in the plural."""
    return word("ratings" if schema.rating else "events")


def year_field(schema: Schema) -> Field | None:
    """The field that dates an item, if the catalogue has one."""
    return next((f for f in schema.fields if f.kind == "number" and f.unit == "year"), None)


def tags_field(schema: Schema) -> Field | None:
    """The field whose values group items: the first tags, else list, else category."""
    for kind in ("tags", "list", "category"):
        for candidate in schema.fields:
            if candidate.kind == kind:
                return candidate
    return None


def tags(attributes: object, schema: Schema) -> tuple[str, ...]:
    """The grouping values of an item's attributes (a JSON mapping)."""
    group = tags_field(schema)
    value = attributes.get(group.name) if group and isinstance(attributes, dict) else None
    if value is None:
        return ()
    return tuple(str(v) for v in value) if isinstance(value, (list, tuple)) else (str(value),)


def part(name: str) -> str:
    """A score part without evidence of its own, as a row of the chart."""
    return str(page()["parts"].get(name) or name.replace("_", " ").capitalize())


def month(iso: str, spoken: Language | None = None) -> str:
    """ "2014-03-09" -> "March 2014", in the language that is spoken unless another is named; else as it is."""
    try:
        dt.date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    with speaking(spoken or language()):
        return wording.date_text(iso[:7])


def day(iso: str) -> str:
    """ "2026-11-21" -> "21 Nov"; anything else as it is."""
    try:
        date = dt.date.fromisoformat(iso[:10])
        return f"{date.month}月{date.day}日" if language() == "zh" else f"{date:%-d %b}"
    except ValueError:
        return iso


def starters(items: tuple[Item, ...], counts: list[int], schema: Schema) -> list[str]:
    """Things to say first, made of the catalogue's own most frequent values, so that each has an answer."""
    if not items:
        return []
    order = sorted(range(len(items)), key=lambda row: -counts[row])
    said = [word("starter", verb=schema.verb), word("starter_like", title=items[order[0]].title)]
    group, dated = tags_field(schema), year_field(schema)
    seen: dict[str, int] = {}
    for row in order[:500]:
        for tag in tags(dict(items[row].attributes), schema) if group else ():
            seen[tag] = seen.get(tag, 0) + counts[row]
    common = sorted(seen, key=lambda tag: -seen[tag])
    if common and dated:
        years = sorted(
            int(y) for r in order[:500] if isinstance(y := items[r].attributes.get(dated.name), (int, float))
        )
        decade = years[len(years) // 2] // 10 * 10 if years else None
        key = "starter_tag" if decade is None else "starter_decade"
        said.append(word(key, tag=common[0], plural=schema.plural, decade=decade))
    if len(common) > 2:
        said.append(word("starter_but", tag=common[1], plural=schema.plural, other=common[2]))
    return said


def follow_ups(schema: Schema) -> list[str]:
    """Things to say after a list: another one, or one of the schema's own comparatives."""
    compared = [one for field in schema.fields for one in (*field.more[:1], *field.less[:1])]
    steps = [word("follow", word=one) for one in compared if word("follow", word=one)]
    return [word("another"), *page()["follow_ups"], *steps[:3]]
