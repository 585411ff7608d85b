"""Answers about the catalogue itself: how many items fit, which values a field has."""

from __future__ import annotations

from collections import Counter

import numpy as np

from bot.reply.parts import Parts
from bot.values import Inquiry
from bot.wording import condition_texts, counted, listed, number, say
from retrieval.catalogue import Catalogue

MOST = 12
"""So many values are named, the commonest first."""


def about_catalogue(asked: Inquiry, catalogue: Catalogue) -> Parts:
    """The number of items that fulfil the conditions, or the values of a field among them with how many have each."""
    schema = catalogue.schema
    fits = np.ones(len(catalogue.items), dtype=bool)
    firm = [constraint for constraint in asked.constraints if constraint.hard]
    for constraint in firm:
        fits &= catalogue.matches(constraint)
    rows = [catalogue.items[row] for row in np.flatnonzero(fits)]
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
