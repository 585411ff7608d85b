"""Which words the phrase grammar puts next to each other: a free text that joins others may say what no phrase says.

"You and 341 people rated it" has no word of its own, nobody else does anything in it, and yet it is not claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

from bot.writer.lexicon import WORD
from bot.writer.phrases import Filling, phrases
from bot.writer.templates import parse
from bot.writer.trees import Choice, Tree

_SLOTS = ("title", "other", "words", "value", "asked", "when", "until", "cause", "stars", "rating", "share", "people",
          "others", "count", "days", "place", "rank", "label", "other_value", "examples")  # fmt: skip
_SAME = {"Others": "others", "People": "people", "Label": "value", "a_label": "value", "a_asked": "value",
         "asked": "value", "label": "value", "other_value": "value", "rating": "stars"}  # fmt: skip
_LACKING = ((), ("share",), ("stars", "rating", "when"), ("share", "stars", "rating", "when"))
_TOKEN = re.compile(rf"(<\w+>)(?:['’]s)?|{WORD.pattern}")


def key(word: str, nouns: frozenset[str] = frozenset()) -> str:
    """What a word or a <slot> counts as: values of a field are alike, and so are the words for any item."""
    if word in nouns:
        return "<noun>"
    return f"<{_SAME.get(word[1:-1], word[1:-1])}>" if word[0] == "<" else word


@lru_cache
def neighbours(language: str, said: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Pairs of keys side by side in the phrases of the families that are not exact, or in the templates `said`."""
    grammar = phrases(language)
    slots = {name: f"<{name}>" for name in _SLOTS} | {name: f"<{same}>" for name, same in _SAME.items()}
    slots |= {"noun": "<noun>", "plural": "<noun>", "is_label": "is"}
    found: set[tuple[str, str]] = set()
    templates = [parse(text) for text in said]
    for family in grammar.families.values():
        if not family.exact:
            toned = [template for tone in family.tones.values() for template in tone]
            usual = [*family.any, *family.next, *family.turn, *family.plain]
            templates += [family.first, family.lead, family.card, *usual, *toned]
    for form in ("one", "many"):
        words = {name: forms[form] for name, forms in grammar.counted.items() if name not in slots}
        filled = slots | {name: "" if "{" in text else text for name, text in words.items()}
        for lacking in _LACKING:  # what is said where a value is not there
            slots_told = {name: value for name, value in filled.items() if name not in lacking}
            filling = Filling(grammar, slots_told | {"title": "<title>"})
            for template, named in product(templates, (False, True)):
                if (tree := filling.fill(template, named)) is not None:
                    _add(tree[0], found)
    return frozenset(found)


def _add(tree: Tree, found: set[tuple[str, str]]) -> tuple[frozenset[str], frozenset[str], bool]:
    """The first words and the last ones of a tree, and whether it may be empty; its pairs go to `found`."""
    if isinstance(tree, str):
        words = [key(one[1] or one[0].lower()) for one in _TOKEN.finditer(tree)]
        found.update(pairwise(words))
        return frozenset(words[:1]), frozenset(words[-1:]), not words
    if isinstance(tree, Choice):
        options = [_add(option, found) for option in tree.options]
        first = frozenset[str]().union(*(begins for begins, _, _ in options))
        last = frozenset[str]().union(*(ends for _, ends, _ in options))
        return first, last, any(empty for _, _, empty in options)
    first, last, empty = frozenset[str](), frozenset[str](), True
    for piece in tree:
        begins, ends, may_lack = _add(piece, found)
        found.update((before, after) for before in last for after in begins)
        first = first | begins if empty else first
        last = ends | last if may_lack else ends
        empty = empty and may_lack
    return first, last, empty


def strange(keys: Sequence[str], known: frozenset[tuple[str, str]], nouns: frozenset[str]) -> str:
    """The first two neighbours that the phrases do not have; "" if there are none."""
    words = [key(one, nouns) for one in keys]
    return next((f"{a} {b}" for a, b in pairwise(words) if (a, b) not in known), "")
