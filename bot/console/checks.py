"""What a test case may expect of a turn: one check per key, each says what it expected and what it got."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.console import forms
from bot.console.forms import Form
from retrieval.text import fold

Turn = Mapping[str, Any]  # the contract's JSON
Titles = Mapping[str, str]  # item id -> title
Problems = Iterator[str]
Check = Callable[[Sequence[Turn], Any, Titles], Problems]
_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Key(NamedTuple):
    """A key of `expect`: what its value looks like, and what is checked. `docs/cases.md` describes each."""

    form: Form
    check: Check


def problems(turns: Sequence[Turn], expected: Mapping[str, Any], titles: Titles) -> list[str]:
    """What the last of `turns` has other than expected; the values have passed the form of their key."""
    return [f"{key}: {text}" for key, value in expected.items() for text in KEYS[key].check(turns, value, titles)]


def satisfies(item: Mapping[str, Any], constraint: Mapping[str, Any]) -> bool:
    """Whether a turn's item does; an unknown value satisfies nothing, as does one of another type."""
    value = item["attributes"].get(constraint["field"])
    op, wanted = constraint["op"], constraint["value"]
    if value is None:
        return False
    several = wanted if isinstance(wanted, list) else [wanted]
    if op in _COMPARE and not isinstance(value, list):
        return any(_compare(op, value, one) for one in several) if op != "!=" else value not in several
    held = value if isinstance(value, list) else [value]
    if op == "includes":
        return all(one in held for one in several)
    met = any(one in held for one in several)
    return met if op in ("in", "==") else not met if op in ("excludes", "not_in", "!=") else False


def _compare(op: str, value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, int) and not isinstance(wanted, bool):
        wanted = str(wanted)  # the year of a date
    if isinstance(value, str) != isinstance(wanted, str):
        return False
    if isinstance(value, str) and re.fullmatch(r"\d{4}(-\d\d){0,2}", str(wanted)):
        value = value[: len(wanted)]  # a month or a year stands for all of its days
    return bool(_COMPARE[op](value, wanted))


def _shown(turn: Turn) -> list[str]:
    return [item["title"] for item in turn["items"]]


def _same(title: str, others: Sequence[str]) -> bool:
    """Titles are compared as people write them: case, accents and punctuation do not matter."""
    return fold(title) in {fold(other) for other in others}


def _acts(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    if missing := set(expected) - set(turns[-1]["acts"]):
        yield f"expected {sorted(missing)}, got {turns[-1]['acts']}"


def _not_acts(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    if found := set(expected) & set(turns[-1]["acts"]):
        yield f"expected none of {sorted(expected)}, got {sorted(found)}"


def _every(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Titles) -> Problems:
    for item in turns[-1]["items"]:
        for constraint in expected:
            if not satisfies(item, constraint):
                got = item["attributes"].get(constraint["field"], "unknown")
                yield f"expected {_said(constraint)}, got {got!r} for {item['title']!r}"


def _any(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Titles) -> Problems:
    if not any(all(satisfies(item, c) for c in expected) for item in turns[-1]["items"]):
        yield f"expected an item with {' and '.join(map(_said, expected))}, got {_shown(turns[-1])}"


def _said(constraint: Mapping[str, Any]) -> str:
    return f"{constraint['field']} {constraint['op']} {constraint['value']!r}"


def _no_item(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    yield from (f"expected {title!r} to be left out, got it" for title in _shown(turns[-1]) if _same(title, expected))


def _items(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    shown = _shown(turns[-1])
    yield from (f"expected {title!r}, got {shown}" for title in expected if not _same(title, shown))


def _holds(kind: str, wanted: bool) -> Check:
    def check(turns: Sequence[Turn], expected: Sequence[str], titles: Titles) -> Problems:
        held = sorted(titles[i] for i in turns[-1]["profile"][kind])
        for title in expected:
            if _same(title, held) != wanted:
                yield f"expected {title!r} {'among' if wanted else 'not to be among'} the {kind}, got {held}"

    return check


def _exactly(turns: Sequence[Turn], expected: Sequence[str], titles: Titles) -> Problems:
    held = sorted(titles[i] for i in turns[-1]["profile"]["liked"])
    if sorted(map(fold, held)) != sorted(map(fold, expected)):
        yield f"expected {sorted(expected)}, got {held}"


def _constraints(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Titles) -> Problems:
    held = turns[-1]["profile"]["constraints"]
    for wanted in expected:
        if not any(all(_plain(c[key]) == _plain(wanted[key]) for key in wanted) for c in held):
            yield f"expected {_said(wanted)}, got {[_said(c) for c in held]}"


def _plain(value: Any) -> Any:
    """One value and a list of that one say the same."""
    several = list(value) if isinstance(value, list | tuple) else [value]
    return several[0] if len(several) == 1 else several


def _no_constraint(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    for constraint in turns[-1]["profile"]["constraints"]:
        if constraint["field"] in expected:
            yield f"expected none on {constraint['field']}, got {_said(constraint)}"


def _absent(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    before = turns[-2]["items"] if len(turns) > 1 else []
    now = {item["id"] for item in turns[-1]["items"]}
    for reference in expected:
        which = reference.removeprefix("previous.")
        if not before or (which != "all" and int(which) > len(before)):
            yield f"expected {reference} to be gone, got only {len(before)} items in the turn before"
            continue
        gone = before if which == "all" else [before[int(which) - 1]]
        yield from (f"expected {item['title']!r} to be gone, got it again" for item in gone if item["id"] in now)


def _same_items(turns: Sequence[Turn], expected: int, _: Titles) -> Problems:
    then = turns[expected - 1] if expected < len(turns) else {"items": []}
    if not then["items"] or {i["id"] for i in then["items"]} != {i["id"] for i in turns[-1]["items"]}:
        yield f"expected the items of turn {expected}, {_shown(then)}, got {_shown(turns[-1])}"


def _order(turns: Sequence[Turn], expected: Mapping[str, str], _: Titles) -> Problems:
    values = [item["attributes"].get(expected["field"]) for item in turns[-1]["items"]]
    known = [value for value in values if value is not None]
    if known != sorted(known, reverse=expected["by"] == "falling"):
        yield f"expected {expected['field']} {expected['by']}, got {values}"


def _share(fits: Callable[[float, float], bool], said: str) -> Check:
    def part(turn: Turn, expected: Sequence[Mapping[str, Any]]) -> float:
        return sum(all(satisfies(i, c) for c in expected) for i in turn["items"]) / max(len(turn["items"]), 1)

    def check(turns: Sequence[Turn], expected: Sequence[Mapping[str, Any]], _: Titles) -> Problems:
        listed = [turn for turn in turns[:-1] if turn["items"]]
        before, now = part(listed[-1], expected) if listed else 0.0, part(turns[-1], expected)
        if not turns[-1]["items"] or not fits(now, before):
            yield f"expected {said} than {before:.0%} with {' and '.join(map(_said, expected))}, got {now:.0%}"

    return check


def _reply(wanted: bool) -> Check:
    def check(turns: Sequence[Turn], expected: str, _: Titles) -> Problems:
        if bool(re.search(expected, turns[-1]["reply"], re.IGNORECASE)) != wanted:
            yield f"expected {'' if wanted else 'nothing like '}{expected!r}, got {turns[-1]['reply']!r}"

    return check


def _count(key: str, fits: Callable[[int, int], bool], said: str) -> Check:
    def check(turns: Sequence[Turn], expected: int, _: Titles) -> Problems:
        if not fits(got := len(turns[-1][key]), expected):
            yield f"expected at {said} {expected}, got {got}: {turns[-1]['reply'][:200]!r}"

    return check


def _kinds(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    got = sorted({reason["kind"] for reason in turns[-1]["reasons"]})
    if missing := set(expected) - set(got):
        yield f"expected {sorted(missing)}, got {got}"


def _own_evidence(turns: Sequence[Turn], expected: bool, _: Titles) -> Problems:
    if any(e["kind"] == "event" for e in turns[-1]["evidence"]) != expected:
        yield f"expected {'an' if expected else 'no'} event, got {[e['text'] for e in turns[-1]['evidence']]}"


def _ignored(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    said = fold(" ".join(turns[-1]["ignored"]))
    for words in expected:
        if not set(fold(words).split()) <= set(said.split()):
            yield f"expected {words!r}, got {turns[-1]['ignored']}"


def _question(turns: Sequence[Turn], expected: bool | Sequence[str], _: Titles) -> Problems:
    asked = turns[-1]["question"]
    if isinstance(expected, bool):
        if (asked is not None) != expected:
            yield f"expected {'a question' if expected else 'no question'}, got {asked}"
    elif asked is None or asked["field"] not in expected:
        yield f"expected one about {' or '.join(expected)}, got {asked}"


def _question_not(turns: Sequence[Turn], expected: Sequence[str], _: Titles) -> Problems:
    asked = turns[-1]["question"]
    if asked is not None and asked["field"] in expected:
        yield f"expected none about {' or '.join(expected)}, got {asked}"


def _asked_once(turns: Sequence[Turn], expected: bool, _: Titles) -> Problems:
    asked = [(q["field"], tuple(q["options"]) if not q["field"] else ()) for t in turns if (q := t["question"])]
    twice = [what for place, what in enumerate(asked) if what in asked[:place]]
    if bool(twice) == expected:
        yield f"expected {'no question twice' if expected else 'a question twice'}, got {asked}"


def _grounded(turns: Sequence[Turn], expected: bool, _: Titles) -> Problems:
    if turns[-1]["grounded"] != expected:
        yield f"expected {expected}, got {turns[-1]['grounded']}: {turns[-1]['reply']!r}"


KEYS: Mapping[str, Key] = {
    "acts": Key(forms.acts, _acts),
    "not_acts": Key(forms.acts, _not_acts),
    "every_item": Key(forms.constraints, _every),
    "any_item": Key(forms.constraints, _any),
    "no_item": Key(forms.names, _no_item),
    "items": Key(forms.names, _items),
    "liked": Key(forms.names, _holds("liked", True)),
    "disliked": Key(forms.names, _holds("disliked", True)),
    "seen": Key(forms.names, _holds("seen", True)),
    "not_liked": Key(forms.names, _holds("liked", False)),
    "not_disliked": Key(forms.names, _holds("disliked", False)),
    "not_seen": Key(forms.names, _holds("seen", False)),
    "liked_exactly": Key(forms.names, _exactly),
    "constraints": Key(forms.constraints, _constraints),
    "no_constraint": Key(forms.names, _no_constraint),
    "absent": Key(forms.absent, _absent),
    "same_items": Key(forms.positive, _same_items),
    "order": Key(forms.order, _order),
    "more_of": Key(forms.constraints, _share(operator.gt, "more")),
    "less_of": Key(forms.constraints, _share(operator.lt, "less")),
    "reply": Key(forms.pattern, _reply(True)),
    "reply_not": Key(forms.pattern, _reply(False)),
    "min_items": Key(forms.count, _count("items", operator.ge, "least")),
    "max_items": Key(forms.count, _count("items", operator.le, "most")),
    "min_reasons": Key(forms.count, _count("reasons", operator.ge, "least")),
    "reason_kinds": Key(forms.reason_kinds, _kinds),
    "evidence_from_history": Key(forms.truth, _own_evidence),
    "ignored": Key(forms.names, _ignored),
    "question": Key(forms.question, _question),
    "question_not": Key(forms.names, _question_not),
    "asked_once": Key(forms.truth, _asked_once),
    "grounded": Key(forms.truth, _grounded),
}
