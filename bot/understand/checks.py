"""Questions about what items are: "is the second one a comedy?", "which of these are under two hours?", "how long are
they?". They ask for no list, and nothing in them is a wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.understand.lexicon import Lexicon
from bot.understand.reading import Context, Reading
from bot.understand.vocabulary import Vocabulary
from bot.values import Inquiry
from retrieval.schema import Op

_FEW = 6  # words of a question that does nothing but ask for a field
_MEANT: Mapping[Op, Op] = {"excludes": "includes", "!=": "==", "not_in": "in"}


def checked(reading: Reading, context: Context, vocabulary: Vocabulary, language: Lexicon) -> Inquiry | None:
    """The items asked about, and the conditions that they are held against or the field that is asked for; None for any
    other message."""
    words = reading.marked.words
    if len(reading.clauses) != 1 or reading.conditions.orders:
        return None
    start = next((i for i, word in enumerate(words) if word not in language.words["joining"]), 0)
    rows, end = _subject(reading, context, language, start)
    stated = tuple(f.constraint for f in reading.conditions.found if f.start >= end)
    if words[start] in language.words["denied_copulas"]:  # "isn't the first one a drama?"
        stated = tuple(replace(c, op=_MEANT.get(c.op, c.op)) for c in stated)
    if rows and stated and not reading.conditions.relaxed:
        return Inquiry(stated, rows=rows)
    return None if stated or not context.shown else _told(reading, context, vocabulary, language)


def _subject(reading: Reading, context: Context, language: Lexicon, start: int) -> tuple[tuple[int, ...], int]:
    """The rows that the question is about, and where its words for them end; none where it is another question."""
    words, sets = reading.marked.words, language.words
    asks = words[start] in sets["copulas"]
    if not asks and words[start] not in sets["which"]:
        return (), 0
    first = start + 1
    while first < len(words) and words[first] in sets["partly"]:  # "are any of these", "which ones of them"
        first += 1
    if first < len(words) and words[first] in sets["they"]:
        return context.shown, first + 1
    if not asks:
        return (context.shown, first) if first > start + 1 and words[first : first + 1] else ((), 0)
    about = [t for t in reading.things if t.start <= first + 1 and t.end > first]
    if len(about) != 1 or about[0].unsure or not about[0].rows:
        return (), 0
    last = about[0].end
    if not about[0].reference:  # "are Heat and Casino comedies?"
        named = [t for t in reading.things if not t.unsure and t.rows and not t.reference]
        last = max(t.end for t in named)
        if any(len(t.rows) > 1 for t in named) or any(f.start < last for f in reading.conditions.found):
            return (), 0
        return tuple(dict.fromkeys(t.rows[0] for t in named)), last
    return about[0].rows, last


def _told(reading: Reading, context: Context, vocabulary: Vocabulary, language: Lexicon) -> Inquiry | None:
    """ "How long are they?": a field of what was shown."""
    words, breaks = reading.marked.words, reading.marked.breaks
    if not reading.clauses[0].question or words[-1] not in language.words["they"] or len(words) > _FEW:
        return None
    named = [match.value for match in vocabulary.fields.all(words, breaks)]
    return Inquiry(field=named[0][0].name, rows=context.shown) if named else None
