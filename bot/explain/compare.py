"""Two items side by side: which is ahead and by what, and the fields in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.explain.book import popularity_text
from bot.explain.case import Case
from bot.superlatives import superlative
from bot.values import Claim, Reason
from bot.wording import listed, named, number, percent, say, value_text

FIELDS = 4  # that differ, named at most
EVENTS = 2  # that speak for the one ahead, named at most
MATTERS = 0.08  # of what sets two items apart; less is not worth a sentence
_COUNTS = frozenset({"popularity", "trend", "novelty"})
_OF_REQUEST = frozenset({"request", "similar", "similar_taste", "critique", "preference"})


@dataclass(frozen=True)
class Pair:
    """The one that is ahead, and the other; `ranks` are their places by score among `eligible` items.

    `by_variety`: the first stands higher on the list although its score is lower.
    """

    first: Case
    second: Case
    ranks: tuple[int, int]
    eligible: int
    by_variety: bool = False

    @property
    def order(self) -> tuple[str, bool, str] | None:
        """The field that goes before the score, where it decides between the two."""
        order = self.first.standing.request.order
        if order is None or self.first.item.attributes.get(order[0]) == self.second.item.attributes.get(order[0]):
            return None
        return order


def reasons(pair: Pair) -> tuple[Reason, ...]:
    """The places, the difference of the two decompositions, and the fields."""
    if pair.order is not None:
        return (_ordered(pair, pair.order), *_fields(pair))
    if pair.by_variety:
        return (_variety(pair), _leads(pair.second, pair.first), *_fields(pair))
    if pair.first.scored.score == pair.second.scored.score:
        return (_ahead(pair), *_fields(pair))
    return (_ahead(pair), _leads(pair.first, pair.second), *_fields(pair))


def difference(first: Case, second: Case) -> dict[str | None, float]:
    """By how much the first leads the second, in the score's own units, for each event; None for all the parts that
    rest on no event. The values add up to the difference of the scores."""
    lead: dict[str | None, float] = {}
    for case, sign in ((first, 1.0), (second, -1.0)):
        for c in case.scored.contributions:
            lead[c.evidence] = lead.get(c.evidence, 0.0) + sign * c.value
    return lead


def _ahead(pair: Pair) -> Reason:
    case = pair.first
    slots = _slots(pair.first, pair.second) | {"rank": str(pair.ranks[0]), "other_rank": str(pair.ranks[1])}
    slots["total"] = number(pair.eligible)
    family = "even" if pair.first.scored.score == pair.second.scored.score else "ahead"
    cited = tuple(_place(pair, side) for side in (0, 1))
    return _reason(case, "outscored", (Claim(f"compare.{family}", slots, cited),))


def _place(pair: Pair, side: int) -> str:
    """Where one of the two comes by its score, cited."""
    case = (pair.first, pair.second)[side]
    total = number(pair.eligible)
    text = say("evidence_place", title=case.item.title, rank=number(pair.ranks[side]), total=total)
    return case.book.statistic(f"place:{case.scored.item}", text, 0.0, case.scored.item)


def _ordered(pair: Pair, order: tuple[str, bool, str]) -> Reason:
    field = pair.first.catalogue.schema.field(order[0])
    own, theirs = (case.item.attributes.get(field.name) for case in (pair.first, pair.second))
    slots = _slots(pair.first, pair.second) | {"label": field.label, "asked": superlative(field, order[1])}
    cited = (pair.first.book.message(order[2]),)
    if own is None or theirs is None:
        known, unknown = (pair.first, pair.second) if theirs is None else (pair.second, pair.first)
        return _reason(unknown, "filtered", (Claim("fact.unknown", _slots(unknown, known) | {"label": field.label}),))
    slots |= {"value": value_text(field, own), "other_value": value_text(field, theirs)}
    return _reason(pair.first, "outscored", (Claim("compare.order", slots, cited),))


def _variety(pair: Pair) -> Reason:
    return _reason(
        pair.first,
        "diversified",
        (Claim("diversified.above", _slots(pair.first, pair.second), (_place(pair, 0), _place(pair, 1))),),
    )


def _leads(ahead: Case, behind: Case) -> Reason:
    """What does more for the one whose score is higher, and the weightiest thing that does more for the other."""
    parts = _parts(ahead, behind)
    raised = sum(value for value in parts.values() if value > 0) or 1.0
    claims = []
    events = 0
    for part, value in sorted(parts.items(), key=lambda entry: -entry[1]):
        if value / raised >= MATTERS and (claim := _claim(part, ahead, behind, value / raised)):
            events += part.startswith("event:")
            if not part.startswith("event:") or events <= EVENTS:
                claims.append(claim)
    lowest = min(parts, key=lambda part: parts[part], default=None)
    if lowest is not None and -parts[lowest] / raised >= MATTERS:
        claim = _claim(lowest, behind, ahead, 0.0)
        claims += [claim] if claim else []
    if not claims:
        claims = [Claim("compare.spread", _slots(ahead, behind), (_facts(ahead), _facts(behind)))]
    return _reason(ahead, "outscored", tuple(claims))


def fields_of(reasons: Sequence[Reason]) -> tuple[Claim, ...]:
    """The claims about fields, which read better as a table."""
    return tuple(c for r in reasons for c in r.claims if c.kind in ("compare.field", "compare.only"))


def _parts(first: Case, second: Case) -> Mapping[str, float]:
    """The difference by what can be said of it: each event, everyone's behaviour, the request."""
    events = {f"event:{event}": value for event, value in difference(first, second).items() if event is not None}
    alone = {"counts": 0.0, "request": 0.0}
    for case, sign in ((first, 1.0), (second, -1.0)):
        for c in case.scored.contributions:
            name = "counts" if c.part in _COUNTS else "request" if c.part in _OF_REQUEST else ""
            if c.evidence is None and name:
                alone[name] += sign * c.value
    return events | alone


def _claim(part: str, ahead: Case, behind: Case, share: float) -> Claim | None:
    """That this part does more for the first of the two; None where the data do not say it in so many words."""
    slots = _slots(ahead, behind) | {"share": percent(share) if share else ""}
    if part == "request":
        words = ahead.standing.request.words
        said = (ahead.book.message(words, share),) if words else ()
        return Claim("compare.request", slots, (*said, _facts(ahead), _facts(behind)))
    if part == "counts":
        counts = [int(case.catalogue.counts[case.scored.item]) for case in (ahead, behind)]
        if counts[0] <= counts[1]:
            return None
        cited = tuple(
            case.book.statistic(f"count:{case.scored.item}", popularity_text(case.catalogue, case.scored.item)[2],
                                share, case.scored.item)
            for case in (ahead, behind)
        )  # fmt: skip
        slots |= {"count": number(counts[0]), "other_count": number(counts[1])}
        return Claim("compare.popularity", slots, cited)
    event = ahead.book.said_event(part.removeprefix("event:"))
    slots["cause"] = ahead.catalogue.items[event.item].title
    family = "part" if event.value is not None or ahead.book.belief(event.id) else "used"
    return Claim(f"compare.{family}", slots, (ahead.book.event(event.id, share), _facts(ahead), _facts(behind)))


def _fields(pair: Pair) -> tuple[Reason, ...]:
    """The declared fields that are known of both and differ."""
    claims = []
    for field in pair.first.catalogue.schema.fields:
        own, theirs = (case.item.attributes.get(field.name) for case in (pair.first, pair.second))
        ordered = pair.order is not None and pair.order[0] == field.name
        if own is None or theirs is None or own == theirs or field.kind == "text" or ordered:
            continue
        if isinstance(own, tuple) and isinstance(theirs, tuple):  # what both have tells nothing
            shared = set(own) & set(theirs)
            own, theirs = (tuple(v for v in value if v not in shared) for value in (own, theirs))
            if not own or not theirs:
                only, case = (own, pair.first) if own else (theirs, pair.second)
                told = {"title": _name(case), "label": field.label, "value": listed([str(v) for v in only])}
                other = pair.second if case is pair.first else pair.first
                claims.append(Claim("compare.only", told | {"other": _name(other)}))
                continue
        value, other_value = value_text(field, own), value_text(field, theirs)
        slots = _slots(pair.first, pair.second) | {"label": field.label, "value": value, "other_value": other_value}
        claims.append(Claim("compare.field", slots))
    if not claims:
        return ()
    cited = tuple(_facts(case) for case in (pair.first, pair.second))
    claims = [Claim(c.kind, c.slots, cited) for c in claims[:FIELDS]]
    return (Reason(pair.first.scored.item, "outscored", tuple(claims), cited, 0.0, title=pair.first.item.title),)


def _facts(case: Case) -> str:
    """An item's own attributes, cited."""
    fields = case.catalogue.schema.fields
    known = [
        f"{f.label} {value_text(f, case.item.attributes[f.name])}" for f in fields if f.name in case.item.attributes
    ]
    text = f"{case.item.title}: {', '.join(known)}"
    return case.book.statistic(f"facts:{case.scored.item}", text, 0.0, case.scored.item)


def _slots(first: Case, second: Case) -> dict[str, str]:
    return {"title": _name(first), "other": _name(second)}


def _name(case: Case) -> str:
    return named(case.catalogue, case.scored.item)


def _reason(case: Case, kind: str, claims: tuple[Claim, ...]) -> Reason:
    cited = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    return Reason(case.scored.item, kind, claims, cited, 0.0, title=case.item.title)  # type: ignore[arg-type]
