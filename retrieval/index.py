"""Asking the store that `prepare` wrote: filters, neighbours, words and evidence. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from retrieval import constraints, store
from retrieval.catalogue import Catalogue
from retrieval.disk import refusal
from retrieval.errors import BecauseError, NotPrepared
from retrieval.lexical import Lexical
from retrieval.schema import Constraint, FloatArray, IntArray
from retrieval.store import Behaviour

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

IN_MEMORY_ABOVE = 50_000
"""Items above which filters are masks over the catalogue: the same rows, without a list of ids of half the catalogue
(docs/decisions/0003-filters-are-chroma-where.md)."""


class Index:
    """The opened store of one catalogue; read-only, and safe to share between threads."""

    def __init__(self, catalogue: Catalogue, client: Client, vectors: FloatArray, lexical: Lexical) -> None:
        self.vectors = vectors
        """Content vectors, [n_items, 384], of unit length, on disk until touched."""
        self._where = lru_cache(maxsize=256)(self._satisfying)  # the store never changes; a talk repeats its filters
        self._catalogue, self._client, self._lexical = catalogue, client, lexical
        self._items = client.get_collection("items", embedding_function=None)
        self._factors = client.get_collection("factors", embedding_function=None)
        self._evidence = client.get_collection("evidence", embedding_function=None)
        self._stored = self._evidence.count()

    @classmethod
    def open(cls, folder: Path, catalogue: Catalogue) -> Self:
        """Open the version folder that `prepare` wrote for `catalogue`; NotPrepared when it is damaged."""
        with _damage_reported(folder):
            vectors = np.load(folder / "vectors.npy", mmap_mode="r")
            lexical, client = Lexical.open(folder / "lexical"), store.client(folder / "chroma")
            try:
                index = cls(catalogue, client, vectors, lexical)
                index._probe()
            except BaseException:
                client.close()  # else the next to open this folder would get the same broken client
                raise
        return index

    def close(self) -> None:
        """Release the store's files."""
        self._client.close()

    def where(self, wanted: Sequence[Constraint]) -> IntArray:
        """Rows, ascending, that satisfy all hard constraints; UsageError when the schema cannot express one."""
        return self._where(tuple(constraint for constraint in wanted if constraint.hard))

    def _satisfying(self, wanted: tuple[Constraint, ...]) -> IntArray:
        conditions = [constraints.check(self._catalogue.schema, constraint) for constraint in wanted]
        if not conditions:
            return np.arange(len(self._catalogue.items), dtype=np.int64)
        if len(self._catalogue.items) > IN_MEMORY_ABOVE:
            masks = [self._catalogue.matches(constraint) for constraint in wanted]
            return np.flatnonzero(np.logical_and.reduce(masks))
        found = self._items.get(where=constraints.where(conditions), include=[])
        return np.sort(self._to_rows(found["ids"]))

    def dense(self, vector: FloatArray, n: int, rows: IntArray | None = None) -> IntArray:
        """Up to `n` rows whose text is most similar to a [384] vector, best first.

        Among `rows` when given (exactly, in memory), else in the whole catalogue (approximately, through Chroma).
        """
        if rows is not None:
            similarity = self.vectors[rows] @ vector
            return rows[np.argsort(-similarity, kind="stable")[:n]]
        return self._nearest(self._items, vector, n)

    def factors(self, vector: FloatArray, n: int) -> IntArray:
        """Up to `n` rows with the largest inner product with a user's [d] factor vector, best first."""
        if not np.any(vector) or not self._factors.count():
            return np.zeros(0, dtype=np.int64)
        return self._nearest(self._factors, np.append(vector, np.float32(0)), n)  # store.equally_long

    def lexical(self, text: str, n: int) -> IntArray:
        """Up to `n` rows that share words with `text`, best first."""
        return self._lexical.search(text, n)

    def evidence(self, event_ids: Sequence[str]) -> Mapping[str, Behaviour]:
        """The stored events among those ids."""
        if not event_ids:
            return {}
        if not self._stored:
            found_again = (store.recalled(event, self._catalogue) for event in dict.fromkeys(event_ids))
            return {event.id: event for event in found_again if event is not None}
        found = self._evidence.get(ids=list(dict.fromkeys(event_ids)), include=["metadatas", "documents"])
        rows = zip(found["ids"], found["metadatas"] or (), found["documents"] or (), strict=True)
        return {event: store.behaviour(event, stored, text) for event, stored, text in rows}

    def related(self, user: str, targets: Sequence[int], n: int) -> Mapping[int, tuple[str, ...]]:
        """For each target row, the ids of up to `n` of the user's stored events whose items' text is most similar.

        The user is a filter of the store, the similarity exact: an approximate search under so narrow a filter found
        nothing in the light graph of the evidence (docs/log.md).
        """
        if self._stored:
            found = self._evidence.get(where={"user": user}, include=["metadatas"])
            pairs = [
                (e, self._catalogue.find(str(m["item"])))
                for e, m in zip(found["ids"], found["metadatas"] or (), strict=True)
            ]
            events = [(event, row) for event, row in pairs if row is not None]
        else:
            events = [(event.id, event.item) for event in self._catalogue.history(user)]
        if not events or not len(targets):
            return dict.fromkeys(targets, ())
        rows = np.array([row for _, row in events])
        similarity = self.vectors[list(targets)] @ self.vectors[rows].T
        similarity[rows == np.array(targets)[:, None]] = -np.inf  # the item itself says nothing about itself
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :n]
        return {
            target: tuple(events[place][0] for place in best if rows[place] != target)
            for target, best in zip(targets, order.tolist(), strict=True)
        }

    def _probe(self) -> None:
        """Ask each part something: ValueError, or what the libraries raise, when it does not fit or cannot be read."""
        n, stored = len(self._catalogue.items), self._items.count()
        if not len(self.vectors) == stored == n:
            raise ValueError(f"{len(self.vectors)} vectors and {stored} stored items for {n} items")
        self.dense(self.vectors[0], 1)
        latent = self._factors.get(limit=1, include=["embeddings"])["embeddings"]
        if latent is not None and len(latent):
            self._nearest(self._factors, np.asarray(latent[0]), 1)
        self._evidence.get(limit=1)

    def _nearest(self, collection: Collection, vector: FloatArray, n: int) -> IntArray:
        wanted = min(n, len(self._catalogue.items))
        query = np.asarray(vector, dtype=np.float32)[None]
        return self._to_rows(collection.query(query_embeddings=query, n_results=wanted, include=[])["ids"][0])

    def _to_rows(self, ids: Sequence[str]) -> IntArray:
        return np.array([self._catalogue.row(item_id) for item_id in ids], dtype=np.int64)


def reciprocal_rank_fusion(lists: Sequence[IntArray], k: int = 60) -> IntArray:
    """Rows of several ranked lists, best first by the sum of 1 / (k + rank) (Cormack et al., SIGIR 2009)."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for rank, row in enumerate(ranked.tolist(), 1):
            scores[row] = scores.get(row, 0.0) + 1 / (k + rank)
    return np.array(sorted(scores, key=lambda row: (-scores[row], row)), dtype=np.int64)


@contextmanager
def _damage_reported(folder: Path) -> Iterator[None]:
    """Whatever a damaged file makes the libraries raise becomes one sentence."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError) as error:
        if refused := refusal(folder):
            raise BecauseError(refused) from error
        detail = " ".join(str(error).split())[:200]
        raise NotPrepared(
            f"The index in {folder} is damaged ({detail}); run `because prepare` to rebuild it."
        ) from error
