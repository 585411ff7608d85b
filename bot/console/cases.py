"""Conversation files as test cases: read, played through the bot, reported. Keys: see `bot.console.checks`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from bot.assistant import Assistant
from bot.console.checks import KEYS, problems
from retrieval.errors import BecauseError, DataError

_CASE_KEYS = frozenset({"name", "user", "turns", "dataset"})
_TURN_KEYS = frozenset({"say", "expect"})


@dataclass(frozen=True)
class Case:
    """One conversation with what is expected of it."""

    name: str
    file: str
    turns: Sequence[Mapping[str, Any]]
    user: str = "new"


@dataclass(frozen=True)
class Outcome:
    """How a case went: no problems is a pass."""

    case: Case
    problems: tuple[str, ...] = ()
    seconds: float = 0.0
    turns: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


def read(path: Path) -> tuple[Case, ...]:
    """The cases of one YAML file; DataError names the file, the case and the key that is not known."""
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path} cannot be read as YAML ({' '.join(str(error).split())}); correct it.") from error
    if not isinstance(raw, list):
        raise DataError(f"{path} holds no list of cases; write each as `- name: ...` with its `turns`.")
    return tuple(_case(entry, path, number) for number, entry in enumerate(raw, 1))


def read_all(folder: Path) -> tuple[Case, ...]:
    """The cases of every YAML file in a folder, or of one file."""
    files = [folder] if folder.is_file() else sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))
    if not files:
        raise DataError(f"{folder} has no .yaml files with cases; give a folder that has.")
    return tuple(case for file in files for case in read(file))


def run(cases: Sequence[Case], assistant: Assistant) -> Iterator[Outcome]:
    """Play each case in a conversation of its own; an error of the bot is a failure of the case."""
    titles = {item.id: item.title for item in assistant.catalogue.items}
    for case in cases:
        start = time.perf_counter()
        turns: list[Mapping[str, Any]] = []
        found: list[str] = []
        try:
            conversation = assistant.new_conversation(case.user)
            for step in case.turns:
                turns.append(assistant.to_json(assistant.turn(conversation, step["say"])))
                found += [f"{step['say']!r}: {p}" for p in problems(turns, step.get("expect", {}), titles)]
        except BecauseError as error:
            found.append(str(error))
        yield Outcome(case, tuple(found), time.perf_counter() - start, tuple(turns))


def junit(outcomes: Sequence[Outcome]) -> str:
    """A JUnit report: a test case per conversation, each failure with expected against got."""
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    suite = ElementTree.Element("testsuite", name="cases", tests=str(len(outcomes)), failures=str(failed))
    for outcome in outcomes:
        attributes = {"classname": outcome.case.file, "name": outcome.case.name, "time": f"{outcome.seconds:.3f}"}
        element = ElementTree.SubElement(suite, "testcase", attributes)
        if outcome.problems:
            failure = ElementTree.SubElement(element, "failure", message=outcome.problems[0])
            failure.text = "\n".join(outcome.problems)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _case(entry: Any, path: Path, number: int) -> Case:
    where = f"{path.name}, case {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("turns"), list):
        raise DataError(f"{where} has no list of `turns`; write `- name: ...` and below it `turns: [{{say: ...}}]`.")
    _known(entry, _CASE_KEYS, where)
    for turn in entry["turns"]:
        if not isinstance(turn, dict) or not isinstance(turn.get("say"), str):
            raise DataError(f"{where} has a turn without `say`, the words of the user: {turn!r}.")
        _known(turn, _TURN_KEYS, where)
        _known(turn.get("expect") or {}, frozenset(KEYS), where)
    name = str(entry.get("name") or f"case {number}")
    return Case(name, path.stem, entry["turns"], str(entry.get("user", "new")))


def _known(entry: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    if unknown := sorted(set(entry) - allowed):
        raise DataError(f"{where} has the unknown key {unknown[0]!r}; allowed: {', '.join(sorted(allowed))}.")
