"""Lists written in one cell, "Greek, Tapas": the sign between their entries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.importing.words import table, words_of

_DELIMITERS = ("|", ";", ",", " / ", "/")


def delimiter_of(name: str, texts: Sequence[str], n: int) -> str | None:
    """The sign between the entries of delimited text: often there, entries short, and met again (or named a list)."""
    last = words_of(name)[-1:]
    listy, named = set(last) & set(table()["lists"]), set(last) & set(table()["decisive_singulars"])
    for sign in _DELIMITERS:
        having = [text for text in texts if sign in text]
        if len(having) < (0.02 if sign == "|" or listy else 0.2) * n or not having:
            continue
        parts = [part.strip() for text in texts for part in text.split(sign)]
        parts = [part for part in parts if part]
        if not parts or sum(len(part.split()) > 5 or len(part) > 50 for part in parts) > 0.05 * len(parts):
            continue
        if any(re.fullmatch(r"\d+", part) for part in parts) and sum(p.isdigit() for p in parts) > len(parts) / 2:
            continue
        if sign == "/" and not listy and (any(map(_has_digit, parts)) or not _in_any_place(texts, sign)):
            continue  # "km/h"
        counts = {text.count(sign) for text in texts}
        pairs = counts == {1} or (named and counts <= {0, 1})
        if sign == "," and not listy and pairs and not _in_any_place(texts, sign):
            continue  # "Smith, John"
        reused = 1 - len(set(parts)) / len(parts)
        spread = len(parts) / len(texts) >= 1.3 or _in_any_place(texts, sign)
        if sign == "|" or listy or (reused >= (0.3 if sign == ";" else 0.5) and spread):
            return sign
    return None


def _has_digit(part: str) -> bool:
    return any(c.isdigit() for c in part)


def _in_any_place(texts: Sequence[str], sign: str) -> bool:
    """Whether most entries stand first in one cell and later in another: "Greek, Tapas", "Tapas, Greek"."""
    cut = [[part.strip() for part in text.split(sign)] for text in texts]
    first, later = {parts[0] for parts in cut}, {part for parts in cut for part in parts[1:]}
    return len(later) > 1 and 2 * len(first & later) > len(first | later)
