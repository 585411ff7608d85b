"""Who sits where: a browser's secret, the person that it is, the conversation on its page, and its turns."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

from bot.web.agents import Guests, PageAgent
from retrieval.errors import UsageError

PEOPLE_SHOWN = 6


@dataclass(frozen=True)
class Seat:
    """Where a browser is: a user and the conversation on the page."""

    user: str
    conversation: str


class Room:
    """One browser's turns go one at a time, over all its tabs; `stop` ends the wait for one that has not begun."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.message: str | None = None  # the typed message that is being answered
        self.asked = ""  # what the running turn answers
        self.left: threading.Thread | None = None  # finishes a turn whose page was closed or reloaded


def switch(agent: PageAgent, secret: str, choice: str) -> None:
    """Take a data-set user's history, or be a new visitor; each keeps its own place in this browser."""
    if choice and not agent.catalogue.has_user(choice):
        known = ", ".join(user for user, _ in agent.users(PEOPLE_SHOWN))
        raise UsageError(f"There is no user {choice!r} in {agent.catalogue.schema.title}; {known} are some of them.")
    before = agent.memory.visitor(_place(secret, choice))
    if before:
        agent.memory.set_visitor(secret, *before)
    else:
        # A guest of the data-set user: what is said on this page is this browser's own.
        someone = agent.guest(choice) if choice and isinstance(agent, Guests) else choice
        conversation = agent.new_conversation(someone or None)
        move(agent, secret, Seat(agent.user_of(conversation), conversation))


def go_to(agent: PageAgent, secret: str, conversation: str) -> None:
    """Open one of this person's conversations; UsageError for any other."""
    seat = seat_of(agent, secret)
    if agent.user_of(conversation) != seat.user:
        # In the words for one that never was: not even its existence is told.
        raise UsageError(f"There is no conversation {conversation!r}; start a new one.")
    move(agent, secret, Seat(seat.user, conversation))


def move(agent: PageAgent, secret: str, seat: Seat) -> None:
    """Sit there from now on."""
    agent.memory.set_visitor(secret, seat.user, seat.conversation)
    agent.memory.set_visitor(_place(secret, borrowed(agent, seat)), seat.user, seat.conversation)


def seat_of(agent: PageAgent, secret: str) -> Seat:
    """This browser's seat, a new visitor's if it has none."""
    found = agent.memory.visitor(secret)
    if found:
        return Seat(*found)
    switch(agent, secret, "")
    user, conversation = agent.memory.visitor(secret) or ("", "")
    return Seat(user, conversation)


def borrowed(agent: PageAgent, seat: Seat) -> str:
    """The data-set user whose history this seat goes by, "" for a newcomer."""
    if isinstance(agent, Guests):
        return agent.behaviour_of(seat.user) or ""
    return seat.user if agent.catalogue.has_user(seat.user) else ""


def _place(secret: str, choice: str) -> str:
    """The key under which this browser's last place as `choice` is kept."""
    return f"{secret}/{choice}"


def fresh() -> str:
    return secrets.token_urlsafe(32)


def checked(secret: object) -> str:
    """The browser's secret if it is one that this page gave out, else a fresh one."""
    return secret if isinstance(secret, str) and len(secret) == 43 and "/" not in secret else fresh()
