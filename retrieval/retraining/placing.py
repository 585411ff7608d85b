"""Whether a neural ranker earns a place beside the model that serves, found out without the held-out events.

Part of what may be known is held out again (`rankers/holdout.py`), the model that serves and the ranker are both made
from the rest, and the ranker gets the weight that it has earned there in each context (`rankers/neural/placing.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import versions
from retrieval.errors import UsageError
from retrieval.rankers.blending import ENOUGH, EXAMPLES
from retrieval.rankers.holdout import hold_out
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.placing import Place, coefficients, places
from retrieval.rankers.neural.stopping import Training, answers_of
from retrieval.retraining.models import Known, Placed, Plan
from retrieval.schema import Interactions


@dataclass(frozen=True)
class Placement:
    """For how many epochs the ranker is trained, and its figures by context."""

    epochs: int
    places: tuple[Place, ...]

    @property
    def placed(self) -> Placed:
        """As a plan has it."""
        return Placed(coefficients(self.places), self.epochs)

    @property
    def earned(self) -> bool:
        """It has a say in some context."""
        return any(place.weight > 0 for place in self.places)

    def to_json(self) -> dict[str, Any]:
        """As it is reported and stored."""
        return {"epochs": self.epochs, "contexts": {place.context: place.to_json() for place in self.places}}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Placement:
        """What `to_json` gave."""
        found = stored["contexts"].values()
        return cls(stored["epochs"], tuple(Place(**{**p, "ndcg": tuple(p["ndcg"].values())}) for p in found))


def placement(
    name: str,
    serves: Plan,
    known: Interactions,
    about: Known,
    seed: int,
    work: Path,
    telling: Callable[[str], Callable[[float], None]],
) -> Placement:
    """Of the ranker beside the model that serves; what was found once lies in `work`, and so do checkpoints."""
    file = work / "placed.json"
    if not file.exists():
        held = hold_out(known, EXAMPLES // 3, np.random.default_rng(seed))
        if len(held.last) + len(held.returning) + len(held.newcomers) < ENOUGH:
            raise UsageError(
                f"There is too little behaviour to find out whether {name!r} helps: {len(known):,} events make fewer "
                f"than {ENOUGH} questions; train the blend alone."
            )
        learning = work / "placing"
        learning.mkdir(parents=True, exist_ok=True)
        training = Training(
            seed=seed,
            answers=tuple(answers_of(held.last)),
            checkpoint=learning / name,
            progress=telling(f"{name}, to be judged"),
            vectors=about.vectors,
        )
        ranker = TRAINED[name].trained(held.fitted, len(about.features), training)
        others: Sequence[str] = [part for part in serves.beside if part != name]
        beside = {part: serves.beside[part] for part in others}
        made = replace(serves, beside=beside).made(
            lambda _: held.fitted, about, learning, telling("the model beside it")
        )
        if made.regression is not None:
            ranker.complete(made.regression)
        found = Placement(ranker.epochs, places(made, ranker, held, telling("what it adds")))
        versions.write(file, json.dumps(found.to_json()))
    return Placement.of(json.loads(file.read_text(encoding="utf-8")))
