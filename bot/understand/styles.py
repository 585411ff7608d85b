"""Wishes about how explanations are written: "shorter, please", "no numbers". The forms come from `prompts/questions`.

Read before everything else: what is left of the message is read as usual.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.understand.clean import clean
from bot.values import Style

LONGEST = 300  # characters; a longer message is no such wish, and the forms may backtrack
_KEYS = ("style", "style_after", "style_after_why")


def read_style(message: str, explained: bool, why: bool = True) -> tuple[tuple[Style, ...], str]:
    """The wishes, and the message without them. `explained`: the turn before explained something, so that "shorter"
    alone is meant of the explanation, not of an item; `why`: it told why, so that "more" alone is, too."""
    if len(message) > LONGEST:
        return (), message
    whole, found, rest = clean(message), [], []
    parts = re.split(r"((?:[.!?;,\n]|\s-)+\s*(?:(?:and|but)\s+)?|\s+(?:and|but)\s+)", whole)
    for place, part in enumerate(parts):
        style = _style(part.strip(), explained + (explained and why)) if place % 2 == 0 else None
        if style is None:
            rest.append(part)
        else:
            found.append(style)
    if not found:
        return (), message
    left = re.sub(r"^[\s.!?;,-]+|[\s.;,-]+$", "", "".join(rest))
    left = re.sub(r"^(?:and|but)\b\s*|\s*\b(?:and|but|please)$", "", left, flags=re.IGNORECASE)
    return tuple(dict.fromkeys(found)), left


def puzzled(message: str) -> bool:
    """Whether it says that the answer before was not understood: "that makes no sense"."""
    return len(message) <= LONGEST and _puzzled().fullmatch(clean(message).strip(" .!?,")) is not None


def asked_before(messages: Sequence[str]) -> str:
    """The last of these messages that asked for something, without its wishes; "" if it was a click."""
    for message in reversed(messages):
        found, rest = read_style(message, explained=True)
        if not found or rest:
            return rest
    return ""


def _style(part: str, after: int) -> Style | None:
    """The wish that the words are; `after`: how many of the forms hold that only an answer before gives a meaning."""
    forms = _forms()
    for key in _KEYS[: 1 + after]:
        for style, patterns in forms[key].items():
            if any(pattern.fullmatch(part) for pattern in patterns):
                return style
    return None


@lru_cache
def _puzzled() -> re.Pattern[str]:
    text = files("prompts").joinpath("questions", "en.yaml").read_text(encoding="utf-8")
    return re.compile("|".join(yaml.safe_load(text)["puzzled"]), re.IGNORECASE)


@lru_cache
def _forms() -> dict[str, dict[Style, tuple[re.Pattern[str], ...]]]:
    text = files("prompts").joinpath("questions", "en.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    frame = data["style_frame"]
    return {
        key: {
            style: tuple(re.compile(frame.replace("{form}", form), re.IGNORECASE) for form in forms)
            for style, forms in data[key].items()
        }
        for key in _KEYS
    }
