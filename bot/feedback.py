"""What people think of explanations: five questions; trust and satisfaction are aims of Tintarev and Masthoff (2007).

A rating is an event like any other, tagged with the turn that it is about, so that undoing the turn takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.memory import LogEvent, Memory, Payload, live
from retrieval.errors import UsageError

KIND = "explanation_rating"
QUESTIONS = ("accuracy", "clarity", "relevance", "trust", "satisfaction")
LOWEST, HIGHEST = 1, 5
LONGEST = 1000  # characters of a comment
About = tuple[int, str]  # the turn, and the item whose reasons are meant, "" for the turn's whole answer


@dataclass(frozen=True)
class Rating:
    """One person's answers, by question, each from 1 to 5; a question may be left out."""

    scores: Mapping[str, int] = field(default_factory=dict)
    comment: str = ""

    @property
    def mean(self) -> float | None:
        """Of the questions that were answered."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else None


def read(answers: Mapping[str, Any]) -> Rating:
    """A rating from a form's fields; UsageError names what is out of bounds."""
    scores = {}
    for question in QUESTIONS:
        given = str(answers.get(question) or "").strip()
        if given and given not in map(str, range(LOWEST, HIGHEST + 1)):
            raise UsageError(f"{given!r} is no answer about {question}; give a whole number, {LOWEST} to {HIGHEST}.")
        if given:
            scores[question] = int(given)
    comment = " ".join(str(answers.get("comment") or "").encode("utf-8", "replace").decode("utf-8").split())
    if len(comment) > LONGEST:
        raise UsageError(f"The comment has {len(comment):,} characters; at most {LONGEST:,} are kept: shorten it.")
    if not scores and not comment:
        raise UsageError("Nothing was chosen yet: answer at least one of the questions, or write a comment.")
    return Rating(scores, comment)


def keep(memory: Memory, user: str, conversation: str, about: About, rating: Rating | None) -> None:
    """Append the rating, which takes the place of an earlier one; None takes that back."""
    turn, item = about
    scores = dict(rating.scores) if rating else {}
    payload: Payload = {"item": item, "scores": scores, "comment": rating.comment if rating else ""}
    memory.append(user, conversation, turn, [(KIND, payload)])


def ratings(events: Sequence[LogEvent]) -> dict[tuple[str, About], tuple[str, Rating]]:
    """Conversation and what was rated -> user and rating: the last word on each, of what is in force."""
    last: dict[tuple[str, About], tuple[str, Rating]] = {}
    for event in live(events):
        if event.kind != KIND:
            continue
        payload = event.payload
        key = event.conversation, (event.turn, str(payload["item"]))
        last.pop(key, None)
        if payload["scores"] or payload["comment"]:
            last[key] = event.user, Rating(payload["scores"], payload["comment"])
    return last


def of_conversation(memory: Memory, conversation: str) -> dict[About, Rating]:
    """What was rated in one conversation."""
    return {about: rating for (_, about), (_, rating) in ratings(memory.log(conversation)).items()}


def summary(memory: Memory, seed: int = 0) -> dict[str, Any]:
    """Everybody's ratings: how many by how many people, and for each question n, mean and 95 % interval.

    The interval is a bootstrap over people; it is null for fewer than two of them, as the mean is without any answer.
    """
    import numpy as np

    from retrieval.evaluation.intervals import interval

    found = list(ratings(memory.explanation_ratings()).values())
    out: dict[str, Any] = {"ratings": len(found), "people": len({user for user, _ in found})}
    if not found:
        out["note"] = "Nobody has rated an explanation yet."
    for question in QUESTIONS:
        given = [(user, rating.scores[question]) for user, rating in found if question in rating.scores]
        names, places = np.unique([user for user, _ in given], return_inverse=True)
        values = np.array([score for _, score in given], dtype=np.float64)
        out[question] = {
            "n": len(given),
            "mean": round(float(values.mean()), 3) if given else None,
            "interval": [round(end, 3) for end in interval(values, places, seed)] if len(names) > 1 else None,
        }
    return out | {"comments": [rating.comment for _, rating in found if rating.comment]}
