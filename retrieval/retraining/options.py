"""What `because train` is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval.errors import UsageError
from retrieval.rankers.neural import TRAINED
from retrieval.retraining.drift import Drift
from retrieval.retraining.models import PARTS

RANKERS = ("blend", *PARTS, *TRAINED)
LEARNED = ("blend", "sequence")
"""Rankers for which something is learned on validation data before they are made."""


@dataclass(frozen=True)
class Options:
    """What is trained and how; `force` replaces whatever the comparison says, `dry_run` replaces nothing.

    Without a `seed` it is that of the model that serves. `trials` above 0: the dials are searched first, in so many
    trials and so many `seconds` at most.
    """

    ranker: str = "blend"
    seed: int | None = None
    force: bool = False
    dry_run: bool = False
    trials: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.trials and self.ranker not in LEARNED:
            raise UsageError(
                f"A search is for the sequence model, and {self.ranker!r} has none: leave --search out, or train "
                f"{' or '.join(LEARNED)}."
            )
        if self.ranker not in RANKERS:
            raise UsageError(f"There is no ranker {self.ranker!r} to train; there are {', '.join(RANKERS)}.")


@dataclass(frozen=True)
class Outcome:
    """What came of it, as it is reported; `decision` is one of "unchanged", "without_a_say" (a neural ranker earned no
    place), "dry_run", "worse", "nothing_to_compare", "replaced"."""

    decision: str
    collected: Mapping[str, int]
    drift: Drift | None = None
    version: str = ""
    seconds: float = 0.0
    told: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report of `because train --json`."""
        return {
            "decision": self.decision,
            "replaced": self.decision == "replaced",
            "collected": dict(self.collected),
            "drift": None if self.drift is None else self.drift.to_json(),
            "version": self.version,
            "seconds": round(self.seconds, 2),
            **self.told,
        }
