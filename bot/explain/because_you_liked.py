"""Reasons that rest on the user's own events: what raised the item, and what lowered it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.explain.case import Case
from bot.values import Claim, Reason, ReasonKind
from bot.wording import month, percent, rating, say, year_field
from retrieval.schema import Event

MENTIONED = 3  # events named one by one; the rest are summed into one sentence
TURNED_DOWN = frozenset({"refused", "passed"})
MATTERS = 0.04  # shares below this are not worth a sentence of their own
GROUP_MATTERS = 0.1


def reasons(case: Case) -> list[Reason]:
    """One reason per weighty event; a heavy user's many small ones together."""
    everything = case.events()
    passed = [(e, share) for e, share in everything if _kind(case, e) in TURNED_DOWN]
    events = [pair for pair in everything if pair not in passed]
    named = [
        (e, share) for place, (e, share) in enumerate(events[:MENTIONED]) if abs(share) >= (MATTERS if place else 0)
    ]
    named = [(e, share) for e, share in named if share]
    out = [_reason(case, event, share) for event, share in named]
    rest = [share for event, share in events if (event, share) not in named and share]
    if len(rest) > 1 and abs(sum(rest)) >= GROUP_MATTERS:
        out.append(_group(case, len(rest), sum(rest)))
    if abs(total := sum(share for _, share in passed)) >= MATTERS:
        out.append(_passed(case, [e for e, _ in passed], total))
    return out


def _kind(case: Case, event: Event) -> str:
    """What kind of belief the event is; "" for the data set's own behaviour."""
    belief = case.book.belief(event.id)
    return "" if belief is None else belief.kind


def _passed(case: Case, events: Sequence[Event], share: float) -> Reason:
    """What was passed over, taken together: each alone says little."""
    evidence = tuple(case.book.event(event.id, share / len(events)) for event in events[:MENTIONED])
    slots = {"title": case.item.title, "share": percent(abs(share)) if share > 0 else ""}
    claim = Claim(f"because_you_disliked.{'unlike' if share > 0 else 'alike'}", slots, evidence)
    return Reason(case.scored.item, "because_you_disliked", (claim,), evidence, share, title=case.item.title)


def _reason(case: Case, event: Event, share: float) -> Reason:
    kind: ReasonKind = "because_you_disliked" if event.strength < 0 else "because_you_liked"
    evidence = case.book.event(event.id, share)
    claim = Claim(f"{kind}.{_family(case, event, share)}", _slots(case, event, share), (evidence,))
    return Reason(case.scored.item, kind, (claim,), (evidence,), share, title=case.item.title)


def _family(case: Case, event: Event, share: float) -> str:
    said = case.book.belief(event.id) is not None
    if event.strength < 0 and share > 0:
        return "raised"
    if event.strength >= 0 and share < 0:
        return "lowered"
    if event.value is not None:
        return "rated"
    if said:
        return "preferred" if _kind(case, event) == "preferred" else "said"
    return "used"


def _slots(case: Case, event: Event, share: float) -> dict[str, str]:
    slots = {
        "title": case.item.title,
        "other": _other(case, event.item),
        "share": percent(abs(share)) if share > 0 else "",
    }
    if event.value is not None:
        slots["rating"], slots["unit"] = rating(event.value, case.catalogue.schema)
        slots["when"] = "" if case.book.belief(event.id) else month(event.time)
    return slots


def _group(case: Case, count: int, share: float) -> Reason:
    text = say("evidence_group", count=count, plural=case.catalogue.schema.plural)
    evidence = case.book.statistic(f"group:{case.scored.item}", text, share)
    family = "group" if share > 0 else "group_lowered"
    slots = {"title": case.item.title, "count": str(count), "share": percent(abs(share))}
    claim = Claim(f"because_you_liked.{family}", slots, (evidence,))
    return Reason(case.scored.item, "because_you_liked", (claim,), (evidence,), share, title=case.item.title)


def _other(case: Case, row: int) -> str:
    """The title of the user's item, with its year where it is a namesake of the one explained."""
    item = case.catalogue.items[row]
    year = item.attributes.get(year_field(case.catalogue.schema))
    return f"{item.title} ({year})" if item.title == case.item.title and year is not None else item.title
