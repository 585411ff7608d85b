"""What every kind of reason is made from: one item, its exact decomposition, and what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.explain.book import EvidenceBook
from bot.profile import Standing
from bot.wording import year_field
from retrieval.catalogue import Catalogue
from retrieval.likers import Likers
from retrieval.schema import Constraint, Contribution, Event, Item, Query, Scored

OF_OTHERS = frozenset({"popularity", "expected_popularity", "trend", "novelty"})
"""Parts that rest on what everybody did."""
OF_REQUEST = frozenset({"request", "similar", "similar_taste", "critique", "preference"})
"""Parts that rest on what was asked for."""


@dataclass(frozen=True)
class Case:
    """One item under the question "why?". `place` is its rank on the list that was shown, None if it was not.

    `near` are ids of the user's events that the evidence collection holds, the closest to the item in content first;
    `likers` who liked what. Both are there when one item is asked about.
    """

    catalogue: Catalogue
    standing: Standing
    query: Query
    scored: Scored
    book: EvidenceBook
    place: int | None = None
    near: tuple[str, ...] = ()
    likers: Likers | None = None

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.catalogue.items[self.scored.item]

    def said(self, conditions: Sequence[Constraint]) -> tuple[str, ...]:
        """Evidence ids of the messages that set these conditions."""
        words = {b.message for b in self.standing.profile.beliefs if b.constraint in conditions and b.message}
        return tuple(self.book.message(message) for message in sorted(words))

    def name(self, row: int) -> str:
        """The title of one of the user's items, with its year where the item explained, or another of theirs, bears the
        same title."""
        item = self.catalogue.items[row]
        others = {self.scored.item, *(event.item for event in self.query.history.events)} - {row}
        year = item.attributes.get(year_field(self.catalogue.schema))
        same = any(self.catalogue.items[other].title == item.title for other in others)
        return f"{item.title} ({year})" if same and year is not None else item.title

    def share(self, *parts: str) -> float:
        """The summed share of the parts that rest on no single event."""
        return sum(c.share for c in self.scored.contributions if c.evidence is None and c.part in parts)

    @property
    def whole(self) -> float:
        """The share of what a ranker that is no sum over events makes of all of them together."""
        return sum(c.share for c in self.scored.contributions if of_whole(c))

    def events(self) -> tuple[tuple[Event, float], ...]:
        """Each event with its share over all parts, the weightiest first."""
        shares: dict[str, float] = {}
        for c in self.scored.contributions:
            if c.evidence is not None:
                shares[c.evidence] = shares.get(c.evidence, 0.0) + c.share
        order = sorted(shares.items(), key=lambda pair: -abs(pair[1]))
        return tuple((self.book.said_event(event), share) for event, share in order)


def of_whole(contribution: Contribution) -> bool:
    """Whether a contribution is what all events do together, beyond what each does."""
    return contribution.evidence is None and contribution.part not in OF_OTHERS | OF_REQUEST
