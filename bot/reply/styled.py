"""Reasons as people want them told: few, or without numbers. What is said stays what the reasons claim."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.explain.popular import slight
from bot.values import Claim, Reason, Style
from bot.writer import Writer

_NUMBERS = frozenset({"share", "rating", "unit", "count", "total", "when", "until", "days", "rank", "other_rank",
                      "other_count", "bits", "next_bits", "left", "stayed", "tries"})  # fmt: skip
_WORDED = frozenset({"count"})  # agrees with other words: "it", "them"


def adapted(reasons: Sequence[Reason], style: Collection[Style], writer: Writer) -> tuple[Reason, ...]:
    """The reasons with the numbers left out that people do not want, wherever a phrase can do without."""
    if "no_numbers" not in style:
        return tuple(reasons)
    out = []
    for reason in reasons:
        if slight(reason) and len(reasons) > 1:
            continue  # "many rated it" would be what is left of "2 people rated it"
        claims = tuple(claim for told in reason.claims if (claim := _without(told, writer)) is not None)
        if claims or (reason.weight == 0 and len(reasons) > 1):
            out += [replace(reason, claims=claims)] if claims else []
        else:
            out.append(reason)
    return tuple(out) or tuple(reasons)


def _apiece(reason: Reason) -> float:
    """How much the first thing that it says weighs, about: popularity adds up the years and the last months."""
    return abs(reason.weight) / (len(reason.claims) if reason.kind == "popular" else 1)


def _without(claim: Claim, writer: Writer) -> Claim | None:
    """None if the numbers are what it says. What said a rating goes on being said of one."""
    if claim.slots.get("rating") and writer.knows(f"{claim.kind}_rated"):
        claim = replace(claim, kind=f"{claim.kind}_rated")
    for gone in (_NUMBERS, _NUMBERS - _WORDED):
        bare = replace(claim, slots={name: value for name, value in claim.slots.items() if name not in gone})
        if writer.can_say(bare):
            return bare
    return None


def told(reasons: Sequence[Reason], style: Collection[Style]) -> tuple[Reason, ...]:
    """What is put into sentences: briefly the weightiest reason, the weightiest single thing if that is another, and
    what weighs more against than for; of reasons without a weight the first, and the first thing each says."""
    if "brief" not in style or not reasons:
        return tuple(reasons)
    weighed = [reason for reason in reasons if reason.weight]
    if not weighed:
        return (replace(reasons[0], claims=reasons[0].claims[:1]),)
    best = max(weighed, key=_apiece)
    alone = [reason for reason in weighed if reason.kind in ("because_you_liked", "because_you_disliked")]
    single = max((r for r in alone if "other" in r.claims[0].slots), key=lambda r: abs(r.weight), default=best)
    kept = (best, single) if best.claims[0].kind.endswith((".group", ".together", ".all")) else (best,)
    return tuple(replace(reason, claims=reason.claims[:1]) for reason in reasons if reason in kept)
