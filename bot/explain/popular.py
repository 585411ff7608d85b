"""Reasons that rest on everyone's behaviour, in the data's own time."""

from __future__ import annotations

from bot.explain.book import lately_text, novelty_text, popularity_text
from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import by_behaviour, percent
from retrieval.catalogue import LATELY

MATTERS = 0.08
MOSTLY = 0.5
LEAST = 5  # people: fewer speak for nothing by themselves, whatever their share
_TEXTS = {"count": popularity_text, "trend": lately_text, "novel": novelty_text}


def reasons(case: Case) -> list[Reason]:
    """At most one reason for the item and one against it: how many people there were altogether, and lately."""
    parts = (("count", "popularity"), ("trend", "trend"), ("novel", "novelty"))
    shares = {family: case.share(part) for family, part in parts}
    claims = {family: claim for family, share in shares.items() if (claim := _claim(case, family, share))}
    if expected := _expected(case):
        shares["expected"], claims["expected"] = case.share("expected_popularity"), expected
    order = sorted(claims, key=lambda family: (_few(claims[family]), -abs(shares[family])))
    out = []
    for raised in (True, False):
        families = [family for family in order if (shares[family] > 0) == raised]
        if families:
            out.append(_reason(case, [claims[f] for f in families], sum(shares[f] for f in families)))
    return out


def slight(reason: Reason) -> bool:
    """Whether it speaks for an item by what hardly anybody did: true, but not what to begin with."""
    return reason.kind == "popular" and reason.weight > 0 and _few(reason.claims[0])


def _few(claim: Claim) -> bool:
    counted = claim.kind.removesuffix("_used") in ("popular.count", "popular.trend")
    return counted and float(claim.slots.get("count", "inf").replace(",", "")) < LEAST


def _reason(case: Case, claims: list[Claim], weight: float) -> Reason:
    evidence = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    if case.share("popularity") > MOSTLY and weight > 0 and not case.query.long_tail:  # the best of the little known
        claims = [*claims, Claim("popular.only", {"title": case.item.title}, evidence)]
    return Reason(case.scored.item, "popular", tuple(claims), evidence, weight, title=case.item.title)


def _claim(case: Case, family: str, share: float) -> Claim | None:
    """What the part rests on; None if it hardly counts, or if nobody there is meant to speak for the item."""
    count, until, text = _TEXTS[family](case.catalogue, case.scored.item)
    if abs(share) < MATTERS or not until or (count == "0" and share > 0 and family != "novel"):
        return None
    evidence = case.book.statistic(f"{family}:{case.scored.item}", text, share, case.scored.item)
    slots = {
        "title": case.item.title,
        "count": count,
        "until": until,
        "share": percent(abs(share)),
        "days": str(LATELY),
    }
    kind = by_behaviour(f"popular.{family}", case.catalogue.schema)
    return Claim(kind if share > 0 else f"{kind}_lowered", slots, (evidence,))


def _expected(case: Case) -> Claim | None:
    """An item that nobody has met: what is expected of it by what the catalogue says of it."""
    share = case.share("expected_popularity")
    count, until, text = popularity_text(case.catalogue, case.scored.item)
    if abs(share) < MATTERS or not until or count != "0":
        return None
    evidence = case.book.statistic(f"count:{case.scored.item}", text, share, case.scored.item)
    slots = {"title": case.item.title, "until": until, "share": percent(abs(share))}
    kind = by_behaviour("popular.expected", case.catalogue.schema)
    return Claim(kind if share > 0 else f"{kind}_lowered", slots, (evidence,))
