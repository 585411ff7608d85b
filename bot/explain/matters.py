"""What in the history matters most for a list: the weightiest events, and what the list would be without each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.explain import whole
from bot.explain.case import Case
from bot.explain.certainty import asked
from bot.explain.events import MATTERS
from bot.values import Claim, Reason
from bot.wording import month, number, percent, rating, say
from retrieval.schema import Event

NAMED = 3


@dataclass(frozen=True)
class Weighed:
    """The list's items, and of its weightiest events how many of the list's items would be others without it."""

    cases: tuple[Case, ...]
    replaced: tuple[tuple[str, int], ...]


def weights(cases: Sequence[Case]) -> list[tuple[Event, float]]:
    """Each event with its mean share over the items, the weightiest first, whichever way it counts."""
    shares: dict[str, float] = {}
    events: dict[str, Event] = {}
    for case in cases:
        for event, share in case.events():
            events[event.id] = event
            shares[event.id] = shares.get(event.id, 0.0) + share / len(cases)
    order = sorted(shares, key=lambda event: -abs(shares[event]))
    return [(events[event], shares[event]) for event in order]


def reasons(weighed: Weighed) -> tuple[Reason, ...]:
    """One reason per event, then what carries the list when it is not the user's history."""
    cases = weighed.cases
    replaced = dict(weighed.replaced)
    out = []
    for event, share in weights(cases)[:NAMED]:
        if event.id not in replaced or percent(abs(share)) == percent(0):
            continue
        out.append(_reason(cases, event, share, replaced[event.id]))
    if len(weights(cases)) > NAMED:
        out.append(_together(cases))
    mean = sum(case.whole for case in cases) / len(cases)
    if abs(mean) >= MATTERS and cases[0].query.history.events:
        out.append(_whole(cases, mean))
    if not out:
        family = "idle" if cases[0].query.events else "nothing" if cases[0].catalogue.counts.any() else "blank"
        family = "others" if family == "nothing" and not any(map(asked, cases)) else family
        family = "popular" if cases[0].query.popular else family
        return (Reason(None, "certainty", (Claim(f"matters.{family}", {}),), (), 0.0),)
    return tuple(out)


def _together(cases: Sequence[Case]) -> Reason:
    """All events, on average over the items: what speaks for an item and against it taken together."""
    found = weights(cases)
    share, case = sum(part for _, part in found), cases[0]
    count = number(len(found))
    cited = (case.book.statistic("history", say("evidence_history", count=count), share),)
    single = case.item.title if len(cases) == 1 else ""
    family = "all" if share > 0 else "all_outweighs" if share < -1 else "all_lowered"
    claim = Claim(f"matters.{family}", {"share": percent(abs(share)), "count": count, "title": single}, cited)
    return Reason(case.scored.item if single else None, "because_you_liked", (claim,), cited, share, title=single)


def _whole(cases: Sequence[Case], share: float) -> Reason:
    """What a network makes of all events beyond what each does."""
    case, single = cases[0], cases[0].item.title if len(cases) == 1 else ""
    cited = tuple(whole.cite(one, one.whole) for one in cases)
    family = "whole" if share > 0 else "whole_lowered"
    claim = Claim(f"matters.{family}", {"share": percent(abs(share)), "title": single}, cited)
    return Reason(case.scored.item if single else None, "because_you_liked", (claim,), cited, share, title=single)


def _reason(cases: Sequence[Case], event: Event, share: float, replaced: int) -> Reason:
    case = cases[0]
    other = case.name(event.item)
    cited = (case.book.event(event.id, share),)
    single = case.item.title if len(cases) == 1 else ""
    slots = {"other": other, "share": percent(abs(share)), "title": single}
    if event.value is not None:
        slots["rating"], slots["unit"] = rating(event.value, case.catalogue.schema)
        slots["when"] = "" if case.book.belief(event.id) else month(event.time)
    family = "carries" if share > 0 else "outweighs" if share < -1 else "lowers"
    claims = [Claim(f"matters.{family}", slots, cited)]
    if not single:
        told = {"other": other, "count": number(replaced), "total": number(len(cases))}
        claims.append(Claim("matters.replaced" if replaced else "matters.firm", told, cited))
    kind = "because_you_disliked" if event.strength < 0 else "because_you_liked"
    return Reason(cases[0].scored.item if single else None, kind, tuple(claims), cited, share, title=single)  # type: ignore[arg-type]
