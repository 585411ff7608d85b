"""What the bot says it found by running again: places, tries, gains. From one turn alone it can be checked that such
figures are possible, agree with each other and with what the turn lists; `test_questions.py` runs them again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from truth_world import ISO, MONTHS, NUMBER, World, blank, many, number_text

MOST = 20  # items of a list, things left out one by one
SETS = 60  # sets of likes that are tried

PLACE = re.compile(r"by score, … comes number ([\d,]+)(?: of ([\d,]+))?")
ON_LIST = re.compile(
    r"… is number (\d+) on the list as it is|when the list was made again, … was number (\d+) on the list"
)
TRIED = re.compile(r"when that was tried, … was number (\d+) on the list")
UNTRIED = re.compile(r"… was on none of the lists that were tried|tried as if you liked …")
STAYED = re.compile(
    r"(?:… stayed on the list in (\d+) of|(\d+) of (\d+) stayed on the list in each of) (\d+) (?:tries|try)"
)
HISTORY = re.compile(r"(?:what a neural network makes of )?([\d,]+) things in your history(?:, together| as a whole)")
GAIN = re.compile(
    r"expected information gain ([\d.]+) bits over ([\d,]+) candidates, ([\d,]+) of them left;"
    r" chance that the list misses (\d+) %"
)
# In texts: numbers that no piece of evidence holds.
OF_THE = re.compile(r"\b(\d+) of the (\d+)\b|\ball (\d+)\b")
OF_SETS = re.compile(r"\b(\d+) combinations of likes")
WORTH = re.compile(
    r"about the [^,.:]+(?:: it| instead, but that) is worth (?P<less>\d+(?:\.\d+)?) bits of information,"
    r" and (?:mine|my question) (?P<most>\d+(?:\.\d+)?)"
)
OPENS = re.compile(
    r"\b(?:(?:Knowing|Choosing|Drop|Dropping|Were)(?= (?:the|between|new|to|a)\b)|Being(?= new to you\b))"
)
SUPPOSED_LIKING = re.compile(
    r"(?:you (?:also )?told me that you like|[Tt]ell me (?:as well )?that you like|\bLiking(?= .* would do it)"
    r"|as if you (?:also )?liked|\bone like\b)"
)


def of_run(piece: Mapping[str, Any], world: World, turn: Mapping[str, Any], known: int) -> Iterator[str] | None:
    """What cannot be in a statistic that comes from a run; None if it is of another kind. `known`: events there are."""
    bare = blank(piece["text"], {piece["title"]} - {""})
    for pattern, check in (
        (PLACE, lambda found: _place(found, world)),
        (ON_LIST, lambda found: _listed(found, piece, turn)),
        (TRIED, lambda found: _within(found[1], 1, MOST)),
        (UNTRIED, lambda _: iter(())),
        (STAYED, _stayed),
        (HISTORY, lambda found: _within(found[1], 0, known)),
        (GAIN, lambda found: _gain(found, world)),
    ):
        if found := pattern.fullmatch(bare):
            return check(found)
    if piece["item_id"] is not None and piece["text"].startswith(f"{piece['title']}: "):
        return _facts(piece, world)
    return None


def _place(found: re.Match[str], world: World) -> Iterator[str]:
    place, total = _int(found[1]), _int(found[2] or found[1])
    if not 1 <= place <= total <= len(world.titles):
        yield f"has place {place} of {total}, of {len(world.titles)} items"


def _listed(found: re.Match[str], piece: Mapping[str, Any], turn: Mapping[str, Any]) -> Iterator[str]:
    rank = int(found[1] or found[2])
    yield from _within(str(rank), 1, MOST)
    lists = turn.get("supposed")
    if lists:
        of = lists["before" if found[1] else "after"]
        if rank > len(of) or of[rank - 1] != piece["item_id"]:
            yield f"is not number {rank} of {of}"


def _stayed(found: re.Match[str]) -> Iterator[str]:
    stayed, of, tries = int(found[1] or found[2]), int(found[3] or found[4]), int(found[4])
    if not (stayed <= of and 1 <= tries <= MOST and of <= MOST):
        yield f"has {stayed} of {of} in {tries} tries"


def _gain(found: re.Match[str], world: World) -> Iterator[str]:
    bits, count, left, missed = float(found[1]), _int(found[2]), _int(found[3]), int(found[4])
    low, high = count * 2.0 ** -(bits + 0.006) - 1, count * 2.0 ** -(bits - 0.006) + 1
    if not (count <= len(world.titles) and low <= left <= high and missed <= 100):
        yield f"has {left} left of {count} after {bits} bits"


def _facts(piece: Mapping[str, Any], world: World) -> Iterator[str]:
    """An item's own attributes and nothing else."""
    rest = piece["text"].removeprefix(f"{piece['title']}: ")
    values = [v for vs in world.attributes.get(piece["item_id"], {}).values() for v in (vs if many(vs) else [vs])]
    texts = {number_text(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)}
    texts |= {f"{v:,.2f}" for v in values if isinstance(v, float)}  # a price
    texts |= {f"{int(text):,}" for text in texts if text.isdigit()} | {v for v in values if isinstance(v, str)}
    dates = (re.fullmatch(ISO, v) for v in values if isinstance(v, str))
    texts |= {f"{int(date[3])} {MONTHS[int(date[2]) - 1]} {date[1]}" for date in dates if date}
    rest = blank(rest, texts)
    yield from (f"has the number {number}" for number in NUMBER.findall(rest))
    for word in re.findall(r"\b[A-Z][\w-]*", rest):
        if word.casefold() not in {name.casefold() for name in world.names} and word in world.values:
            yield f"has the value {word}"


def _within(text: str, low: int, high: int) -> Iterator[str]:
    if not low <= _int(text) <= high:
        yield f"has {text}, which is not between {low} and {high}"


def _int(text: str) -> int:
    return int(text.replace(",", ""))


def without_runs(text: str, kind: str) -> tuple[str, list[str]]:
    """A reason's text without the figures of runs that stand in no evidence, and those that cannot be."""
    wrong: list[str] = []
    if kind == "asking":
        worth = [(found["most"], found["less"]) for found in WORTH.finditer(text)]
        wrong += [
            f"a next best question worth {less} against {most}" for most, less in worth if float(less) > float(most)
        ]
        text = WORTH.sub(lambda found: found[0].replace(found["less"], "…"), text)
    if kind in ("because_you_liked", "because_you_disliked", "certainty"):
        parts = [found for found in OF_THE.finditer(text) if found[1]]
        wrong += [f"the count {found[0]!r}" for found in parts if not int(found[1]) <= int(found[2]) <= MOST]
        text = OF_THE.sub(" ", text)
    if kind == "what_if":
        wrong += [f"the count {found[0]!r}" for found in OF_SETS.finditer(text) if int(found[1]) > SETS]
        text = OF_SETS.sub(" ", text)
    return OPENS.sub("…", text) if kind in ("asking", "what_if") else text, wrong
