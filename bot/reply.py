"""A turn's results -> the parts of a reply. The words around the reasons come from `prompts/replies`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.profile import Request, Standing
from bot.reasons import Explained
from bot.values import Evidence, Question, Reason, Understanding
from bot.wording import condition_texts, counted, listed, month, number, rating, replies, say, value_text
from bot.writer import Writer
from retrieval.catalogue import Catalogue
from retrieval.schema import Field, Ranked, Schema

NAMED = 8  # titles listed by name in one sentence


@dataclass(frozen=True)
class Parts:
    """A reply before it is written: `narrated` reasons become sentences of their own, one by one."""

    lead: str = ""
    lines: tuple[str, ...] = ()
    narrated: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    question: Question | None = None
    reasons: tuple[Reason, ...] = ()
    cards: tuple[tuple[str, Reason], ...] = ()  # the short phrases on the lines, each with what it says

    def before(self) -> str:
        """What is said at once."""
        return "\n".join(filter(None, [self.lead, *([""] if self.lead and self.lines else []), *self.lines]))

    def after(self) -> str:
        """What follows the reasons."""
        asked = [self.question.text] if self.question else []
        return "".join(f"\n\n{text}" for text in (" ".join(self.notes), *asked) if text)

    def deterministic(self) -> str:
        """The whole reply without a language model."""
        told = " ".join(reason.text for reason in self.narrated)
        return (self.before() + (f" {told}" if told else "") + self.after()).strip()


def pieces(
    parts: Parts, evidence: Sequence[Evidence], writer: Writer, message: str, cancel: threading.Event
) -> Iterator[str]:
    """The reply as it is streamed: the lead at once, then each sentence, then the notes and the question."""
    yield parts.before()
    for sentence in writer.write(parts.narrated, evidence, message, cancel):
        yield f" {sentence}"
    yield parts.after()


def supported(parts: Parts, text: str, evidence: Sequence[Evidence], writer: Writer) -> bool:
    """Whether every reason that the reply gives says nothing but its claims.

    The frame around the reasons is filled from the catalogue itself and is not read again.
    """
    told = text.removeprefix(parts.before().strip()).removesuffix(parts.after().strip()).strip()
    return all(writer.verify(card, (reason,), evidence) for card, reason in parts.cards) and (
        not parts.narrated or writer.verify(told, parts.narrated, evidence)
    )


def listing(
    u: Understanding, standing: Standing, ranked: Ranked, explained: Explained, catalogue: Catalogue, writer: Writer
) -> Parts:
    """A list of recommendations, each with its weightiest reason."""
    schema = catalogue.schema
    reasons = tuple(replace(r, text=writer.reason_text(r)) for r in explained.reasons)
    lines, cards = [], []
    for rank, scored in enumerate(ranked.items, 1):
        item = catalogue.items[scored.item]
        mine = next((r for r in reasons if r.item == scored.item and r.weight > 0), None)
        reason = writer.card(mine) if mine else ""
        if mine:
            cards.append((reason, mine))
        lines.append(_line(rank, item.title, item.attributes.get(_year_field(schema)), reason))
    stated = " ".join(_stated(replace(u, constraints=()), catalogue))
    conditions = ", ".join(condition_texts(schema, standing.profile.constraints))
    question = None
    notes = list(_notes(u, catalogue))
    if not ranked.items:
        more = standing.request.more and not ranked.relaxed
        lead = say("none_more") if more or not conditions else say("none", conditions=conditions)
    else:
        lead = _lead(standing, len(ranked.items), conditions, catalogue)
        if len(ranked.items) < (standing.request.count or 0 or min(ranked.eligible, 5)) or ranked.relaxed:
            notes.insert(0, say("few", count=number(len(ranked.items))))
    if ranked.relaxed:
        question = _relax(ranked, schema)
        best_condition, count = next(iter(ranked.relaxed.items()))
        text = listed(condition_texts(schema, [best_condition]))
        notes.append(say("relax", condition=text, count=number(count)))
    notes += [
        say("unknown_left_out", count=number(n), label=schema.field(name).label) for name, n in ranked.unknown.items()
    ]
    lead = f"{stated} {lead}" if stated else lead
    return Parts(lead, tuple(lines), (), tuple(notes), question, reasons, tuple(cards))


def explanation(u: Understanding, explained: Explained, catalogue: Catalogue, writer: Writer) -> Parts:
    """The answer to "why this?" or "why not that?": a deterministic lead, then the reasons."""
    reasons = tuple(replace(r, text=writer.reason_text(r)) for r in explained.reasons)
    if explained.asked == "nothing":
        return Parts(say("why_what", plural=catalogue.schema.plural))
    lead = ""
    if explained.subject is not None:
        title = catalogue.items[explained.subject].title
        if explained.asked == "why_not":
            listed_at = explained.place is not None
            lead = say("why_not_listed" if listed_at else "why_not_lead", title=title, rank=explained.place)
        else:
            lead = say("why_lead_rank", title=title, rank=explained.place)
    return Parts(lead, (), reasons, tuple(_notes(u, catalogue, unknown=False)), None, reasons)


def which_title(u: Understanding, catalogue: Catalogue) -> Question:
    """Several items bear this name: ask, with the readings as options."""
    mention = next(m for m in u.mentions if len(m.items) > 1)
    name = _year_field(catalogue.schema)
    options = []
    for row in mention.items[:5]:
        item = catalogue.items[row]
        year = item.attributes.get(name)
        options.append(say("option_title", title=item.title, year=year) if year is not None else item.title)
    return Question("", say("which_title", title=mention.text), tuple(options))


def acknowledgement(u: Understanding, before: Standing, after: Standing, catalogue: Catalogue) -> Parts:
    """Everything that needs neither a list nor a reason."""
    schema, acts = catalogue.schema, set(u.acts)
    words = {"noun": schema.noun, "plural": schema.plural, "fields": _fields(schema)}
    if not u.message.strip() and not acts:
        return Parts(say("empty", **words))
    if "undo" in acts:
        if not before.turns:
            return Parts(say("undo_nothing"))
        taken = before.last["message"]
        return Parts(say("undone", message=taken) if taken else say("undone_click"))
    if "restart" in acts:
        return Parts(say("restarted"))
    if "forget" in acts:
        return Parts(_forgot(before, after, catalogue))
    if "profile" in acts:
        return Parts(say("profile_none", **words))
    if "facts" in acts:
        return _facts(u, before, catalogue)
    said = list(_stated(u, catalogue))
    notes = list(_notes(u, catalogue))
    if said or notes:
        return Parts(" ".join(said), notes=tuple(notes))
    for act in ("help", "out_of_scope"):
        if act in acts:
            return Parts(say(act, **words))
    if "smalltalk" in acts:
        return Parts(say("thanks" if before.turns else "smalltalk", **words))
    if acts & {"what_if", "compare"}:
        return Parts(say("unsupported_question"))
    return Parts(say("unclear", **words))


def about_you(standing: Standing, past: Sequence[tuple[int, float, int]], catalogue: Catalogue) -> Parts:
    """What is known of the user: the data set's behaviour (`past`: row, value, time) in short, then every belief."""
    schema = catalogue.schema
    out = []
    if standing.forgotten:
        out.append(say("profile_forgotten"))
    elif past:
        times = [t for _, _, t in past]
        first, last = month(min(times)), month(max(times))
        out.append(say("profile_history", count=number(len(past)), plural=schema.plural, first=first, last=last))
        best = sorted(past, key=lambda p: (-p[1], -p[2]))[:3] if schema.rating else []
        if best:
            out.append(say("profile_top", titles=listed([f"**{catalogue.items[row].title}**" for row, _, _ in best])))
    profile = standing.profile
    for kind in ("liked", "disliked", "seen"):
        rows = [b.item for b in (*profile.earlier, *profile.beliefs) if b.kind == kind and b.item is not None]
        if rows:
            out.append(say(f"profile_{kind}", titles=_titles(rows, catalogue)))
    if profile.constraints:
        out.append(say("profile_conditions", conditions=listed(condition_texts(schema, profile.constraints))))
    return Parts(" ".join(out) or say("profile_none", plural=schema.plural))


# -- pieces ------------------------------------------------------------------------------------------------------------


def _lead(standing: Standing, count: int, conditions: str, catalogue: Catalogue) -> str:
    request: Request = standing.request
    key = "lead_more" if request.more else "lead_like" if request.like else "lead"
    be = replies()["be"][0 if count == 1 else 1]
    titles = listed([f"**{catalogue.items[row].title}**" for row in request.like])
    items = counted(count, catalogue.schema)
    return say(f"{key}_conditions" if conditions else key, be=be, items=items, titles=titles, conditions=conditions)


def _line(rank: int, title: str, year: object, reason: str) -> str:
    when = f" ({year})" if year is not None else ""
    return say("item" if reason else "item_bare", rank=rank, title=title, year=when, reason=reason)


def _relax(ranked: Ranked, schema: Schema) -> Question:
    options = tuple(listed(condition_texts(schema, [c])) for c in ranked.relaxed)
    return Question("", say("relax_question"), tuple(say("relax_option", condition=option) for option in options))


def _notes(u: Understanding, catalogue: Catalogue, unknown: bool = True) -> Iterator[str]:
    """What could not be used, said plainly."""
    if unknown:
        for mention in u.mentions:
            if not mention.items:
                liked = mention.sentiment != "neutral"
                yield say("title_unknown_like" if liked else "title_unknown", title=mention.text)
    if u.ignored and not set(u.acts) & {"out_of_scope", "smalltalk"}:
        words = listed([f"“{word}”" for word in u.ignored])
        yield say("ignored", words=words, fields=_fields(catalogue.schema))


def _fields(schema: Schema) -> str:
    return listed([f.label for f in schema.fields])


def _year_field(schema: Schema) -> str:
    return next((f.name for f in schema.fields if f.unit == "year"), "")


def _titles(rows: Sequence[int], catalogue: Catalogue) -> str:
    named = [f"**{catalogue.items[row].title}**" for row in rows[:NAMED]]
    rest = len(rows) - len(named)
    return listed([*named, say("others", count=number(rest))] if rest else named)


def _stated(u: Understanding, catalogue: Catalogue) -> Iterator[str]:
    by_kind: dict[str, list[int]] = {}
    for mention in u.mentions:
        if len(mention.items) != 1 or mention.sentiment == "neutral":
            continue
        if mention.rating is not None:
            value, unit = rating(mention.rating, catalogue.schema)
            yield say("noted_rated", title=_titles(mention.items, catalogue), rating=value, unit=unit)
        else:
            by_kind.setdefault(mention.sentiment, []).append(mention.items[0])
    for kind, rows in by_kind.items():
        yield say(f"noted_{kind}", titles=_titles(rows, catalogue))
    if u.constraints:
        yield say("noted_condition", conditions=listed(condition_texts(catalogue.schema, u.constraints)))


def _forgot(before: Standing, after: Standing, catalogue: Catalogue) -> str:
    kept = {b.event for b in (*after.profile.beliefs, *after.profile.earlier)}
    gone = [b for b in (*before.profile.beliefs, *before.profile.earlier) if b.event not in kept]
    what = [f"**{catalogue.items[b.item].title}**" for b in gone if b.item is not None]
    what += condition_texts(catalogue.schema, [b.constraint for b in gone if b.constraint is not None])
    return say("forgot", what=listed(list(dict.fromkeys(what)))) if what else say("forgot_nothing")


def _facts(u: Understanding, before: Standing, catalogue: Catalogue) -> Parts:
    rows = [m.items[0] for m in u.mentions if len(m.items) == 1]
    focus = before.focus(catalogue)
    rows = rows or ([focus] if focus is not None and not u.mentions else [])
    notes = tuple(_notes(u, catalogue))
    if not rows:
        return Parts("" if notes else say("facts_what", noun=catalogue.schema.noun), notes=notes)
    told = []
    for row in rows:
        item = catalogue.items[row]
        facts = [
            say("fact", label=f.label, value=value_text(replace(f, unit=_unit(f)), item.attributes[f.name]))
            for f in catalogue.schema.fields
            if f.name in item.attributes
        ]
        if count := int(catalogue.counts[row]):
            facts.append(say("fact_count", count=number(count)))
        told.append(
            say("facts", title=item.title, facts="; ".join(facts)) if facts else say("facts_none", title=item.title)
        )
    return Parts(" ".join(told), notes=notes)


def _unit(field: Field) -> str | None:
    """A unit that the label says already is not said twice: "IMDb votes 65,597"."""
    return None if field.unit and field.label.endswith(field.unit) and field.unit != "year" else field.unit
