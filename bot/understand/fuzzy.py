"""Strings that look like a string: character trigrams find candidates, rapidfuzz decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

_SLOTS = 1 << 18  # trigram hashes; collisions only add candidates
_COMMON = 0.05  # a trigram in more strings than this share is left out of the search when rarer ones are at hand


class FuzzyIndex:
    """Approximate look-up in up to a few hundred thousand short strings; memory some 100 bytes per string."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.strings = strings
        owners, codes = _trigrams(strings)
        order = np.argsort(codes, kind="stable")
        self._owners = owners[order]
        self._starts = np.searchsorted(codes[order], np.arange(_SLOTS + 1))
        self._sizes = np.bincount(owners, minlength=len(strings)).astype(np.float32)

    def search(self, text: str, cutoff: float, limit: int = 5, candidates: int = 60) -> list[tuple[int, float]]:
        """Positions of similar strings with their similarity (0 to 100, normalised indel), best first."""
        if not self.strings or not text:
            return []
        found = self._candidates(text, candidates)
        if not len(found):
            return []
        scores = process.cdist([text], [self.strings[i] for i in found], scorer=fuzz.ratio, score_cutoff=cutoff)[0]
        ranked = sorted(((int(i), float(s)) for i, s in zip(found, scores, strict=True) if s > 0), key=lambda x: -x[1])
        return ranked[:limit]

    def _candidates(self, text: str, n: int) -> NDArray[np.int64]:
        """The strings that share most trigrams, by Dice similarity."""
        _, codes = _trigrams([text])
        codes = np.unique(codes)
        spans = [(int(self._starts[c]), int(self._starts[c + 1])) for c in codes.tolist()]
        common = _COMMON * len(self.strings) + 50
        rare = [span for span in spans if 0 < span[1] - span[0] <= common] or [s for s in spans if s[0] < s[1]]
        if not rare:
            return np.zeros(0, dtype=np.int64)
        owners, shared = np.unique(np.concatenate([self._owners[a:b] for a, b in rare]), return_counts=True)
        dice = 2 * shared / (self._sizes[owners] + len(codes))
        best = np.argpartition(-dice, n)[:n] if len(dice) > n else np.arange(len(dice))
        return np.asarray(owners[best], dtype=np.int64)


def _trigrams(strings: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Each string's trigrams, padded with blanks: owners and hash codes, both [n_trigrams], without repeats."""
    if not strings:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    letters = np.frombuffer("".join(f" {s} " for s in strings).encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = np.fromiter((len(s) + 2 for s in strings), dtype=np.int64, count=len(strings))
    owners = np.repeat(np.arange(len(strings), dtype=np.int32), lengths)
    if len(letters) < 3:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    wide = letters.astype(np.int64)
    codes = (wide[:-2] * 961 + wide[1:-1] * 31 + wide[2:]) * 2654435761 % (1 << 32) % _SLOTS
    inside = owners[:-2] == owners[2:]
    pairs = np.sort(owners[:-2][inside].astype(np.int64) * _SLOTS + codes[inside])
    pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))] if len(pairs) else pairs
    return (pairs // _SLOTS).astype(np.int32), pairs % _SLOTS
