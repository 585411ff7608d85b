"""A turn as the JSON object that the command line prints, the page draws and memory keeps (see DESIGN)."""

from __future__ import annotations

from typing import Any

from bot.profile import constraint_to
from bot.values import Turn
from retrieval.catalogue import Catalogue
from retrieval.recommend import grouped
from retrieval.schema import Item, Scored

KEPT = 12  # events listed one by one for each item; the others of the same part are summed


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
            _item(scored, rank, turn, catalogue) for rank, scored in enumerate(turn.ranked.items if turn.ranked else (), 1)
        ],
        "reasons": [
            {
                "item_id": None if r.item is None else catalogue.items[r.item].id,
                "kind": r.kind,
                "text": r.text,
                "evidence": list(r.evidence),
                "weight": r.weight,
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
                "weight": e.weight,
            }
            for e in turn.evidence
        ],
        "profile": profile_json(turn, catalogue),
        "question": None
        if turn.question is None
        else {"field": turn.question.field, "text": turn.question.text, "options": list(turn.question.options)},
        "grounded": turn.grounded,
        "timings_ms": {name: round(ms, 2) for name, ms in turn.timings_ms.items()},
    }
    if trace:
        out["trace"] = [dict(stage) for stage in turn.trace]
    return out


def profile_json(turn: Turn, catalogue: Catalogue) -> dict[str, Any]:
    """What this conversation established."""
    ids = {
        kind: [catalogue.items[row].id for row in turn.profile.items(kind)] for kind in ("liked", "disliked", "seen")
    }
    return {**ids, "constraints": [constraint_to(c) for c in turn.profile.constraints]}


def attributes_json(item: Item) -> dict[str, Any]:
    """What is known of an item; what is unknown is absent."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in item.attributes.items()}


def _item(scored: Scored, rank: int, turn: Turn, catalogue: Catalogue) -> dict[str, Any]:
    item = catalogue.items[scored.item]
    contributions, _ = grouped(scored, KEPT)
    return {
        "id": item.id,
        "title": item.title,
        "rank": rank,
        "score": scored.score,
        "attributes": attributes_json(item),
        "contributions": [
            {
                "part": c.part,
                "evidence": None if c.evidence is None else turn.cited.get(c.evidence),
                "value": c.value,
                "share": c.share,
            }
            for c in contributions
        ],
    }
