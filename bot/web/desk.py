"""What a click or a message does: who is asking, the turn they run, and the panes that change."""

from __future__ import annotations

import logging
import secrets
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from bot import wording
from bot.values import Profile, Stage, Turn
from bot.web import render, words
from bot.web.agents import Guests, Json, PageAgent
from retrieval.errors import BecauseError, UsageError

TURN_ACTS = frozenset({"like", "dislike", "seen", "why", "undo", "retry", "restart"})
WARMING = "Warming up: opening the catalogue"
Run = Callable[[PageAgent, str], Iterator[Stage | Turn]]  # agent, conversation -> the steps of a turn
PEOPLE_SHOWN = 6
LISTED = 80  # characters of a conversation's first message
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """The panes that change; None leaves one as it is. `running` shows Stop in place of Send (None: as it was)."""

    secret: str
    history: str | None = None
    live: str | None = None
    side: str | None = None
    taste: str | None = None
    message: str | None = None
    running: bool | None = False


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


class Desk:
    """Serves all visitors. Knows each by the secret that only their browser holds; keeps nothing else of them."""

    def __init__(self, agent: Future[PageAgent]) -> None:
        self._agent = agent
        self._rooms: weakref.WeakValueDictionary[str, Room] = weakref.WeakValueDictionary()
        self._guard = threading.Lock()
        self._starters: list[str] | None = None

    # -- events ----------------------------------------------------------------------------------------------------

    def enter(self, secret: object) -> Iterator[View]:
        """The page was opened or reloaded: what there is at once, the rest when the catalogue has loaded."""
        known = _checked(secret)
        if not self._agent.done():
            yield View(
                known, live=render.live(stages=[WARMING]), side=render.side(None), taste=render.taste(None, None)
            )
        try:
            yield self._whole(self._agent.result(), known)
        except Exception as error:
            yield View(known, live=render.live(notice=_sentence(error)), side=render.side(None))

    def say(self, secret: object, message: str) -> Iterator[View]:
        """A typed message."""
        known = _checked(secret)
        room = self._room(known)
        if room.message is not None and message.strip() in ("", room.message):
            yield View(known, running=None)  # Enter was pressed twice
        elif not message.strip():
            yield View(known, live=render.live(notice="There was nothing in that message: say what you feel like."))
        else:
            room.message = message.strip()
            try:
                yield View(known, message="", running=True)
                yield from self._turn(known, message, lambda agent, place: agent.stream(place, message), typed=True)
            finally:
                room.message = None

    def act(self, secret: object, act: str, item: str | None, value: Any) -> Iterator[View]:
        """A button of the page, by the name it has in the templates."""
        known = _checked(secret)
        text = str(value or "")
        if act == "say" and text.strip():
            yield from self._turn(known, text, lambda agent, place: agent.stream(place, text))
        elif act == "edit" and text.strip():
            yield from self._turn(known, text, lambda agent, place: agent.edit(place, text), typed=True)
        elif act == "remove" and item and item.isdecimal():
            yield from self._turn(known, "", lambda agent, place: agent.act(place, "forget", None, int(item)))
        elif act == "style" and item:  # of an explanation that can be given again: in that style, at once
            yield from self._turn(known, "", lambda agent, place: agent.act(place, "why", item, style=text))
        elif act == "style":
            yield from self._turn(known, "", lambda agent, place: agent.act(place, "style", text))
        elif act in TURN_ACTS:
            yield from self._turn(known, "", lambda agent, place: agent.act(place, act, item))
        else:
            yield from self._settle(known, act, item, value)

    def stop(self, secret: object) -> None:
        """End the turn that this browser runs, if there is one; what it has said by then is kept."""
        known = _checked(secret)
        room = self._rooms.get(known)
        if room:
            room.stop.set()
        if self._agent.done() and not self._agent.exception() and (seat := self._agent.result().memory.visitor(known)):
            self._agent.result().stop(seat[1])

    # -- turns -----------------------------------------------------------------------------------------------------

    def _turn(self, secret: str, message: str, run: Run, typed: bool = False) -> Iterator[View]:
        room = self._room(secret)
        lost = message if typed else None  # what was typed comes back when it could not be answered
        try:
            if not room.lock.locked():
                yield View(secret, live=render.live(message, self._first_stage()), running=True)
            agent = self._awaited(room)
            with room.lock:
                place = self._seat(agent, secret).conversation
                yield from self._stream(agent, secret, message, run(agent, place))
        except Exception as error:
            yield View(secret, live=render.live(notice=_sentence(error)), message=lost)

    def _stream(self, agent: PageAgent, secret: str, message: str, steps: Iterator[Stage | Turn]) -> Iterator[View]:
        stages: list[str] = []
        text, status = "", ""
        for step in steps:
            if isinstance(step, Turn):
                status = self._announced(agent, step)
            else:
                if step.name not in stages:
                    stages.append(step.name)
                text += step.text
                yield View(secret, live=render.live(message, stages, text), running=True)
        yield self._whole(agent, secret, live=render.live(status=status))

    def _announced(self, agent: PageAgent, turn: Turn) -> str:
        count, schema = len(agent.to_json(turn)["items"]), agent.catalogue.schema
        return f"{count} {schema.noun if count == 1 else schema.plural} suggested." if count else ""

    def _first_stage(self) -> list[str]:
        return ["understand"] if self._agent.done() else [WARMING]

    def _awaited(self, room: Room) -> PageAgent:
        """The agent, as soon as it has loaded; a person may stop waiting."""
        room.stop.clear()
        while True:
            try:
                return self._agent.result(timeout=0.2)
            except TimeoutError:
                if room.stop.is_set():
                    raise BecauseError("Stopped before the catalogue was open; send it again when you like.") from None

    # -- who and where ---------------------------------------------------------------------------------------------

    def _settle(self, secret: str, act: str, item: str | None, value: Any) -> Iterator[View]:
        room = self._room(secret)
        try:
            agent = self._awaited(room)
            with room.lock:
                secret = self._move_by(agent, secret, act, item, value)
            yield self._whole(agent, secret, live=render.live(status=words.KEPT.get(act, "")))
        except Exception as error:
            yield View(secret, live=render.live(notice=_sentence(error)))

    def _move_by(self, agent: PageAgent, secret: str, act: str, item: str | None, value: Any) -> str:
        """Go elsewhere or rate what is here, and return the secret that this browser holds from now on."""
        if act == "who":
            self._switch(agent, secret, str(value or "").strip())
        elif act == "new":
            seat = self._seat(agent, secret)
            self._move(agent, secret, Seat(seat.user, agent.new_conversation(seat.user)))
        elif act == "open":
            self._open(agent, secret, str(item))
        elif act in words.KEPT:
            turn, _, about = str(item).partition("/")
            if not turn.isdecimal() or (act == "rate" and not isinstance(value, dict)):
                raise UsageError("That is no rating of an explanation; reload the page and try again.")
            answers = value if act == "rate" else None
            agent.rate(self._seat(agent, secret).conversation, (int(turn), about), answers)
        elif act == "forget-me":
            agent.forget(self._seat(agent, secret).user)
            return _fresh()
        else:
            raise UsageError(f"{act!r} is nothing this page can do; reload it and try again.")
        return secret

    def _switch(self, agent: PageAgent, secret: str, choice: str) -> None:
        """Take a data-set user's history, or be a new visitor; each keeps its own place in this browser."""
        if choice and not agent.catalogue.has_user(choice):
            known = ", ".join(user for user, _ in agent.users(PEOPLE_SHOWN))
            raise UsageError(
                f"There is no user {choice!r} in {agent.catalogue.schema.title}; {known} are some of them."
            )
        before = agent.memory.visitor(_place(secret, choice))
        if before:
            agent.memory.set_visitor(secret, *before)
        else:
            # A guest of the data-set user: what is said on this page is this browser's own.
            someone = agent.guest(choice) if choice and isinstance(agent, Guests) else choice
            conversation = agent.new_conversation(someone or None)
            self._move(agent, secret, Seat(agent.user_of(conversation), conversation))

    def _open(self, agent: PageAgent, secret: str, conversation: str) -> None:
        seat = self._seat(agent, secret)
        if agent.user_of(conversation) != seat.user:
            # In the words for one that never was: not even its existence is told.
            raise UsageError(f"There is no conversation {conversation!r}; start a new one.")
        self._move(agent, secret, Seat(seat.user, conversation))

    def _move(self, agent: PageAgent, secret: str, seat: Seat) -> None:
        agent.memory.set_visitor(secret, seat.user, seat.conversation)
        agent.memory.set_visitor(_place(secret, _borrowed(agent, seat)), seat.user, seat.conversation)

    def _seat(self, agent: PageAgent, secret: str) -> Seat:
        found = agent.memory.visitor(secret)
        if found:
            return Seat(*found)
        self._switch(agent, secret, "")
        user, conversation = agent.memory.visitor(secret) or ("", "")
        return Seat(user, conversation)

    # -- panes -----------------------------------------------------------------------------------------------------

    def _whole(self, agent: PageAgent, secret: str, live: str = "") -> View:
        found = agent.memory.visitor(secret)
        seat = Seat(*found) if found else None
        catalogue = agent.catalogue
        borrowed = _borrowed(agent, seat) if seat else ""
        turns: Sequence[Json] = agent.turns(seat.conversation) if seat else ()
        ratings = agent.ratings(seat.conversation) if seat else {}
        profile = agent.view(seat.conversation) if seat else Profile()
        talks = [
            {
                "id": id,
                "title": title[:LISTED] or "Untitled",
                "date": words.day(date),
                "current": bool(seat and id == seat.conversation),
            }
            for id, title, date in (agent.conversations(seat.user) if seat else ())
        ]
        if self._starters is None:
            self._starters = words.starters(catalogue.items, catalogue.counts.tolist(), catalogue.schema)
        return View(
            secret,
            history=render.transcript(turns, catalogue, profile, self._starters, ratings),
            live=live,
            side=render.side(catalogue.schema, agent.users(PEOPLE_SHOWN), borrowed, talks),
            taste=render.taste(profile, catalogue, self._past(agent, borrowed)),
        )

    def _past(self, agent: PageAgent, borrowed: str) -> str:
        if not borrowed:
            return ""
        history, schema = agent.catalogue.history(borrowed), agent.catalogue.schema
        if not history:
            return ""
        until = wording.month(max(event.time for event in history))
        return f"Also used: the last {len(history)} {words.behaviour(schema)} of user {borrowed}, up to {until}."

    def _room(self, secret: str) -> Room:
        with self._guard:
            room = self._rooms.get(secret)
            if room is None:
                room = self._rooms[secret] = Room()
            return room


def _sentence(error: Exception) -> str:
    """What a person is told; what nobody foresaw goes to the log in full."""
    if isinstance(error, BecauseError):
        return str(error)
    _log.error("A request of the page failed.", exc_info=error)
    return "Something went wrong on this side, and nothing of yours was lost: please try again."


def _borrowed(agent: PageAgent, seat: Seat) -> str:
    """The data-set user whose history this seat goes by, "" for a newcomer."""
    if isinstance(agent, Guests):
        return agent.behaviour_of(seat.user) or ""
    return seat.user if agent.catalogue.has_user(seat.user) else ""


def _place(secret: str, choice: str) -> str:
    """The key under which this browser's last place as `choice` is kept."""
    return f"{secret}/{choice}"


def _fresh() -> str:
    return secrets.token_urlsafe(32)


def _checked(secret: object) -> str:
    """The browser's secret if it is one that this page gave out, else a fresh one."""
    return secret if isinstance(secret, str) and len(secret) == 43 and "/" not in secret else _fresh()
