"""Answers about what the user rated and said of items: read off the data set's behaviour and the profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.profile import HINTED, Standing
from bot.query import meeting
from bot.reply.notes import some, titles
from bot.reply.parts import Parts
from bot.values import Deed, Inquiry, Understanding
from bot.wording import condition_texts, counted, listed, month, named, number, rating, say
from retrieval.catalogue import Catalogue

Past = Sequence[tuple[int, float, int]]
"""The data set's behaviour of one user, oldest first: row, value, time."""


@dataclass(frozen=True)
class Done:
    """What is known of the user and one item: a rating, an opinion without one, or only that they know it.

    `time` is 0 for what was said, `here` whether that was in this conversation.
    """

    row: int
    kind: Deed
    value: float | None = None
    time: int = 0
    here: bool = False


def about_own(u: Understanding, standing: Standing, past: Past, catalogue: Catalogue) -> Parts:
    """What is asked of the user's ratings and opinions."""
    asked = u.inquiry or Inquiry(own="all")
    known = done(standing, past, catalogue)
    if asked.own == "given":
        told = _given(u, asked, known, catalogue)
    else:
        fits = meeting(asked.constraints, catalogue)
        mine = [d for d in known if fits[d.row] and (not asked.rows or d.row in asked.rows)]
        told = _of_all(asked, mine, catalogue)
    notes = (say("own_forgotten"),) if standing.forgotten and past else ()
    return Parts(" ".join(told), notes=notes, counted=tuple(told))


def done(standing: Standing, past: Past, catalogue: Catalogue) -> tuple[Done, ...]:
    """One entry per item, the oldest first: the last word on it, what was said after the data set's behaviour."""
    out: dict[int, Done] = {}
    for row, value, time in () if standing.forgotten else past:
        rated = catalogue.schema.rating is not None and not math.isnan(value)
        out.pop(row, None)
        out[row] = Done(row, "rated", value, time) if rated else Done(row, "seen", None, time)
    profile = standing.profile
    here = {belief.event for belief in profile.beliefs}
    for belief in sorted((*profile.earlier, *profile.beliefs), key=lambda b: b.event):
        if belief.item is None or belief.kind in HINTED:
            continue
        kind: Deed = "rated" if belief.rating is not None else belief.kind  # type: ignore[assignment]  # of items
        old = out.get(belief.item)
        if kind == "seen" and old is not None:
            continue  # having seen it is no opinion, and replaces none
        out.pop(belief.item, None)
        out[belief.item] = Done(belief.item, kind, belief.rating, 0, belief.event in here)
    return tuple(out.values())


def _given(u: Understanding, asked: Inquiry, known: Sequence[Done], catalogue: Catalogue) -> list[str]:
    """What is known of each of the items named; of a name that several bear, of those that the user knows."""
    by_row = {d.row: d for d in known}
    clear = [m.items[0] for m in u.about if m.items]
    rows = [row for row in asked.rows if row in clear or row in by_row] or list(asked.rows)
    told = [_told(by_row[row], catalogue) for row in rows if row in by_row]
    if unknown := tuple(row for row in rows if row not in by_row):
        told.append(say("own_given_none", titles=titles(unknown, catalogue)))
    return told


def _told(d: Done, catalogue: Catalogue) -> str:
    title, when = named(catalogue, d.row), _when(d)
    if d.value is None:
        key = "used" if d.kind == "seen" and d.time else d.kind
        return say(f"own_given_{key}", title=title, when=when)
    value, unit = rating(d.value, catalogue.schema)
    return say("own_given_rated", title=title, rating=value, unit=unit, when=when)


def _when(d: Done) -> str:
    if d.time:
        return say("evidence_when", when=month(d.time))
    return say("own_here" if d.here else "own_earlier")


def _of_all(asked: Inquiry, known: Sequence[Done], catalogue: Catalogue) -> list[str]:
    schema = catalogue.schema
    conditions = listed(condition_texts(schema, asked.constraints))
    of = say("own_kind", conditions=conditions) if conditions else say("own_shown") if asked.rows else ""
    rated = [d for d in known if d.value is not None]
    deed: Deed = "rated" if asked.own in ("highest", "lowest", "mean") or asked.value is not None else asked.deed
    if asked.own == "highest" and not rated:
        deed = "liked"  # nothing has a rating
    mine = [d for d in known if _is(d, deed, catalogue)]
    if asked.value is not None:
        mine = [d for d in mine if d.value == asked.value]
    value, unit = rating(asked.value or 0.0, schema)
    if not mine:
        key = "valued" if asked.value is not None else deed
        none = say(f"own_none_{key}", of=of, rating=value, unit=unit)
        return [none] if key == "valued" else [none, *_besides(known, deed, catalogue)]
    if asked.own in ("highest", "lowest") and rated:
        best = (max if asked.own == "highest" else min)(d.value for d in rated if d.value is not None)
        value, unit = rating(best, schema)
        rows = tuple(d.row for d in reversed(rated) if d.value == best)
        return [say(f"own_{asked.own}", of=of, rating=value, unit=unit, titles=titles(rows, catalogue))]
    if asked.own == "mean":
        mean, unit = rating(round(sum(d.value or 0.0 for d in mine) / len(mine), 2), schema)
        several = "own_mean" if len(mine) > 1 else "own_mean_one"
        return [say(several, of=of, count=number(len(mine)), rating=mean, unit=unit)]
    if asked.own in ("latest", "earliest"):
        return [_end(asked, mine[-1 if asked.own == "latest" else 0], of, catalogue)]
    neutral, units = rating(schema.rating[1], schema) if schema.rating else ("", "")
    kind = "valued" if asked.value is not None else deed
    rows = tuple(d.row for d in reversed(mine))
    told = titles(rows, catalogue) if kind == "valued" else _listed(mine, catalogue)
    slots = {"items": counted(len(mine), schema), "of": of, "neutral": neutral, "titles": told}
    said = "" if rated or kind not in ("liked", "disliked") else "_said"
    told = say(f"own_{'counted_' if asked.own == 'count' else ''}{kind}{said}", rating=value,
               unit=unit if kind == "valued" else units, **slots)  # fmt: skip
    return [told] if kind == "valued" else [told, *_besides(known, deed, catalogue)]


def _end(asked: Inquiry, d: Done, of: str, catalogue: Catalogue) -> str:
    title = catalogue.items[d.row].title
    if d.value is None:
        return say(f"own_{asked.own}_other", of=of, title=title, when=_when(d))
    value, unit = rating(d.value, catalogue.schema)
    return say(f"own_{asked.own}", of=of, title=title, rating=value, unit=unit, when=_when(d))


def _is(d: Done, deed: Deed, catalogue: Catalogue) -> bool:
    """Whether the user rated, liked, disliked or knows the item."""
    if deed == "rated":
        return d.value is not None
    if deed == "seen" or d.value is None or catalogue.schema.rating is None:
        return deed in ("seen", d.kind)
    neutral = catalogue.schema.rating[1]
    return d.value > neutral if deed == "liked" else d.value < neutral


def _listed(mine: Sequence[Done], catalogue: Catalogue) -> str:
    """The items with their ratings, the last first."""
    told = []
    for d in reversed(mine):
        title = catalogue.items[d.row].title
        value, unit = rating(d.value or 0.0, catalogue.schema)
        told.append(f"**{title}**" if d.value is None else say("own_of", title=title, rating=value, unit=unit))
    return some(told)


def _besides(known: Sequence[Done], deed: Deed, catalogue: Catalogue) -> list[str]:
    """Opinions that have no rating, where ratings were asked for."""
    if deed != "rated":
        return []  # they are among what is told
    said = {kind: tuple(d.row for d in known if d.value is None and d.kind == kind) for kind in ("liked", "disliked")}
    return [say(f"own_besides_{kind}", titles=titles(rows, catalogue)) for kind, rows in said.items() if rows]
