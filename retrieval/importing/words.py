"""What names of columns and catalogues say: labels, units, synonyms, comparatives, nouns. Words are in words.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from retrieval.schema_file import RESERVED, may_be_named
from retrieval.text import fold

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHORT_CAMEL = re.compile(r"(?<![A-Za-z])[A-Z][a-z][A-Z][a-z](?![a-z])")  # "WiFi" is one word
_SIGNS = re.compile(r"[$€£¥₹%]")
_PER = re.compile(r"(?:\s/\s*|[\s_]per[\s_])[A-Za-z]+\W*$", re.IGNORECASE)
_RATED = re.compile(r"(?<=\w)\s*(?:/\s*|[\s_]per[\s_])(?P<what>[A-Za-z]+)\W*$", re.IGNORECASE)
_NESTED = re.compile(r"\.(?=\S)")  # not the point of "No. of seats"
_RATIO = re.compile(r"[A-Za-z]+/\d*[A-Za-z]+")
_SCALE = re.compile(r"[(\[]\s*\d+\s*(?:-|–|to|of|/)\s*\d+\s*[)\]]")


@dataclass(frozen=True)
class Unit:
    """A unit as the schema names it, its size in the base of its dimension, and that dimension."""

    name: str
    factor: float
    dimension: str


@cache
def table() -> Mapping[str, Any]:
    """The whole of words.yaml."""
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # "no", "off" and "true" are words here
    return found


@cache
def units() -> Mapping[str, Unit]:
    """Every way to write a unit."""
    return {str(word): Unit(str(name), float(factor), str(of)) for word, (name, factor, of) in table()["units"].items()}


@cache
def words_of(name: str) -> tuple[str, ...]:
    """ "contentRating", "content_rating", "Content-Rating (%)" -> ("content", "rating"); "(1-10)" is no word."""
    cut = _CAMEL.sub(" ", _SCALE.sub(" ", _SHORT_CAMEL.sub(lambda part: part[0].capitalize(), name)))
    return tuple(fold(cut).split())


def plain(name: str) -> str:
    """The words of a name, one space apart."""
    return " ".join(words_of(name))


def rank(name: str, role: str) -> int | None:
    """How likely a column of that name plays the role: 0 is likeliest; None when the name says nothing."""
    listed = table()["roles"][role]
    said = plain(name)
    for candidate in (said, said.replace(" ", "")):
        if candidate in listed:
            return int(listed.index(candidate))
    return None


def means(name: str, role: str) -> bool:
    """Whether the last word of a name, or the whole, is listed for the role."""
    said, listed = words_of(name), table()["roles"][role]
    return bool(said) and (said[-1] in listed or " ".join(said) in listed)


def field_name(column: str) -> str:
    """A column's name as the schema's fields are named: its own where it can be one, else its words joined by _."""
    if may_be_named(column) and column.casefold() not in RESERVED:
        return column
    said = list(words_of(column))
    if len(said) > 1 and said[0] == "has":
        said = said[1:]
    name = re.sub(r"[^a-z0-9_]", "", "_".join(said)) or "field"
    return f"{name}_value" if name in RESERVED else name if name[0].isalpha() else f"field_{name}"


def unit_in_name(column: str) -> Unit | None:
    """The unit that a name ends in or has in brackets: price_usd, "weight (kg)", duration_ms, "fat %"."""
    if sign := _SIGNS.search(column):
        return units()[sign[0]]
    if (ratio := _RATIO.search(column)) and ratio[0].casefold() in units():
        return units()[ratio[0].casefold()]  # g/km
    if (per := _PER.search(column)) is not None:  # a price per kg is no weight
        column = column[: per.start()]
    said = words_of(column)
    weak = table()["unit_only_after_a_number"]
    bracketed = set(words_of(column[column.find("(") :])) if "(" in column else set()
    for place, word in enumerate(said):
        last = place == len(said) - 1 and place > 0
        if (pair := " ".join(said[place : place + 2])) in units() and " " in pair:
            return units()[pair]
        if (
            word in units()
            and (word not in weak or word in bracketed)
            and (last or word in bracketed or len(said) == 1)
        ):
            return units()[word]
    if len(said) > 1 and said[-1] in weak and said[-1] in ("m", "s", "g", "l", "w", "in") and measure(column):
        return units()[said[-1]]
    return None


def label(column: str) -> str:
    """What people are shown: the words without the unit, "is", "has"; of a dotted name the last part."""
    if (per := _PER.search(column)) and "/" in per[0] and words_of(per[0])[-1] in units():
        column = column[: per.start()]
    elif (
        (rate := _RATED.search(column)) and rate["what"].casefold() in table()["per"] and column[: rate.start()].strip()
    ):
        column = column[: rate.start()]  # "Price/night", "fee per day"
    said = list(words_of(_NESTED.split(column)[-1]))
    if _NESTED.search(column) and len(said) == 1 and said[0] in ("name", "title", "value", "type", "id"):
        said = list(words_of(column.rsplit(".", 1)[0]))
    unit = unit_in_name(column)
    if unit is not None and len(said) > 1 and units().get(said[-1]) == unit:
        said = said[:-1]
    elif unit is not None and "/" in unit.name and len(said) > 2:
        said = said[: -len(fold(unit.name).split())]
    if len(said) > 1 and said[0] in ("is", "has", "are", "does", "was"):
        said = said[1:]
    if len(said) > 2 and said[0] in ("no", "nr", "num", "number") and said[1] == "of":
        said = said[2:]  # no_of_seats
    capitals = table()["acronyms"]
    return " ".join(word.upper() if word in capitals else word for word in said) or plain(column) or column


def quality(column: str) -> str:
    """The word by which a column is compared: "danceable" of danceability; "" where the name has none."""
    last = words_of(column)[-1:]
    found = (last[0].removesuffix(end) + instead for end, instead in table()["qualities"].items()
             if last and last[0].endswith(end) and len(last[0]) > len(end) + 1)  # fmt: skip
    return next(found, "")


def measure(column: str) -> Mapping[str, Any] | None:
    """What a number of that name measures; the last word decides first ("rating count" is a count)."""
    for word in reversed(words_of(column)):
        for entry in table()["measures"]:
            if word in entry["words"]:
                found: Mapping[str, Any] = entry
                return found
    return None


def of_dimension(dimension: str) -> Mapping[str, Any] | None:
    """What a number in such a unit measures, when its name does not say: an area is a size."""
    word = table()["dimensions"].get(dimension)
    return measure(word) if word is not None else None


def ends(columns: Sequence[str]) -> dict[str, str]:
    """Columns that are the two ends of a range, with a name that says so: salary.min is the "minimum salary"."""
    named = {words_of(name): name for name in columns}
    out: dict[str, str] = {}
    for low, high in table()["ends"]:
        for said, name in named.items():
            rest = said[1:] if said[:1] == (low,) else said[:-1] if said[-1:] == (low,) else ()
            other = named.get((high, *rest)) or named.get((*rest, high))
            if rest and other is not None:
                last = [word for word in words_of(_NESTED.split(name)[-1]) if word != low]
                what = " ".join(last or rest)
                out.setdefault(name, f"minimum {what}")
                out.setdefault(other, f"maximum {what}")
    return out


def synonyms(column: str) -> tuple[str, ...]:
    """Other words for a column: of the whole name, else of its last word; and that last word itself."""
    said, listed = label(column).split(), table()["synonyms"]
    found = [label(column), *listed.get(" ".join(said), ())]
    if said and len(found) == 1:
        found += listed.get(said[-1], ())
    vague = (*table()["vague_last_words"], "id", "name", "type", "value")
    if len(said) > 1 and said[-1] not in vague and len(said[-1]) > 1 and not said[-1].isdigit():
        kinds = ("size", "life", "class", "level", "category", "kind", "status")
        found.append(" ".join(said[:-1]) if said[-1] in kinds else said[-1])
    if len(said) > 1 and said[-1] in ("type", "style", "required", "included", "needed", "provided", "offered"):
        found.append(" ".join(said[:-1]))
    for one in tuple(found):
        if " " not in one and (single := singular(one)) != one:
            found.append(single)
    return tuple(dict.fromkeys(found))


def admitted(said: str) -> tuple[str, ...]:
    """ "dogs allowed" -> "dog friendly", "allows dogs" ...; empty for flags that admit nobody."""
    *head, last = said.split()
    for beginning in table()["admitting_before"]:  # "good with kids"
        if said.startswith(f"{beginning} "):
            *head, last = *said.removeprefix(f"{beginning} ").split(), "allowed"
    if said in table()["admitted_alone"]:
        head, last = [said], "allowed"
    if not head or last not in table()["admitting"]:
        return ()
    who = singular(head[-1])
    kinds = [(*head[:-1], one) for one in (who, *table()["admitted_kinds"].get(who, ()))]
    named = [(" ".join(one), " ".join((*one[:-1], plural(one[-1])))) for one in kinds]
    return tuple(form.format(one=one, all=several) for one, several in named for form in table()["admitted"])


def before_preposition(said: str) -> str | None:
    """ "toxic to pets" -> "toxic"; None without a preposition."""
    parts = said.split()
    at = next((place for place, word in enumerate(parts) if word in ("to", "for", "with", "in", "on")), 0)
    return " ".join(parts[:at]) or None


def nations(values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Other words for values that are countries or their adjectives: France and French. Empty for other columns."""
    adjectives: Mapping[str, Sequence[str]] = table()["nations"]
    countries: dict[str, str] = {}
    for country, listed in adjectives.items():
        for word in listed:
            countries.setdefault(word, country)
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        said = fold(value)
        if said in adjectives:
            found[value] = tuple(adjectives[said])
        elif countries.get(said, "turkey") != "turkey":  # a bird, too
            found[value] = (countries[said],)
    return found if len(found) >= max(2, len(values) / 3) else {}


def singular(word: str) -> str:
    """English plurals, roughly: categories -> category, dishes -> dish, films -> film."""
    if word in ("children", "people"):
        return {"children": "child", "people": "person"}[word]
    if word in ("series", "species") or word.endswith(("ss", "us", "is")):
        return word
    if word in ("movies", "cookies", "calories", "brownies", "pies", "ties", "hoodies", "selfies"):
        return word[:-1]
    for ending, instead in (("ies", "y"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("sses", "ss"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word


def plural(word: str) -> str:
    """And back."""
    if word in ("child", "person"):
        return {"child": "children", "person": "people"}[word]
    if word in table()["uncountable"] or word == "series":
        return word if word == "series" else word + "s"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "sh", "ch")) else "s")


def noun_of(name: str, columns: tuple[str, ...] = ()) -> str:
    """What one item is called: from the catalogue's name, else from columns such as book_title; "item" otherwise."""
    known, refused = table()["nouns"], table()["not_nouns"]
    for word in reversed([w for w in words_of(name) if w.isalpha() and w not in refused]):
        if word in known or singular(word) in known:
            return word if word in known else singular(word)
        if singular(word) != word and len(word) > 3:
            return singular(word)
    for column in columns:
        said = words_of(column)
        if len(said) == 2 and said[1] in ("title", "name", "id") and said[0] in known:
            return said[0]
        if len(said) == 1 and said[0].removesuffix("id") in known:
            return said[0].removesuffix("id")
    return "item"
