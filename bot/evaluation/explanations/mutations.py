"""The test of the verifier: true sentences are changed so that they are no longer true, and have to be refused.

Written apart from `bot.writer.verifier`: of the writer only the phrases are used, to have true sentences.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from bot.values import Claim, Evidence, Reason
from bot.writer import Writer
from bot.writer.phrases import VARIANTS, phrases
from bot.writer.trees import draw
from retrieval.catalogue import Catalogue

DRAWN = 2  # sentences of each claim
_TITLES = ("title", "other", "cause", "titles", "first", "second")
_VALUES = ("value", "other_value", "asked", "conditions", "label")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?!\w)")
_MONTH = re.compile(r"\b([A-Z][a-z]{2,8}) (\d{4})\b")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What one answer may say: its reasons and its evidence, and what a model really wrote of them ("" if nothing)."""

    reasons: tuple[Reason, ...]
    evidence: tuple[Evidence, ...]
    text: str = ""


@dataclass(frozen=True)
class Tested:
    """Sentences given to the verifier: what was changed in each ("" for nothing), and whether it was accepted."""

    change: str
    text: str
    accepted: bool


def tried(writer: Writer, catalogue: Catalogue, answers: Sequence[Told], seed: int = 0) -> list[Tested]:
    """Every true sentence of these answers, and every change of it."""
    rng = random.Random(seed)
    pool = Pool.of(catalogue)
    out: list[Tested] = []
    seen: set[str] = set()
    for told in answers:
        accepted = False
        for sentence, claim in (*_sentences(told, catalogue, rng), *([(told.text, None)] if told.text else [])):
            if sentence in seen:
                continue
            seen.add(sentence)
            out.append(Tested("", sentence, writer.verify(sentence, told.reasons, told.evidence)))
            if not out[-1].accepted:
                continue
            accepted = True
            for change, mutant in mutants(sentence, claim, told, pool, rng):
                out.append(Tested(change, mutant, writer.verify(mutant, told.reasons, told.evidence)))
        for change, lie in lies(told, catalogue) if accepted else ():
            if lie not in seen:
                seen.add(lie)
                out.append(Tested(change, lie, writer.verify(lie, told.reasons, told.evidence)))
    return out


def figures(tested: Sequence[Tested]) -> dict[str, Any]:
    """recall: refused mutants over mutants; precision: over all that is refused, the part that was really changed."""
    changed = [one for one in tested if one.change]
    refused = sum(not one.accepted for one in changed)
    wrongly = sum(not one.accepted for one in tested if not one.change)
    missed = Counter(one.change for one in changed if one.accepted)
    return {
        "precision": round(refused / (refused + wrongly), 4) if refused + wrongly else None,
        "recall": round(refused / len(changed), 4) if changed else None,
        "mutations": len(changed),
        "true_sentences": len(tested) - len(changed),
        "true_refused": wrongly,
        "examples": {
            "missed": [f"{one.change}: {one.text}" for one in changed if one.accepted][:20],
            "refused": [one.text for one in tested if not one.change and not one.accepted][:20],
        },
        "by_change": {
            change: {"mutations": count, "missed": missed[change]}
            for change, count in sorted(Counter(one.change for one in changed).items())
        },
    }


# -- true sentences ----------------------------------------------------------------------------------------------------


def _sentences(told: Told, catalogue: Catalogue, rng: random.Random) -> Iterator[tuple[str, Claim]]:
    """What the phrases and a free hand make of each claim."""
    grammar, schema = phrases(), catalogue.schema
    for reason in told.reasons:
        for place, claim in enumerate(reason.claims):
            for variant in VARIANTS:
                yield grammar.fixed(claim, schema, variant), claim
            after = reason.claims[place - 1] if place else None
            for named in (False, True):
                for _ in range(DRAWN):
                    yield draw(grammar.tree(claim, schema, named=named, after=after), rng), claim
            slots = grammar.slots(claim, schema)
            for text in _words()["paraphrases"].get(claim.kind, ()):
                if all(slots.get(name) for name in re.findall(r"\{(\w+)\}", text)):
                    yield text.format(**slots), claim


# -- what a free hand says wrongly -------------------------------------------------------------------------------------

_KNOWN = ("already_seen", "disliked")  # of such an item it is true that something was done with it


def lies(told: Told, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """(what is wrong, a sentence with a claim's own values that is false or no sentence)."""
    if any(reason.kind in _KNOWN for reason in told.reasons):
        return
    for claim in (claim for reason in told.reasons for claim in reason.claims):
        slots = phrases().slots(claim, catalogue.schema)
        if slots.get("other") == slots.get("title"):  # a remake that bears the same name
            continue
        of_kind = [kind for kind in _words()["lies"] if claim.kind == kind or claim.kind.startswith(f"{kind}.")]
        for wrong, texts in _words()["lies"][max(of_kind, key=len)].items() if of_kind else ():
            for text in texts:
                if all(slots.get(name) for name in re.findall(r"\{(\w+)\}", text)):
                    yield wrong, text.format(**slots)


# -- changes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pool:
    """Titles and values of the catalogue, to put in the place of others."""

    titles: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Pool:
        """All that may be named: values that are no everyday word in lower case."""
        values: set[str] = set()
        for field in catalogue.schema.fields:
            if field.kind in ("category", "tags", "list"):
                values |= {str(value) for value in catalogue.members(field.name)}
        return cls(tuple(sorted({item.title for item in catalogue.items})), tuple(sorted(values)))


def mutants(
    sentence: str, claim: Claim | None, told: Told, pool: Pool, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """(what was changed, the sentence no longer true). What it says instead is said nowhere in the answer."""
    known = " | ".join(str(value) for r in told.reasons for c in r.claims for value in c.slots.values())
    known += " | " + " | ".join((*(p.text for p in told.evidence), *(p.title for p in told.evidence)))
    if claim is not None:
        yield from _exchanged(sentence, claim)
        yield from _renamed(sentence, claim, known, pool, rng)
    yield from _numbers(sentence, known, claim)
    yield from _dates(sentence, known)
    for change in ("polarity", "direction", "order", "negation"):
        for one, other in _words()[change]:
            for old, new in ((one, other), (other, one)):
                if _has(sentence, old) and not (old in new and _has(sentence, new)):
                    yield change, re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, sentence, count=1)  # noqa: B023
    yield from _caused(sentence, told, known, pool, rng)


def _exchanged(sentence: str, claim: Claim) -> Iterator[tuple[str, str]]:
    """Cause and effect, or the two that are compared, change places."""
    for one, other in (("title", "other"), ("other", "cause"), ("title", "cause"), ("value", "other_value"),
                       ("first", "second"), ("bits", "next_bits"), ("stayed", "total")):  # fmt: skip
        first, second = str(claim.slots.get(one, "")), str(claim.slots.get(other, ""))
        if not first or not second or first == second or first in second or second in first:
            continue
        if _has(sentence, first) and _has(sentence, second) and not _symmetric(claim, one):
            swapped = _put(_put(_put(sentence, first, "\0"), second, first), "\0", second)
            yield "exchange", swapped


def _symmetric(claim: Claim, slot: str) -> bool:
    """Whether the order does not matter: two that are level, or pull in different directions."""
    return claim.kind in ("compare.even", "compare.spread", "asking.pair") and slot in ("title", "first")


def _renamed(sentence: str, claim: Claim, known: str, pool: Pool, rng: random.Random) -> Iterator[tuple[str, str]]:
    for name in _TITLES:
        text = str(claim.slots.get(name, ""))
        for title in re.split(r", | and ", text) if name == "titles" and not _has(sentence, text) else [text]:
            new = _other(pool.titles, known, rng)
            if title and new and _has(sentence, title) and title not in new:
                yield "title", _put(sentence, title, new)
    for name in _VALUES:
        text, new = str(claim.slots.get(name, "")), _other(pool.values, known, rng)
        if text and new and _has(sentence, text) and not _NUMBER.fullmatch(text):
            yield "value", _put(sentence, text, new)


def _numbers(sentence: str, known: str, claim: Claim | None) -> Iterator[tuple[str, str]]:
    """Each number but those of titles becomes one that stands nowhere in the answer."""
    titles = [str(claim.slots.get(name, "")) for name in _TITLES] if claim is not None else []
    spans = [m.span() for t in titles if t for m in re.finditer(re.escape(t), sentence)]
    taken = set(_NUMBER.findall(known))
    for found in list(_NUMBER.finditer(sentence))[:4]:
        if any(start <= found.start() < end for start, end in spans):
            continue
        value = float(found[0].replace(",", ""))
        for new in (value + 1, value - 1, value + 2.5, value * 10 + 3, value + 37):
            text = f"{new:,.0f}" if "," in found[0] else f"{new:g}" if new < 1e6 else f"{new:.0f}"
            if new >= 0 and text not in taken:
                unit = sentence[found.end() : found.end() + 8].split()[:1]
                kind = "share" if unit == ["%"] else "year" if 1800 < value < 2100 and "," not in found[0] else "number"
                yield kind, sentence[: found.start()] + text + sentence[found.end() :]
                break


def _dates(sentence: str, known: str) -> Iterator[tuple[str, str]]:
    for found in _MONTH.finditer(sentence):
        if found[1] in MONTHS:
            for step in range(1, 12):
                new = f"{MONTHS[(MONTHS.index(found[1]) + step) % 12]} {found[2]}"
                if new not in known:
                    yield "date", sentence.replace(found[0], new, 1)
                    break


def _caused(sentence: str, told: Told, known: str, pool: Pool, rng: random.Random) -> Iterator[tuple[str, str]]:
    """A cause is added that the answer does not give."""
    kinds = [claim.kind for reason in told.reasons for claim in reason.claims]
    options = [*_words()["cause"]]
    for cause, unless in _words()["cause_unless"]:
        if not any(kind.startswith(prefix) for kind in kinds for prefix in unless):
            options.append(cause)
    names = {"other_title": _other(pool.titles, known, rng), "other_value": _other(pool.values, known, rng)}
    cause = rng.choice(options)
    if all(names[name] for name in re.findall(r"\{(\w+)\}", cause)):
        yield "cause", sentence.rstrip(".") + cause.format(**names) + "."


def _other(options: Sequence[str], known: str, rng: random.Random) -> str:
    """One of the options that the answer does not name; "" if there is none."""
    for _ in range(20):
        if options and not _has(known, option := rng.choice(options)) and len(option) > 3:
            return option
    return ""


def _has(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _put(text: str, old: str, new: str) -> str:
    pattern = rf"(?<!\w){re.escape(old)}(?!\w)" if old != "\0" else "\0"
    return re.sub(pattern, lambda _: new, text, count=1)


@lru_cache
def _words() -> Mapping[str, Any]:
    text = files("prompts").joinpath("writer", "mutations.en.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found
