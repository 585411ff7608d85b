"""Conditions and questions as the event log keeps them, and back."""

from __future__ import annotations

from typing import Any

from bot.memory import Payload
from bot.values import Question
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint


def question_to(question: Question, catalogue: Catalogue) -> dict[str, Any]:
    """A question as the event log keeps it; items by their ids."""
    return {
        "field": question.field,
        "text": question.text,
        "options": list(question.options),
        "means": [[constraint_to(c) for c in option] for option in question.means],
        "pair": [catalogue.items[row].id for row in question.pair],
    }


def question_from(payload: Payload | None, catalogue: Catalogue) -> Question | None:
    """The inverse of `question_to`; None stays None."""
    if payload is None:
        return None
    rows = tuple(row for row in map(catalogue.find, payload["pair"]) if row is not None)
    means = tuple(tuple(constraint_from(c) for c in option) for option in payload["means"])
    return Question(payload["field"], payload["text"], tuple(payload["options"]), means, rows if len(rows) == 2 else ())


def constraint_to(constraint: Constraint) -> dict[str, Any]:
    """The contract's form: {"field", "op", "value", "hard"}."""
    value = list(constraint.value) if isinstance(constraint.value, tuple) else constraint.value
    return {"field": constraint.field, "op": constraint.op, "value": value, "hard": constraint.hard}


def constraint_from(payload: Payload) -> Constraint:
    """The inverse of `constraint_to`."""
    value = payload["value"]
    return Constraint(
        payload["field"], payload["op"], tuple(value) if isinstance(value, list) else value, payload["hard"]
    )
