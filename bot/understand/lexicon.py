"""The words of a language, read from `prompts/lexicon/`. No such word stands in code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeVar

import yaml

from bot.understand.tokens import Forms, Match, Phrases, Token, norms
from retrieval.errors import DataError

Words = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Unit:
    """A word for a unit: its dimension and its size in the dimension's own base."""

    dimension: str
    factor: float


@dataclass(frozen=True)
class Lexicon:
    """One language. Every phrase is a tuple of normal forms."""

    cues: Phrases[str]
    comparators: Phrases[str]
    comparators_after: Phrases[str]
    numbers: Mapping[str, int]
    multipliers: Mapping[str, int]
    decades: Mapping[str, int]
    months: Mapping[str, int]
    centuries: Phrases[int]
    inquiries: Mapping[str, Phrases[bool]]  # questions about the catalogue: "how many ... are there", "which ..."
    sorting: Mapping[str, Phrases[bool]]  # "sort by", "highest first"
    hand: Mapping[str, Phrases[bool]]  # what people have, or bear, no more of: "leaves in", "falls asleep", "to kill"
    costless: Phrases[bool]  # "I don't want to pay anything"
    spans: Phrases[tuple[float, float]]  # hours that are said loosely: "half a day"
    counts: Phrases[int]
    count_before: Phrases[bool]
    count_after: Phrases[bool]
    units: Mapping[str, tuple[Unit, ...]]
    money: frozenset[str]
    rating_units: frozenset[str]
    out_of: Phrases[bool]
    ordinals: Mapping[str, int]
    reference: Mapping[str, Phrases[bool]]
    answers: Mapping[str, frozenset[Words]]
    commands: Mapping[str, frozenset[Words]]
    injections: Phrases[bool]
    function_words: frozenset[str]
    politeness: frozenset[str]
    generic: frozenset[str]
    trailing: Phrases[bool]
    forms: Forms
    adjectives: frozenset[str]  # that have a degree: "funny"
    qualities: Mapping[str, Literal["comparative", "superlative"]]  # their forms: "funnier", "funniest"
    meant: Mapping[Words, str]  # what a quality is, told to the text encoder: "sillier" is "silly"
    words: Mapping[str, frozenset[str]]  # the lexicon's small sets
    approximately: float
    years_around: int
    vague: float
    scales: tuple[Words, ...]  # choices from the least to the most: poor, fair, good
    spelled: Mapping[str, tuple[str, ...]]  # sizes in letters, and how they are written out: "m", "medium"
    clock: Mapping[str, int]  # hours that have a name: noon, midnight

    def said(self) -> frozenset[str]:
        """Every word that means something to the reader."""
        phrases = (self.cues, self.comparators, self.comparators_after, self.centuries, self.counts)
        numbers = (self.numbers, self.multipliers, self.decades, self.months, self.units, self.ordinals)
        sets = (self.function_words, self.generic, self.politeness, self.adjectives, self.qualities)
        answers = (word for some in (*self.answers.values(), *self.commands.values()) for said in some for word in said)
        spoken = (*(found.words for found in phrases), *(found.words for found in self.reference.values()))
        return frozenset().union(*spoken, *(frozenset(number) for number in numbers), *sets, answers)

    def turning(self) -> dict[Words, bool]:
        """Phrases that turn a condition around or lift it (False), or that bound a number (True)."""
        kinds, sides = {"not", "not_after", "shut", "out", "dislike", "relax"}, {"<", "<=", ">", ">=", "between"}
        said = {phrase: False for phrase, cues in self.cues.entries() if kinds & set(cues)}
        bounds = (self.comparators, self.comparators_after)
        return said | {phrase: True for found in bounds for phrase, ops in found.entries() if sides & set(ops)}

    def empty(self, word: str) -> bool:
        """Whether a word carries no condition by itself."""
        return word in self.function_words or word in self.politeness or word in self.generic


@lru_cache(maxsize=4)
def lexicon(language: str = "en") -> Lexicon:
    """Read the lexicon of a language; DataError names the section that is missing or not of its form."""
    source = files("prompts") / "lexicon" / f"{language}.yaml"
    # The base loader keeps "no", "on" and "yes" as the words they are.
    data: Any = yaml.load(source.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    try:
        return _lexicon(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"prompts/lexicon/{language}.yaml lacks a section or has one of the wrong form ({error!r}); "
            "compare it with the file that came with the project."
        ) from error


def _lexicon(data: Mapping[str, Any]) -> Lexicon:
    units: dict[str, list[Unit]] = {}
    for dimension, words in data["units"].items():
        for word, factor in words.items():
            units.setdefault(" ".join(norms(word)) or word, []).append(Unit(dimension, float(factor)))
    forms = Forms(
        tuple((suffix, instead) for suffix, instead in data["plural"]),
        tuple(data["plural_not"]),
        tuple((suffix, instead) for suffix, instead in data["comparative"]),
        tuple((suffix, instead) for suffix, instead in data["superlative"]),
        {word: tuple(found) for word, found in data["irregular"].items()},
        data["adverb"],
    )
    adjectives = _folded(data["adjectives"])
    qualities: dict[str, Literal["comparative", "superlative"]] = {}
    for more, most in map(forms.compared, adjectives):
        qualities |= {more: "comparative", most: "superlative"}
    meant = {norms(word): str(text) for word, text in data["meant"].items()}
    for word in adjectives:
        meant |= {(form,): meant.get((word,), word) for form in forms.compared(word)}
    return Lexicon(
        cues=_phrases((kind, phrase) for kind, phrases in data["cues"].items() for phrase in phrases),
        comparators=_phrases((op, phrase) for op, phrases in data["comparators"].items() for phrase in phrases),
        comparators_after=_phrases(
            (o, phrase) for o, phrases in data["comparators_after"].items() for phrase in phrases
        ),
        numbers=_numbers(data["numbers"]),
        multipliers=_numbers(data["multipliers"]),
        decades=_numbers(data["decades"]),
        months=_numbers(data["months"]),
        centuries=_phrases((int(year), phrase) for phrase, year in data["centuries"].items()),
        inquiries={kind: _phrases((True, p) for p in phrases) for kind, phrases in data["inquiries"].items()},
        sorting={kind: _phrases((True, p) for p in phrases) for kind, phrases in data["sorting"].items()},
        hand={kind: _phrases((True, p) for p in phrases) for kind, phrases in data["hand"].items()},
        costless=_phrases((True, phrase) for phrase in data["costless"]),
        spans=_phrases(((float(low), float(high)), phrase) for phrase, (low, high) in data["spans"].items()),
        counts=_phrases((int(n), phrase) for phrase, n in data["counts"].items()),
        count_before=_phrases((True, phrase) for phrase in data["count_before"]),
        count_after=_phrases((True, phrase) for phrase in data["count_after"]),
        units={word: tuple(found) for word, found in units.items()},
        money=frozenset(data["money"]),
        rating_units=frozenset(data["rating_units"]),
        out_of=_phrases((True, phrase) for phrase in data["out_of"]),
        ordinals=_numbers(data["ordinals"]),
        reference={kind: _phrases((True, p) for p in phrases) for kind, phrases in data["reference"].items()},
        answers={kind: frozenset(map(norms, phrases)) for kind, phrases in data["answers"].items()},
        commands={kind: frozenset(map(norms, phrases)) for kind, phrases in data["commands"].items()},
        injections=_phrases((True, phrase) for phrase in data["injections"]),
        function_words=_folded(data["function_words"]),
        politeness=_folded(data["politeness"]),
        generic=_folded(data["generic"]),
        trailing=_phrases((True, phrase) for phrase in data["trailing"]),
        forms=forms,
        adjectives=adjectives | _folded(data["qualities"]),
        qualities=qualities,
        meant=meant,
        words={kind: _folded(data["sets"][kind]) for kind in data["sets"]},
        approximately=float(data["approximately"]),
        years_around=int(data["years_around"]),
        vague=float(data["vague"]),
        scales=tuple(tuple(" ".join(norms(word)) for word in scale) for scale in data["scales"]),
        spelled={letters: tuple(names) for letters, names in data["spelled"].items()},
        clock=_numbers(data["clock"]),
    )


def _phrases(entries: Iterable[tuple[T, str]]) -> Phrases[T]:
    return Phrases((norms(phrase), value) for value, phrase in entries)


def _numbers(data: Mapping[str, str]) -> dict[str, int]:
    return {norms(word)[0]: int(value) for word, value in data.items()}


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in words for word in norms(phrase))


@dataclass(frozen=True)
class Marked:
    """The words of a message, and the cues in it."""

    tokens: tuple[Token, ...]
    words: Words
    breaks: tuple[bool, ...]
    cues: tuple[Match[list[str]], ...]
    names: tuple[tuple[int, int], ...] = ()  # titles that are written out: no word in them is the sentence's own

    def kinds(self, start: int, end: int) -> frozenset[str]:
        """The kinds of cue that lie within these words."""
        return frozenset(kind for cue in self.cues if start <= cue.start and cue.end <= end for kind in cue.value)

    def apart(self, names: Sequence[tuple[int, int]]) -> Marked:
        """The same without the cues inside `names`: "Hated" is no verb where it is a title."""
        cues = (c for c in self.cues if not any(start <= c.start and c.end <= end for start, end in names))
        return replace(self, cues=tuple(cues))

    def cue(self, index: int) -> Match[list[str]] | None:
        """The cue that covers this word."""
        return next((cue for cue in self.cues if cue.start <= index < cue.end), None)


def mark(tokens: tuple[Token, ...], language: Lexicon, names: tuple[tuple[int, int], ...] = ()) -> Marked:
    """Find the cues outside `names`."""
    words, breaks = tuple(t.norm for t in tokens), tuple(t.breaks for t in tokens)
    inside = {i for start, end in names for i in range(start, end)}
    said = tuple("" if i in inside else word for i, word in enumerate(words))
    return Marked(tokens, words, breaks, tuple(language.cues.all(said, breaks)), names)


def speaks(words: Words, index: int, language: Lexicon) -> bool:
    """Whether the verb at `index` is said by the speaker of themselves: "I really liked", not "something like"."""
    speakers, adverbs = language.words["speaker"], language.words["adverbs"]
    for back in range(index - 1, max(-1, index - 6), -1):
        if words[back] in speakers:
            return True
        if words[back] not in adverbs:
            return False
    return False
