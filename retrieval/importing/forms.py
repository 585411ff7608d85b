"""Other words for the choices of a column: countries, days of the week, times of day, "$$", "none"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.importing import words
from retrieval.importing.columns import Column
from retrieval.text import fold

_CLOCK = re.compile(r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})")
_LEVEL = re.compile(r"([$€£¥₹*+])\1*")


def other_words(column: Column) -> dict[str, tuple[str, ...]]:
    """By choice, what people say for it; empty where its own words are all."""
    found = {
        **{value: said for value in column.values if fold(value) and (said := words.admitted(fold(value)))},
        **common(column.values),
        **words.nations(column.values),
        **weekdays(column.values),
        **levels(column.values),
        **(times(column.values) if column.clock else {}),
    }
    return {**found, column.none: lacking(column.name)} if column.none else found


def common(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Sci-fi is Science Fiction; what is a choice itself stays that choice's alone."""
    listed, own = words.table()["also"], {fold(value) for value in values}
    return {
        value: tuple(word for word in listed[fold(value)] if word not in own)
        for value in values
        if fold(value) in listed
    }


def weekdays(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Sun is Sunday; where all choices are days."""
    days = {form: tuple(one for one in forms if one != form) for forms in words.table()["weekdays"] for form in forms}
    return {value: days[fold(value)] for value in values} if all(fold(value) in days for value in values) else {}


def levels(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """ "$" is cheap and "$$$$" expensive; where all choices are so many of one sign."""
    if len(values) < 2 or len({value[0] for value in values}) > 1 or not all(map(_LEVEL.fullmatch, values)):
        return {}
    low, second, *_, high = [*(ordered := sorted(values, key=len))[:2], ordered[-1]]
    said = words.table()["levels"]
    found = {low: tuple(said["lowest"]), high: tuple(said["highest"])}
    return found if second == high else {**found, second: tuple(said["second"])}


def times(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """ "08:00" is 8, 8am and 8 o'clock; "17:30" is 5:30 pm."""
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        if (match := _CLOCK.fullmatch(value)) is None:
            continue
        hour, minute, half = int(match["hour"]), match["minute"], "am" if int(match["hour"]) % 24 < 12 else "pm"
        shown, rest = (hour - 1) % 12 + 1, "" if minute == "00" else f":{minute}"
        forms = [f"{shown}{rest}{half}", f"{shown}{rest} {half}", *words.table()["times"].get(value, ())]
        if not rest:
            forms += [f"{hour}:00", f"{hour} o'clock", *([f"{shown} o'clock"] if half == "am" else []), str(hour)]
        else:
            forms.append(f"{hour}{rest}")
        found[value] = tuple(dict.fromkeys(form for form in forms if form != value))
    return found


def lacking(column: str) -> tuple[str, ...]:
    """ "caffeine free", "no caffeine" for the "none" of such a column."""
    said, table = words.label(column), words.table()
    last = said.split()[-1]
    return (*(form.format(said) for form in table["lacking"]), *table["lacking_also"].get(last, ()))
