"""How much of what is said is supported: statements by the verifier, whose own errors the mutation test measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.values import Evidence, Reason
from bot.writer import Writer


@dataclass(frozen=True)
class Judged:
    """One text's statements: how many there are, and those that nothing supports."""

    statements: int
    unsupported: tuple[str, ...]


def judge(writer: Writer, text: str, reasons: Sequence[Reason], evidence: Sequence[Evidence] = ()) -> Judged:
    """Every sentence is a statement; one that no claim covers is unsupported."""
    verdict = writer.check(text, reasons, evidence)
    return Judged(verdict.statements, verdict.problems)


def groundedness(judged: Sequence[Judged]) -> float | None:
    """Supported statements over statements, as FActScore (Min et al., EMNLP 2023) counts atomic facts."""
    total = sum(one.statements for one in judged)
    return round(1 - sum(len(one.unsupported) for one in judged) / total, 4) if total else None
