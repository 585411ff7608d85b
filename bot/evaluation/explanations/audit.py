"""Claims against the data, put together anew: nothing of the explainer is used, only the catalogue and the ranker.

Covered are claims with a rating, a date, a count, a share, a condition, or titles of two lists; what a run of the
recommender is needed for is in `rerun`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from bot.assistant import Assistant
from bot.evaluation.explanations.playing import Asked
from bot.memory import behind
from bot.values import Claim, Reason
from bot.wording import listed, month, named, number, percent, rating
from retrieval.schema import Scored

_OF_EVENTS = ("because_you_liked.", "because_you_disliked.")
_LED = {
    "outscored.part": "event",
    "outscored.own": "event",
    "outscored.popularity": "counts",
    "outscored.popularity_used": "counts",
    "outscored.request": "request",
    "outscored.whole": "whole",
}
_PARTS = {
    **dict.fromkeys(("popularity", "trend"), "counts"),
    **dict.fromkeys(("request", "similar", "similar_taste", "critique", "preference"), "request"),
    **{name: name for name in ("novelty", "expected_popularity")},
}
_TOLD = frozenset({  # rest on no rating of the data
    "said", "preferred", "unlike", "alike", "group", "group_lowered", "group_used", "group_used_lowered",
})  # fmt: skip
_WHOLE = frozenset({"whole", "whole_lowered", "learned", "learned_lowered"})  # what a network makes of all events


def refuted(assistant: Assistant, one: Asked) -> tuple[str, ...]:
    """Claims of an answer that the data do not bear out, each with what is wrong."""
    scored = _scored(assistant, one)
    out = []
    for reason in one.turn.reasons:
        for claim in reason.claims:
            out += [
                f"{problem}: {claim.kind} {dict(claim.slots)}"
                for problem in _problems(assistant, one, reason, claim, scored)
            ]
    return tuple(out)


def _scored(assistant: Assistant, one: Asked) -> Mapping[int, Scored]:
    """The decomposition of every item that the answer is about, under the query that made the list."""
    rows = sorted({r.item for r in one.turn.reasons if r.item is not None and r.item in one.listed})
    found = assistant.agent.recommender.decompose(one.query, np.asarray(rows, dtype=np.int64))
    return {scored.item: scored for scored in found}


def _problems(
    assistant: Assistant, one: Asked, reason: Reason, claim: Claim, scored: Mapping[int, Scored]
) -> Iterator[str]:
    items, slots = assistant.catalogue.items, claim.slots
    if reason.item is not None and slots.get("title") and claim.kind.startswith((*_OF_EVENTS, "popular", "matches")):
        if items[reason.item].title != slots["title"]:
            yield "another item's title"
        yield from _of_item(assistant, one, reason.item, claim, scored.get(reason.item))
    if claim.kind in _LED and reason.item is not None:
        yield from _led(assistant, one, reason.item, claim)
    if claim.kind.startswith("what_if.") and one.turn.supposed is not None:
        yield from _of_lists(assistant, one, claim)


def _of_item(assistant: Assistant, one: Asked, row: int, claim: Claim, scored: Scored | None) -> Iterator[str]:
    slots, catalogue = claim.slots, assistant.catalogue
    family = claim.kind.rpartition(".")[2]
    if family in _WHOLE:
        yield from _of_whole(assistant, one, claim, scored)
    elif claim.kind.startswith(_OF_EVENTS) and family not in _TOLD:
        events = [e for e in one.query.events if _named(assistant, e.item, slots["other"], row)]
        if not any(_same(assistant, one, e.value, e.time, slots) for e in events):
            yield "no such event"
        if scored is not None and slots.get("share"):
            ids = {e.id for e in events}
            share = sum(c.share for c in scored.contributions if c.evidence in ids)
            if percent(abs(share)) != slots["share"]:
                yield f"the share is {percent(abs(share))}"
            if (share > 0) != (family not in ("lowered",) and not claim.kind.endswith("disliked.rated")):
                yield "counts the other way"
    if claim.kind.startswith(("popular.count", "popular.trend")):
        counts = catalogue.counts if "count" in family else catalogue.lately
        said = slots.get("count"), slots.get("until")  # left out where no numbers are wanted
        if said not in ((None, None), (number(int(counts[row])), month(catalogue.until))):
            yield f"the count is {int(counts[row])}"
    if claim.kind.startswith(("matches_request.field", "matches_request.number", "matches_request.flag")):
        fields = {f.name for f in catalogue.schema.fields if f.label == slots["label"]}
        asked = [c for c in one.query.constraints if c.field in fields and c.hard]
        if not asked and not any(c.field in fields for c in one.query.constraints):
            yield "was not asked for"
        yield from (f"does not satisfy {c}" for c in asked if not catalogue.matches(c)[row])


def _of_whole(assistant: Assistant, one: Asked, claim: Claim, scored: Scored | None) -> Iterator[str]:
    """Share, direction and number of events of what rests on all of them together."""
    made_of = number(len(one.query.history.events) or int(assistant.catalogue.counts.sum()))
    if claim.slots.get("count") not in (None, made_of):
        yield f"it is made of {made_of}"
    if scored is None:
        return
    parts = [c for c in scored.contributions if c.evidence is None and c.part not in _PARTS]
    share = sum(c.share for c in parts)
    if claim.slots.get("share") and percent(abs(share)) != claim.slots["share"]:
        yield f"the share is {percent(abs(share))}"
    if (share < 0) != claim.kind.endswith("_lowered"):
        yield "counts the other way"


def _led(assistant: Assistant, one: Asked, row: int, claim: Claim) -> Iterator[str]:
    """Whether the last listed item leads by the most in what is said to make the difference."""
    catalogue, recommender = assistant.catalogue, assistant.agent.recommender
    query = replace(one.now, exclude=one.now.exclude - {row})
    last = recommender.recommend(query).items[-1]
    if claim.slots["other"] != catalogue.items[last.item].title:
        yield f"the last one listed is {catalogue.items[last.item].title}"
        return
    (behind,) = recommender.decompose(query, np.asarray([row]))
    rows = {event.id: event.item for event in query.events}
    lead: dict[str, float] = {}
    for scored, sign in ((last, 1.0), (behind, -1.0)):
        for c in scored.contributions:
            name = c.evidence or _PARTS.get(c.part, "whole")
            lead[name] = lead.get(name, 0.0) + sign * c.value
    widest = max(lead, key=lambda name: lead[name])
    if (wanted := _LED[claim.kind]) != ("event" if widest in rows else widest):
        yield f"{widest} leads the most, and not {wanted}"
    if "cause" in claim.slots and claim.slots["cause"] != catalogue.items[rows.get(widest, row)].title:
        yield "another event leads the most"
    if wanted == "counts" and catalogue.counts[last.item] <= catalogue.counts[row]:
        yield "no more people rated it"


def _of_lists(assistant: Assistant, one: Asked, claim: Claim) -> Iterator[str]:
    """Which titles come, go and stay, from the two lists alone."""
    before, after = one.turn.supposed or ((), ())
    gone = [row for row in before if row not in after]
    kept = [row for row in before if row in after]
    family = claim.kind.removeprefix("what_if.")
    rows = {
        "enters": [row for row in after if row not in before],
        "moves": [row for row in kept if before.index(row) != after.index(row)],
        "order": [row for row in kept if before.index(row) != after.index(row)],
        "stays": kept,
    }
    said = claim.slots.get("titles", "")
    titles = {family: [named(assistant.catalogue, row) for row in found] for family, found in rows.items()}
    if family in titles and said != listed(titles[family]):
        yield f"should be {listed(titles[family])}"
    if family in ("leaves", "known", "unfit"):
        left = [named(assistant.catalogue, row) for row in gone]
        if any(title not in said for title in left) and not _together(one, left):
            yield f"should be among {listed(left)}"
    if family == "same" and before != after:
        yield "the lists differ"


def _together(one: Asked, titles: list[str]) -> bool:
    """Whether the three kinds of leaving name them all between them."""
    said = " ".join(
        c.slots.get("titles", "")
        for r in one.turn.reasons
        for c in r.claims
        if c.kind in ("what_if.leaves", "what_if.known", "what_if.unfit")
    )
    return all(title in said for title in titles)


def _named(assistant: Assistant, row: int, words: str, own: int) -> bool:
    """Whether the words are the item's title, with its year where it is a namesake of the one explained."""
    item = assistant.catalogue.items[row]
    same = row != own and assistant.catalogue.items[own].title == item.title
    return words == named(assistant.catalogue, row) or (words == item.title and not same)


def _same(assistant: Assistant, one: Asked, value: float | None, time: int, slots: Mapping[str, str]) -> bool:
    """Whether an event has the rating and the month that are said, where they are."""
    if slots.get("rating") and (value is None or rating(value, assistant.catalogue.schema)[0] != slots["rating"]):
        return False
    return not slots.get("when") or (
        one.user != "new" and behind(one.user) == one.user and month(time) == slots["when"]
    )
