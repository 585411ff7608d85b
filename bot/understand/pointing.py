"""Opinions of what the message named before: "my girlfriend loves musicals, I can't stand them"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.understand.acts import Clause
from bot.understand.constraints import Conditions
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.opinions import Opinions, Thing
from bot.understand.stating import Found, refusing, several
from retrieval.schema import Schema

_WANTED = ("includes", "==", "in")


def pointed(clause: Clause, conditions: Sequence[Found], marked: Marked, language: Lexicon) -> list[Found]:
    """The conditions before the clause, where it says "them" or "those"."""
    if not language.words["they"] & set(marked.words[clause.start : clause.end]):
        return []
    return [found for found in conditions if found.start < clause.start]


def turned_down(clause: Clause, conditions: Sequence[Found], opinions: Opinions, language: Lexicon) -> list[Found]:
    """The values that the clause turns down without naming them: those that the words before it want."""
    before = pointed(clause, conditions, opinions.marked, language)
    if not before or any(clause.holds(f.start) for f in conditions) or opinions.alone(clause) != "dislike":
        return []
    return [f for f in before if f.constraint.op in _WANTED and isinstance(f.constraint.value, str | tuple)]


def turned(
    conditions: Conditions, cut: Sequence[Clause], things: Sequence[Thing], opinions: Opinions, schema: Schema,
    language: Lexicon,
) -> tuple[Conditions, list[Thing]]:  # fmt: skip
    """The conditions with the values refused that a later clause turns down; and the things that this leaves, as "them"
    is then no longer what was shown."""
    found, left = list(conditions.found), list(things)
    for clause in cut:
        if any(thing.start < clause.end and not thing.reference for thing in things):
            continue  # they may be the items named
        for one in turned_down(clause, found, opinions, language):
            value = several(one.constraint.value)
            found[found.index(one)] = replace(
                one, constraint=refusing(schema.field(one.constraint.field), value, hard=True)
            )
            left = [thing for thing in left if not clause.holds(thing.start)]
    return replace(conditions, found=tuple(found)), left
