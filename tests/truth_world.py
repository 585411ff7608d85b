"""The raw data that a turn is checked against, and how to find names, dates and numbers in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LATELY_S = 180 * 24 * 3600
LATELY = "in the 180 days"
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
DATE = re.compile(rf"\b({'|'.join(MONTHS)}) (\d{{4}})\b")
PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
LISTED = re.compile(r"(\d+)\. \*\*(.+?)\*\*(?: \((\d+)\))?(?: – (.*))?$")
QUOTED = re.compile(r"“([^”]*)”")
RATED = re.compile(r"(\d+(?:\.\d+)?) stars?\b")
RANK = re.compile(r"\b[Nn]umber [\d,]+(?= on the list| of the list|:|\.| of [\d,]+$|$)|\b\d+(?:st|nd|rd|th)\b")
PLACES = re.compile(r"\bof [\d,]+ \w+(?=, it comes| for you|, against)")  # how many were ranked
SUPPOSED = re.compile(
    r"^Suppose (?:.*? I made the list again:|.*?[.!?]\**(?= [A-Z]|$))", re.MULTILINE
)  # states nothing: its two lists are of the turn's evidence

COUNTED = re.compile(r"([\d,]+) (people|person)\b(?! who liked| with )")
BOTH = re.compile(r"^([\d,]+) of the ([\d,]+) people who liked (.+) liked (.+), too, up to ")
HABIT = re.compile(r"^([\d,]+) of the ([\d,]+) \w+ you liked have .+? (\S+)$")

# What stands where a title was: ⟦3⟧ is the third title of a text.
T = r"⟦(\d+)⟧"
# The title is what the user acted on ...
ACTED = [
    rf"\b(?:gave|awarded|handed|rated) {T}",
    rf"\b(?:rating|stars?)(?: of [\d.]+ stars?)?,? for {T}",
    rf"{T} (?:got|earned|received|already has)\b[^.⟦]*?\bfrom you",
    rf"{T} (?:plays a part|counts|matters)\b[^.⟦]*?\byou (?:gave|rated|like)",
    rf"{T}, (?:which|rated by) you",
    rf"{T}(?: for some of this| too)?: you (?:gave|rated)",
    rf"\b(?:[Ll]ik(?:e|es|ed|ing)|[Dd]islik(?:e|es|ed|ing)|dislike of|liking for) {T}",
    rf"\b(?:thought of|Credit|Thank|Remember) {T}",
    rf"{T} (?:is|is also) in your history|history (?:also )?(?:includes|has|holds) {T}",
]  # fmt: skip
# ... or what it counted for or against.
AFFECTED = [
    rf"\b(?:case for|speaks? for|favour of|helps?|lifts?|puts|against|pulls|suggested) {T}",
    rf"{T} (?:moved up|climbed|gained|is marked down|came out|is listed|is filed|is tagged|dates from)",
]
# What other people did: who liked the one, and how many of them the other.
OTHERS_LIKED = [rf"who (?:also )?liked {T}"]
OTHERS_LIKED_TOO = [rf"[\d,]+ (?:also )?liked {T}"]
FOR = re.compile(
    r"\bcase for|\bspeaks? for|in favour|\bhelps\b|\blifts?\b|\bahead\b|moved up|\bclimbed|\bgained|counts for\b",
    re.IGNORECASE,
)
AGAINST = re.compile(r"\bagainst\b|\bpulls?\b|marked down|minus side", re.IGNORECASE)
LIKE = re.compile(r"\b(?:like|likes|liked|liking|love|loved|enjoyed)\b", re.IGNORECASE)
DISLIKE = re.compile(r"\b(?:dislike|dislikes|disliked|disliking|hate|hated)\b", re.IGNORECASE)
NOT_LIKING = re.compile(r"(?:something like|anything like|feels? like|would like|looks? like)", re.IGNORECASE)


@dataclass(frozen=True)
class World:
    """The raw data: items by id, each user's ratings by item, how often and until when."""

    titles: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, Any]]
    ratings: Mapping[str, Mapping[str, tuple[float, int]]]  # user -> item -> (value, Unix seconds)
    counts: Mapping[str, int]
    recent: Mapping[str, int]  # in the last year of the data
    until: int
    neutral: float
    ids: Mapping[str, tuple[str, ...]]  # by title
    values: frozenset[str]  # words with a capital in attributes: Thriller
    names: frozenset[str]  # words with a capital that the catalogue's labels use: IMDb
    reviews: Mapping[str, tuple[tuple[str, float, int], ...]]  # by item: what was written, with which rating, when

    def likers(self, title: str) -> list[frozenset[str]]:
        """Who rated it above neutral, for each item of that title."""
        return [
            frozenset(u for u, past in self.ratings.items() if i in past and past[i][0] > self.neutral)
            for i in self.ids.get(title, ())
        ]

    @classmethod
    def of(
        cls,
        items: Iterable[tuple[str, str, Mapping[str, Any]]],
        ratings: Iterable[tuple[str, str, float, int]],
        neutral: float,
        names: Iterable[str] = (),
        reviews: Iterable[tuple[str, str, float, int]] = (),
    ) -> World:
        """`items`: (id, title, attributes); `ratings`: (user, item, value, Unix seconds); `names`: capitalised words
        of the catalogue's labels; `reviews`: (item, text, value, Unix seconds)."""
        items, ratings = list(items), list(ratings)
        until = max((time for *_, time in ratings), default=0)
        users: dict[str, dict[str, tuple[float, int]]] = {}
        counts: dict[str, int] = {}
        recent: dict[str, int] = {}
        for user, item, value, time in ratings:
            users.setdefault(user, {})[item] = (value, time)
            counts[item] = counts.get(item, 0) + 1
            recent[item] = recent.get(item, 0) + (time > until - LATELY_S)
        ids: dict[str, tuple[str, ...]] = {}
        for item, title, _ in items:
            ids[title] = (*ids.get(title, ()), item)
        written: dict[str, tuple[tuple[str, float, int], ...]] = {}
        for item, text, value, time in reviews:
            written[item] = (*written.get(item, ()), (text, value, time))
        titles, attributes = {i: t for i, t, _ in items}, {i: a for i, _, a in items}
        values = {word for a in attributes.values() for vs in a.values() for v in (vs if many(vs) else [vs])
                  if isinstance(v, str) and v[:1].isupper() for word in v.split()}  # fmt: skip
        return cls(
            titles, attributes, users, counts, recent, until, neutral, ids, frozenset(values), frozenset(names), written
        )


def month_of(time: int) -> str:
    """1394000000 -> March 2014."""
    moment = datetime.fromtimestamp(time, UTC)
    return f"{MONTHS[moment.month - 1]} {moment.year}"


def day_of(time: int) -> str:
    """1394000000 -> 2014-03-05."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def sentences(text: str) -> list[str]:
    """Sentences of a text whose titles are hidden."""
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]


def hide(text: str, titles: Sequence[str]) -> tuple[str, dict[int, str]]:
    """The text with each title as ⟦its place in `titles`⟧, the longest first. A title's own full stop may end a sentence."""
    for place in sorted(range(len(titles)), key=lambda i: -len(titles[i])):
        name = rf"(?<![\w⟦]){re.escape(titles[place])}(?:['’]s)?(?![\w⟧])"
        if titles[place].endswith((".", "!", "?")):
            text = re.sub(rf"{name}(?=\s+[A-Z]|\s*$)", f"⟦{place}⟧.", text)
        text = re.sub(name, f"⟦{place}⟧", text)
    return text, dict(enumerate(titles))


def blank(text: str, titles: Iterable[str]) -> str:
    return re.sub(T, "…", hide(text.replace("**", ""), sorted(titles))[0])


def liked(past: tuple[float, int] | None, now: str | float | None, neutral: float) -> bool:
    return bool(past and past[0] > neutral) or (isinstance(now, int | float) and now > neutral)


def number_text(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() else str(round(float(value), 2))


def rare(word: str) -> bool:
    """Whether a word that begins a sentence, and is a title somewhere, is meant as one: function words are not."""
    return len(word) > 5


def many(value: Any) -> bool:
    return isinstance(value, list | tuple)


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
