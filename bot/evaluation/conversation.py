"""The fast path: a turn by the agent's own nodes, without the writer, the reasons and the database.

Which items are shown and what is asked is decided by `understand`, `profile`, `decide` and `recommend`; the nodes after
them only explain and put into words. A test compares both paths message by message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bot import reply
from bot.agent import Agent, State
from bot.memory import LogEvent, Memory, Payload
from bot.profile import fold
from bot.reasons import Explained
from bot.values import Profile, Question, Understanding
from retrieval.recommend import Encodes, Recommender, RequestParts
from retrieval.schema import FloatArray, IntArray, Query, Scored


class Notebook(Memory):
    """An event log in a list, for one conversation that nobody keeps."""

    def __init__(self) -> None:
        self.dataset = ""
        self._lines: list[LogEvent] = []

    def append(self, user: str, conversation: str, turn: int, events: Iterable[tuple[str, Payload]]) -> None:
        """See Memory."""
        for kind, payload in events:
            number = len(self._lines) + 1
            self._lines.append(LogEvent(number, user, conversation, turn, 0, kind, payload, 0.0))

    def of_user(self, user: str) -> tuple[LogEvent, ...]:
        """See Memory."""
        return tuple(line for line in self._lines if line.kind != "reply" and line.user == user)


class Unexplained(Recommender):
    """The same lists; what a score is made of, which only reasons need, is left out."""

    def decompose(
        self, query: Query, rows: IntArray, eligible: IntArray | None = None, request: RequestParts | None = None
    ) -> tuple[Scored, ...]:
        """The scores alone; a question about a reason, which comes without the parts of a list, gets all of it."""
        if request is None:
            return super().decompose(query, rows, eligible)
        scores = self._score(query, request)
        return tuple(Scored(int(row), float(scores[row]), ()) for row in np.asarray(rows))


class Remembering:
    """An encoder that encodes a text once: policies are compared on the same people, who say the same."""

    def __init__(self, encoder: Encodes, size: int = 20_000) -> None:
        self._one = lru_cache(maxsize=size)(lambda text: encoder.encode([text])[0])
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Encodes."""
        if len(texts) > 64:  # a catalogue's own texts, not messages
            return self._encoder.encode(texts)
        return np.stack([self._one(text) for text in texts]) if texts else self._encoder.encode(texts)


class Conversation:
    """One conversation of a newcomer with an agent whose memory is a `Notebook`."""

    def __init__(self, agent: Agent, name: str) -> None:
        assert isinstance(agent.memory, Notebook)
        self.agent, self.name, self.turns = agent, name, 0

    def turn(
        self, message: str, withholds: Callable[[int], bool] = lambda _: False
    ) -> tuple[tuple[int, ...], Question | None, Understanding, Profile]:
        """Rows shown, the question asked, what was understood and what is believed after it.

        `withholds` says, of how many items could be shown, whether a question is asked instead of showing any.
        """
        agent, self.turns = self.agent, self.turns + 1
        log = agent.memory.of_user(self.name)
        state: State = {
            "conversation": self.name,
            "user": self.name,
            "number": self.turns,
            "message": message,
            "cancel": threading.Event(),
            "log": log,
            "before": fold(log, self.name, agent.catalogue),
            "started": time.perf_counter(),
            "timings": {},
        }
        for node in (agent.understand, agent.profile, agent.decide):
            state |= node(state)
        if state["route"] == "recommend":
            state |= agent.recommend(state)
            asked, after = state["question"], state["after"]
            if asked is not None and withholds(state["ranked"].eligible):
                state["ranked"] = replace(state["ranked"], items=())
            parts = reply.listing(
                state["understanding"], after, state["ranked"], asked, Explained(), agent.catalogue, agent.writer
            )
            state |= {"parts": parts}
        else:
            state |= {"explain": agent.explain, "ask": agent.ask, "answer": agent.answer}[state["route"]](state)
        state |= {"text": "", "grounded": True}
        agent.remember(state)
        rows = tuple(scored.item for scored in state["ranked"].items) if "ranked" in state else ()
        return rows, state["parts"].question, state["understanding"], state["after"].profile
