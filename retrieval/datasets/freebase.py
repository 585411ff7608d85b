"""The Freebase knowledge graph inside the recbole wheel, joined to MovieLens 100K's films.

The graph's file of links is in the id space of the larger MovieLens data sets (260 is Star Wars there and Event Horizon
in MovieLens 100K). So a film's entity is found by its title and year among the films of latest-small, which share those
ids, and only where both list a common genre, or one lists none. Entities are bare Freebase ids without names: they
tell which films have something in common, and can be shown to nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from retrieval.datasets import titles
from retrieval.schema import CleaningReport, Item

Links = Mapping[int, tuple[str, ...]]


def linked(
    items: Sequence[Item],
    others: Iterable[Item],
    links: Iterable[Mapping[str, str]],
    triples: Iterable[Mapping[str, str]],
) -> tuple[Links, CleaningReport]:
    """By row of `items`, the neighbours as "relation entity", sorted. `others` are items whose ids `links` has; rows of
    `links` give `item_id` and `entity_id`, those of `triples` `head_id`, `relation_id` and `tail_id`."""
    by_name: dict[tuple[str, object], Item] = {}
    for film in others:
        for name in (film.title, *film.aliases):
            by_name.setdefault((titles.key(name), film.attributes.get("year")), film)
    entity = {row["item_id"]: row["entity_id"] for row in links}
    why = {"no such title and year": 0, "no genre in common": 0, "not in the graph": 0}
    rows: dict[str, list[int]] = defaultdict(list)
    for row, item in enumerate(items):
        names = [(titles.key(name), item.attributes.get("year")) for name in (item.title, *item.aliases)]
        other = next((by_name[name] for name in names if name in by_name), None)
        if other is None:
            why["no such title and year"] += 1
        elif not _alike(item, other):
            why["no genre in common"] += 1
        elif other.id not in entity:
            why["not in the graph"] += 1
        else:
            rows[entity[other.id]].append(row)
    found: dict[int, set[str]] = defaultdict(set)
    for triple in triples:
        head, relation, tail = triple["head_id"], triple["relation_id"], triple["tail_id"]
        for end, neighbour in ((head, tail), (tail, head)):
            for row in rows.get(end, ()):
                found[row].add(f"{relation} {neighbour}")
    kept = {row: tuple(sorted(neighbours)) for row, neighbours in sorted(found.items())}
    why["not in the graph"] += sum(map(len, rows.values())) - len(kept)
    return kept, CleaningReport(len(items), len(kept), {reason: n for reason, n in why.items() if n})


def _alike(item: Item, other: Item) -> bool:
    """Whether the two list a genre in common, as far as they list any."""
    ours, theirs = (_genres(film) for film in (item, other))
    return not ours or not theirs or bool(ours & theirs)


def _genres(film: Item) -> set[str]:
    known = film.attributes.get("genres", ())
    return set(known) if isinstance(known, tuple) else {str(known)}
