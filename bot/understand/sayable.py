"""Which values of a catalogue a message may name. The tables of phrases hold these alone, however large the catalogue.

Nobody says a sentence that one item has: such values are found by searching, as descriptions are. What is left is
bounded too; the values that most items have come first, and a field with few values keeps all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.schema import Schema

SENTENCE = 6
"""With more words than this, a value that only one item has is a sentence rather than a name."""
MOST_VALUES = 100_000
"""The most values of all fields together; each takes about two kilobytes of tables."""


@dataclass(frozen=True)
class Sayable:
    """The values that can be named, by field and in the catalogue's order, with how many items have each; and those
    that cannot: by field its sentences, and what was one too many."""

    counts: dict[str, Counter[str]]
    sentences: dict[str, tuple[str, ...]]
    beyond: tuple[str, ...]


def sayable(schema: Schema, counts: Mapping[str, Counter[str]], most: int = MOST_VALUES) -> Sayable:
    """`counts`: by field each value and how many items have it. Values that the schema lists are always kept."""
    listed = {f.name: f.values for f in schema.fields}
    kept: dict[str, Counter[str]] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    for name, known in counts.items():
        long = {v for v, n in known.items() if n == 1 and v.count(" ") >= SENTENCE and v not in listed[name]}
        sentences[name] = tuple(value for value in known if value in long)
        kept[name] = Counter({value: items for value, items in known.items() if value not in long})
    beyond: list[str] = []
    room = most
    for place, name in enumerate(sorted(kept, key=lambda n: len(kept[n]))):
        share = room // (len(kept) - place)
        if len(kept[name]) > share:
            best = {value for value, _ in kept[name].most_common(share)} | set(listed[name])
            beyond += [value for value in kept[name] if value not in best]
            kept[name] = Counter({value: items for value, items in kept[name].items() if value in best})
        room -= min(share, len(kept[name]))
    return Sayable(kept, sentences, tuple(beyond))
