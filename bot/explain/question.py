"""Why the bot asks what it asks: what the answer is expected to tell, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.values import Claim, Evidence, Question, Reason
from bot.wording import number, percent, say
from retrieval.catalogue import Catalogue


@dataclass(frozen=True)
class Worth:
    """A question that stands, and what it was worth when it was chosen.

    `bits` are the expected information gain for whoever is not served by the list yet, `missed` the chance that they
    are not; `candidates` how many items the gain was counted over. `next` is the next best question's label and bits.
    """

    question: Question
    bits: float = 0.0
    missed: float = 0.0
    candidates: int = 0
    next: tuple[str, float] | None = None


def reasons(worth: Worth, catalogue: Catalogue) -> tuple[tuple[Reason, ...], tuple[Evidence, ...]]:
    """One reason, with the figures as evidence."""
    question = worth.question
    if not question.field and not question.pair:
        claim = Claim("asking.relax" if question.options and not question.field else "asking.titles", {})
        return (Reason(None, "asking", (claim,), (), 0.0),), ()
    slots = {"bits": f"{worth.bits:.2f}", "count": number(worth.candidates), "left": _left(worth)}
    if question.pair:
        titles = [catalogue.items[row].title for row in question.pair]
        slots |= {"first": titles[0], "second": titles[1]}
        claims = [Claim("asking.pair", slots, ("e1",))]
    else:
        slots["label"] = catalogue.schema.field(question.field).label
        claims = [Claim("asking.field", slots, ("e1",))]
    if worth.next is not None:
        claims.append(
            Claim(
                "asking.next",
                {"label": worth.next[0], "bits": slots["bits"], "next_bits": f"{worth.next[1]:.2f}"},
                ("e1",),
            )
        )
    claims.append(Claim("asking.missed", {"share": percent(worth.missed)}, ("e1",)))
    text = say(
        "evidence_gain", bits=slots["bits"], count=slots["count"], left=slots["left"], missed=percent(worth.missed)
    )
    return (Reason(None, "asking", tuple(claims), ("e1",), 0.0),), (Evidence("e1", "statistic", text, worth.missed),)


def _left(worth: Worth) -> str:
    """How many equally likely items are left, on average, once the answer is known: 2^-bits of them."""
    return number(max(1, round(worth.candidates * 2.0**-worth.bits)))
