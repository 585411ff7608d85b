"""Rows to interactions: ratings, kinds of event, amounts or mere presence, as signed strengths in [-1, 1]."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.datasets.base import natural, strengths
from retrieval.errors import DataError
from retrieval.importing import cells, words
from retrieval.importing.aside import Aside
from retrieval.importing.columns import MOSTLY, Column, look
from retrieval.importing.items import identifier
from retrieval.importing.kinds import happened, kinds, of_kind
from retrieval.importing.sentences import WORDS, Sentences, information
from retrieval.importing.tables import Row
from retrieval.schema import FloatArray, Interactions, ReviewSentence

Scale = tuple[float, float, float]
SAMPLE = 5_000
"""Rows that decide what the columns are."""
_SCALES = ((-1, 1), (0, 1), (0.5, 5), (1, 5), (0, 5), (1, 7), (1, 10), (0.5, 10), (0, 10), (0, 20), (1, 100), (0, 100))
_FIT, _MANY = 0.995, 200  # the share of at least so many ratings that a scale may hold, the others being mistakes
_UNRATED = 0.02  # the share of events that have no rating but are of a known kind, above which kinds count
_OTHERS = ("user", "rating", "amount", "kind", "time")
_STRONG = 0.9  # the share of people's amounts below which the strongest liking lies


@dataclass(frozen=True)
class Roles:
    """The columns of a table of behaviour; `says` is what strengths are made of: rating, kind, amount or nothing."""

    user: str
    item: str
    says: str | None
    what: str  # "rating", "kind", "amount" or "presence"
    time: str | None
    scale: Scale | None
    day_first: bool = False
    review: str | None = None
    helpful: str | None = None
    beside: tuple[str, Scale] | None = None  # of kinds: the column of ratings, which only some events have


@dataclass(frozen=True)
class Behaviour:
    """What was read, the rating scale when there is one, and sentences of reviews by the items' rows."""

    interactions: Interactions
    scale: Scale | None
    unit: str = "stars"
    reviews: Mapping[int, tuple[ReviewSentence, ...]] = field(default_factory=dict)


def none() -> Interactions:
    """No behaviour at all."""
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    return Interactions((), whole, whole, real, real, whole)


def behaviour(
    rows: Iterable[Row], items: Mapping[str, int], where: str, aside: Aside, scale: Scale | None = None,
    heard: Callable[[int], None] = lambda _n: None,
) -> Behaviour:  # fmt: skip
    """All interactions; `items` maps item ids to rows, `scale` is the rating scale when it is already known."""
    stream = iter(rows)
    head = list(islice(stream, SAMPLE))
    sample = [row for _, row in head]
    columns_of = {n: look(n, [row.get(n) for row in sample]) for n in dict.fromkeys(n for row in sample for n in row)}
    roles = _with_reviews(_roles(columns_of, sample, items, where, scale), columns_of)
    users: dict[str, int] = {}
    whose, which, when, said = array("i"), array("i"), array("q"), array("f")  # 20 bytes an event
    strength_of = kinds() if roles.what == "kind" else {}
    reviews = Sentences(information(_text(row, roles) for _, row in head))
    for line, row in chain(head, stream):
        person, thing = identifier(row.get(roles.user)), identifier(row.get(roles.item))
        if aside.read % 100_000 == 0:
            heard(aside.read)
        value = _said(row, roles, strength_of)
        if person is None or thing is None:
            aside.row(line, "no user" if person is None else "no item", row)
        elif thing not in items:
            aside.row(line, "item not in the catalogue", row)
        elif value is None:
            aside.row(line, f"{roles.says}: not a {roles.what} that is known", row)
        elif roles.scale is not None and not roles.scale[0] <= value <= roles.scale[2]:
            aside.row(line, f"{roles.says}: outside {roles.scale[0]:g} to {roles.scale[2]:g}", row)
        else:
            time = cells.moment(cells.clean(row.get(roles.time)), roles.day_first) if roles.time is not None else 0
            if time is None or not 0 <= time < 1 << 40:
                aside.value(line, roles.time or "", "not a time", row.get(roles.time or ""))
                time = 0
            whose.append(users.setdefault(person, len(users)))
            which.append(items[thing])
            when.append(time)
            said.append(value)
            if text := _text(row, roles):
                rated, strength = _rated(value, roles)
                reviews.add(items[thing], person, text, rated, strength, time, _helpful(row, roles))
    if not len(whose):
        raise DataError(f"{where} holds no usable row; its columns {roles.user!r} and {roles.item!r} must name users "
                        "and items of the catalogue.")  # fmt: skip
    _unambiguous(users, items)
    columns = [np.frombuffer(c, dtype=c.typecode) for c in (whose, which, when, said)]
    found = _combined(tuple(users), columns, roles, aside)
    unit = "stars" if roles.scale is None or roles.scale[2] == 5 else "points"
    return Behaviour(found, roles.scale, unit, reviews.best())


def _text(row: Mapping[str, Any], roles: Roles) -> str:
    cell = cells.clean(row.get(roles.review)) if roles.review is not None else None
    return cell if isinstance(cell, str) else ""


def _rated(value: float, roles: Roles) -> tuple[float | None, float]:
    """The rating as it was given, and in [-1, 1]; a kind of event has a sign only, an amount says nothing of a text."""
    if roles.what == "rating":
        return value, float(strengths(np.array([value], dtype=np.float32), roles.scale)[0])
    return None, value if roles.what == "kind" else 0.0


def _helpful(row: Mapping[str, Any], roles: Roles) -> int:
    found = cells.number(cells.clean(row.get(roles.helpful))) if roles.helpful is not None else None
    return max(0, min(int(found[0]), 10**9)) if found is not None else 0


def _unambiguous(users: Mapping[str, int], items: Mapping[str, int]) -> None:
    """Events are called "user:item"."""
    if any(":" in user for user in users) and any(":" in item for item in items):
        raise DataError("Both user ids and item ids contain ':', so events could not be told apart; replace it in one.")


def _combined(people: Sequence[str], columns: Sequence[NDArray[Any]], roles: Roles, aside: Aside) -> Interactions:
    """One event per user and item: the last rating, the sum of amounts, the strongest kind unless the last is a no. A
    user's events in order of time, those of one moment in order of the file."""
    order = natural(people)
    place = {user: n for n, user in enumerate(order)}
    whose, which, when, said = columns
    whose = np.array([place[user] for user in people], dtype=np.int64)[whose]
    by = np.lexsort((np.arange(len(whose)), when, which, whose))
    whose, which, when, said = whose[by], which[by], when[by], said[by]
    new = np.flatnonzero(np.r_[True, (whose[1:] != whose[:-1]) | (which[1:] != which[:-1])])
    last = np.r_[new[1:], len(whose)] - 1
    if repeated := len(whose) - len(new):
        aside.rows["the same user and item again, combined into one"] += repeated
    values = said[last]
    if roles.what == "amount":
        values = np.add.reduceat(said, new)
    elif roles.what != "rating":
        values = np.where(values < 0, values, np.maximum.reduceat(said, new))
    aside.kept = len(new)
    raw = values.astype(np.float32)
    signed = strengths(raw, roles.scale) if roles.what == "rating" else _scaled(raw) if roles.what == "amount" else raw
    whose, which, when = whose[last], which[last], when[last]
    final = np.lexsort((by[last], when, whose))
    return Interactions(tuple(order), whose[final], which[final], raw[final], signed[final], when[final])


def _scaled(amounts: FloatArray) -> FloatArray:
    """Logarithmic: what 90 % of the pairs stay below is as good as a like. Amounts below 0 are returns."""
    size = np.log1p(np.abs(amounts))
    strong = float(np.quantile(size, _STRONG)) or 1.0
    return np.asarray(np.sign(amounts) * np.clip(size / strong, 0.1, 1.0), dtype=np.float32)


def _said(row: Mapping[str, Any], roles: Roles, known: Mapping[str, float]) -> float | None:
    if roles.says is None:
        return 1.0
    cell = cells.clean(row.get(roles.says))
    if roles.what == "kind":
        if roles.beside is not None and (rated := cells.number(cells.clean(row.get(roles.beside[0])))) is not None:
            scale = roles.beside[1]
            inside = scale[0] <= rated[0] <= scale[2]
            return float(strengths(np.array([rated[0]], dtype=np.float32), scale)[0]) if inside else None
        return of_kind(cell, roles.says, known)
    if isinstance(cell, bool):
        return float(cell)
    found = cells.number(cell)
    return found[0] if found is not None else None


def _with_reviews(roles: Roles, columns: Mapping[str, Column]) -> Roles:
    """The same, and which columns hold what people wrote and how many found it helpful."""
    taken = {roles.user, roles.item, roles.time, roles.says}
    prose = {name: c for name, c in columns.items() if c.letters > 0.5 and c.words >= WORDS[0] / 2 and not c.listed}
    counts = {name: c for name, c in columns.items() if c.number > 0.5}
    review = _best(prose, "review", taken)
    return replace(roles, review=review, helpful=_best(counts, "helpful", taken) if review else None)


def _roles(
    columns: Mapping[str, Column], sample: Sequence[Mapping[str, Any]], items: Mapping[str, int], where: str,
    scale: Scale | None,
) -> Roles:  # fmt: skip
    """Which column is what; DataError when users or items are in none."""
    listed = ", ".join(columns)
    other = [c for c in columns if words.rank(c, "item") is None and any(words.rank(c, r) is not None for r in _OTHERS)]
    hits = {c: sum(identifier(row.get(c)) in items for row in sample) for c in columns if c not in other}
    item = max(hits, key=lambda c: (hits[c], -(_or(words.rank(c, "item"), 99))), default=None)
    if item is None or not hits[item]:
        named = [c for c in columns if words.rank(c, "item") is not None]
        seen = f" (column {named[0]!r} has {sample[0].get(named[0])!r})" if named and sample else ""
        raise DataError(f"No column of {where} holds ids of the items{seen}; its columns are {listed}: give one "
                        "the ids of the items file.")  # fmt: skip
    left = [c for c in columns if c != item and all(words.rank(c, r) is None for r in (*_OTHERS, "review", "helpful"))]
    dated = next((c for c in left if columns[c].date >= MOSTLY), None)
    time = _best(columns, "time", {item}) or dated
    user = _best(columns, "user", {item, time}) or _only_ids(columns, [c for c in left if c != time])
    if user is None:
        raise DataError(f"{where} has no column of users; its columns are {listed}: call one user_id.")
    free = {item, user}
    rating, amount, kind = (_best(columns, role, {*free, time}) for role in ("rating", "amount", "kind"))
    day_first = time is not None and columns[time].day_first
    mixed = Roles(user, item, kind, "kind", time, None, day_first)
    if rating is not None and kind is not None and scale is None and columns[rating].number > 0.5:
        unrated = [row for row in sample if cells.clean(row.get(rating)) is None]
        known = kinds()
        if sum(_said(row, mixed, known) is not None for row in unrated) > _UNRATED * len(sample):
            return replace(mixed, beside=(rating, _scale(rating, sample)))  # purchases beside ratings
    if rating is not None and columns[rating].number > 0.5:
        return Roles(user, item, rating, "rating", time, scale or _scale(rating, sample), day_first)
    if scale is not None and amount == "value" and columns[amount].number > 0.5:
        return Roles(user, item, amount, "rating", time, scale, day_first)
    if kind is not None and columns[kind].letters > 0.5:
        known = kinds()
        if not any(_said(row, Roles(user, item, kind, "kind", None, None), known) is not None for row in sample):
            raise DataError(f"{sample[0].get(kind)!r} in column {kind!r} of {where} is no known kind of event; use "
                            "purchase, like, save, click, view, skip, return or dislike.")  # fmt: skip
        return mixed
    if amount is not None and columns[amount].number > 0.5:
        return Roles(user, item, amount, "amount", time, None, day_first)
    if (told := _in_words(columns, {*free, time}, sample, where)) is not None:
        return replace(mixed, says=told)
    return Roles(user, item, None, "presence", time, None, day_first)


def _only_ids(columns: Mapping[str, Column], left: Sequence[str]) -> str | None:
    """The one column that has no other part and holds names or ids: taster, beer_id, score, date."""
    if len(left) != 1 or columns[left[0]].filled < 1.0:
        return None
    return left[0] if columns[left[0]].letters > MOSTLY or words.means(left[0], "code") else None


def _in_words(
    columns: Mapping[str, Column], taken: Container[str | None], sample: Sequence[Mapping[str, Any]], where: str
) -> str | None:
    """A column of opinions or events in words: thumbs (up, down), liked (yes, no). DataError for words unheard of."""
    known = kinds()
    rated = _best(columns, "rating", taken)
    if rated is None or not columns[rated].known:
        true = (c for c in columns if c not in taken and columns[c].truth >= MOSTLY)
        return next((c for c in true if happened(c, known) is not None), None)
    if all(of_kind(cells.clean(row.get(rated)), rated, known) is None for row in sample):
        said = next(cell for row in sample if (cell := cells.clean(row.get(rated))) is not None)
        raise DataError(f"{said!r} in column {rated!r} of {where} is neither a number nor a word for liking that is "
                        "known; use numbers, or like and dislike.")  # fmt: skip
    return rated


def _best(columns: Mapping[str, Column], role: str, taken: Container[str | None]) -> str | None:
    ranked = [(rank, name) for name in columns if name not in taken and (rank := words.rank(name, role)) is not None]
    return min(ranked)[1] if ranked else None


def _or(rank: int | None, otherwise: int) -> int:
    return otherwise if rank is None else rank


def _scale(column: str, sample: Sequence[Mapping[str, Any]]) -> Scale:
    """The narrowest usual scale that holds what was seen; its neutral value is the middle, 3 of 5 stars.

    Of many ratings a few may lie outside (99 of 5 stars): one that is at most half as wide and holds the others is it.
    """
    cleaned = (cells.number(cells.clean(row.get(column))) for row in sample)
    seen = np.array([found[0] for found in cleaned if found is not None])
    held = {(low, high): float(np.mean((low <= seen) & (seen <= high))) for low, high in _SCALES}
    low, high = float(seen.min()), float(seen.max())
    fitting = [scale for scale, share in held.items() if share == 1.0]
    low, high = min(fitting, key=_width) if fitting else (low, max(high, low + 1))
    nearly = [scale for scale, share in held.items() if share >= _FIT and 2 * _width(scale) <= high - low]
    if len(seen) >= _MANY and nearly:
        low, high = min(nearly, key=_width)
    neutral = 3.0 if high == 5 else (low + high) / 2
    return float(low), neutral, float(high)


def _width(scale: tuple[float, float]) -> float:
    return scale[1] - scale[0]
