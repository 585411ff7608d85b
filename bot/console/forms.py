"""What a value in a case file may look like: one function per form; Malformed says what is allowed."""

from __future__ import annotations

import datetime
import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, get_args

from bot.values import Act, ReasonKind
from retrieval.schema import Op

Form = Callable[[Any], Any]
_OPS: tuple[str, ...] = get_args(Op)
_ABSENT = re.compile(r"previous\.(all|[1-9]\d?)")
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60


class Malformed(Exception):
    """A value has not the form of its key; the text says what is allowed and is put behind file, case and key."""


def short(value: Any) -> str:
    """The value as a sentence can hold it; a huge or endless one is cut."""
    return _short.repr(value)


def name(value: Any) -> str:
    """A title, a user or a field: text, or a number that stands for its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise Malformed(f"{short(value)} is no name; write text, in quotation marks if in doubt")
    return str(value)


def names(value: Any) -> tuple[str, ...]:
    """A list of titles or words."""
    return tuple(name(entry) for entry in _list(value, "titles or words, such as [Heat, Casino]"))


def one_of(allowed: tuple[str, ...]) -> Form:
    """A list of words of a fixed set."""

    def form(value: Any) -> tuple[str, ...]:
        found = _list(value, f"some of {', '.join(allowed)}")
        for entry in found:
            if entry not in allowed:
                raise Malformed(f"{short(entry)} is not one of {', '.join(allowed)}")
        return tuple(found)

    return form


acts = one_of(get_args(Act))
reason_kinds = one_of(get_args(ReasonKind))


def constraints(value: Any) -> tuple[Mapping[str, Any], ...]:
    """A list of `{field, op, value}`; dates become ISO text."""
    return tuple(_constraint(entry) for entry in _list(value, "{field: ..., op: ..., value: ...}"))


def _constraint(entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, dict) or set(entry) != {"field", "op", "value"}:
        raise Malformed(f"{short(entry)} is no constraint; write {{field: ..., op: ..., value: ...}}")
    if entry["op"] not in _OPS:
        raise Malformed(f"op {short(entry['op'])} is not one of {' '.join(_OPS)}")
    wanted = entry["value"]
    several = [_scalar(one) for one in wanted] if isinstance(wanted, list) else _scalar(wanted)
    if several == []:
        raise Malformed("a constraint's value is an empty list; give at least one")
    return {"field": name(entry["field"]), "op": entry["op"], "value": several}


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, str | int | float | bool):
        raise Malformed(f"{short(value)} is no value of a constraint; write text, a number, true, false or a date")
    return value


def count(value: Any) -> int:
    """How many: 0, 1, 2 ..."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed(f"{short(value)} is no number of items; write 0, 1, 2 ...")
    return value


def positive(value: Any) -> int:
    """1, 2, 3 ..."""
    if (found := count(value)) < 1:
        raise Malformed("0 is too few; write 1, 2, 3 ...")
    return found


def truth(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Malformed(f"{short(value)} is neither true nor false")
    return value


def pattern(value: Any) -> str:
    """A regular expression."""
    try:
        re.compile(found := name(value))
    except (re.error, RecursionError, OverflowError) as error:
        raise Malformed(f"{short(value)} is no regular expression ({error})") from None
    return found


def absent(value: Any) -> tuple[str, ...]:
    """previous.1, previous.2 ... or previous.all; one or a list."""
    found = names(value if isinstance(value, list) else [value])
    for entry in found:
        if not _ABSENT.fullmatch(entry):
            raise Malformed(f"{short(entry)} is no earlier item; write previous.1, previous.2 ... or previous.all")
    return found


def question(value: Any) -> bool | tuple[str, ...]:
    """Whether something is asked, or the fields of which one is asked about."""
    return value if isinstance(value, bool) else names(value if isinstance(value, list) else [value])


def order(value: Any) -> Mapping[str, str]:
    """`{field: price, by: rising}` or falling."""
    if not isinstance(value, dict) or set(value) != {"field", "by"} or value["by"] not in ("rising", "falling"):
        raise Malformed(f"{short(value)} is no order; write {{field: ..., by: rising}} or falling")
    return {"field": name(value["field"]), "by": value["by"]}


def click(value: Any) -> Mapping[str, Any]:
    """`{act: like, item: 1}`: the item by its place in the last list, or by its title; undo, restart need none."""
    clicks = ("like", "dislike", "seen", "why", "undo", "restart", "retry")
    if not isinstance(value, dict) or not set(value) <= {"act", "item"} or value.get("act") not in clicks:
        raise Malformed(f"{short(value)} is no click; write {{act: ..., item: ...}} with one of {', '.join(clicks)}")
    if (item := value.get("item")) is None:
        return {"act": value["act"], "item": None}
    return {"act": value["act"], "item": item if isinstance(item, int) and item > 0 else name(item)}


def answer(value: Any) -> Mapping[str, str]:
    """Words by the field that was asked about; `otherwise` when another question was asked, or none."""
    if not isinstance(value, dict) or not value:
        raise Malformed(f"{short(value)} is no answer; write {{field: words, otherwise: words}}")
    return {name(key): name(words) for key, words in value.items()}


def _list(value: Any, of: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"{short(value)} is no list; write a list of {of}")
    return value
