"""Hyper-parameter search for the sequence model with Optuna's TPE (Akiba et al. 2019; Bergstra et al. 2011).

Bounded by a number of trials and by time; the trials lie in a SQLite file, so that a search which was killed goes on,
the trial that was running anew. A trial trains until NDCG@10 of held-out next events gets no better, without the events
that the models will be compared by. The first trial has the dials that serve; others are used only if they do better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import MissingPackage, UsageError
from retrieval.prepare import Progress
from retrieval.rankers.blending import EXAMPLES, FEWEST_EVENTS, MOST_ITEMS
from retrieval.rankers.holdout import hold_out
from retrieval.rankers.sequence import Answer, Sequence, Tuning
from retrieval.rankers.sequence_stopping import ndcg
from retrieval.schema import Interactions

SIZES = (32, 64, 96)


def search(
    interactions: Interactions,
    n_items: int,
    seed: int,
    serves: Tuning,
    file: Path,
    study: str,
    trials: int,
    seconds: float | None,
    progress: Progress,
) -> Tuning:
    """The best dials found in all trials of the `study` in `file`, `trials` of them at most; `serves` unless beaten."""
    optuna = _optuna()
    if len(interactions) < FEWEST_EVENTS or n_items > MOST_ITEMS:
        raise UsageError(
            f"There is no sequence model to search for with {len(interactions):,} events and {n_items:,} items: it is "
            f"trained from {FEWEST_EVENTS:,} events on and up to {MOST_ITEMS:,} items; leave --search out."
        )
    held = hold_out(interactions, EXAMPLES // 3, np.random.default_rng(seed))
    answers = [Answer(e.history, int(e.answers[0]), e.met) for e in held.last]
    file.parent.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found = optuna.create_study(
        study_name=study,
        storage=f"sqlite:///{file}",
        direction="maximize",
        load_if_exists=True,
    )
    states = optuna.trial.TrialState
    begun = len(found.get_trials(deepcopy=False))
    found.sampler = optuna.samplers.TPESampler(seed=seed + begun)  # one that goes on must not draw the same again
    if not begun:
        found.enqueue_trial(asdict(serves))
    for lost in found.get_trials(states=(states.RUNNING,)):  # nobody else runs: the data set is locked
        found.tell(lost.number, state=states.FAIL)
        found.enqueue_trial(lost.params or asdict(serves))

    def tried(trial: Any) -> float:
        step = f"trial {trial.number + 1}"
        progress(step, 0, 100)
        hear: Callable[[float], None] = lambda done: progress(step, round(100 * done), 100)  # noqa: E731
        model = Sequence.stopped(held.fitted, n_items, seed, answers, None, hear, _suggested(trial))
        return ndcg(model.heads, model.curves, model.counts, answers)

    finished = len(found.get_trials(deepcopy=False, states=(states.COMPLETE,)))
    if finished < trials:
        found.optimize(tried, n_trials=trials - finished, timeout=seconds)
    return best(found.get_trials(deepcopy=False, states=(states.COMPLETE,)), serves)


def best(trials: Any, serves: Tuning) -> Tuning:
    """The dials of the best finished trial, or `serves` if none beats those, or they were not tried."""
    own = [trial.value for trial in trials if Tuning(**trial.params) == serves]
    first = max(trials, key=lambda trial: trial.value, default=None)
    return serves if first is None or not own or first.value <= max(own) else Tuning(**first.params)


def _suggested(trial: Any) -> Tuning:
    return Tuning(
        size=trial.suggest_categorical("size", SIZES),
        rate=trial.suggest_float("rate", 0.001, 0.01, log=True),
        decay=trial.suggest_float("decay", 0.02, 1.0, log=True),
        dropped=trial.suggest_float("dropped", 0.2, 0.6),
    )


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingPackage(
            "A search needs the package 'optuna', which is not installed: run `pip install 'because[training]'`,"
            " or train without --search."
        ) from error
    return optuna
