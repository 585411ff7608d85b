"""What a list made again says against the list as it was: what comes in, what goes out, what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.explain.book import EvidenceBook
from bot.values import Claim, Reason
from bot.wording import condition_texts, listed, named, say
from retrieval.catalogue import Catalogue
from retrieval.schema import Query


@dataclass(frozen=True)
class Changes:
    """Both lists, as rows in their order. `query` made the second.

    `known` are rows of the first that would be known; `without` rows whose events were left out, `absent` rows that
    had none. `message` is what was supposed to be said, "" if nothing was.
    """

    catalogue: Catalogue
    query: Query
    before: tuple[int, ...]
    after: tuple[int, ...]
    known: frozenset[int] = frozenset()
    without: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    message: str = ""


def reasons(changes: Changes, book: EvidenceBook) -> tuple[Reason, ...]:
    """One reason for each kind of change."""
    cited = _evidence(changes, book)
    out = [_reason(changes, "absent", (row,), ()) for row in changes.absent]
    if changes.absent and not changes.without and not changes.message:
        return tuple(out)
    if not changes.after:
        return (*out, _reason(changes, "empty", (), cited))
    new = tuple(row for row in changes.after if row not in changes.before)
    gone = [row for row in changes.before if row not in changes.after]
    known = tuple(row for row in gone if row in changes.known)
    unfit = tuple(row for row in gone if row not in known and _unfit(changes, row))
    beaten = tuple(row for row in gone if row not in known and row not in unfit)
    stayed = [row for row in changes.before if row in changes.after]
    moved = tuple(row for row in stayed if changes.before.index(row) != changes.after.index(row))
    if not new and not gone and not moved:
        return (*out, _reason(changes, "same", changes.before, cited), *_excluded(changes, cited))
    for kind, rows in (("enters", new), ("leaves", beaten), ("known", known), ("unfit", unfit)):
        if rows:
            out.append(_reason(changes, kind, rows, cited))
    if moved:
        out.append(_reason(changes, "moves" if new or gone else "order", moved, cited))
    elif stayed and (new or gone):
        out.append(_reason(changes, "stays", tuple(stayed), cited))
    return (*out, *_excluded(changes, cited))


def _excluded(changes: Changes, cited: tuple[str, ...]) -> tuple[Reason, ...]:
    return (_reason(changes, "excluded", changes.without, cited),) if changes.without else ()


def _unfit(changes: Changes, row: int) -> bool:
    """Whether a condition keeps the row out of the second list."""
    return any(c.hard and not changes.catalogue.matches(c)[row] for c in changes.query.constraints)


def _evidence(changes: Changes, book: EvidenceBook) -> tuple[str, ...]:
    """The events that were left out, what was supposed to be said, and each item of both lists."""
    cited = [book.event(event) for event in book.of_items(changes.without)]
    if changes.message:
        cited.append(book.message(changes.message))
    for place, row in enumerate(changes.after, 1):
        text = say("evidence_again", title=changes.catalogue.items[row].title, rank=place)
        cited.append(book.statistic(f"again:{row}", text, 0.0, row))
    for place, row in enumerate(changes.before, 1):
        text = say("evidence_listed", title=changes.catalogue.items[row].title, rank=place)
        cited.append(book.statistic(f"listed:{row}", text, 0.0, row))
    return tuple(cited)


def _reason(changes: Changes, kind: str, rows: Sequence[int], cited: tuple[str, ...]) -> Reason:
    titles = [named(changes.catalogue, row) for row in rows]
    slots = {"titles": listed(titles), "count": str(len(titles))}
    if kind == "unfit":
        hard = [c for c in changes.query.constraints if c.hard]
        failed = [c for c in hard if any(not changes.catalogue.matches(c)[row] for row in rows)]
        slots["asked"] = listed(condition_texts(changes.catalogue.schema, failed))
    claim = Claim(f"what_if.{kind}", slots, cited)
    return Reason(
        rows[0] if len(rows) == 1 else None,
        "what_if",
        (claim,),
        cited,
        0.0,
        title=changes.catalogue.items[rows[0]].title if rows else "",
    )
