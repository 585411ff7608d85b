"""Who explains: the bot, and controls that know nothing of the ranker. All answer "why this one?" of the same items."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bot.evaluation.explanations.faithfulness import Cited, Trial
from bot.evaluation.explanations.freely import Freely
from bot.evaluation.explanations.playing import Asked, Player
from bot.values import Claim, Reason
from bot.wording import month, percent, rating
from bot.writer import Writer
from bot.writer.model import LanguageModel, OutOfTime
from retrieval.recommend import Recommender
from retrieval.schema import Event, Query, Scored

CITED = 3  # items that a control names


@dataclass(frozen=True)
class Subject:
    """One recommendation, its question, and the bot's own answer to it."""

    trial: Trial
    scored: Scored
    recommender: Recommender
    asked: Asked

    @property
    def title(self) -> str:
        """The title of what is explained."""
        return self.recommender.catalogue.items[self.trial.target].title

    @property
    def titles(self) -> dict[str, int]:
        """The history's items by title."""
        return {self.recommender.catalogue.items[row].title: row for row in self.trial.rows}

    @cached_property
    def truths(self) -> tuple[Reason, ...]:
        """What an explanation may say: the bot's own claims, and of every event which way it counts."""
        shares: dict[str, float] = {}
        for c in self.scored.contributions:
            if c.evidence is not None:
                shares[c.evidence] = shares.get(c.evidence, 0.0) + c.share
        events = [self.reason(event, shares.get(event.id, 0.0)) for event in self.trial.history.events]
        return (*self.asked.turn.reasons, *events)

    def reason(self, event: Event, share: float) -> Reason:
        """What may be said of one event with this share, in the phrase families of the writer."""
        schema = self.recommender.catalogue.schema
        disliked = event.strength < 0
        kind = "because_you_disliked" if disliked else "because_you_liked"
        family = "rated" if event.value is not None else "used"
        if disliked != (share < 0):
            family = "raised" if disliked else "lowered"
        slots = {"title": self.title, "other": self.recommender.catalogue.items[event.item].title}
        slots["share"] = percent(share) if share > 0 else ""
        if event.value is not None:
            slots["rating"], slots["unit"] = rating(event.value, schema)
            slots["when"] = month(event.time)
        return Reason(self.trial.target, kind, (Claim(f"{kind}.{family}", slots),), (), share)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Answer:
    """An explanation: its sentences, what it cites, and how long it took (milliseconds)."""

    subject: Subject
    sentences: tuple[str, ...]
    cited: Cited
    first_ms: float
    total_ms: float

    @property
    def text(self) -> str:
        """The whole answer."""
        return " ".join(self.sentences)


Explainer = Callable[[Subject], Answer]
Order = Callable[[Subject], Sequence[int]]


def subjects(player: Player, user: str, places: Sequence[int]) -> list[Subject]:
    """Some of a user's list, each asked about in a conversation of their own."""
    recommender = player.assistant.agent.recommender
    out = []
    for asked in player.whys(user, places):
        query: Query = asked.query
        row = asked.listed[asked.place - 1]
        (scored,) = recommender.decompose(query, np.asarray([row], dtype=np.int64))
        rows = {event.id: event.item for event in query.history.events}
        shares: dict[int, float] = dict.fromkeys(rows.values(), 0.0)
        for c in scored.contributions:
            if c.evidence in rows:
                shares[rows[c.evidence]] += c.share
        eligible = recommender.retrieve(query).eligible
        trial = Trial(recommender.ranker, user, query.history, row, eligible, shares)
        out.append(Subject(trial, scored, recommender, asked))
    return out


def because(about: Subject) -> Answer:
    """The bot: the answer that it gave."""
    asked, titles = about.asked, about.titles
    lowering = {c.slots.get("other") for r in asked.turn.reasons if r.weight < 0 for c in r.claims}
    against = frozenset(row for title, row in titles.items() if title in lowering)
    return _answer(about, asked.sentences, against, None, asked.first_ms, asked.total_ms)


def control(choose: Order, writer: Writer) -> Explainer:
    """A control: items of the history chosen without the ranker, said to be the reasons in the same phrases."""

    def explain(about: Subject) -> Answer:
        start = time.perf_counter()
        order = list(choose(about))
        events = {event.item: event for event in about.trial.history.events}
        reasons = [_claimed(about, events[row]) for row in order[:CITED]]
        sentences, first = [], 0.0
        for sentence in writer.write(reasons, (), about.asked.message):
            first = first or time.perf_counter() - start
            sentences.append(sentence)
        spent = time.perf_counter() - start
        return _answer(about, sentences, frozenset(), tuple(order), 1e3 * first, 1e3 * spent)

    return explain


def orders(recommender: Recommender, seed: int) -> Mapping[str, Order]:
    """What the controls cite first, by name: the whole history in their order."""
    counts, vectors = recommender.catalogue.counts, recommender.index.vectors

    def at_random(about: Subject) -> Sequence[int]:
        rows = list(about.trial.rows)
        random.Random(f"{seed} {about.trial.user} {about.trial.target}").shuffle(rows)
        return rows

    def by_popularity(about: Subject) -> Sequence[int]:
        return sorted(about.trial.rows, key=lambda row: -int(counts[row]))

    def by_content(about: Subject) -> Sequence[int]:
        near = vectors @ vectors[about.trial.target]
        return sorted(about.trial.rows, key=lambda row: -float(near[row]))

    return {"random": at_random, "popular": by_popularity, "content": by_content}


def free(model: LanguageModel, seconds: float = 30.0) -> Explainer:
    """A language model that is told the item and the history, and writes what it likes; silent when out of time."""
    freely = Freely(model, seconds)

    def explain(about: Subject) -> Answer:
        start = time.perf_counter()
        try:
            text, first = freely.write(about)
        except OutOfTime:
            text, first = "", seconds
        sentences = [part for part in re.split(r"(?<=[.!?])\s+", text) if part]
        spent = time.perf_counter() - start
        return _answer(about, sentences, frozenset(), about.trial.rows, 1e3 * first, 1e3 * spent)

    return explain


def cited_rows(text: str, titles: Mapping[str, int], own: str) -> tuple[int, ...]:
    """The history's items that a text names, in its order; at each place the longest title."""
    known = sorted({*titles, own}, key=len, reverse=True)
    found = re.findall(rf"(?<!\w)({'|'.join(map(re.escape, known))})(?!\w)", text)
    return tuple(dict.fromkeys(titles[title] for title in found if title in titles and title != own))


def _answer(
    about: Subject,
    sentences: Sequence[str],
    against: frozenset[int],
    order: tuple[int, ...] | None,
    first: float,
    total: float,
) -> Answer:
    rows = cited_rows(" ".join(sentences), about.titles, about.title)
    return Answer(about, tuple(sentences), Cited(about.trial, rows, against, order), first, total)


def _claimed(about: Subject, event: Event) -> Reason:
    """That an event speaks for the item, whether it does or not."""
    reason = about.reason(event, 0.0)
    kind = "because_you_liked.rated" if event.value is not None else "because_you_liked.used"
    return replace(reason, kind="because_you_liked", claims=(replace(reason.claims[0], kind=kind),), weight=1.0)
