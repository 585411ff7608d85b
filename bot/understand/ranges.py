"""Two fields that are the ends of one range: min_players and max_players. "For four" asks that the range holds four."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.understand.lexicon import Lexicon
from bot.understand.stating import Found
from bot.understand.tokens import norms
from retrieval.schema import Constraint, Op, Schema

Ends = tuple[str, str]
"""The fields of the lower and of the upper end, "" for one that the catalogue does not have."""


def ranges(schema: Schema, language: Lexicon) -> dict[str, Ends]:
    """Each field that is an end, with both ends of its range."""
    sides: dict[tuple[str, ...], list[str | None]] = {}
    for declared in schema.fields:
        if declared.kind != "number":
            continue
        words = norms((declared.label or declared.name).replace("_", " "))
        for side, name in enumerate(("lowest", "highest")):
            rest = tuple(word for word in words if word not in language.words[name])
            if rest and len(rest) < len(words):
                sides.setdefault(rest, [None, None])[side] = declared.name
            if side and set(words) & language.words["holds"]:  # "sleeps 6" holds up to six
                sides.setdefault(tuple(words), [None, None])[1] = declared.name
    return {name: (low or "", high or "") for low, high in sides.values() for name in (low, high) if name is not None}


def spanning(found: Sequence[Found], ends: Mapping[str, Ends], words: Sequence[str], language: Lexicon) -> list[Found]:
    """Conditions on one end, where no end was named, as conditions on the range.

    Exactly n: it holds n. At least n: it reaches n. At most n: it begins by n.
    """
    out = []
    for one in found:
        c = one.constraint
        near = set(words[max(0, one.start - 3) : one.end + 2])
        if c.field not in ends or near & (language.words["lowest"] | language.words["highest"]):
            out.append(one)
            continue
        low, high = ends[c.field]
        said: list[tuple[str, Op]] = []
        if c.op == "==":
            both: tuple[tuple[str, Op], ...] = ((low, "<="), (high, ">="))
            said = [(field, op) for field, op in both if field]
        elif not (low and high):
            said = []
        elif c.op in (">", ">="):
            said = [(high, c.op)]
        elif c.op in ("<", "<="):
            said = [(low, c.op)]
        out += [Found(Constraint(field, op, c.value, c.hard), one.start, one.end) for field, op in said] or [one]
    return out
