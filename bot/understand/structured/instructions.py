"""What a large language model is told: the catalogue's fields, the rules, examples made of the catalogue's own items.

All words come from `prompts/reader/`; all that is said of the catalogue comes from its schema and its items.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from bot.understand.reading import Context
from bot.understand.senses import CHOICES
from bot.understand.structured.proposal import Proposal, read_proposal
from bot.understand.titles import Titles
from bot.understand.tokens import norms
from bot.understand.vocabulary import Catalogue, Vocabulary
from bot.wording import condition_texts
from retrieval.errors import DataError, ModelError
from retrieval.schema import Field

Messages = list[tuple[str, str]]  # (role, text), as LangChain takes them
_FEW = 40  # values of one field that are all named; of more, the most frequent
_SAMPLE = 8
_SLOT = re.compile(r"\{(\w+)\}")
_SHOWN = 20  # rows of the last list that the model is told of


@dataclass(frozen=True)
class Instructions:
    """The prompt for one catalogue."""

    version: str
    system: str
    examples: tuple[tuple[str, Proposal], ...]
    catalogue: Catalogue

    def messages(self, text: str, context: Context) -> Messages:
        """The request for one cleaned message; `<` cannot end the block that it stands in."""
        prompt = _prompt()
        data = json.dumps(_context(context, self.catalogue), ensure_ascii=False)
        told = [
            prompt["context"].replace("{context}", _inert(data)),
            prompt["message"].replace("{message}", _inert(text)),
        ]
        return [("system", self.system), ("human", "\n".join(told))]

    def again(self, messages: Messages, answer: str, error: str) -> Messages:
        """The same request with the answer that could not be used, and what was wrong with it."""
        return [*messages, ("ai", answer or "{}"), ("human", _prompt()["repair"].replace("{error}", error))]


def instructions(catalogue: Catalogue, vocabulary: Vocabulary, titles: Titles) -> Instructions:
    """Build the prompt: goes through the catalogue once."""
    prompt, schema = _prompt(), catalogue.schema
    counts = _counts(catalogue)
    slots = _slots(catalogue, vocabulary, titles, counts)
    examples = tuple(_examples(prompt["examples"], slots, catalogue))
    shown = (f"<message>{said}</message>\n{form.model_dump_json(exclude_defaults=True)}" for said, form in examples)
    about = {
        "title": schema.title, "noun": schema.noun, "plural": schema.plural, "verb": schema.verb,
        "fields": "\n".join(f"- {_described(f, vocabulary, counts)}" for f in schema.fields),
        "examples": "\n".join(shown),
    }  # fmt: skip
    return Instructions(f"reader/en {prompt['version']}", _filled(prompt["system"], about), examples, catalogue)


@lru_cache(maxsize=1)
def _prompt() -> Mapping[str, Any]:
    source = files("prompts") / "reader" / "en.yaml"
    data: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
    lacking = {"version", "system", "context", "message", "repair", "examples"} - set(data)
    if lacking:
        raise DataError(
            f"prompts/reader/en.yaml lacks {', '.join(sorted(lacking))}; compare it with the file that came."
        )
    return dict(data)


def _inert(text: str) -> str:
    return text.replace("<", "‹").replace(">", "›")


# -- the catalogue in words --------------------------------------------------------------------------------------------


def _counts(catalogue: Catalogue) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {f.name: Counter() for f in catalogue.schema.fields if f.kind in CHOICES}
    for item in catalogue.items:
        for name, counter in counts.items():
            value = item.attributes.get(name)
            if value is not None:
                counter.update(value if isinstance(value, tuple) else (str(value),))
    return counts


def _described(field: Field, vocabulary: Vocabulary, counts: Mapping[str, Counter[str]]) -> str:
    """One line: name, kind, label, other words, unit, and values or their range."""
    out = f"{field.name} ({field.kind}): {field.label or field.name}"
    if field.synonyms:
        out += f", also {', '.join(field.synonyms)}"
    numbers = vocabulary.number(field.name)
    if numbers is not None and len(numbers.values):
        out += f"; from {numbers.values[0]:g} to {numbers.values[-1]:g}" + (f" {field.unit}" if field.unit else "")
        out += f"; higher is {', '.join(field.more)}" if field.more else ""
        out += f"; lower is {', '.join(field.less)}" if field.less else ""
    elif field.name in counts:
        known = counts[field.name]
        every = len(known) <= _FEW
        named = [value for value, _ in known.most_common(_FEW if every else _SAMPLE)]
        out += ("; values: " if every else f"; {len(known)} values, such as ") + ", ".join(named)
    return out


def _context(context: Context, catalogue: Catalogue) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if context.shown:
        out["shown"] = [
            {"position": place, "title": item.title, **{k: _short(v) for k, v in item.attributes.items()}}
            for place, item in enumerate((catalogue.items[row] for row in context.shown[:_SHOWN]), start=1)
        ]
    if context.question is not None:
        out["question"] = {"text": context.question.text, "options": list(context.question.options)}
    if context.constraints:
        out["conditions"] = condition_texts(catalogue.schema, context.constraints)
    if context.focus is not None:
        out["talked_about"] = catalogue.items[context.focus].title
    return out


def _short(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(v)[:60] for v in value[:6]]
    return value[:60] if isinstance(value, str) else value


# -- examples ----------------------------------------------------------------------------------------------------------


def _slots(
    catalogue: Catalogue, vocabulary: Vocabulary, titles: Titles, counts: Mapping[str, Counter[str]]
) -> Mapping[str, Any]:
    """What the examples' placeholders stand for; a slot that this catalogue cannot fill is absent."""
    schema = catalogue.schema
    out: dict[str, Any] = {"noun": schema.noun, "plural": schema.plural, "verb": schema.verb}
    popular = (catalogue.items[row].title for row in np.argsort(-np.asarray(catalogue.counts), kind="stable")[:200])
    plain = [t for t in popular if _plain(t) and (found := titles.exact(norms(t))) and len(titles.decided(found)) == 1]
    out |= dict(zip(("item", "other"), dict.fromkeys(plain), strict=False))
    for field in schema.fields:
        values = [value for value, _ in counts.get(field.name, Counter()).most_common(_SAMPLE) if _plain(value)]
        if len(values) > 1:
            wants, denies = ("==", "!=") if field.kind == "category" else ("includes", "excludes")
            out |= {"choice": field.name, "value": values[0], "refused": values[1], "wants": wants, "denies": denies}
            break
    for numbers in vocabulary.numbers:
        if len(numbers.values) and numbers.field.kind == "number":
            middle = numbers.quantile(0.5)
            out |= {"number": numbers.field.name, "number_label": numbers.field.label or numbers.field.name,
                    "bound": int(middle) if middle == int(middle) else middle}  # fmt: skip
            break
    return out


def _plain(text: str) -> bool:
    return 3 < len(text) <= 40 and all(c.isalnum() or c in " '-" for c in text)


def _examples(raw: Any, slots: Mapping[str, Any], catalogue: Catalogue) -> Iterator[tuple[str, Proposal]]:
    for example in raw:
        try:
            said, form = _filled(example["say"], slots), _filled(example["form"], slots)
        except KeyError:
            continue  # this catalogue has no such thing
        try:
            yield said, read_proposal(form, catalogue.schema)
        except ModelError as error:
            raise DataError(
                f"prompts/reader/en.yaml: the example {example['say']!r} is no valid form: {error}"
            ) from error


def _filled(part: Any, slots: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, slots) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, slots) for value in part]
    if not isinstance(part, str):
        return part
    whole = _SLOT.fullmatch(part)
    return slots[whole[1]] if whole else _SLOT.sub(lambda slot: str(slots[slot[1]]), part)  # a number stays one
