"""What a click or a message does: who is asking, the turn they run, and the panes that change."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from bot import wording
from bot.speaking import Language, language, language_of, speaking
from bot.values import Profile, Stage, Turn
from bot.web import render, words
from bot.web.agents import Json, PageAgent
from bot.web.seats import PEOPLE_SHOWN, Room, Seat, borrowed, checked, fresh, go_to, move, seat_of, switch
from retrieval.errors import BecauseError, UsageError

TURN_ACTS = frozenset({"like", "dislike", "seen", "why", "undo", "redo", "retry", "restart"})
Run = Callable[[PageAgent, str], Iterator[Stage | Turn]]  # agent, conversation -> the steps of a turn
LISTED = 80  # characters of a conversation's first message
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """The panes that change; None leaves one as it is. `running` shows Stop in place of Send (None: as it was), and
    `language` is what the page speaks from now on."""

    secret: str
    history: str | None = None
    live: str | None = None
    side: str | None = None
    taste: str | None = None
    message: str | None = None
    running: bool | None = False
    language: Language | None = None


class Desk:
    """Serves all visitors. Knows each by the secret that only their browser holds; keeps nothing else of them.

    The page speaks the language of the conversation's last reply, and of the `browser` where nothing was said yet.
    """

    def __init__(self, agent: Future[PageAgent]) -> None:
        self._agent = agent
        self._rooms: weakref.WeakValueDictionary[str, Room] = weakref.WeakValueDictionary()
        self._guard = threading.Lock()
        self._starters: dict[Language, list[str]] = {}

    # -- events ----------------------------------------------------------------------------------------------------

    def enter(self, secret: object, browser: Language = "en") -> Iterator[View]:
        """The page was opened or reloaded: what there is at once, the rest when the catalogue has loaded."""
        known = checked(secret)
        if not self._agent.done():
            yield self._waiting(known, browser)
        try:
            yield self._whole(self._agent.result(), known, browser)
            room = self._rooms.get(known)
            left = room.left if room else None
            if room and left:
                with speaking(self._tongue(known, browser)):
                    running = View(known, live=render.live(room.asked, [words.word("in_progress")]), running=True)
                yield running
                left.join()
                yield self._whole(self._agent.result(), known, browser)
        except Exception as error:
            with speaking(browser):
                view = View(known, live=render.live(notice=_sentence(error)), side=render.side(None), language=browser)
            yield view

    def say(self, secret: object, message: str, browser: Language = "en") -> Iterator[View]:
        """A typed message."""
        known = checked(secret)
        room = self._room(known)
        if room.message is not None and message.strip() in ("", room.message):
            yield View(known, running=None)  # Enter was pressed twice
        elif not message.strip():
            with speaking(self._tongue(known, browser)):
                empty = View(known, live=render.live(notice=words.word("empty_message")))
            yield empty
        else:
            room.message = message.strip()
            try:
                yield View(known, message="", running=True)
                told = self._turn(known, browser, message, lambda agent, place: agent.stream(place, message), True)
                yield from told
            finally:
                room.message = None

    def act(self, secret: object, act: str, item: str | None, value: Any, browser: Language = "en") -> Iterator[View]:
        """A button of the page, by the name it has in the templates."""
        known = checked(secret)
        text = str(value or "")
        if act == "say" and text.strip():
            yield from self._turn(known, browser, text, lambda agent, place: agent.stream(place, text))
        elif act == "edit" and text.strip():
            yield from self._turn(known, browser, text, lambda agent, place: agent.edit(place, text), True)
        elif act == "remove" and item and item.isdecimal():
            yield from self._turn(known, browser, "", lambda agent, place: agent.act(place, "forget", None, int(item)))
        elif act == "style" and item:  # of an explanation that can be given again: in that style, at once
            yield from self._turn(known, browser, "", lambda agent, place: agent.act(place, "why", item, style=text))
        elif act == "style":
            yield from self._turn(known, browser, "", lambda agent, place: agent.act(place, "style", text))
        elif act in TURN_ACTS:
            yield from self._turn(known, browser, "", lambda agent, place: agent.act(place, act, item))
        else:
            yield from self._settle(known, browser, act, item, value)

    def stop(self, secret: object) -> None:
        """End the turn that this browser runs, if there is one; what it has said by then is kept."""
        known = checked(secret)
        room = self._rooms.get(known)
        if room:
            room.stop.set()
        if self._agent.done() and not self._agent.exception() and (seat := self._agent.result().memory.visitor(known)):
            self._agent.result().stop(seat[1])

    # -- turns -----------------------------------------------------------------------------------------------------

    def _turn(
        self, secret: str, browser: Language, message: str, run: Run, typed: bool = False
    ) -> Iterator[View]:  # fmt: skip
        room = self._room(secret)
        tongue = language_of(message) if typed else self._tongue(secret, browser)
        lost = message if typed else None  # what was typed comes back when it could not be answered
        try:
            if typed or not room.lock.locked():  # a click leaves the answer in view that is being written
                yield self._waiting(secret, tongue, message)
            with speaking(tongue):
                agent = self._awaited(room)
            with room.lock:
                place, room.asked = seat_of(agent, secret).conversation, message
                yield from self._stream(agent, secret, tongue, room, run(agent, place))
        except Exception as error:
            with speaking(tongue):
                view = View(secret, live=render.live(notice=_sentence(error)), message=lost)
            yield view

    def _stream(
        self, agent: PageAgent, secret: str, tongue: Language, room: Room, steps: Iterator[Stage | Turn]
    ) -> Iterator[View]:
        """The steps as they come. Who leaves or reloads the page has asked all the same: the turn goes on."""
        stages: list[str] = []
        text, status, undone = "", "", False
        try:
            for step in steps:
                if isinstance(step, Turn):
                    with speaking(tongue):
                        status = self._announced(agent, step)
                    undone = "undo" in step.understanding.acts and not step.understanding.redo
                    continue
                if step.name not in stages:
                    stages.append(step.name)
                text += step.text
                with speaking(tongue):
                    live = render.live(room.asked, stages, text)
                yield View(secret, live=live, running=True)
        except GeneratorExit:
            room.left = threading.Thread(target=_finish, args=(steps, room), name="finish-turn", daemon=True)
            room.left.start()
            raise
        with speaking(tongue):
            live = render.live(status=status, redo=undone)
        yield self._whole(agent, secret, tongue, live)

    def _announced(self, agent: PageAgent, turn: Turn) -> str:
        count, schema = len(agent.to_json(turn)["items"]), agent.catalogue.schema
        said = str(words.page()["suggested"][count != 1])
        return said.format(count=count, noun=schema.noun, plural=schema.plural) if count else ""

    def _waiting(self, secret: str, tongue: Language, message: str = "") -> View:
        """What is there before the first stage, or before the catalogue has loaded."""
        with speaking(tongue):
            if self._agent.done():
                return View(secret, live=render.live(message, ["understand"]), running=True)
            live = render.live(message, [words.word("warming")])
            if message:
                return View(secret, live=live, running=True)
            return View(secret, live=live, side=render.side(None), taste=render.taste(None, None), language=tongue)

    def _tongue(self, secret: str, browser: Language) -> Language:
        """What the page speaks to this browser now."""
        if not self._agent.done() or self._agent.exception():
            return browser
        seat = self._agent.result().memory.visitor(secret)
        return _spoken(self._agent.result().turns(seat[1]) if seat else (), browser)

    def _awaited(self, room: Room) -> PageAgent:
        """The agent, as soon as it has loaded; a person may stop waiting."""
        room.stop.clear()
        while True:
            try:
                return self._agent.result(timeout=0.2)
            except TimeoutError:
                if room.stop.is_set():
                    raise BecauseError(words.word("stopped_early")) from None

    # -- who and where ---------------------------------------------------------------------------------------------

    def _settle(self, secret: str, browser: Language, act: str, item: str | None, value: Any) -> Iterator[View]:
        room = self._room(secret)
        tongue = self._tongue(secret, browser)
        try:
            agent = self._awaited(room)
            with room.lock:
                secret = self._move_by(agent, secret, act, item, value)
            with speaking(tongue):
                live = render.live(status=words.page()["kept"].get(act, ""))
            yield self._whole(agent, secret, browser, live)
        except Exception as error:
            with speaking(tongue):
                view = View(secret, live=render.live(notice=_sentence(error)))
            yield view

    def _move_by(self, agent: PageAgent, secret: str, act: str, item: str | None, value: Any) -> str:
        """Go elsewhere or rate what is here, and return the secret that this browser holds from now on."""
        if act == "who":
            switch(agent, secret, str(value or "").strip())
        elif act == "new":
            seat = seat_of(agent, secret)
            move(agent, secret, Seat(seat.user, agent.new_conversation(seat.user)))
        elif act == "open":
            go_to(agent, secret, str(item))
        elif act in words.page()["kept"]:
            turn, _, about = str(item).partition("/")
            if not turn.isdecimal() or (act == "rate" and not isinstance(value, dict)):
                raise UsageError("That is no rating of an explanation; reload the page and try again.")
            answers = value if act == "rate" else None
            agent.rate(seat_of(agent, secret).conversation, (int(turn), about), answers)
        elif act == "forget-me":
            agent.forget(seat_of(agent, secret).user)
            return fresh()
        else:
            raise UsageError(f"{act!r} is nothing this page can do; reload it and try again.")
        return secret

    # -- panes -----------------------------------------------------------------------------------------------------

    def _whole(self, agent: PageAgent, secret: str, browser: Language, live: str = "") -> View:
        found = agent.memory.visitor(secret)
        seat = Seat(*found) if found else None
        turns: Sequence[Json] = agent.turns(seat.conversation) if seat else ()
        with speaking(_spoken(turns, browser)):
            return self._drawn(agent, secret, seat, turns, live)

    def _drawn(self, agent: PageAgent, secret: str, seat: Seat | None, turns: Sequence[Json], live: str) -> View:
        catalogue = agent.catalogue
        as_user = borrowed(agent, seat) if seat else ""
        ratings = agent.ratings(seat.conversation) if seat else {}
        profile = agent.view(seat.conversation) if seat else Profile()
        talks = [
            {
                "id": id,
                "title": title[:LISTED] or words.word("untitled"),
                "date": words.day(date),
                "current": bool(seat and id == seat.conversation),
            }
            for id, title, date in (agent.conversations(seat.user) if seat else ())
        ]
        if language() not in self._starters:
            self._starters[language()] = words.starters(catalogue.items, catalogue.counts.tolist(), catalogue.schema)
        return View(
            secret,
            history=render.transcript(turns, catalogue, profile, self._starters[language()], ratings),
            live=live,
            side=render.side(catalogue.schema, agent.users(PEOPLE_SHOWN), as_user, talks),
            taste=render.taste(profile, catalogue, self._past(agent, as_user)),
            language=language(),
        )

    def _past(self, agent: PageAgent, user: str) -> str:
        if not user:
            return ""
        history, schema = agent.catalogue.history(user), agent.catalogue.schema
        if not history:
            return ""
        until = wording.month(max(event.time for event in history))
        return words.word("past", count=len(history), unit=words.behaviour(schema), user=user, until=until)

    def _room(self, secret: str) -> Room:
        with self._guard:
            room = self._rooms.get(secret)
            if room is None:
                room = self._rooms[secret] = Room()
            return room


def _spoken(turns: Sequence[Json], browser: Language) -> Language:
    """The language of the last reply, or the browser's."""
    return language_of(turns[-1]["reply"]) if turns else browser


def _finish(steps: Iterator[Stage | Turn], room: Room) -> None:
    """Run a turn to its end for nobody to watch; `room` is kept for whoever comes back to wait in."""
    try:
        deque(steps, maxlen=0)
    except Exception as error:
        _sentence(error)
    room.left = None


def _sentence(error: Exception) -> str:
    """What a person is told; what nobody foresaw goes to the log in full."""
    if isinstance(error, BecauseError):
        return str(error)
    _log.error("A request of the page failed.", exc_info=error)
    return words.word("broken")
