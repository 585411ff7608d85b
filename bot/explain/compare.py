"""Two items side by side: which is ahead and by what, and the fields in which they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.explain import whole
from bot.explain.book import lately_text, popularity_text
from bot.explain.case import OF_REQUEST, Case, of_whole
from bot.superlatives import superlative
from bot.values import Claim, Reason
from bot.wording import by_behaviour, listed, named, number, percent, say, value_text
from retrieval.catalogue import LATELY, Catalogue
from retrieval.schema import IntArray

FIELDS = 4  # that differ, named at most
EVENTS = 2  # that speak for the one ahead, named at most
MATTERS = 0.08  # of what sets two items apart; less is not worth a sentence
MOSTLY = 0.5
_Text = Callable[[Catalogue, int], tuple[str, str, str]]
_COUNTED: Mapping[str, tuple[str, _Text, Callable[[Catalogue], IntArray]]] = {
    "popularity": ("count", popularity_text, lambda catalogue: catalogue.counts),
    "trend": ("trend", lately_text, lambda catalogue: catalogue.lately),
}
"""Of these parts: the evidence's key and text, and how many people they count by item."""


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
            if part.startswith("event:"):
                if events == EVENTS:
                    continue
                events += 1
            claims.append(claim)
    small = sum(sorted((v for p, v in parts.items() if p.startswith("event:") and v > 0), reverse=True)[events:])
    if not claims or small / raised >= MOSTLY:
        family = ("rest" if claims else "spread") if small / raised >= MOSTLY else "unnamed"
        claims.append(Claim(f"compare.{family}", _slots(ahead, behind), (_facts(ahead), _facts(behind))))
    lowest = min(parts, key=lambda part: parts[part], default=None)
    if lowest is not None and -parts[lowest] / raised >= MATTERS:
        claim = _claim(lowest, behind, ahead, 0.0)
        back = replace(claim, kind="compare.back") if claim and claim.kind == "compare.part" else claim
        claims += [back] if back else []
    return _reason(ahead, "outscored", tuple(claims))


def fields_of(reasons: Sequence[Reason]) -> tuple[Claim, ...]:
    """The claims about fields, which read better as a table."""
    return tuple(c for r in reasons for c in r.claims if c.kind in ("compare.field", "compare.only"))


def _parts(first: Case, second: Case) -> Mapping[str, float]:
    """The difference by what can be said of it: each event, the history as a whole, the request, and of everyone's
    behaviour each part."""
    parts = {f"event:{event}": value for event, value in difference(first, second).items() if event is not None}
    for case, sign in ((first, 1.0), (second, -1.0)):
        for c in case.scored.contributions:
            if c.evidence is None:
                name = "whole" if of_whole(c) else "request" if c.part in OF_REQUEST else c.part
                parts[name] = parts.get(name, 0.0) + sign * c.value
    return parts


def _claim(part: str, ahead: Case, behind: Case, share: float) -> Claim | None:
    """That this part does more for the first of the two; None where the data do not say it in so many words."""
    slots = _slots(ahead, behind) | {"share": percent(share) if share else ""}
    if part == "request":
        words = ahead.standing.request.words
        said = (ahead.book.message(words, share),) if words else ()
        return Claim("compare.request", slots, (*said, _facts(ahead), _facts(behind)))
    if part in _COUNTED:
        return _counted(part, ahead, behind, share, slots)
    if part == "whole":
        cited = tuple(whole.cite(case, case.whole) for case in (ahead, behind))
        return Claim("compare.whole", slots, (*cited, _facts(ahead), _facts(behind)))
    if not part.startswith("event:"):
        return None
    event = ahead.book.said_event(part.removeprefix("event:"))
    slots["cause"] = ahead.catalogue.items[event.item].title
    family = "part" if event.value is not None or ahead.book.belief(event.id) else "used"
    if event.item in (ahead.scored.item, behind.scored.item):  # what somebody thought of one of the two themselves
        family = f"own_{family}" if event.item == ahead.scored.item else f"other_{family}"
    return Claim(f"compare.{family}", slots, (ahead.book.event(event.id, share), _facts(ahead), _facts(behind)))


def _counted(part: str, ahead: Case, behind: Case, share: float, slots: Mapping[str, str]) -> Claim | None:
    """That more people met the first of the two; None if no more did, or nobody."""
    name, text, known = _COUNTED[part]
    counts = [int(known(case.catalogue)[case.scored.item]) for case in (ahead, behind)]
    until = popularity_text(ahead.catalogue, ahead.scored.item)[1]
    if counts[0] <= counts[1] or (part == "trend" and not until):
        return None
    cited = tuple(
        case.book.statistic(f"{name}:{case.scored.item}", text(case.catalogue, case.scored.item)[2], share,
                            case.scored.item)
        for case in (ahead, behind)
    )  # fmt: skip
    told = {"count": number(counts[0]), "other_count": number(counts[1]), "until": until, "days": str(LATELY)}
    return Claim(by_behaviour(f"compare.{part}", ahead.catalogue.schema), {**slots, **told}, cited)


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
            if not own and not theirs:  # the same in another order
                continue
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
