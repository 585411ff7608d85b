"""What a list is for, as a phrase of its own: "date night", "a lazy sunday", "a long flight"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.companions import mentioned
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.vocabulary import Vocabulary


def occasions(
    marked: Marked, explained: Sequence[bool], requested: Sequence[int], vocabulary: Vocabulary, language: Lexicon
) -> list[tuple[int, int]]:
    """The phrases, from which to which word. `explained` words are conditions, items or names of items."""
    inside, out = set(requested), list[tuple[int, int]]()
    for index in sorted(inside):
        if marked.words[index] not in language.words["occasions"] or explained[index]:
            continue
        start = end = index + 1
        while start < len(marked.words) and marked.words[start] in language.words["owners"]:
            start = end = start + 1
        while end in inside and _goes_on(end, end > start, marked, explained, vocabulary, language):
            end += 1
        words = marked.words[start:end]
        telling = [w for w in words if w not in language.words["times"]]
        person = all(token.capital for token in marked.tokens[start:end])  # "with Tom Hanks"
        if len(words) > 1 and telling and not person and not mentioned(marked, end - 1, language):
            out.append((start, end))
    return out


def _goes_on(
    index: int, begun: bool, marked: Marked, explained: Sequence[bool], vocabulary: Vocabulary, language: Lexicon
) -> bool:
    token, word = marked.tokens[index], marked.words[index]
    if (
        marked.cue(index) is not None
        or explained[index]
        or token.breaks
        or (begun and token.comma)
        or not word[0].isalpha()
    ):
        return False
    noun = vocabulary.nouns.at(marked.words, marked.breaks, index)
    return noun is None and word not in language.function_words | language.politeness


def searched(phrase: tuple[int, int], marked: Marked, vocabulary: Vocabulary, language: Lexicon) -> bool:
    """Whether the catalogue's descriptions, or several of its titles, have any of its words."""
    known = vocabulary.lines | (vocabulary.text if vocabulary.texts else frozenset[str]())
    return any(language.forms.singular(word) in known for word in marked.words[slice(*phrase)])
