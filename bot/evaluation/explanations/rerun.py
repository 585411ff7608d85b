"""What the bot says would happen, made to happen: the recommender run again without the explainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bot.evaluation.explanations.playing import Asked, Player
from bot.memory import behind
from bot.wording import named
from retrieval.schema import Event, Query


def agreement(player: Player, asked: Sequence[Asked]) -> dict[str, dict[str, Any]]:
    """By kind of question: how many answers could be run again, and how many of them came out as was said."""
    out: dict[str, dict[str, Any]] = {}
    for one in asked:
        agrees = _CHECKS[one.kind](player, one) if one.kind in _CHECKS else None
        if agrees is not None:
            found = out.setdefault(one.kind, {"checked": 0, "agree": 0, "differ": []})
            found["checked"] += 1
            found["agree"] += agrees
            if not agrees:
                found["differ"].append(f"{one.user}: {' / '.join((*one.opening, one.message))}")
    return dict(sorted(out.items()))


def _never(player: Player, one: Asked) -> bool | None:
    """The list without what was done with the item, which stays excluded."""
    if one.turn.supposed is None:
        return None
    (row,) = one.rows
    left = without(one.query, [event.id for event in one.query.events if event.item == row])
    return one.turn.supposed == (one.listed, _run(player, replace(left, exclude=left.exclude | {row})))


def _said(words: str) -> Any:
    def check(player: Player, one: Asked) -> bool | None:
        """What really saying it before the request brings, in a conversation of its own."""
        if one.turn.supposed is None or len(one.opening) > 1:
            return None
        title = player.assistant.catalogue.items[one.rows[0]].title
        conversation = player.assistant.new_conversation(
            "new" if one.user == "new" else player.assistant.guest(one.user)
        )
        player.assistant.turn(conversation, words.format(title=title))
        turn = player.assistant.turn(conversation, one.opening[0])
        really = tuple(scored.item for scored in turn.ranked.items) if turn.ranked else ()
        return one.turn.supposed == (one.listed, really)

    return check


def _lifted(player: Player, one: Asked) -> bool | None:
    """The list without the conditions on the field."""
    if one.turn.supposed is None:
        return None
    kept = tuple(c for c in one.query.constraints if c.field != one.field)
    return one.turn.supposed == (one.listed, _run(player, replace(one.query, constraints=kept)))


def _why_not(player: Player, one: Asked) -> bool | None:
    """The causes found by looking: known, failing a condition, or else what the score says."""
    assistant, (row,) = player.assistant, one.rows
    if "why_not" not in one.turn.understanding.acts:
        return None
    catalogue, now = assistant.catalogue, one.now
    kinds = {reason.kind for reason in one.turn.reasons}
    expected = set()
    if one.user != "new" and row in catalogue.rows_of(behind(one.user)):
        expected.add("already_seen")
    for event in now.history.events[len(now.history.events) - now.told :]:
        if event.item == row:
            expected.add("already_seen" if event.strength > 0 else "disliked")
    if any(c.hard and not catalogue.matches(c)[row] for c in now.constraints):
        expected.add("filtered")
    if row in now.like and not expected:
        expected.add("filtered")
    if now.long_tail and player.assistant.agent.recommender.short_head[row]:
        expected.add("filtered")
    if expected:
        return kinds == expected
    open_to_it = replace(now, exclude=now.exclude - {row})
    recommender = assistant.agent.recommender
    ranked = recommender.recommend(open_to_it)
    claim = one.turn.reasons[0].claims[0]
    if row in [scored.item for scored in ranked.items]:
        return kinds == {"outscored"} and claim.kind == "outscored.now"
    (own,) = recommender.decompose(open_to_it, np.asarray([row], dtype=np.int64))
    last = ranked.items[-1]
    if own.score > last.score:
        return kinds == {"diversified"}
    beaten = claim.slots.get("other") == catalogue.items[last.item].title
    rank = str(recommender.rank_of(open_to_it, row))
    return kinds == {"outscored"} and beaten and claim.slots.get("rank", rank) == rank


def _takes(player: Player, one: Asked) -> bool | None:
    """What is said to bring the item in, done; and where it is said to come without that."""
    claims = [c for r in one.turn.reasons for c in r.claims if c.kind.startswith("takes.")]
    told = {claim.kind.removeprefix("takes."): claim for claim in claims}
    if not told:
        return None
    (row,), catalogue, query = one.rows, player.assistant.catalogue, one.now
    failed = {c.field for c in query.constraints if c.hard and not catalogue.matches(c)[row]}
    kept = tuple(c for c in query.constraints if not (c.hard and c.field in failed))
    query = replace(query, exclude=query.exclude - {row}, later=query.later - {row}, constraints=kept)
    query = replace(query, long_tail=query.long_tail and not player.assistant.agent.recommender.short_head[row])
    far = next((told[kind] for kind in ("far", "new_far", "drop_far") if kind in told), None)
    place = str(player.assistant.agent.recommender.rank_of(query, row))
    if far is not None and far.slots.get("rank", place) != place:  # left out where no numbers are wanted
        return False
    way = next((told[kind] for kind in ("like", "like_too", "now", "new", "drop") if kind in told), None)
    if way is None:  # what a request brings has no event to be added; of "nothing" the list without one is seen
        return row not in _run(player, query)
    cited = [piece for piece in one.turn.evidence if piece.id in way.evidence]
    liked = [p.item for p in cited if p.item not in (None, row) and p.title in way.slots.get("titles", "")]
    said = tuple(Event(f"done:{other}", other, 1.0, query.history.now) for other in liked)
    history = replace(query.history, events=(*query.history.events, *said))
    query = replace(query, history=history, told=query.told + len(said), exclude=query.exclude | set(liked))
    found = _run(player, query)
    return row in found and way.slots.get("rank") in (None, str(1 + found.index(row)))


def _compared(player: Player, one: Asked) -> bool | None:
    """Places by score among everything that is eligible."""
    claim = next((c for r in one.turn.reasons for c in r.claims if c.kind == "compare.ahead"), None)
    if claim is None or len(one.rows) != 2 or "rank" not in claim.slots:
        return None
    query = one.query if set(one.rows) <= set(one.listed) else one.now
    catalogue, recommender = player.assistant.catalogue, player.assistant.agent.recommender
    query = replace(query, exclude=query.exclude - set(one.rows))
    failed = {c.field for c in query.constraints if c.hard and not catalogue.matches(c)[list(one.rows)].all()}
    query = replace(query, constraints=tuple(c for c in query.constraints if not (c.hard and c.field in failed)))
    ranks = {named(catalogue, row): str(recommender.rank_of(query, row)) for row in one.rows}
    said = {claim.slots["title"]: claim.slots["rank"], claim.slots["other"]: claim.slots["other_rank"]}
    return ranks == said


def _verdict(player: Player, one: Asked) -> bool | None:
    """The place by score when nothing is asked for."""
    claim = next((c for r in one.turn.reasons for c in r.claims if c.kind == "verdict.place"), None)
    if claim is None or "rank" not in claim.slots:
        return None
    (row,) = one.rows
    query = replace(one.now, constraints=(), text="", like=(), toward=(), order=None)
    query = replace(query, long_tail=False, exclude=query.exclude - {row})
    return claim.slots["rank"] == str(player.assistant.agent.recommender.rank_of(query, row))


def _sure(player: Player, one: Asked) -> bool | None:
    """How often the list stays whole without each of the weightiest events."""
    told = [
        c for r in one.turn.reasons for c in r.claims if c.kind in ("certainty.all", "certainty.some", "certainty.none")
    ]
    if not told or one.user == "new" or "tries" not in told[0].slots:
        return None
    query, recommender = one.query, player.assistant.agent.recommender
    shares: dict[str, float] = {}
    for scored in recommender.decompose(query, np.asarray(one.listed, dtype=np.int64)):
        for c in scored.contributions:
            if c.evidence is not None:
                shares[c.evidence] = shares.get(c.evidence, 0.0) + c.share
    count = int(told[0].slots["tries"])
    weighty = sorted(shares, key=lambda event: -abs(shares[event]))[:count]
    stay = set(one.listed)
    for gone in weighty:
        stay &= set(_run(player, without(query, [gone])))
    return told[0].slots["stayed"] == str(len(stay))


def without(query: Query, gone: Sequence[str]) -> Query:
    """The query without these events, by id; what was told stays told."""
    events = query.history.events
    kept = tuple(event for event in events if event.id not in gone)
    told = sum(event.id not in gone for event in events[len(events) - query.told :])
    hints = tuple(event for event in query.hints if event.id not in gone)
    return replace(query, history=replace(query.history, events=kept), told=told, hints=hints)


def _run(player: Player, query: Query) -> tuple[int, ...]:
    return tuple(scored.item for scored in player.assistant.agent.recommender.recommend(query).items)


_CHECKS = {
    "what_if_never": _never,
    "what_if_liked": _said("I loved {title}"),
    "what_if_hated": _said("I hated {title}"),
    "what_if_without": _lifted,
    "why_not": _why_not,
    "why_not_known": _why_not,
    "takes": _takes,
    "compare": _compared,
    "verdict": _verdict,
    "sure": _sure,
}
