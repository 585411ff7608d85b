"""A list of recommendations -> the parts of a reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice

from bot.explain.popular import slight
from bot.profile import Request, Standing
from bot.query import LIST
from bot.reasons import Explained
from bot.reply.notes import stated, unused
from bot.reply.parts import Parts
from bot.reply.styled import adapted
from bot.styles import style_of
from bot.superlatives import superlative
from bot.values import Manner, Question, Reason, Understanding
from bot.wording import condition_texts, counted, listed, number, replies, say, year_field
from bot.writer import Writer
from retrieval.catalogue import Catalogue
from retrieval.schema import Ranked, Schema


def listing(
    u: Understanding, standing: Standing, ranked: Ranked, asked: Question | None, explained: Explained,
    catalogue: Catalogue, writer: Writer,
) -> Parts:  # fmt: skip
    """A list of recommendations, each with its weightiest reason, and the question that goes with it."""
    schema = catalogue.schema
    told = adapted(explained.reasons, style_of(standing.profile), writer)
    reasons = tuple(replace(r, text=writer.reason_text(r)) for r in told)
    lines: list[str] = []
    cards: list[tuple[str, Reason]] = []
    for rank, scored in enumerate(ranked.items, 1):
        item = catalogue.items[scored.item]
        mine = _on_card([r for r in reasons if r.item == scored.item], {text for text, _ in cards}, writer)
        reason = " · ".join(text for text, _ in mine)
        cards += mine
        lines.append(_line(rank, item.title, item.attributes.get(year_field(schema)), reason))
    conditions = ", ".join(condition_texts(schema, standing.profile.constraints))
    before = " ".join(stated(replace(u, constraints=()), catalogue))
    lead = _lead(standing, ranked, conditions, catalogue) if ranked.items else _none(standing, ranked, schema)
    counts = tuple(_counts(ranked, schema))
    few = [_few(len(ranked.items), ranked.barred)] if ranked.relaxed and ranked.items else []
    notes = (*few, *unused(u, catalogue), *counts)
    notes = (*notes, *_fame(standing.request, ranked, catalogue))
    question = _relax(ranked, schema) if ranked.relaxed else asked
    lead = f"{before} {lead}".strip()
    return Parts(lead, tuple(lines), (), notes, question, reasons, tuple(cards), counts)


def _on_card(reasons: Sequence[Reason], said: Set[str], writer: Writer) -> list[tuple[str, Reason]]:
    """The weightiest reason in a few words; beside one that the list gave before, the weightiest that it did not."""
    speaking = [r for r in reasons if r.weight > 0 or r.kind == "matches_request"]
    speaking.sort(key=lambda r: (slight(r), _is_group(r), -r.weight))
    told = ((writer.card(reason), reason) for reason in speaking)
    first = list(islice(told, 1))
    if not first or first[0][0] not in said:
        return first
    others = (one for one in told if one[0] not in said and not slight(one[1]) and not _is_group(one[1]))
    return [*first, *islice(others, 1)]


def _is_group(reason: Reason) -> bool:
    """Many small things together, which say little on a card."""
    return reason.claims[0].kind.endswith(".group")


def _none(standing: Standing, ranked: Ranked, schema: Schema) -> str:
    conditions = ", ".join(condition_texts(schema, [c for c in standing.profile.constraints if c.hard]))
    if ranked.barred:
        return say("none_barred", count=number(ranked.barred), fit=replies()["would_fit"][ranked.barred != 1])
    if not conditions:
        return say("none_more")
    return say("none_known" if ranked.excluded else "none", conditions=conditions)


def _few(count: int, barred: int) -> str:
    return say("few_barred" if barred else "few", count=number(count), fit=replies()["fit"][count != 1])


def _counts(ranked: Ranked, schema: Schema) -> Iterator[str]:
    """What the filter left out, and what dropping the most costly condition would bring."""
    for condition, count in list(ranked.relaxed.items())[:1]:
        yield say("relax", condition=listed(condition_texts(schema, [condition])), count=number(count))
    for name, count in ranked.unknown.items():
        were, their = (replies()[word][count != 1] for word in ("were", "their"))
        yield say("unknown_left_out", count=number(count), were=were, their=their, label=schema.field(name).label)


def _lead(standing: Standing, ranked: Ranked, conditions: str, catalogue: Catalogue) -> str:
    request: Request = standing.request
    count = len(ranked.items)
    if request.order is not None:
        first = superlative(catalogue.schema.field(request.order[0]), request.order[1])
        several = catalogue.schema.noun if ranked.eligible == 1 else catalogue.schema.plural
        told = say("ordered", asked=first, count=number(ranked.eligible), plural=several)
        conditions = f"{told}, {conditions}" if conditions else told
    manner = [_manner(manner, ranked, catalogue) for manner in request.manner if _tellable(manner, catalogue)]
    conditions = ", ".join((*manner, conditions) if conditions else manner)
    key = "lead_more" if request.more else "lead_like" if request.like else "lead"
    be = replies()["be"][0 if count == 1 else 1]
    titles = listed([f"**{catalogue.items[row].title}**" for row in request.like])
    items = counted(count, catalogue.schema)
    return say(f"{key}_conditions" if conditions else key, be=be, items=items, titles=titles, conditions=conditions)


def _manner(manner: Manner, ranked: Ranked, catalogue: Catalogue) -> str:
    """How the list was chosen."""
    none = "_none" if manner == "unfamiliar" and not ranked.well_known else ""
    return say(f"manner_{manner}{none}", plural=catalogue.schema.plural, count=number(ranked.well_known))


def _tellable(manner: Manner, catalogue: Catalogue) -> bool:
    """Whether the catalogue's behaviour can choose a list in this manner: something is better known than the rest."""
    return manner == "varied" or bool(catalogue.counts.max(initial=0) > catalogue.counts.min(initial=0))


def _fame(request: Request, ranked: Ranked, catalogue: Catalogue) -> Iterator[str]:
    """What a list by fame, or without it, cannot be: where nothing is known better, or too little is known less."""
    for manner in request.manner:
        if not _tellable(manner, catalogue):
            yield say(f"untellable_{manner}", plural=catalogue.schema.plural)
    if ranked.well_known and len(ranked.items) < (request.count or LIST):
        yield say("well_known_left_out", count=number(ranked.well_known), plural=catalogue.schema.plural)


def _line(rank: int, title: str, year: object, reason: str) -> str:
    when = f" ({year})" if year is not None else ""
    return say("item" if reason else "item_bare", rank=rank, title=title, year=when, reason=reason)


def _relax(ranked: Ranked, schema: Schema) -> Question:
    options = tuple(listed(condition_texts(schema, [c])) for c in ranked.relaxed)
    return Question("", say("relax_question"), tuple(say("relax_option", condition=option) for option in options))
