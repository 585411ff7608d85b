"""Which evidence each part of a score rests on, and how a long decomposition is shortened without losing its sum."""

from __future__ import annotations

from bot.explain import whole
from bot.explain.book import lately_text, novelty_text, popularity_text
from bot.explain.case import OF_REQUEST, Case, of_whole
from bot.wording import by_behaviour, say
from retrieval.schema import Contribution, Scored

KEPT = 12  # events listed one by one for each item; the others of the same part are summed


def grouped(scored: Scored) -> tuple[Contribution, ...]:
    """The weightiest events' contributions, and of each part the other events' sum; all add up to the score."""
    alone = [c for c in scored.contributions if c.evidence is None]
    events = sorted((c for c in scored.contributions if c.evidence is not None), key=lambda c: -abs(c.share))
    tail = events[KEPT:]
    sums = []
    for part in dict.fromkeys(c.part for c in tail):
        members = [c for c in tail if c.part == part]
        if any(c.value or c.share for c in members):
            name = f"{part}_others"
            sums.append(Contribution(name, None, sum(c.value for c in members), sum(c.share for c in members)))
    return (*events[:KEPT], *sums, *alone)


def cite(case: Case) -> dict[tuple[int, str, str | None], str]:
    """Evidence ids for every contribution that will be shown."""
    row = case.scored.item
    out: dict[tuple[int, str, str | None], str] = {}
    shown = grouped(case.scored)
    own = {c.part for c in case.scored.contributions}
    for c in shown:
        key = (row, c.part, c.evidence)
        if c.evidence is not None:
            out[key] = case.book.event(c.evidence, c.share)
        elif c.part in OF_REQUEST and case.standing.request.words:
            out[key] = case.book.message(case.standing.request.words, c.share)
        elif c.part == "novelty":
            out[key] = case.book.statistic(f"novel:{row}", novelty_text(case.catalogue, row)[2], c.share, row)
        elif c.part in ("popularity", "expected_popularity"):
            out[key] = case.book.statistic(f"count:{row}", popularity_text(case.catalogue, row)[2], c.share, row)
        elif c.part == "trend":
            out[key] = case.book.statistic(f"trend:{row}", lately_text(case.catalogue, row)[2], c.share, row)
        elif of_whole(c) and c.part in own and c.share:
            out[key] = whole.cite(case, case.whole)
        elif c.part.endswith("_others"):
            part = c.part.removesuffix("_others")
            named = sum(other.part == part and other.evidence is not None for other in shown)
            count = sum(other.part == part and other.evidence is not None for other in case.scored.contributions)
            text = say(
                by_behaviour("evidence_group", case.catalogue.schema),
                count=count - named,
                plural=case.catalogue.schema.plural,
            )
            out[key] = case.book.statistic(f"others:{part}:{row}", text, c.share)
    return out
