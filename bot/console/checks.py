"""What a test case may expect of a turn: one check per key, each says what it expected and what it got."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Turn = Mapping[str, Any]  # the contract's JSON
Problems = Iterator[str]
Check = Callable[[Sequence[Turn], Any, Mapping[str, str]], Problems]
_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def problems(turns: Sequence[Turn], expected: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    """What the last of `turns` has other than expected. `titles`: item id -> title. KeyError-free: see `KEYS`."""
    return [f"{key}: {text}" for key, value in expected.items() for text in KEYS[key](turns, value, titles)]


def _satisfies(item: Mapping[str, Any], constraint: Mapping[str, Any]) -> bool:
    value = item["attributes"].get(constraint["field"])
    op, wanted = constraint["op"], constraint["value"]
    if value is None:
        return False
    if op in _COMPARE:
        return bool(_COMPARE[op](value, wanted))
    has = wanted in value if isinstance(value, list) else wanted == value
    return has if op in ("includes", "in") else not has


def _acts(turns: Sequence[Turn], expected: Sequence[str], _: Any) -> Problems:
    if missing := set(expected) - set(turns[-1]["acts"]):
        yield f"expected {sorted(missing)}, got {turns[-1]['acts']}"


def _every(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Any) -> Problems:
    for item in turns[-1]["items"]:
        for constraint in expected:
            if not _satisfies(item, constraint):
                yield f"{item['title']} {item['attributes']} breaks {constraint}"


def _any(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Any) -> Problems:
    if not any(all(_satisfies(item, c) for c in expected) for item in turns[-1]["items"]):
        yield f"none of {[item['title'] for item in turns[-1]['items']]} satisfies {expected}"


def _no_item(turns: Sequence[Turn], expected: Sequence[str], _: Any) -> Problems:
    yield from (f"{item['title']} was recommended" for item in turns[-1]["items"] if item["title"] in expected)


def _holds(kind: str, wanted: bool) -> Check:
    def check(turns: Sequence[Turn], expected: Sequence[str], titles: Mapping[str, str]) -> Problems:
        held = {titles[i] for i in turns[-1]["profile"][kind]}
        yield from (f"{title} in {sorted(held)}" for title in expected if (title in held) != wanted)

    return check


def _exactly(turns: Sequence[Turn], expected: Sequence[str], titles: Mapping[str, str]) -> Problems:
    if sorted(titles[i] for i in turns[-1]["profile"]["liked"]) != sorted(expected):
        yield f"got {turns[-1]['profile']['liked']}"


def _absent(turns: Sequence[Turn], expected: Sequence[str], _: Any) -> Problems:
    before = [item["id"] for item in turns[-2]["items"]]
    now = {item["id"] for item in turns[-1]["items"]}
    for reference in expected:
        which = reference.removeprefix("previous.")
        gone = before if which == "all" else [before[int(which) - 1]]
        yield from (f"{item} came back" for item in gone if item in now)


def _reply(wanted: bool) -> Check:
    def check(turns: Sequence[Turn], expected: str, _: Any) -> Problems:
        if bool(re.search(expected, turns[-1]["reply"], re.IGNORECASE)) != wanted:
            yield f"{expected!r} {'not ' if wanted else ''}in {turns[-1]['reply']!r}"

    return check


def _count(key: str, fits: Callable[[int, int], bool]) -> Check:
    def check(turns: Sequence[Turn], expected: int, _: Any) -> Problems:
        if not fits(len(turns[-1][key]), expected):
            yield f"expected {expected}, got {len(turns[-1][key])}"

    return check


def _own_evidence(turns: Sequence[Turn], expected: bool, _: Any) -> Problems:
    if any(e["kind"] == "event" for e in turns[-1]["evidence"]) != expected:
        yield f"no event in {turns[-1]['evidence']}"


KEYS: Mapping[str, Check] = {
    "acts": _acts,
    "every_item": _every,
    "any_item": _any,
    "no_item": _no_item,
    "liked": _holds("liked", True),
    "disliked": _holds("disliked", True),
    "seen": _holds("seen", True),
    "not_liked": _holds("liked", False),
    "not_disliked": _holds("disliked", False),
    "not_seen": _holds("seen", False),
    "liked_exactly": _exactly,
    "absent": _absent,
    "reply": _reply(True),
    "reply_not": _reply(False),
    "min_items": _count("items", operator.ge),
    "max_items": _count("items", operator.le),
    "min_reasons": _count("reasons", operator.ge),
    "evidence_from_history": _own_evidence,
}
