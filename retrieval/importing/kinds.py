"""Kinds of event and opinions in words, "purchase", "thumbs up", liked: yes, as signed strengths in [-1, 1]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retrieval.importing import cells, words


def kinds() -> dict[str, float]:
    """Every word for a kind of event, and its strength."""
    return {str(kind): float(strength) for kind, strength in words.table()["events"].items()}


def of_kind(cell: Any, column: str, known: Mapping[str, float]) -> float | None:
    """The strength of a cell's kind of event; of yes and no, that of the kind which the column is called by."""
    if (named := happened(str(cell), known)) is not None:
        return named
    if (so := cells.truth(cell)) is None:
        return None
    if not so and words.rank(column, "rating") is None and not set(_forms(column)) & set(words.table()["opinions"]):
        return None  # what was not bought was not disliked
    strength = happened(column, known)
    return (1.0 if strength is None else strength) * (1 if so else -1)


def happened(said: str, known: Mapping[str, float]) -> float | None:
    """The strength of the kind of event that a cell or the name of a column says: "Add to cart", "is_purchased"."""
    return next((known[form] for form in _forms(said) if form in known), None)


def _forms(said: str) -> tuple[str, ...]:
    plain = words.plain(said)
    first, _, rest = plain.partition(" ")
    bare = rest if first in words.table()["flag_beginnings"] else plain
    return plain, plain.replace(" ", ""), plain.removesuffix("s"), bare, said.strip()
