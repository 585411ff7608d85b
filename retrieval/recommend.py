"""One recommendation, top to bottom: filter -> candidates -> score -> rank -> diversify -> decompose.

The score of an item is the ranker's sum over the history plus the parts that rest on the request itself; every part
is on a fixed scale, so that nothing depends on which other items happen to be candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.alike import alike, centre
from retrieval.catalogue import Catalogue
from retrieval.choosing import POOL, Choosing, diversified, self_information, short_head
from retrieval.critique import Critiques
from retrieval.critique import Encodes as Encodes
from retrieval.index import Index, reciprocal_rank_fusion
from retrieval.left_out import relaxed, unknown
from retrieval.operator_rules import OperatorRules
from retrieval.opinions import Opinions
from retrieval.rankers.base import Term
from retrieval.rankers.blend import Blend
from retrieval.rankers.neural.beside import load
from retrieval.schema import Contribution, FloatArray, History, IntArray, Query, Ranked, Scored
from retrieval.versions import open_folder

SCORE_ALL_UP_TO = 50_000  # items; above it only the candidates are scored
CANDIDATES = 500  # how many each of the neighbourhoods gives
HEAD = 300  # how much of the ranking is told, for whoever wants to narrow it down
# Fixed scales of the parts that rest on the request. The ranker's scores have a standard deviation of about 1 over the
# catalogue; what is asked for now has to count for more than what is liked in general.
REQUEST, PREFERENCE, CRITIQUE = 16.0, 3.0, 2.0


RequestParts = list[tuple[Term, FloatArray]]
"""What the conversation itself adds to every item: (part, values over the whole catalogue)."""


@dataclass(frozen=True)
class Candidates:
    """Rows that pass every filter, those among them that are to be scored, and how many only `exclude` kept out."""

    eligible: IntArray
    rows: IntArray
    excluded: int


@dataclass(frozen=True)
class Recommender:
    """Everything needed to rank one catalogue. Opened once, shared by all threads, never written to.

    `choosing` is how lists are chosen, `rules` what is never on one, whatever the query.
    """

    catalogue: Catalogue
    index: Index
    ranker: Blend
    encoder: Encodes
    choosing: Choosing = field(default_factory=Choosing)
    rules: OperatorRules = field(default_factory=OperatorRules)

    @classmethod
    def open(cls, home: Path, dataset: str, encoder: Encodes) -> Recommender:
        """The live version of a prepared data set; NotPrepared or UsageError says what to do otherwise."""
        folder = open_folder(home, dataset)
        catalogue = Catalogue.load(folder / "catalogue")
        return cls(catalogue, Index.open(folder, catalogue), load(folder / "ranker"), encoder)

    def recommend(self, query: Query) -> Ranked:
        """The best `query.k` items that satisfy every hard constraint and are not excluded."""
        return self.rank(query, self.retrieve(query))

    def retrieve(self, query: Query) -> Candidates:
        """Which items may be recommended at all, and which of them are worth scoring."""
        fitting = self._fitting(query)
        eligible = _without(fitting, query.exclude)
        last = (query.later | query.capped, query.capped, frozenset[int]())  # what comes only when too little is left
        fresh = next((rows for gone in last if len(rows := _without(eligible, gone)) >= query.k), eligible)
        return Candidates(eligible, self._candidates(query, fresh), len(fitting) - len(eligible))

    def rank(self, query: Query, found: Candidates) -> Ranked:
        """Score the candidates, spread the best of them out, and say what each score is made of."""
        eligible, request = found.eligible, self._request_parts(query)
        chosen, ranking, scores = self._choose(query, found.rows, request)
        moved = {int(row) for place, row in enumerate(chosen) if row != ranking[place]}
        short = len(chosen) < query.k
        counted = self._spelled_out(query)
        return Ranked(
            items=self.decompose(query, chosen, eligible, request),
            eligible=len(eligible),
            excluded=found.excluded,
            barred=self._barred(query) if short else 0,
            well_known=len(self._eligible(replace(query, long_tail=False))) - len(eligible) if query.long_tail else 0,
            unknown=unknown(self.catalogue, counted, self.rules),
            relaxed=relaxed(self.catalogue, counted, self.rules) if short else {},
            moved=frozenset(moved),
            head=tuple(zip(ranking[:HEAD].tolist(), scores[:HEAD].tolist(), strict=True)),
        )

    def listed(self, query: Query) -> tuple[int, ...]:
        """The rows that `recommend` brings, in their order, without what their scores are made of: much quicker."""
        return tuple(self._choose(query, self.retrieve(query).rows, self._request_parts(query))[0].tolist())

    def placed(self, query: Query, row: int) -> tuple[int, int]:
        """The row's place, from 1, on the list that `recommend` brings, and among all ranked; 0 where it is not."""
        found = self._choose(query, self.retrieve(query).rows, self._request_parts(query))[:2]
        listed, ranked = (int(np.argmax(rows == row)) + 1 if row in rows else 0 for rows in found)
        return listed, ranked

    def rank_of(self, query: Query, row: int) -> int:
        """The place, from 1, that the row has or would have among the eligible, before diversification."""
        scores = self._score(query, self._request_parts(query))
        rows = self._eligible(query)
        ahead = scores[rows] > scores[row]
        if query.order:
            key = self._key(query.order)
            ahead = (key[rows] < key[row]) | ((key[rows] == key[row]) & ahead)
        return 1 + int(ahead.sum())

    def _choose(
        self, query: Query, candidates: IntArray, request: RequestParts
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """The rows of the list; and all candidates, the best first, with their scores."""
        scores = self._score_some(query, request, candidates)
        order = self._order(query, candidates, scores)
        ranking, scores = candidates[order], scores[order]
        if query.order:
            return ranking[: query.k], ranking, scores
        diversity = max(self.choosing.diversity, query.diversity)
        vectors = self.index.vectors[ranking[: max(POOL, query.k)]]
        return ranking[diversified(scores, vectors, query.k, diversity)], ranking, scores

    # -- order -----------------------------------------------------------------------------------------------------

    def _order(self, query: Query, rows: IntArray, scores: FloatArray) -> IntArray:
        """Places in `rows`, the best first: by the score, or by a field and only then by the score."""
        if query.order is None:
            return np.argsort(-scores, kind="stable")
        return np.lexsort((-scores, self._key(query.order)[rows]))

    def _key(self, order: tuple[str, bool]) -> NDArray[np.float64]:
        """The field as a number that is the smaller the earlier it comes, [n_items]; NaN where it is not known."""
        name, largest = order
        values = self.catalogue.numbers(name)
        return -values if largest else values

    # -- filter ----------------------------------------------------------------------------------------------------

    def _eligible(self, query: Query) -> IntArray:
        return _without(self._fitting(query), query.exclude)

    def _fitting(self, query: Query) -> IntArray:
        """Rows that pass the operator's rules and every hard constraint, and whose place is known if a field orders
        them; of the long tail if that is asked for."""
        rows = self.rules.permitted(self.index.where((*self.rules.always, *query.constraints)))
        rows = rows[~self.short_head[rows]] if query.long_tail else rows
        return rows[self.catalogue.known(query.order[0])[rows]] if query.order else rows

    def _barred(self, query: Query) -> int:
        """How many items only the operator's rules keep out."""
        open_to_all = replace(self, rules=OperatorRules())
        return len(open_to_all._eligible(query)) - len(self._eligible(query)) if self.rules else 0

    def _spelled_out(self, query: Query) -> Query:
        """The same query with the best known items among those that it excludes, if it does."""
        gone = np.flatnonzero(self.short_head).tolist() if query.long_tail else ()
        return replace(query, exclude=query.exclude.union(gone))

    # -- candidates ------------------------------------------------------------------------------------------------

    def _candidates(self, query: Query, eligible: IntArray) -> IntArray:
        """All eligible items of a small catalogue; of a large one, the fused neighbourhoods of user and request, and
        what comes first for strangers: neighbours alone lack what is on a list for being popular (docs/scale.md)."""
        if len(eligible) <= SCORE_ALL_UP_TO or query.order:
            return eligible
        popular = np.argpartition(-self.for_strangers[eligible], CANDIDATES)[:CANDIDATES]
        lists = [eligible[popular], self.index.factors(self.ranker.user_vector(query.history), CANDIDATES)]
        if query.text:
            lists.append(self.index.dense(self._text_vector(query.text), CANDIDATES))
            lists.append(self.index.lexical(query.text, CANDIDATES))
        if query.like:
            lists.append(self.index.dense(centre(self.index.vectors, query.like), CANDIDATES))
        for words, weight in query.toward:
            lists.append(self.index.dense(np.sign(weight) * self.critiques.direction(words), CANDIDATES))
        fused = reciprocal_rank_fusion(lists)
        found = fused[np.isin(fused, eligible)]
        # A tight filter may leave none of the neighbours; then everything eligible is scored after all.
        return found if len(found) >= query.k else eligible

    # -- score -----------------------------------------------------------------------------------------------------

    def _score(self, query: Query, request: RequestParts) -> FloatArray:
        scores = self.ranker.score(query.history)
        for _, values in request:
            scores = scores + values
        return scores

    def _score_some(self, query: Query, request: RequestParts, rows: IntArray) -> FloatArray:
        if len(rows) > self.ranker.n_items // 4:
            return self._score(query, request)[rows]
        scores = self.ranker.score_some(query.history, rows)
        for _, values in request:
            scores = scores + values[rows]
        return scores

    def _request_parts(self, query: Query) -> RequestParts:
        """The parts that rest on what was said: the request, and what the opinions told have in common."""
        parts: list[tuple[str, FloatArray]] = []
        if query.text:
            parts.append(("request", REQUEST * (self.index.vectors @ self._text_vector(query.text))))
        if query.like:
            parts += self.alike(query.like)
        for words, weight in query.toward:
            parts.append(("critique", CRITIQUE * weight * self.critiques.values(words)))
        if self.choosing.novelty and not query.popular:
            parts.append(("novelty", self.choosing.novelty * self.information))
        parts += [
            ("preference", PREFERENCE * self.catalogue.matches(c).astype(np.float32))
            for c in query.constraints
            if not c.hard
        ]
        first = len(query.history.events) - query.told
        told = self.opinions.values(query.events[first:], query.shown) if query.told or query.hints else ()
        return [
            *((Term(part), values) for part, values in parts),
            *((Term("shared", first + place), values) for place, values in enumerate(told)),
        ]

    @cached_property
    def for_strangers(self) -> FloatArray:
        """The scores for somebody of whom nothing is known, [n_items]."""
        return self.ranker.score(History(()))

    @cached_property
    def short_head(self) -> NDArray[np.bool_]:
        """Whether each item is one of the best known, [n_items]."""
        return short_head(self.catalogue.interactions, len(self.catalogue.items), self.choosing.short_head)

    @cached_property
    def information(self) -> FloatArray:
        """The self-information of having met each item, in bits, [n_items]."""
        return self_information(self.catalogue.interactions, len(self.catalogue.items))

    @cached_property
    def critiques(self) -> Critiques:
        """Qualities as directions among the items."""
        return Critiques(self.index.vectors, self.catalogue.schema.noun, self.encoder)

    @cached_property
    def opinions(self) -> Opinions:
        """What items have in common, for opinions that are told in conversations."""
        return Opinions.of(self.catalogue, self.index.vectors)

    def _text_vector(self, text: str) -> FloatArray:
        vector: FloatArray = self.encoder.encode([text])[0]
        return vector

    def alike(self, rows: Sequence[int]) -> list[tuple[str, FloatArray]]:
        """How like these together every item is, [n_items] by part: what asking for such items adds to the score."""
        return alike(self.index.vectors, self.ranker.cosine, rows)

    # -- decompose -------------------------------------------------------------------------------------------------

    def decompose(
        self, query: Query, rows: IntArray, eligible: IntArray | None = None, request: RequestParts | None = None
    ) -> tuple[Scored, ...]:
        """Each row's score as the exact sum of its contributions, with shares against the eligible items' mean."""
        if not len(rows):
            return ()
        eligible = self._eligible(query) if eligible is None else eligible
        request = self._request_parts(query) if request is None else request
        rows = np.asarray(rows, dtype=np.int64)
        terms, values = self._terms(query, rows, request)
        means = self._means(query, eligible if len(eligible) else rows, request)
        events = query.events
        out = []
        for column, row in enumerate(rows):
            above = values[:, column].astype(np.float64) - means
            positive = above[above > 0].sum() or 1.0
            contributions = tuple(
                Contribution(
                    term.part,
                    None if term.event is None else events[term.event].id,
                    float(values[i, column]),
                    float(above[i] / positive),
                )
                for i, term in enumerate(terms)
            )
            out.append(Scored(int(row), float(values[:, column].sum(dtype=np.float64)), contributions))
        return tuple(out)

    def by_event(self, query: Query, rows: IntArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each of `query.events` gives to each row, [n_events, len(rows)], and the rows' scores, [len(rows)]."""
        terms, values = self._terms(query, rows, self._request_parts(query))
        of_events = [place for place, term in enumerate(terms) if term.event is not None]
        given = np.zeros((len(query.events), len(rows)))
        np.add.at(given, [event for term in terms if (event := term.event) is not None], values[of_events])
        return given, values.sum(axis=0, dtype=np.float64)

    def _means(self, query: Query, rows: IntArray, request: RequestParts) -> FloatArray:
        """The mean over `rows` of each of the terms, [n_terms]."""
        means = self.ranker.means(query.history, rows)
        return np.concatenate([means, np.array([part[rows].mean() for _, part in request], dtype=np.float32)])

    def _terms(self, query: Query, rows: IntArray, request: RequestParts) -> tuple[tuple[Term, ...], FloatArray]:
        terms, values = self.ranker.decompose(query.history, rows)
        if not request:
            return terms, values
        extra = np.stack([part[rows] for _, part in request])
        return (*terms, *(term for term, _ in request)), np.concatenate([values, extra])


def _without(rows: IntArray, gone: frozenset[int]) -> IntArray:
    return rows[~np.isin(rows, np.fromiter(gone, dtype=np.int64))] if gone else rows
