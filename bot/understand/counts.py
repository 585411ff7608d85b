"""How many items a message asks for: "just one", "ten films", "give me 3"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.lexicon import Lexicon, Marked
from bot.understand.vocabulary import Vocabulary

MOST = 50
_REACH = 4  # words between a number and the noun it counts: "three short funny films"


def count_of(
    marked: Marked, taken: Sequence[bool], values: frozenset[int], vocabulary: Vocabulary, language: Lexicon
) -> int | None:
    """The number of items asked for, if one is said. `taken` words are titles, ratings, references or comparisons."""
    for match in language.counts.all(marked.words, marked.breaks):
        if not any(taken[match.start : match.end]):
            return match.value[0]
    for index, word in enumerate(marked.words):
        if taken[index]:
            continue
        number = int(word) if word.isdigit() and len(word) < 3 else language.numbers.get(word)
        if number is None or not 1 <= number <= MOST:
            continue
        if _told_before(marked, index, language) or (
            number > 1 and _counts(marked, index, values, vocabulary, language)
        ):
            if (
                index + 1 < len(marked.words)
                and marked.words[index + 1] in vocabulary.units
                and not _is_noun(marked, index + 1, vocabulary)
            ):
                continue
            return number
        if (
            number == 1
            and word not in language.words["single"]
            and _counts(marked, index, values, vocabulary, language)
        ):
            return number
        if (
            word in language.words["single"]
            and (index == 0 or _told_before(marked, index, language))
            and _counts(marked, index, values, vocabulary, language)
        ):
            return number
    return None


def _told_before(marked: Marked, index: int, language: Lexicon) -> bool:
    for start in range(max(0, index - 3), index):
        match = language.count_before.at(marked.words, marked.breaks, start)
        if match is not None and match.end == index:
            return True
    return False


def _counts(marked: Marked, index: int, values: frozenset[int], vocabulary: Vocabulary, language: Lexicon) -> bool:
    """Whether a noun, or words like "suggestions", follow soon; "two kids" are who comes along."""
    following = index + 1 < len(marked.words) and marked.words[index + 1] in language.words["companions"]
    if following and not (index + 2 < len(marked.words) and _is_noun(marked, index + 2, vocabulary)):
        return False
    for ahead in range(index + 1, min(index + 1 + _REACH, len(marked.words))):
        if marked.breaks[ahead] or marked.tokens[ahead].comma:
            return False
        if (
            _is_noun(marked, ahead, vocabulary)
            or language.count_after.at(marked.words, marked.breaks, ahead) is not None
        ):
            return True
        if ahead in values and language.forms.singular(marked.words[ahead]) != marked.words[ahead]:
            return True  # "three thrillers"
        if marked.words[ahead] in language.function_words - language.generic:
            return False
    return False


def _is_noun(marked: Marked, index: int, vocabulary: Vocabulary) -> bool:
    return vocabulary.nouns.at(marked.words, marked.breaks, index) is not None
