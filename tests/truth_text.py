"""Whether a turn's texts name anything, or say it the wrong way round, beyond what the turn's evidence holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from truth_runs import SUPPOSED_LIKING, without_runs
from truth_world import (
    ACTED,
    AFFECTED,
    AGAINST,
    COUNTED,
    DATE,
    DISLIKE,
    FOR,
    ISO,
    LATELY,
    LIKE,
    LISTED,
    MONTHS,
    NOT_LIKING,
    NUMBER,
    OTHERS_LIKED,
    OTHERS_LIKED_TOO,
    PERCENT,
    PLACES,
    QUOTED,
    RANK,
    RATED,
    SUPPOSED,
    T,
    World,
    blank,
    hide,
    many,
    month_of,
    number_text,
    rare,
    sentences,
)


@dataclass(frozen=True)
class Facts:
    """What one text may name."""

    titles: frozenset[str]
    numbers: frozenset[str]
    months: frozenset[str]
    percents: frozenset[str]
    ratings: frozenset[str] | None  # None: any of the numbers
    words: frozenset[str]  # of the items' attributes and the conditions: Thriller, PG-13


@dataclass(frozen=True)
class Texts:
    """The texts of one turn. `said`: item id -> "like", "dislike", "seen" or a rating, as the user said in this
    conversation; `messages`: what the user typed so far, this turn's message included."""

    turn: Mapping[str, Any]
    world: World
    user: str
    said: Mapping[str, str | float]
    messages: Sequence[str]

    def problems(self) -> Iterator[str]:
        """What the reasons' texts and the reply say beyond the evidence."""
        for reason in self.turn["reasons"]:
            for problem in self.of_reason(reason["text"], reason):
                yield f"text: {problem} in the reason {reason['text']!r}"
        yield from self._reply()

    def of_reason(self, text: str, reason: Mapping[str, Any]) -> Iterator[str]:
        """What a reason's text says beyond the reason: other names and values, wrong polarity, wrong roles."""
        if reason["kind"] == "review":
            yield from self.of_review(text, reason["item_id"])
            return
        cited = [piece for piece in self.turn["evidence"] if piece["id"] in reason["evidence"]]
        text, impossible = without_runs(self._of_namesakes(text, cited), reason["kind"])
        yield from impossible
        own = self.world.titles.get(reason["item_id"] or "", "")
        events = {piece["title"] for piece in cited if piece["kind"] == "event"}
        about = [piece["item_id"] for piece in cited if piece["kind"] == "statistic"]
        facts = self.facts_of([reason["item_id"], *about], cited, [reason["weight"], *self._shares(reason)])
        yield from self._names(text, facts)
        for sentence in sentences(hide(text, sorted(facts.titles))[0]):
            yield from self._roles(sentence, sorted(facts.titles), own, events, reason)
        bare = NOT_LIKING.sub("", blank(text, facts.titles))
        weight, kind = reason["weight"], reason["kind"]
        if kind == "what_if":
            bare = SUPPOSED_LIKING.sub("", bare)
        if reason["item_id"] is not None:
            for sentence in sentences(bare):
                counts = self.world.recent if LATELY in sentence.casefold() else self.world.counts
                both = about if kind == "outscored" else []  # a comparison may count those of the other item
                people = {str(counts.get(item or "", 0)) for item in (reason["item_id"], *both)}
                yield from (f"{n} people" for n, _ in COUNTED.findall(sentence) if n.replace(",", "") not in people)
        if weight > 0 and (found := AGAINST.search(bare)):
            yield f"{found[0]!r} of what counts for the item"
        if weight < 0 and (found := FOR.search(bare)):
            yield f"{found[0]!r} of what counts against the item"
        if DISLIKE.search(bare) and kind not in ("because_you_disliked", "disliked"):
            yield "a dislike"
        if LIKE.search(bare) and kind not in (
            "because_you_liked",
            "already_seen",
            "field_preference",
            "people_like_you",
        ):
            yield "a liking"
        if kind in ("because_you_liked", "because_you_disliked"):
            for piece in cited:
                past = self.past.get(piece["item_id"])
                if piece["kind"] == "event" and past and piece["item_id"] not in self.said:
                    wrong = (
                        past[0] < self.world.neutral if kind == "because_you_liked" else past[0] > self.world.neutral
                    )
                    if wrong:
                        yield f"the kind {kind} of a rating of {past[0]}"

    def _of_namesakes(self, text: str, cited: Sequence[Mapping[str, Any]]) -> str:
        """The text without the year behind the title of an item that the user did something with, if it is its year."""
        for piece in (piece for piece in cited if piece["kind"] == "event"):
            for value in self.world.attributes.get(piece["item_id"], {}).values():
                if isinstance(value, int):
                    text = text.replace(f"{piece['title']} ({value})", piece["title"])
        return text

    def of_review(self, text: str, item: str) -> Iterator[str]:
        """Words that no review of the item has, or a rating, a month or a name that is not of the one quoted."""
        quotes = QUOTED.findall(text)
        found = [(v, t) for words, v, t in self.world.reviews.get(item, ()) if quotes and quotes[0] in words]
        if len(quotes) != 1 or not found:
            yield f"the quotation {quotes!r}"
        bare = blank(QUOTED.sub(" ", text), {self.world.titles[item]})
        ratings, months = {number_text(v) for v, _ in found}, {month_of(t) for _, t in found}
        yield from (f"the rating {value}" for value in RATED.findall(bare) if value not in ratings)
        yield from (f"the date {month[0]!r}" for month in DATE.finditer(bare) if month[0] not in months)
        yield from (f"the number {n!r}" for n in NUMBER.findall(DATE.sub(" ", RATED.sub(" ", bare))))
        yield from (f"the title {title!r}" for title in self.titles_in(DATE.sub(" ", bare)))

    def _shares(self, reason: Mapping[str, Any]) -> list[float]:
        """Every sum of the item's own contributions that rest on the reason's evidence."""
        item = next((i for i in self.turn["items"] if i["id"] == reason["item_id"]), {"contributions": []})
        own = [c["share"] for c in item["contributions"] if c["evidence"] in reason["evidence"]][:8]
        return [sum(some) for n in range(1, len(own) + 1) for some in combinations(own, n)]

    def _roles(
        self, sentence: str, titles: Sequence[str], own: str, events: set[str], reason: Mapping[str, Any]
    ) -> Iterator[str]:
        """Which title was acted on and which is affected. Only where the two can differ."""
        if not events or own in events or reason["kind"].startswith("outscored"):
            return
        bare = NOT_LIKING.sub("…", sentence)
        acted, affected = (OTHERS_LIKED, OTHERS_LIKED_TOO) if reason["kind"] == "people_like_you" else (ACTED, AFFECTED)
        for patterns, right, role in ((acted, events, "was acted on"), (affected, {own}, "is affected")):
            for pattern in patterns:
                for found in re.finditer(pattern, bare):
                    title = titles[int(next(g for g in found.groups() if g is not None))]
                    if title not in right:
                        yield f"that {title!r} {role}"

    def _names(self, text: str, facts: Facts) -> Iterator[str]:
        """Titles, numbers and dates in a text that the facts do not hold."""
        bare = blank(QUOTED.sub(" ", text), facts.titles)
        yield from (f"the quotation {quote!r}" for quote in self.unsaid(text))
        for title in self._stray(DATE.sub(" ", bare), facts):
            yield f"the title {title!r}"
        for percent in PERCENT.findall(bare):
            if percent not in facts.percents:
                yield f"the share {percent} %"
        if facts.ratings is not None:
            yield from (f"the rating {value}" for value in RATED.findall(bare) if value not in facts.ratings)
        bare = RANK.sub(" ", PLACES.sub(" ", PERCENT.sub(" ", bare)))  # a place on a list is no number of the data
        for month in DATE.finditer(bare):
            if month[0] not in facts.months:
                yield f"the date {month[0]!r}"
        for number in NUMBER.findall(DATE.sub(" ", bare)):
            if number.rstrip(",").replace(",", "") not in facts.numbers:
                yield f"the number {number!r}"

    def _reply(self) -> Iterator[str]:
        asked = (self.turn["question"] or {"text": ""})["text"]  # a question states nothing
        for line in SUPPOSED.sub("", self.turn["reply"].removesuffix(asked)).splitlines():
            if listed := LISTED.match(line.strip()):
                yield from (f"text: {problem} in the line {line!r}" for problem in self._line(listed))
            else:
                for sentence in self._reply_sentences(line):
                    problem = self._sentence(sentence)
                    if problem:
                        yield f"text: {problem} in the reply's {sentence!r}"

    def _line(self, listed: re.Match[str]) -> Iterator[str]:
        rank, title, year, card = int(listed[1]), listed[2], listed[3], listed[4] or ""
        of = dict.fromkeys(r["item_id"] for r in self.turn["reasons"])  # "why these?" lists those again
        items = self.turn["items"] or [
            {"id": i, "title": self.world.titles[i], "attributes": self.world.attributes[i]} for i in of if i
        ]
        if not 0 < rank <= len(items) or items[rank - 1]["title"] != title:
            yield f"{title!r} at place {rank}"
            return
        if year and int(year) not in items[rank - 1]["attributes"].values():
            yield f"the year {year}"
        mine = [r for r in self.turn["reasons"] if r["item_id"] == items[rank - 1]["id"]]
        for said in (sentence for part in card.split(" · ") for sentence in self._reply_sentences(part)):
            if not any(not list(self.of_reason(said, reason)) for reason in mine):
                yield f"{said!r}, which no reason supports"

    def _reply_sentences(self, line: str) -> Iterator[str]:
        titles = sorted({*self.world.titles.values()} & self.titles_in(line), key=len, reverse=True)
        hidden, back = hide(line.replace("**", ""), titles)
        for sentence in sentences(hidden):
            yield re.sub(T, lambda m: back[int(m[1])], sentence)

    def _sentence(self, sentence: str) -> str:
        """A sentence that gives a reason must be one of the reasons'; any other may name what the turn is about."""
        reasons = self.turn["reasons"]
        judged = [next(iter(self.of_reason(sentence, reason)), "") for reason in reasons]
        if judged and not all(judged):
            return ""
        bare = NOT_LIKING.sub("", blank(sentence, self.titles_in(sentence)))
        telling = any(p.search(bare) for p in (PERCENT, FOR, AGAINST, COUNTED))
        feeling = any(p.search(bare) for p in (RATED, LIKE, DISLIKE))
        if reasons and (telling or (feeling and not self._as_said(sentence))):
            return judged[0]
        items = [item["id"] for item in self.turn["items"]] + [r["item_id"] for r in reasons]
        profile = self.turn["profile"]
        told = [*profile["liked"], *profile["disliked"], *profile["seen"], *self.said]
        named = [i for title in self.titles_in(" ".join(self.messages)) for i in self.world.ids.get(title, ())]
        told += self.past if "profile" in self.turn["acts"] else []
        facts = self.facts_of([*items, *named], self.turn["evidence"], [], told)
        extra = {str(n) for n in range(len(self.turn["items"]) + 1)} | {str(len(self.past))}
        extra |= {n.replace(",", "") for m in self.messages for n in NUMBER.findall(m)}
        extra |= {number_text(self.said[i]) for i in self.said if isinstance(self.said[i], int | float)}
        times = sorted(time for _, time in self.past.values())
        months = facts.months | {month_of(time) for time in (*times[:1], *times[-1:], self.world.until) if time}
        words = facts.words | {word for m in self.messages for word in re.findall(r"[\w’'-]+", m)}
        wider = Facts(facts.titles, facts.numbers | extra, frozenset(months), facts.percents, None, words)
        return next(self._names(sentence, wider), "")

    def _as_said(self, sentence: str) -> bool:
        """Whether a sentence repeats what the user said of the titles that it names."""
        bare = blank(sentence, self.titles_in(sentence))
        how = "dislike" if DISLIKE.search(bare) or "n't like" in bare else "like"
        rated = [float(value) for value in RATED.findall(bare)]
        named = [self.world.ids[title] for title in self.titles_in(sentence)]
        return bool(named) and all(any(self.said.get(item) in (rated or [how]) for item in ids) for ids in named)

    # -- what may be named -----------------------------------------------------------------------------------------

    @property
    def past(self) -> Mapping[str, tuple[float, int]]:
        """The user's ratings in the data."""
        return self.world.ratings.get(self.user, {})

    def facts_of(
        self,
        items: Sequence[str | None],
        cited: Sequence[Mapping[str, Any]],
        weights: Sequence[float],
        mentioned: Sequence[str] = (),
    ) -> Facts:
        """What may be named of these items and these pieces of evidence; `mentioned` items by their titles only."""
        known = [i for i in dict.fromkeys(items) if i is not None and i in self.world.titles]
        titles = {self.world.titles[i] for i in (*known, *mentioned) if i in self.world.titles}
        titles |= {piece["title"] for piece in cited if piece["title"]}
        values = [v for i in known for vs in self.world.attributes[i].values() for v in (vs if many(vs) else [vs])]
        numbers = {str(count.get(i, 0)) for i in known for count in (self.world.counts, self.world.recent)}
        for constraint in self.turn["profile"]["constraints"]:
            asked = constraint["value"] if many(constraint["value"]) else [constraint["value"]]
            values += asked
        numbers |= {number_text(v) for v in values if isinstance(v, int | float)}
        numbers |= {n.rstrip(",") for v in values if isinstance(v, str) for n in NUMBER.findall(v)}  # PG-13
        days = [date.groups() for v in values if isinstance(v, str) and (date := re.fullmatch(ISO, v))]
        numbers |= {str(int(part)) for year, _, day in days for part in (year, day)}  # "9 December 2021"
        months = {f"{MONTHS[int(month) - 1]} {year}" for year, month, _ in days}
        ratings: set[str] = set()
        for piece in cited:
            titles |= self.titles_in(piece["text"]) if piece["kind"] == "message" else set()
            text = blank(piece["text"], titles)
            numbers |= {n.replace(",", "") for n in NUMBER.findall(DATE.sub(" ", text))}
            months |= {m[0] for m in DATE.finditer(text)}
            ratings |= set(RATED.findall(text)) if piece["kind"] == "event" else set()
        percents = {str(round(100 * abs(w))) for w in [*weights, *(piece["weight"] for piece in cited)]}
        words = {word for value in values if isinstance(value, str) for word in value.split()}
        return Facts(*map(frozenset, (titles, numbers, months, percents, ratings, words)))

    def unsaid(self, text: str) -> list[str]:
        """Quotations in the text that the user did not type."""
        heard = " ".join(" ".join(self.messages).casefold().split())
        return [q for q in QUOTED.findall(text) if " ".join(q.casefold().split()).strip(" .,!?") not in heard]

    def titles_in(self, text: str) -> frozenset[str]:
        """Catalogue titles that occur in a text, at the edges of words."""
        words = set(re.findall(r"\w+", text))
        return frozenset(
            title
            for title in self.world.ids
            if title in text
            and words.issuperset(re.findall(r"\w+", title))
            and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text)
        )

    def _stray(self, bare: str, facts: Facts) -> list[str]:
        """Titles, and words with a capital in the middle of a sentence, that are left when the known ones are out."""
        allowed = {word.casefold() for word in facts.words} | {"i", *(name.casefold() for name in self.world.names)}
        found = [t for t in self.titles_in(bare) if len(t.split()) > 1 and t.casefold() not in allowed]
        for sentence in sentences(bare):
            for word in re.finditer(r"(?<![\w-])[^\W\d_][\w’'-]*", sentence):
                begins = (
                    not re.search(r"\w", sentence[: word.start()]) or sentence[: word.start()].rstrip()[-1] in ":“–"
                )
                known = word[0].casefold() in allowed or word[0] in MONTHS
                meant = not begins or word[0] in self.world.values or (word[0] in self.world.ids and rare(word[0]))
                if word[0][0].isupper() and not known and meant:
                    found.append(word[0])
        return found
