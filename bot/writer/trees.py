"""All the ways of saying one thing, as a tree: a string, a sequence (tuple) of trees, or a choice between trees."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One of several trees."""

    options: tuple[Tree, ...]


Tree = str | tuple["Tree", ...] | Choice


def first_of(tree: Tree) -> str:
    """The deterministic sentence of a tree: the first option everywhere."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, Choice):
        return first_of(tree.options[0])
    return "".join(first_of(piece) for piece in tree)


def sentences(tree: Tree) -> Iterator[str]:
    """Every sentence of a tree (there may be thousands), depth first."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Choice):
        for option in tree.options:
            yield from sentences(option)
    elif not tree:
        yield ""
    else:
        for head in sentences(tree[0]):
            for tail in sentences(tree[1:]):
                yield head + tail


def matches(tree: Tree, text: str) -> bool:
    """Whether the text is one of the sentences of the tree."""
    return len(text) in _ends(tree, text, frozenset({0}))


def _ends(tree: Tree, text: str, starts: frozenset[int]) -> frozenset[int]:
    if isinstance(tree, str):
        return frozenset(start + len(tree) for start in starts if text.startswith(tree, start))
    if isinstance(tree, Choice):
        return frozenset[int]().union(*(_ends(option, text, starts) for option in tree.options))
    for piece in tree:
        starts = _ends(piece, text, starts) if starts else starts
    return starts


def count(tree: Tree) -> int:
    """How many sentences a tree has, duplicates counted."""
    if isinstance(tree, str):
        return 1
    if isinstance(tree, Choice):
        return sum(count(option) for option in tree.options)
    total = 1
    for piece in tree:
        total *= count(piece)
    return total


def draw(tree: Tree, rng: random.Random) -> str:
    """One sentence of a tree, drawn at random."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, Choice):
        return draw(rng.choice(tree.options), rng)
    return "".join(draw(piece, rng) for piece in tree)


def thin(tree: Tree, n: int, rng: random.Random) -> Tree:
    """The tree with at most `n` options wherever there are more, drawn at random: a model always has its favourites,
    and this way they are not always on offer. Deeper choices keep half as many."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, Choice):
        options = rng.sample(tree.options, n) if len(tree.options) > n else tree.options
        return Choice(tuple(thin(option, max(2, n // 2), rng) for option in options))
    return tuple(thin(piece, n, rng) for piece in tree)
