"""What somebody wrote about the item, word for word. No part of the score: it illustrates, and weighs nothing."""

from __future__ import annotations

import re

from bot.explain.case import Case
from bot.values import Claim, Reason
from bot.wording import month, rating
from retrieval.schema import ReviewSentence


def reasons(case: Case) -> list[Reason]:
    """The sentence closest to what was asked for, else the most telling of a review that speaks for the item."""
    written = [one for one in case.catalogue.reviews(case.scored.item) if one.value is None or one.strength > 0]
    if not written:
        return []
    asked = _words(case.query.text)
    chosen = max(written, key=lambda one: len(asked & _words(one.text)))  # of equals the first, the most telling
    return [_reason(case, chosen)]


def _reason(case: Case, chosen: ReviewSentence) -> Reason:
    schema = case.catalogue.schema
    cited = (case.book.review(case.scored.item, chosen),)
    slots = {"title": case.item.title, "words": chosen.text, "when": month(chosen.time)}
    if chosen.value is not None and schema.rating is not None:
        slots["rating"], slots["unit"] = rating(chosen.value, schema)
    claim = Claim("review.quoted", slots, cited)
    return Reason(case.scored.item, "review", (claim,), cited, 0.0, title=case.item.title)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", text.casefold()))
