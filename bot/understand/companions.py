"""Whose taste a verb speaks of: the speaker's own, or that of whoever comes along ("my wife loves musicals")."""

from __future__ import annotations

from typing import Literal

from bot.understand.lexicon import Lexicon, Marked

_CLOSE = 4  # words between "my" and who that is
_REACH = 9  # words between a subject and its verb


Subject = Literal["", "companion", "public"]


def of_another(marked: Marked, verb: int, language: Lexicon) -> Subject:
    """Who else the subject of the word at `verb` is, the nearest before it that may be one: whoever comes along, or
    people in general."""
    sets, relative = language.words, False
    for index in range(verb, max(-1, verb - _REACH) - 1, -1):
        if index < 0 or (index < verb and marked.breaks[index + 1] and not relative):
            return ""
        word = marked.words[index]
        relative = relative or word in sets["relative"]
        if word in sets["doers"]:
            return ""
        if word in sets["public"]:
            return "public"
        person = _person(marked, index, language) and (relative or not _governed(marked, index, language))
        if person or word in sets["others"]:
            return "companion"
        cue = marked.cue(index)
        if cue is not None and "but" in cue.value:
            return ""
    return ""


def _person(marked: Marked, index: int, language: Lexicon) -> bool:
    """ "Son", or the "old" of "my 5 year old"."""
    sets, word = language.words, marked.words[index]
    aged = word in sets["aged"] and index > 0 and marked.words[index - 1] in sets["years"]
    return aged or word in sets["companions"]


def mentioned(marked: Marked, index: int, language: Lexicon) -> bool:
    """Whether the word is somebody of the speaker's: "my little son", "for a friend", "my sister's"."""
    token, sets = marked.tokens[index], language.words
    named = _person(marked, index, language) or ("'" in token.text and token.norm[:-1] in sets["companions"])
    before = marked.words[max(0, index - _CLOSE) : index]
    return named and (bool(sets["owners"] & set(before)) or before[-1:] in [(w,) for w in sets["companies"]])


def _governed(marked: Marked, index: int, language: Lexicon) -> bool:
    """ "With my wife", "for the kids": whoever stands behind a preposition does nothing."""
    first = index
    while first and not marked.breaks[first]:
        first -= 1
        word = marked.words[first]
        if word in language.words["companies"]:
            return True
        if word in language.words["owners"]:
            return bool(first) and not marked.breaks[first] and marked.words[first - 1] in language.words["companies"]
    return False


def reported(marked: Marked, start: int, end: int, language: Lexicon) -> bool:
    """Whether words `start` to `end` tell what somebody else says: "my friend said ...", "everyone thinks ..."."""
    told = (i for i in range(start, end) if marked.words[i] in language.words["reporting"])
    return any(of_another(marked, index, language) != "" for index in told)
