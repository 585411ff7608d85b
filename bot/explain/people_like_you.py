"""Support from others: how many of the people who liked what the user liked liked this too. Counts, never identities.

The parts of the score that rest on events are made of just such counts. Its share is told with the event itself.
"""

from __future__ import annotations

from bot.explain import events
from bot.explain.book import both_text
from bot.explain.case import Case
from bot.values import Claim, Reason
from retrieval.schema import Event

LEAST = 5  # people: fewer could be told apart
_ALONE = frozenset({"shared"})  # parts of an event that know nothing of other people


def reasons(case: Case) -> list[Reason]:
    """At most one, for the weightiest event that enough people share."""
    if case.likers is None:
        return []
    for event, _ in events.sort(case).named:
        both, total = case.likers.both(event.item, case.scored.item), len(case.likers.people(event.item))
        usual = len(case.likers.people(case.scored.item)) / max(case.likers.n_users, 1)
        if event.strength > 0 and both >= max(LEAST, usual * total) and _of_others(case, event) >= events.MATTERS:
            return [_reason(case, event, both, total)]
    return []


def _of_others(case: Case, event: Event) -> float:
    """The share of the event's parts that come from other people's behaviour."""
    return sum(c.share for c in case.scored.contributions if c.evidence == event.id and c.part not in _ALONE)


def _reason(case: Case, event: Event, both: int, total: int) -> Reason:
    row = case.scored.item
    count, of, until, text = both_text(case.catalogue, event.item, row, both, total)
    cited = (
        case.book.statistic(f"both:{event.item}:{row}", text, 0.0, row),
        case.book.event(event.id, sum(c.share for c in case.scored.contributions if c.evidence == event.id)),
    )
    other = case.name(event.item)
    slots = {"title": case.item.title, "other": other, "count": count, "total": of, "until": until}
    family = "liked" if case.catalogue.schema.rating else "used"
    claim = Claim(f"people_like_you.{family}", slots, cited)
    return Reason(row, "people_like_you", (claim,), cited, 0.0, title=case.item.title)
