"""The items that a model says a message names -> rows of the catalogue, by the built-in title linker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.understand.mentions import Mentions
from bot.understand.opinions import Said, Thing, on_scale, sentiment_of
from bot.understand.reading import Context
from bot.understand.references import Reference, References
from bot.understand.structured.proposal import Named
from bot.understand.structured.quotes import Quotes, Span
from bot.values import Sentiment


class ItemGrounding:
    """The items of one message. `dropped` says what was set aside, and why."""

    def __init__(self, quotes: Quotes, mentions: Mentions, context: Context) -> None:
        self.quotes, self.mentions, self.context = quotes, mentions, context
        self.dropped: list[str] = []
        marked, free = quotes.marked, [False] * len(quotes.marked.words)
        self._references = References(marked, free, quotes.vocabulary, quotes.language).read(
            context.shown, context.focus
        )

    def said(self, proposed: Iterable[Named]) -> list[Said]:
        """What is said of each item that the message really names or points at."""
        out: list[Said] = []
        for named in proposed:
            span = self.quotes.find(named.words)
            if span is None:
                self.dropped.append(f"item {named.words[:60]!r}: not in the message")
            elif (thing := self._thing(named, span)) is None:
                self.dropped.append(f"item {named.words[:60]!r}: names no item")
            else:
                out.append(self._opinion(named, thing))
        return out

    def _thing(self, named: Named, span: Span) -> Thing | None:
        pointing = next((r for r in self._references if r.start < span.end and span.start < r.end), None)
        linked = self.mentions.link(self.quotes.text, self.quotes.marked, span.start, span.end)
        pointed = self._place(named, span)
        if linked.rows and self._is_name(span, linked.rows) and not (pointing and pointing.start <= span.start):
            # A namesake on the list is the one that is meant.
            rows = (pointed,) if pointed in linked.rows else linked.rows
            return Thing(linked.start, linked.end, rows, linked.text)
        if pointing is not None:
            return self._reference(pointing, span)
        if pointed is not None:
            return Thing(span.start, span.end, (pointed,), self.quotes.words(span), True)
        if self.quotes.tells(span):
            return Thing(span.start, span.end, (), self.quotes.words(span))  # a title that the catalogue lacks
        return None

    def _reference(self, pointing: Reference, span: Span) -> Thing | None:
        text = self.quotes.words(Span(min(span.start, pointing.start), max(span.end, pointing.end)))
        return (
            Thing(pointing.start, pointing.end, pointing.rows, text, True, pointing.unsure) if pointing.rows else None
        )

    def _place(self, named: Named, span: Span) -> int | None:
        """The row at the place of the list that the model gives, when the words may point there."""
        shown = self.context.shown
        if named.position is None or not 1 <= named.position <= len(shown):
            return None
        definite = self.quotes.language.words["definite"] & {self.quotes.marked.words[i] for i in span.indices}
        points = self.quotes.tells(span) or (definite and self.quotes.carries(span))
        if not points:
            return None
        return shown[named.position - 1]

    def _is_name(self, span: Span, rows: Sequence[int]) -> bool:
        """Whether words that are a title stand for it: common words do when written so, or when both readers agree."""
        if self.quotes.tells(span):
            return True
        tokens = self.quotes.marked.tokens[span.start : span.end]
        capital = any(t.capital and t.index and not t.breaks for t in tokens)
        quoted = '"' in tokens[0].gap
        agreed = any(set(rows) & set(m.items) for m in self.quotes.built_in.mentions)
        return capital or quoted or agreed

    def _opinion(self, named: Named, thing: Thing) -> Said:
        rating = self._rating(named)
        sentiment: Sentiment = named.sentiment
        if rating is not None and sentiment == "neutral":
            sentiment = sentiment_of(rating, self.quotes.vocabulary.schema)
        return Said(
            thing,
            None if sentiment == "neutral" else "rate" if rating is not None else sentiment,
            sentiment,
            rating,
            similar=named.role == "similar",
            unwanted=named.role == "unwanted",
        )

    def _rating(self, named: Named) -> float | None:
        if named.rating is None:
            return None
        schema = self.quotes.vocabulary.schema
        scaled = round(on_scale(named.rating, named.out_of, schema), 2)
        agreed = any(scaled == mention.rating for mention in self.quotes.built_in.mentions)
        if agreed or self.quotes.says(named.rating):
            return scaled
        self.dropped.append(f"rating {named.rating:g} of {named.words[:60]!r}: not in the message")
        return None
