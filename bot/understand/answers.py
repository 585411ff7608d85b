"""What a message answers to the question the bot asked last."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from bot.understand.constraints import Conditions
from bot.understand.extremes import Bound
from bot.understand.lexicon import Lexicon, Words
from bot.understand.tokens import norms
from bot.understand.vocabulary import Catalogue, Vocabulary
from bot.values import Question
from retrieval.schema import Constraint

_LONGEST = 14  # words: a longer message is no answer alone
_OTHERWISE = frozenset(
    {
        "like",
        "dislike",
        "seen",
        "rate",
        "good",
        "bad",
        "similar",
        "vein",
        "more",
        "rewatch",
        "why",
        "why_not",
        "what_if",
    }
    | {"compare", "facts", "profile", "forget", "relax"}
)  # cues of another act: a message with one of these is no answer
_SAME = 88.0  # per cent: an option typed with a slip


@dataclass(frozen=True)
class Answer:
    """The conditions of an option, or that the field does not matter."""

    constraints: tuple[Constraint, ...] = ()
    relaxed: str | None = None


def of_title(
    words: Words,
    kinds: frozenset[str],
    readings: Sequence[tuple[int, ...]],
    question: Question,
    named: Sequence[int],
    pointed: Sequence[int],
    conditions: Conditions,
    catalogue: Catalogue,
    language: Lexicon,
) -> int | None:
    """The row that is picked, if the message does nothing but pick one.

    `kinds` are those of its cues, `named` rows of titles in it, `pointed` those of references to the options.
    """
    refused = "not" in kinds and words[:1] not in language.answers["no"]
    if len(words) > _LONGEST or kinds & _OTHERWISE or refused:
        return None
    rows = [reading[0] for reading in readings if reading]
    if len(pointed) == 1 and pointed[0] in rows:
        return pointed[0]
    fitting = [row for row in named if row in rows]
    if len(fitting) == 1:
        return fitting[0]
    picks = bool((language.words["definite"] | language.words["single"]) & set(words)) and "request" not in kinds
    years = not question.pair and _only_years(conditions, kinds, catalogue)
    if conditions.found and (picks or years):
        mask = np.ones(len(catalogue.items), dtype=bool)
        for found in conditions.found:
            mask &= catalogue.matches(found.constraint)
        left = [row for row in rows if mask[row]]
        if len(left) == 1:
            return left[0]
    one = (language.words["leading"] | language.words["single"]) & set(words)  # "the older one", not "older"
    for bound in conditions.bounds if "request" not in kinds and (one or not question.pair) else ():
        row = _outermost(bound, rows, catalogue)
        if row is not None:
            return row
    said = " ".join(words)
    scores = [fuzz.ratio(said, " ".join(norms(option))) for option in question.options]
    best = int(np.argmax(scores)) if scores else -1
    if scores and scores[best] >= _SAME and readings[best] and scores.count(scores[best]) == 1:
        return readings[best][0]
    return None


def _only_years(conditions: Conditions, kinds: frozenset[str], catalogue: Catalogue) -> bool:
    """ "1976", "from the seventies": beside a title no more than its year is said to tell it from the others."""
    years = {f.name for f in catalogue.schema.fields if f.unit == "year"}
    return "request" not in kinds and all(f.constraint.field in years for f in conditions.found)


def of_field(
    words: Words, question: Question, conditions: Conditions, vocabulary: Vocabulary, language: Lexicon
) -> Answer | None:
    """An answer about a field: a value of it, an option, yes or no for a flag, or no preference."""
    field = next((f for f in vocabulary.schema.fields if f.name == question.field), None)
    if field is None or len(words) > _LONGEST:
        return None
    said = " ".join(words)
    offered = [(norms(option), means) for option, means in zip(question.options, question.means, strict=False)]
    refused = any(map(conditions.scopes.excluded, range(len(conditions.scopes.denied))))
    chosen = next((means for option, means in offered if _within(words, {option}, language)), None)
    if chosen and not refused:
        return Answer(chosen)
    said_of = {_edge(f.constraint) for f in conditions.found if f.constraint.field == field.name}
    if len(said_of) > 1 and not refused:
        # "90 to 100 minutes, I'd say": the range that was offered, whose upper end is not in it.
        same = next((means for _, means in offered if {_edge(c) for c in means} == said_of), None)
        if same:
            return Answer(same)
    if said_of:
        return Answer()
    if field.kind == "flag":
        for truth, kind in ((True, "yes"), (False, "no")):
            if words in language.answers[kind]:
                return Answer((Constraint(field.name, "==", truth),))
    if indifferent(words, language) or any(name == field.name for name, _ in conditions.relaxed):
        return Answer(relaxed=field.name)
    others = (h for h in conditions.hits if h.sense.field.name != field.name)
    if any(_names(value, words) for h in others for value in h.sense.values):
        return None  # "available in German", where the country was asked about: no slip for Germany
    told = " ".join(w for w in words if not language.empty(w))
    for option, means in offered:
        # A slip in a word is forgiven; with another digit it is another answer.
        alike = fuzz.ratio(said, " ".join(option)) >= _SAME or (len(told) > 3 and _slipped(told, " ".join(option)))
        if alike and not any(letter.isdigit() for letter in said):
            return Answer(means) if means else Answer(relaxed=field.name)
    return None


def _edge(constraint: Constraint) -> tuple[str, object]:
    """A bound without regard to whether its end is included."""
    return constraint.op[0], constraint.value


def _names(value: str, words: Words) -> bool:
    """Whether a value stands in the words as it is, with something beside it."""
    name = norms(value)
    return len(name) < len(words) and any(words[i : i + len(name)] == name for i in range(len(words)))


def _slipped(said: str, option: str) -> bool:
    return OSA.distance(said, option, score_cutoff=1) == 1


def _within(words: Words, phrases: Set[Words], language: Lexicon) -> bool:
    """ "R, I think": one of the phrases, and nothing of content around it."""
    return any(
        words[start:end] in phrases and all(map(language.empty, (*words[:start], *words[end:])))
        for start in range(len(words))
        for end in range(len(words), start, -1)
    )


def no_pick(words: Words, kinds: frozenset[str], language: Lexicon) -> bool:
    """ "Neither", "I don't care": none of the titles is picked, and nothing else is asked or said."""
    if words in language.answers["any"]:
        return True
    return not kinds & (_OTHERWISE - {"relax"} | {"request"}) and indifferent(words, language)


def indifferent(words: Words, language: Lexicon) -> bool:
    """ "no, don't mind", "either is fine with me": a phrase of indifference, and nothing of content beside it."""
    phrases, adverbs = language.answers["any"], language.words["adverbs"]
    fewer = [(*words[:i], *words[i + 1 :]) for i, word in enumerate(words) if word in adverbs]  # "I don't really know"
    return any(_within(said, phrases, language) for said in (words, *fewer))


def _outermost(bound: Bound, rows: Sequence[int], catalogue: Catalogue) -> int | None:
    """ "the older one", "the newest": the one of the rows at that end."""
    if bound.direction is None or not rows:
        return None
    known = [(catalogue.items[row].attributes.get(bound.field), row) for row in rows]
    values = [(float(v), row) for v, row in known if isinstance(v, int | float)]
    if not values:
        return None
    return (max if bound.direction.more else min)(values)[1]
