"""How sure, what matters most, and why a question is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bot import asking
from bot.explain import certainty, matters, question
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.profile import Standing
from bot.reasons.explained import Explained, Ground, Inquiry, ground
from bot.stored import question_from
from bot.values import Question
from retrieval.schema import Query

TRIED = 8  # events left out one by one


def explain_certainty(inquiry: Inquiry, row: int | None) -> Explained:
    """What the list rests on, and whether it holds without each of its weightiest events."""
    found, cases, book = _cases(inquiry, row)
    if not cases:
        return Explained(asked="nothing")
    weighed = matters.weights(cases if row is None else [case for case in cases if case.scored.item == row] or cases)
    events = tuple(event.id for event, share in weighed[:TRIED] if share)
    again = [without(inquiry, found.query, event) for event in events]
    kept = tuple(tuple(r for r in found.listed if r in listed) for listed in again)
    subject = row if row in found.listed else None
    told = [case for case in cases if subject is None or case.scored.item == subject]
    trial = certainty.Trial(tuple(told), events, kept, len(found.query.events), subject)
    place = None if subject is None else 1 + found.listed.index(subject)
    return Explained(certainty.reasons(trial), book.pieces, {}, subject, place, "sure")


def explain_weights(inquiry: Inquiry, row: int | None) -> Explained:
    """The events that matter most for the list, or for one item of it."""
    found, cases, book = _cases(inquiry, row)
    subject = row if row in found.listed else None
    told = tuple(case for case in cases if subject is None or case.scored.item == subject)
    if not told:
        return Explained(asked="nothing")
    replaced = []
    for event, share in matters.weights(told)[: matters.NAMED]:
        if share:
            again = without(inquiry, found.query, event.id) if subject is None else found.listed
            replaced.append((event.id, sum(r not in again for r in found.listed)))
    reasons = matters.reasons(matters.Weighed(told, tuple(replaced)))
    return Explained(reasons, book.pieces, {}, subject, None, "matters")


def without(inquiry: Inquiry, query: Query, event: str) -> tuple[int, ...]:
    """The list made again without one event; its item is known all the same, so it stays excluded."""
    events = query.history.events
    first_told = len(events) - query.told
    changed = replace(
        query,
        history=replace(query.history, events=tuple(e for e in events if e.id != event)),
        told=sum(e.id != event for e in events[first_told:]),
        hints=tuple(e for e in query.hints if e.id != event),
    )
    return inquiry.listed(changed)


def _cases(inquiry: Inquiry, row: int | None) -> tuple[Ground, list[Case], EvidenceBook]:
    found = ground(inquiry, row)
    book = found.book(inquiry.catalogue)
    scored = inquiry.recommender.decompose(found.query, np.asarray(found.listed, dtype=np.int64))
    cases = [
        Case(inquiry.catalogue, found.standing, found.query, one, book, place) for place, one in enumerate(scored, 1)
    ]
    return found, cases, book


# -- the bot's own question --------------------------------------------------------------------------------------------


def explain_asking(inquiry: Inquiry) -> Explained:
    """What the answer to the question that stands is expected to tell."""
    asked = _last_asked(inquiry)
    if asked is None:
        return Explained(asked="unasked")
    worth = question.Worth(asked)
    if asked.field or asked.pair:
        worth = _worth(inquiry, asked)
    reasons, evidence = question.reasons(worth, inquiry.catalogue)
    return Explained(reasons, evidence, asked="asking", question=asked)


def _last_asked(inquiry: Inquiry) -> Question | None:
    """The bot's last question, if it was not answered since; other questions in between do not matter."""
    for turn in reversed(inquiry.standing.turns):
        if turn.payload["question"] is not None:
            return question_from(turn.payload["question"], inquiry.catalogue)
        if "answer" in turn.payload["acts"] or turn.payload["shown"]:
            return None
    return None


def _worth(inquiry: Inquiry, asked: Question) -> question.Worth:
    """The expected information gain as it was when the question was chosen."""
    found = ground(inquiry)
    recommender, catalogue = inquiry.recommender, inquiry.catalogue
    candidates = recommender.retrieve(found.query)
    ranked = recommender.rank(found.query, candidates)
    before = _unasked(found.standing, asked)
    seen = asking.outlook(catalogue, recommender.index.vectors, before, candidates.eligible, ranked)
    missed = 1.0 - float(seen.probability @ seen.listed)
    worth = {field.label or field.name: asking.gain(seen, field) for field in seen.open_fields()}
    if asked.field:
        label = catalogue.schema.field(asked.field).label or asked.field
        bits = worth.pop(label, 0.0)
    else:
        bits, _ = asking.best_pair(seen)
    second = max(worth.items(), key=lambda entry: entry[1], default=None)
    if second is not None and not 0 < second[1] <= bits:
        second = None
    return question.Worth(asked, bits, missed, len(seen.rows), second)


def _unasked(standing: Standing, asked: Question) -> Standing:
    """The standing as it was before the question was put."""
    return replace(
        standing,
        settled=standing.settled - {asked.field},
        compared=standing.compared - set(asked.pair),
    )
