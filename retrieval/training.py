"""Train what serves: learn the blend on validation data, fit its parts on everything, write them to a folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from retrieval.evaluation.metrics import METRICS, ranks
from retrieval.evaluation.protocols import Split, leave_one_out
from retrieval.evaluation.ranking import judge
from retrieval.rankers.additive import event_rows
from retrieval.rankers.blend import LENGTHS, Blend
from retrieval.rankers.blending import learn
from retrieval.rankers.ease import Ease, blocks
from retrieval.rankers.low_rank import LowRank
from retrieval.schema import Interactions

Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of the whole that is finished."""
CHECKED = 1000
"""Cases of the last events that the report's figures rest on, at most; in large catalogues fewer, down to a fifth."""


def train(interactions: Interactions, n_items: int, folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write a trained `Blend` into `folder` (existing and empty) and say how it went.

    Deterministic: the same interactions give the same files. Atomicity is the caller's business. The report has the
    coefficients by length of history, `last_event` (each user's last event found by parts that were fitted without it;
    the blend's coefficients have seen these events, so `because evaluate ranking` is what tells how good it is),
    `pruning` (what storing EASE sparse keeps, and NDCG@10 with and without) and `seconds`.
    """
    tell = progress or (lambda _what, _done: None)
    began = time.perf_counter()
    learned = learn(interactions, n_items, progress=lambda done: tell("learning the blend", 0.7 * done))
    tell("checking the parts", 0.7)
    split = leave_one_out(interactions)
    split = Split(split.fitted, split.cases[: max(CHECKED // 5, min(CHECKED, CHECKED * 20_000 // max(n_items, 1)))])
    checked = Blend.build(split.fitted, n_items, learned.coefficients, n_factors=0)
    figures = (
        judge(
            split, {"popularity": checked.popularity, "cosine": checked.cosine, "ease": checked.ease, "blend": checked}
        )
        if split.cases
        else {}
    )
    pruning = pruning_loss(split, checked.ease) if split.cases else {}
    del checked
    tell("fitting the parts", 0.85)
    blend = Blend.build(interactions, n_items, learned.coefficients)
    tell("writing the ranker", 0.95)
    blend.save(folder)
    tell("trained", 1.0)
    return {
        "examples": learned.n_examples,
        "validation": {"ndcg@10": learned.ndcg},
        "lengths": list(LENGTHS),
        "coefficients": learned.coefficients.round(4).tolist(),
        "last_event": figures,
        "pruning": pruning,
        "seconds": round(time.perf_counter() - began, 2),
    }


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
