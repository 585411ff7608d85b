"""Questions about the conditions in force: "must it be a thriller?", "what am I filtering by?". Nothing in them is a
wish."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.understand.forms import Hide, forms, matches, spelled_out
from bot.understand.reading import Context
from bot.values import Inquiry, Understanding
from retrieval.schema import Constraint, Schema


@dataclass(frozen=True)
class InForceQuestions:
    """Reads them for one catalogue; `read` reads what stands inside them."""

    schema: Schema
    read: Callable[[str, Context], Understanding]
    hide: Hide

    def of(self, message: str, plain: str, context: Context) -> Understanding | None:
        """The message as such a question; None if it has no such form. `plain` is without the last sign."""
        asked = self._asked(plain)
        if asked is not None:
            return Understanding(message, ("profile",), asked="in_force", inquiry=asked)
        only = self._conditions("only", plain)
        if {c.field for c in only} & {c.field for c in context.constraints}:
            return Understanding(message, ("why", "profile"), asked="in_force", inquiry=Inquiry(only))
        return None

    def _asked(self, plain: str) -> Inquiry | None:
        """What is asked: all conditions, those on a field, or whether some are in force."""
        if next(self._found("standing", plain), None) is not None:
            return Inquiry()
        for found in self._found("limited", plain):
            if field := self._field(found["field"]):
                return Inquiry(field=field)
        conditions = self._conditions("barred", plain, forms("in_force.en")["refusing"])
        conditions = conditions or self._conditions("must", plain)
        return Inquiry(conditions) if conditions else None

    def _found(self, kind: str, plain: str) -> Iterator[dict[str, str]]:
        told = spelled_out("in_force.en", self.schema)
        return matches(told[kind], plain, self.hide)

    def _conditions(self, kind: str, plain: str, refusing: str = "") -> tuple[Constraint, ...]:
        """The conditions that a form of this kind asks about; () where its words say more, or other things."""
        for found in self._found(kind, plain):
            for before in (refusing, forms("in_force.en")["whatever"] + refusing):
                u = self.read(before + found["rest"], Context())
                other = u.mentions or u.ignored or u.text or u.order or u.relaxed or u.inquiry
                if u.constraints and not other:
                    return tuple(replace(c, hard=True) for c in u.constraints)
        return ()

    def _field(self, words: str) -> str:
        """The field that the words name; "" if they name none."""
        for field in self.schema.fields:
            names = (field.name.replace("_", " "), field.label, *field.synonyms)
            if any(re.fullmatch(rf"{re.escape(name)}s?", words, re.IGNORECASE) for name in names):
                return field.name
        return ""
