"""Reasons that rest on the user's own events: what raised the item, and what lowered it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.explain import events
from bot.explain.case import Case
from bot.values import Claim, Reason, ReasonKind
from bot.wording import by_behaviour, listed, month, percent, rating, say
from retrieval.schema import Event


def reasons(case: Case) -> list[Reason]:
    """One reason per weighty event; a heavy user's many small ones together."""
    told = events.sort(case)
    out = [of_event(case, event, share) for event, share in told.named]
    total = sum(share for _, share in told.group)
    if len(told.group) > 1 and abs(total) >= events.GROUP_MATTERS:
        out.append(_group(case, told.group, total))
    if abs(total := sum(share for _, share in told.passed)) >= events.MATTERS:
        out.append(_passed(case, [e for e, _ in told.passed], total))
    return out


def _passed(case: Case, passed: Sequence[Event], share: float) -> Reason:
    """What was passed over, taken together: each alone says little."""
    evidence = tuple(case.book.event(event.id, share / len(passed)) for event in passed[: events.MENTIONED])
    slots = {"title": case.item.title, "share": percent(abs(share)) if share > 0 else ""}
    claim = Claim(f"because_you_disliked.{'unlike' if share > 0 else 'alike'}", slots, evidence)
    return Reason(case.scored.item, "because_you_disliked", (claim,), evidence, share, title=case.item.title)


def of_event(case: Case, event: Event, share: float) -> Reason:
    """The reason that one event is, whichever way it counts."""
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
        return "preferred" if events.kind_of(case, event) == "preferred" else "said"
    return "used"


def _slots(case: Case, event: Event, share: float) -> dict[str, str]:
    slots = {
        "title": case.item.title,
        "other": case.name(event.item),
        "share": percent(abs(share)) if share > 0 else "",
    }
    if event.value is not None:
        slots["rating"], slots["unit"] = rating(event.value, case.catalogue.schema)
        slots["when"] = "" if case.book.belief(event.id) else month(event.time)
    return slots


def _group(case: Case, group: tuple[events.Weighed, ...], share: float) -> Reason:
    schema = case.catalogue.schema
    text = say(by_behaviour("evidence_group", schema), count=len(group), plural=schema.plural)
    shares = dict(group)
    close = events.examples(case, group)
    evidence = (
        case.book.statistic(f"group:{case.scored.item}", text, share),
        *(case.book.event(event.id, shares[event]) for event in close),
    )
    family = by_behaviour("group", schema) + ("" if share > 0 else "_lowered")
    slots = {
        "title": case.item.title,
        "count": str(len(group)),
        "share": percent(abs(share)),
        "examples": listed([case.name(event.item) for event in close]),
    }
    claim = Claim(f"because_you_liked.{family}", slots, evidence)
    return Reason(case.scored.item, "because_you_liked", (claim,), evidence, share, title=case.item.title)
