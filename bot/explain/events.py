"""The user's events for one item, sorted by how they are told: one by one, by a value they share, or as a group."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from bot.explain.case import Case
from bot.styles import style_of
from retrieval.schema import Event, Field

MENTIONED = 3  # events named one by one; the rest are summed
IN_DETAIL = 6  # for who wants more detail
MATTERS = 0.04  # shares below this are not worth a sentence of their own
GROUP_MATTERS = 0.1
TURNED_DOWN = frozenset({"refused", "passed"})
LEAST = 4  # events that make a preference
LIFT = 1.2  # how much more often than in everybody's behaviour a value has to occur among what is liked
EXAMPLES = 2  # of a group, named
WEIGHTIEST = 5  # an example is one of so many: naming what hardly counts would make it a cause

Weighed = tuple[Event, float]


@dataclass(frozen=True)
class Shared:
    """A value that the item has in common with liked events: those that count for it and are told by nothing else.

    `liked` of the `total` things that the user liked have the value.
    """

    field: Field
    value: str
    events: tuple[Weighed, ...]
    liked: int
    total: int

    @property
    def share(self) -> float:
        """What the events carry together."""
        return sum(share for _, share in self.events)


@dataclass(frozen=True)
class Sorted:
    """Each event is in one of these: their shares add up to that of all events."""

    named: tuple[Weighed, ...]
    shared: Shared | None
    group: tuple[Weighed, ...]
    passed: tuple[Weighed, ...]


def kind_of(case: Case, event: Event) -> str:
    """What kind of belief the event is; "" for the data set's own behaviour."""
    belief = case.book.belief(event.id)
    return "" if belief is None else belief.kind


def sort(case: Case) -> Sorted:
    """The weightiest events by name, then those that share a value with the item, then the others."""
    everything = [(event, share) for event, share in case.events() if share]
    passed = tuple(pair for pair in everything if kind_of(case, pair[0]) in TURNED_DOWN)
    events = [pair for pair in everything if pair not in passed]
    most = IN_DETAIL if "detailed" in style_of(case.standing.profile) else MENTIONED
    named = tuple(pair for place, pair in enumerate(events[:most]) if not place or abs(pair[1]) >= MATTERS)
    rest = tuple(events[len(named) :])
    shared = _shared(case, rest)
    group = tuple(pair for pair in rest if shared is None or pair not in shared.events)
    if len(group) == 1 and abs(group[0][1]) >= MATTERS:  # one is no group
        named, group = (*named, *group), ()
    return Sorted(named, shared, group, passed)


def _shared(case: Case, rest: tuple[Weighed, ...]) -> Shared | None:
    """The value that the most weighty of the liked events share, if the user likes it more often than people do."""
    liked = [event for event in case.query.history.events if event.strength > 0]
    best: Shared | None = None
    worth = 0.0
    for field in case.catalogue.schema.fields:
        if not field.asked or field.kind not in ("category", "tags", "list") or field.name not in case.item.attributes:
            continue
        own = case.item.attributes[field.name]
        for value in own if isinstance(own, tuple) else (str(own),):
            having = {event.item for event in liked if _has(case, event, field, value)}
            events = tuple(pair for pair in rest if pair[0].strength > 0 and pair[0].item in having)
            found = Shared(field, value, events, len(having), len(liked))
            if len(events) < LEAST or found.share < GROUP_MATTERS:
                continue
            lift = len(having) / len(liked) / max(_usual(case, field, value), 1e-9)
            if lift >= LIFT and found.share * log(lift) > worth:
                best, worth = found, found.share * log(lift)
    return best


def _has(case: Case, event: Event, field: Field, value: str) -> bool:
    known = case.catalogue.items[event.item].attributes.get(field.name)
    return value in known if isinstance(known, tuple) else known is not None and str(known) == value


def _usual(case: Case, field: Field, value: str) -> float:
    """The share of everybody's behaviour that goes to items with the value."""
    members = case.catalogue.members(field.name).get(value)
    total = int(case.catalogue.counts.sum())
    return float(case.catalogue.counts[members].sum()) / total if members is not None and total else 0.0


def examples(case: Case, events: tuple[Weighed, ...]) -> tuple[Event, ...]:
    """Of some events the liked ones that are among the item's weightiest, those closest to it in content first."""
    weighty = {event.id for event, _ in case.events()[:WEIGHTIEST]}
    counting = {e.id: e for e, share in events if share > 0 and e.strength > 0 and e.id in weighty}
    order = dict.fromkeys((*(event for event in case.near if event in counting), *counting))
    return tuple(counting[event] for event in order)[:EXAMPLES]
