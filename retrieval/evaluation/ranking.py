"""`because evaluate ranking`: every ranker on the same splits, by the same metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from retrieval.errors import DataError
from retrieval.evaluation.choosing import choosing
from retrieval.evaluation.intervals import Floats, paired_ratio
from retrieval.evaluation.lists import About
from retrieval.evaluation.measuring import Measured, Report, averaged, by_length, measure, pooled, reported
from retrieval.evaluation.measuring import Scorer as Scorer
from retrieval.evaluation.measuring import first as first
from retrieval.evaluation.protocols import Split, leave_one_out, newcomers, shuffled_ties, temporal
from retrieval.rankers import Blend, Ease, Popularity
from retrieval.rankers.matrix import LIKED, incidence, subset
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.stopping import Training
from retrieval.rankers.popularity import DAY
from retrieval.schema import FloatArray, History, Interactions

NEWCOMER_LIKES = (1, 3, 5, 10)
PEER_HALF_LIFE = 7.0
"""Days, of the peer "recent_popularity"."""

WINDOWS = (0.7, 0.8, 0.9, 1.0)
"""Shares of the events at which the rolling windows end."""
TIE_ORDERS = (1, 2, 3)
"""Seeds of the random orders of events that share a second."""
PEERS = ("popularity", "recent_popularity", "item_item", "ease")
"""The models here that are found in libraries; the peers' own implementations are another benchmark's business."""
Paired = dict[str, str | float]
Progress = Callable[[str, float], None]


class RecentPopularity:
    """A peer: decayed counts of what came before the moment of the request, and nothing else."""

    def __init__(self, interactions: Interactions, n_items: int, half_life: float = PEER_HALF_LIFE) -> None:
        order = np.argsort(interactions.times, kind="stable")
        self.items, self.times = interactions.items[order], interactions.times[order]
        self.n_items, self.half_life = n_items, half_life

    def score(self, history: History) -> FloatArray:
        before = int(np.searchsorted(self.times, history.now)) if history.now else len(self.times)
        if not before:
            return np.zeros(self.n_items, dtype=np.float32)
        ages = (self.times[before - 1] - self.times[:before]) / (self.half_life * DAY)
        counts = np.bincount(self.items[:before], weights=np.exp2(-ages), minlength=self.n_items)
        return counts.astype(np.float32)


class ItemItem:
    """A peer: the cosine of who liked what, every event counting alike (Sarwar et al. 2001)."""

    def __init__(self, interactions: Interactions, n_items: int) -> None:
        likes = incidence(subset(interactions, interactions.strengths >= LIKED), n_items)
        likes.data /= np.sqrt(np.maximum(np.bincount(likes.indices, minlength=n_items), 1))[likes.indices]
        self.likes, self.n_items = likes, n_items

    def score(self, history: History) -> FloatArray:
        told = [event.item for event in history.events if event.strength >= LIKED]
        return np.asarray(self.likes.T @ (self.likes[:, told].sum(axis=1)), dtype=np.float32)


def models(
    interactions: Interactions, n_items: int, seed: int = 0, features: FloatArray | None = None
) -> Mapping[str, Scorer]:
    """Everything that is compared, fitted on the same interactions; `features` of the items are what content reads."""
    blend = Blend.fit(interactions, n_items, seed, features)
    counted = Popularity.fit(interactions, n_items, half_lives=(PEER_HALF_LIFE,), shares=(1.0, 0.0))
    return {
        "popularity": counted,
        "recent_popularity": RecentPopularity(interactions, n_items),
        "item_item": ItemItem(interactions, n_items),
        "popularity_trend": Popularity.fit(interactions, n_items),
        "cosine": blend.cosine,
        "ease": Ease(blend.ease.matrix, {**blend.ease.settings, "recency": 0.0}),
        "ease_recency": blend.ease,
        "taste": blend.taste,
        **({} if blend.content is None else {"content": blend.content}),
        **({} if blend.sequence is None else {"sequence": blend.sequence}),
        "blend": blend,
    }


def judge(split: Split, scorers: Mapping[str, Scorer]) -> Report:
    """Mean of each metric over the cases, by model, with 95 % intervals by bootstrap over users."""
    return reported(measure(split, scorers))


def measured(split: Split, scorers: Mapping[str, Scorer]) -> tuple[Report, dict[str, Floats]]:
    """The report, and NDCG@10 of every case by model."""
    found = measure(split, scorers)
    return reported(found), found.ndcg()


def against_best(found: Measured, peers: tuple[str, ...] = PEERS) -> Paired:
    """The blend's NDCG@10 over that of the best of `peers`, with a paired interval."""
    cases = found.ndcg()
    best = max((name for name in peers if name in cases), key=lambda name: float(cases[name].mean()))
    ratio, low, high = paired_ratio(cases["blend"], cases[best], found.users)
    return {"peer": best, "ratio": ratio, "low": low, "high": high}


def evaluate(
    interactions: Interactions,
    n_items: int,
    progress: Progress | None = None,
    newcomer_likes: tuple[int, ...] = NEWCOMER_LIKES,
    most: int = max(NEWCOMER_LIKES),
    thorough: bool = False,
    seeds: int = 1,
    about: About | None = None,
    neural: bool = False,
) -> dict[str, Any]:
    """The whole comparison: `leave_one_out`, `temporal`, and `newcomers` by number of likes told; of the first two also
    `by_length` of the history; `paired` has the blend against the best of PEERS for each.

    Newcomers are users with more than `most` likes. With `seeds` above 1 the figures of the first two are means over
    that many trainings, and `seeds` has NDCG@10 of each. `thorough` adds `rolling`, the temporal protocol with windows
    that end at WINDOWS of the events, `pooled`, their cases together, and `ties`, leave-one-out under three random
    orders of each user's events of one second: six more trainings. `about` is what is known of the items besides
    behaviour; with its vectors, `choosing` has what each setting of how lists are chosen costs the blend. `neural`
    adds the rankers of rankers/neural, each alone: minutes more a training. DataError when a model gives a score that
    is not finite.
    """
    run = _Run(n_items, about, progress or (lambda _what, _done: None), 2 * seeds + 1 + 6 * thorough, neural)
    report: dict[str, Any] = {"by_length": {}, "seeds": {}}
    judged: dict[str, Measured] = {}
    for name, split in (("leave_one_out", leave_one_out(interactions)), ("temporal", temporal(interactions))):
        if not split.cases:
            raise DataError(f"{len(interactions):,} events are too few to compare rankers ({name} finds nobody to ask);"
                            " import more with `because import NAME --items FILE --interactions FILE`.")  # fmt: skip
        found = []
        for seed in range(seeds):
            trained = run.models(name.replace("_", " "), split, seed)
            found.append(measure(split, trained, about))
        if name == "leave_one_out":
            report["choosing"] = choosing(split, trained["blend"], about)
        judged[name] = averaged(found)
        report[name] = reported(judged[name])
        report["by_length"][name] = by_length(judged[name])
        report["seeds"][name] = {
            model: [float(one.ndcg()[model].mean()) for one in found] for model in judged[name].values
        }
    scorers: Mapping[str, Scorer] = {}
    report["newcomers"] = {}
    for likes in newcomer_likes:
        split = newcomers(interactions, likes, most=most)
        scorers = scorers or run.models("newcomers", split)  # the users left out are the same for all
        judged[f"newcomers_{likes}"] = measure(split, scorers, about)
        report["newcomers"][str(likes)] = reported(judged[f"newcomers_{likes}"])
    if thorough:
        windows = {str(end): run.trained("rolling windows", temporal(interactions, end)) for end in WINDOWS[:-1]}
        judged |= {f"rolling_{end}": found for end, found in windows.items()}
        windows[str(WINDOWS[-1])] = judged["temporal"]
        judged["pooled"] = pooled(list(windows.values()))
        report["rolling"] = {end: reported(found) for end, found in windows.items()}
        report["pooled"] = reported(judged["pooled"])
        report["ties"] = {
            str(seed): reported(run.trained("orders of ties", leave_one_out(shuffled_ties(interactions, seed))))
            for seed in TIE_ORDERS
        }
    report["paired"] = {name: against_best(found) for name, found in judged.items()}
    run.tell("done", 1.0)
    return report


class _Run:
    """One evaluation: what all its trainings share, and how many of them are done."""

    def __init__(self, n_items: int, about: About | None, tell: Progress, n_trainings: int, neural: bool) -> None:
        self.n_items, self.about, self.tell = n_items, about, tell
        self.n_trainings, self.done, self.neural = n_trainings, 0, neural

    def models(self, what: str, split: Split, seed: int = 0) -> Mapping[str, Scorer]:
        self.tell(what, self.done / self.n_trainings)
        self.done += 1
        about = self.about
        found = dict(models(split.fitted, self.n_items, seed, None if about is None else about.features))
        if self.neural:
            training = Training(seed=seed, vectors=None if about is None else about.vectors)
            found |= {name: ranker.fit(split.fitted, self.n_items, training) for name, ranker in TRAINED.items()}
        return found

    def trained(self, what: str, split: Split, seed: int = 0) -> Measured:
        return measure(split, self.models(what, split, seed), self.about)
