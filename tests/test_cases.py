"""The conversations of tests/cases, played through the same bot that the page and the command line use."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from catalogues import gadgets, recipes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.assistant import Assistant
from bot.console import cases, reading
from bot.console.checks import KEYS, problems, satisfies
from bot.settings import Settings
from retrieval.errors import UsageError
from retrieval.importing.run import import_catalogue
from retrieval.text import fold

CASES = reading.read_all(Path(__file__).parent / "cases")
WRITTEN = {"gadgets": gadgets.write, "recipes": recipes.write}
"""The data sets of the cases that are imported without a schema; the others' cases are films."""


@pytest.fixture(scope="module")
def open_dataset(movielens_home: Path, tmp_path_factory: pytest.TempPathFactory) -> cases.Open:
    home = tmp_path_factory.mktemp("home")

    @cache
    def opened(name: str | None) -> Assistant:
        if name in WRITTEN:
            import_catalogue(name, WRITTEN[name](tmp_path_factory.mktemp(name)), home)
        where, dataset = (home, name) if name in WRITTEN else (movielens_home, "movielens")
        return Assistant.open(Settings(home=where, language_model="none"), dataset, throw_away=True)

    return opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_case(case: reading.Case, open_dataset: cases.Open) -> None:
    (outcome,) = cases.run([case], open_dataset)
    assert not outcome.problems, "\n".join(outcome.problems)


def test_there_are_enough_cases_of_three_kinds() -> None:
    counts = Counter(case.dataset or "movielens" for case in CASES)
    assert sum(counts.values()) >= 150
    assert set(counts) == {"movielens", *WRITTEN}
    assert min(counts.values()) >= 40


def test_no_case_is_true_of_anything(open_dataset: cases.Open) -> None:
    """A title or a value that the catalogue does not have could never be found, nor missed."""
    for case in CASES:
        catalogue = open_dataset(case.dataset).catalogue
        titles = {fold(item.title) for item in catalogue.items}
        for step in case.steps:
            expected = cases.on_fields(step.expect, catalogue.schema)
            for key in ("no_item", "items", "liked", "disliked", "seen", "not_liked", "not_disliked", "not_seen"):
                unknown = [title for title in expected.get(key, ()) if fold(title) not in titles]
                assert not unknown, f"{case.name}: {key} {unknown}"
            dates = {f.name for f in catalogue.schema.fields if f.kind == "date"}
            for constraint in (c for key in ("every_item", "any_item") for c in expected.get(key, ())):
                if constraint["field"] not in dates and constraint["op"] in (
                    "includes",
                    "excludes",
                    "==",
                    "!=",
                    "in",
                    "not_in",
                ):
                    values = [i.attributes.get(constraint["field"]) for i in catalogue.items]
                    held = {one for v in values for one in (v if isinstance(v, tuple) else (v,))}
                    wanted = constraint["value"] if isinstance(constraint["value"], list) else [constraint["value"]]
                    assert set(wanted) <= held, f"{case.name}: {constraint}"
            assert (
                step.expect.get("max_items", 1) == 0 or "every_item" not in step.expect or step.expect.get("min_items")
            ), f"{case.name}: an empty list would satisfy every_item"


HEAT = {"id": "6", "title": "Heat", "attributes": {"genres": ["Crime"], "year": 1995}}
TURN = {
    "acts": ["recommend"], "items": [HEAT], "reasons": [], "evidence": [], "reply": "Here is one film.",
    "profile": {
        "liked": ["6"], "disliked": ["2"], "seen": ["2"], "constraints": [{"field": "year", "op": "<", "value": 2000, "hard": True}],
    },
    "ignored": ["Tom"], "question": {"field": "year", "text": "From when?", "options": []}, "grounded": True,
}  # fmt: skip


TITLES = {"6": "Heat", "1": "Fargo", "2": "Titanic"}


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
        {"absent": ["previous.2"]},
        {"absent": ["previous.all"]},
        {"not_acts": ["recommend"]},
        {"items": ["Fargo"]},
        {"constraints": [{"field": "year", "op": ">", "value": 1990}]},
        {"no_constraint": ["year"]},
        {"same_items": 2},
        {"more_of": [{"field": "year", "op": ">", "value": 1990}]},
        {"less_of": [{"field": "year", "op": ">", "value": 1990}]},
        {"reason_kinds": ["popular"]},
        {"ignored": ["Hanks"]},
        {"question": False},
        {"question": ("genres",)},
        {"question_not": ("year",)},
        {"asked_once": True},
        {"grounded": False},
        {"disliked": ["Heat"]},
        {"not_disliked": ["Titanic"]},
        {"not_seen": ["Titanic"]},
    ],
)
def test_every_check_can_fail(expected: dict[str, object]) -> None:
    assert problems([TURN, TURN], expected, TITLES)


def test_a_turn_as_expected_has_no_problems() -> None:
    expected = {
        "acts": ["recommend"], "min_items": 1, "max_items": 1, "liked": ["Heat"], "reply": "here is",
        "every_item": [{"field": "year", "op": "<", "value": 2000}],
    }  # fmt: skip
    assert problems([TURN], expected, TITLES) == []


def test_order_compares_the_items_as_shown() -> None:
    dearer = {**TURN, "items": [{**HEAT, "attributes": {"price": price}} for price in (3, 1, 2)]}
    assert problems([dearer], {"order": {"field": "price", "by": "rising"}}, TITLES)
    assert not problems([dearer], {"order": {"field": "name", "by": "rising"}}, TITLES)


@pytest.mark.parametrize(
    ("attributes", "constraint", "met"),
    [
        ({"a": 3}, ("a", "<", 3), False),
        ({"a": 3}, ("a", "<=", 3), True),
        ({}, ("a", "!=", 3), False),
        ({"a": ["x", "y"]}, ("a", "includes", ["x", "y"]), True),
        ({"a": ["x"]}, ("a", "includes", ["x", "y"]), False),
        ({"a": ["x"]}, ("a", "in", ["x", "y"]), True),
        ({"a": ["x"]}, ("a", "excludes", "x"), False),
        ({"a": ["x"]}, ("a", "<", "y"), False),
        ({"a": "x"}, ("a", "in", ["x", "y"]), True),
        ({"a": "x"}, ("a", "not_in", ["x", "y"]), False),
        ({"a": "x"}, ("a", "<", 3), False),
        ({"a": True}, ("a", "==", True), True),
        ({"a": False}, ("a", "==", True), False),
        ({"d": "2024-03-09"}, ("d", ">=", "2024-03"), True),
        ({"d": "2024-03-09"}, ("d", ">", "2024-03"), False),
        ({"d": "2024-03-09"}, ("d", "==", 2024), True),
        ({"d": "2024"}, ("d", "<", "2024-05-01"), True),
    ],
)
def test_what_satisfies_a_constraint(attributes: dict[str, Any], constraint: tuple[str, str, Any], met: bool) -> None:
    field, op, value = constraint
    assert satisfies({"attributes": attributes}, {"field": field, "op": op, "value": value}) == met


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- name: x\n  turns:\n    - say: hi\n      expect: {acs: [why]}",
            r"bad.yaml, case 1 \('x'\), turn 1 .*'acs'.*acts",
        ),
        ("- name: x\n  turn: []", "turns"),
        ("- name: x\n  turns:\n    - {expect: {}}", "say"),
        ("- turns: [{say: hi, click: {act: undo}}]", "say and click"),
        ("- turns: [{say: 90}]", "`say` is 90"),
        ("- turns: [{say: hi, expect: {acts: [wy]}}]", "`acts`.*'wy' is not one of"),
        ("- turns: [{say: hi, expect: {min_items: many}}]", "`min_items`.*'many'"),
        ("- turns: [{say: hi, expect: {every_item: [{field: a, value: 3}]}}]", "`every_item`.*no constraint"),
        ("- turns: [{say: hi, expect: {every_item: [{field: a, op: '=>', value: 3}]}}]", "'=>' is not one of"),
        ("- turns: [{say: hi, expect: {reply: '('}}]", "`reply`.*regular expression"),
        ("- turns: [{say: hi, expect: {absent: [next.1]}}]", "`absent`.*previous"),
        ("- turns: [{say: hi, expect: {min_items: 1, min_items: 2}}]", "given twice"),
        ("- turns: [{click: {act: jump}}]", "`click`.*like"),
        ("- turns: [{say: hi, within: 0}]", "`within`"),
        ("- {name: a, turns: [{say: hi}]}\n- {name: a, turns: [{say: hi}]}", "two cases named 'a'"),
        ("- {turns: [{say: hi}], user: [1]}", "`user`"),
        ("cases: [{turns: [{say: hi}]}]\ndataste: x", "'dataste'"),
        ("name: x", "'name'"),
        ("[]", "list of cases"),
        ("", "list of cases"),
        ("- turns: [{say: 2024-13-45}]", "cannot be read"),
        ("- [", "cannot be read"),
        ("&a [*a]", "turns"),
        ("[" * 3000, "cannot be read"),
    ],
)
def test_a_malformed_file_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        reading.read_all(tmp_path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=6) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _mostly(keys: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys), values | _JSON, max_size=4) | _JSON


_EXPECT = _mostly(
    tuple(KEYS), _mostly(("field", "op", "value"), _JSON) | st.lists(_mostly(("field", "op", "value"), _JSON))
)
_TURN = _mostly(("say", "click", "answer", "within", "expect"), _EXPECT)
_CASE = _mostly(("name", "turns", "user", "dataset"), st.lists(_TURN, max_size=2))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_CASE, max_size=2) | _mostly(("cases", "dataset"), _CASE) | st.text())
def test_hostile_files_are_read_or_refused(tmp_path: Path, content: Any) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_bytes((content if isinstance(content, str) else yaml.dump(content)).encode("utf-8", "surrogatepass"))
    found: tuple[reading.Case, ...] = ()
    with suppress(UsageError):  # anything else that is raised fails the test
        found = reading.read(file)
    if found:
        for expected in (step.expect for case in found for step in case.steps):
            assert isinstance(problems([TURN, TURN], expected, TITLES), list)


def test_the_documentation_names_every_key() -> None:
    text = (Path(__file__).parent.parent / "docs" / "cases.md").read_text("utf-8")
    missing = [
        k for k in (*KEYS, "say", "click", "answer", "within", "user", "dataset", "name") if f"`{k}`" not in text
    ]
    assert not missing


def test_the_report_names_what_failed() -> None:
    case = reading.Case("a \x00case", "file", ())
    report = cases.junit([cases.Outcome(case), cases.Outcome(case, ("expected <this>, got that",))])
    assert 'tests="2" failures="1"' in report
    assert "expected &lt;this&gt;, got that" in report
