"""The conversations of tests/cases, played through the same bot that the page and the command line use."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.console import cases
from bot.console.checks import problems
from bot.settings import Settings
from retrieval.errors import DataError

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.fixture(scope="module")
def assistant(movielens_home: Path) -> Assistant:
    return Assistant.open(Settings(home=movielens_home, language_model="none"), "movielens", throw_away=True)


@pytest.mark.parametrize("case", [c for file in FILES for c in cases.read(file)], ids=lambda case: case.name)
def test_case(case: cases.Case, assistant: Assistant) -> None:
    (outcome,) = cases.run([case], assistant)
    assert not outcome.problems, "\n".join(outcome.problems)


HEAT = {"id": "6", "title": "Heat", "attributes": {"genres": ["Crime"], "year": 1995}}
TURN = {
    "acts": ["recommend"], "items": [HEAT], "reasons": [], "evidence": [], "reply": "Here is one film.",
    "profile": {"liked": ["6"], "disliked": [], "seen": []},
}  # fmt: skip


@pytest.mark.parametrize(
    "expected",
    [
        {"acts": ["why"]},
        {"min_items": 2},
        {"max_items": 0},
        {"min_reasons": 1},
        {"no_item": ["Heat"]},
        {"liked": ["Fargo"]},
        {"not_liked": ["Heat"]},
        {"liked_exactly": []},
        {"seen": ["Heat"]},
        {"every_item": [{"field": "genres", "op": "excludes", "value": "Crime"}]},
        {"every_item": [{"field": "runtime", "op": "<", "value": 500}]},
        {"any_item": [{"field": "year", "op": ">", "value": 2000}]},
        {"reply": "two films"},
        {"reply_not": "ONE film"},
        {"evidence_from_history": True},
        {"absent": ["previous.1"]},
    ],
)
def test_every_check_can_fail(expected: dict[str, object]) -> None:
    assert problems([TURN, TURN], expected, {"6": "Heat", "1": "Fargo"})


def test_a_turn_as_expected_has_no_problems() -> None:
    expected = {
        "acts": ["recommend"], "min_items": 1, "max_items": 1, "liked": ["Heat"], "reply": "here is",
        "every_item": [{"field": "year", "op": "<", "value": 2000}],
    }  # fmt: skip
    assert problems([TURN], expected, {"6": "Heat"}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- name: x\n  turns:\n    - say: hi\n      expect: {acs: [why]}", "'acs'.*acts"),
        ("- name: x\n  turn: []", "turns"),
        ("- name: x\n  turns:\n    - {expect: {}}", "say"),
        ("name: x", "list of cases"),
        ("- [", "cannot be read"),
    ],
)
def test_a_malformed_file_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(DataError, match=said):
        cases.read_all(tmp_path)


def test_the_report_names_what_failed() -> None:
    case = cases.Case("a case", "file", ())
    report = cases.junit([cases.Outcome(case), cases.Outcome(case, ("expected <this>, got that",))])
    assert 'tests="2" failures="1"' in report
    assert "expected &lt;this&gt;, got that" in report
