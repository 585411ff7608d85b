"""A reply before it is written, and how it is streamed and checked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.values import Evidence, Question, Reason
from bot.writer import Writer


@dataclass(frozen=True)
class Parts:
    """A reply before it is written: `narrated` reasons become sentences of their own, one by one."""

    lead: str = ""
    lines: tuple[str, ...] = ()
    narrated: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    question: Question | None = None
    reasons: tuple[Reason, ...] = ()
    cards: tuple[tuple[str, Reason], ...] = ()  # the short phrases on the lines, each with what it says
    counted: tuple[str, ...] = ()  # what the frame states of the catalogue or the user, as evidence
    tone: str = ""  # of the sentences: one of the phrase grammar's
    named: str = ""  # the title that the lead ends with: the sentences may go on with a pronoun

    def before(self) -> str:
        """What is said at once."""
        return "\n".join(filter(None, [self.lead, *([""] if self.lead and self.lines else []), *self.lines]))

    def after(self) -> str:
        """What follows the reasons."""
        asked = [self.question.text] if self.question else []
        return "".join(f"\n\n{text}" for text in (" ".join(self.notes), *asked) if text)

    def deterministic(self) -> str:
        """The whole reply without a language model."""
        told = " ".join(reason.text for reason in self.narrated)
        return (self.before() + (self.gap() + told if told else "") + self.after()).strip()

    def gap(self) -> str:
        """What stands between the frame and the first sentence: a table needs a paragraph to end."""
        return "\n\n" if self.lines else " "


def pieces(
    parts: Parts, evidence: Sequence[Evidence], writer: Writer, message: str, cancel: threading.Event
) -> Iterator[str]:
    """The reply as it is streamed: the lead at once, then each sentence, then the notes and the question."""
    yield parts.before()
    gap = parts.gap()
    for sentence in writer.write(parts.narrated, evidence, message, cancel, tone=parts.tone, named=parts.named):
        yield f"{gap}{sentence}"
        gap = " "
    yield parts.after()


def supported(parts: Parts, text: str, evidence: Sequence[Evidence], writer: Writer) -> bool:
    """Whether every reason that the reply gives says nothing but its claims.

    The frame around the reasons is filled from the catalogue itself and is not read again.
    """
    told = text.removeprefix(parts.before().strip()).removesuffix(parts.after().strip()).strip()
    return all(writer.verify(card, (reason,), evidence) for card, reason in parts.cards) and (
        not parts.narrated or writer.verify(told, parts.narrated, evidence)
    )
