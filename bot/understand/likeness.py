"""Questions about likeness: "which of these is most like Heat?", "which is closest to what I liked?". They ask for no
list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.understand.forms import Hide, matches, spelled_out
from bot.understand.reading import Context
from bot.values import Asked, Inquiry, Mention, Understanding
from retrieval.schema import Schema

_KINDS: tuple[Asked, ...] = ("likest", "unlikest")


@dataclass(frozen=True)
class LikenessQuestions:
    """Reads them for one catalogue; `items` reads the items that words name and nothing else."""

    schema: Schema
    hide: Hide
    items: Callable[[str, Context], list[Mention] | None]

    def of(self, message: str, plain: str, context: Context) -> Understanding | None:
        """The message as such a question, its mentions what is compared with and its rows the items to choose from;
        None if it has no such form. `plain` is without the last sign."""
        for asked in _KINDS:
            for found in matches(self._forms[asked], plain, self.hide):
                if (u := self._read(message, found, asked, context)) is not None:
                    return u
        for found in matches(self._forms["pair"], plain, self.hide):
            u = self._read(message, found, "likest", context)
            if u is not None and u.inquiry is not None and len(u.inquiry.rows) == 1:
                return u
        return None

    def _read(self, message: str, found: Mapping[str, str], asked: Asked, context: Context) -> Understanding | None:
        """None where the words for what is compared name something else, or nothing is there to choose from."""
        if re.fullmatch(self._forms["taste"][0], found["first"], re.IGNORECASE):
            mentions: list[Mention] | None = []
        else:
            mentions = self.items(found["first"], context)
        sides = [self.items(found[side], context) for side in ("second", "third") if side in found]
        if mentions is None or any(side is None or any(len(m.items) != 1 for m in side) for side in sides):
            return None
        rows = tuple(m.items[0] for side in sides for m in side or ()) if sides else context.shown
        if not rows:
            return None
        neutral = tuple(replace(m, sentiment="neutral", rating=None) for m in mentions)
        return Understanding(message, ("compare",), neutral, asked=asked, inquiry=Inquiry(rows=rows))

    @property
    def _forms(self) -> Mapping[str, tuple[str, ...]]:
        return spelled_out("likeness.en", self.schema)
