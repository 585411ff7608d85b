"""The values that one turn passes from node to node. All frozen; the graph's nodes are functions over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from retrieval.schema import Constraint, Ranked

Act = Literal[
    "recommend", "refine", "like", "dislike", "seen", "rate", "why", "why_not", "what_if", "compare", "facts",
    "profile", "forget", "answer", "undo", "restart", "help", "smalltalk", "out_of_scope",
    "style",
]  # fmt: skip
Sentiment = Literal["like", "dislike", "seen", "neutral"]
ReasonKind = Literal[
    "because_you_liked", "because_you_disliked", "matches_request", "field_preference", "people_like_you", "popular",
    "linked", "review", "filtered", "already_seen", "disliked", "not_in_catalogue", "outscored", "diversified",
    "what_if", "certainty", "asking",
]  # fmt: skip
EvidenceKind = Literal["event", "message", "statistic", "link", "review"]


@dataclass(frozen=True)
class Mention:
    """An item named in a message: the words, the rows they may mean (best first), and what was said of it.

    One row: linked. Several: ambiguous, the bot asks. None: a title that the catalogue does not have.
    """

    text: str
    items: tuple[int, ...]
    sentiment: Sentiment = "neutral"
    rating: float | None = None  # in the schema's own scale, when one was said
    reference: bool = False  # "the second one", "that one", rather than a title


Style = Literal["brief", "detailed", "friendly", "no_numbers", "numbers", "usual"]
"""Wishes about how explanations are written; the last two only end others (`bot.styles`)."""

Asked = Literal[
    "", "above", "either", "takes", "leaves", "sure", "matters", "asking", "none", "verdict", "likest", "unlikest",
    "own", "in_force", "pick", "order", "considered",
]  # fmt: skip
"""Questions about the bot's own reasoning that need more than their act: why one item is above another, which of two,
what would bring an item in, how sure the bot is, what in the history matters most, why it asks what it asks, why
nothing of a kind is on the list, whether something would suit, which is the most or the least like something, what the
user rated or said of items, which conditions are in force, which of the list is the best, why it stands in its order,
from how many it was chosen."""

Own = Literal["", "highest", "lowest", "given", "all", "count", "latest", "earliest", "mean"]
"""What is asked of the user's own ratings and opinions: the extremes, those of the items named, all, how many, the last
and the first of them, their mean."""
Deed = Literal["rated", "liked", "disliked", "seen"]


Manner = Literal["popular", "varied", "unfamiliar"]
"""How a list is to be chosen, if not as usual: what everybody likes, more various, or less known."""


@dataclass(frozen=True)
class Supposition:
    """What a "what if" supposes: `said` as if it had been said, `without` rows whose events had never been.

    `nothing`: that nothing at all had been said or done. `words` are the user's own.
    """

    words: str
    said: Understanding | None = None
    without: tuple[int, ...] = ()
    nothing: bool = False

    @property
    def empty(self) -> bool:
        """Whether it could not be read as anything."""
        return self.said is None and not self.without and not self.nothing


@dataclass(frozen=True)
class Inquiry:
    """A question about the catalogue: how many items fulfil these conditions, or which values of `field` they have;
    with `rows`, which of those do, or what each has. With `own`, about what the user did with such items: `deed`, and
    with `value` that rating."""

    constraints: tuple[Constraint, ...] = ()
    field: str = ""
    rows: tuple[int, ...] = ()
    own: Own = ""
    deed: Deed = "rated"
    value: float | None = None


@dataclass(frozen=True)
class Understanding:
    """What one message says, in the catalogue's own terms."""

    message: str
    acts: tuple[Act, ...]
    mentions: tuple[Mention, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    relaxed: tuple[str, ...] = ()  # fields, values or manners that no longer matter ("the year doesn't matter")
    similar_to: tuple[int, ...] = ()  # rows: "something like Alien"
    more: bool = False  # "something else": the same request, other items
    rewatch: bool = False  # items already seen may come back
    redo: bool = False  # of "undo": it is the last undo that is taken back
    count: int | None = None
    text: str = ""  # the request's own words, for similarity search
    ignored: tuple[str, ...] = ()  # words of the request that nothing in the catalogue can answer
    forget: tuple[str, ...] = ()  # fields or values to drop from the profile ("forget that I hate romance": "romance")
    toward: tuple[tuple[str, float], ...] = ()  # qualities with how much of each: ("funnier", 1), ("violent", -1)
    order: tuple[str, bool] | None = None  # a field, and whether its largest values come first: "the shortest"
    preferred: tuple[int, ...] = ()  # rows chosen of a pair that was asked about
    unwanted: tuple[int, ...] = ()  # rows that must not be in the answer ("something other than Forrest Gump")
    manner: tuple[Manner, ...] = ()  # how the list is to be chosen: "what's popular?"
    beliefs: tuple[int, ...] = ()  # beliefs to drop, by the event they came from (a click in the taste panel)
    asked: Asked = ""  # which question about the bot's reasoning; of two mentions the first is the one put above
    supposed: Supposition | None = None  # of a "what if"; None if it supposes nothing that could be read
    style: tuple[Style, ...] = ()  # wishes about how explanations are written
    puzzled: bool = False  # the explanation before was not understood: it is given again, in detail
    inquiry: Inquiry | None = None  # of "facts" about no item but the catalogue
    notes: tuple[str, ...] = field(default=(), compare=False)  # for staff: who read the message, what was set aside

    @property
    def about(self) -> tuple[Mention, ...]:
        """The items that a question is about: not those of which the message says something besides."""
        return tuple(m for m in self.mentions if not self.asked or m.sentiment == "neutral")


@dataclass(frozen=True)
class Belief:
    """One thing the bot holds true of the user, and the turn or event it came from."""

    kind: Literal["liked", "disliked", "seen", "preferred", "refused", "passed", "constraint", "style"]
    event: int  # id in the event log
    item: int | None = None
    rating: float | None = None
    constraint: Constraint | None = None
    message: str = ""  # the user's own words, or "" for a button
    style: Style | None = None

    @property
    def event_id(self) -> str:
        """What the ranker and the evidence call the event; data-set behaviour has ids of another form."""
        return f"log:{self.event}"


@dataclass(frozen=True)
class Profile:
    """A fold over the event log: this conversation's beliefs and, apart, what earlier conversations left."""

    beliefs: tuple[Belief, ...] = ()
    earlier: tuple[Belief, ...] = ()

    def items(self, kind: str) -> tuple[int, ...]:
        """Rows that this conversation believes to be `kind` (liked, disliked, seen)."""
        return tuple(b.item for b in self.beliefs if b.kind == kind and b.item is not None)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The conditions in force."""
        return tuple(b.constraint for b in self.beliefs if b.constraint is not None)


@dataclass(frozen=True)
class Evidence:
    """Something that really happened or was really counted. `weight` is the signed share (see DESIGN)."""

    id: str  # "e1", numbered within the turn
    kind: EvidenceKind
    text: str  # "you gave Blade Runner 4.5 stars in March 2014"
    weight: float = 0.0
    item: int | None = None
    title: str = ""
    date: str = ""  # ISO date, "" if none


@dataclass(frozen=True)
class Claim:
    """One checkable statement: a phrase family in `prompts/phrases` and the values that fill it.

    Every value stands in the evidence or in the item's own attributes; the verifier checks the text against them.
    """

    kind: str  # key of a phrase family, e.g. "because_you_liked.rated"
    slots: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why, as a value: no words yet except the deterministic phrase, which the writer fills in as `text`."""

    item: int | None  # None: about the whole answer
    kind: ReasonKind
    claims: tuple[Claim, ...]
    evidence: tuple[str, ...]
    weight: float
    text: str = ""
    title: str = ""  # the item's title, for "not in the catalogue" the words used


@dataclass(frozen=True)
class Question:
    """What the bot asks, with options that are answers ("field" is "" when it asks about titles).

    `means` gives for each option the conditions that it stands for; `pair` are two rows of which one is to be chosen.
    """

    field: str
    text: str
    options: tuple[str, ...] = ()
    means: tuple[tuple[Constraint, ...], ...] = ()
    pair: tuple[int, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One finished exchange: what the page shows, the command line prints and memory stores."""

    conversation: str
    turn: int
    user: str
    understanding: Understanding
    profile: Profile
    reply: str
    ranked: Ranked | None = None
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    question: Question | None = None
    grounded: bool = True
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    trace: tuple[Mapping[str, Any], ...] = ()  # every stage's output, for staff
    # Of a what-if: the rows of the list as it was, and of the list made again
    supposed: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    # Which evidence each contribution rests on: (row, part, event id or None) -> evidence id
    cited: Mapping[tuple[int, str, str | None], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """Streamed while a turn runs: a stage that starts (`text` empty), or a piece of the reply (`name` "write")."""

    name: Literal["understand", "profile", "decide", "retrieve", "rank", "explain", "write", "verify", "remember"]
    text: str = ""
