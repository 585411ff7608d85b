"""A scripted bot over a handful of items: a test double for the page, with the agent's interface and none of its wits.

It understands "suggest N", "slow", "ask", "html" and "boom", keeps what it is told in memory, and answers in the
contract's JSON. `python tests/page_agent.py [PORT]` serves it, to look at the page without any data set.
"""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bot import feedback
from bot.memory import Memory, new_user
from bot.settings import Settings
from bot.speaking import language_of
from bot.values import Belief, Profile, Stage, Turn, Understanding
from retrieval.errors import UsageError
from retrieval.schema import Event, Field, Item, Schema

LONG = ", and Everything That Happened Afterwards"
TITLES = (
    ("The Lamp", 1994, ("Crime", "Drama")),
    ("Heat & Dust", 1983, ("Romance",)),
    ("<script>alert('x')</script><img src=x onerror=alert(1)>", 2001, ("Horror", "<b>Bold</b>")),
    (f"Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb{LONG}", 1964, ("Comedy", "War")),
    ("Supercalifragilisticexpialidocious", 1972, ("Musical",)),
    ("M", 1931, ("Crime", "Thriller")),
    ("A Winter's Tale", 2014, ("Drama", "Fantasy", "Romance", "Mystery")),
    ("Ikiru", 1952, ("Drama",)),
    ("Untold", None, ()),
    ("Paper Moon", 1973, ("Comedy", "Crime")),
    ("The Long Goodbye", 1973, ("Crime", "Thriller")),
)  # fmt: skip
SCHEMA = Schema(
    name="tiny", title="Tiny Films", noun="film", plural="films", nouns=("film", "films"), verb="watch",
    rating=(0.5, 3.0, 5.0),
    fields=(
        Field("genres", "tags", "genre"),
        Field("year", "number", "year", "year", more=("newer",), less=("older",)),
        Field("runtime", "number", "runtime", "minutes", more=("longer",), less=("shorter",)),
    ),
    source="Made up for tests",
)  # fmt: skip

COLUMNS = ("id", "kind", "item_id", "title", "text", "date", "weight")
EVIDENCE = (
    ("e1", "event", "i0", "The Lamp", "you gave The Lamp 4.5 stars in March 2014", "2014-03-09", 0.62),
    ("e2", "event", "i1", "Heat & Dust", "you gave Heat & Dust 1 star in May 2012", "2012-05-02", -0.21),
    ("e3", "statistic", None, "", "312 people rated it up to October 2016", "", 0.59),
)


@dataclass(frozen=True)
class TinyCatalogue:
    schema: Schema = SCHEMA
    items: tuple[Item, ...] = tuple(
        Item(f"i{n}", title, {k: v for k, v in {"genres": tags, "year": year, "runtime": 80 + 7 * n}.items() if v})
        for n, (title, year, tags) in enumerate(TITLES)
    )
    counts: Any = field(default_factory=lambda: np.arange(len(TITLES), 0, -1) * 10)

    def has_user(self, user_id: str) -> bool:
        return user_id in ("547", "12")

    def history(self, user_id: str) -> tuple[Event, ...]:
        return (Event(f"{user_id}:i0", 0, 1.0, 1_394_000_000, 5.0),) * 3 if self.has_user(user_id) else ()


class ScriptedAgent:
    """Keeps conversations in dictionaries; `pause` is the time each step of a turn takes."""

    def __init__(self, pause: float = 0.0) -> None:
        self.catalogue, self.pause = TinyCatalogue(), pause
        self.memory = Memory("sqlite://", "tiny")
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.owners: dict[str, str] = {}
        self.beliefs: dict[str, list[Belief]] = {}
        self.undone: list[dict[str, Any]] = []
        self.stopped: set[str] = set()
        self._ids = itertools.count(1)
        self._json: dict[tuple[str, int], dict[str, Any]] = {}

    # -- what the page asks ----------------------------------------------------------------------------------------

    def stream(self, conversation: str, message: str) -> Iterator[Stage | Turn]:
        count = int(m.group(1)) if (m := re.search(r"suggest (\d+)", message)) else 3
        if "boom" in message:
            raise RuntimeError("the script says boom")
        if "nonsense" in message:
            raise UsageError(f"{message!r} is not something to ask; ask for films.")
        text = f"Here are {count} films for you: **{message}**." if count else "Nothing fits all of that."
        if "break off" in message:
            text += " and then midway"
        if "table" in message:
            text = f"|  | before | then |\n|--:|:--|:--|\n| 1 | {TITLES[3][0]} | {TITLES[4][0]} |"
        if "html" in message:
            text += " <img src=http://example.org/x.png onerror=alert(1)> ![x](http://example.org/y.png) [l](http://example.org)"
        if "slow" in message:
            text += " word" * (4000 if "endless" in message else 40)
        if language_of(message) == "zh":
            text = f"为你推荐 {count} 个。"
        options = ["Crime", "Comedy"] if "ask" in message else []
        yield from self._turn(conversation, message, ["recommend"], text, range(count), options)

    def act(
        self, conversation: str, act: str, item: str | None = None, value: int | None = None, style: str = ""
    ) -> Iterator[Stage | Turn]:
        beliefs = self.beliefs.setdefault(conversation, [])
        rows = [n for n, known in enumerate(self.catalogue.items) if known.id == item]
        turns = self.kept[conversation]
        if act in ("like", "dislike", "seen"):
            kind: Any = {"like": "liked", "dislike": "disliked", "seen": "seen"}[act]
            beliefs.append(Belief(kind, next(self._ids), rows[0]))
            yield from self._turn(conversation, "", [act], f"Noted: {kind} {self.catalogue.items[rows[0]].title}.", ())
        elif act == "forget":
            self.beliefs[conversation] = [b for b in beliefs if b.event != value]
            yield from self._turn(conversation, "", ["forget"], "Forgotten.", ())
        elif act == "why":
            text = f"Why {self.catalogue.items[rows[0]].title}? You liked The Lamp."
            if style:
                beliefs.append(Belief("style", next(self._ids), style=style))  # type: ignore[arg-type]
                text += f" (In the style: {style}.)"
            yield from self._turn(conversation, "", ["why"], text, (), why=item)
        elif act == "retry":
            message = turns.pop()["message"]
            yield from self.stream(conversation, message)
        elif act == "undo":
            if turns:
                self.undone.append(turns.pop())
            yield Stage("understand")
            yield self._bare(conversation, "", ["undo"], "Taken back.")
        elif act == "redo":
            turns.append(self.undone.pop())
            yield self._bare(conversation, "", ["undo"], "Back again.", redo=True)
        else:
            raise UsageError(f"{act!r} is not an act.")

    def edit(self, conversation: str, message: str) -> Iterator[Stage | Turn]:
        self.kept[conversation].pop()
        yield from self.stream(conversation, message)

    def stop(self, conversation: str) -> None:
        self.stopped.add(conversation)

    def rate(self, conversation: str, about: feedback.About, answers: Mapping[str, Any] | None) -> None:
        rating = None if answers is None else feedback.read(answers)
        feedback.keep(self.memory, self.owners[conversation], conversation, about, rating)

    def ratings(self, conversation: str) -> dict[feedback.About, feedback.Rating]:
        return feedback.of_conversation(self.memory, conversation)

    def view(self, conversation: str) -> Profile:
        return Profile(tuple(self.beliefs.get(conversation, ())))

    def turns(self, conversation: str) -> tuple[dict[str, Any], ...]:
        return tuple(self.kept.get(conversation, ()))

    def conversations(self, user: str) -> list[tuple[str, str, str]]:
        return [
            (c, turns[0]["message"] or "(a click)", "2026-11-21")
            for c, turns in self.kept.items()
            if turns and self.owners[c] == user
        ]

    def new_conversation(self, user: str | None) -> str:
        conversation = f"c{next(self._ids)}"
        self.owners[conversation] = user or new_user()
        self.kept[conversation] = []
        return conversation

    def user_of(self, conversation: str) -> str:
        if conversation not in self.owners:
            raise UsageError(f"There is no conversation {conversation!r}; start a new one.")
        return self.owners[conversation]

    def guest(self, user: str) -> str:
        return f"{user}~{next(self._ids)}"

    def behaviour_of(self, user: str) -> str | None:
        source = user.split("~")[0]
        return source if self.catalogue.has_user(source) else None

    def forget(self, user: str) -> int:
        gone = [c for c, owner in self.owners.items() if owner == user]
        for c in gone:
            del self.owners[c], self.kept[c]
        self.memory.forget(user)
        return len(gone)

    def users(self, limit: int) -> list[tuple[str, int]]:
        return [("547", 2391), ("12", 61)][:limit]

    def to_json(self, turn: Turn) -> dict[str, Any]:
        return self._json[turn.conversation, turn.turn]

    # -- the script ------------------------------------------------------------------------------------------------

    def _bare(self, conversation: str, message: str, acts: list[Any], reply: str, redo: bool = False) -> Turn:
        number = next(self._ids)
        turn = Turn(
            conversation,
            number,
            self.owners[conversation],
            Understanding(message, tuple(acts), redo=redo),
            self.view(conversation),
            reply,
        )
        self._json[conversation, number] = {
            "conversation": conversation, "turn": number, "user": turn.user, "message": message, "acts": acts,
            "reply": reply, "ignored": [], "items": [], "reasons": [], "evidence": [], "profile": {}, "question": None,
            "grounded": True, "timings_ms": {"understand": 3.0, "rank": 21.0, "write": 90.0, "total": 120.0},
        }  # fmt: skip
        return turn

    def _turn(
        self, conversation: str, message: str, acts: list[Any], reply: str, rows: Any, options: Any = (),
        why: str | None = None,
    ) -> Iterator[Stage | Turn]:  # fmt: skip
        self.stopped.discard(conversation)
        for stage in ("understand", "profile", "retrieve", "rank", "explain"):
            time.sleep(0 if conversation in self.stopped else self.pause)
            yield Stage(stage)  # type: ignore[arg-type]
        words = reply.split(" ")
        for spoken, word in enumerate(words):
            if conversation in self.stopped:
                reply = " ".join(words[:spoken])
                break
            if word == "midway":
                raise RuntimeError("the script breaks off")
            time.sleep(self.pause / 4)
            yield Stage("write", word + " ")
        turn = self._bare(conversation, message, acts, reply)
        record = self._json[conversation, turn.turn]
        shown = [self.catalogue.items[row] for row in rows]
        record["items"] = [
            {
                "id": item.id, "title": item.title, "rank": rank, "score": 2.4 / rank,
                "attributes": {k: list(v) if isinstance(v, tuple) else v for k, v in item.attributes.items()},
                "contributions": [
                    {"part": "ease", "evidence": "e1", "value": 1.0, "share": 0.52},
                    {"part": "cosine", "evidence": "e1", "value": 0.2, "share": 0.1},
                    {"part": "ease", "evidence": "e2", "value": -0.3, "share": -0.21},
                    {"part": "popularity", "evidence": "e3", "value": 0.9, "share": 0.59},
                ],
            }
            for rank, item in enumerate(shown, 1)
        ]  # fmt: skip
        about = [item.id for item in shown] or ([why] if why else [])
        record["reasons"] = [
            {
                "item_id": i,
                "kind": "because_you_liked",
                "text": "Because you liked The Lamp.",
                "evidence": ["e1", "e2", "e3"],
                "weight": 0.62,
            }
            for i in about
        ]
        record["evidence"] = [dict(zip(COLUMNS, row, strict=True)) for row in EVIDENCE] if about else []
        record["question"] = {"field": "genres", "text": "Which?", "options": list(options)} if options else None
        self.kept[conversation].append(record)
        yield replace(turn, reply=reply)


if __name__ == "__main__":
    from bot.web.page import build, serve

    port = int(sys.argv[1]) if sys.argv[1:] else 7860
    with tempfile.TemporaryDirectory() as home:
        page = build(ScriptedAgent(pause=0.2), Settings(home=Path(home)))
        serve(page, "127.0.0.1", port)
        page.block_thread()
