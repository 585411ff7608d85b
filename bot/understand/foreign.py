"""Messages in a language that is not read: which one, by its small words or its script."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bot.understand.lexicon import Marked, lexicon, mark
from bot.understand.tokens import norms, tokenize

NOTHING: Set[int] = frozenset()
_SCRIPTS = 0.3  # the share of letters in the scripts of a language: Japanese also writes Chinese signs
_LEAST = 2  # small words of another language, and more of them than of English


def language_of(text: str) -> str:
    """The language's English name; "" for English and for what cannot be told."""
    return foreign(mark(tokenize(text), lexicon()), NOTHING)


def foreign(marked: Marked, known: Set[int]) -> str:
    """The same for words; those in `known` are values of the catalogue and tell nothing ("Domaine de la Tour")."""
    letters = [c for token in marked.tokens for c in token.text if c.isalpha()]
    written = Counter(
        language
        for c in letters
        if not c.isascii()
        for script, language in _table()["scripts"].items()
        if unicodedata.name(c, "").startswith(script)
    )
    for language, count in written.most_common(1):
        if count > _SCRIPTS * len(letters):
            return str(language)
    said = {word for i, word in enumerate(marked.words) if i not in known}
    english = sum(word in lexicon().function_words for word in said)
    counts = {name: sum(word in words for word in said) for name, words in _words().items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= _LEAST and counts[best] > english else ""


@cache
def _words() -> Mapping[str, Set[str]]:
    english = lexicon()
    return {
        name: frozenset(w for word in listed for w in norms(word) if not english.empty(w))
        for name, listed in _table()["words"].items()
    }


@cache
def _table() -> Mapping[str, Any]:
    text = files("prompts").joinpath("lexicon/others.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return found
