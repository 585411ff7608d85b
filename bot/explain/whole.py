"""What a network makes of a history as a whole: no single event can be named for it, so it is told by itself."""

from __future__ import annotations

from bot.explain import events
from bot.explain.case import Case
from bot.values import Claim, Reason, ReasonKind
from bot.wording import month, number, percent, say


def reasons(case: Case) -> list[Reason]:
    """At most one; of somebody of whom nothing is known it rests on everybody's behaviour alone."""
    share, known = case.whole, bool(case.query.history.events)
    if abs(share) < events.MATTERS:
        return []
    cited = (cite(case, share),)
    family = ("because_you_liked.whole" if known else "popular.learned") + ("" if share > 0 else "_lowered")
    slots = {"title": case.item.title, "share": percent(abs(share)), "count": _count(case)}
    claim = Claim(family, slots, cited)
    kind: ReasonKind = "because_you_liked" if known else "popular"
    return [Reason(case.scored.item, kind, (claim,), cited, share, title=case.item.title)]


def cite(case: Case, share: float) -> str:
    """What the part rests on."""
    if case.query.history.events:
        text = say("evidence_whole", count=_count(case))
    else:
        text = say("evidence_learned", count=_count(case), until=month(case.catalogue.until))
    return case.book.statistic(f"whole:{case.scored.item}", text, share)


def _count(case: Case) -> str:
    """How many things it was made of: the user's own, or else everybody's."""
    return number(len(case.query.history.events) or int(case.catalogue.counts.sum()))
