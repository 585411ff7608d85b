"""The answer to which of some items is the most like others."""

from __future__ import annotations

from bot.reasons import Explained
from bot.reply.notes import titles
from bot.reply.parts import Parts
from bot.values import Understanding
from bot.wording import by_behaviour, listed, named, number, say, value_text
from retrieval.catalogue import Catalogue

_CONTENT = "like_measure_content"  # where nothing is known of anybody's behaviour


def about_likeness(u: Understanding, explained: Explained, catalogue: Catalogue) -> Parts:
    """Which it is, the order of the rest, its place by likeness among all items, and what it has in common."""
    unknown = [say("title_unknown", title=m.text) for m in u.about if not m.items]
    if explained.subject is None or explained.place is None:
        key = "like_nothing_known" if not explained.after else "like_nothing_else"
        return Parts(" ".join(unknown) if unknown else say(key, plural=catalogue.schema.plural))
    best, rest = explained.tied, tuple(row for row in explained.before if row not in explained.tied)
    to = say("like_taste", plural=catalogue.schema.plural) if not u.about else titles(explained.after, catalogue)
    slots = {"title": named(catalogue, best[0]), "titles": titles(best, catalogue), "other": to}
    least = u.asked == "unlikest"
    told = []
    if not rest and len(best) > 1:
        told.append(say("like_tied", **slots))
    elif len(rest) == 1 and len(best) == 1:
        told.append(say("further" if least else "closer", **{**slots, "titles": titles(rest, catalogue)}))
    elif rest:
        told.append(say(("least_like" if least else "most_like") + ("_tied" if len(best) > 1 else ""), **slots))
        told.append(say("then_more_like" if least else "then_like", titles=titles(rest, catalogue)))
    if len(best) == 1:
        count = len(catalogue.items) - len(explained.after)
        told.append(say("like_place", rank=number(explained.place), count=number(count), plural=catalogue.schema.plural,
                        **slots))  # fmt: skip
        told += _shared(explained, catalogue)
    measure = by_behaviour("like_measure", catalogue.schema) if len(catalogue.interactions.items) else _CONTENT
    told.append(say(measure, plural=catalogue.schema.plural))
    return Parts(" ".join(told), notes=tuple(unknown), counted=tuple(told))


def _shared(explained: Explained, catalogue: Catalogue) -> list[str]:
    """The values that the first and the one item it is compared with have both."""
    if len(explained.after) != 1 or explained.subject is None:
        return []
    first, other = (catalogue.items[row] for row in (explained.subject, explained.after[0]))
    facts = []
    for field in catalogue.schema.fields:
        own, theirs = first.attributes.get(field.name), other.attributes.get(field.name)
        if isinstance(own, tuple) and isinstance(theirs, tuple):
            own = theirs = tuple(value for value in own if value in theirs) or None
        if own is not None and own == theirs and field.kind not in ("text", "flag"):
            facts.append(say("fact", label=field.label, value=value_text(field, own)))
    return [say("like_shared", facts=listed(facts))] if facts else []
