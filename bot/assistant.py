"""The bot as the page and the command line use it: conversations, clicks, people. One per process and catalogue."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

from bot import feedback
from bot.agent import Agent
from bot.contract import turn_json
from bot.memory import Memory, behind, guest, live, new_user
from bot.profile import Standing, fold
from bot.settings import Settings
from bot.understand import Reader
from bot.values import Mention, Profile, Stage, Style, Turn, Understanding
from retrieval.errors import UsageError
from retrieval.operator_rules import OperatorRules
from retrieval.recommend import Recommender

CLICKS = ("like", "dislike", "seen", "why", "undo", "redo", "restart", "forget", "retry", "style")


class Assistant:
    """Safe to share between threads; all that it keeps of a person is in the event log."""

    def __init__(self, agent: Agent, memory: Memory) -> None:
        self.agent, self.memory, self.catalogue = agent, memory, agent.catalogue
        self._running: dict[str, threading.Event] = {}
        self._one_at_a_time: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @classmethod
    def open(cls, settings: Settings, dataset: str | None = None, throw_away: bool = False) -> Assistant:
        """The bot over a prepared data set. Models load at first use, or with `warm`."""
        from bot.language_models import language_model
        from bot.understand.structured import reader_for
        from bot.writer import Writer
        from bot.writer.fine_tuned import fine_tuned
        from retrieval.embedding import encoder

        name = dataset or settings.dataset
        opened = Recommender.open(settings.home, name, encoder())
        rules = OperatorRules.of(opened.catalogue, settings.block_list(name), settings.always)
        recommender = replace(opened, choosing=settings.choosing, rules=rules)
        model = language_model(settings.language_model, settings.models)
        memory = Memory.at(settings.home, name)
        if throw_away:
            memory = memory.overlay()
        catalogue = recommender.catalogue
        writing = fine_tuned(settings.models) if settings.writer == "fine_tuned" else model
        writer = Writer(writing, catalogue, settings.writer_seconds)
        built_in = Reader(catalogue, encoder(), settings.home / "cache")
        reader = reader_for(settings.reader, model, built_in, settings.reader_seconds)
        return cls(Agent(recommender, memory, reader, writer), memory)

    def warm(self) -> None:
        """Load every model now; without it the first turn does."""
        self.agent.reader.read("hello, what would you suggest?")
        self.agent.writer.warm()

    # -- talking ---------------------------------------------------------------------------------------------------

    def stream(self, conversation: str, message: str) -> Iterator[Stage | Turn]:
        """One message: its stages as they start, the reply piece by piece, and at last the finished turn."""
        return self._run(conversation, message, None)

    def turn(self, conversation: str, message: str) -> Turn:
        """One message, without watching."""
        *_, last = self.stream(conversation, message)
        assert isinstance(last, Turn)
        return last

    def act(
        self, conversation: str, act: str, item: str | None = None, value: int | None = None, style: str = ""
    ) -> Iterator[Stage | Turn]:
        """One click, a turn like any other. `value` is the event of the belief that `forget` removes.

        For `style`, `item` is how to explain from now on: "brief" is what a thumbs-down with "too long" means. With
        `style`, `why` explains in that way at once.
        """
        if act == "retry":
            message = self.standing(conversation).last.get("message", "")
            if not message:
                raise UsageError("The last turn was a click, which cannot be tried again: undo it, or say something.")
            yield from self.edit(conversation, message)
        else:
            yield from self._run(conversation, "", self._clicked(act, item, value, style))

    def edit(self, conversation: str, message: str) -> Iterator[Stage | Turn]:
        """Take the last turn back and say this instead."""
        for _ in self.act(conversation, "undo"):
            pass
        yield from self.stream(conversation, message)

    def stop(self, conversation: str) -> None:
        """Stop the turn that is running, if one is: what it tries for an explanation, and its writing."""
        if cancel := self._running.get(conversation):
            cancel.set()

    def _run(self, conversation: str, message: str, clicked: Understanding | None) -> Iterator[Stage | Turn]:
        # Half a surrogate pair or a stray byte can neither be stored nor printed.
        said = message.encode("utf-8", "replace").decode("utf-8")
        with self._one_at_a_time[conversation]:
            cancel = self._running[conversation] = threading.Event()
            try:
                yield from self.agent.run(conversation, self.user_of(conversation), said, clicked, cancel)
            finally:
                self._running.pop(conversation, None)

    def _clicked(self, act: str, item: str | None, event: int | None, style: str) -> Understanding:
        if act not in CLICKS:
            raise UsageError(f"{act!r} is not a click; allowed: {', '.join(CLICKS)}.")
        if act == "style":
            return Understanding("", ("style",), style=_wish(item))
        if act == "redo":
            return Understanding("", ("undo",), redo=True)
        mentions: tuple[Mention, ...] = ()
        if item is not None:
            row = self.catalogue.find(item)
            if row is None:
                raise UsageError(f"{item!r} is no item of {self.catalogue.schema.name}; use an id from the list shown.")
            title = self.catalogue.items[row].title
            sentiment = act if act in ("like", "dislike", "seen") else "neutral"
            mentions = (Mention(title, (row,), sentiment),)  # type: ignore[arg-type]
        wish = _wish(style) if style else ()
        return Understanding("", (act,), mentions, beliefs=() if event is None else (event,), style=wish)  # type: ignore[arg-type]

    # -- conversations and people ----------------------------------------------------------------------------------

    def new_conversation(self, user: str | None = None, name: str | None = None) -> str:
        """A fresh conversation of a data-set user, of someone who was here before, or of a newcomer (None, "new")."""
        someone = new_user() if user in (None, "new") else self.known(str(user))
        return self.memory.open_conversation(someone, name)

    def guest(self, user: str) -> str:
        """A fresh person who starts from this user's behaviour: two visitors who pick the same user share nothing."""
        if fold(self.memory.of_user(self.known(user)), "", self.catalogue).forgotten:
            raise UsageError(f"User {user!r} asked to be forgotten; choose another user, or `new` for a newcomer.")
        return guest(user)

    def behaviour_of(self, user: str) -> str | None:
        """The data-set user behind a person; None for a newcomer."""
        return behind(user) if self.catalogue.has_user(behind(user)) else None

    def known(self, user: str) -> str:
        """The user, if there is such a one; UsageError otherwise."""
        if not (self.behaviour_of(user) or self.memory.has_user(user)):
            example = next(iter(self.catalogue.interactions.user_ids), None)
            known = f"a user of {self.catalogue.schema.name} (such as {example})" if example else "someone who was here"
            raise UsageError(f"There is no user {user!r}; give {known}, or `new` for a newcomer.")
        return user

    def user_of(self, conversation: str) -> str:
        """Whose conversation this is; UsageError if there is none."""
        user = self.memory.owner(conversation)
        if user is None:
            raise UsageError(f"There is no conversation {conversation!r}; start a new one.")
        return user

    def standing(self, conversation: str) -> Standing:
        """Where a conversation stands."""
        return fold(self.memory.of_user(self.user_of(conversation)), conversation, self.catalogue)

    def view(self, conversation: str) -> Profile:
        """What is believed of the user, each belief with its event."""
        return self.standing(conversation).profile

    def turns(self, conversation: str) -> tuple[dict[str, Any], ...]:
        """The live turns as the contract's JSON."""
        return tuple(dict(event.payload) for event in live(self.memory.log(conversation)) if event.kind == "reply")

    def rate(self, conversation: str, about: feedback.About, answers: Mapping[str, Any] | None) -> None:
        """Keep what is thought of an explanation, by question (see bot.feedback); None takes it back."""
        turn, item = about
        said = next((t for t in self.turns(conversation) if t["turn"] == turn), None)
        if said is None or (item and all(reason["item_id"] != item for reason in said["reasons"])):
            raise UsageError("That explanation is no longer there; reload the page, and rate one that is shown.")
        rating = None if answers is None else feedback.read(answers)
        feedback.keep(self.memory, self.user_of(conversation), conversation, about, rating)

    def ratings(self, conversation: str) -> dict[feedback.About, feedback.Rating]:
        """What is thought of the explanations of a conversation, by what they are about."""
        return feedback.of_conversation(self.memory, conversation)

    def conversations(self, user: str) -> list[tuple[str, str, str]]:
        """(id, first message, ISO date) of the user's conversations, newest first."""
        return [
            (e.conversation, e.payload["message"], datetime.fromtimestamp(e.at, UTC).date().isoformat())
            for e in self.memory.conversations(user)
        ]

    def users(self, limit: int) -> list[tuple[str, int]]:
        """Data-set users with how many items they have behaviour with, evenly picked from long to short."""
        import numpy as np

        ids = self.catalogue.interactions.user_ids
        counts = np.bincount(self.catalogue.interactions.users, minlength=len(ids))
        order = np.argsort(-counts, kind="stable")
        if not len(order):
            return []
        places = np.unique(np.linspace(0, len(order) - 1, min(limit, len(order))).astype(int))
        return [(ids[order[place]], int(counts[order[place]])) for place in places]

    def export(self, user: str) -> dict[str, Any]:
        """Everything that is kept of a user: data-set behaviour and every event, what was undone included."""
        items = self.catalogue.items
        events = self.memory.everything(user)
        forgotten = any(event.kind == "forgotten" for event in live(events))
        return {
            "user": user,
            "dataset": self.catalogue.schema.name,
            "behaviour": []
            if forgotten
            else [
                {"item_id": items[row].id, "title": items[row].title, "value": value, "time": time}
                for row, value, time in self.catalogue.past(behind(user))
            ],
            "events": [
                {"conversation": e.conversation, "turn": e.turn, "kind": e.kind, "payload": dict(e.payload), "at": e.at}
                for e in events
            ],
        }

    def forget(self, user: str) -> int:
        """Delete every event of a user for good; data-set behaviour is no longer used. Returns the number deleted."""
        return self.memory.forget(user)

    def to_json(self, turn: Turn, trace: bool = False) -> dict[str, Any]:
        """The contract's JSON object."""
        return turn_json(turn, self.catalogue, trace)


def _wish(name: str | None) -> tuple[Style, ...]:
    wishes: tuple[Style, ...] = get_args(Style)
    chosen = tuple(wish for wish in wishes if wish == name)
    if not chosen:
        raise UsageError(f"{name!r} is no way of explaining; allowed: {', '.join(wishes)}.")
    return chosen
