"""Conversations as test cases: played through the bot, reported. `docs/cases.md` describes the files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from bot.assistant import Assistant
from bot.console.checks import problems
from bot.console.reading import Case, Step
from bot.values import Turn
from retrieval.errors import BecauseError, UsageError
from retrieval.schema import Schema
from retrieval.text import fold

Open = Callable[[str | None], Assistant]
"""The bot for a data set; None is the one that is being tested."""
_ON_FIELDS = (
    "every_item", "any_item", "constraints", "more_of", "less_of", "no_constraint", "question", "question_not", "order",
)  # fmt: skip
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Outcome:
    """How a case went: no problems is a pass."""

    case: Case
    problems: tuple[str, ...] = ()
    seconds: float = 0.0
    turns: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


def run(cases: Sequence[Case], open_dataset: Open) -> Iterator[Outcome]:
    """Play each case in a conversation of its own; an error of the bot is a failure of the case."""
    for case in cases:
        start = time.perf_counter()
        turns: list[Mapping[str, Any]] = []
        found: list[str] = []
        assistant = open_dataset(case.dataset)
        try:
            found += _play(case, assistant, turns)
        except BecauseError as error:
            found.append(str(error))
        except Exception as error:  # one case's trouble must not end the others, and is a failure like any other
            found.append(f"the bot broke: {type(error).__name__}: {error}")
        yield Outcome(case, tuple(found), time.perf_counter() - start, tuple(turns))


def _play(case: Case, assistant: Assistant, turns: list[Mapping[str, Any]]) -> Iterator[str]:
    titles = {item.id: item.title for item in assistant.catalogue.items}
    conversation = assistant.new_conversation(case.user)
    for step in case.steps:
        expected = on_fields(step.expect, assistant.catalogue.schema)
        for _ in range(step.within):
            said, turn = _do(step, assistant, conversation, turns)
            turns.append(assistant.to_json(turn))
            if not (wrong := problems(turns, expected, titles)):
                break
        yield from (f"{said!r}: {problem}" for problem in wrong)


def _do(step: Step, assistant: Assistant, conversation: str, turns: Sequence[Mapping[str, Any]]) -> tuple[str, Turn]:
    """What was said or clicked, and the turn that it made."""
    if step.click is not None:
        act, item = step.click["act"], _clicked(step.click["item"], assistant, turns)
        *_, last = assistant.act(conversation, act, item)
        assert isinstance(last, Turn)
        return f"[{act}]", last
    words = step.say if step.say is not None else _answer(step.answer or {}, assistant.catalogue.schema, turns)
    return words, assistant.turn(conversation, words)


def _answer(answers: Mapping[str, str], schema: Schema, turns: Sequence[Mapping[str, Any]]) -> str:
    """The words for the question that was asked last."""
    asked = turns[-1]["question"] if turns else None
    otherwise = answers.get("otherwise", "something else?" if asked is None else "I don't mind")
    known = {_field(key, schema): words for key, words in answers.items() if key != "otherwise"}
    return otherwise if asked is None else known.get(asked["field"], otherwise)


def _clicked(item: int | str | None, assistant: Assistant, turns: Sequence[Mapping[str, Any]]) -> str | None:
    if item is None:
        return None
    if isinstance(item, int):
        lists: list[list[Any]] = [turn["items"] for turn in turns if turn["items"]]
        shown = lists[-1] if lists else []
        if item > len(shown):
            raise UsageError(f"The last list has {len(shown)} items, so number {item} cannot be clicked.")
        return str(shown[item - 1]["id"])
    for one in assistant.catalogue.items:
        if fold(one.title) == fold(item):
            return one.id
    raise UsageError(f"{item!r} is no title of {assistant.catalogue.schema.name}; correct it.")


def on_fields(expected: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The expectations with the schema's own names of fields; UsageError for a field that it does not have."""
    out = dict(expected)
    for key in _ON_FIELDS:
        value = expected.get(key)
        if isinstance(value, tuple):
            out[key] = tuple(
                {**one, "field": _field(one["field"], schema)} if isinstance(one, Mapping) else _field(one, schema)
                for one in value
            )
        elif isinstance(value, Mapping):
            out[key] = {**value, "field": _field(value["field"], schema)}
    return out


def _field(name: str, schema: Schema) -> str:
    """A field by its name, its label, or the name of the column that it came from."""
    from retrieval.importing.words import field_name, plain

    if name == "" or any(f.name == name for f in schema.fields):
        return name
    said = {plain(name), plain(field_name(name))}
    alike = [f.name for f in schema.fields if said & {plain(f.name), plain(f.label)}]
    if not alike:
        names = ", ".join(f.name for f in schema.fields)
        raise UsageError(f"{name!r} is not a field of {schema.name}; its fields are {names}.")
    return alike[0]


def junit(outcomes: Sequence[Outcome]) -> str:
    """A JUnit report: a test case per conversation, each failure with expected against got."""
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    spent = f"{sum(outcome.seconds for outcome in outcomes):.3f}"
    suite = ElementTree.Element(
        "testsuite", name="cases", tests=str(len(outcomes)), failures=str(failed), errors="0", time=spent
    )
    for outcome in outcomes:
        name, file = (_UNPRINTABLE.sub("?", text) for text in (outcome.case.name, outcome.case.file))
        attributes = {"classname": file, "name": name, "time": f"{outcome.seconds:.3f}"}
        element = ElementTree.SubElement(suite, "testcase", attributes)
        if outcome.problems:
            text = _UNPRINTABLE.sub("?", "\n".join(outcome.problems))
            failure = ElementTree.SubElement(element, "failure", message=text.split("\n", 1)[0])
            failure.text = text
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
