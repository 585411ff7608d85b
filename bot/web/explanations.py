"""A turn's reasons for one item -> what is drawn under it: a bar per part of the score, and the dated evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bot.speaking import language_of
from bot.web import words
from bot.web.agents import Json
from bot.web.markdown import safe

MOST_BARS = 7  # smaller parts are drawn together, as one bar


@dataclass(frozen=True)
class Bar:
    """One row: `share` of the score (signed), drawn from `left` over `width`, both in percent of the plot."""

    label: str
    note: str
    share: float
    left: float
    width: float
    words: str


@dataclass(frozen=True)
class Line:
    """One piece of evidence; `date` is ISO, `when` how people say it unless the text has it already. What was counted
    says in its text up to when, where that matters."""

    text: str
    date: str
    when: str


@dataclass(frozen=True)
class Explanation:
    """Everything under one item. `zero` is where the bars start, in percent of the plot."""

    texts: tuple[Markup, ...]
    bars: tuple[Bar, ...]
    zero: float
    against: bool
    evidence: tuple[Line, ...]


def explain(turn: Json, item_id: str, listed: Json | None = None) -> Explanation:
    """The reasons of `turn` that concern this item; what the reply already says is not said twice.

    `listed` is the turn that recommended it, if that was another: its contributions are the whole score.
    """
    scored = listed or turn
    item = next((i for i in scored["items"] if i["id"] == item_id), None)
    reasons = [r for r in turn["reasons"] if r["item_id"] == item_id]
    by_id = _by_id(turn)
    cited = list(dict.fromkeys(e for r in reasons for e in r["evidence"] if e in by_id))
    shares = {e: float(by_id[e]["weight"]) for e in cited}
    if item and item["contributions"]:
        shares = _shares(item)
    elif "compare" in turn.get("acts", ()):
        shares = {}  # what sets two items apart has evidence on either side: no part of one item's score
    bars, zero = _bars(shares, _by_id(scored))
    return Explanation(
        texts=tuple(Markup(safe(r["text"])) for r in reasons if r["text"] not in turn["reply"]),
        bars=bars,
        zero=zero,
        against=any(bar.share < 0 for bar in bars),
        evidence=tuple(_line(by_id[e]) for e in cited),
    )


def _by_id(turn: Json) -> Mapping[str, Json]:
    return {evidence["id"]: evidence for evidence in turn["evidence"]}


def _line(evidence: Json) -> Line:
    when = words.month(evidence["date"] or "", language_of(evidence["text"]))
    told = when in evidence["text"] or evidence["kind"] == "statistic"
    return Line(evidence["text"], evidence["date"] or "", "" if told else when)


def _shares(item: Json) -> dict[str, float]:
    """Signed share by evidence id, or by part for what rests on no single event."""
    shares: dict[str, float] = {}
    for part in item["contributions"]:
        key = part["evidence"] or part["part"]
        shares[key] = shares.get(key, 0.0) + float(part["share"])
    return shares


def _bars(shares: Mapping[str, float], evidence: Mapping[str, Json]) -> tuple[tuple[Bar, ...], float]:
    largest = sorted(shares.items(), key=lambda pair: -abs(pair[1]))
    rows = [(*_label(key, evidence), share) for key, share in largest[:MOST_BARS]]
    rest = largest[MOST_BARS:]
    if rest:
        smaller = words.word("smaller", count=len(rest))
        rows.append((smaller, words.word("together"), sum(share for _, share in rest)))
    # Nothing is drawn for what rounds to nothing.
    rows = [row for row in rows if abs(row[2]) >= 0.005]
    if not rows:
        return (), 0.0
    right = max(0.0, *(share for *_, share in rows)) if len(rows) > 1 else max(0.0, rows[0][2])
    left = max(0.0, *(-share for *_, share in rows)) if len(rows) > 1 else max(0.0, -rows[0][2])
    scale = 100 / (left + right)
    bars = tuple(
        Bar(
            label=label,
            note=note,
            share=share,
            left=round((left + min(0.0, share)) * scale, 2),
            width=round(abs(share) * scale, 2),
            words=f"{'−' if share < 0 else '+'}{abs(share) * 100:.0f} %",
        )
        for label, note, share in rows
    )
    return bars, round(left * scale, 2)


def _label(key: str, evidence: Mapping[str, Json]) -> tuple[str, str]:
    if key not in evidence:
        return words.part(key), ""
    found = evidence[key]
    if found["kind"] in ("event", "message"):
        return found["title"] or found["text"], words.month(found["date"] or "")
    return found["text"], ""
