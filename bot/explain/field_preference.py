"""Reasons that rest on many liked items with one value of a field: what they carry together, and how often it occurs.

The value is what the events are told by, not a cause: the score holds the events, and their shares are what is said.
"""

from __future__ import annotations

from bot.explain import events
from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import listed, number, percent, say


def reasons(case: Case) -> list[Reason]:
    """At most one."""
    shared = events.sort(case).shared
    if shared is None:
        return []
    row, plural = case.scored.item, case.catalogue.schema.plural
    told = {"title": case.item.title, "label": shared.field.label, "value": shared.value}
    words = {"plural": plural, "label": shared.field.label, "value": shared.value}
    shares, close = dict(shared.events), events.examples(case, shared.events)
    together = say("evidence_shared", count=number(len(shared.events)), **words)
    among = say("evidence_liked_share", count=number(shared.liked), total=number(shared.total), **words)
    cited = (
        case.book.statistic(f"shared:{row}", together, shared.share),
        *(case.book.event(event.id, shares[event]) for event in close),
    )
    counted = (case.book.statistic(f"liked:{shared.field.name}:{shared.value}", among),)
    claims = (
        Claim(
            "field_preference.together",
            told
            | {
                "count": number(len(shared.events)),
                "share": percent(shared.share),
                "examples": listed([case.name(event.item) for event in close]),
            },
            cited,
        ),
        Claim("field_preference.liked", told | {"count": number(shared.liked), "total": number(shared.total)}, counted),
    )
    return [Reason(row, "field_preference", claims, (*cited, *counted), shared.share, title=case.item.title)]
