"""Train what serves: learn the blend on validation data, fit its parts on everything, write them to a folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrieval.rankers.blend import Blend
from retrieval.rankers.blending import learn
from retrieval.schema import Interactions

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of the whole that is finished."""


def train(interactions: Interactions, n_items: int, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write a trained `Blend` into `folder` (existing and empty) and say how it went.

    Deterministic: the same interactions give the same files. Atomicity is the caller's business.
    """
    tell = progress or (lambda _what, _done: None)
    began = time.perf_counter()
    tell("learning the blend", 0.0)
    learned = learn(interactions, n_items)
    tell("fitting the parts", 0.7)
    blend = Blend.build(interactions, n_items, learned.coefficients)
    tell("writing the ranker", 0.9)
    blend.save(folder)
    tell("trained", 1.0)
    return {
        "examples": learned.n_examples,
        "validation_precision": learned.precision,
        "seconds": round(time.perf_counter() - began, 2),
    }
