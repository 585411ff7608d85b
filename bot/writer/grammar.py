"""Trees of phrases as an llguidance grammar: the wording is free, every value is forced text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.writer.trees import Choice, Tree


def lark(trees: Sequence[Tree], lead: str = " ") -> str:
    """A Lark grammar whose sentences are one phrase of each tree in turn, each after `lead`.

    All of it is one terminal, hence one regular expression: a lexer that took the longest of several literals
    could otherwise run into a dead end where one phrase is the beginning of another.
    """
    return "start: TEXT\nTEXT: " + " ".join(f"{json.dumps(lead)} {_rule(tree)}" for tree in trees)


def _rule(tree: Tree) -> str:
    if isinstance(tree, str):
        return json.dumps(tree, ensure_ascii=False)
    if isinstance(tree, Choice):
        return "(" + " | ".join(_rule(option) for option in tree.options) + ")"
    return "(" + " ".join(_rule(piece) for piece in tree) + ")" if tree else '""'
