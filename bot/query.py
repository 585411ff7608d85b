"""Where a conversation stands -> what the recommender is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.memory import behind
from bot.profile import Request, Standing
from bot.values import Belief, Understanding
from retrieval.catalogue import Catalogue
from retrieval.schema import Event, History, Query

LIST = 5  # items when no number was said
MOST = 20


def history(standing: Standing, user: str, catalogue: Catalogue) -> History:
    """The data set's behaviour of this user, then what earlier conversations and this one established.

    What is said overrules what the data set has on the same item. Talk has no place in the data's calendar, so it
    carries the data's last moment. Having seen something is no opinion of it, and the ranker does not hear of it.
    """
    profile = standing.profile
    said: dict[int, Event] = {}
    for belief in (*profile.earlier, *profile.beliefs):
        if belief.item is None or belief.kind == "seen":
            continue
        said.pop(belief.item, None)
        said[belief.item] = Event(
            f"log:{belief.event}", belief.item, _strength(belief, catalogue), catalogue.until, belief.rating
        )
    past = () if standing.forgotten else catalogue.history(behind(user))
    return History((*(e for e in past if e.item not in said), *said.values()), catalogue.until)


def _strength(belief: Belief, catalogue: Catalogue) -> float:
    scale = catalogue.schema.rating
    if belief.rating is not None and scale is not None:
        low, neutral, high = scale
        span = high - neutral if belief.rating >= neutral else neutral - low
        return max(-1.0, min(1.0, (belief.rating - neutral) / span))
    return 1.0 if belief.kind == "liked" else -1.0


def known_items(standing: Standing, user: str, catalogue: Catalogue) -> frozenset[int]:
    """Rows that the user has rated, liked, disliked or marked seen: none of them is news."""
    profile = standing.profile
    past: Iterable[int] = () if standing.forgotten else catalogue.rows_of(behind(user))
    return frozenset(past) | {b.item for b in (*profile.earlier, *profile.beliefs) if b.item is not None}


def request_of(u: Understanding, standing: Request) -> Request:
    """The request in force after a message: a new one, or the old one with what was added."""
    if u.more:
        return replace(standing, more=True, count=u.count or standing.count)
    if "recommend" in u.acts:
        return Request(u.text, u.similar_to, u.count, u.rewatch, u.message, unwanted=u.unwanted)
    changes: dict[str, Any] = {"more": False, "unwanted": (*standing.unwanted, *u.unwanted)}
    if u.text or u.similar_to:
        changes |= {"text": u.text or standing.text, "like": u.similar_to or standing.like, "words": u.message}
    if u.count:
        changes["count"] = u.count
    again = u.rewatch or (standing.rewatch and "refine" in u.acts)
    return replace(standing, rewatch=again, **changes)


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
    if request.more:
        exclude |= standing.ever_shown
    return Query(
        history=history(standing, user, catalogue),
        k=min(request.count or LIST, MOST),
        constraints=standing.profile.constraints,
        text=request.text,
        like=request.like,
        exclude=frozenset(exclude),
    )
