"""Reasons that rest on everyone's behaviour, in the data's own time."""

from __future__ import annotations

from bot.explain.book import lately_text, popularity_text
from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import percent
from retrieval.catalogue import LATELY

MATTERS = 0.08
MOSTLY = 0.5


def reasons(case: Case) -> list[Reason]:
    """At most one reason: how many people there were altogether, or lately, whichever the score rests on."""
    found = [
        (case.share("popularity"), _claim(case, "count", case.share("popularity"))),
        (case.share("trend"), _claim(case, "trend", case.share("trend"))),
    ]
    claims = [claim for share, claim in sorted(found, key=lambda pair: -pair[0]) if share >= MATTERS and claim]
    if not claims:
        return []
    if case.share("popularity") > MOSTLY:
        claims.append(Claim("popular.only", {"title": case.item.title}, claims[0].evidence))
    weight = sum(share for share, claim in found if claim in claims)
    evidence = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    return [Reason(case.scored.item, "popular", tuple(claims), evidence, weight, title=case.item.title)]


def _claim(case: Case, family: str, share: float) -> Claim | None:
    count, until, text = (popularity_text if family == "count" else lately_text)(case.catalogue, case.scored.item)
    if count == "0":
        return None
    evidence = case.book.statistic(f"{family}:{case.scored.item}", text, share, case.scored.item)
    slots = {"title": case.item.title, "count": count, "until": until, "share": percent(share), "days": str(LATELY)}
    return Claim(f"popular.{family}", slots, (evidence,))
