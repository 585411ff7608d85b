"""Sentences that people wrote about items, as a version's folder keeps them: a few per item, without their names.

FOLDER/sentences.jsonl   one JSON array per sentence, grouped by item in the catalogue's order
FOLDER/starts.npy        where each item's lines begin, and the end: [n_items + 1] bytes
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import IntArray, ReviewSentence


class Reviews(Mapping[int, tuple[ReviewSentence, ...]]):
    """By the items' rows, the most telling sentence first.

    Read from disk an item at a time: opening costs nothing, whatever the catalogue's size.
    """

    def __init__(self, starts: IntArray, lines: NDArray[np.uint8]) -> None:
        self._starts, self._lines = starts, lines

    @classmethod
    def load(cls, folder: Path) -> Reviews:
        """What `save` wrote. OSError or ValueError when it is damaged."""
        starts = np.load(folder / "starts.npy", mmap_mode="r")
        place = folder / "sentences.jsonl"
        if place.stat().st_size != int(starts[-1]):
            raise ValueError(f"{place.name} has {place.stat().st_size} bytes instead of {int(starts[-1])}")
        empty = not place.stat().st_size  # which cannot be mapped
        return cls(starts, np.zeros(0, dtype=np.uint8) if empty else np.memmap(place, dtype=np.uint8, mode="r"))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __getitem__(self, row: int) -> tuple[ReviewSentence, ...]:
        if not 0 <= row < len(self):
            raise KeyError(row)
        written = bytes(self._lines[int(self._starts[row]) : int(self._starts[row + 1])])
        return tuple(ReviewSentence(*json.loads(line)) for line in written.splitlines())


def save(sentences: Mapping[int, tuple[ReviewSentence, ...]], n_items: int, folder: Path) -> None:
    """Write what people said, by the items' rows, into an existing folder."""
    starts = np.zeros(n_items + 1, dtype=np.int64)
    with (folder / "sentences.jsonl").open("wb") as file:
        for row in range(n_items):
            for one in sentences.get(row, ()):
                file.write(json.dumps(astuple(one), ensure_ascii=True).encode() + b"\n")
            starts[row + 1] = file.tell()
    np.save(folder / "starts.npy", starts)
