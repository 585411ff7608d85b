"""What the bot says would happen, made to happen: the recommender run again without the explainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bot.assistant import Assistant
from bot.evaluation.explanations.playing import Asked, Player
from bot.memory import behind
from retrieval.schema import Query


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


def refuted(assistant: Assistant, one: Asked) -> tuple[str, ...]:
    """Claims of an answer that the data do not bear out."""
    del assistant, one
    return ()


def _never(player: Player, one: Asked) -> bool | None:
    """The list without what was done with the item, which stays excluded."""
    if one.turn.supposed is None:
        return None
    (row,), query = one.rows, one.query
    events = query.history.events
    first = len(events) - query.told
    without = replace(
        query,
        history=replace(query.history, events=tuple(e for e in events if e.item != row)),
        told=sum(e.item != row for e in events[first:]),
        hints=tuple(e for e in query.hints if e.item != row),
        exclude=query.exclude | {row},
    )
    return one.turn.supposed == (one.listed, _run(player, without))


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
    if any(c.hard and not catalogue.matches(c)[row] for c in now.constraints):
        expected.add("filtered")
    if expected:
        return kinds == expected
    open_to_it = replace(now, exclude=now.exclude - {row})
    recommender = assistant.agent.recommender
    ranked = recommender.recommend(open_to_it)
    if row in [scored.item for scored in ranked.items]:
        return kinds == {"outscored"} and one.turn.reasons[0].claims[0].kind == "outscored.now"
    (own,) = recommender.decompose(open_to_it, np.asarray([row], dtype=np.int64))
    last = ranked.items[-1]
    if own.score > last.score:
        return kinds == {"diversified"}
    place = 1 + sum(score > own.score for _, score in ranked.head)
    claim = one.turn.reasons[0].claims[0]
    beaten = claim.slots.get("other") == catalogue.items[last.item].title
    told = int(claim.slots.get("rank", "0"))
    return kinds == {"outscored"} and beaten and (told == place or place > len(ranked.head) <= told)


def _run(player: Player, query: Query) -> tuple[int, ...]:
    return tuple(scored.item for scored in player.assistant.agent.recommender.recommend(query).items)


_CHECKS = {
    "what_if_never": _never,
    "what_if_liked": _said("I loved {title}"),
    "what_if_hated": _said("I hated {title}"),
    "what_if_without": _lifted,
    "why_not": _why_not,
    "why_not_known": _why_not,
}
