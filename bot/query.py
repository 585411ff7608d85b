"""Where a conversation stands -> what the recommender is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.memory import behind
from bot.profile import Request, Standing
from bot.understand.critiques import quality
from bot.understand.lexicon import lexicon
from bot.values import Belief, Manner, Understanding
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint, Event, History, Query

OPINIONS, HINTS = frozenset({"liked", "disliked"}), frozenset({"preferred", "refused", "passed"})
LIST = 5  # items when no number was said
MOST = 20
VARIED = 0.5
"""The least diversity of a list that is to be more various (docs/choosing.md)."""
OPPOSED: Mapping[Manner, frozenset[Manner]] = {
    "popular": frozenset({"unfamiliar"}), "unfamiliar": frozenset({"popular"}), "varied": frozenset(),
}  # fmt: skip


def told(standing: Standing, catalogue: Catalogue, kinds: frozenset[str]) -> dict[int, Event]:
    """What earlier conversations and this one said of items, as events by row, the last word on each.

    Talk has no place in the data's calendar, so it carries the data's last moment. Having seen something is no opinion
    of it, and the ranker does not hear of it.
    """
    said: dict[int, Event] = {}
    for belief in (*standing.profile.earlier, *standing.profile.beliefs):
        if belief.item is None or belief.kind not in kinds:
            continue
        said.pop(belief.item, None)
        strength = _strength(belief, catalogue)
        said[belief.item] = Event(belief.event_id, belief.item, strength, catalogue.until, belief.rating)
    return said


STRENGTHS = {"liked": 1.0, "disliked": -1.0, "preferred": 0.5, "refused": -0.6, "passed": -0.2}
"""Of what was said without a rating. A list that is passed over says little of any one of its items."""


def _strength(belief: Belief, catalogue: Catalogue) -> float:
    scale = catalogue.schema.rating
    if belief.rating is not None and scale is not None:
        low, neutral, high = scale
        span = high - neutral if belief.rating >= neutral else neutral - low
        return max(-1.0, min(1.0, (belief.rating - neutral) / span))
    return STRENGTHS[belief.kind]


def known_items(standing: Standing, user: str, catalogue: Catalogue) -> frozenset[int]:
    """Rows that the user has rated, liked, disliked or marked seen: none of them is news."""
    profile = standing.profile
    past: Iterable[int] = () if standing.forgotten else catalogue.rows_of(behind(user))
    said = (b for b in (*profile.earlier, *profile.beliefs) if b.kind not in HINTS)
    return frozenset(past) | {b.item for b in said if b.item is not None}


def request_of(u: Understanding, standing: Standing) -> Request:
    """The request in force after a message: a new one, or the old one with what was added.

    What was passed over for something else stays out until there is a new request, and then comes last.
    """
    request = standing.request
    refused = tuple(dict.fromkeys((*request.unwanted, *request.later)))
    toward = tuple((words, weight, u.message) for words, weight in u.toward)
    order = (*u.order, u.message) if u.order else None
    passed = tuple(sorted(standing.ever_shown)) if u.more else ()
    if "recommend" in u.acts and (u.similar_to or not u.more):  # "5 more like Heat" are others, of a request of its own
        unwanted = (*u.unwanted, *passed)
        return Request(
            u.text, u.similar_to, u.count, u.rewatch, u.message, False, unwanted, refused, toward, order, u.manner
        )  # fmt: skip
    changes: dict[str, Any] = {
        "more": u.more, "unwanted": tuple(dict.fromkeys((*request.unwanted, *u.unwanted, *passed)))
    }  # fmt: skip
    said = {words for words, _ in u.toward}
    changes["toward"] = (*(old for old in request.toward if old[0] not in said), *toward)
    if order or (request.order and request.order[0] in u.relaxed):  # "the length doesn't matter"
        changes["order"] = order
    if u.text or u.similar_to:
        changes |= {"text": u.text or request.text, "like": u.similar_to or request.like, "words": u.message}
    if "answer" in u.acts:
        changes["later"] = tuple(sorted(standing.ever_shown))
    elif {"refine", "recommend"} & set(u.acts):
        changes["later"] = ()
    if u.count:
        changes["count"] = u.count
    gone = frozenset(u.manner).union(u.relaxed, *(OPPOSED[manner] for manner in u.manner))
    changes["manner"] = (*(old for old in request.manner if old not in gone), *u.manner)
    again = u.rewatch or (request.rewatch and (u.more or "refine" in u.acts))
    return replace(request, rewatch=again, **changes)


def meeting(constraints: Iterable[Constraint], catalogue: Catalogue) -> NDArray[np.bool_]:
    """Whether each item meets all of the constraints, [n_items]."""
    fits = np.ones(len(catalogue.items), dtype=bool)
    for constraint in constraints:
        fits &= catalogue.matches(constraint)
    return fits


def history_of(user: str, catalogue: Catalogue) -> tuple[Event, ...]:
    """What the data set has of a user. Plays, purchases and looks have no rating: nobody gave anything 19 stars."""
    return tuple(_as_rated(event, catalogue) for event in catalogue.history(behind(user)))


def event_of(user: str, row: int, catalogue: Catalogue) -> Event | None:
    """The user's last behaviour in the data set with one item; None when there is none."""
    event = catalogue.event(behind(user), row)
    return None if event is None else _as_rated(event, catalogue)


def _as_rated(event: Event, catalogue: Catalogue) -> Event:
    return event if catalogue.schema.rating is not None else replace(event, value=None)


def query_of(standing: Standing, user: str, catalogue: Catalogue) -> Query:
    """The standing request as a query. What the user knows already is excluded, unless they asked to see it again."""
    request = standing.request
    exclude = set(request.like)
    known = known_items(standing, user, catalogue)
    if request.rewatch and known:
        exclude |= set(range(len(catalogue.items))) - known | set(standing.profile.items("disliked"))
    else:
        exclude |= known
    exclude |= set(request.unwanted)
    popular = "popular" in request.manner  # everybody's behaviour counts then, and nothing of the user's
    said = {} if popular else told(standing, catalogue, OPINIONS)
    # What is said overrules what the data set has on the same item.
    past = () if standing.forgotten or popular else history_of(user, catalogue)
    return Query(
        history=History((*(e for e in past if e.item not in said), *said.values()), catalogue.until),
        k=min(request.count or LIST, MOST),
        constraints=standing.profile.constraints,
        text=request.text,
        like=request.like,
        exclude=frozenset(exclude),
        later=frozenset(request.later),
        toward=tuple((quality(words, lexicon()), weight) for words, weight, _ in request.toward),
        order=request.order[:2] if request.order else None,
        told=len(said),
        hints=() if popular else tuple(told(standing, catalogue, HINTS).values()),
        shown=tuple(sorted(standing.ever_shown)),
        popular=popular,
        capped=frozenset() if request.order else frozenset(standing.capped),  # the shortest is the shortest
        diversity=VARIED if "varied" in request.manner else 0.0,
        long_tail="unfamiliar" in request.manner,
    )
