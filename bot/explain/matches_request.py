"""Reasons that rest on what was asked for: conditions that hold, words and titles that the item resembles."""

from __future__ import annotations

from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import condition_texts, listed, percent, value_text
from retrieval.schema import Constraint

_NEGATIVE = frozenset({"!=", "not_in", "excludes"})


def reasons(case: Case) -> list[Reason]:
    """At most one reason: all that the item has of what was asked."""
    request = case.standing.request
    claims: list[Claim] = []
    if case.query.like:
        others = listed([case.catalogue.items[row].title for row in case.query.like])
        share = case.share("similar", "similar_taste")
        words = case.book.message(request.words, share)
        slots = {"title": case.item.title, "other": others, "share": percent(share) if share > 0 else ""}
        claims.append(Claim("matches_request.like", slots, (words,)))
    if case.query.text and (share := case.share("request")) > 0:
        evidence = case.book.message(request.words, share)
        slots = {"title": case.item.title, "words": case.query.text, "share": percent(share)}
        claims.append(Claim("matches_request.text", slots, (evidence,)))
    claims += _conditions(case)
    if not claims:
        return []
    weight = case.share("request", "similar", "similar_taste", "preference")
    cited = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    return [Reason(case.scored.item, "matches_request", tuple(claims), cited, weight, title=case.item.title)]


def _conditions(case: Case) -> list[Claim]:
    """A claim per field that was asked for and that the item satisfies; exclusions go without saying."""
    by_field: dict[str, list[Constraint]] = {}
    for constraint in case.query.constraints:
        if constraint.op not in _NEGATIVE and case.catalogue.matches(constraint)[case.scored.item]:
            by_field.setdefault(constraint.field, []).append(constraint)
    claims = []
    for name, group in by_field.items():
        field = case.catalogue.schema.field(name)
        value = case.item.attributes[name]
        family = "number" if field.kind in ("number", "date") else "field"
        if isinstance(value, tuple):  # of an item's tags, those that were asked for
            asked = {str(v) for c in group for v in (c.value if isinstance(c.value, tuple) else (c.value,))}
            value = tuple(v for v in value if v in asked)
        slots = {
            "title": case.item.title,
            "label": field.label,
            "value": value_text(field, value),
            "asked": listed(condition_texts(case.catalogue.schema, group)),
        }
        claims.append(Claim(f"matches_request.{family}", slots, case.said(group)))
    return claims
