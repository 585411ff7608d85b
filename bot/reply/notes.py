"""Sentences that several kinds of reply share: what was noted, and what could not be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.understand.clean import LIMIT
from bot.values import Understanding
from bot.wording import condition_texts, label_text, listed, number, rating, say
from retrieval.catalogue import Catalogue
from retrieval.schema import Schema

NAMED = 8  # titles listed by name in one sentence


def unused(u: Understanding, catalogue: Catalogue, unknown: bool = True) -> Iterator[str]:
    """What could not be used, said plainly."""
    if len(u.message) > LIMIT:
        yield say("too_long", count=number(LIMIT))
    if unknown:
        for mention in u.mentions:
            if not mention.items:
                liked = mention.sentiment != "neutral"
                yield say("title_unknown_like" if liked else "title_unknown", title=mention.text)
    if u.text and all(f.kind != "text" for f in catalogue.schema.fields):
        yield say("titles_only", words=u.text)
    if u.ignored and not set(u.acts) & {"out_of_scope", "smalltalk"}:
        words = listed([f"“{word}”" for word in u.ignored])
        yield say("ignored", words=words, fields=field_labels(catalogue.schema))


def stated(u: Understanding, catalogue: Catalogue) -> Iterator[str]:
    by_kind: dict[str, list[int]] = {}
    for mention in u.mentions:
        if len(mention.items) != 1 or mention.sentiment == "neutral":
            continue
        if mention.rating is not None:
            value, unit = rating(mention.rating, catalogue.schema)
            yield say("noted_rated", title=titles(mention.items, catalogue), rating=value, unit=unit)
        else:
            by_kind.setdefault(mention.sentiment, []).append(mention.items[0])
    for kind, rows in by_kind.items():
        yield say(f"noted_{kind}", titles=titles(rows, catalogue))
    if u.constraints:
        yield say("noted_condition", conditions=listed(condition_texts(catalogue.schema, u.constraints)))


def field_labels(schema: Schema) -> str:
    return listed([label_text(f.label) for f in schema.fields])


def titles(rows: Sequence[int], catalogue: Catalogue) -> str:
    return some([f"**{catalogue.items[row].title}**" for row in rows])


def some(named: Sequence[str]) -> str:
    """As many as are named in one sentence, and how many more there are: never one more."""
    rest = len(named) - NAMED
    return listed([*named[:NAMED], say("others", count=number(rest))] if rest > 1 else named)
