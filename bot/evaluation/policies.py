"""The policies compared. All offer the same questions, with the same words and options, over the same ranking.

Published policies decide each turn whether to recommend or to ask. never_ask recommends and nothing else ("Abs Greedy"
of Christakopoulou et al., KDD 2016; compared with by Sun and Zhang, SIGIR 2018, and Lei et al., WSDM 2020).
unweighted_entropy is their "MaxEnt": it asks about the field whose values have the highest entropy over the candidates,
each of which counts alike, and recommends with probability 10 / |candidates| (Lei et al., 5.2.2), when nothing is left
to ask, and in the last turn. random_question does the same with any question. Ours puts the question beside the list.
The two `*_beside` do that too, and so tell apart what the choice of the question brings and what never withholding the
list does.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from bot.asking import PAIRED, Asking, Outlook, by_information_gain, field_options, field_question, never, pair_question
from bot.values import Question
from retrieval.schema import Field


def never_ask(outlook: Outlook) -> Question | None:
    """No question."""
    return never(outlook)


def random_question(outlook: Outlook) -> Question | None:
    """Any question that may still be asked: about a field, or one pair of the likeliest candidates."""
    rng = random.Random(np.ascontiguousarray(outlook.rows).tobytes())  # the same people meet the same questions
    asked = [field_question(outlook, field.name) for field in outlook.open_fields()]
    rows = [int(row) for row in outlook.rows[:PAIRED] if int(row) not in outlook.compared]
    pairs = [pair_question(outlook, *rng.sample(rows, 2))] if len(rows) > 1 else []
    questions = [question for question in (*asked, *pairs) if question is not None]
    return rng.choice(questions) if questions else None


def unweighted_entropy(outlook: Outlook) -> Question | None:
    """The field whose values have the highest entropy over the eligible candidates, as long as one is left."""
    fields = sorted(outlook.open_fields(), key=lambda field: -entropy(outlook, field))
    asked = (field_question(outlook, field.name) for field in fields)
    return next((question for question in asked if question is not None), None)


def entropy(outlook: Outlook, field: Field) -> float:
    """Bits, over the values known of the eligible candidates; of numbers and dates, over the ranges offered."""
    catalogue, counts = outlook.catalogue, Counter[object]()
    if field.kind in ("number", "date"):
        for option in field_options(outlook, field):
            fits = np.ones(len(outlook.eligible), dtype=bool)
            for condition in option.means:
                fits &= catalogue.matches(condition)[outlook.eligible]
            counts[option.text] = int(fits.sum())
    else:
        for row in outlook.eligible.tolist():
            value = catalogue.items[row].attributes.get(field.name, ())
            counts.update(value if isinstance(value, tuple) else (value,))
    shares = np.array([n for n in counts.values() if n], dtype=np.float64)
    shares /= max(shares.sum(), 1.0)
    return float(-(shares * np.log2(shares)).sum())


@dataclass(frozen=True)
class Policy:
    """What is asked, and whether that stands beside the list or instead of it."""

    ask: Asking
    beside: bool = True

    def withholds(self, eligible: int, last: bool, rng: random.Random) -> bool:
        """Whether a turn with a question goes without a list."""
        return not self.beside and not last and rng.random() >= CERTAIN / max(eligible, 1)


CERTAIN = 10  # candidates among which a published policy recommends for certain
OURS = "information_gain"
POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        OURS: Policy(by_information_gain),
        "never_ask": Policy(never_ask),
        "random_question": Policy(random_question, beside=False),
        "unweighted_entropy": Policy(unweighted_entropy, beside=False),
        "random_question_beside": Policy(random_question),
        "unweighted_entropy_beside": Policy(unweighted_entropy),
    }
)
