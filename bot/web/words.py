"""What the page says of its own: names of stages, openers and follow-ups made from the catalogue's schema."""

from __future__ import annotations

import datetime as dt
import re

from bot import wording
from bot.speaking import Language, speaking
from retrieval.schema import Field, Item, Schema

STAGES = {
    "understand": "Understanding",
    "profile": "Noting your taste",
    "decide": "Deciding",
    "retrieve": "Searching",
    "rank": "Ranking",
    "explain": "Explaining",
    "write": "Writing",
    "verify": "Checking",
    "remember": "Remembering",
}

QUESTIONS = {
    "accuracy": "Is what it says true?",
    "clarity": "Is it easy to understand?",
    "relevance": "Does it say what you wanted to know?",
    "trust": "Does it help you to trust the suggestion?",
    "satisfaction": "All in all, is it good?",
}
"""What the form asks about an explanation, by the names in `bot.feedback`."""
STYLES = {"brief": "Shorter", "detailed": "More detail", "no_numbers": "No numbers", "usual": "Usual"}
KEPT = {"rate": "Your rating is saved.", "unrate": "Your rating is taken back."}


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
    return "ratings" if schema.rating else "events"


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
    return name.replace("_", " ").capitalize()


def month(iso: str, language: Language = "en") -> str:
    """ "2014-03-09" -> "March 2014"; anything else as it is."""
    try:
        dt.date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    with speaking(language):
        return wording.date_text(iso[:7])


def day(iso: str) -> str:
    """ "2026-11-21" -> "21 Nov"; anything else as it is."""
    try:
        return f"{dt.date.fromisoformat(iso[:10]):%-d %b}"
    except ValueError:
        return iso


def starters(items: tuple[Item, ...], counts: list[int], schema: Schema) -> list[str]:
    """Things to say first, made of the catalogue's own most frequent values, so that each has an answer."""
    if not items:
        return []
    order = sorted(range(len(items)), key=lambda row: -counts[row])
    said = [f"What should I {schema.verb}?", f"Something like {items[order[0]].title}"]
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
        decade = f" from the {years[len(years) // 2] // 10 * 10}s" if years else ""
        said.append(f"{common[0]} {schema.plural}{decade}")
    if len(common) > 2:
        said.append(f"{common[1]} {schema.plural}, but no {common[2]}")
    return said


def follow_ups(schema: Schema) -> list[str]:
    """Things to say after a list: another one, or one of the schema's own comparatives."""
    steps = [f"Something {word}" for field in schema.fields for word in (*field.more[:1], *field.less[:1])]
    return ["Something else", *steps[:3]]
