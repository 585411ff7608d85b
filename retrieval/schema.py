"""The values that the retrieval side is made of. All are frozen; none knows of conversations.

Conventions: item and user ids are the data set's own, as strings. Inside rankers an item is its row in the
catalogue (`int`). Times are Unix seconds in the data's own calendar. Strengths are signed, in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FieldKind = Literal["number", "category", "tags", "list", "text", "date", "flag"]
Value = str | int | float | bool | tuple[str, ...]
Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in", "includes", "excludes"]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
EMPTY: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Field:
    """One declared attribute of the catalogue's items; understanding is driven by these, never by code.

    `more`/`less` are comparative words for larger/smaller values ("newer"/"older", "longer"/"shorter").
    `values` maps a canonical value to other words for it ("Sci-Fi" -> "science fiction", "scifi").
    `asked` is false for what nobody could say of what they are after (how many votes it has): the bot won't ask.
    """

    name: str
    kind: FieldKind
    label: str = ""
    unit: str | None = None  # "minutes", "year", "$", "stars"; "year" makes decades readable
    synonyms: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    asked: bool = True


@dataclass(frozen=True)
class Schema:
    """What a catalogue says of itself.

    `noun` is what one item is called ("film"), `nouns` every word that means an item, singular and plural;
    `rating` is the (lowest, neutral, highest) value of an interaction, or None if behaviour has no ratings.
    """

    name: str
    title: str
    noun: str
    plural: str
    nouns: tuple[str, ...]
    fields: tuple[Field, ...]
    verb: str = "try"  # what one does with an item: "watch", "buy", "read"
    rating: tuple[float, float, float] | None = None
    rating_unit: str = "stars"
    source: str = ""  # attribution shown to people

    def field(self, name: str) -> Field:
        """The declared field of that name; KeyError names those there are."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"{name!r} is not a field of {self.name}: {', '.join(f.name for f in self.fields)}")


@dataclass(frozen=True)
class Item:
    """One row of the catalogue. An unknown attribute is absent from `attributes`, never 0 or ''."""

    id: str
    title: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    text: str = ""  # description, if the catalogue has one
    aliases: tuple[str, ...] = ()  # other titles it is known by: the original, "also known as"


@dataclass(frozen=True)
class Interactions:
    """Behaviour as parallel arrays, sorted by user, then time, then source order.

    `users` and `items` index `user_ids` and the catalogue's rows; `values` are raw (stars, counts);
    `strengths` are `values` mapped to [-1, 1]; `times` are Unix seconds.
    """

    user_ids: tuple[str, ...]
    users: IntArray  # [n_events]
    items: IntArray  # [n_events]
    values: FloatArray  # [n_events]
    strengths: FloatArray  # [n_events]
    times: IntArray  # [n_events]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class ReviewSentence:
    """One sentence that somebody wrote about an item. `id` tells reviews apart and names nobody.

    `value` is the raw rating, None without one; `strength` that rating in [-1, 1], 0 without one; `time` Unix seconds,
    0 if unknown; `helpful` the votes that found the review helpful.
    """

    id: str
    text: str
    value: float | None
    strength: float
    time: int
    helpful: int


@dataclass(frozen=True)
class CleaningReport:
    """Rows read and kept, and those set aside, by reason."""

    read: int
    kept: int
    set_aside: Mapping[str, int]


@dataclass(frozen=True)
class Dataset:
    """A source, read and cleaned: what `prepare` starts from."""

    schema: Schema
    items: tuple[Item, ...]
    interactions: Interactions
    reports: Mapping[str, CleaningReport]
    user_attributes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    reviews: Mapping[int, tuple[ReviewSentence, ...]] = field(default_factory=dict)  # by row
    links: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # by row: knowledge-graph neighbours, unnamed


@dataclass(frozen=True)
class Constraint:
    """A condition on one field. Hard ones filter; soft ones add to the score. Unknown never satisfies."""

    field: str
    op: Op
    value: Value
    hard: bool = True


@dataclass(frozen=True)
class Event:
    """One thing a user did with one item: in the data set, or said in a conversation."""

    id: str
    item: int  # row in the catalogue
    strength: float  # signed, [-1, 1]
    time: int  # Unix seconds, in the data's calendar
    value: float | None = None  # raw rating, where there is one


@dataclass(frozen=True)
class History:
    """A user's events, oldest first: the input of every ranker. `now` is the time of the request."""

    events: tuple[Event, ...] = ()
    now: int = 0


@dataclass(frozen=True)
class Query:
    """One request to the recommender.

    `text` is the request in free words, scored by similarity (evidence: the message). `like` are rows whose
    neighbours are wanted ("something like Alien"). `exclude` rows never come back, `later` rows only when too few
    others are left. The last `told` events of the history were told in conversations: they count through what their
    items have in common too, and `hints` (what was chosen or refused beside others) only so. `shown` are the rows that
    this conversation has shown. `toward` are qualities, each with how much of it is wanted: ("funnier", 1), ("violent",
    -1) for less of it. `order` puts a field before the score: (its name, whether the largest come first); items of
    which it is not known stay out. `popular` asks for what everybody likes: the history is empty then. `capped` rows
    have had their share of exposure: they come only when too few others are left. `diversity` is the least of
    it, where less is set, and `long_tail` asks for what few know: the best known stay out (retrieval/choosing.py).
    """

    history: History
    k: int = 5
    constraints: tuple[Constraint, ...] = ()
    text: str = ""
    like: tuple[int, ...] = ()
    exclude: frozenset[int] = frozenset()
    later: frozenset[int] = frozenset()
    toward: tuple[tuple[str, float], ...] = ()
    order: tuple[str, bool] | None = None
    told: int = 0
    hints: tuple[Event, ...] = ()
    shown: tuple[int, ...] = ()
    popular: bool = False
    capped: frozenset[int] = frozenset()
    diversity: float = 0.0
    long_tail: bool = False

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that a contribution can rest on: the history, then the hints."""
        return (*self.history.events, *self.hints)


@dataclass(frozen=True)
class Contribution:
    """One named part of a score. `evidence` is an Event id, or None for a part that rests on no single event.

    `value` is raw and the values of one item add up to its score; `share` is what people are shown:
    (value - its mean over the eligible items) / sum of the positive such differences.
    """

    part: str
    evidence: str | None
    value: float
    share: float


@dataclass(frozen=True)
class Scored:
    """An item with its score and the exact sum it is made of."""

    item: int
    score: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class Ranked:
    """The recommender's answer. `moved` are rows whose place diversification changed.

    `eligible` counts items left by the hard constraints and exclusions, `excluded` those that only `Query.exclude` kept
    out, `barred` those that fit and only the operator's rules keep out (filled only when fewer than `k` were found),
    `well_known` those that fit and only `Query.long_tail` keeps out; `unknown` counts, by field, the items left out
    only because that field is not known for them; `relaxed` gives, for each hard constraint, how many
    items would be eligible without it (filled only when fewer than `k` were found). `head` are the best rows with their
    scores, before diversification.
    """

    items: tuple[Scored, ...]
    eligible: int
    excluded: int = 0
    barred: int = 0
    well_known: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    relaxed: Mapping[Constraint, int] = field(default_factory=dict)
    moved: frozenset[int] = frozenset()
    head: tuple[tuple[int, float], ...] = ()
