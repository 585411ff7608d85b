"""The items a message speaks of: titles and references brought together, and what follows from what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.understand.lexicon import Marked
from bot.understand.naming import Named
from bot.understand.opinions import Said, Thing
from bot.understand.reading import Context, Reading
from bot.understand.references import Reference, References
from bot.values import Mention


def things(text: str, marked: Marked, named: Sequence[Named], references: References, context: Context) -> list[Thing]:
    """Titles and references in order; "it" and "both" after titles in the same message mean those."""
    out = [Thing(n.start, n.end, n.rows, n.text) for n in named]
    out += [_pointed(text, marked, r) for r in references.read(context.shown, context.focus) if not r.pronoun]
    rows = [t.rows[0] for t in sorted(out, key=lambda t: t.start) if len(t.rows) == 1]
    here = references.read(rows, rows[-1] if rows else None)
    for r in references.read(context.shown or rows, context.focus if context.focus is not None else _last(rows)):
        before = any(t.end <= r.start for t in out)
        own = next((h for h in here if h.start == r.start and h.pronoun), None)
        if r.pronoun and before and own is not None:
            out.append(_pointed(text, marked, own))
        elif r.pronoun and not before and (context.shown or context.focus is not None):
            out.append(_pointed(text, marked, r))
    return sorted(out, key=lambda t: t.start)


def mentions(said: Sequence[Said]) -> tuple[Mention, ...]:
    """One mention per item, with the strongest thing that was said of it."""
    strength = {"neutral": 0, "seen": 1, "like": 2, "dislike": 2}
    out: dict[tuple[int, ...] | str, Mention] = {}
    for s in said:
        thing = s.thing
        if thing.reference and not thing.rows:
            continue
        each = [(row,) for row in thing.rows] if thing.reference and not thing.unsure else [thing.rows]
        for rows in each:
            mention = Mention(thing.text, rows, s.sentiment, s.rating, thing.reference)
            key = rows or thing.text
            old = out.get(key)
            if old is None or strength[mention.sentiment] >= strength[old.sentiment]:
                rating = mention.rating if mention.rating is not None else old.rating if old else None
                out[key] = replace(mention, rating=rating, text=old.text if old and mention.reference else mention.text)
    return tuple(out.values())


def compared(known: Sequence[Thing], marked: Marked, context: Context) -> tuple[int, ...]:
    """Rows that "newer" or "cheaper" are measured by: those compared with, the one talked about, the last list."""
    rows = [t.rows[0] for t in known if len(t.rows) == 1 and "similar" in marked.kinds(max(0, t.start - 4), t.start)]
    if rows:
        return tuple(rows)
    return context.shown


def similar(said: Sequence[Said], reading: Reading, context: Context) -> tuple[int, ...]:
    """Rows whose like is wanted."""
    rows = [row for s in said if s.similar and (len(s.thing.rows) == 1 or s.thing.reference) for row in s.thing.rows]
    if not rows and any("vein" in c.kinds for c in reading.clauses):
        rows = [s.thing.rows[0] for s in said if len(s.thing.rows) == 1 and s.sentiment != "dislike"]
        rows = rows or ([context.focus] if context.focus is not None else list(context.shown))
    return tuple(dict.fromkeys(rows))


def _last(rows: Sequence[int]) -> int | None:
    return rows[-1] if rows else None


def _pointed(text: str, marked: Marked, r: Reference) -> Thing:
    words = text[marked.tokens[r.start].start : marked.tokens[r.end - 1].end]
    return Thing(r.start, r.end, r.rows, words, True, r.unsure)
