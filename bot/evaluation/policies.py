"""The policies compared. All offer the same questions, with the same words and options; only the choice differs.

never_ask recommends and nothing else ("Abs Greedy" of Christakopoulou et al., KDD 2016; compared with by Sun and Zhang,
SIGIR 2018, and Lei et al., WSDM 2020). unweighted_entropy is their "MaxEnt": the field whose values have the highest
entropy over the candidates, each of which counts alike.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
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


OURS = "information_gain"
POLICIES: Mapping[str, Asking] = MappingProxyType(
    {
        OURS: by_information_gain,
        "never_ask": never_ask,
        "random_question": random_question,
        "unweighted_entropy": unweighted_entropy,
    }
)
