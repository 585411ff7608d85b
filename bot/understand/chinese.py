"""A Chinese message -> the English that the reader knows, form by form and word by word, and what was not understood.

No translation: what `prompts/lexicon/zh.yaml` lacks is left out of what is read, and told to whoever said it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.understand.clean import clean
from bot.understand.numerals import figures
from retrieval.catalogue import Catalogue

LONGEST = 400  # characters that are read
_HAN = r"[\u4e00-\u9fff]"
_HELD = 0xE000  # private-use characters stand for the catalogue's own names while the rest is read


@dataclass(frozen=True)
class Gloss:
    """English for what was understood, and the stretches that were not."""

    text: str
    unread: tuple[str, ...]


def gloss(message: str, catalogue: Catalogue) -> Gloss:
    """What the message says in English. Names that the catalogue has in Chinese characters stay as they are."""
    lexicon = _lexicon()
    text = message[:LONGEST]
    held = [name for name in _names(catalogue) if name in text]
    for place, name in enumerate(held):
        text = text.replace(name, chr(_HELD + place))
    for mark, plain in lexicon.marks.items():
        text = text.replace(mark, plain)
    text = figures(_cleaned(text), lexicon.counters)
    for form, english in lexicon.forms:
        text = form.sub(english, text)
    text = lexicon.measured.sub(lambda found: f"{found[1]} {lexicon.units[found[2]]} ", text)
    text = re.sub(r"<([\w.]+)>#", lambda found: lexicon.numbers.get(found[1], found[1]), text)
    text = re.sub(r"<(\w+)>", lambda found: lexicon.ordinals.get(found[1], found[1]), text)
    unread: list[str] = []
    nouns = {"plural": catalogue.schema.plural, "noun": catalogue.schema.noun}
    text = re.sub(rf"{_HAN}+", lambda found: _words(found, lexicon, nouns, unread), text)
    for place, name in enumerate(held):
        text = text.replace(chr(_HELD + place), f" {name} ")
    text = re.sub(r"\s+([,.!?;])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;")
    return Gloss("" if re.fullmatch(r"[\s,.!?;:]*", text) else text, tuple(dict.fromkeys(unread)))


def _cleaned(text: str) -> str:
    """The message as any other is cleaned, but for the characters that hold names."""
    return "".join(part if ord(part[0]) >= _HELD else clean(part) or " " for part in _parts(text) if part)


def _parts(text: str) -> list[str]:
    return re.split("([\ue000-\uf8ff])", text)


def _words(run: re.Match[str], lexicon: _Lexicon, nouns: Mapping[str, str], unread: list[str]) -> str:
    """One stretch of characters, the longest word first at each place.

    Of whatever is not known the liking or the question is said all the same: it stays, as a title that nobody knows.
    """
    stretch = run[0]
    out: list[str] = []
    left = ""
    place = 0
    while place < len(stretch):
        found = next((w for n in range(lexicon.longest, 0, -1) if (w := stretch[place : place + n]) in lexicon.all), "")
        if found:
            unread += [left] if left else []
            left = ""
            if found in lexicon.words:
                out.append(lexicon.words[found].format(**nouns))
        else:
            left += stretch[place]
        place += len(found) or 1
    if left and not out and lexicon.needing.search(run.string[: run.start()]):
        return f" “{left}” "
    unread += [left] if left else []
    return f" {' '.join(out)} "


@dataclass(frozen=True)
class _Lexicon:
    forms: tuple[tuple[re.Pattern[str], str], ...]
    ordinals: Mapping[str, str]
    numbers: Mapping[str, str]
    words: Mapping[str, str]
    empty: frozenset[str]
    marks: Mapping[str, str]
    needing: re.Pattern[str]
    counters: tuple[str, ...]  # what stands behind a number
    units: Mapping[str, str]
    measured: re.Pattern[str]  # a figure and its unit

    @property
    def all(self) -> frozenset[str]:
        return self.empty | self.words.keys()

    @property
    def longest(self) -> int:
        return max(map(len, self.all))


@lru_cache
def _lexicon() -> _Lexicon:
    data: dict[str, Any] = yaml.safe_load(files("prompts").joinpath("lexicon", "zh.yaml").read_text(encoding="utf-8"))
    stretch = r"[^,.!?;，。！？；\n]+"
    units = f"(?:{'|'.join(sorted(data['units'], key=len, reverse=True))})"
    forms = tuple(
        (re.compile(form.replace("{x}", stretch).replace("{u}", units)), english) for form, english in data["forms"]
    )
    return _Lexicon(
        forms,
        data["ordinals"],
        data["numbers"],
        data["words"],
        frozenset(map(str, data["empty"])),
        data["marks"],
        re.compile(rf"\b(?:{'|'.join(data['needing'])})\s*$"),
        (*data["units"], *data["counters"]),
        data["units"],
        re.compile(rf"(\d)\s*({units})"),
    )


@lru_cache(maxsize=2)
def _names(catalogue: Catalogue) -> tuple[str, ...]:
    """Titles, values and other words for them that are written in Chinese characters, the longest first."""
    fields = catalogue.schema.fields
    said = [item.title for item in catalogue.items]
    said += [word for item in catalogue.items for word in item.aliases]
    for field in fields:
        said += [word for value, words in field.values.items() for word in (value, *words)]
        said += [field.label, *field.synonyms, *field.more, *field.less]
        if field.kind in ("category", "tags", "list"):
            said += [str(value) for value in catalogue.members(field.name)]
    return tuple(sorted({name for name in said if len(name) > 1 and re.search(_HAN, name)}, key=len, reverse=True))
