"""The answer to a question about a reason: a deterministic lead, for a what-if both lists, then the reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from bot.explain import compare
from bot.reasons import Explained
from bot.reply.each import each
from bot.reply.likeness import about_likeness
from bot.reply.notes import stated, titles, unused
from bot.reply.parts import Parts
from bot.reply.styled import adapted, told
from bot.styles import tone_of
from bot.superlatives import superlative
from bot.values import Reason, Style, Supposition, Understanding
from bot.wording import condition_texts, counted, listed, named, percent, rating, say, value_text, vary
from bot.writer import Writer
from retrieval.catalogue import Catalogue

_PLAIN = {  # answers that are one sentence
    "nothing": "why_what",
    "which": "facts_what",
    "two": "compare_what",
    "unread": "suppose_what",
    "unasked": "asking_nothing",
}
_GO_ON = frozenset({"why_not", "takes", "sure", "matters", "verdict"})  # the lead ends with the title asked about


def explanation(
    u: Understanding, style: Collection[Style], explained: Explained, catalogue: Catalogue, writer: Writer
) -> Parts:
    """The parts of the answer; the bot's own question is put again when it was asked about."""
    schema = catalogue.schema
    if u.puzzled:
        style = (frozenset(style) - {"brief", "no_numbers"}) | {"detailed"}
    if key := _PLAIN.get(explained.asked):
        return Parts(say(key, noun=schema.noun, plural=schema.plural))
    if explained.asked == "likest":
        parts = about_likeness(u, explained, catalogue)
        return replace(parts, notes=(*parts.notes, *stated(u, catalogue), *unused(u, catalogue, unknown=False)))
    reasons = tuple(replace(r, text=writer.reason_text(r)) for r in adapted(explained.reasons, style, writer))
    notes = [*stated(u, catalogue), *unused(u, catalogue, unknown=False)]  # "why the first? And nothing with horror"
    if u.puzzled and explained.asked == "why" and explained.subject is not None:
        notes = [*_sum(reasons), *notes]
    lines: tuple[str, ...] = ()
    if (explained.asked == "what_if" and u.supposed is not None) or explained.without:
        lines = _side_by_side(explained, catalogue)
        notes.append(say("suppose_noted"))
    sentences = reasons
    if explained.asked == "compare":
        fields = compare.fields_of(reasons)
        lines = _fields(explained, [c.slots["label"] for c in fields], catalogue)
        sentences = tuple(r for r in reasons if not compare.fields_of([r]))
    if explained.asked == "considered":
        chosen = say("considered", items=counted(explained.place or 0, schema))
        return Parts(chosen, notes=tuple(notes), counted=(chosen,))
    if explained.asked == "pick" and explained.subject is None:
        return Parts(say("pick_even", titles=titles(explained.tied, catalogue)), notes=tuple(notes))
    if explained.asked in ("why", "order") and explained.subject is None:
        parts = each(u, style, explained, reasons, notes, writer)
        in_order = f"{_order(explained, catalogue)} " if explained.asked == "order" else ""
        return replace(parts, lead=in_order + parts.lead)
    lead, subject = _lead(u, explained, catalogue), explained.subject
    goes_on = subject is not None and not lines and explained.asked in _GO_ON
    title = catalogue.items[subject].title if goes_on and subject is not None else ""
    return Parts(lead, lines, told(sentences, style), tuple(notes), explained.question, reasons, (), (),
                 tone_of(style), title)  # fmt: skip


def _sum(reasons: Sequence[Reason]) -> Iterator[str]:
    """How the reasons add up: what each accounts for, the largest first."""
    raised = sorted((reason.weight for reason in reasons if reason.weight > 0), reverse=True)
    lowered = sum(reason.weight for reason in reasons if reason.weight < 0)
    if raised:
        yield say("adds_up", parts=" + ".join(map(percent, raised)), total=percent(sum(raised)))
        if round(-100 * lowered) > 0:
            yield say("adds_up_against", share=percent(-lowered))


def _lead(u: Understanding, explained: Explained, catalogue: Catalogue) -> str:
    if explained.asked == "what_if" and u.supposed is not None:
        lead = say("suppose", what=listed(_supposed(u.supposed, catalogue, explained.unnamed)))
        return f"{lead} {say('suppose_again')}" if explained.before != explained.after else lead
    if explained.asked == "compare":
        first, second = (named(catalogue, row) for row in explained.before)
        key = "compare" if u.asked != "above" else "above" if explained.before == explained.after else "above_not"
        aside = condition_texts(catalogue.schema, explained.aside)
        lead = say(key, first=first, second=second)
        return f"{lead} {say('compare_aside', conditions=listed(aside))}" if aside else lead
    if explained.asked == "matters" and explained.subject is None and explained.evidence:
        return say("matters", plural=catalogue.schema.plural)
    if explained.asked == "none":
        return _none(u, explained, catalogue)
    if explained.subject is None:
        return ""
    title = named(catalogue, explained.subject)
    seed = f"{u.message} {title}"
    if explained.asked in ("why_not", "takes"):
        if explained.place is not None:
            listed_at = say("why_not_listed", title=title, rank=explained.place)
            return f"{listed_at} {_leaving(explained, catalogue)}" if explained.asked == "takes" else listed_at
        return (
            vary("why_not_lead", seed, title=title) if explained.asked == "why_not" else say("takes_lead", title=title)
        )
    if explained.asked == "verdict":
        return vary("verdict_lead", seed, title=title)
    if explained.asked == "pick":
        return say("pick", title=title, rank=explained.place)
    if explained.asked == "sure":
        return vary("sure_lead", seed, title=title)
    if explained.asked == "matters":
        return say("matters_lead", title=title)
    return vary("why_lead_rank", seed, title=title, rank=explained.place)


def _order(explained: Explained, catalogue: Catalogue) -> str:
    """What the list is ordered by, and which of it stand elsewhere for variety."""
    if explained.order is not None:
        name, largest = explained.order
        return say("order_field", asked=superlative(catalogue.schema.field(name), largest))
    key = "order_moved" if len(explained.tied) > 1 else "order_moved_one"
    moved = [say(key, titles=titles(explained.tied, catalogue))] if explained.tied else []
    return " ".join([say("order_score"), *moved])


def _none(u: Understanding, explained: Explained, catalogue: Catalogue) -> str:
    """Which of its kind comes first, where no such item was seen."""
    said = u.supposed.said if u.supposed else None
    if said is None:
        return ""
    conditions = listed(condition_texts(catalogue.schema, said.constraints))
    if explained.subject is None:
        return say("absent_none", conditions=conditions)
    key = "absent" if explained.place is None else "absent_listed"
    title = catalogue.items[explained.subject].title
    return say(key, title=title, rank=explained.place, conditions=conditions)


def _leaving(explained: Explained, catalogue: Catalogue) -> str:
    """What it takes for an item that is on the list to leave it."""
    if not explained.without:
        return say("leaves_nothing")
    without = say("suppose_without", titles=titles(explained.without, catalogue))
    return f"{say('leaves')} {say('suppose', what=without)} {say('suppose_again')}"


def _side_by_side(explained: Explained, catalogue: Catalogue) -> tuple[str, ...]:
    """Both lists as a table in Markdown."""
    names = [
        [catalogue.items[row].title.replace("|", r"\|") for row in rows] for rows in (explained.before, explained.after)
    ]
    if names[0] == names[1] and explained.before == explained.after:
        return ()
    rows = [
        say("suppose_row", rank=rank, before=before, after=after)
        for rank, (before, after) in enumerate(zip_longest(*names, fillvalue=""), 1)
    ]
    return (say("suppose_head"), say("suppose_rule"), *rows)


def _fields(explained: Explained, labels: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The fields in which two items differ, as a table in Markdown; in full, what they share included."""
    items = [catalogue.items[row] for row in explained.before]
    rows = []
    for field in catalogue.schema.fields:
        if field.label in labels:
            values = [value_text(field, item.attributes[field.name]).replace("|", r"\|") for item in items]
            rows.append(say("compare_row", label=field.label, value=values[0], other_value=values[1]))
    names = [item.title.replace("|", r"\|") for item in items]
    head = say("compare_head", first=names[0], second=names[1])
    return (head, say("compare_rule"), *rows) if rows else ()


def _supposed(supposed: Supposition, catalogue: Catalogue, unnamed: Collection[int]) -> list[str]:
    """What is supposed, as it was understood."""
    schema, said = catalogue.schema, supposed.said
    out = [say("suppose_nothing")] if supposed.nothing else []
    for key, is_unnamed in (("suppose_without", False), ("suppose_unnamed", True)):
        if rows := tuple(row for row in supposed.without if (row in unnamed) == is_unnamed):
            out.append(say(key, titles=titles(rows, catalogue)))
    for mention in said.mentions if said else ():
        if len(mention.items) != 1 or mention.sentiment == "neutral":
            continue
        named = titles(mention.items, catalogue)
        if mention.rating is not None:
            value, unit = rating(mention.rating, schema)
            out.append(say("suppose_rated", titles=named, rating=value, unit=unit))
        else:
            out.append(say(f"suppose_{mention.sentiment}", titles=named))
    if said is not None:
        if said.constraints:
            out.append(say("suppose_condition", conditions=listed(condition_texts(schema, said.constraints))))
        if said.similar_to:
            out.append(say("suppose_like_it", titles=titles(said.similar_to, catalogue)))
        if said.relaxed:
            names = {field.name: field.label for field in schema.fields}
            out.append(say("suppose_relaxed", labels=listed([names.get(name, name) for name in said.relaxed])))
        if said.order:
            out.append(say("suppose_order", asked=superlative(schema.field(said.order[0]), said.order[1])))
        out += [say("suppose_toward", words=words) for words, _ in said.toward]
        if said.text or not out:
            out.append(say("suppose_words", words=said.text or supposed.words))
    return out
