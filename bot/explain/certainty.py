"""How sure: what a list rests on, and whether it stays as it is without each of those things in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.explain.case import OF_OTHERS, OF_REQUEST, Case, of_whole
from bot.values import Claim, Reason
from bot.wording import listed, number, percent, say

LITTLE = 5  # events: whoever has fewer is hardly known
FIRM, FAIR = 0.9, 0.6  # of the list that stays, on average: judged, no source


@dataclass(frozen=True)
class Trial:
    """A list, and what is left of it without each of its weightiest events in turn.

    `kept`: for each event left out, the rows of the list that stay on it. `subject`: the one item asked about.
    `known`: how many events there are in all.
    """

    cases: tuple[Case, ...]
    events: tuple[str, ...]
    kept: tuple[tuple[int, ...], ...]
    known: int
    subject: int | None = None


def reasons(trial: Trial) -> tuple[Reason, ...]:
    """How sure, why, and what no figure says."""
    cases = trial.cases
    book = cases[0].book
    claims: list[Claim] = []
    if not trial.events:
        wished, others = any(map(asked, cases)), bool(cases[0].catalogue.counts.any())
        family = "idle" if trial.known else "unknown_but_asked" if wished else "unknown" if others else "blank"
        family = "popular" if cases[0].query.popular else family
        claims.append(Claim(f"certainty.{family}", {"title": cases[0].item.title if trial.subject is not None else ""}))
        return (_reason(trial, (*claims, Claim("certainty.limit"))),)
    stays = sum(len(_of(trial, rows)) for rows in trial.kept) / (len(trial.kept) * len(_of(trial, _rows(trial))))
    level = "firm" if stays >= FIRM else "fair" if stays >= FAIR else "weak"
    held = any(all(case.scored.item in rows for rows in trial.kept) for case in cases)
    level = "weak" if trial.subject is None and not held else level
    level = "little" if trial.known < LITTLE else level
    cited = tuple(book.event(event) for event in trial.events)
    claims.append(Claim(f"certainty.{level}", {"count": number(trial.known)}, cited))
    claims.append(_tried(trial, cited))
    own, rest = _own(cases)
    history = book.statistic("history", say("evidence_history", count=number(trial.known)), own)
    rest = "all" if percent(own) == percent(1) else "none" if percent(own) == percent(0) else rest
    claims.append(Claim("_".join(filter(None, ["certainty.rests", rest])), {"share": percent(own)}, (*cited, history)))
    return (_reason(trial, (*claims, Claim("certainty.limit"))),)


def _tried(trial: Trial, cited: tuple[str, ...]) -> Claim:
    """What happened when the weightiest events were left out."""
    tries = len(trial.kept)
    book = trial.cases[0].book
    slots = {"count": number(tries), "tries": number(tries)}
    if trial.subject is not None:
        stayed = sum(trial.subject in rows for rows in trial.kept)
        title = next(case.item.title for case in trial.cases if case.scored.item == trial.subject)
        text = say("evidence_left_out_one", title=title, stayed=stayed, count=tries)
        evidence = book.statistic(f"left_out:{trial.subject}", text, 0.0, trial.subject)
        return Claim("certainty.item", slots | {"title": title, "stayed": number(stayed)}, (*cited, evidence))
    always = [case for case in trial.cases if all(case.scored.item in rows for rows in trial.kept)]
    text = say("evidence_left_out", stayed=len(always), of=len(trial.cases), count=tries)
    evidence = book.statistic("left_out", text)
    slots |= {"stayed": number(len(always)), "total": number(len(trial.cases))}
    if len(always) == len(trial.cases):
        return Claim("certainty.all", slots, (*cited, evidence))
    if not always:
        return Claim("certainty.none", slots, (*cited, evidence))
    slots["titles"] = listed([case.item.title for case in always])
    each = tuple(
        book.statistic(
            f"left_out:{case.scored.item}",
            say("evidence_left_out_one", title=case.item.title, stayed=tries, count=tries),
            0.0,
            case.scored.item,
        )
        for case in always
    )
    return Claim("certainty.some", slots, (*cited, evidence, *each))


def _own(cases: Sequence[Case]) -> tuple[float, str]:
    """Which part of what speaks for the items rests on the user's own events, on average: 0 to 1; and what the rest
    rests on: "others", "asked", or "" for both."""
    own, others, wished = 0.0, 0.0, 0.0
    for case in cases:
        raised = [c for c in case.scored.contributions if c.share > 0]
        for c in raised:
            share = c.share / sum(one.share for one in raised) / len(cases)
            own += share * (c.evidence is not None or of_whole(c))
            others += share * (c.evidence is None and c.part in OF_OTHERS)
            wished += share * (c.evidence is None and c.part in OF_REQUEST)
    return own, "others" if percent(wished) == percent(0) else "asked" if percent(others) == percent(0) else ""


def asked(case: Case) -> bool:
    """Whether the list is one that something was asked for."""
    request = case.standing.request
    return bool(request.text or request.like or request.toward or request.order or case.query.constraints)


def _rows(trial: Trial) -> tuple[int, ...]:
    return tuple(case.scored.item for case in trial.cases)


def _of(trial: Trial, rows: Sequence[int]) -> list[int]:
    return [row for row in rows if trial.subject in (None, row)]


def _reason(trial: Trial, claims: Sequence[Claim]) -> Reason:
    cited = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
    return Reason(trial.subject, "certainty", tuple(claims), cited, 0.0)
