"""The evidence of one turn: collected while reasons are made, numbered in the order it is first cited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.profile import Standing
from bot.values import Belief, Evidence, EvidenceKind
from bot.wording import by_behaviour, iso_date, month, number, rating, say
from retrieval.catalogue import LATELY, Catalogue
from retrieval.schema import Event, ReviewSentence

QUOTED = 300  # characters of a message that its evidence shows


class EvidenceBook:
    """Gives each piece of evidence one id per turn, however often it is cited."""

    def __init__(self, catalogue: Catalogue, standing: Standing, events: Sequence[Event]) -> None:
        self._catalogue = catalogue
        profile = standing.profile
        self._said: Mapping[str, Belief] = {b.event_id: b for b in (*profile.earlier, *profile.beliefs)}
        self._events: Mapping[str, Event] = {event.id: event for event in events}
        self._pieces: dict[str, Evidence] = {}
        self._ids: dict[str, str] = {}

    @property
    def pieces(self) -> tuple[Evidence, ...]:
        """Everything cited so far."""
        return tuple(self._pieces.values())

    def belief(self, event_id: str) -> Belief | None:
        """What was said in a conversation under this event id; None for the data set's own behaviour."""
        return self._said.get(event_id)

    def has(self, event_id: str) -> bool:
        """Whether the ranker saw an event with this id."""
        return event_id in self._events

    def said_event(self, event_id: str) -> Event:
        """The behaviour event with this id."""
        return self._events[event_id]

    def of_items(self, rows: Sequence[int]) -> tuple[str, ...]:
        """The ids of the events with these items."""
        return tuple(event.id for event in self._events.values() if event.item in rows)

    def event(self, event_id: str, weight: float = 0.0) -> str:
        """Cite one thing that the user did with one item."""
        event = self._events[event_id]
        title = self._catalogue.items[event.item].title
        return self._add(event_id, "event", self._event_text(event, title), weight, event.item, title,
                         "" if event_id in self._said else iso_date(event.time))  # fmt: skip

    def message(self, words: str, weight: float = 0.0) -> str:
        """Cite what was said."""
        return self._add(f"message:{words}", "message", say("evidence_message", words=words[:QUOTED].strip()), weight)

    def review(self, row: int, sentence: ReviewSentence) -> str:
        """Cite what somebody wrote about an item."""
        schema, title = self._catalogue.schema, self._catalogue.items[row].title
        text = say("evidence_review", title=title, words=sentence.text)
        if sentence.value is not None and schema.rating is not None:
            value, unit = rating(sentence.value, schema)
            text = say("evidence_review_rated", title=title, words=sentence.text, rating=value, unit=unit)
        return self._add(f"review:{sentence.id}:{sentence.text}", "review", text, 0.0, row, title,
                         iso_date(sentence.time))  # fmt: skip

    def statistic(self, key: str, text: str, weight: float = 0.0, row: int | None = None) -> str:
        """Cite a count over the data."""
        title = "" if row is None else self._catalogue.items[row].title
        return self._add(f"statistic:{key}", "statistic", text, weight, row, title, iso_date(self._catalogue.until))

    def _add(
        self,
        key: str,
        kind: EvidenceKind,
        text: str,
        weight: float,
        item: int | None = None,
        title: str = "",
        date: str = "",
    ) -> str:
        if key not in self._ids:
            self._ids[key] = f"e{len(self._ids) + 1}"
            self._pieces[key] = Evidence(self._ids[key], kind, text, weight, item, title, date)
        elif abs(weight) > abs(self._pieces[key].weight):
            self._pieces[key] = replace(self._pieces[key], weight=weight)
        return self._ids[key]

    def _event_text(self, event: Event, title: str) -> str:
        belief = self._said.get(event.id)
        if belief is not None and belief.rating is None:
            return say(f"evidence_{belief.kind}", title=title)
        if event.value is None:  # behaviour without ratings: a click, a purchase
            return say("evidence_used", title=title)
        value, unit = rating(event.value, self._catalogue.schema)
        when = "" if belief is not None or not event.time else say("evidence_when", when=month(event.time))
        return say("evidence_rated", title=title, rating=value, unit=unit, when=when)


def popularity_text(catalogue: Catalogue, row: int) -> tuple[str, str, str]:
    """(count, until, sentence): how many people's behaviour an item has."""
    return _counted("evidence_popular", int(catalogue.counts[row]), catalogue, row)


def novelty_text(catalogue: Catalogue, row: int) -> tuple[str, str, str]:
    """(count, until, sentence): the same where it counts that few have met an item."""
    return _counted("evidence_novel", int(catalogue.counts[row]), catalogue, row)


def lately_text(catalogue: Catalogue, row: int) -> tuple[str, str, str]:
    """(count, until, sentence): how many of them fall into the last months of the data."""
    return _counted("evidence_lately", int(catalogue.lately[row]), catalogue, row)


def both_text(catalogue: Catalogue, liked: int, row: int, both: int, total: int) -> tuple[str, str, str, str]:
    """(both, total, until, sentence): how many of those who liked one item liked the other too."""
    until, titles = month(catalogue.until), [catalogue.items[one].title for one in (liked, row)]
    words = {"count": number(both), "total": number(total), "other": titles[0], "title": titles[1], "until": until}
    return number(both), number(total), until, say(by_behaviour("evidence_both", catalogue.schema), **words)


def _counted(template: str, count: int, catalogue: Catalogue, row: int) -> tuple[str, str, str]:
    until = month(catalogue.until)
    people = say("people_one" if count == 1 else "people_many", count=number(count))
    words = {"title": catalogue.items[row].title, "plural": catalogue.schema.plural}
    key = by_behaviour(template, catalogue.schema) if until else "evidence_unmet"
    text = say(key, people=people, until=until, days=LATELY, **words)
    return number(count), until, text


def counted(sentences: Sequence[str], after: int) -> tuple[Evidence, ...]:
    """What a reply's frame states of the catalogue or the user, as evidence numbered from `after` + 1."""
    return tuple(Evidence(f"e{n}", "statistic", text.replace("**", "")) for n, text in enumerate(sentences, after + 1))
