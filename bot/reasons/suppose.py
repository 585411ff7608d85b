"""What if, and what would it take: the recommender run again on a changed standing. Nothing is inferred from shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bot.explain import takes, what_if, why_not
from bot.memory import LogEvent
from bot.profile import Standing, events_of, fold
from bot.query import known_items, query_of, request_of
from bot.reasons.explained import Explained, Ground, Inquiry, ground
from bot.reasons.whys import held_back, missing_case
from bot.values import Belief, Profile, Supposition, Understanding
from retrieval.schema import Constraint, Event, Query

_PENDING = 10**13  # ids of events that are only supposed
LIKES = 12  # items tried as a like, the most alike first
TOGETHER = 3  # likes tried together
VALUES = 6  # values of the item tried as a request


# -- what if -----------------------------------------------------------------------------------------------------------


def explain_supposed(inquiry: Inquiry, supposed: Supposition | None) -> Explained:
    """The list made again as if things were different, beside the list as it was."""
    if supposed is None or supposed.empty:
        return Explained(asked="unread")
    found = ground(inquiry)
    changed = suppose(inquiry, found, supposed)
    after = inquiry.listed(changed.query)
    had = frozenset(e.item for e in found.query.events) | known_items(found.standing, inquiry.user, inquiry.catalogue)
    unnamed = tuple(row for row in supposed.without if row in found.query.like)
    had |= set(unnamed)
    changes = what_if.Changes(
        catalogue=inquiry.catalogue,
        query=changed.query,
        before=found.listed,
        after=after,
        known=frozenset(changed.query.exclude - found.query.exclude) & set(found.listed),
        without=tuple(row for row in supposed.without if row in had),
        absent=tuple(row for row in supposed.without if row not in had),
        message=supposed.said.message if supposed.said else "",
    )
    book = found.book(inquiry.catalogue)
    reasons = what_if.reasons(changes, book)
    return Explained(reasons, book.pieces, asked="what_if", before=found.listed, after=after, unnamed=unnamed)


@dataclass(frozen=True)
class Supposed:
    """A standing as it would be, and its query."""

    standing: Standing
    query: Query


def suppose(inquiry: Inquiry, found: Ground, supposed: Supposition) -> Supposed:
    """What the recommender would have been asked: what is supposed to be said is read as if it had been said.

    What is supposed never to have been is known all the same, so it stays excluded.
    """
    catalogue, gone = inquiry.catalogue, set(supposed.without)
    standing = found.standing
    if supposed.said is not None:
        standing = _as_said(inquiry, found, supposed.said)
    profile = standing.profile
    if supposed.nothing:
        standing = replace(standing, forgotten=True, profile=_kept(profile, lambda b: b.item is None))
    elif gone:
        standing = replace(standing, profile=_kept(profile, lambda b: b.item not in gone))
    query = query_of(standing, inquiry.user, catalogue)
    events, hints = query.history.events, query.hints
    first_told = len(events) - query.told
    told = sum(e.item not in gone for e in events[first_told:])
    was_known = found.query.exclude if gone or supposed.nothing else frozenset()
    query = replace(
        query,
        history=replace(query.history, events=tuple(e for e in events if e.item not in gone)),
        told=told,
        hints=tuple(e for e in hints if e.item not in gone),
        like=tuple(row for row in query.like if row not in gone),  # "something like Heat" was never asked for
        exclude=query.exclude | was_known,
        shown=found.query.shown,
    )
    return Supposed(standing, query)


def _as_said(inquiry: Inquiry, found: Ground, said: Understanding) -> Standing:
    catalogue, turn = inquiry.catalogue, max((e.turn for e in found.log), default=0)
    pending = tuple(
        LogEvent(_PENDING + i, inquiry.user, inquiry.conversation, turn, 0, kind, payload, 0.0)
        for i, (kind, payload) in enumerate(events_of(said, found.standing, catalogue))
    )
    standing = fold((*found.log, *pending), inquiry.conversation, catalogue)
    return replace(standing, request=request_of(said, standing))


def _kept(profile: Profile, keep: Callable[[Belief], bool]) -> Profile:
    return Profile(tuple(filter(keep, profile.beliefs)), tuple(filter(keep, profile.earlier)))


# -- what would it take ------------------------------------------------------------------------------------------------


def explain_taken(inquiry: Inquiry, row: int) -> Explained:
    """What would bring an item onto the list that is not on it; every answer was tried and seen to do it."""
    query = query_of(inquiry.standing, inquiry.user, inquiry.catalogue)
    case, past = missing_case(inquiry, query, row)
    if barred := why_not.barred(case, inquiry.recommender.rules):
        return Explained(tuple(barred), case.book.pieces, {}, row, None, "takes")  # nothing that is said would do it
    if row in query.capped:
        given_way = (*why_not.without_score(case, past), held_back(inquiry, case))
        return Explained(given_way, case.book.pieces, {}, row, None, "takes")
    known, head = why_not.known(case, past), inquiry.recommender.short_head
    failing = {c.field for c in query.constraints if c.hard and not inquiry.catalogue.matches(c)[row]}
    failed = [c for c in query.constraints if c.hard and _fails(c, failing, inquiry, row)]
    open_to_it = replace(query, exclude=query.exclude - {row}, later=query.later - {row})
    open_to_it = replace(open_to_it, long_tail=query.long_tail and not head[row])
    kept = replace(open_to_it, constraints=tuple(c for c in query.constraints if c not in failed))
    if query.order is not None and not inquiry.catalogue.known(query.order[0])[row]:
        kept = replace(kept, order=None)
    ordered = kept.order is not None and not _tried(inquiry, kept, row)
    if query.order is not None and (ordered or kept.order is None):
        kept = replace(kept, order=None)
    way = takes.Way(
        case, tuple(known), tuple(failed), _tried(inquiry, kept, row), unordered=query.order != kept.order,
        fame=tuple(why_not.well_known(case, head)),
    )  # fmt: skip
    if not way.rank:
        likes, rank, tried = _likes(inquiry, kept, row)
        asked = () if likes else _request(inquiry, kept, row)
        place = _tried(inquiry, replace(kept, constraints=(*kept.constraints, *asked)), row) if asked else rank
        way = replace(
            way, likes=likes, asked=asked, rank=place, tried=tried, far=inquiry.recommender.rank_of(kept, row)
        )
    return Explained(takes.reasons(way), case.book.pieces, {}, row, None, "takes")


def _fails(condition: Constraint, failing: set[str], inquiry: Inquiry, row: int) -> bool:
    """Whether the row fails the condition, or the other half of its range: "1990 to 1999" goes as a whole."""
    half = condition.op in ("<", "<=", ">", ">=")
    return not inquiry.catalogue.matches(condition)[row] or (half and condition.field in failing)


def _tried(inquiry: Inquiry, query: Query, row: int) -> int:
    """The row's place, from 1, on the list that the query really brings; 0 if it is not on it."""
    return inquiry.placed(query, row)[0]


def _likes(inquiry: Inquiry, query: Query, row: int) -> tuple[tuple[int, ...], int, int]:
    """The fewest likes found that bring the row in, the place they bring it to, and how many sets were tried."""
    alike = replace(
        query, like=(row,), text="", toward=(), order=None, constraints=(), k=LIKES, exclude=query.exclude | {row}
    )
    near = inquiry.listed(alike)
    by_rank: list[tuple[int, int]] = []
    tried = 0
    for other in near:
        told = with_likes(query, (other,))
        tried += 1
        place, rank = inquiry.placed(told, row)
        if place:
            return (other,), place, tried
        by_rank.append((rank or len(inquiry.catalogue.items), other))
    best = [other for _, other in sorted(by_rank)]
    for size in range(2, TOGETHER + 1):
        for together in list(combinations(best[: size + 1], size)):
            tried += 1
            if place := _tried(inquiry, with_likes(query, together), row):
                return together, place, tried
    return (), 0, tried


def with_likes(query: Query, rows: Sequence[int]) -> Query:
    """The query as it would be if these items had been liked, too: known from then on, so not suggested."""
    if query.popular:
        return replace(query, exclude=query.exclude | set(rows))
    said = tuple(Event(f"supposed:{row}", row, 1.0, query.history.now, None) for row in rows)
    return replace(
        query,
        history=replace(query.history, events=(*query.history.events, *said)),
        told=query.told + len(said),
        exclude=query.exclude | set(rows),
    )


def _request(inquiry: Inquiry, query: Query, row: int) -> tuple[Constraint, ...]:
    """One of the item's own values, or two, that would bring it in if they were asked for."""
    values = list(_values(inquiry, row))[:VALUES]
    for size in (1, 2):
        for asked in combinations(values, size):
            if _tried(inquiry, replace(query, constraints=(*query.constraints, *asked)), row):
                return asked
    return ()


def _values(inquiry: Inquiry, row: int) -> Iterator[Constraint]:
    item = inquiry.catalogue.items[row]
    for field in inquiry.catalogue.schema.fields:
        value = item.attributes.get(field.name)
        if value is None or not field.asked or field.kind not in ("category", "tags", "list"):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield Constraint(field.name, "==" if field.kind == "category" else "includes", one)
