"""The word for the largest or the smallest values of a field: "shortest", "best rated", "lowest price"."""

from __future__ import annotations

from bot.understand.lexicon import lexicon
from bot.understand.senses import directions_of
from bot.wording import say
from retrieval.schema import Field


def superlative(field: Field, largest: bool) -> str:
    """In the catalogue's own words where it has them: "shorter" makes "shortest"."""
    for words, direction in directions_of(field, lexicon()):
        if direction.degree == "superlative" and direction.more == largest:
            return " ".join(words)
    return say("largest" if largest else "smallest", label=field.label)
