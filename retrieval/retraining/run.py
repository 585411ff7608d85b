"""`because train`, top to bottom: fold -> learn -> the model that serves and the new one, compared -> replace.

Both models are made without the same held-out events (users' last ones) and judged by them, because the one that
serves has seen every event of the data set. Only when the new one is not worse is it made from everything, in a new
version; running processes keep the one that they have open.

What a killed run had finished (coefficients, each epoch of each sequence model, what a model was judged to be) lies in
`versions/<name>/run.shards`. The name is a digest of what the model is made from, so the same command goes on there.
Nothing of what people said is kept there but numbers learned from it; the log is read again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import disk, versions
from retrieval.catalogue import Catalogue
from retrieval.errors import NotPrepared
from retrieval.evaluation.protocols import Case
from retrieval.features import described
from retrieval.prepare import Progress, fingerprint, silent
from retrieval.rankers.blending import learn
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.beside import Accompanied, load
from retrieval.rankers.sequence import Tuning
from retrieval.retraining.drift import Drift, Judged, drift, judge
from retrieval.retraining.folding import Collect, Collected, folded, held_out, told_users, without
from retrieval.retraining.models import PARTS, Known, Placed, Plan, Recipe, neural_code
from retrieval.retraining.options import LEARNED, Options, Outcome
from retrieval.retraining.placing import Placement, placement
from retrieval.retraining.replacing import replaced
from retrieval.retraining.search import search
from retrieval.schema import Interactions

WORK = "run.shards"


def retrain(
    home: Path,
    dataset: str,
    collect: Collect,
    options: Options,
    progress: Progress = silent,
    compared: Callable[[Drift], None] = lambda _drift: None,
    placed: Callable[[str, Placement], None] = lambda _name, _placement: None,
) -> Outcome:
    """Train, compare, and replace if nothing speaks against it. `compared` hears the drift before anything is replaced,
    and `placed`, of a neural ranker, what it adds to the model that serves.

    UsageError for an unknown data set or ranker, NotPrepared where there is nothing to compare with, BecauseError when
    another process prepares or trains the data set.
    """
    versions.open_folder(home, dataset)
    folder = home / "datasets" / dataset
    with disk.writable(dataset, home), disk.alone(folder, dataset):
        return Run(home, dataset, folder, collect, options, progress).outcome(compared, placed)


@dataclass(frozen=True)
class Run:
    """One run. Everything about it is found when it is asked for first, and then stays."""

    home: Path
    dataset: str
    folder: Path
    collect: Collect
    options: Options
    progress: Progress

    def outcome(self, compared: Callable[[Drift], None], placed: Callable[[str, Placement], None]) -> Outcome:
        """The flow."""
        began = time.perf_counter()
        said = {"events": len(self.told.events), "people": len(told_users(self.told))}
        counts = said | {"forgotten": len(self.told.forgotten)}
        if self.name == self.live.name:
            return Outcome("unchanged", counts, version=self.name)
        versions.write(_made(self.work) / "run.json", json.dumps({"until": self.told.until, "replacing": False}))
        if self.placement is not None:
            placed(self.options.ranker, self.placement)
            if not self.placement.earned and self.options.ranker not in self.serves.beside:
                return Outcome("without_a_say", counts, None, self.live.name, time.perf_counter() - began, self.said)
        found = self.compare()
        if found is not None:
            compared(found)

        def ended(decision: str) -> Outcome:
            spent = time.perf_counter() - began
            version = self.name if decision == "replaced" else self.live.name
            return Outcome(decision, counts, found, version, spent, self.said)

        if self.options.dry_run:
            return ended("dry_run")
        if not self.options.force and (found is None or found.worse):
            return ended("nothing_to_compare" if found is None else "worse")
        disk.require(self.dataset, self.home)
        versions.write(self.work / "run.json", json.dumps({"until": self.told.until, "replacing": True}))
        note = {**self.said, "drift": None if found is None else found.to_json(), "collected": counts}
        replaced(self.folder, self.name, self.serving, {"trained": note}, self.progress)
        return ended("replaced")

    # -- what there is ---------------------------------------------------------------------------------------------

    @cached_property
    def live(self) -> Path:
        """The version that serves, made by this code from these data."""
        version = versions.open_folder(self.home, self.dataset)
        source = versions.source_of(self.home, self.dataset)
        if source is not None and fingerprint(source) != versions.base(version.name):
            raise NotPrepared(
                f"Data set {self.dataset!r} was prepared from other data or by another version of Because: run "
                f"`because prepare --dataset {self.dataset}`, then train."
            )
        return version

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.load(self.live / "catalogue")

    @cached_property
    def about(self) -> Known:
        vectors = np.load(self.live / "vectors.npy", mmap_mode="r")
        return Known(described(self.catalogue, vectors), vectors)

    @cached_property
    def serves(self) -> Plan:
        """How the model that serves was made."""
        blend = load(self.live / "ranker")
        stored = versions.report(self.live).get("trained", {}).get("recipes", {})
        prepared = Recipe().noted(self.catalogue.interactions)
        parts = blend.beside.items() if isinstance(blend, Accompanied) else ()
        beside = {name: Placed(part.coefficients, part.ranker.epochs) for name, part in parts}
        recipes = {part: Recipe.of(stored[part]) if part in stored else prepared for part in (*PARTS, *beside)}
        return Plan(recipes, blend.coefficients, blend.sequence.epochs if blend.sequence else 0, beside)

    def interactions(self, until: int) -> Interactions:
        """The data set's, and the log's up to an event; 0: none of those, but the forgotten are out all the same."""
        if until == self.told.until:
            return self.data
        known = self.collect(until)
        return folded(self.catalogue.interactions, replace(known, forgotten=self.told.forgotten))

    @cached_property
    def data(self) -> Interactions:
        return folded(self.catalogue.interactions, self.told)

    # -- what is to be made ----------------------------------------------------------------------------------------

    @cached_property
    def told(self) -> Collected:
        """What the log holds: up to the event that an unfinished run of the same command knew, or all of it."""
        latest = self.collect()
        for begun in self._begun():
            known = json.loads((begun / WORK / "run.json").read_text(encoding="utf-8"))
            then = self.collect(known["until"])
            judged = (begun / WORK / "drift.json").exists()  # what is known since then is to be folded, too
            if (known["replacing"] or not judged) and self._named(then) == begun.name:
                return then
        name = self._named(latest)
        for begun in self._begun():
            if begun.name != name:
                shutil.rmtree(begun)
        return latest

    def _begun(self) -> Iterator[Path]:
        for version in sorted((self.folder / "versions").glob(f"{versions.base(self.live.name)}+*")):
            if (version / WORK / "run.json").exists() and not (version / "complete").exists():
                yield version

    @property
    def seed(self) -> int:
        return self.serves.recipes["sequence"].seed if self.options.seed is None else self.options.seed

    @cached_property
    def tuning(self) -> Tuning:
        """The dials of the sequence model: those that serve, or better ones where they were searched for."""
        serves = self.serves.recipes["sequence"].tuning
        if not self.options.trials:
            return serves
        data = folded(self.catalogue.interactions, self.collect())
        known = without(data, held_out(data, self.seed), data.user_ids)
        study = f"{versions.base(self.live.name)} seed {self.seed}"
        limits = (self.options.trials, self.options.seconds)
        file = self.folder / "search.sqlite"
        return search(known, len(self.catalogue.items), self.seed, serves, file, study, *limits, self.progress)

    def _recipes(self, told: Collected) -> dict[str, Recipe]:
        data = folded(self.catalogue.interactions, told)
        new, serve = Recipe(told.until, self.seed, self.tuning), self.serves.recipes
        own, neural = new.noted(data), new.noted(data, neural_code())
        anew = serve if self.options.ranker == "blend" else (self.options.ranker,)
        names = dict.fromkeys((*serve, *anew))
        return {name: serve[name] if name not in anew else own if name in PARTS else neural for name in names}

    def _named(self, told: Collected) -> str:
        """The version's name: equal names, equal models. Without a change it is the live version's."""
        recipes = self._recipes(told)
        if {part: r.digest for part, r in recipes.items()} == {p: r.digest for p, r in self.serves.recipes.items()}:
            return self.live.name
        made = json.dumps([self.live.name, self.options.ranker, [recipe.digest for recipe in recipes.values()]])
        return f"{versions.base(self.live.name)}+{hashlib.sha256(made.encode()).hexdigest()[:12]}"

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        return self._recipes(self.told)

    @cached_property
    def name(self) -> str:
        return self._named(self.told)

    @property
    def work(self) -> Path:
        return self.folder / "versions" / self.name / WORK

    # -- learning and comparing ------------------------------------------------------------------------------------

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return held_out(self.data, self.seed)

    def known(self, until: int) -> Interactions:
        """What the models that are judged may know."""
        return without(self.interactions(until), self.cases, self.data.user_ids)

    @cached_property
    def placement(self) -> Placement | None:
        """Of the ranker that is to be trained, where that is a neural one."""
        name = self.options.ranker
        if name not in TRAINED:
            return None
        known, seed = self.known(self.told.until), self.recipes[name].seed
        return placement(name, self.serves, known, self.about, seed, self.work, self.telling)

    @property
    def said(self) -> dict[str, Any]:
        """What is reported of the new model."""
        out: dict[str, Any] = {"recipes": {part: asdict(recipe) for part, recipe in self.plan.recipes.items()}}
        if self.placement is not None:
            out["placement"] = self.placement.to_json()
            out["without_a_say"] = [] if self.placement.earned else [self.options.ranker]
        return out

    @cached_property
    def plan(self) -> Plan:
        """The new model's: coefficients, and for how long to train, are learned without the held-out events."""
        if self.placement is not None:
            name = self.options.ranker
            beside = {part: placed for part, placed in self.serves.beside.items() if part != name}
            beside |= {name: self.placement.placed} if self.placement.earned else {}
            recipes = {part: recipe for part, recipe in self.recipes.items() if part in (*PARTS, *beside)}
            return replace(self.serves, recipes=recipes, beside=beside)
        if self.options.ranker not in LEARNED:
            return replace(self.serves, recipes=self.recipes)
        file, new = self.work / "learned.npz", self.recipes["sequence"]
        if not file.exists():
            learned = learn(
                self.known(self.told.until),
                len(self.catalogue.items),
                new.seed,
                self.work / "learning",
                self.telling("learn"),
                new.tuning,
                self.about.features,
            )
            with versions.replacing(file) as out:
                np.savez(out, coefficients=learned.coefficients, epochs=learned.epochs)
            (self.work / "learning").unlink(missing_ok=True)
        stored = np.load(file)
        coefficients = stored["coefficients"] if self.options.ranker == "blend" else self.serves.coefficients
        return Plan(self.recipes, coefficients, int(stored["epochs"]), self.serves.beside)

    def compare(self) -> Drift | None:
        """Both models on the held-out events; None when no user has two events."""
        file = self.work / "drift.json"
        if not self.cases:
            return None
        if not file.exists():
            after = self.judged("new", lambda: self.plan)
            before = self.judged("old", lambda: self.serves)
            found = drift(before, after, self.cases, len(self.catalogue.items))
            versions.write(file, json.dumps(found.to_json()))
        return Drift.of(json.loads(file.read_text(encoding="utf-8")))

    def judged(self, which: str, plan: Callable[[], Plan]) -> Judged:
        """A model made without the held-out events, by what it makes of them."""
        file = self.work / f"{which}.npz"
        if not file.exists():
            step = f"{which} model, judged"
            model = plan().made(self.known, self.about, _made(self.work / which), self.telling(step))
            found = judge(model, self.cases)
            with versions.replacing(file) as out:
                np.savez(out, values=found.values, lists=found.lists)
            shutil.rmtree(self.work / which)  # its checkpoints
            self.progress(step, 100, 100)
        stored = np.load(file)
        return Judged(stored["values"], stored["lists"])

    def serving(self, place: Path) -> None:
        """Write the new model, made from everything."""
        model = self.plan.made(self.interactions, self.about, _made(self.work / "serving"), self.telling("train"))
        model.save(place)

    def telling(self, step: str) -> Callable[[float], None]:
        """Say how far a step is, from a fraction."""
        self.progress(step, 0, 100)
        return lambda done: self.progress(step, round(100 * done), 100)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
