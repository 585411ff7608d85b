"""Why something was not recommended: what kept it out, or else what beat it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.explain import whole
from bot.explain.book import popularity_text
from bot.explain.case import OF_REQUEST, Case, of_whole
from bot.superlatives import superlative
from bot.values import Belief, Claim, Reason
from bot.wording import by_behaviour, condition_texts, listed, month, number, rating, say, value_text
from retrieval.operator_rules import OperatorRules
from retrieval.schema import Constraint, Event, Scored


def unknown_title(words: str) -> Reason:
    """The catalogue has no such thing."""
    return Reason(None, "not_in_catalogue", (Claim("not_in_catalogue", {"words": words}),), (), 0.0, title=words)


def without_score(case: Case, past: Event | None) -> list[Reason]:
    """Every cause that is not a score; `past` is what the data set has of the user with this item."""
    return [*known(case, past), *filtered(case)]


def known(case: Case, past: Event | None) -> list[Reason]:
    """Disliked, rated or seen: said in a conversation, or in the data set's behaviour."""
    row, profile = case.scored.item, case.standing.profile
    said = [b for b in (*profile.earlier, *profile.beliefs) if b.item == row]
    if said:
        return [_said(case, belief) for belief in said]
    if past is None:
        return [_named(case)] if row in case.query.like else []
    evidence = (case.book.event(past.id),)
    if past.value is None or case.catalogue.schema.rating is None:
        return [_reason(case, "already_seen", Claim("already_seen.used", {"title": case.item.title}, evidence))]
    value, unit = rating(past.value, case.catalogue.schema)
    slots = {"title": case.item.title, "rating": value, "unit": unit, "when": month(past.time)}
    return [_reason(case, "already_seen", Claim("already_seen.rated", slots, evidence))]


def _named(case: Case) -> Reason:
    """It is what others were to be like."""
    evidence = (case.book.message(case.standing.request.words),)
    return _reason(case, "filtered", Claim("filtered.named", {"title": case.item.title}, evidence))


def _said(case: Case, belief: Belief) -> Reason:
    event = belief.event_id
    evidence = (case.book.event(event),) if case.book.has(event) else ()
    if not evidence and belief.message:
        evidence = (case.book.message(belief.message),)
    title = case.item.title
    if belief.rating is not None:
        value, unit = rating(belief.rating, case.catalogue.schema)
        claim = Claim("already_seen.rated", {"title": title, "rating": value, "unit": unit, "when": ""}, evidence)
        return _reason(case, "already_seen", claim)
    if belief.kind == "disliked":
        return _reason(case, "disliked", Claim("disliked.said", {"title": title}, evidence))
    family = "already_seen.liked" if belief.kind == "liked" else "already_seen.said"
    return _reason(case, "already_seen", Claim(family, {"title": title}, evidence))


def barred(case: Case, rules: OperatorRules) -> list[Reason]:
    """What whoever runs the bot keeps it out by; nothing that is said can change it."""
    schema, item = case.catalogue.schema, case.item
    if case.scored.item in rules.blocked:
        return [_reason(case, "filtered", Claim("filtered.blocked", {"title": item.title}))]
    out = []
    for name, group in _failed(case, rules.always).items():
        field = schema.field(name)
        asked = [c for c in rules.always if c.field == name] if _is_range(group) else group
        slots = {"title": item.title, "label": field.label, "asked": listed(condition_texts(schema, asked))}
        if name in item.attributes:
            slots["value"] = value_text(field, item.attributes[name])
        family = "always" if name in item.attributes else "always_unknown"
        out.append(_reason(case, "filtered", Claim(f"filtered.{family}", slots)))
    return out


def held_back(case: Case, places: int, window: int) -> Reason:
    """It had as many of the last `window` places on everybody's lists as one item may: `places`."""
    slots = {"title": case.item.title, "count": number(places), "total": number(window)}
    return _reason(case, "diversified", Claim("diversified.exposure", slots))


def well_known(case: Case, head: NDArray[np.bool_]) -> list[Reason]:
    """That it is one of the best known, the `head` [n_items], where what few know was asked for."""
    if not (case.query.long_tail and head[case.scored.item]):
        return []
    slots = {"title": case.item.title, "count": number(int(head.sum())), "plural": case.catalogue.schema.plural}
    people = case.book.statistic(
        f"count:{case.scored.item}", popularity_text(case.catalogue, case.scored.item)[2], 0.0, case.scored.item
    )
    until = month(case.catalogue.until)
    known = case.book.statistic("best_known", say("evidence_best_known", **slots, until=until))
    return [_reason(case, "filtered", Claim("filtered.well_known", slots, (people, known)))]


def _failed(case: Case, conditions: Sequence[Constraint]) -> dict[str, list[Constraint]]:
    """The hard conditions that it does not meet, by field."""
    failed: dict[str, list[Constraint]] = {}
    for constraint in conditions:
        if constraint.hard and not case.catalogue.matches(constraint)[case.scored.item]:
            failed.setdefault(constraint.field, []).append(constraint)
    return failed


def filtered(case: Case) -> list[Reason]:
    """The conditions that it does not meet, or cannot be seen to meet."""
    failed = _failed(case, case.query.constraints)
    out = []
    order = case.standing.request.order
    if order and order[0] not in failed and order[0] not in case.item.attributes:
        field = case.catalogue.schema.field(order[0])
        slots = {"title": case.item.title, "label": field.label}
        slots["asked"] = say("the", words=superlative(field, order[1]))
        out.append(_reason(case, "filtered", Claim("filtered.unknown", slots, (case.book.message(order[2]),))))
    for name, group in failed.items():
        schema = case.catalogue.schema
        field = schema.field(name)
        slots = {"title": case.item.title, "label": field.label}
        asked = [c for c in case.query.constraints if c.field == name and c.hard] if _is_range(group) else group
        slots["asked"] = " and ".join(condition_texts(schema, asked))
        value = case.item.attributes.get(name)
        evidence = case.said(group)
        if value is None:
            out.append(_reason(case, "filtered", Claim("filtered.unknown", slots, evidence)))
        else:
            slots["value"] = value_text(field, value)
            family = "flag" if field.kind == "flag" else "by"
            out.append(_reason(case, "filtered", Claim(f"filtered.{family}", slots, evidence)))
    return out


def _is_range(group: list[Constraint]) -> bool:
    return any(c.op in ("<", "<=", ">", ">=") for c in group)


def by_score(case: Case, rank: int, ahead: Sequence[Scored]) -> Reason:
    """Nothing kept it out but the list: it was beaten, or gave way for variety, or would be on the list by now.

    `rank` is the place that its score gives it, `ahead` the list that the same request brings now.
    """
    if case.scored.item in {scored.item for scored in ahead}:
        return _reason(case, "outscored", Claim("outscored.now", {"title": case.item.title}))
    order = case.standing.request.order
    if order is not None and (ordered := _out_of_order(case, order, ahead[-1])) is not None:
        return ordered
    if case.scored.score > ahead[-1].score:
        return _reason(case, "diversified", Claim("diversified.skipped", {"title": case.item.title}))
    if case.scored.score == ahead[-1].score:
        return _level(case, rank, ahead[-1])
    return _outscored(case, rank, ahead[-1])


def _level(case: Case, rank: int, last: Scored) -> Reason:
    """The last listed item has the very same score, as where nothing is known of anybody."""
    slots = {"title": case.item.title, "rank": str(rank), "other": case.catalogue.items[last.item].title}
    cited = tuple(  # equal scores have one place
        case.book.statistic(f"far:{row}", say("evidence_far", title=title, rank=number(rank)), 0.0, row)
        for row, title in ((case.scored.item, case.item.title), (last.item, slots["other"]))
    )
    return _reason(case, "outscored", Claim("outscored.level", slots, cited))


def _out_of_order(case: Case, order: tuple[str, bool, str], last: Scored) -> Reason | None:
    """A field goes before the score, and the last listed item has the better value of it; None when they are equal."""
    field, other = case.catalogue.schema.field(order[0]), case.catalogue.items[last.item]
    own, theirs = case.item.attributes[field.name], other.attributes[field.name]
    if own == theirs:
        return None
    slots = {
        "title": case.item.title,
        "other": other.title,
        "label": field.label,
        "value": value_text(field, own),
        "other_value": value_text(field, theirs),
        "asked": superlative(field, order[1]),
    }
    return _reason(case, "outscored", Claim("outscored.order", slots, (case.book.message(order[2]),)))


def _outscored(case: Case, rank: int, last: Scored) -> Reason:
    """The difference of two decompositions: the part in which the last listed item leads the most."""
    other = case.catalogue.items[last.item].title
    slots = {"title": case.item.title, "rank": str(rank), "other": other}
    row, ahead = case.scored.item, last.item
    place = say("evidence_far", title=case.item.title, rank=number(rank))
    counts = popularity_text(case.catalogue, ahead)[2]
    both = (
        case.book.statistic(f"far:{row}", place, 0.0, row),
        case.book.statistic(f"count:{ahead}", counts, 0.0, ahead),
    )
    claims = [Claim("outscored.gap", slots, both)]
    part, event = _widest(case, last)
    cited: tuple[str, ...] = ()
    told = {"title": case.item.title, "other": other}
    if event is not None:
        cited = (case.book.event(event),)
        told["cause"] = case.catalogue.items[case.book.said_event(event).item].title
        own = case.book.said_event(event).item == ahead
        claims.append(Claim("outscored.own" if own else "outscored.part", told, cited))
    elif part == "counts" and case.catalogue.counts[ahead] > case.catalogue.counts[row]:
        claims.append(Claim(by_behaviour("outscored.popularity", case.catalogue.schema), told, both))
    elif part == "request":
        words = case.standing.request.words
        cited = (case.book.message(words),) if words else ()
        claims.append(Claim("outscored.request", told, (*both, *cited)))
    elif part == "whole":
        cited = (whole.cite(case, case.whole),)
        claims.append(Claim("outscored.whole", told, (*both, *cited)))
    return Reason(case.scored.item, "outscored", tuple(claims), (*both, *cited), 0.0, title=case.item.title)


def _widest(case: Case, last: Scored) -> tuple[str, str | None]:
    """In which part the last listed item leads the most, or by which event; ("", None) if in none."""
    lead: dict[tuple[str, str | None], float] = {}
    for scored, sign in ((last, 1.0), (case.scored, -1.0)):
        for c in scored.contributions:
            name = "whole" if of_whole(c) else "request" if c.part in OF_REQUEST else c.part
            name = "counts" if c.part in ("popularity", "trend") else name
            key = ("", c.evidence) if c.evidence is not None else (name, None)
            lead[key] = lead.get(key, 0.0) + sign * c.value
    best = max(lead, key=lambda key: lead[key], default=("", None))
    return best if lead.get(best, 0.0) > 0 else ("", None)


def _reason(case: Case, kind: str, claim: Claim) -> Reason:
    return Reason(case.scored.item, kind, (claim,), claim.evidence, 0.0, title=case.item.title)  # type: ignore[arg-type]
