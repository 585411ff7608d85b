"""Whether to put a question beside a list, and which one: the one that is expected to tell most.

A list is never withheld: whoever asks for one gets it, and what is asked is how to make the next one better. For a
person who is after item i (probability p_i) and answers v with probability a_i(v), the conditions that v stands for
multiply p_i by 1 / mass(v), so a question is worth

    gain = (1 - P(list)) · Σ_i p_i Σ_v a_i(v) · log2(1 / mass(v))     bits,    mass(v) = Σ_i p_i [i satisfies v]

the expected information gain (Lindley, 1956) over the ranker-weighted candidates. Those who cannot answer
(Σ_v a_i(v) < 1) gain nothing, and P(list) is the chance that the list shown has what they want already. When no
question is worth COST the list stands alone. What was asked, said or declared idle is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol

import numpy as np

from bot.profile import Standing
from bot.ranges import Option, ranges
from bot.values import Question
from bot.wording import say
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint, Field, FloatArray, IntArray, Op, Ranked

OPTIONS = 5  # values named in one question
TEMPERATURE = 1.0  # of the softmax that turns scores into chances
COST = 0.05  # bits: what a question has to be worth, for the attention it takes
PATIENCE = 3  # questions in a row that may go unanswered
# How often an answer says something: a value that is named, one that has to come to mind, a flag, a year, an amount in
# a unit, a bare number. Measured on the simulated people that policies are tuned with (docs/dialogue.md).
# Simulated people recall as well as they recognise; real ones do not, so what has to come to mind counts for half.
RECOGNISED, RECALLED, FLAGGED, DATED, MEASURED, RATED = 0.45, 0.22, 0.3, 0.4, 0.25, 0.17
PAIRED = 12  # of the likeliest candidates that pairs are made of
DECISIVE = 6.0  # how sharply likeness decides between two items (logistic)
_OPEN = frozenset({"!=", "not_in", "excludes"})  # having said what one does not want leaves open what one does


@dataclass(frozen=True)
class Outlook:
    """What is known when a question is considered."""

    catalogue: Catalogue
    vectors: FloatArray  # [n_items, d] unit content vectors
    eligible: IntArray  # rows that satisfy every condition
    rows: IntArray  # [n] the likeliest of them, best first
    probability: FloatArray  # [n] chance that each is what the person is after; sums to 1
    listed: FloatArray  # [n] 1 where the row is on the list that is about to be shown
    settled: frozenset[str]  # fields that were asked about, constrained or said not to matter
    compared: frozenset[int]  # rows that a pair question has offered
    unanswered: int  # questions in a row that were left without an answer

    def open_fields(self) -> tuple[Field, ...]:
        """The fields that may still be asked about."""
        return tuple(
            f for f in self.catalogue.schema.fields if f.kind != "text" and f.asked and f.name not in self.settled
        )

    def masses(self, field: Field) -> Mapping[str | int | float | bool, float]:
        """The chance that what is wanted has the value, by value; counted once for each field."""
        if field.name not in self._counted:
            mass: dict[str | int | float | bool, float] = {}
            for row, chance in _chances(self):
                for entry in _entries(self, row, field):
                    mass[entry] = mass.get(entry, 0.0) + chance
            self._counted[field.name] = mass
        return self._counted[field.name]

    @cached_property
    def _counted(self) -> dict[str, Mapping[str | int | float | bool, float]]:
        return {}


class Asking(Protocol):
    """A policy: the question to put beside the list, or None to ask nothing."""

    def __call__(self, outlook: Outlook) -> Question | None:
        """The question, or None."""
        ...


def outlook(
    catalogue: Catalogue, vectors: FloatArray, standing: Standing, eligible: IntArray, ranked: Ranked
) -> Outlook:
    """What a policy may know after this list was made."""
    rows = np.array([row for row, _ in ranked.head], dtype=np.int64)
    scores = np.array([score for _, score in ranked.head], dtype=np.float64)
    weights = np.exp((scores - scores.max(initial=0.0)) / TEMPERATURE) if len(scores) else scores
    said = {c.field for c in standing.profile.constraints if c.op not in _OPEN}
    return Outlook(
        catalogue=catalogue,
        vectors=vectors,
        eligible=eligible,
        rows=rows,
        probability=(weights / weights.sum() if len(weights) else weights).astype(np.float32),
        listed=np.isin(rows, [scored.item for scored in ranked.items]).astype(np.float32),
        settled=frozenset(standing.settled | said),
        compared=standing.compared,
        unanswered=standing.unanswered,
    )


def by_information_gain(outlook: Outlook) -> Question | None:
    """The question with the highest expected gain, if that is worth asking."""
    if outlook.unanswered >= PATIENCE:
        return None
    missed = 1.0 - float(outlook.probability @ outlook.listed)
    worth = [(missed * gain(outlook, f), f) for f in outlook.open_fields()]
    best, field = max(worth, key=lambda pair: pair[0], default=(0.0, None))
    value, pair = best_pair(outlook)
    if field is not None and best >= max(COST, missed * value):
        return field_question(outlook, field.name)
    return pair_question(outlook, *pair) if missed * value >= COST else None


def never(_: Outlook) -> Question | None:
    """Recommend, and ask nothing."""
    return None


# -- a field -----------------------------------------------------------------------------------------------------------


def gain(outlook: Outlook, field: Field) -> float:
    """Bits that asking about the field is expected to tell, before the list is considered."""
    options = field_options(outlook, field)
    if len(options) < 2:
        return 0.0
    if field.kind in ("number", "date", "flag"):
        mass = np.stack([_satisfying(outlook, option.means) for option in options]) @ outlook.probability
        return _answered(field) * float(-(mass * np.log2(np.maximum(mass, 1e-9))).sum())
    masses, offered = outlook.masses(field), {option.text for option in options}
    worth = {
        value: -np.log2(max(mass, 1e-9)) * (RECOGNISED if str(value) in offered else RECALLED)
        for value, mass in masses.items()
    }
    told = ((_entries(outlook, row, field), chance) for row, chance in _chances(outlook))
    return float(sum(chance * sum(worth[v] for v in values) / len(values) for values, chance in told if values))


def _answered(field: Field) -> float:
    if field.kind == "flag":
        return FLAGGED
    if field.unit == "year":
        return DATED
    return MEASURED if field.unit and field.kind == "number" else RATED


def field_options(outlook: Outlook, field: Field) -> tuple[Option, ...]:
    """What the question would offer, likeliest first, ranges in their order; () when there is nothing to choose."""
    if field.kind in ("number", "date"):
        return ranges(field, outlook.catalogue.numbers(field.name)[outlook.rows], outlook.probability)
    mass = outlook.masses(field)
    known = float(outlook.probability @ outlook.catalogue.known(field.name)[outlook.rows])
    # A value that all have tells nothing, and one that hardly any has is not worth its place.
    telling = [v for v in sorted(mass, key=lambda v: (-mass[v], str(v))) if 0.01 < mass[v] < 0.97 * known]
    if field.kind == "flag":
        options = (Option(say("yes"), (Constraint(field.name, "==", True),)),
                   Option(say("no"), (Constraint(field.name, "==", False),)))  # fmt: skip
        return options if len(telling) == 2 else ()
    op: Op = "==" if field.kind == "category" else "includes"
    return tuple(Option(str(v), (Constraint(field.name, op, v),)) for v in telling[:OPTIONS])


def _chances(outlook: Outlook) -> Iterator[tuple[int, float]]:
    return zip(outlook.rows.tolist(), outlook.probability.tolist(), strict=True)


def _entries(outlook: Outlook, row: int, field: Field) -> tuple[str | int | float | bool, ...]:
    value = outlook.catalogue.items[row].attributes.get(field.name, ())
    return value if isinstance(value, tuple) else (value,)


def field_question(outlook: Outlook, name: str) -> Question | None:
    """The question about one field; None when the candidates leave nothing to choose."""
    field = outlook.catalogue.schema.field(name)
    options = field_options(outlook, field)
    if len(options) < 2:
        return None
    kind = "flag" if field.kind == "flag" else "measure" if field.kind in ("number", "date") else "value"
    texts = (*(option.text for option in options), say("ask_any"))
    means = (*(option.means for option in options), ())
    named = ", ".join(option.text for option in options)
    return Question(name, say(f"ask_{kind}", label=field.label or field.name, options=named), texts, means)


def _satisfying(outlook: Outlook, conditions: tuple[Constraint, ...]) -> FloatArray:
    fits = np.ones(len(outlook.rows), dtype=bool)
    for condition in conditions:
        fits &= outlook.catalogue.matches(condition)[outlook.rows]
    return fits.astype(np.float32)


# -- a pair ------------------------------------------------------------------------------------------------------------


def best_pair(outlook: Outlook) -> tuple[float, tuple[int, int]]:
    """The two of the likeliest candidates whose comparison is expected to tell most, and how many bits."""
    rows = [int(row) for row in outlook.rows[:PAIRED] if int(row) not in outlook.compared]
    pairs = list(combinations(rows, 2))
    if not pairs or len(outlook.rows) < 3:
        return 0.0, (-1, -1)
    likeness = outlook.vectors[outlook.rows] @ outlook.vectors[rows].T  # [n, len(rows)]
    place = {row: column for column, row in enumerate(rows)}
    first, second = (likeness[:, [place[pair[side]] for pair in pairs]] for side in (0, 1))
    chosen: FloatArray = (1 / (1 + np.exp(-DECISIVE * (first - second)))).astype(np.float32)  # [n, n_pairs]
    bits: FloatArray = _entropy(outlook.probability @ chosen) - outlook.probability @ _entropy(chosen)
    best = int(np.argmax(bits))
    return float(bits[best]) * RECOGNISED, pairs[best]


def pair_question(outlook: Outlook, first: int, second: int) -> Question:
    """Which of two items is closer to what is wanted."""
    titles = tuple(outlook.catalogue.items[row].title for row in (first, second))
    return Question("", say("ask_pair", first=titles[0], second=titles[1]), (*titles, say("ask_neither")),
                    pair=(first, second))  # fmt: skip


def _entropy(chance: FloatArray) -> FloatArray:
    """Of a coin with this chance, in bits."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(-p * np.log2(p) - (1 - p) * np.log2(1 - p), dtype=np.float32)
