"""Case files: YAML -> cases, every key and value checked; what is malformed is one sentence with file, case and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.console import forms
from bot.console.checks import KEYS
from retrieval.errors import UsageError

_CASE_KEYS = ("name", "turns", "user", "dataset")
_TURN_KEYS = ("say", "click", "answer", "within", "expect")
_FILE_KEYS = ("dataset", "cases")


@dataclass(frozen=True)
class Step:
    """One turn: what the person does, and what is expected then. Exactly one of say, click and answer is given.

    `within`: the step is repeated up to so many times, until everything expected holds.
    """

    say: str | None = None
    click: Mapping[str, Any] | None = None
    answer: Mapping[str, str] | None = None
    within: int = 1
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One conversation with what is expected of it. `dataset` None: the one that is being tested."""

    name: str
    file: str
    steps: tuple[Step, ...]
    user: str = "new"
    dataset: str | None = None


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key given twice, which would silently drop the first."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = str(key) if isinstance(key, int | float) else forms.short(key)
        if key in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_all(folder: Path) -> tuple[Case, ...]:
    """The cases of every YAML file in a folder and its subfolders, or of one file; UsageError names what is wrong."""
    if not folder.exists():
        raise UsageError(f"There is no {folder}; give a folder with .yaml files of cases, or one such file.")
    files = [folder] if folder.is_file() else sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml")))
    if not files:
        raise UsageError(f"{folder} has no .yaml files with cases; give a folder that has.")
    return tuple(case for file in files for case in read(file))


def read(path: Path) -> tuple[Case, ...]:
    """The cases of one YAML file: a list, or `{dataset: NAME, cases: [...]}`. UsageError names file, case and key."""
    try:
        raw = yaml.load(path.read_text("utf-8"), _Loader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:  # ValueError: "2024-13-45" is no date
        raise UsageError(f"{path} cannot be read as YAML ({' '.join(str(error).split())}); correct it.") from error
    dataset = None
    if isinstance(raw, dict):
        _known(raw, _FILE_KEYS, path.name)
        dataset = _formed(forms.name, raw["dataset"], "dataset", path.name) if "dataset" in raw else None
        raw = raw.get("cases")
    if not isinstance(raw, list) or not raw:
        raise UsageError(f"{path} holds no list of cases; write each as `- name: ...` with its `turns`.")
    cases = tuple(_case(entry, path, number, dataset) for number, entry in enumerate(raw, 1))
    for place, case in enumerate(cases):
        if case.name in (before.name for before in cases[:place]):
            raise UsageError(f"{path.name} has two cases named {case.name!r}; give each a name of its own.")
    return cases


def _case(entry: Any, path: Path, number: int, dataset: str | None) -> Case:
    where = f"{path.name}, case {number}"
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        where += f" ({forms.short(entry['name'])})"
    if not isinstance(entry, dict) or not isinstance(entry.get("turns"), list) or not entry["turns"]:
        raise UsageError(f"{where} has no list of `turns`; write `- name: ...` and below it `turns: [{{say: ...}}]`.")
    _known(entry, _CASE_KEYS, where)
    steps = tuple(_step(turn, f"{where}, turn {place}") for place, turn in enumerate(entry["turns"], 1))
    given = {key: _formed(forms.name, entry[key], key, where) for key in ("name", "user", "dataset") if key in entry}
    return Case(
        name=given.get("name", f"case {number}"),
        file=path.stem,
        steps=steps,
        user=given.get("user", "new"),
        dataset=given.get("dataset", dataset),
    )


def _step(turn: Any, where: str) -> Step:
    if not isinstance(turn, dict):
        raise UsageError(f"{where} is {forms.short(turn)}; write `say: ...` with the words of the user.")
    _known(turn, _TURN_KEYS, where)
    done = [key for key in ("say", "click", "answer") if key in turn]
    if len(done) != 1:
        raise UsageError(f"{where} has {' and '.join(done) or 'nothing that is done'}; give one of say, click, answer.")
    if "say" in turn and not isinstance(turn["say"], str):
        raise UsageError(f"{where}: `say` is {forms.short(turn['say'])}, not text; put it in quotation marks.")
    expect = turn.get("expect")
    if not isinstance(expect, dict | None):
        raise UsageError(f"{where}: `expect` is {forms.short(expect)}; write it as {{min_items: 3, ...}}.")
    _known(expect or {}, tuple(KEYS), where)
    return Step(
        say=turn.get("say"),
        click=_formed(forms.click, turn["click"], "click", where) if "click" in turn else None,
        answer=_formed(forms.answer, turn["answer"], "answer", where) if "answer" in turn else None,
        within=_formed(forms.positive, turn["within"], "within", where) if "within" in turn else 1,
        expect={key: _formed(KEYS[key].form, value, key, where) for key, value in (expect or {}).items()},
    )


def _formed(form: forms.Form, value: Any, key: str, where: str) -> Any:
    try:
        return form(value)
    except forms.Malformed as error:
        raise UsageError(f"{where}: `{key}`: {error}.") from None


def _known(entry: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    if unknown := [key for key in entry if key not in allowed]:
        raise UsageError(f"{where} has the unknown key {forms.short(unknown[0])}; allowed: {', '.join(allowed)}.")
