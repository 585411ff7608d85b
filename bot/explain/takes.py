"""What would bring an item onto the list: conditions dropped, likes, or a request; each was tried before it is said."""

from __future__ import annotations

from dataclasses import dataclass

from bot.explain import why_not
from bot.explain.case import Case
from bot.superlatives import superlative
from bot.values import Claim, Reason
from bot.wording import condition_texts, listed, named, number, say
from retrieval.schema import Constraint


@dataclass(frozen=True)
class Way:
    """What was found. `rank` is the item's place, from 1, on the list that is really made once `known` is put aside,
    the `failed` conditions are dropped and the `likes` are said or the `asked` conditions set; 0 if it is on no list.

    `far`: the place that its score gives it without likes; `tried`: sets of likes tried.
    """

    case: Case
    known: tuple[Reason, ...]
    failed: tuple[Constraint, ...]
    rank: int
    likes: tuple[int, ...] = ()
    asked: tuple[Constraint, ...] = ()
    far: int = 0
    tried: int = 0
    unordered: bool = False  # the field that goes before the score was dropped, too
    fame: tuple[Reason, ...] = ()  # what was said of it as one of the best known, and was dropped

    @property
    def dropped(self) -> list[str]:
        """What was dropped, in words."""
        texts = condition_texts(self.case.catalogue.schema, self.failed)
        order = self.case.standing.request.order
        if self.unordered and order is not None:
            texts.append(say("the", words=superlative(self.case.catalogue.schema.field(order[0]), order[1])))
        return [*texts, say("little_known", plural=self.case.catalogue.schema.plural)] if self.fame else texts


def reasons(way: Way) -> tuple[Reason, ...]:
    """What keeps it off, then what would bring it in."""
    case = way.case
    kept_out = (*way.known, *why_not.filtered(case), *way.fame)
    schema, title = case.catalogue.schema, named(case.catalogue, case.scored.item)
    row = case.scored.item
    slots = {"title": title, "rank": str(way.rank)}
    dropped = listed(way.dropped)
    if dropped and way.rank and not way.likes and not way.asked:
        return (*kept_out, _reason(way, "drop", slots | {"conditions": dropped}))
    if way.known and way.rank and not way.likes and not way.asked:
        return (*kept_out, _reason(way, "new", slots))
    if way.rank and not dropped and not way.known and not way.likes and not way.asked:
        return (_reason(way, "now", slots),)
    out = [*kept_out]
    distance = "near" if way.far <= case.query.k else "far"  # so few score higher that it only lacks room
    if dropped:
        out.append(_reason(way, f"drop_{distance}", {"title": title, "conditions": dropped, "rank": str(way.far)}))
    else:
        family = f"new_{distance}" if way.known else distance
        out.append(_reason(way, family, {"title": title, "rank": str(way.far)}))
    if way.likes:
        titles = listed([named(case.catalogue, other) for other in way.likes])
        told = {"titles": titles, "count": str(len(way.likes))}
        out.append(_reason(way, "like_too" if kept_out or dropped else "like", slots | told))
    elif way.asked:
        wanted = listed(condition_texts(schema, way.asked))
        out.append(_reason(way, "ask", slots | {"conditions": wanted}))
    else:
        out.append(_reason(way, "nothing", {"title": title, "count": str(way.tried)}))
    assert all(reason.item == row for reason in out)
    return tuple(out)


def _reason(way: Way, kind: str, slots: dict[str, str]) -> Reason:
    case = way.case
    text = say("evidence_tried", title=case.item.title, rank=way.rank) if way.rank else say(
        "evidence_not_tried", title=case.item.title
    )  # fmt: skip
    cited = (*case.said(way.failed), case.book.statistic(f"tried:{case.scored.item}", text, 0.0, case.scored.item))
    if way.far:
        text = say("evidence_far", title=case.item.title, rank=number(way.far))
        cited += (case.book.statistic(f"far:{case.scored.item}", text, 0.0, case.scored.item),)
    cited += tuple(
        case.book.statistic(
            f"like:{other}", say("evidence_liked_too", title=case.catalogue.items[other].title), 0.0, other
        )
        for other in (way.likes if kind.startswith("like") else ())
    )
    return Reason(
        case.scored.item, "what_if", (Claim(f"takes.{kind}", slots, cited),), cited, 0.0, title=case.item.title
    )
