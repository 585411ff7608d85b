"""What a language's words claim: read from `prompts/writer/verifier.*.yaml`, for the verifier."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.values import Claim
from bot.writer.deeds import Sense
from bot.writer.phrases import phrases

WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*|[^\w\s]|_")
PUNCTUATION = frozenset(".,:;!?()–—…-")
SLOTS = ("title", "other", "words", "value", "asked", "when", "until", "cause", "stars", "rating", "share", "people",
         "others", "Others", "count", "days", "place", "rank", "label", "Label", "other_value",
         "examples")  # fmt: skip
"""The slots whose values a text may hold; of two equal values the first of these counts."""


@dataclass(frozen=True)
class Mark:
    """Words that only some claims may use: those of certain kinds, or with (or without) a certain slot."""

    words: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...]
    slot: str
    without: str

    def allows(self, claim: Claim) -> bool:
        """Whether the claim may use these words."""
        if self.slot:
            return bool(claim.slots.get(self.slot))
        if self.without:
            return not claim.slots.get(self.without)
        return any(claim.kind == kind or claim.kind.startswith(f"{kind}.") for kind in self.kinds)


@dataclass(frozen=True)
class Language:
    """`prompts/writer/verifier.*.yaml`. A phrase is a tuple of words; lists have the longest first."""

    words: frozenset[str]
    marks: tuple[Mark, ...]
    sense: Sense
    like: tuple[tuple[str, ...], ...]
    dislike: tuple[tuple[str, ...], ...]
    for_: tuple[tuple[str, ...], ...]
    against: tuple[tuple[str, ...], ...]
    neutral: tuple[tuple[str, ...], ...]
    effect_before: tuple[tuple[str, ...], ...]
    effect_after: tuple[tuple[str, ...], ...]
    likeness: tuple[tuple[str, ...], ...]
    ahead_before: tuple[tuple[str, ...], ...]
    leading: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Token:
    """A word or a mark (no slots), or a value of the claim: `slots` says which one, or which ones if they are equal."""

    word: str
    slots: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The word in lower case; for a value its slot in brackets, titles before others."""
        return f"<{next((s for s in SLOTS if s in self.slots), '')}>" if self.slots else self.word.lower()


def tokenise(text: str, values: Mapping[str, frozenset[str]]) -> list[Token]:
    """Words, punctuation, and the claim's values: at each place the longest that fits, alone or with 's."""
    known = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
    value = rf"(?<!\w)(?P<value>{known})(?:['’]s)?(?!\w)|" if known else "(?P<value>(?!))|"
    return [
        Token(found["value"], values[found["value"]]) if found["value"] else Token(found.group())
        for found in re.finditer(value + WORD.pattern, text)
    ]


@lru_cache
def language(name: str) -> Language:
    """Read `prompts/writer/verifier.NAME.yaml`; the words of `prompts/phrases/NAME.yaml` are known too."""
    text = files("prompts").joinpath("writer", f"verifier.{name}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def split(key: str) -> tuple[tuple[str, ...], ...]:
        return _split(data[key])

    known = {word for line in data["words"] for word in re.split(r"[,\s]+", line.strip())}
    for key in ("like", "dislike", "for", "against", "neutral"):
        known |= {word for phrase in split(key) for word in phrase}
    known |= {token.word.lower() for text in phrases(name).texts() for token in tokenise(text, {})}
    marks = tuple(
        Mark(_split(m["words"]), tuple(m.get("kinds", ())), m.get("slot", ""), m.get("without", ""))
        for m in data["marks"]
    )
    lists = (split(key) for key in ("like", "dislike", "for", "against", "neutral", "effect_before", "effect_after",
                                    "likeness", "ahead_before", "leading"))  # fmt: skip
    return Language(frozenset(known - PUNCTUATION), marks, Sense.of(data.get("sense", {})), *lists)


def _split(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tuple(text.split()) for text in texts), key=len, reverse=True))
