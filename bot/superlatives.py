"""The word for the largest or the smallest values of a field: "shortest", "best rated", "lowest price"."""

from __future__ import annotations

from bot.speaking import language as spoken
from bot.understand.lexicon import lexicon
from bot.understand.senses import directions_of
from bot.wording import say
from retrieval.schema import Field


def superlative(field: Field, largest: bool) -> str:
    """In the catalogue's own words where it has them: "shorter" makes "shortest". They are English."""
    if spoken() != "en":
        return say("largest" if largest else "smallest", label=field.label)
    language = lexicon()
    found = [
        words
        for words, direction in directions_of(field, language)
        if direction.degree == "superlative" and direction.more == largest
    ]
    # "cheapest" rather than "fewest expensive", the opposite of another word
    own = [words for words in found if words[0] not in language.words["least"]]
    if own or found:
        return " ".join((own or found)[0])
    return say("largest" if largest else "smallest", label=field.label)
