"""Questions about the catalogue: how many items fit ("how many French cheeses are there?"), which values it has."""

from __future__ import annotations

from bot.understand.acts import stripped
from bot.understand.checks import checked
from bot.understand.lexicon import Lexicon, Words
from bot.understand.reading import Context, Reading
from bot.understand.vocabulary import Vocabulary
from bot.values import Inquiry


def inquiry(reading: Reading, context: Context, vocabulary: Vocabulary, language: Lexicon) -> Inquiry | None:
    """What is asked of the catalogue or of items of it; None for any other message. It asks for no list and states
    nothing."""
    return _of_all(reading, context, vocabulary, language) or checked(reading, context, vocabulary, language)


def _of_all(reading: Reading, context: Context, vocabulary: Vocabulary, language: Lexicon) -> Inquiry | None:
    """What is asked of the catalogue as a whole."""
    words = stripped(reading.marked.words, language)
    start = reading.marked.words.index(words[0])
    breaks = reading.marked.breaks
    if any(breaks[start + 1 : start + len(words)]) or any(t.rows for t in reading.things):
        return None
    stated = reading.conditions.found
    said = tuple(found.constraint for found in stated)
    counting = language.inquiries["count"].at(reading.marked.words, breaks, start)
    if counting is not None:
        rest = reading.marked.words[counting.end : start + len(words)]
        if _ends(rest, language):  # "how many are there?", of what was asked for so far
            return Inquiry((*context.constraints, *said))
        return Inquiry(said) if _about_items(reading, counting.end, vocabulary, language) else None
    listing = language.inquiries["values"].at(reading.marked.words, breaks, start)
    if listing is None:
        return None
    field, end = _named(words[listing.end - start :], vocabulary, language)
    rest = words[listing.end - start + end :]
    closed = language.inquiries["end"].all(rest, (False,) * len(rest))
    if not field or not (closed or (not rest and reading.clauses[-1].question)):
        return None
    said = tuple(f.constraint for f in stated if f.start >= listing.end + end)  # "breeds" is no "Mixed breed"
    theirs = bool(language.words["they"] & set(rest))  # "what cities are they in?"
    return Inquiry((*context.constraints, *said) if theirs else said, field)


def _ends(rest: Words, language: Lexicon) -> bool:
    match = language.inquiries["end"].at(rest, (False,) * len(rest), 0) if rest else None
    return not rest or (match is not None and match.end == len(rest))


def _about_items(reading: Reading, index: int, vocabulary: Vocabulary, language: Lexicon) -> bool:
    """Whether items are counted, what kind they are included: "French cheeses", "comedies", "cheap red wines"."""
    words, breaks = reading.marked.words, reading.marked.breaks
    values = {h.start: h.end for h in reading.conditions.hits if h.sense.own}
    values |= {b.start: b.end for b in reading.conditions.bounds}
    while index < len(words):
        if vocabulary.nouns.at(words, breaks, index) is not None or words[index] in language.words["placeholders"]:
            return True
        if index in values:
            index = values[index]
            if index >= len(words) or _ends(words[index:], language) or language.empty(words[index]):
                return True
        else:
            return False
    return False


def _named(words: Words, vocabulary: Vocabulary, language: Lexicon) -> tuple[str, int]:
    """The field of choices that these words begin with, in the singular or the plural, and where its name ends."""
    singular = tuple(map(language.forms.singular, words))
    for field in vocabulary.schema.fields:
        if field.kind not in ("category", "tags", "list"):
            continue
        for name in (field.label, field.name.replace("_", " "), *field.synonyms):
            parts = tuple(map(language.forms.singular, name.casefold().split()))
            if parts and singular[: len(parts)] == parts:
                return field.name, len(parts)
    return "", 0
