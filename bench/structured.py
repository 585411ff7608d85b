"""What reading by a large language model costs beside the model's own call: built-in reading, form, grounding.

    python -m bench.structured [--items 200000] [--json]

The model answers at once with a recorded form. Messages and catalogue are those of `bench.understand`; reports the
median and 95th percentile of a whole `read`, of the built-in reader alone, and the size of the prompt.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from langchain_core.language_models import FakeListChatModel

from bench.understand import MESSAGES, catalogue
from bot.understand import Reader
from bot.understand.structured import StructuredReader
from bot.understand.structured.instructions import instructions
from bot.values import Understanding
from retrieval.embedding import encoder


def filled(read: Understanding, titles: list[str]) -> dict[str, Any]:
    """A form that says what the built-in reader read, as a model would."""
    words = [m.text for m in read.mentions]
    return {
        "acts": list(read.acts),
        "mentions": [{"words": text, "sentiment": m.sentiment} for text, m in zip(words, read.mentions, strict=True)],
        "constraints": [
            {"field": c.field, "op": c.op, "value": c.value, "hard": c.hard, "words": str(c.value)}
            for c in read.constraints
        ],
        "other": [*read.ignored, *titles[:1]],
    }


def measured(read: Callable[[str], object], messages: list[str]) -> dict[str, float]:
    """Milliseconds per message."""
    spent = []
    for message in messages:
        start = time.perf_counter()
        read(message)
        spent.append(1e3 * (time.perf_counter() - start))
    return {"median": round(float(np.median(spent)), 1), "p95": round(float(np.quantile(spent, 0.95)), 1)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=9_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    built_in = Reader(catalogue(given.items), encoder())
    pick = random.Random(3)
    titles = [pick.choice(built_in.catalogue.items).title for _ in range(60)]
    messages = [
        pick.choice(MESSAGES).format(a=a, b=b, c=c, typo=a)
        for a, b, c in zip(titles, titles[1:], titles[2:], strict=False)
    ]
    forms = [json.dumps(filled(built_in.read(message), titles)) for message in messages]
    start = time.perf_counter()
    told = instructions(built_in.catalogue, built_in.vocabulary, built_in.mentions.titles)
    building = time.perf_counter() - start
    model = FakeListChatModel(responses=[forms[0], *forms])
    reader = StructuredReader(built_in, lambda: model, "recorded")
    reader.read(messages[0])  # builds the prompt
    out = {
        "items": given.items,
        "built_in_ms": measured(built_in.read, messages),
        "structured_ms": measured(reader.read, messages),
        "prompt_characters": len(told.system),
        "prompt_seconds": round(building, 2),
    }
    print(json.dumps(out) if given.json else "\n".join(f"{key}: {value}" for key, value in out.items()))


if __name__ == "__main__":
    main()
