"""The measures of explanations, each on something whose value can be worked out by hand."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.assistant import Assistant
from bot.evaluation.explanations import audit, faithfulness, mutations, rerun, texts
from bot.evaluation.explanations.evaluate import conversations, evaluate, table
from bot.evaluation.explanations.faithfulness import CONTRACT, Cited, Trial
from bot.evaluation.explanations.playing import Asked, Player, _Talk
from bot.settings import Settings
from retrieval.embedding import encoder
from retrieval.rankers import Ranker, Term
from retrieval.schema import Event, FloatArray, History, IntArray

# -- texts -------------------------------------------------------------------------------------------------------------


def test_flesch_is_the_formula() -> None:
    # 6 words, 1 sentence, 6 syllables
    assert texts.flesch("The cat sat on the mat.") == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    # 4 words, 2 sentences, 5 + 2 + 1 + 1 syllables
    assert texts.flesch("Popularity matters. It counts.") == pytest.approx(206.835 - 1.015 * 2 - 84.6 * 9 / 4)


def test_numbers_and_unknown_words_have_syllables() -> None:
    assert [texts.syllables(word) for word in ("2014", "4.5", "%", "recommendation", "xyzzyness")] == [4, 2, 2, 5, 2]


def test_titles_are_masked_the_longest_first() -> None:
    assert texts.masked("Heat 2 beats Heat, not Heated.", ["Heat", "Heat 2"]) == "it beats it, not Heated."


def test_diversity_of_equal_and_of_different_texts() -> None:
    same, different = ["you gave it four stars"] * 4, ["a b c d e", "f g h i j", "k l m n o", "p q r s t"]
    assert texts.first_four_share(same) == 1.0
    assert texts.first_four_share(different) == 0.25
    assert texts.distinct(same, 2) == 4 / 16
    assert texts.distinct(different, 2) == 1.0
    assert texts.self_bleu(same) == pytest.approx(100)
    assert texts.self_bleu(different) < 10


def test_prose_is_what_is_left_of_markdown() -> None:
    assert texts.plain("1. **Heat**\n| a | b |\n\nFine.") == "Heat\nFine."


def test_an_answer_to_another_question_is_not_relevant() -> None:
    questions, answers = ["why Heat?", "why Titanic?"], ["Heat is here as you like crime.", "Titanic has a ship."]
    assert texts.relevance(questions, answers, encoder()) == 1.0
    assert texts.relevance(questions, answers[::-1], encoder()) == 0.0


# -- faithfulness ------------------------------------------------------------------------------------------------------


class Known(Ranker):
    """Item i of the history adds row i of a matrix; nothing else counts."""

    name = "known"

    def __init__(self, matrix: FloatArray) -> None:
        self.matrix = matrix

    @classmethod
    def fit(cls, interactions: object, n_items: int) -> Any:
        raise NotImplementedError

    def score(self, history: History) -> FloatArray:
        return np.asarray(
            sum((self.matrix[e.item] for e in history.events), np.zeros(len(self.matrix))), dtype=np.float32
        )

    def decompose(self, history: History, items: IntArray) -> tuple[tuple[Term, ...], FloatArray]:
        terms = tuple(Term("known", place) for place in range(len(history.events)))
        return terms, np.stack([self.matrix[e.item][items] for e in history.events])

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> Any:
        raise NotImplementedError


def trial() -> Trial:
    """Items 0 to 2 are known; 3 is recommended because of 0 alone. Without 0 it falls behind the other ten."""
    matrix = np.zeros((14, 14), dtype=np.float32)
    matrix[0, 3] = 5
    matrix[1, 4:] = 1
    matrix[2, 4:] = 0.5
    events = tuple(Event(f"d:{row}", row, 1.0, 100 + row, 5.0) for row in range(3))
    return Trial(Known(matrix), "u", History(events, 200), 3, np.arange(3, 14), {0: 1.0, 1: -0.1, 2: -0.05})


def figures(*rows: int) -> dict[str, float]:
    return faithfulness.figures(
        Cited(trial(), rows, frozenset(), rows), np.arange(14, dtype=np.int64), random.Random(0)
    )


def test_the_cause_is_told_from_what_is_not() -> None:
    right, wrong = figures(0), figures(1)
    assert (right["rank_drop"], wrong["rank_drop"]) == (10, 0)
    assert (right["pn"], wrong["pn"]) == (1, 0)
    assert (right["ps"], wrong["ps"]) == (1, 0)
    assert (right["counterfactual_validity"], right["counterfactual_size"]) == (1, 1)
    assert wrong["counterfactual_validity"] == 0
    assert math.isnan(wrong["counterfactual_size"])
    assert right["largest_mentioned"] == 1
    assert wrong["largest_mentioned"] == 0
    assert right["deletion"] == pytest.approx(1 / math.log2(12))
    assert right["insertion"] == 1
    assert wrong["deletion"] == 1
    assert right["more_than_random"] == 10
    assert right["more_than_matched"] == 10


def test_the_smallest_set_is_searched_for_where_no_order_is_given() -> None:
    """Item 4 is recommended with 1 + 1 + 5 against 3: without item 2 it falls behind."""
    matrix = np.zeros((15, 15), dtype=np.float32)
    matrix[:3, 4] = 1, 1, 5
    matrix[3, 5:] = 3
    events = tuple(Event(f"d:{row}", row, 1.0, 100 + row, 5.0) for row in range(4))
    one = Trial(Known(matrix), "u", History(events, 200), 4, np.arange(4, 15), {0: 1.0, 1: 1.0, 2: 5.0, 3: -3.0})
    counts, rng = np.ones(15, dtype=np.int64), random.Random(0)
    found = [
        faithfulness.figures(Cited(one, (0,), frozenset(), order), counts, rng)["counterfactual_size"]
        for order in (None, (0, 1, 2))
    ]
    assert found == [1, 3]


def test_comprehensiveness_and_sufficiency_are_differences_of_probabilities() -> None:
    one = trial()
    full = math.exp(5) / (math.exp(5) + 10 * math.exp(1.5))
    without = 1 / (1 + 10 * math.exp(1.5))
    alone = math.exp(5) / (math.exp(5) + 10)
    assert one.whole == (1, pytest.approx(full))
    found = figures(0)
    assert found["comprehensiveness"] == pytest.approx(full - without)
    assert found["sufficiency"] == pytest.approx(full - alone)


def test_the_largest_effect_is_found_by_leaving_out_too() -> None:
    assert trial().strongest(1) == trial().strongest(1, again=True) == (0,)


def test_who_cites_nothing_has_no_figures() -> None:
    found = figures()
    assert math.isnan(found["deletion"])
    assert math.isnan(found["citation_precision"])
    summed = faithfulness.summary([found], ["u"])
    assert {name: summed[name] for name in CONTRACT} == dict.fromkeys(CONTRACT)


# -- the whole report --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bot(tiny_home: Path) -> Assistant:
    return Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)


@pytest.fixture(scope="module")
def asked(bot: Assistant) -> list[Asked]:
    return conversations(Player(bot), 50, lambda *_: None)


KEYS = {
    "groundedness", "unsupported_answers", "answers", "citation_precision", "deletion", "insertion", "comprehensiveness",
    "sufficiency", "rank_drop", "pn", "ps", "counterfactual_validity", "flesch", "first_four_share", "distinct_2",
    "median_ms", "first_word_ms",
}  # fmt: skip


def test_the_report_has_every_figure_for_everybody(bot: Assistant) -> None:
    report = evaluate(bot, encoder(), None, answers=20, recommendations=4)
    assert {"precision", "recall", "mutations"} <= set(report["verifier"])
    assert set(report["explainers"]) == {"because", "random", "popular", "content"}
    for of in report["explainers"].values():
        assert set(of) >= KEYS
    ours = report["explainers"]["because"]
    assert (ours["groundedness"], ours["unsupported_answers"]) == (1.0, 0)
    assert ours["answers"] == 20
    assert report["people"]["ratings"] == 0
    assert "Nobody has rated" in table(report)


def test_what_is_said_agrees_with_what_happens(bot: Assistant, asked: list[Asked]) -> None:
    found = rerun.agreement(Player(bot), asked)
    assert sum(of["checked"] for of in found.values()) > 5
    assert [(kind, of["differ"]) for kind, of in found.items() if of["differ"]] == []
    assert [problem for one in asked for problem in audit.refuted(bot, one)] == []


def test_an_answer_that_is_not_what_happens_is_found(bot: Assistant, asked: list[Asked]) -> None:
    one = next(one for one in asked if one.kind == "what_if_liked" and one.turn.supposed and len(one.opening) == 1)
    before, after = one.turn.supposed or ((), ())
    lying = replace(one, turn=replace(one.turn, supposed=(before, after[::-1])))
    assert rerun.agreement(Player(bot), [lying])["what_if_liked"]["agree"] == 0
    assert audit.refuted(bot, lying)


def test_what_was_told_in_a_conversation_is_left_out_as_the_bot_does(bot: Assistant) -> None:
    """Without the one, the other is still the only thing that was told."""
    player = Player(bot)
    talk = _Talk(player, "ann", ["I loved Alien", "I loved Heat", "recommend three films"])
    found = rerun.agreement(player, [talk.ask("sure", "how sure are you?", [])])
    assert (found["sure"]["checked"], found["sure"]["agree"]) == (1, 1)
    told = talk.query.history.events[-talk.query.told :]
    assert talk.query.told == 2
    left = rerun.without(talk.query, [told[0].id])
    assert left.history.events[-left.told :] == told[1:]


def test_a_count_that_is_not_the_datas_is_refuted(bot: Assistant, asked: list[Asked]) -> None:
    one, reason = next((o, r) for o in asked for r in o.turn.reasons if r.claims[0].kind == "popular.count")
    claim = replace(reason.claims[0], slots={**reason.claims[0].slots, "count": "77"})
    lying = replace(one, turn=replace(one.turn, reasons=(replace(reason, claims=(claim,)),)))
    assert any("count" in problem for problem in audit.refuted(bot, lying))


# -- the test of the verifier ------------------------------------------------------------------------------------------


class Gullible:
    """Accepts, or refuses, everything."""

    def __init__(self, accepts: bool) -> None:
        self.accepts = accepts

    def verify(self, *_: object) -> bool:
        return self.accepts


def told(asked: list[Asked]) -> list[mutations.Told]:
    return [mutations.Told(one.turn.reasons, one.turn.evidence, one.told) for one in asked]


def test_a_verifier_that_accepts_everything_has_no_recall(bot: Assistant, asked: list[Asked]) -> None:
    found = mutations.figures(mutations.tried(Gullible(True), bot.catalogue, told(asked[:10])))  # type: ignore[arg-type]
    assert found["recall"] == 0.0
    assert found["mutations"] > 100


def test_a_verifier_that_refuses_everything_has_no_precision(bot: Assistant, asked: list[Asked]) -> None:
    found = mutations.figures(mutations.tried(Gullible(False), bot.catalogue, told(asked[:10])))  # type: ignore[arg-type]
    assert found["precision"] == 0.0


def test_ours_tells_them_apart(bot: Assistant, asked: list[Asked]) -> None:
    found = mutations.figures(mutations.tried(bot.agent.writer, bot.catalogue, told(asked[::2])))
    assert found["recall"] >= 0.99, found["examples"]
    assert found["precision"] >= 0.99, found["examples"]
