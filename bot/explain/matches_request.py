"""Reasons that rest on what was asked for: conditions that hold, words and titles that the item resembles."""

from __future__ import annotations

from bot.explain.case import Case
from bot.superlatives import superlative
from bot.values import Claim, Reason
from bot.wording import condition_texts, listed, percent, value_text
from retrieval.schema import Constraint

_NEGATIVE = frozenset({"!=", "not_in", "excludes"})


def reasons(case: Case) -> list[Reason]:
    """At most one reason: all that the item has of what was asked."""
    request = case.standing.request
    claims: list[Claim] = []
    if request.order is not None:
        claims.append(_ordered(case, request.order))
        if not tied(case):
            claims += _conditions(case)
            cited = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
            return [Reason(case.scored.item, "matches_request", tuple(claims), cited, 1.0, title=case.item.title)]
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
    claims += _critiques(case)
    claims += _conditions(case)
    if not claims:
        return []
    weight = 1.0 if request.order else case.share("request", "similar", "similar_taste", "critique", "preference")
    cited = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    return [Reason(case.scored.item, "matches_request", tuple(claims), cited, weight, title=case.item.title)]


def _ordered(case: Case, order: tuple[str, bool, str]) -> Claim:
    """The field that goes before the score."""
    name, largest, said = order
    field = case.catalogue.schema.field(name)
    slots = {
        "title": case.item.title,
        "label": field.label,
        "value": value_text(field, case.item.attributes[name]),
        "asked": superlative(field, largest),
    }
    return Claim(f"matches_request.{'first' if case.place == 1 else 'order'}", slots, (case.book.message(said, 1.0),))


def tied(case: Case) -> bool:
    """Whether others that fit have the same value of the field that orders them, so that the score decides."""
    assert case.query.order is not None
    values = case.catalogue.numbers(case.query.order[0])
    same = values == values[case.scored.item]
    for constraint in case.query.constraints:
        if constraint.hard:
            same = same & case.catalogue.matches(constraint)
    return bool(same.sum() > 1)


def _critiques(case: Case) -> list[Claim]:
    """A claim per quality that the item has more of, or less of, than the others: as it was asked for."""
    shares = [c.share for c in case.scored.contributions if c.part == "critique"]
    claims = []
    for (words, weight, said), share in zip(case.standing.request.toward, shares, strict=True):
        if share > 0:
            evidence = case.book.message(said, share)
            slots = {"title": case.item.title, "words": words, "share": percent(share)}
            claims.append(Claim(f"matches_request.{'more' if weight > 0 else 'less'}", slots, (evidence,)))
    return claims


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
        family = "number" if field.kind in ("number", "date") else "flag" if field.kind == "flag" else "field"
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
