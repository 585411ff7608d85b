"""Conversations that ask for explanations: every kind of question, put to the bot as people put them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.assistant import Assistant
from bot.memory import behind
from bot.query import query_of
from bot.values import Stage, Turn
from retrieval.schema import Query

POPULAR = 400  # of the best known items, those that are asked about
_KNOWING = frozenset({"why_not_known", "what_if_never"})  # questions about something in the history


@dataclass(frozen=True)
class Asked:
    """One question with its answer, and the list that it is about.

    `query` made the list; `now` is what would be asked of the recommender at the moment of the question. `rows` are the
    items that the question names, `place` the rank of the first of them on the list (0: not on it).
    """

    kind: str
    user: str
    opening: tuple[str, ...]
    message: str
    turn: Turn
    told: str
    listed: tuple[int, ...]
    query: Query
    now: Query
    rows: tuple[int, ...]
    field: str
    first_ms: float
    total_ms: float

    @property
    def place(self) -> int:
        """The rank of the item asked about."""
        return 1 + self.listed.index(self.rows[0]) if self.rows and self.rows[0] in self.listed else 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the reply says in words of the writer."""
        return (self.told,) if self.told else ()


@dataclass
class Player:
    """Talks with one assistant, reproducibly."""

    assistant: Assistant
    seed: int = 0
    _rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)

    # -- who asks --------------------------------------------------------------------------------------------------

    def whys(self, user: str, places: Sequence[int]) -> Iterator[Asked]:
        """A plain request, then "why number n?" for some of the list."""
        talk = _Talk(self, user, [self._say("requests", "plain")])
        for place in places:
            if place <= len(talk.listed):
                row = talk.listed[place - 1]
                yield talk.ask("why", self._filled("why", [row], talk.listed), [row])

    def conversation(self, user: str) -> Iterator[Asked]:
        """One opening, then one question of each kind that makes sense."""
        talk = _Talk(self, user, self._opening(user))
        if not talk.listed:
            return
        kinds = list(templates()["questions"])
        self._rng.shuffle(kinds)
        for kind in kinds:
            named = self._named(kind, talk)
            if named is not None:
                rows, name = named
                yield talk.ask(kind, self._filled(kind, rows, talk.listed, name), rows, name)

    def _opening(self, user: str) -> list[str]:
        kind = self._rng.choice(
            ["plain", "value", "value", "alike", "liked"] if user != "new" else ["value", "alike", "liked"]
        )
        if kind == "liked":
            rows = self._rng.sample(self.known, min(2, len(self.known)))
            return [
                *(self._say("requests", "liked", title=self._title(row)) for row in rows),
                self._say("requests", "plain"),
            ]
        if kind == "alike":
            return [self._say("requests", "alike", title=self._title(self._rng.choice(self.known)))]
        if kind == "value" and self.values:
            return [self._say("requests", "value", value=self._rng.choice(self.values))]
        return [self._say("requests", "plain")]

    def _named(self, kind: str, talk: _Talk) -> tuple[list[int], str] | None:
        """The items and the field that a question of this kind is about; None if there is nothing to ask."""
        listed, past = talk.listed, self._past(talk.user)
        unknown = [row for row in self.known if row not in past and row not in listed]
        if kind in _KNOWING:
            mine = [row for row in past if row in self.unique]
            weighty = [row for row in talk.weighty if row in self.unique]
            pool = weighty if kind == "what_if_never" and weighty else mine
            return ([self._rng.choice(pool)], "") if pool else None
        if kind in ("why_not", "takes", "what_if_liked", "what_if_hated", "verdict"):
            return ([self._rng.choice(unknown)], "") if unknown else None
        if kind == "compare":
            return (self._rng.sample([*listed, *unknown[:20]], 2), "") if len(listed) + len(unknown) > 1 else None
        if kind == "above":
            return ([*listed[:2]], "") if len(listed) > 1 else None
        if kind in ("why", "how_come", "sure_of", "matters_for"):
            return [self._rng.choice(listed)], ""
        if kind == "what_if_without":
            fields = sorted({c.field for c in talk.query.constraints})
            return ([], self._rng.choice(fields)) if fields else None
        if kind == "asking":
            return ([], "") if talk.question else None
        return [], ""

    def _filled(self, kind: str, rows: Sequence[int], listed: Sequence[int], name: str = "") -> str:
        slots: dict[str, Any] = {}
        if rows:
            slots["title"] = self._title(rows[0])
            place = listed.index(rows[0]) if rows[0] in listed else 0
            slots |= {"place": place + 1, "ordinal": templates()["ordinals"][place % 5]}
        if len(rows) > 1:
            slots["other"] = self._title(rows[1])
        if name:
            slots["label"] = self.assistant.catalogue.schema.field(name).label
        return self._say("questions", kind, unique=not rows or rows[0] in self.unique, **slots)

    def _say(self, section: str, kind: str, unique: bool = True, **slots: Any) -> str:
        options = templates()[section][kind]
        if not unique:  # a title that several items bear has to be asked for by its place
            options = [option for option in options if "{title}" not in option] or options
        schema = self.assistant.catalogue.schema
        return str(self._rng.choice(options)).format(noun=schema.noun, plural=schema.plural, verb=schema.verb, **slots)

    # -- what is asked about ---------------------------------------------------------------------------------------

    @cached_property
    def unique(self) -> frozenset[int]:
        """Rows whose title no other item bears, nor holds another item's title."""
        titles: dict[str, list[int]] = {}
        for row, item in enumerate(self.assistant.catalogue.items):
            titles.setdefault(item.title.casefold(), []).append(row)
        return frozenset(rows[0] for title, rows in titles.items() if len(rows) == 1 and len(title) > 4)

    @cached_property
    def known(self) -> list[int]:
        """The best known items of those."""
        counts = self.assistant.catalogue.counts
        return sorted(self.unique, key=lambda row: (-int(counts[row]), row))[:POPULAR]

    @cached_property
    def values(self) -> list[str]:
        """Values of categories and tags that at least a fiftieth of the items have."""
        catalogue = self.assistant.catalogue
        out = []
        for one in catalogue.schema.fields:
            if one.kind in ("category", "tags") and one.asked:
                least = max(2, len(catalogue.items) // 50)
                out += [str(value) for value, rows in catalogue.members(one.name).items() if len(rows) >= least]
        return sorted(out)

    def _past(self, user: str) -> tuple[int, ...]:
        return () if user == "new" else tuple(self.assistant.catalogue.rows_of(behind(user)))

    def _title(self, row: int) -> str:
        return self.assistant.catalogue.items[row].title


class _Talk:
    """One conversation: an opening whose list is asked about."""

    def __init__(self, player: Player, user: str, opening: Sequence[str]) -> None:
        self.assistant, self.user, self.opening = player.assistant, user, tuple(opening)
        someone = user if user == "new" else self.assistant.guest(user)
        self.conversation = self.assistant.new_conversation(someone)
        self.person = self.assistant.user_of(self.conversation)
        for message in opening:
            turn = self.assistant.turn(self.conversation, message)
        self.listed = tuple(scored.item for scored in turn.ranked.items) if turn.ranked else ()
        self.question = turn.question
        standing = self.assistant.standing(self.conversation)
        self.query = _traced(turn, "recommend").get("query") or query_of(
            standing, self.person, self.assistant.catalogue
        )
        events = {event.id: event.item for event in self.query.history.events}
        shares = sorted(
            ((c.share, c.evidence) for one in (turn.ranked.items if turn.ranked else ()) for c in one.contributions),
            key=lambda pair: -pair[0],
        )
        self.weighty = tuple(dict.fromkeys(events[e] for _, e in shares[:8] if e in events))

    def ask(self, kind: str, message: str, rows: Sequence[int], name: str = "") -> Asked:
        """One question, timed as it is streamed."""
        standing = self.assistant.standing(self.conversation)
        now = query_of(standing, self.person, self.assistant.catalogue)
        start, first, turn = time.perf_counter(), 0.0, None
        for step in self.assistant.stream(self.conversation, message):
            if isinstance(step, Turn):
                turn = step
            elif isinstance(step, Stage) and step.text.strip():
                first = first or time.perf_counter() - start
        total = time.perf_counter() - start
        assert turn is not None
        parts = _traced(turn, "explain").get("parts")
        told = ""
        if parts is not None and parts.narrated:
            told = turn.reply.removeprefix(parts.before().strip()).removesuffix(parts.after().strip()).strip()
        elif parts is not None:
            told = " ".join(text if text.endswith((".", "!", "?", "”")) else f"{text}." for text, _ in parts.cards)
        return Asked(
            kind, self.user, self.opening, message, turn, told, self.listed, self.query, now, tuple(rows), name,
            1e3 * first, 1e3 * total,
        )  # fmt: skip


def _traced(turn: Turn, stage: str) -> Mapping[str, Any]:
    """What a stage of the turn gave."""
    return next((step["output"] for step in turn.trace if step["stage"] == stage), {}) or {}


def people(assistant: Assistant, count: int) -> list[str]:
    """Data-set users from the heaviest to the lightest, and newcomers: a fifth, or all if nobody is known."""
    users = [user for user, _ in assistant.users(max(1, count - count // 5))] if count > 1 else []
    return [*users, *["new"] * (count - len(users))]


@lru_cache
def templates() -> Mapping[str, Any]:
    """`prompts/people/asking.yaml`."""
    text = files("prompts").joinpath("people", "asking.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found
