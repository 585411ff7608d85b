"""How simulated people talk: templates of their kind filled from the catalogue, with slips of the fingers."""

from __future__ import annotations

import random
import re

from bot.evaluation.fields import manner
from bot.evaluation.people import Kind
from bot.evaluation.wishes import Wish
from bot.wording import value_text
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint

_WORD = re.compile(r"[^\W\d_]{5,}")


def sentence(rng: random.Random, of: Kind, key: str, **slots: object) -> str:
    """One of the templates, filled."""
    text = rng.choice(of.words[key]).format_map(slots)
    return text[:1].upper() + text[1:]


def statement(rng: random.Random, of: Kind, wish: Wish, catalogue: Catalogue) -> str:
    """A wish in words. Its truth is the wish's constraints, whatever the bot makes of the words."""
    field = catalogue.schema.field(wish.field)
    first, how = wish.constraints[0], manner(catalogue, field)
    label = field.label or field.name
    if how == "flag":
        return sentence(rng, of, "flag" if first.value else "flag_not", label=label)
    if how in ("category", "tags", "list"):
        return sentence(rng, of, f"{how}_not" if wish.refusal else how, value=first.value, label=label)
    style = "plain" if how == "count" else how
    if len(wish.constraints) == 2:
        low, high = (value_text(field, c.value) for c in wish.constraints)
        return sentence(rng, of, f"{style}_{'decade' if _decade(wish) else 'range'}", low=low, high=high, label=label)
    return sentence(rng, of, f"{style}_{first.op}", value=value_text(field, first.value), label=label)


def _decade(wish: Wish) -> bool:
    low, high = (c.value for c in wish.constraints)
    whole = isinstance(low, int) and isinstance(high, int)
    return whole and int(str(low)) % 10 == 0 and int(str(high)) - int(str(low)) == 9


def refused_again(rng: random.Random, of: Kind, constraint: Constraint) -> str:
    """ "No more X." """
    return sentence(rng, of, "reject_value", value=constraint.value)


def slips(rng: random.Random, of: Kind, message: str) -> str:
    """The message as it is typed: without capitals at times, at times with one letter lost, doubled or misplaced."""
    if rng.random() < of.rates["lowercase"]:
        message = message.lower()
    words = list(_WORD.finditer(message))
    if not words or rng.random() >= of.rates["typo"]:
        return message
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    slip = rng.choice(("lost", "doubled", "swapped"))
    if slip == "lost":
        return message[:at] + message[at + 1 :]
    if slip == "doubled":
        return message[:at] + message[at] + message[at:]
    return message[:at] + message[at + 1] + message[at] + message[at + 2 :]
