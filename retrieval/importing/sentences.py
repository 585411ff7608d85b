"""Which sentences of reviews are kept: a few per item that say something, from both sides, and nobody's name.

A sentence is looked at when it has 6 to 30 words and at most 220 characters, ends like one, is mostly letters, and
holds no address, link, handle, long number or shouting. It is worth the mean information of its words, −log2 of the
share of the sampled reviews that have the word (a word of none of them, often a slip, says nothing), and a little more
for each doubling of the votes that found the review helpful. Of a review only its best sentence counts, of an item the
best LIKED that liked it and the best DISLIKED that did not; without ratings the best LIKED. Memory is bounded by the
items.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from retrieval.schema import ReviewSentence
from retrieval.text import fold

LIKED, DISLIKED = 3, 2
"""Sentences kept of those who liked an item, or said nothing of it, and of those who did not."""
WORDS, CHARACTERS, READ = (6, 30), 220, 5_000
"""Words of a sentence, its most characters, and how far a review is read."""
HELPFUL = 0.2
"""What a doubling of helpful votes adds, in bits."""
LETTERS = 0.7
"""The least share of letters, spaces apart."""
_TAG, _SPACES = re.compile(r"<[^<>]{0,200}>"), re.compile(r"\s+")
_END = re.compile(r"(?<=[.!?])[\"')\]]?\s+")
_PRIVATE = re.compile(r"https?:|www\.|\S@\S|(?<!\w)@\w|\.(?:com|net|org)\b|\d[\d\s().-]{5,}\d|[A-Z]{4,}\W+[A-Z]{4,}")


@dataclass
class Sentences:
    """Collects while reviews are read, one after the other; `information` is in bits, by folded word."""

    information: Mapping[str, float]
    _kept: dict[tuple[int, bool], list[tuple[float, ReviewSentence]]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self, row: int, user: str, text: str, value: float | None, strength: float, time: int, helpful: int
    ) -> None:
        """Look at one review of the item at `row`."""
        bonus = HELPFUL * math.log2(1 + max(helpful, 0))
        kept, most = self._kept[row, strength < 0], DISLIKED if strength < 0 else LIKED
        least = kept[-1][0] if len(kept) == most else -math.inf
        worth, said = max(((self._worth(one) + bonus, one) for one in split(text)), default=(0.0, ""))
        if worth <= max(least, bonus) or any(said == other.text for _, other in kept):
            return
        key = hashlib.sha256(f"{user}\0{row}\0{time}\0{text}".encode("utf-8", "replace")).hexdigest()[:16]
        kept.append((worth, ReviewSentence(key, said, value, strength, time, max(helpful, 0))))
        kept.sort(key=lambda pair: -pair[0])  # stable: of equal ones the earlier
        del kept[most:]

    def best(self) -> dict[int, tuple[ReviewSentence, ...]]:
        """What is kept, by row, the most telling first."""
        together: dict[int, list[tuple[float, ReviewSentence]]] = defaultdict(list)
        for (row, _), kept in sorted(self._kept.items()):
            together[row] += kept
        return {
            row: tuple(one for _, one in sorted(kept, key=lambda pair: -pair[0]))
            for row, kept in together.items()
            if kept
        }

    def _worth(self, sentence: str) -> float:
        said = fold(sentence).split()
        return sum(self.information.get(word, 0.0) for word in said) / len(said)


def split(review: str) -> tuple[str, ...]:
    """The sentences of a review that could be shown."""
    plain = _SPACES.sub(" ", _TAG.sub(" ", html.unescape(review[:READ]))).strip()
    return tuple(one for one in _END.split(plain) if showable(one))


def showable(sentence: str) -> bool:
    """Whether it is a whole sentence of a fitting length that names no address, number or handle."""
    n_words = sentence.count(" ") + 1
    if not (WORDS[0] <= n_words <= WORDS[1] and len(sentence) <= CHARACTERS and sentence[-1] in ".!?"):
        return False
    if not sentence[0].isalnum() or _PRIVATE.search(sentence) or not sentence.isprintable():
        return False
    return sum(map(str.isalpha, sentence)) >= LETTERS * (len(sentence) - n_words + 1)


def information(reviews: Iterable[str]) -> dict[str, float]:
    """−log2 of the share of the reviews that have a word; of words of at least two reviews, if there are that many."""
    counts: Counter[str] = Counter()
    n = 0
    for review in reviews:
        n += 1
        counts.update({word for one in split(review) for word in fold(one).split()})
    least = 2 if n > 100 else 1
    return {word: math.log2((n + 1) / count) for word, count in counts.items() if count >= least}
