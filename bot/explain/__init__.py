"""Scored -> Reason: one file per kind of reason, pure. Words come later, in `bot.writer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.explain import because_you_liked, field_preference, matches_request, people_like_you, popular, review, whole
from bot.explain.case import Case
from bot.values import Claim, Reason

WHY: Mapping[str, Callable[[Case], list[Reason]]] = {
    "because_you_liked": because_you_liked.reasons,
    "field_preference": field_preference.reasons,
    "matches_request": matches_request.reasons,
    "popular": popular.reasons,
    "whole": whole.reasons,
}

"""Kinds that carry a part of the score: each part is told by one of them, so their weights add up."""

SUPPORT: Mapping[str, Callable[[Case], list[Reason]]] = {
    "people_like_you": people_like_you.reasons,
    "review": review.reasons,
}
"""Kinds that say more about one item, of which the weight is 0: they carry nothing that is not told already."""


def why(case: Case, moved: bool = False, support: bool = False) -> tuple[Reason, ...]:
    """Every reason whose part of the decomposition matters: the weightiest kind first, each kind in its own order.

    `support`: what weighs nothing comes after them.
    """
    # A field that goes before the score decides alone, unless others have the same value of it.
    telling = [matches_request.reasons] if case.query.order and not matches_request.tied(case) else WHY.values()
    kinds = sorted((kind(case) for kind in telling), key=_weight, reverse=True)
    found = [reason for kind in kinds for reason in kind]
    if not found:
        claim = Claim("popular.start", {"title": case.item.title})
        found.append(Reason(case.scored.item, "popular", (claim,), (), 0.0, title=case.item.title))
    if support:
        found += [reason for kind in SUPPORT.values() for reason in kind(case)]
    if moved:
        claim = Claim("diversified.moved", {"title": case.item.title})
        found.append(Reason(case.scored.item, "diversified", (claim,), (), 0.0, title=case.item.title))
    return tuple(found)


def _weight(found: list[Reason]) -> float:
    """How early a kind is told: by its weightiest reason that rests on more than a handful of people."""
    return max((abs(reason.weight) for reason in found if not popular.slight(reason)), default=0.0)
