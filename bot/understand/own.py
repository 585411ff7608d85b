"""Questions about what the user did: "which did I rate highest?", "what did I give Heat?", "have I seen any of these?".
They ask for no list, and nothing in them is an opinion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.understand.forms import Hide, matches, spelled_out
from bot.understand.reading import Context
from bot.values import Deed, Inquiry, Mention, Own, Understanding
from retrieval.schema import Constraint, Schema

_OF_KINDS: Mapping[str, Own] = {
    "highest": "highest", "lowest": "lowest", "latest": "latest", "earliest": "earliest", "count": "count",
    "mean": "mean", "valued": "all", "some": "all",
}  # fmt: skip
_DEEDS: tuple[Deed, ...] = ("rated", "disliked", "liked", "seen")
_JOINS = re.compile(r"\s*(?:,|&|\band\b|\bor\b)\s*(?:and\b\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class OwnQuestions:
    """Reads them for one catalogue; `read` reads what stands inside them, `item` the item that words name."""

    schema: Schema
    read: Callable[[str, Context], Understanding]
    hide: Hide
    item: Callable[[str | None, Context], Mention | None]

    def of(self, message: str, plain: str, context: Context) -> Understanding | None:
        """The message as such a question; None if it has no such form. `plain` is without the last sign."""
        forms = spelled_out("own.en", self.schema)
        for name, own in _OF_KINDS.items():
            for found in matches(forms[name], plain, self.hide):
                if (asked := self._of_kind(found, own, context)) is not None:
                    return Understanding(message, ("profile",), asked="own", inquiry=asked)
        for found in matches((*forms["given"], *forms["asked"]), plain, self.hide):
            if (named := self.items(found["first"], context)) is not None:
                clear = tuple(m for m in named if len(m.items) < 2)  # of several, one that the user knows is meant
                asked = Inquiry(rows=tuple(r for m in named for r in m.items), own="given", deed=_deed(found))
                return Understanding(message, ("profile",), clear, asked="own", inquiry=asked)
        for found in matches(forms["all"], plain, self.hide):
            if (asked := self._of_kind(found, "all", context)) is not None:
                return Understanding(message, ("profile",), asked="own", inquiry=asked)
        return None

    def _of_kind(self, found: Mapping[str, str], own: Own, context: Context) -> Inquiry | None:
        """What is asked of all items, of those shown, or of a kind; None if the words for it are no kind."""
        these = "these" in found or "those" in found
        kind = self._kind(found.get("kind"))
        if kind is None or (these and not context.shown):
            return None
        value = float(found["value"]) if "value" in found else None
        return Inquiry(kind, rows=context.shown if these else (), own=own, deed=_deed(found), value=value)

    def _kind(self, words: str | None) -> tuple[Constraint, ...] | None:
        """The conditions that the words put on items; None if they say more, or other things."""
        things = spelled_out("own.en", self.schema)["things"][0]
        if words is None or re.fullmatch(things, words, re.IGNORECASE):
            return ()
        u = self.read(words, Context())
        if u.mentions or u.ignored or u.text or u.order or u.toward or u.relaxed:
            return None
        return tuple(replace(c, hard=True) for c in u.constraints) or None

    def items(self, words: str, context: Context) -> list[Mention] | None:
        """The items that the words name, and nothing else; one without rows for a title that there is not."""
        whole = self.item(words, context)
        ends = [0, *(end for found in _JOINS.finditer(self.hide(words)) for end in found.span()), len(words)]
        parts = [words[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True)]
        if len(parts) > 1 and (whole is None or whole.text != words):
            named = [self.item(part, context) for part in parts]
            return None if None in named else [m for m in named if m is not None]
        u = self.read(words, context)
        if u.constraints or u.toward or u.order or u.inquiry:  # "it if it was shorter"
            return None
        several = len({m.items for m in u.mentions}) > 1
        if several and all(m.reference and m.items for m in u.mentions):  # "the last two"
            return list(u.mentions)
        if whole is None and words[:1].isupper() and not u.mentions:
            return [Mention(words, ())]
        return None if several or whole is None else [whole]


def _deed(found: Mapping[str, str]) -> Deed:
    return next((deed for deed in _DEEDS if deed in found), "rated")
