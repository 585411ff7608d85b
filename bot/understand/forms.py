"""The forms of questions, from `prompts/questions`: regular expressions over a cleaned message, titles looked past."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.understand.lexicon import lexicon
from bot.understand.tokens import norms
from retrieval.schema import Field, Schema

Hide = Callable[[str], str]
"""A text with a word of the same length for each title in it."""


@lru_cache
def forms(name: str = "en") -> Mapping[str, Any]:
    """`prompts/questions/NAME.yaml`."""
    text = files("prompts").joinpath("questions", f"{name}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def respelled(text: str) -> str:
    """The text with words as they are typed in a hurry ("how sure r u") put as forms have them."""
    for typed, meant in forms()["respelled"].items():
        text = re.sub(typed, meant, text)
    return text


def spelled_out(name: str, schema: Schema) -> Mapping[str, tuple[str, ...]]:
    """The forms of a file whose `parts` stand in for their {names}, and the catalogue's own words for theirs."""
    return _spelled_out(name, schema.noun, schema.plural, schema.verb)


@lru_cache
def _spelled_out(name: str, noun: str, plural: str, verb: str) -> Mapping[str, tuple[str, ...]]:
    data = forms(name)
    parts = {"noun": re.escape(noun), "plural": re.escape(plural), "verb": re.escape(verb)}
    for part, form in data["parts"].items():  # it may hold those before it
        parts[part] = _filled(form, parts)
    listed = ((kind, told) for kind, told in data.items() if isinstance(told, list))
    spelled = {kind: tuple(_filled(form, parts) for form in told) for kind, told in listed}
    return {part: (form,) for part, form in parts.items()} | spelled


def _filled(form: str, parts: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w*[a-z]\w*)\}", lambda found: parts[found[1]], form)


@cache  # the forms are more than `re` keeps
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)


def match(told: Sequence[str], text: str, hide: Hide) -> dict[str, str] | None:
    """What the first of the forms that fits captures, None if none does."""
    return next(matches(told, text, hide), None)


def matches(told: Sequence[str], text: str, hide: Hide) -> Iterator[dict[str, str]]:
    """What each form that fits captures of the text, with its titles."""
    hidden = hide(text)
    for form in told:
        found = _compiled(form).match(hidden)
        if found is not None:
            groups = [name for name in found.groupdict() if found[name] is not None]
            yield {name: text[found.start(name) : found.end(name)] for name in groups}


def names(words: str, field: Field) -> bool:
    """Whether the words name the field, or go by what it is measured in: a budget is a price."""
    units = lexicon().units.get(" ".join(norms(field.unit or "")) or field.unit or "", ())
    if any(unit.dimension in lexicon().money for unit in units) and re.search(forms()["money"], words, re.I):
        return True
    own = {field.name, field.label, *field.synonyms, field.unit or field.name}
    return any(re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", words, re.I) for word in own)
