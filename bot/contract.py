"""A turn as the JSON object that the command line prints, the page draws and memory keeps (see DESIGN)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from bot.explain.cite import grouped
from bot.profile import Standing
from bot.speaking import language
from bot.stored import constraint_to, question_to
from bot.values import Turn
from retrieval.catalogue import Catalogue
from retrieval.schema import Item, Scored

_NO_TIME = dict.fromkeys(("understand", "retrieve", "rank", "explain", "write", "total"), 0.0)


def turn_json(turn: Turn, catalogue: Catalogue, trace: bool = False) -> dict[str, Any]:
    """The contract's fields, and `trace` when asked for."""
    out: dict[str, Any] = {
        "conversation": turn.conversation,
        "turn": turn.turn,
        "user": turn.user,
        "message": turn.understanding.message,
        "acts": list(turn.understanding.acts),
        "reply": turn.reply,
        "ignored": list(turn.understanding.ignored),
        "items": [
            _item(scored, rank, turn, catalogue)
            for rank, scored in enumerate(turn.ranked.items if turn.ranked else (), 1)
        ],
        "reasons": [
            {
                "item_id": None if r.item is None else catalogue.items[r.item].id,
                "kind": r.kind,
                "text": r.text,
                "evidence": list(r.evidence),
                "weight": float(r.weight),
            }
            for r in turn.reasons
        ],
        "evidence": [
            {
                "id": e.id,
                "kind": e.kind,
                "item_id": None if e.item is None else catalogue.items[e.item].id,
                "title": e.title,
                "text": e.text,
                "date": e.date,
                "weight": float(e.weight),
            }
            for e in turn.evidence
        ],
        "profile": profile_json(turn, catalogue),
        "question": None
        if turn.question is None
        else {"field": turn.question.field, "text": turn.question.text, "options": list(turn.question.options)},
        "supposed": None
        if turn.supposed is None
        else {
            name: [catalogue.items[row].id for row in rows]
            for name, rows in zip(("before", "after"), turn.supposed, strict=True)
        },
        "grounded": turn.grounded,
        "timings_ms": {name: round(ms, 2) for name, ms in {**_NO_TIME, **turn.timings_ms}.items()},
    }
    if trace:
        out["trace"] = [plain(stage) for stage in turn.trace]
    return out


def turn_record(turn: Turn, standing: Standing, catalogue: Catalogue) -> dict[str, Any]:
    """What the event log keeps of a turn: the contract's JSON, and what the next turn needs to know of this one."""
    u = turn.understanding
    request = standing.request
    shown = [catalogue.items[scored.item].id for scored in turn.ranked.items] if turn.ranked else []
    named = [m.items[0] for m in u.mentions if len(m.items) == 1]
    doubtful = next((m for m in u.mentions if len(m.items) > 1), None)
    return {
        "message": u.message,
        "acts": list(u.acts),
        "asked": u.asked,
        "shown": shown,
        "moved": [catalogue.items[row].id for row in turn.ranked.moved] if turn.ranked else [],
        "capped": [catalogue.items[row].id for row in standing.capped],
        "request": {
            **asdict(request),
            "like": [catalogue.items[row].id for row in request.like],
            "unwanted": [catalogue.items[row].id for row in request.unwanted],
            "later": [catalogue.items[row].id for row in request.later],
        },
        "focus": catalogue.items[named[0]].id if len(named) == 1 else shown[0] if len(shown) == 1 else None,
        "question": question_to(turn.question, catalogue) if turn.question else None,
        "relaxed": [*u.relaxed],
        "language": language(),
        "pending": None
        if doubtful is None
        else {
            "sentiment": doubtful.sentiment,
            "rating": doubtful.rating,
            "acts": list(u.acts),
            "similar": bool(u.similar_to) or ("recommend" in u.acts and doubtful.sentiment == "neutral"),
        },
    }


def profile_json(turn: Turn, catalogue: Catalogue) -> dict[str, Any]:
    """What this conversation established."""
    ids = {
        kind: [catalogue.items[row].id for row in turn.profile.items(kind)] for kind in ("liked", "disliked", "seen")
    }
    return {**ids, "constraints": [constraint_to(c) for c in turn.profile.constraints]}


def attributes_json(item: Item) -> dict[str, Any]:
    """What is known of an item; what is unknown is absent."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in item.attributes.items()}


def plain(value: Any) -> Any:
    """Any value of a turn as JSON: frozen values as objects, arrays as how many there are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name != "turns"}
    if isinstance(value, Mapping):
        return {str(key): plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else str(value)


def _item(scored: Scored, rank: int, turn: Turn, catalogue: Catalogue) -> dict[str, Any]:
    item = catalogue.items[scored.item]
    return {
        "id": item.id,
        "title": item.title,
        "rank": rank,
        "score": scored.score,
        "attributes": attributes_json(item),
        "contributions": [
            {
                "part": c.part,
                "evidence": turn.cited.get((scored.item, c.part, c.evidence)),
                "value": c.value,
                "share": c.share,
            }
            for c in grouped(scored)
        ],
    }
