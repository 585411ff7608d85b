"""The vector store: Chroma collections of items, factors and evidence, written by `prepare` and then only read.

| collection | one entry per   | vector                    | space  | metadata                               |
|------------|-----------------|---------------------------|--------|----------------------------------------|
| items      | item            | its text's, [384]         | cosine | attributes, and `has_<field>` for each |
| factors    | item            | the ranker's, [d + 1]     | ip     | none                                   |
| evidence   | behaviour event | its item's, [384]         | cosine | user, item, value, time                |

Of more than MOST_EVENTS events the collection stays empty: each would repeat 1.5 kB of its item's vector, 40 GB for
25 million. They are read from the catalogue then (`recalled`), which says the same.

Vectors are always ours (`embedding_function=None`): a stored embedding function can make a client load code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval import versions
from retrieval.catalogue import HISTORY, Catalogue
from retrieval.constraints import operand
from retrieval.schema import Event, FloatArray, Item, Schema

if TYPE_CHECKING:
    from chromadb.api.client import Client

Done = Callable[[int, int], None]
"""Hears how many entries are written, and of how many."""
_BATCH = 5000  # Chroma takes at most 5,461 at once
# Measured on 9,061 items: recall of the 200 nearest is .989 for requests in words, in 2 to 3 ms.
_SEARCH = {"ef_search": 400}
# Of the 500 nearest of 60,000 factors .999 are found for whole histories, .973 for five
# events; with 400, .976 and .936.
_FACTORS = {"ef_search": 1000}
# A light graph: evidence is asked for by id or within one user, never among all events. Half the time to build.
_LIGHT = {"ef_construction": 20, "max_neighbors": 4}
MOST_EVENTS = 250_000
"""The most events that the evidence collection holds."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Behaviour:
    """One stored event: what the evidence collection knows of it, and one plain sentence that says it."""

    id: str
    user: str
    item: str  # the item's id
    value: float  # raw
    time: int  # Unix seconds
    text: str


def client(folder: Path, create: bool = False) -> Client:
    """A client of the store in `folder`, to be closed after use. OSError or ValueError unless it is whole or `create`.

    Looked at before Chroma does: it would make an empty store where there is none, and keep a broken client for the
    process where the file is damaged.
    """
    import chromadb
    from chromadb.config import Settings

    database = folder / "chroma.sqlite3"
    if not create:
        database.stat()
        if not versions.sound(database):
            raise ValueError(f"{database.name} is malformed")
    settings = Settings(anonymized_telemetry=False)
    opened: Any = chromadb.PersistentClient(str(folder), settings=settings)  # annotated without its `close`
    chroma: Client = opened
    return chroma


def build(folder: Path, catalogue: Catalogue, vectors: FloatArray, factors: FloatArray | None, done: Done) -> None:
    """Write the three collections into an existing, empty folder; without `factors` that collection is empty."""
    ids = [item.id for item in catalogue.items]
    told = np.minimum(np.bincount(catalogue.interactions.users), HISTORY).sum() if len(catalogue.interactions) else 0
    people = catalogue.interactions.user_ids if told <= MOST_EVENTS else ()
    events = [(user, event) for user in people for event in catalogue.history(user)]
    total = len(ids) * (1 if factors is None else 2) + len(events)
    writer: Any = client(folder, create=True)  # what Chroma takes is wider than its annotations
    with closing(writer) as chroma:
        items = _collection(chroma, "items", "cosine", len(ids), **_SEARCH)
        for part in _parts(len(ids)):
            # Chroma takes no empty metadata: those of a catalogue that has titles only.
            described = [metadata(item, catalogue.schema) or None for item in catalogue.items[part]]
            items.add(ids[part], embeddings=vectors[part], metadatas=described)
            done(part.stop, total)
        latent = _collection(chroma, "factors", "ip", len(ids), **_FACTORS)
        if factors is not None:
            alike = equally_long(factors)
            for part in _parts(len(ids)):
                latent.add(ids[part], embeddings=alike[part])
                done(len(ids) + part.stop, total)
        evidence = _collection(chroma, "evidence", "cosine", len(events), **_LIGHT)
        for part in _parts(len(events)):
            batch = events[part]
            evidence.add(
                [event.id for _, event in batch],
                embeddings=vectors[[event.item for _, event in batch]],
                metadatas=[_facts(user, event, catalogue) for user, event in batch],
                documents=[sentence(user, event, catalogue) for user, event in batch],
            )
            done(total - len(events) + part.stop, total)


def equally_long(vectors: FloatArray) -> FloatArray:
    """The vectors with one more number, so that all have the length of the longest: [n, d] to [n, d + 1].

    A query with a 0 there has the same inner products as before, and their order is that of distances, which a graph of
    neighbours can follow (Bachrach et al. 2014, "Speeding up the Xbox recommender system using a Euclidean
    transformation for inner-product spaces"). As they are, those of well-known items being longer, .84 and .77 were
    found where it is .999 and .973 so.
    """
    squares = np.einsum("id,id->i", vectors, vectors)
    missing = np.sqrt(np.maximum(squares.max(initial=0.0) - squares, 0))
    return np.concatenate([vectors, missing[:, None]], axis=1).astype(np.float32)


def metadata(item: Item, schema: Schema) -> dict[str, Any]:
    """An item's attributes as Chroma stores them: numbers as floats, dates as day numbers, tags as arrays of text.

    Chroma has no null, and its exclusions match entries that lack the key; so what is unknown is left out and every
    field has a flag that says whether it is known.
    """
    stored: dict[str, Any] = {}
    for field in schema.fields:
        known = item.attributes.get(field.name)
        stored[f"has_{field.name}"] = known is not None
        if known is not None:
            stored[field.name] = list(known) if isinstance(known, tuple) else operand(field, known)
    return stored


def behaviour(event_id: str, stored: Mapping[str, Any], text: str) -> Behaviour:
    """An entry of the evidence collection, read back."""
    return Behaviour(event_id, stored["user"], stored["item"], stored["value"], stored["time"], text)


def recalled(event_id: str, catalogue: Catalogue) -> Behaviour | None:
    """The same entry from the catalogue alone; None when there is no such event."""
    for place, sign in enumerate(event_id):  # either id may hold a colon
        user, row = event_id[:place], catalogue.find(event_id[place + 1 :]) if sign == ":" else None
        if row is not None and (event := catalogue.event(user, row)) is not None:
            facts = _facts(user, event, catalogue)
            return behaviour(event_id, facts, sentence(user, event, catalogue))
    return None


def sentence(user: str, event: Event, catalogue: Catalogue) -> str:
    """ "User 547 gave Blade Runner 4.5 stars in March 2014." """
    schema, title = catalogue.schema, catalogue.items[event.item].title
    if schema.rating is None or event.value is None:
        said = f"{title} is in the history of user {user}"
    else:
        unit = schema.rating_unit.removesuffix("s") if event.value == 1 else schema.rating_unit
        said = f"User {user} gave {title} {event.value:g} {unit}"
    if not event.time:
        return f"{said}."
    when = datetime.fromtimestamp(event.time, UTC)
    return f"{said} in {_MONTHS[when.month - 1]} {when.year}."


def _facts(user: str, event: Event, catalogue: Catalogue) -> dict[str, Any]:
    return {"user": user, "item": catalogue.items[event.item].id, "value": event.value, "time": event.time}


def _collection(chroma: Any, name: str, space: str, n: int, **graph: int) -> Any:
    """A new collection for `n` entries, such that the last batch of them reaches its vector files.

    What does not (by default, less than 1,000 entries) Chroma adds to those files whenever it opens them: readers would
    write.
    """
    batch = max(2, min(1000, n))
    graph = {"batch_size": batch, "sync_threshold": batch, **graph}
    return chroma.create_collection(name, embedding_function=None, configuration={"hnsw": {"space": space, **graph}})


def _parts(n: int) -> Iterator[slice]:
    """Slices of about equal length, at most what Chroma takes at once."""
    size = math.ceil(n / math.ceil(n / _BATCH)) if n else 1
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))
