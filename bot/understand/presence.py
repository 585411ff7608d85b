"""That an item has what a field tells of, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.scope import Scopes
from bot.understand.stating import Found, refusing
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field


def there(
    names: Sequence[tuple[int, int, Field]],
    found: Sequence[Found],
    marked: Marked,
    said: Scopes,
    vocabulary: Vocabulary,
    language: Lexicon,
) -> list[Found]:
    """ "With parking", where the catalogue says "none" of what has no parking: anything but that.

    `names` are those of fields outside of values, as (first word, end, field); one that `found` speaks of is left.
    """
    if not names or marked.words[0] in language.words["question_openers"]:
        return []  # "does it have parking?"
    out: list[Found] = []
    senses = [
        sense
        for word in language.words["lacking"]
        if (match := vocabulary.values.at((word,), (False,), 0))
        for sense in match.value
    ]
    for start, end, field in names:
        before = start - 1
        if before > 0 and marked.words[before] in language.words["leading"]:
            before -= 1
        has = before >= 0 and marked.words[before] in language.words["having"]
        if not has or said.excluded(start) or said.relaxed[start] or field.name in {f.constraint.field for f in found}:
            continue
        if none := tuple(dict.fromkeys(v for s in senses if s.field.name == field.name for v in s.values)):
            out.append(Found(refusing(field, none, not said.hedged[start]), start, end))
    return out
