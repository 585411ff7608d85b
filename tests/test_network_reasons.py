"""A blend with networks beside it: what they make of a history as a whole is told, cited and added up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_neural_rankers import SMALL

from bot.agent import Agent
from bot.assistant import Assistant
from bot.evaluation.explanations import audit
from bot.evaluation.explanations.evaluate import conversations, evaluate, table
from bot.evaluation.explanations.playing import Player
from bot.explain import why
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.explain.why_not import by_score
from bot.profile import Standing
from bot.settings import Settings
from bot.values import Reason, Turn
from retrieval.embedding import encoder
from retrieval.rankers.blend import CONTEXTS
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.beside import Accompanied, Beside
from retrieval.rankers.neural.stopping import Training
from retrieval.schema import Contribution, Event, History, Query, Scored

TOLD = ("I loved Alien, Aliens and Heat, and I hated Casino", "recommend three films")
ASKED = ("why the first?", "why these?", "how sure are you?", "what matters most?", "compare the first and the second")


@pytest.fixture(scope="module")
def networks(tiny_home: Path) -> Assistant:
    """The bot over the tiny blend with a Transformer and a text tower that have a loud say."""
    opened = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    agent, recommender, data = opened.agent, opened.agent.recommender, opened.catalogue.interactions
    beside = {}
    for name in ("transformer", "text"):
        training = Training(dials=SMALL.get(name), epochs=2, vectors=recommender.index.vectors)
        fitted: Any = TRAINED[name].fit(data, len(opened.catalogue.items), training)
        beside[name] = Beside(fitted, np.full(len(CONTEXTS), 3.0, dtype=np.float32))
    other = replace(recommender, ranker=Accompanied.of(recommender.ranker, beside))
    return Assistant(Agent(other, opened.memory, agent.reader, agent.writer), opened.memory)


def talk(assistant: Assistant, *messages: str) -> list[Turn]:
    conversation = assistant.new_conversation("new")
    return [assistant.turn(conversation, message) for message in messages]


@pytest.mark.parametrize("opening", [TOLD, ("recommend three films",)])
def test_answers_are_verified_and_every_contribution_is_cited(networks: Assistant, opening: tuple[str, ...]) -> None:
    turns = talk(networks, *opening, *ASKED)
    assert all(turn.grounded for turn in turns)
    listed = networks.to_json(turns[len(opening) - 1])
    shown = [c for item in listed["items"] for c in item["contributions"]]
    assert {"transformer", "text"} <= {c["part"] for c in shown if c["share"]}
    assert [c for c in shown if c["share"] and c["evidence"] is None] == []


def test_it_is_told_once_with_all_its_weight(networks: Assistant) -> None:
    turns = talk(networks, *TOLD, "why the first?")
    (first, *_), found = turns[1].ranked.items if turns[1].ranked else (), turns[2].reasons
    whole = sum(c.share for c in first.contributions if c.part in ("transformer", "text") and c.evidence is None)
    events = sum(c.share for c in first.contributions if c.evidence is not None)
    of_history = [reason for reason in found if reason.kind in ("because_you_liked", "because_you_disliked")]
    told = [reason for reason in of_history if ".whole" in reason.claims[0].kind]
    assert [reason.weight for reason in told] == [pytest.approx(whole, abs=1e-4)]
    assert sum(reason.weight for reason in of_history) == pytest.approx(whole + events, abs=0.04)
    assert "neural network" in turns[2].reply


def case(assistant: Assistant, of: int, known: bool, **parts: float) -> Case:
    """An item with these parts, for somebody who told something, or nothing."""
    query = Query(History((Event("e", 1, 1.0, 0),) if known else ()))
    scored = Scored(of, sum(parts.values()), tuple(Contribution(part, None, v, v) for part, v in parts.items()))
    book = EvidenceBook(assistant.catalogue, Standing(), query.events)
    return Case(assistant.catalogue, Standing(), query, scored, book)


@pytest.mark.parametrize(
    ("known", "value", "kind"),
    [
        (True, 0.3, "because_you_liked.whole"),
        (True, -0.3, "because_you_liked.whole_lowered"),
        (False, 0.3, "popular.learned"),
        (False, -0.3, "popular.learned_lowered"),
    ],
)
def test_of_whom_nothing_is_known_it_has_no_history(networks: Assistant, known: bool, value: float, kind: str) -> None:
    one = case(networks, 0, known, transformer=value, popularity=0.7)
    (told,) = [reason for reason in why(one) if reason.weight == value]
    assert told.claims[0].kind == kind
    assert told.evidence
    assert {piece.id for piece in one.book.pieces} >= set(told.evidence)


@pytest.mark.parametrize(
    ("part", "kind"),
    [("transformer", ["whole"]), ("similar", ["request"]), ("popularity", ["popularity"]), ("novelty", [])],
)
def test_what_beats_an_item_is_the_part_that_leads_the_most(networks: Assistant, part: str, kind: list[str]) -> None:
    counts = networks.catalogue.counts
    most, least = int(counts.argmax()), int(counts.argmin())
    behind = case(networks, least, True, popularity=0.1, transformer=0.1, similar=0.1, novelty=0.1)
    parts = {"popularity": 0.2, "transformer": 0.2, "similar": 0.2, "novelty": 0.2} | {part: 0.9}
    ahead = case(networks, most, True, **parts).scored
    told: Reason = by_score(behind, 57, [ahead])
    assert [claim.kind for claim in told.claims] == ["outscored.gap", *(f"outscored.{one}" for one in kind)]


def test_what_serves_beside_the_blend_is_evaluated_alone_as_it_serves(
    networks: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TRAINED["transformer"], "trained", lambda *_: pytest.fail("it was trained again"))
    report = evaluate(networks, encoder(), None, answers=1, recommendations=4, rankers=["transformer"])
    assert report["beside"] == ["text", "transformer"]
    assert "ranker blend + text + transformer" in table(report)
    for found in (report, report["rankers"]["transformer"]):
        ours = found["explainers"]["because"]
        assert (ours["citation_precision"], ours["largest_mentioned"], ours["unsupported_answers"]) == (1.0, 1.0, 0)
        assert ours["intervals"]["more_than_matched"]


def test_what_a_network_is_said_to_make_of_a_history_is_looked_up(networks: Assistant) -> None:
    asked = conversations(Player(networks), 120, lambda *_: None)
    assert [problem for one in asked for problem in audit.refuted(networks, one)] == []
    listed = [
        (one, claim)
        for one in asked
        for reason in one.turn.reasons
        for claim in reason.claims
        if reason.item in one.listed and claim.kind.startswith("because_you_liked.whole") and "share" in claim.slots
    ]
    assert listed
    one, claim = listed[0]
    for slots, kind, problem in (
        ({"share": "99 %"}, claim.kind, "the share is"),
        ({"count": "77"}, claim.kind, "it is made of"),
        ({}, claim.kind.removesuffix("_lowered") if "_lowered" in claim.kind else f"{claim.kind}_lowered", "other way"),
    ):
        wrong = replace(claim, kind=kind, slots={**claim.slots, **slots})
        reasons = tuple(
            replace(reason, claims=tuple(wrong if c is claim else c for c in reason.claims))
            for reason in one.turn.reasons
        )
        (found,) = audit.refuted(networks, replace(one, turn=replace(one.turn, reasons=reasons)))
        assert problem in found
