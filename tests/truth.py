"""Whether a turn, as printed, is true. Written apart from the writer: it knows only the JSON and the raw data.

    world = World.of(items, ratings, neutral=3)
    problems = check_turn(turn, world, user="547", said={}, messages=[...])     # [] when everything holds

`problems` are sentences; each begins with the check that failed: evidence, sum, share, citation, text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truth_runs import of_run
from truth_text import Texts
from truth_world import (
    BOTH,
    DATE,
    DISLIKE,
    HABIT,
    LATELY,
    LIKE,
    NUMBER,
    RANK,
    RATED,
    World,
    blank,
    day_of,
    liked,
    month_of,
    plain,
)

NEEDS = {  # what a reason may cite, by its kind
    "because_you_liked": {"event", "statistic"},
    "because_you_disliked": {"event"},
    "matches_request": {"message"},
    "popular": {"statistic"},
    "field_preference": {"event", "statistic"},
    "people_like_you": {"event", "statistic"},
    "review": {"review"},
}
LEAST = 5  # people that may be counted: fewer could be told apart


@dataclass(frozen=True)
class Check:
    """One turn with what is needed to judge it. `said`: item id -> "like", "dislike", "seen" or a rating, as the
    user said in this conversation; `messages`: what the user typed so far, this turn's message included."""

    turn: Mapping[str, Any]
    world: World
    user: str
    said: Mapping[str, str | float]
    messages: Sequence[str]

    def problems(self) -> Iterator[str]:
        """Everything that does not hold."""
        texts = Texts(self.turn, self.world, self.user, self.said, self.messages)
        yield from self._evidence(texts)
        yield from self._sums()
        yield from self._citations()
        yield from texts.problems()

    @property
    def past(self) -> Mapping[str, tuple[float, int]]:
        """The user's ratings in the data."""
        return self.world.ratings.get(self.user, {})

    def _evidence(self, texts: Texts) -> Iterator[str]:
        for piece in self.turn["evidence"]:
            what = f"evidence: {piece['text']!r}"
            item = piece["item_id"]
            if item is not None and self.world.titles.get(item) != piece["title"]:
                yield f"{what} has the title {piece['title']!r} for item {item}"
            if piece["kind"] == "event":
                yield from (f"{what} {problem}" for problem in self._event(piece))
            elif piece["kind"] == "message":
                yield from (f"{what} quotes {q!r}, which was not said" for q in texts.unsaid(piece["text"]))
            elif piece["kind"] == "review":
                yield from (f"{what} has {problem}" for problem in texts.of_review(piece["text"], item))
                if piece["date"] not in {day_of(time) for *_, time in self.world.reviews.get(item, ())}:
                    yield f"{what} has the date {piece['date']}"
            elif piece["kind"] == "statistic":
                yield from (f"{what} {problem}" for problem in self._statistic(piece, texts))

    def _event(self, piece: Mapping[str, Any]) -> Iterator[str]:
        item, text = piece["item_id"], piece["text"]
        if piece["title"] not in text:
            yield f"does not name {piece['title']!r}"
        past, now = self.past.get(item), self.said.get(item)
        if past is None and now is None:
            yield "is of no event in the history or the conversation"
            return
        rest = text.replace(piece["title"], "")
        rated, month = RATED.search(rest), DATE.search(rest)
        truths = [value for value in (past[0] if past else None, now) if isinstance(value, int | float)]
        if rated and float(rated[1]) not in truths:
            yield f"has another rating than {truths}"
        if (month or piece["date"]) and (past is None or (month is not None and month[0] != month_of(past[1]))):
            yield "has another month"
        if piece["date"] and (past is None or piece["date"] != day_of(past[1])):
            yield f"has the date {piece['date']}"
        if LIKE.search(rest) and "n't like" not in rest and now != "like" and not liked(past, now, self.world.neutral):
            yield "says that something was liked"
        if (DISLIKE.search(rest) or "n't like" in rest) and now != "dislike":
            yield "says that something was disliked"

    def _statistic(self, piece: Mapping[str, Any], texts: Texts) -> Iterator[str]:
        item, text = piece["item_id"], piece["text"]
        if (ran := of_run(piece, self.world, self.turn, len(self.past) + len(self.said))) is not None:
            yield from ran
            return
        if both := BOTH.search(text):
            yield from self._both(int(both[1].replace(",", "")), int(both[2].replace(",", "")), both[3], both[4])
            return
        if (habit := HABIT.search(text)) and not self.said and len(self.past) <= 200:
            liked_values = [self.world.attributes[i] for i, (v, _) in self.past.items() if v > self.world.neutral]
            having = sum(any(habit[3] in str(plain(v)) for v in values.values()) for values in liked_values)
            if int(habit[2].replace(",", "")) != len(liked_values) or int(habit[1].replace(",", "")) > having:
                yield f"counts {habit[1]} of {habit[2]}, but {having} of {len(liked_values)} were liked"
        dateless = DATE.sub(" ", text.replace(LATELY, ""))  # first: May is a film too
        bare = RANK.sub(" ", blank(dateless, {piece["title"]} - {""} or texts.titles_in(dateless)))
        if piece["title"] not in piece["text"]:
            yield f"does not name {piece['title']!r}"
        times = sorted(time for _, time in self.past.values())
        months = {month_of(t) for t in (self.world.until, *([] if item else (*times[:1], *times[-1:])))}
        yield from (f"has the month {month[0]}" for month in DATE.finditer(text) if month[0] not in months)
        if item is not None:
            counts = self.world.recent if LATELY in text else self.world.counts
            known = {str(counts.get(item, 0)), *texts.facts_of([item], [], []).numbers}
        else:  # about the user: no more than there are events, or what was asked for; or of the items that it names
            named = [i for title in texts.titles_in(piece["text"]) for i in self.world.ids[title]]
            known = {str(n) for n in range(len(self.past) + len(self.said) + 1)} | texts.facts_of(named, [], []).numbers
        filtered = re.search(r"were left out because|there would be", text)  # counts over the catalogue
        for number in NUMBER.findall(bare):
            if number.replace(",", "") not in known and not (filtered and item is None and self._fits(number)):
                yield f"has the number {number}"

    def _both(self, both: int, total: int, other: str, title: str) -> Iterator[str]:
        """How many of those who liked one thing liked the other, counted again from the ratings."""
        counts = {
            (len(ones & others), len(others))
            for ones in self.world.likers(title)
            for others in self.world.likers(other)
        }
        if (both, total) not in counts or both < LEAST:
            yield f"counts {both} of {total}, but there are {sorted(counts)}"

    def _fits(self, number: str) -> bool:
        return int(number.replace(",", "")) <= len(self.world.titles)

    def _sums(self) -> Iterator[str]:
        for item in self.turn["items"]:
            parts = item["contributions"]
            total, size = sum(p["value"] for p in parts), sum(abs(p["value"]) for p in parts)
            if abs(total - item["score"]) > 1e-5 * max(size, 1e-9):
                yield f"sum: {item['title']!r} scores {item['score']}, its parts {total}"
            raised = sum(p["share"] for p in parts if p["share"] > 0)
            if raised > 1 + 1e-5 or any(not -10 < p["share"] <= 1 + 1e-5 for p in parts):
                yield f"share: the positive shares of {item['title']!r} sum to {raised}"

    def _citations(self) -> Iterator[str]:
        known = {piece["id"] for piece in self.turn["evidence"]}
        cited = [(r["text"], e) for r in self.turn["reasons"] for e in r["evidence"]]
        cited += [(i["title"], p["evidence"]) for i in self.turn["items"] for p in i["contributions"] if p["evidence"]]
        yield from (f"citation: {what!r} cites {e}, which is not there" for what, e in cited if e not in known)
        kinds = {piece["id"]: piece["kind"] for piece in self.turn["evidence"]}
        for reason in self.turn["reasons"]:
            wrong = {kinds.get(e, "") for e in reason["evidence"]} - NEEDS.get(reason["kind"], set(kinds.values()))
            if wrong:
                yield f"citation: {reason['text']!r} is of kind {reason['kind']} and cites {sorted(wrong)}"
        for item in self.turn["items"]:
            if self.world.titles.get(item["id"]) != item["title"]:
                yield f"citation: item {item['id']} is not {item['title']!r}"
            if {k: plain(v) for k, v in self.world.attributes.get(item["id"], {}).items()} != {
                k: plain(v) for k, v in item["attributes"].items()
            }:
                yield f"citation: {item['title']!r} has other attributes"


def check_turn(
    turn: Mapping[str, Any],
    world: World,
    user: str,
    said: Mapping[str, str | float] | None = None,
    messages: Sequence[str] = (),
) -> list[str]:
    """Everything in one printed turn that is not true."""
    return list(Check(turn, world, user, said or {}, [*messages, turn["message"]]).problems())
