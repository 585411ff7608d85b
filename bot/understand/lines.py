"""Brands, product lines and series: words that several titles share are a wish for those, and name none of them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.naming import Named
from bot.understand.tokens import in_a_row, norms
from bot.understand.vocabulary import Catalogue, Vocabulary
from retrieval.schema import Item

_OF_ONE = frozenset(
    {"like", "dislike", "seen", "rate", "similar", "facts", "why", "why_not", "what_if", "compare", "forget", "mine"}
)
_MOST = 200  # rows that one refusal keeps away
_NEAR = 3  # words between "any" and the name


def parted(
    named: Sequence[Named], marked: Marked, catalogue: Catalogue, vocabulary: Vocabulary, language: Lexicon
) -> tuple[list[Named], list[Named]]:
    """Names that stand for all whose titles have them ("a Star Wars", "any Batman films"), and those of one item: "A
    Beautiful Mind" is one, though several titles have the words apart."""
    lines = [
        one
        for one in named
        if _any_of_them(one, marked, vocabulary, language)
        and not _whole(one, marked, catalogue, language)
        and len(titled(name_of(one, marked, language), catalogue.items, language)) > 1
    ]
    return lines, [one for one in named if one not in lines]


def _whole(one: Named, marked: Marked, catalogue: Catalogue, language: Lexicon) -> bool:
    """Whether the article is the title's own."""
    said = marked.words[one.start : one.end]
    return said[0] in language.words["leading"] and any(said == norms(catalogue.items[r].title) for r in one.rows)


def _any_of_them(one: Named, marked: Marked, vocabulary: Vocabulary, language: Lexicon) -> bool:
    words, breaks = marked.words, marked.breaks
    telling = [w for w in words[one.start : one.end] if not language.empty(w)]
    if not telling or not all(language.forms.singular(w) in vocabulary.lines for w in telling):
        return False
    first = max((i for i in range(one.start + 1) if breaks[i]), default=0)
    last = min((i for i in range(one.end, len(words)) if breaks[i]), default=len(words))
    inside = [set(cue.value) for cue in marked.cues if first <= cue.start < last]
    kinds = {kind for cue in inside if "more" not in cue or "similar" in cue for kind in cue}  # "more like Heat"
    if _OF_ONE & kinds:
        return False
    noun = vocabulary.nouns.at(words, breaks, one.end) if one.end < last else None
    several = noun is not None and language.forms.singular(words[noun.end - 1]) != words[noun.end - 1]
    if several:
        return True
    sets = language.words
    index = one.start - (words[one.start] not in sets["leading"])  # "No Small Affair" has its own "no"
    while index >= max(first, one.start - _NEAR):
        if words[index] in sets["indefinite"]:
            return True
        if words[index] in sets["definite"] or (index < one.start and not language.empty(words[index])):
            return False
        index -= 1
    return noun is not None


def name_of(line: Named, marked: Marked, language: Lexicon) -> str:
    """What all of them are called, without the article."""
    tokens = marked.tokens[line.start : line.end]
    while len(tokens) > 1 and tokens[0].norm in language.words["indefinite"] | language.words["leading"]:
        tokens = tokens[1:]
    return "".join(t.text if t is tokens[0] else t.gap + t.text for t in tokens)


def titled(name: str, items: Sequence[Item], language: Lexicon) -> tuple[int, ...]:
    """Rows whose titles have these words in a row; none where there are too many to mean anything."""
    singular = language.forms.singular
    said = tuple(map(singular, norms(name)))
    likely = (row for row, item in enumerate(items) if said and said[0][:3] in item.title.casefold())
    rows = tuple(row for row in likely if in_a_row(said, tuple(map(singular, norms(items[row].title)))))
    return rows if len(rows) <= _MOST else ()
