"""Reasons that rest on everyone's behaviour, in the data's own time."""

from __future__ import annotations

from bot.explain.book import popularity_text
from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import month, percent

MATTERS = 0.08
MOSTLY = 0.5


def reasons(case: Case) -> list[Reason]:
    """At most one reason; the honest "mostly because it is popular" when that is how it is."""
    popularity, trend = case.share("popularity"), case.share("trend")
    weight = popularity + trend
    if weight < MATTERS or not case.catalogue.counts[case.scored.item]:
        return []
    count, until, text = popularity_text(case.catalogue, case.scored.item)
    evidence = case.book.statistic(f"count:{case.scored.item}", text, weight, case.scored.item)
    title = case.item.title
    claims = []
    if weight > MOSTLY:
        claims.append(Claim("popular.only", {"title": title}, (evidence,)))
    share = percent(weight)
    claims.append(Claim("popular.count", {"title": title, "count": count, "until": until, "share": share}, (evidence,)))
    if trend >= MATTERS and until:
        claims.append(Claim("popular.trend", {"title": title, "until": month(case.catalogue.until), "share": ""}, ()))
    return [Reason(case.scored.item, "popular", tuple(claims), (evidence,), weight, title=title)]
