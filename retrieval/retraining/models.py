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

from retrieval.datasets.base import code_version
from retrieval.rankers import neural
from retrieval.rankers.blend import Blend
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.beside import Accompanied, Beside
from retrieval.rankers.neural.stopping import Training
from retrieval.rankers.sequence import TUNING, Tuning
from retrieval.schema import FloatArray, Interactions

PARTS = ("popularity", "ease", "taste", "cosine", "sequence")
"""What can be trained alone; the blend is all of them and the coefficients."""


@dataclass(frozen=True)
class Known:
    """What is known of the items besides behaviour: `features` [n_items, d] (retrieval/features.py), sentence `vectors`
    [n_items, d']."""

    features: FloatArray
    vectors: FloatArray


@dataclass(frozen=True)
class Placed:
    """A neural ranker beside the blend: what it counts by context, and its epochs."""

    coefficients: FloatArray = field(repr=False)
    epochs: int


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

    def noted(self, interactions: Interactions, code: str = "") -> Recipe:
        """With the digest of what it is made from; `code`: of what makes it, where the version's name does not tell."""
        digest = hashlib.sha256(json.dumps([self.seed, asdict(self.tuning), *([code] if code else [])]).encode())
        for column in (interactions.users, interactions.items, interactions.strengths, interactions.times):
            digest.update(np.ascontiguousarray(column).tobytes())
        return replace(self, digest=digest.hexdigest()[:16])


def neural_code() -> str:
    """Changes with the code of the neural rankers, which `prepare` does not use."""
    return code_version(Path(neural.__file__).parent, ("*.py",))


@dataclass(frozen=True)
class Plan:
    """A model before it is made: a recipe for each of PARTS and of those `beside`, the blend's coefficients, the
    sequence's epochs."""

    recipes: Mapping[str, Recipe]
    coefficients: FloatArray = field(repr=False)
    epochs: int
    beside: Mapping[str, Placed] = field(default_factory=dict)

    def made(
        self,
        interactions: Callable[[int], Interactions],
        about: Known,
        checkpoints: Path,
        progress: Callable[[float], None],
    ) -> Blend:
        """The model; `interactions` gives those known up to an event of the log; `checkpoints` is a folder."""
        share = 1 / (1 + 4 * len(self.beside))  # of the time that the blend's own parts take
        model = self._own(interactions, about, checkpoints, lambda done: progress(share * done))
        beside = {}
        for place, (name, placed) in enumerate(self.beside.items()):
            recipe, first = self.recipes[name], share * (1 + 4 * place)
            training = Training(
                seed=recipe.seed,
                epochs=placed.epochs,
                checkpoint=checkpoints / f"{name}-{recipe.digest}",
                progress=lambda done, first=first: progress(first + 4 * share * done),  # type: ignore[misc]  # bound now
                vectors=about.vectors,
            )
            ranker = TRAINED[name].fit(interactions(recipe.until), len(about.features), training)
            if model.regression is not None:
                ranker.complete(model.regression)
            beside[name] = Beside(ranker, placed.coefficients)
        return Accompanied.of(model, beside) if beside else model

    def _own(
        self,
        interactions: Callable[[int], Interactions],
        about: Known,
        checkpoints: Path,
        progress: Callable[[float], None],
    ) -> Blend:
        models = {}
        for recipe in dict.fromkeys(self.recipes[part] for part in PARTS):
            models[recipe] = Blend.build(
                interactions(recipe.until),
                len(about.features),
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
        model.complete(about.features)
        return model
