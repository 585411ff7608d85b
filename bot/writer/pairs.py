"""Pairs that a writer is fine-tuned on: a fact as a model is given it, and verified text that says it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from bot.values import Claim, Reason
from bot.writer.phrases import TONES, phrases
from bot.writer.trees import draw
from bot.writer.verifier import Verifier
from retrieval.schema import Schema

LANGUAGE = "en"  # what the bundled model writes
BEGUN = "1."  # how an answer begins: the number of its fact
_ANY = "any"
_DRAWS = 4  # tries for a sentence that differs from the fact and is short enough


@dataclass(frozen=True)
class Pair:
    """A request and the answer to learn, which goes on from `BEGUN`."""

    user: str
    answer: str


@lru_cache
def instructions() -> str:
    """What the fine-tuned writer is told before each fact. Short: it has learned what to do."""
    return files("prompts").joinpath("writer", "fine_tuned.en.txt").read_text(encoding="utf-8").strip()


def request(fact: str, tone: str) -> str:
    """The fact as the free writer's prompt gives it, and the tone that is wanted ("" for any)."""
    return f"<tone>{tone or _ANY}</tone>\n<facts>\n{BEGUN} {fact}\n</facts>"


def pairs(
    reasons: Sequence[Reason], schema: Schema, count: int, fits: Callable[[str], bool], seed: int
) -> tuple[Pair, ...]:
    """At most `count` pairs on the claims of `reasons`, drawn with `seed`, kinds of claim by turns.

    The answer is a sentence of the phrase grammar, in any tone, that `fits` (is short enough), passes the verifier and
    is not the fact itself, as far as one is found in a few draws. Equal arguments give equal pairs.
    """
    rng = random.Random(f"pairs|{seed}")
    verifier = Verifier(schema, LANGUAGE)
    kinds: dict[str, dict[tuple[tuple[str, str], ...], Claim]] = {}
    for claim in (claim for reason in reasons for claim in reason.claims):  # one said twice is learned once
        kinds.setdefault(claim.kind, {})[tuple(sorted(claim.slots.items()))] = claim
    drawn = [list(claims.values()) for claims in kinds.values()]
    for claims in drawn:
        rng.shuffle(claims)
    found: dict[Pair, None] = {}
    while len(found) < count and any(drawn):
        for claims in drawn:
            if claims and len(found) < count and (pair := _pair(claims.pop(), schema, verifier, fits, rng)):
                found[pair] = None
    return tuple(found)


def _pair(
    claim: Claim, schema: Schema, verifier: Verifier, fits: Callable[[str], bool], rng: random.Random
) -> Pair | None:
    grammar, named = phrases(LANGUAGE), rng.random() < 0.5
    tone = rng.choice(("", *TONES))
    fact = grammar.fixed(claim, schema, named=named)
    tree = grammar.tree(claim, schema, named=named, tone=tone)
    reason = Reason(None, "popular", (claim,), (), 0.0)
    for _ in range(_DRAWS):
        text = draw(tree, rng)
        if text != fact and fits(text) and verifier.verify(text, [reason]).supported:
            return Pair(request(fact, tone), text)
    return None
