"""The checker in tests/truth.py is itself tested: it accepts true turns in every wording, and catches every change."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from truth import check_turn
from truth_world import DATE, MONTHS, PERCENT, RATED, World, day_of, month_of

from bot.values import Claim, Reason
from bot.writer import Writer
from retrieval.schema import Field, Schema

TITLES = ["Heat", "The Fugitive", "Titanic", "2001: A Space Odyssey", "Dr. Strangelove", "Toy Story", "Toy Story 2",
          "It", "Alien", "Pride & Prejudice", "The Thing", "Casino"]  # fmt: skip
GENRES = ["Thriller", "Drama", "Sci-Fi", "Comedy"]
SCHEMA = Schema(
    "tiny", "Tiny", "film", "films", ("film", "films"), (Field("genres", "tags", "genre"),), rating=(0.5, 3, 5)
)
WRITER = Writer(None, SimpleNamespace(schema=SCHEMA))


def at(year: int, month: int) -> int:
    return int(datetime(year, month, 9, tzinfo=UTC).timestamp())


def world() -> World:
    items = [(str(i), t, {"year": 1960 + 3 * i, "genres": [GENRES[i % 4]]}) for i, t in enumerate(TITLES)]
    mine = [(0, 4.5, at(2014, 3)), (2, 1.0, at(2015, 5)), (3, 5.0, at(2011, 1)), (7, 3.5, at(2012, 8))]
    ratings = [("me", str(i), value, time) for i, value, time in mine]
    ratings += [(f"u{n}", str(i), 4.0, at(2016, 10)) for i in range(12) for n in range(30 + 7 * i)]
    return World.of(items, ratings, neutral=3)


WORLD = world()
SAID = {"8": "like", "10": "dislike"}


def percent(share: float) -> str:
    return f"{round(100 * share)} %"


def reason_of(item: str, seen: str, share: float, evidence: str) -> tuple[Reason, dict[str, Any]]:
    value, time = WORLD.ratings["me"][seen]
    kind = "because_you_liked" if value > 3 else "because_you_disliked"
    stars = str(int(value)) if value == int(value) else str(value)
    unit = "star" if value == 1 else "stars"
    title = WORLD.titles[seen]
    slots = {"title": WORLD.titles[item], "other": title, "rating": stars, "unit": unit, "when": month_of(time)}
    slots["share"] = percent(abs(share))
    text = f"you gave {title} {stars} {unit} in {month_of(time)}"
    piece = {
        "id": evidence,
        "kind": "event",
        "item_id": seen,
        "title": title,
        "text": text,
        "date": day_of(time),
        "weight": share,
    }
    return Reason(int(item), kind, (Claim(f"{kind}.rated", slots, (evidence,)),), (evidence,), share), piece


def popular_of(item: str, share: float, evidence: str) -> tuple[Reason, dict[str, Any]]:
    count, title, until = str(WORLD.counts[item]), WORLD.titles[item], month_of(WORLD.until)
    claim = Claim(
        "popular.count", {"title": title, "count": count, "until": until, "share": percent(share)}, (evidence,)
    )
    piece = {"id": evidence, "kind": "statistic", "item_id": item, "title": title, "date": day_of(WORLD.until),
             "text": f"{count} people rated {title} up to {until}", "weight": share}  # fmt: skip
    return Reason(int(item), "popular", (claim,), (evidence,), share), piece


def said_of(item: str, named: str, how: str, share: float, evidence: str) -> tuple[Reason, dict[str, Any]]:
    title = WORLD.titles[named]
    kind = "because_you_liked" if how == "like" else "because_you_disliked"
    slots = {"title": WORLD.titles[item], "other": title, "share": percent(abs(share))}
    piece = {"id": evidence, "kind": "event", "item_id": named, "title": title, "date": "", "weight": share,
             "text": f"you said you {how} {title}"}  # fmt: skip
    return Reason(int(item), kind, (Claim(f"{kind}.said", slots, (evidence,)),), (evidence,), share), piece


def asked_of(item: str, evidence: str) -> tuple[Reason, dict[str, Any]]:
    genre, year, title = WORLD.attributes[item]["genres"][0], WORLD.attributes[item]["year"], WORLD.titles[item]
    named = {"title": title, "label": "genre", "value": genre, "asked": genre}
    dated = {"title": title, "label": "year", "value": str(year), "asked": "1950 to 1999"}
    claims = (
        Claim("matches_request.field", named, (evidence,)),
        Claim("matches_request.number", dated, (evidence,)),
    )
    piece = {"id": evidence, "kind": "message", "item_id": None, "title": "", "date": "", "weight": 0.0,
             "text": f"you said: “something {genre.lower()} from 1950 to 1999”"}  # fmt: skip
    return Reason(int(item), "matches_request", claims, (evidence,), 0.0), piece


def turn(seed: int) -> dict[str, Any]:
    """A true turn: "why?" of one item, in the writer's words; every fifth is a list instead."""
    rng = random.Random(seed)
    item = rng.choice(["1", "4", "5"])
    seen = rng.sample(sorted(WORLD.ratings["me"]), 3)
    shares = {"0": 0.31, "2": -0.14, "3": 0.22, "7": 0.09}
    made = [reason_of(item, s, shares[s], f"e{n}") for n, s in enumerate(seen)]
    made.append(said_of(item, *rng.choice([("8", "like", 0.05), ("10", "dislike", -0.06)]), "e7"))
    made += [popular_of(item, 0.17, "e8"), asked_of(item, "e9")]
    genre = WORLD.attributes[item]["genres"][0]
    sentences = list(WRITER.write([r for r, _ in made], (), f"why {seed}?"))
    listing = seed % 5 == 0
    line = f"1. **{WORLD.titles[item]}** ({WORLD.attributes[item]['year']}) – {WRITER.card(made[0][0])}"
    parts = [(f"p{n}", p["id"], p["weight"] * 3.3 + 0.01) for n, (_, p) in enumerate(made)]
    said = f"something {genre.lower()} from 1950 to 1999"
    return {
        "conversation": "c", "turn": 2, "user": "me", "message": said if listing else "why this?",
        "acts": ["recommend" if listing else "why"], "ignored": [], "question": None,
        "grounded": True, "timings_ms": {},
        "reply": f"Here is one film for you: {genre}, 1950 to 1999.\n\n{line}" if listing
        else f"Why **{WORLD.titles[item]}**? {' '.join(sentences)}",
        "items": [{
            "id": item, "title": WORLD.titles[item], "rank": 1, "score": sum(v for *_, v in parts),
            "attributes": dict(WORLD.attributes[item]),
            "contributions": [{"part": p, "evidence": e, "value": v, "share": piece["weight"]}
                              for (p, e, v), (_, piece) in zip(parts, made, strict=True)],
        }],
        "reasons": [{"item_id": item, "kind": r.kind, "text": WRITER.reason_text(r), "evidence": list(r.evidence),
                     "weight": r.weight} for r, _ in made],
        "evidence": [piece for _, piece in made],
        "profile": {"liked": [], "disliked": [], "seen": [], "constraints": [
            {"field": "genres", "op": "includes", "value": genre, "hard": True},
            {"field": "year", "op": ">=", "value": 1950, "hard": True},
            {"field": "year", "op": "<=", "value": 1999, "hard": True}]},
        "_said": said,
    }  # fmt: skip


def problems(told: dict[str, Any]) -> list[str]:
    return check_turn(told, WORLD, "me", SAID, [told["_said"]])


@pytest.mark.parametrize("seed", range(120))
def test_true_turns_pass_in_every_wording(seed: int) -> None:
    assert problems(turn(seed)) == []


# -- mutations: one thing is changed in one place, and is no longer true -----------------------------------------------


def other_title(text: str, rng: random.Random) -> str:
    """A film that the turn does not know, in the place of one that it names."""
    old = _named(text, rng)
    new = rng.choice([t for t in ("Toy Story 2", "Pride & Prejudice", "Casino", "Once Upon a Time") if t != old])
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text, count=1) if old else text


def exchanged_titles(text: str, rng: random.Random) -> str:
    """Cause for effect: two films of one sentence change places."""
    for sentence in rng.sample(parts := re.split(r"(?<=[.!?])\s+", text), len(parts)):
        first = _named(sentence, rng)
        second = _named(sentence.replace(first, ""), rng) if first else ""
        if second and first not in second and second not in first:
            new = sentence.replace(first, "\0").replace(second, first).replace("\0", second)
            return text.replace(sentence, new)
    return text


def rating(text: str, rng: random.Random) -> str:
    return RATED.sub(lambda m: f"{(float(m[1]) + rng.choice([1, 1.5])) % 5 + 0.5:g} stars", text, count=1)


def month(text: str, rng: random.Random) -> str:
    return DATE.sub(lambda m: f"{MONTHS[(MONTHS.index(m[1]) + rng.randrange(1, 12)) % 12]} {m[2]}", text, count=1)


def year(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"\b(?:19|20)\d\d\b(?!:)", text))
    if not found:
        return text
    one = rng.choice(found)
    return f"{text[: one.start()]}{int(one[0]) + rng.choice([-2, -1, 1, 2, 4])}{text[one.end() :]}"


def share(text: str, rng: random.Random) -> str:
    return PERCENT.sub(lambda m: f"{int(m[1]) + rng.choice([-2, 1, 3, 40])} %", text, count=1)


def count(text: str, rng: random.Random) -> str:
    return re.sub(r"(\d+) people", lambda m: f"{int(m[1]) + rng.choice([-1, 1, 100])} people", text, count=1)


def genre(text: str, rng: random.Random) -> str:
    old = next((g for g in GENRES if g in text), "")
    return text.replace(old, rng.choice([g for g in GENRES if g != old]), 1) if old else text


def polarity(text: str, _: random.Random) -> str:
    for old, new in (("dislike", "like"), ("Disliking", "Liking"), ("you like", "you dislike"), ("liking", "disliking"),
                     ("Liking", "Disliking"), ("You like", "You dislike")):  # fmt: skip
        if old in text:
            return text.replace(old, new, 1)
    return text


def direction(text: str, _: random.Random) -> str:
    for old, new in (("case for", "case against"), ("speaks for", "speaks against"), ("in favour of", "against"),
                     ("what lifts", "what pulls down"), ("puts", "pulls"), ("counts against", "counts in favour of"),
                     ("weighs against", "speaks for"), ("pulls", "lifts"),
                     ("marked down", "lifted, which speaks for it")):  # fmt: skip
        if old in text:
            return text.replace(old, new, 1)
    return text


def quotation(text: str, _: random.Random) -> str:
    return text.replace("“something", "“anything but something")


def _named(text: str, rng: random.Random) -> str:
    """One of the films that a text names; never one that is part of a longer title there."""
    found = [t for t in TITLES if re.search(rf"(?<!\w){re.escape(t)}(?!\w)", text) and (t != "It" or "gave It" in text)]
    found = [t for t in found if not any(t in u and t != u for u in found)]
    return rng.choice(found) if found else ""


IN_TEXT = (other_title, exchanged_titles, rating, month, year, share, count, genre, polarity, direction, quotation)


def text_mutants(told: dict[str, Any], rng: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each change, in the reply, in one reason and in one piece of evidence, where there is something to change."""
    for change in IN_TEXT:
        for where in ("reply", "reasons", "evidence"):
            new = copy.deepcopy(told)
            holder, key = (new, "reply") if where == "reply" else (rng.choice(new[where]), "text")
            before = holder[key]
            holder[key] = change(before, rng)
            if holder[key] != before:
                yield f"{change.__name__} in {where}", new


def edit(change: Callable[[dict[str, Any], random.Random], Any]) -> Callable[..., dict[str, Any]]:
    def changed(told: dict[str, Any], rng: random.Random) -> dict[str, Any]:
        new = copy.deepcopy(told)
        change(new, rng)
        return new

    return changed


def event(told: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    return rng.choice([e for e in told["evidence"] if e["kind"] == "event"])


def part(told: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    return rng.choice(told["items"][0]["contributions"])


NEVER = {"item_id": "6", "title": "Toy Story 2", "text": "you gave Toy Story 2 4.5 stars in March 2014"}
IN_RECORD = {
    "an event that never was": edit(
        lambda t, r: event(t, r).update(
            item_id="6", title="Toy Story 2", text="you gave Toy Story 2 4.5 stars in March 2014"
        )
    ),
    "an event under another title": edit(lambda t, r: event(t, r).update(title="Casino")),
    "another date": edit(lambda t, r: event(t, r).update(date="2013-12-31")),
    "a value": edit(lambda t, r: part(t, r).update(value=part(t, r)["value"] + 0.5)),
    "a score": edit(lambda t, _: t["items"][0].update(score=t["items"][0]["score"] * 1.001)),
    "a share": edit(lambda t, r: part(t, r).update(share=1.2)),
    "a reason without its evidence": edit(lambda t, r: r.choice(t["reasons"]).update(evidence=["e77"])),
    "a contribution without its evidence": edit(lambda t, r: part(t, r).update(evidence="e77")),
    "another attribute": edit(lambda t, _: t["items"][0]["attributes"].update(year=2001)),
    "another item's id": edit(lambda t, _: t["items"][0].update(id="10")),
    "a reason for another kind": edit(lambda t, r: r.choice(t["reasons"][:3]).update(kind="popular")),
}


def test_changed_texts_are_caught() -> None:
    rng = random.Random(7)
    mutants = [mutant for seed in range(60) for mutant in text_mutants(turn(seed), rng)]
    missed = [
        f"{name}: {new['reply']} | {[r['text'] for r in new['reasons']]}" for name, new in mutants if not problems(new)
    ]
    assert len(mutants) > 500
    assert {name.split(" in ")[0] for name, _ in mutants} == {change.__name__ for change in IN_TEXT}
    assert len(missed) <= 0.01 * len(mutants), "\n".join(missed)


@pytest.mark.parametrize("name", IN_RECORD)
def test_changed_records_are_caught(name: str) -> None:
    for seed in range(12):
        assert problems(IN_RECORD[name](turn(seed), random.Random(seed))), seed


def test_another_users_history_does_not_do() -> None:
    told = turn(1)
    assert check_turn(told, WORLD, "u3", SAID, [told["_said"]])


def test_a_lead_without_reasons_may_name_only_what_the_turn_is_about() -> None:
    told = turn(5) | {"reply": "Try **Casino**, it is from 1950."}
    told["items"][0].update(id="5", title="Toy Story", attributes=dict(WORLD.attributes["5"]))
    assert any("Casino" in problem for problem in problems(told))


# -- figures that come from running again ------------------------------------------------------------------------------

RUNS = {  # what a statistic may say, and what it may not
    "by score, Heat comes number 3 of 12": [
        "by score, Heat comes number 13 of 12",
        "by score, Heat comes number 3 of 13",
    ],
    "Heat is number 1 on the list as it is": [
        "Heat is number 2 on the list as it is",
        "Casino is number 1 on the list as it is",
    ],
    "when the list was made again, Heat was number 2 on the list": [
        "when the list was made again, Heat was number 1 on the list"
    ],
    "Heat stayed on the list in 7 of 8 tries": ["Heat stayed on the list in 9 of 8 tries"],
    "3 of 5 stayed on the list in each of 8 tries": ["6 of 5 stayed on the list in each of 8 tries"],
    "4 things in your history, together": ["400 things in your history, together"],
    "expected information gain 1.00 bits over 12 candidates, 6 of them left; chance that the list misses 30 %": [
        "expected information gain 1.00 bits over 12 candidates, 9 of them left; chance that the list misses 30 %",
        "expected information gain 1.00 bits over 120 candidates, 60 of them left; chance that the list misses 30 %",
        "expected information gain 1.00 bits over 12 candidates, 6 of them left; chance that the list misses 130 %",
    ],
    "Heat: genre Thriller, year 1960": ["Heat: genre Comedy, year 1960", "Heat: genre Thriller, year 1961"],
}


@pytest.mark.parametrize("text", RUNS)
def test_figures_of_runs_are_possible(text: str) -> None:
    def piece(words: str) -> dict[str, Any]:
        titled = next((t for t in ("Heat", "Casino") if t in words), "")
        item = {"Heat": "0", "Casino": "11", "": None}[titled]
        return {
            "id": "e1",
            "kind": "statistic",
            "item_id": item,
            "title": titled,
            "text": words,
            "date": "",
            "weight": 0.0,
        }

    told = turn(1) | {
        "reasons": [],
        "reply": "",
        "items": [],
        "supposed": {"before": ["0", "11"], "after": ["11", "0"]},
    }
    assert problems(told | {"evidence": [piece(text)]}) == []
    for wrong in RUNS[text]:
        assert problems(told | {"evidence": [piece(wrong)]}), wrong


SUPPOSITIONS = {  # kind and text -> what is wrong with it
    ("what_if", "If you told me that you like Heat, Alien would be number 2 on the list."): "",
    ("what_if", "You like Heat, so Alien would be number 2 on the list."): "a liking",
    ("what_if", "If you told me that you like Casino, Alien would be number 2 on the list."): "Casino",
    (
        "asking",
        "The next best question would be about the genre: it is worth 0.57 bits of information, and mine 0.74.",
    ): "",
    (
        "asking",
        "The next best question would be about the genre: it is worth 0.97 bits of information, and mine 0.74.",
    ): "next best",
    (
        "asking",
        "The next best question would be about the genre: it is worth 0.57 bits of information, and mine 0.75.",
    ): "0.75",
    ("certainty", "Without it, 2 of the 5 would be other films."): "",
    ("certainty", "Without it, 6 of the 5 would be other films."): "6 of the 5",
}


@pytest.mark.parametrize(("kind", "text"), SUPPOSITIONS)
def test_what_is_supposed_is_no_opinion(kind: str, text: str) -> None:
    pieces = [
        {"id": "e1", "kind": "statistic", "item_id": "0", "title": "Heat", "text": "tried as if you liked Heat", "date": "", "weight": 0.0},
        {"id": "e2", "kind": "statistic", "item_id": None, "title": "", "date": "", "weight": 0.3,
         "text": "expected information gain 0.74 bits over 10 candidates, 6 of them left; chance that the list misses 30 %"},
        {"id": "e3", "kind": "statistic", "item_id": "8", "title": "Alien", "date": "", "weight": 0.0,
         "text": "when that was tried, Alien was number 2 on the list"},
    ]  # fmt: skip
    reason = {"item_id": "8", "kind": kind, "text": text, "evidence": ["e1", "e2", "e3"], "weight": 0.0}
    found = problems(turn(1) | {"reasons": [reason], "evidence": pieces, "reply": "", "items": []})
    wrong = SUPPOSITIONS[kind, text]
    assert any(wrong in problem for problem in found) if wrong else found == []


# -- reviews -----------------------------------------------------------------------------------------------------------

WROTE = "The third act drags, but I would see it again for the heist. Bring a friend."
QUOTE = "The third act drags, but I would see it again for the heist."


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("", "", ""),
        ("third", "first", "the quotation"),
        ("4 stars", "5 stars", "the rating 5"),
        ("October 2016", "May 2016", "the date 'May 2016'"),
        ("A reviewer", "Of 300 people, one", "the number '300'"),
        ("A reviewer", "A reviewer of Casino", "the title 'Casino'"),
    ],
)
def test_a_review_is_quoted_as_it_was_written(old: str, new: str, wrong: str) -> None:
    items = [(i, title, WORLD.attributes[i]) for i, title in WORLD.titles.items()]
    ratings = [(user, i, v, t) for user, past in WORLD.ratings.items() for i, (v, t) in past.items()]
    read = World.of(items, ratings, neutral=3, reviews=[("0", WROTE, 4.0, at(2016, 10))])
    piece = {"id": "e1", "kind": "review", "item_id": "0", "title": "Heat", "date": day_of(at(2016, 10)), "weight": 0.0,
             "text": f"in a review of Heat, with 4 stars: “{QUOTE}”"}  # fmt: skip
    text = f"A reviewer who gave it 4 stars wrote in October 2016: “{QUOTE}”"
    text = text.replace(old, new) if old else text
    reason = {"item_id": "0", "kind": "review", "text": text, "evidence": ["e1"], "weight": 0.0}
    told = turn(1) | {"reasons": [reason], "evidence": [piece], "reply": text, "items": []}
    found = check_turn(told, read, "me", SAID, [told["_said"]])
    assert any(wrong in problem for problem in found) if wrong else found == []
