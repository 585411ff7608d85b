"""What a model was made of, and making it again: from everything to serve, without the held-out events to be judged."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.rankers.blend import Blend
from retrieval.rankers.sequence import TUNING, Tuning
from retrieval.schema import FloatArray, Interactions

PARTS = ("popularity", "ease", "taste", "cosine", "sequence")
"""What can be trained alone; the blend is all of them and the coefficients."""


@dataclass(frozen=True)
class Recipe:
    """What a part is made from: the data set and the log up to event `until` (0: nothing of it); with which seed and
    dials; and a digest of those interactions and dials as they were."""

    until: int = 0
    seed: int = 0
    tuning: Tuning = TUNING
    digest: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Recipe:
        """What `asdict` gave."""
        return cls(stored["until"], stored["seed"], Tuning(**stored["tuning"]), stored["digest"])

    def noted(self, interactions: Interactions) -> Recipe:
        """With the digest of what it is made from."""
        digest = hashlib.sha256(json.dumps([self.seed, asdict(self.tuning)]).encode())
        for column in (interactions.users, interactions.items, interactions.strengths, interactions.times):
            digest.update(np.ascontiguousarray(column).tobytes())
        return replace(self, digest=digest.hexdigest()[:16])


@dataclass(frozen=True)
class Plan:
    """A model before it is made: a recipe for each of PARTS, the blend's coefficients, the sequence's epochs."""

    recipes: Mapping[str, Recipe]
    coefficients: FloatArray = field(repr=False)
    epochs: int

    def made(
        self,
        interactions: Callable[[int], Interactions],
        features: FloatArray,
        checkpoints: Path,
        progress: Callable[[float], None],
    ) -> Blend:
        """The model; `interactions` gives those known up to an event of the log; `features` [n_items, d] are what is
        known of the items besides (retrieval/features.py); `checkpoints` is a folder."""
        models = {}
        for recipe in dict.fromkeys(self.recipes.values()):
            models[recipe] = Blend.build(
                interactions(recipe.until),
                len(features),
                self.coefficients,
                seed=recipe.seed,
                epochs=self.epochs if self.recipes["sequence"] == recipe else 0,
                checkpoint=checkpoints / f"sequence-{recipe.digest}",
                progress=progress,
                tuning=recipe.tuning,
            )
        model = copy.copy(models[self.recipes["popularity"]])
        for part in PARTS:
            setattr(model, part, getattr(models[self.recipes[part]], part))
        model.complete(features)
        return model
