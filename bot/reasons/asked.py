"""An Understanding that asks for a reason -> the explanation it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.explain import why_not
from bot.reasons.absent import explain_none
from bot.reasons.comparing import explain_pair
from bot.reasons.explained import Explained, Inquiry, ground, shown_at
from bot.reasons.inquiries import explain_asking, explain_certainty, explain_weights
from bot.reasons.leaving import explain_listed
from bot.reasons.likeness import explain_likeness
from bot.reasons.listed import explain_considered, explain_order, explain_pick
from bot.reasons.suppose import explain_supposed, explain_taken
from bot.reasons.verdict import explain_verdict
from bot.reasons.whys import explain_missing, explain_shown
from bot.values import Understanding

_OF_THE_LIST: Mapping[str, Callable[[Inquiry], Explained]] = {
    "pick": explain_pick, "order": explain_order, "considered": explain_considered, "asking": explain_asking,
}  # fmt: skip


def explain_one(inquiry: Inquiry, u: Understanding) -> Explained:
    """The answer to a question about a reason; Stopped when nobody waits for it any more."""
    standing = inquiry.standing
    if u.asked in ("likest", "unlikest"):
        return explain_likeness(inquiry, u)
    if u.asked in _OF_THE_LIST:
        return _OF_THE_LIST[u.asked](inquiry)
    if u.asked == "none":
        return explain_none(inquiry, u.supposed)
    unknown = [m.text for m in u.about if not m.items]
    if unknown and not any(m.items for m in u.about):
        return Explained(tuple(why_not.unknown_title(words) for words in unknown), asked="why_not")
    targets = list(dict.fromkeys(m.items[0] for m in u.about if len(m.items) == 1))
    focus = standing.focus(inquiry.catalogue)
    if u.asked in ("sure", "matters"):
        return (explain_certainty if u.asked == "sure" else explain_weights)(inquiry, targets[0] if targets else None)
    if u.asked in ("takes", "leaves"):
        row = targets[0] if targets else focus
        if row is None:
            return Explained(asked="which")
        if row in standing.shown:
            return explain_listed(inquiry, row)
        named = row in standing.request.like  # nothing brings in what others are to be like
        return (explain_taken if u.asked == "takes" and not named else explain_missing)(inquiry, row)
    if u.asked == "verdict":
        return explain_verdict(inquiry, targets[0] if targets else focus)
    if "what_if" in u.acts:
        return explain_supposed(inquiry, u.supposed)
    if "compare" in u.acts or u.asked == "above":
        return _compared(inquiry, targets, focus)
    return _why(inquiry, u, targets, focus)


def _compared(inquiry: Inquiry, targets: list[int], focus: int | None) -> Explained:
    """Two items: those named, else the one named and the one talked about, else the only two shown."""
    if len(targets) == 1 and focus is not None and focus != targets[0]:
        targets = [focus, *targets]
    if not targets and len(inquiry.standing.shown) == 2:
        targets = [*inquiry.standing.shown]
    if len(targets) != 2:
        return Explained(asked="two" if targets or inquiry.standing.shown else "nothing")
    return explain_pair(inquiry, targets[0], targets[1])


def _why(inquiry: Inquiry, u: Understanding, targets: list[int], focus: int | None) -> Explained:
    standing = inquiry.standing
    if len(targets) > 1 and set(targets) <= set(standing.shown) and "why_not" not in u.acts:
        found = ground(inquiry)
        return explain_shown(inquiry, found, [row for row in found.listed if row in targets])
    row = targets[0] if targets else focus if focus is not None or not standing.shown else None
    shown = shown_at(inquiry, row)
    if row is None and ("why_not" in u.acts or shown is None):
        return Explained(asked="which" if standing.shown else "nothing")
    if row is not None and (shown is None or "why_not" in u.acts):
        return explain_missing(inquiry, row)
    found = ground(inquiry, row)
    return explain_shown(inquiry, found, found.listed if row is None else [row])
