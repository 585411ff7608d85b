"""What to do with a message once it is understood: recommend, explain, ask or answer."""

from __future__ import annotations

import re
from typing import Literal

from bot.profile import Standing
from bot.values import Understanding
from bot.wording import replies

Route = Literal["recommend", "explain", "ask", "answer"]

EXPLAINED = frozenset({"why", "why_not", "what_if", "compare"})
_ANSWERED = frozenset({"undo", "restart", "help", "smalltalk", "out_of_scope", "facts", "profile", "forget", "style"})


def decide(understanding: Understanding, standing: Standing) -> Route:
    """The route of this turn. A question is answered before anything is recommended.

    A statement alone ("I've seen the first one") refreshes a list that was already shown; with no list yet it is
    noted, so that nobody who is only talking about their taste is interrupted. A click states, and no more.
    """
    u = understanding
    acts = set(u.acts)
    if needs_care(u.message):
        return "answer"
    if any(len(m.items) > 1 for m in u.mentions):
        return "ask"
    if u.asked in ("own", "in_force"):
        return "answer"
    if acts & EXPLAINED or u.asked:
        return "explain"
    if acts & _ANSWERED and not acts & {"recommend", "refine"}:
        return "answer"
    clicked = not u.message
    if (
        acts & {"recommend", "refine"}
        or (standing.shown and "answer" in acts)
        or (standing.shown and not clicked and _says_something(u))
    ):
        return "recommend"
    return "answer"


def needs_care(message: str) -> bool:
    """Whether the words speak of harming oneself; then nothing is recommended."""
    said = message.replace("’", "'")
    return any(re.search(pattern, said, re.IGNORECASE) for pattern in replies()["care_words"])


def _says_something(u: Understanding) -> bool:
    return bool(u.constraints or u.relaxed or any(m.items for m in u.mentions))
