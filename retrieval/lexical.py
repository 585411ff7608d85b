"""Search by words (BM25, through bm25s) over titles, categories and descriptions."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.schema import IntArray, Item, Schema
from retrieval.text import fold

if TYPE_CHECKING:
    from bm25s import BM25


def build(items: tuple[Item, ...], schema: Schema, folder: Path) -> None:
    """Write the word index of the items into an existing, empty folder; the same items give the same bytes."""
    from bm25s import BM25

    met: dict[str, int] = {}
    documents = [
        array("i", (met.setdefault(word, len(met)) for word in fold(_text(item, schema)).split())) for item in items
    ]
    # Ids in spelling order: bm25s numbers words in the order of a set, which differs from run to run.
    vocabulary = {word: number for number, word in enumerate(sorted(met))}
    spelt = [vocabulary[word] for word in met]  # each number one object: 20 million words are 0.2 GB, not 1.5
    model = BM25()
    model.index(([[spelt[word] for word in words] for words in documents], vocabulary), show_progress=False)
    model.save(folder, show_progress=False)


@dataclass(frozen=True)
class Lexical:
    """An opened word index."""

    model: BM25

    @classmethod
    def open(cls, folder: Path) -> Lexical:
        """Open what `build` wrote; OSError or ValueError when it is damaged."""
        from bm25s import BM25

        return cls(BM25.load(folder, show_progress=False))

    def search(self, text: str, n: int) -> IntArray:
        """Up to `n` rows that share a word with `text`, best first."""
        words = [word for word in fold(text).split() if word in self.model.vocab_dict]
        if not words:
            return np.zeros(0, dtype=np.int64)
        scores = self.model.get_scores(words)
        best = np.argsort(-scores, kind="stable")[:n]
        return np.asarray(best[scores[best] > 0], dtype=np.int64)


def _text(item: Item, schema: Schema) -> str:
    parts = [item.title, *item.aliases]
    for field in schema.fields:
        if field.kind in ("category", "tags", "list", "text") and field.name in item.attributes:
            known = item.attributes[field.name]
            parts.extend(known if isinstance(known, tuple) else (str(known),))
    return " ".join((*parts, item.text))
