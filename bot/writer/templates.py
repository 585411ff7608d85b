"""How a phrase is written down in `prompts/phrases`: text with {slots}, <parts> and [a|b] choices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.errors import DataError


@dataclass(frozen=True)
class Slot:
    """A value of the claim, or a word of the catalogue."""

    name: str


@dataclass(frozen=True)
class Part:
    """A phrase that several families share."""

    name: str


@dataclass(frozen=True)
class AnyOf:
    """One of several."""

    options: tuple[Template, ...]


Template = str | Slot | Part | AnyOf | tuple["Template", ...]
_MARK = re.compile(r"\{(\w+)\}|<(\w+)>|([\[\]|])|([^{}<>\[\]|]+)")


def parse(text: str) -> Template:
    """Read one phrase: text with {slots}, <parts> and [a|b] choices. DataError names what is malformed."""
    stack: list[list[list[Template]]] = [[[]]]  # open brackets -> options so far -> pieces of the last option
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() != end:
            break
        end = mark.end()
        slot, part, bracket, plain = mark.groups()
        if bracket == "[":
            stack.append([[]])
        elif bracket == "|" and len(stack) > 1:
            stack[-1].append([])
        elif bracket == "]" and len(stack) > 1:
            options = tuple(tuple(pieces) for pieces in stack.pop())
            stack[-1][-1].append(AnyOf(options))
        elif bracket:
            raise DataError(f"Phrase {text!r} has a {bracket!r} outside [a|b]; close every bracket.")
        else:
            stack[-1][-1].append(Slot(slot) if slot else Part(part) if part else plain)
    if end != len(text) or len(stack) != 1:
        raise DataError(f"Phrase {text!r} does not read as text with {{slot}}, <part> and [a|b] at {text[end:]!r}.")
    return tuple(stack[0][0])


def texts(template: Template) -> Iterator[str]:
    """The fixed text of a template, piece by piece."""
    if isinstance(template, str):
        yield template
    elif isinstance(template, AnyOf):
        for option in template.options:
            yield from texts(option)
    elif isinstance(template, tuple):
        for piece in template:
            yield from texts(piece)
