"""Whether something would suit: its place by score, and the weightiest thing for it and against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.explain.case import Case
from bot.explain.popular import slight
from bot.values import Claim, Reason
from bot.wording import number, say


def place(case: Case, rank: int, total: int) -> Reason:
    """Where the item comes by score among `total` that could be suggested."""
    row, title = case.scored.item, case.item.title
    text = say("evidence_place", title=title, rank=number(rank), total=number(total))
    cited = (case.book.statistic(f"place:{row}", text, 0.0, row),)
    claim = Claim("verdict.place", {"title": title, "rank": str(rank), "total": number(total)}, cited)
    return Reason(row, "outscored", (claim,), cited, 0.0, title=title)


def speaks(found: Sequence[Reason]) -> Iterator[Reason]:
    """Of the reasons that an item would have on a list: the weightiest for it, and the weightiest against it."""
    told = [_unlisted(reason) for reason in found if reason.weight and not slight(reason)]
    best = max(told, key=lambda reason: reason.weight, default=None)
    worst = min(told, key=lambda reason: reason.weight, default=None)
    if best is not None and best.weight > 0:
        yield best
    if worst is not None and worst.weight < 0:
        yield worst


def _unlisted(reason: Reason) -> Reason:
    """Without the claim that the item is on a list."""
    return replace(reason, claims=tuple(claim for claim in reason.claims if claim.kind != "popular.only"))


def limit(row: int) -> Reason:
    """That no figure says what somebody will enjoy."""
    return Reason(row, "certainty", (Claim("certainty.limit"),), (), 0.0)
