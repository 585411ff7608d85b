"""Train what serves: learn the blend on validation data, fit its parts on everything, write them to a folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from retrieval.evaluation.measuring import Report, Scorer
from retrieval.evaluation.metrics import METRICS, ranks
from retrieval.evaluation.protocols import Case, Split
from retrieval.evaluation.ranking import judge
from retrieval.rankers.additive import event_rows
from retrieval.rankers.blend import CONTEXTS, FEATURES, Blend
from retrieval.rankers.blending import Learned, learn
from retrieval.rankers.ease import Ease, blocks
from retrieval.rankers.low_rank import LowRank
from retrieval.schema import FloatArray, Interactions

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of the whole that is finished."""
CHECKED = 1000
"""Cases of the last events that the report's figures rest on, at most; in large catalogues fewer, down to a fifth."""


def train(
    interactions: Interactions,
    n_items: int,
    folder: Path,
    progress: Progress | None = None,
    features: FloatArray | None = None,
) -> dict[str, Any]:
    """Write a trained `Blend` into `folder` (existing and empty) and say how it went.

    `features`: what is known of the items besides behaviour, [n_items, d], from which those with little of it are
    completed (retrieval/features.py). Deterministic: the same interactions give the same files. Atomicity is the
    caller's business; checkpoints go to a folder beside it that ends in ".shards", and a run that was killed goes on
    from them. The report has `coefficients` of the `features` by context, `without_a_say` (features with none),
    `epochs` of the sequence model, `last_event` (last events found by parts that were fitted without them; the blend's
    coefficients have seen these events, so `because evaluate ranking` is what tells how good it is), `pruning` (what
    storing EASE sparse keeps, and NDCG@10 with and without) and `seconds`.
    """
    tell = progress or (lambda _what, _done: None)
    began = time.perf_counter()
    shards = folder.with_name(f"{folder.name.removesuffix('.partial')}.shards")
    learning = shards / "learning"
    learned = learn(
        interactions, n_items, 0, learning, lambda done: tell("learning the blend", 0.6 * done), features=features
    )
    tell("checking the parts", 0.6)
    figures, pruning = checked(learned, n_items)
    tell("fitting the parts", 0.65)
    blend = Blend.build(
        interactions,
        n_items,
        learned.coefficients,
        epochs=learned.epochs,
        checkpoint=shards / "serving",
        progress=lambda done: tell("fitting the parts", 0.65 + 0.3 * done),
    )
    if features is not None:
        blend.complete(features)
    tell("writing the ranker", 0.95)
    blend.save(folder)
    shutil.rmtree(shards, ignore_errors=True)
    tell("trained", 1.0)
    return {
        "examples": learned.n_examples,
        "epochs": learned.epochs,
        "features": list(FEATURES),
        "coefficients": dict(zip(CONTEXTS, learned.coefficients.round(4).tolist(), strict=True)),
        "without_a_say": silent_features(learned.coefficients),
        "last_event": figures,
        "pruning": pruning,
        "seconds": round(time.perf_counter() - began, 2),
    }


def checked(learned: Learned, n_items: int) -> tuple[Report, dict[str, float]]:
    """How well each part, and the blend, find the last events; and what pruning EASE loses."""
    parts = learned.parts
    cases = tuple(Case(place, e.history, e.answers, e.met) for place, e in enumerate(learned.last))
    cases = cases[: max(CHECKED // 5, min(CHECKED, CHECKED * 20_000 // max(n_items, 1)))]
    if parts is None or learned.fitted is None or not cases:
        return {}, {}
    split = Split(learned.fitted, cases)
    scorers: dict[str, Scorer] = {
        "popularity": parts.popularity,
        "cosine": parts.cosine,
        "ease": parts.ease,
        "taste": parts.taste,
    }
    if parts.sequence is not None:
        scorers["sequence"] = parts.sequence
    return judge(split, {**scorers, "blend": parts}), pruning_loss(split, parts.ease)


def silent_features(coefficients: FloatArray) -> list[str]:
    """Features that did not earn their place: their coefficient is 0 in every context."""
    return [name for name, column in zip(FEATURES, coefficients.T, strict=True) if not column.any()]


def pruning_loss(split: Split, ease: Ease) -> dict[str, float]:
    """NDCG@10 of EASE as stored and before pruning, and the share of its entries that are stored; of factors nothing.

    The full matrix is never held: all cases are scored block of rows by block of rows.
    """
    n_items = ease.n_items
    if isinstance(ease.matrix, LowRank):
        return {}
    rows = np.concatenate([np.full(len(case.history.events), c) for c, case in enumerate(split.cases)])
    columns = np.concatenate([event_rows(case.history) for case in split.cases])
    values = np.concatenate([ease.event_weights(case.history) for case in split.cases])
    weights = sp.csr_array((values, (rows, columns)), shape=(len(split.cases), n_items)).tocsc()
    unpruned = np.zeros((len(split.cases), n_items), dtype=np.float32)
    first = 0
    for block in blocks(split.fitted, n_items, ease.settings["regularisation"]):
        unpruned += weights[:, first : first + len(block)] @ block
        first += len(block)
    measure = METRICS["ndcg@10"]
    pairs = [
        (
            measure(ranks(unpruned[c], case.relevant, case.excluded)),
            measure(ranks(ease.score(case.history), case.relevant, case.excluded)),
        )
        for c, case in enumerate(split.cases)
    ]
    before, after = np.mean(pairs, axis=0)
    kept = ease.matrix.csr.nnz / max(n_items**2 - n_items, 1)
    return {"ndcg@10_full": float(before), "ndcg@10_stored": float(after), "stored": float(kept)}
