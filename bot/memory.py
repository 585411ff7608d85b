"""The event log: the only place where anything about a person is kept.

One append-only table. Every event is tagged with user, conversation, turn and branch; a profile and a transcript are
folds over it (see `bot.profile`). `undo` appends an event that names the turns it takes back, and opens a new branch;
to redo is to take back the `undo`. Nothing is rewritten. The one exception is `forget`, which really deletes.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from retrieval.disk import refusal
from retrieval.errors import BecauseError

Payload = Mapping[str, Any]

_metadata = sa.MetaData()
_events = sa.Table(
    "events",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("conversation", sa.String, nullable=False, index=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("branch", sa.Integer, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("events_of_user", "dataset", "user"),
    sqlite_autoincrement=True,
)
# Which browser is which person: a digest of the browser's secret, never the secret.
_visitors = sa.Table(
    "visitors",
    _metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("dataset", sa.String, primary_key=True),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("conversation", sa.String, nullable=False),
)


@dataclass(frozen=True)
class LogEvent:
    """One row of the log. `at` is Unix seconds of this machine's clock, not of the data's calendar."""

    id: int
    user: str
    conversation: str
    turn: int
    branch: int
    kind: str
    payload: Payload
    at: float


class Memory:
    """Users, events and transcripts of one data set in one SQL database.

    `over` makes this a throw-away overlay: reads see both, writes go only here.
    """

    def __init__(self, url: str, dataset: str, over: Memory | None = None) -> None:
        self.dataset = dataset
        self._over = over
        in_memory = url == "sqlite://"
        self._engine = sa.create_engine(
            url,
            hide_parameters=True,  # what people say does not belong in error messages
            **({"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}} if in_memory else {}),
        )
        if url.startswith("sqlite"):
            sa.event.listen(self._engine, "connect", _sqlite_pragmas)
        try:
            _metadata.create_all(self._engine)
        except sa.exc.DBAPIError as error:
            file = sa.make_url(url).database if url.startswith("sqlite") else None
            raise BecauseError(
                (refusal(Path(file).parent) if file else "")
                or f"The event log at {url} cannot be opened ({error.orig}); a readable and writable SQLite file or"
                " database URL is needed: move the damaged file away, or set BECAUSE_HOME to another folder."
            ) from error

    @classmethod
    def at(cls, home: Path, dataset: str) -> Memory:
        """The log of this data folder, made when it is not there yet."""
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BecauseError(
                f"The data folder {home} cannot be made ({error.strerror}); a folder that you may write to is needed:"
                " set BECAUSE_HOME to one."
            ) from error
        return cls(f"sqlite:///{home / 'because.sqlite'}", dataset)

    def overlay(self) -> Memory:
        """A throw-away layer above this log: it sees everything and keeps nothing."""
        return Memory("sqlite://", self.dataset, over=self)

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    # -- writing ---------------------------------------------------------------------------------------------------

    def open_conversation(self, user: str, name: str | None = None) -> str:
        """Start a conversation of this user and return its id, fresh unless `name` is given."""
        conversation = name or secrets.token_hex(6)
        self.append(user, conversation, turn=0, events=[("open", {})])
        return conversation

    def append(self, user: str, conversation: str, turn: int, events: Iterable[tuple[str, Payload]]) -> None:
        """Write one turn's events in one transaction: all of them, or none."""
        branch = len(self._read(sa.and_(_events.c.conversation == conversation, _events.c.kind == "undo")))
        rows = [
            {
                "dataset": self.dataset,
                "user": user,
                "conversation": conversation,
                "turn": turn,
                "branch": branch,
                "kind": kind,
                "payload": dict(payload),
                "at": time.time(),
            }
            for kind, payload in events
        ]
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(_events), rows)
        except sa.exc.OperationalError as error:
            raise BecauseError(
                f"This turn could not be saved ({error.orig}); what was saved before is intact: make room on the disk"
                " or close the other program that holds the event log, and say it again."
            ) from error

    # -- reading ---------------------------------------------------------------------------------------------------

    def log(self, conversation: str) -> tuple[LogEvent, ...]:
        """Every event of a conversation, oldest first, what was undone included."""
        return self._read(_events.c.conversation == conversation)

    def of_user(self, user: str) -> tuple[LogEvent, ...]:
        """Every event of a user but those of which no belief is made; all conversations, oldest first."""
        return self._read(sa.and_(_events.c.user == user, _events.c.kind.not_in(("reply", "explanation_rating"))))

    def everything(self, user: str) -> tuple[LogEvent, ...]:
        """Really every event of a user."""
        return self._read(_events.c.user == user)

    def opinions(self, until: int | None = None) -> tuple[LogEvent, ...]:
        """What everybody said of items, what takes it back, and who asked to be forgotten; up to and including event
        `until`. Oldest first."""
        kinds = _events.c.kind.in_(("like", "dislike", "seen", "retract", "undo", "forgotten"))
        return self._read(kinds if until is None else sa.and_(kinds, _events.c.id <= until))

    def shown(self, places: int) -> tuple[str, ...]:
        """The ids on the last `places` places of everybody's lists, latest first, also what was taken back since."""
        found: list[str] = []
        query = (
            sa.select(_events.c.payload["shown"])
            .where(_events.c.dataset == self.dataset, _events.c.kind == "turn")
            .order_by(_events.c.id.desc())
        )
        with self._engine.connect() as connection:
            for (listed,) in connection.execute(query):
                found += reversed(listed or ())
                if len(found) >= places:
                    break
        if self._over and len(found) < places:
            found += self._over.shown(places - len(found))
        return tuple(found[:places])

    def explanation_ratings(self) -> tuple[LogEvent, ...]:
        """What everybody thinks of explanations, and what takes it back; oldest first."""
        return self._read(_events.c.kind.in_(("explanation_rating", "undo")))

    def owner(self, conversation: str) -> str | None:
        """Whose conversation this is; None if there is no such conversation."""
        opened = self._read(sa.and_(_events.c.conversation == conversation, _events.c.kind == "open"))
        return opened[0].user if opened else None

    def has_user(self, user: str) -> bool:
        """Whether this user ever talked with the bot."""
        return bool(self.of_user(user))

    def conversations(self, user: str) -> tuple[LogEvent, ...]:
        """The first live turn of each of the user's conversations, newest first."""
        first: dict[str, LogEvent] = {}
        for event in live(self.of_user(user)):
            if event.kind == "turn":
                first.setdefault(event.conversation, event)
        return tuple(sorted(first.values(), key=lambda event: -event.at))

    def _read(self, condition: sa.ColumnElement[bool]) -> tuple[LogEvent, ...]:
        below = self._over._read(condition) if self._over else ()
        query = sa.select(_events).where(_events.c.dataset == self.dataset, condition).order_by(_events.c.id)
        # An overlay numbers its events after those of the log below, so that ids stay unique and in order.
        offset = _OVERLAY if self._over else 0
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return below + tuple(
            LogEvent(
                row["id"] + offset, row["user"], row["conversation"], row["turn"], row["branch"], row["kind"],
                row["payload"], row["at"],
            )
            for row in rows
        )  # fmt: skip

    # -- people ----------------------------------------------------------------------------------------------------

    def forget(self, user: str) -> int:
        """Really delete a user's events and leave a tombstone, so that data-set behaviour is no longer used either.

        Returns how many events were deleted.
        """
        of_user = (_events.c.user == user, _events.c.dataset == self.dataset)
        with self._engine.begin() as connection:
            deleted = connection.execute(sa.delete(_events).where(*of_user)).rowcount
            connection.execute(
                sa.delete(_visitors).where(_visitors.c.user == user, _visitors.c.dataset == self.dataset)
            )
            connection.execute(
                sa.insert(_events).values(
                    dataset=self.dataset,
                    user=user,
                    conversation="",
                    turn=0,
                    branch=0,
                    kind="forgotten",
                    payload={},
                    at=time.time(),
                )
            )
        return int(deleted)

    def visitor(self, secret: str) -> tuple[str, str] | None:
        """The (user, conversation) that a browser with this secret last had; None for a stranger."""
        query = sa.select(_visitors.c.user, _visitors.c.conversation).where(
            _visitors.c.digest == _digest(secret), _visitors.c.dataset == self.dataset
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.user, row.conversation) if row else None

    def set_visitor(self, secret: str, user: str, conversation: str) -> None:
        """Remember who the browser with this secret is now."""
        key = {"digest": _digest(secret), "dataset": self.dataset}
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_visitors).filter_by(**key))
            connection.execute(sa.insert(_visitors).values(**key, user=user, conversation=conversation))


_OVERLAY = 1_000_000_000


def new_user() -> str:
    """A fresh id for someone that no data set knows."""
    return f"new-{secrets.token_hex(4)}"


def guest(user: str) -> str:
    """A fresh person who starts from a data-set user's behaviour and shares nothing else with anyone."""
    return f"{user}~{secrets.token_hex(4)}"


def behind(user: str) -> str:
    """Whose data-set behaviour a person has: their own, or that of the user they are a guest of."""
    return user.partition("~")[0]


def live(events: Sequence[LogEvent]) -> tuple[LogEvent, ...]:
    """The events still in force: those of no turn that a later `undo` in force took back, be it an `undo` itself."""
    undone: set[tuple[str, int]] = set()
    for event in reversed(events):
        if event.kind == "undo" and (event.conversation, event.turn) not in undone:
            undone.update((event.conversation, turn) for turn in event.payload["turns"])
    return tuple(event for event in events if (event.conversation, event.turn) not in undone)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
