"""`because evaluate dialogue`: the same simulated people talk with every policy."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.agent import Agent
from bot.evaluation import held_out
from bot.evaluation.conversation import Conversation, Notebook, Remembering, Unexplained
from bot.evaluation.figures import report
from bot.evaluation.likeness import Likeness
from bot.evaluation.people import KINDS, Kind, Person, kind, people
from bot.evaluation.person import Said, Seen, Talker
from bot.evaluation.policies import POLICIES, Policy
from bot.evaluation.wishes import Wishes
from bot.understand import Reader
from bot.values import Profile, Question, Understanding
from bot.writer import Writer
from retrieval.catalogue import Mask
from retrieval.errors import UsageError
from retrieval.recommend import Encodes
from retrieval.schema import Constraint

TURNS = 5
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Exchange:
    """One turn: what the person said, and what the bot understood, showed and asked."""

    said: Said
    items: tuple[int, ...]
    question: Question | None
    understanding: Understanding
    profile: Profile
    violations: tuple[tuple[int, Constraint], ...]  # rows shown against what was stated by then
    contradictions: tuple[str, ...]  # what of, by name


@dataclass(frozen=True)
class Dialogue:
    """One person with one policy. Turns count from 1; 0 stands for never."""

    person: Person
    exchanges: tuple[Exchange, ...]
    found: int  # the turn whose list had the target
    accepted: int  # the first turn whose list had an item that satisfies every hidden wish

    @property
    def questions(self) -> int:
        """How many the policy asked; "which title?" and offers to drop a condition come with any policy."""
        asked = (exchange.question for exchange in self.exchanges)
        return sum(question is not None and bool(question.field or question.pair) for question in asked)


@dataclass
class Ledger:
    """What a person has said in truth, against which the bot's turns are checked."""

    wishes: Wishes
    stated: dict[Constraint, Mask] = field(default_factory=dict)
    liked: set[int] = field(default_factory=set)
    rejected: set[int] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    pairs: set[frozenset[int]] = field(default_factory=set)

    def hear(self, said: Said) -> None:
        """Note what is said."""
        self.stated |= {c: self.wishes.satisfying((c,)) for c in said.stated}
        self.liked |= set(said.liked)
        self.rejected |= set(said.rejected)
        self.settled |= set(said.settled)

    def violations(self, items: Sequence[int]) -> tuple[tuple[int, Constraint], ...]:
        """Items shown against a stated constraint."""
        return tuple((row, c) for row in items for c, mask in self.stated.items() if not mask[row])

    def contradictions(self, items: Sequence[int], question: Question | None, profile: Profile) -> tuple[str, ...]:
        """Asked what was said or asked before, shown what was rejected, believed the opposite of what was said."""
        out = ["shown_again" for row in items if row in self.rejected]
        if question is not None and question.field in self.settled:
            out.append("asked_again")
        if question is not None and question.pair:
            out += ["asked_again"] if frozenset(question.pair) in self.pairs else []
            self.pairs.add(frozenset(question.pair))
        if question is not None and question.field:
            self.settled.add(question.field)
        for believed in profile.constraints:
            mask = self.wishes.satisfying((believed,))
            against = (c for c, own in self.stated.items() if c.field == believed.field and not (mask & own).any())
            out += ["opposite" for _ in against if believed.hard]
        out += ["opposite" for row in profile.items("disliked") if row in self.liked]
        out += ["opposite" for row in profile.items("liked") if row in self.rejected]
        return tuple(out)


@dataclass(frozen=True)
class World:
    """One catalogue with its simulated people and what every agent shares."""

    recommender: Unexplained
    reader: Reader
    writer: Writer
    wishes: Wishes
    likeness: Likeness
    of: Kind
    people: tuple[Person, ...]

    @classmethod
    def open(
        cls, home: Path, dataset: str, encoder: Encodes, of: str, dialogues: int, seed: int, progress: Progress
    ) -> World:
        """A prepared data set, with a ranker that never saw the people."""
        if of not in KINDS:
            raise UsageError(f"There are no people of the kind {of!r}; there are {', '.join(KINDS)}.")
        remembering = Remembering(encoder)
        whole, split = held_out.recommender(
            home, dataset, remembering, lambda _, done: progress("training without them", round(100 * done), 100)
        )
        catalogue = whole.catalogue
        recommender = Unexplained(catalogue, whole.index, whole.ranker, remembering)
        drawn = people(catalogue, split.tuning if of == "tuning" else split.final, kind(of), dialogues, seed)
        return cls(
            recommender,
            Reader(catalogue, remembering, home / "cache"),
            Writer(None, catalogue),
            Wishes(catalogue),
            Likeness(catalogue, whole.index.vectors),
            kind(of),
            drawn,
        )

    def talk(self, person: Person, policy: Policy, turns: int) -> Dialogue:
        """One dialogue, until the target is shown."""
        agent = Agent(self.recommender, Notebook(), self.reader, self.writer, policy.ask)
        conversation, talker = Conversation(agent, person.seed), Talker(person, self.of, self.wishes, self.likeness)
        ledger, wanted = (
            Ledger(self.wishes),
            self.wishes.satisfying(tuple(c for w in person.wishes for c in w.constraints)),
        )
        exchanges: list[Exchange] = []
        accepted = 0
        said = talker.open()
        for turn in range(1, turns + 1):
            ledger.hear(said)
            rng = random.Random(f"{person.seed} policy {turn}")
            withholds = partial(policy.withholds, last=turn == turns, rng=rng)
            items, question, understanding, profile = conversation.turn(said.message, withholds)
            accepted = accepted or (turn if any(wanted[row] for row in items) else 0)
            broken, contradicted = ledger.violations(items), ledger.contradictions(items, question, profile)
            exchanges.append(Exchange(said, items, question, understanding, profile, broken, contradicted))
            if person.target in items:
                return Dialogue(person, tuple(exchanges), turn, accepted)
            said = talker.reply(turn + 1, Seen(items, question))
        return Dialogue(person, tuple(exchanges), 0, accepted)


def evaluate(
    home: Path,
    dataset: str,
    encoder: Encodes,
    of: str = "tuning",
    dialogues: int = 1000,
    turns: int = TURNS,
    seed: int = 0,
    policies: Sequence[str] | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> dict[str, Any]:
    """The report of `bot.evaluation.figures.report` for these policies, all when None, on the same people."""
    names = policies or tuple(POLICIES)
    if unknown := [name for name in names if name not in POLICIES]:
        raise UsageError(f"There is no policy {unknown[0]!r}; there are {', '.join(POLICIES)}.")
    if dialogues < 1 or turns < 1:
        raise UsageError(f"{dialogues} dialogues of {turns} turns cannot be measured; give at least one of each.")
    world = World.open(home, dataset, encoder, of, dialogues, seed, progress)
    talks: dict[str, list[Dialogue]] = {}
    for name in names:
        talks[name] = []
        for person in world.people:
            progress(name, len(talks[name]), dialogues)
            talks[name].append(world.talk(person, POLICIES[name], turns))
        progress(name, dialogues, dialogues)
    return {"dataset": dataset, "people": of, "seed": seed, **report(talks, turns, seed)}
