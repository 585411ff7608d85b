"""Answers about the catalogue itself: how many items fit, which values a field has."""

from __future__ import annotations

from collections import Counter

import numpy as np

from bot.query import meeting
from bot.reply.parts import Parts
from bot.values import Inquiry
from bot.wording import condition_texts, counted, listed, number, say, value_text
from retrieval.catalogue import Catalogue

MOST = 12
"""So many values are named, the commonest first."""


def about_catalogue(asked: Inquiry, catalogue: Catalogue) -> Parts:
    """The number of items that fulfil the conditions, or the values of a field among them with how many have each."""
    if asked.rows:
        return _about_items(asked, catalogue)
    schema = catalogue.schema
    firm = [constraint for constraint in asked.constraints if constraint.hard]
    rows = [catalogue.items[row] for row in np.flatnonzero(meeting(firm, catalogue))]
    conditions = condition_texts(schema, firm)
    if not asked.field:
        key = "count_fit" if conditions else "count_all"
        text = say(key, items=counted(len(rows), schema), conditions=listed(conditions))
        return Parts(text, counted=(text,))
    field = schema.field(asked.field)
    known = [item.attributes[field.name] for item in rows if field.name in item.attributes]
    values = Counter(v for value in known for v in (value if isinstance(value, tuple) else (str(value),)))
    named = [say("value_count", value=value, count=number(count)) for value, count in values.most_common(MOST)]
    rest = len(values) - len(named)
    key = "values_none" if not values else "values_more" if rest else "values_all"
    of = say("values_of", conditions=listed(conditions)) if conditions else ""
    text = say(
        key, label=field.label or field.name, values=", ".join(named), rest=number(rest), of=of, all=number(len(values))
    )
    return Parts(text, counted=(text,))


def _about_items(asked: Inquiry, catalogue: Catalogue) -> Parts:
    """Which of the items fulfil the conditions, with what the catalogue says of them; or a field of each."""
    fields = list(dict.fromkeys(c.field for c in asked.constraints)) or [asked.field]
    groups: dict[str, list[int]] = {"fits": [], "fits_not": [], "fits_unsaid": []}
    for row in asked.rows:
        known = all(name in catalogue.items[row].attributes for name in fields)
        fits = all(catalogue.matches(constraint)[row] for constraint in asked.constraints)
        groups["fits_unsaid" if not known else "fits" if fits else "fits_not"].append(row)
    key = "" if asked.constraints else "_told"
    told = [
        say(name + (key if name == "fits" else ""), items=listed([_described(row, fields, catalogue) for row in rows]),
            label=listed([catalogue.schema.field(field).label for field in fields]))
        for name, rows in groups.items() if rows
    ]  # fmt: skip
    return Parts(" ".join(told), counted=tuple(told))


def _described(row: int, fields: list[str], catalogue: Catalogue) -> str:
    """An item with what the catalogue gives of these fields."""
    item, schema = catalogue.items[row], catalogue.schema
    known = [schema.field(name) for name in fields if name in item.attributes]
    facts = [say("fact", label=f.label, value=value_text(f, item.attributes[f.name])) for f in known]
    return say("described", title=item.title, facts=", ".join(facts)) if facts else f"**{item.title}**"
