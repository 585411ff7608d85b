"""Other questions about the list and what it rests on: "which would you pick?", "how are these sorted?", "what do you
base this on?", "who else liked it?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.understand.forms import Hide, matches, spelled_out
from bot.understand.reading import Context
from bot.values import Mention, Understanding
from retrieval.schema import Schema


@dataclass(frozen=True)
class OtherQuestions:
    """Reads them for one catalogue; `read` reads a wish, `items` the items that words name and nothing else."""

    schema: Schema
    read: Callable[[str, Context], Understanding]
    hide: Hide
    items: Callable[[str, Context], list[Mention] | None]

    def of(self, message: str, plain: str, context: Context) -> Understanding | None:
        """The message as such a question; None if it has no such form. `plain` is without the last sign."""
        if self._fits("known", plain):
            return Understanding(message, ("profile",))
        if context.shown and self._fits("pick", plain):
            return Understanding(message, ("why",), asked="pick")
        if context.shown and self._fits("order", plain):
            return Understanding(message, ("why",), asked="order")
        if context.shown and self._fits("considered", plain):
            return Understanding(message, ("why",), asked="considered")
        for found in self._found("wanting", plain):
            u = self.read(found["rest"], context)
            if (u.constraints or u.toward) and not (u.ignored or u.text or u.mentions):
                return replace(u, message=message)
        for found in self._found("who", plain):
            if (named := self._named(found["first"], context)) is not None:
                return Understanding(message, ("facts",), named)
        for found in self._found("compare", plain):
            sides = [self._named(found[side], context) for side in ("first", "second") if side in found]
            pair = [m for side in sides for m in side or ()]
            if None not in sides and len({m.items for m in pair}) == 2:
                return Understanding(message, ("compare",), tuple(pair))
        for found in self._found("grounds", plain) if context.shown else ():
            if re.fullmatch(self._forms("they")[0], found["first"], re.IGNORECASE):
                return Understanding(message, ("why",))
            if (named := self._named(found["first"], context)) is not None:
                return Understanding(message, ("why",), named)
        return None

    def _named(self, words: str, context: Context) -> tuple[Mention, ...] | None:
        found = self.items(words, context)
        return None if found is None else tuple(replace(m, sentiment="neutral", rating=None) for m in found)

    def _fits(self, kind: str, plain: str) -> bool:
        return next(self._found(kind, plain), None) is not None

    def _found(self, kind: str, plain: str) -> Iterator[dict[str, str]]:
        return matches(self._forms(kind), plain, self.hide)

    def _forms(self, kind: str) -> tuple[str, ...]:
        return spelled_out("others.en", self.schema)[kind]
