"""Reason -> words. Sentences come one by one, and each is verified before anyone sees it."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Protocol, get_args

from bot.speaking import Language, language
from bot.values import Claim, Evidence, Reason
from bot.writer.decode import decode
from bot.writer.grammar import lark
from bot.writer.model import GrammarModel, LanguageModel, Limit, OutOfTime, Paraphraser, Stopped, TextModel
from bot.writer.phrases import Phrases, Variant, phrases
from bot.writer.trees import Tree, draw, thin
from bot.writer.verifier import Verdict, Verifier
from retrieval.errors import ModelError
from retrieval.schema import Schema

SECONDS = 3.0
OPTIONS = 6  # phrases of one claim that the model chooses between
QUESTION = 200  # characters of the question that a model is shown
log = logging.getLogger(__name__)


class HasSchema(Protocol):
    """What the writer needs of a catalogue."""

    @property
    def schema(self) -> Schema:
        """Words of the catalogue come from here."""


@dataclass(frozen=True)
class _Line:
    """One sentence to write: the claim, all ways of saying it, and the one that is used when all else fails."""

    claim: Claim
    tree: Tree
    fixed: str


class Writer:
    """Puts reasons into words, with a language model or without. Safe to share between threads.

    Every sentence is a phrase of the grammar or has passed the verifier; what a model does wrong or late is said in
    the deterministic phrase.
    """

    def __init__(
        self, model: LanguageModel | None, catalogue: HasSchema, seconds: float = SECONDS, seed: int = 0
    ) -> None:
        """`seconds` is the most that one explanation may take; equal seeds and questions get equal words."""
        self._model = model
        self._schema = catalogue.schema
        self._seconds = seconds
        self._seed = seed
        self._verifiers = {name: Verifier(catalogue.schema, name) for name in get_args(Language)}

    @property
    def _phrases(self) -> Phrases:
        return phrases(language())

    @property
    def _verifier(self) -> Verifier:
        return self._verifiers[language()]

    def warm(self) -> None:
        """Begin to load the model, without waiting."""
        if self._model is not None:
            self._model.warm()

    def phrase(self, claim: Claim, variant: Variant = "first") -> str:
        """The deterministic phrase of one claim."""
        return self._phrases.fixed(claim, self._schema, variant)

    def knows(self, kind: str) -> bool:
        """Whether there are phrases for claims of this kind."""
        return kind in self._phrases.families

    def can_say(self, claim: Claim) -> bool:
        """Whether the grammar has a phrase that needs no more than the claim's slots."""
        return self._phrases.sayable(claim, self._schema)

    def reason_text(self, reason: Reason) -> str:
        """The deterministic sentences of a reason."""
        return " ".join(
            self._phrases.fixed(claim, self._schema, named=place > 0) for place, claim in enumerate(reason.claims)
        )

    def card(self, reason: Reason) -> str:
        """A few words for an item's card: the first claim, without a full stop."""
        return self.phrase(reason.claims[0], "card") if reason.claims else ""

    def line(self, reason: Reason, tone: str = "", after: str = "") -> str:
        """The first thing that a reason says of an item whose title stands before it; equal reasons get equal words.

        `after` is what was said before: of several ways, one with another beginning.
        """
        claim = reason.claims[0]
        tree = self._phrases.tree(claim, self._schema, named=True, tone=tone)
        rng = random.Random(f"{self._seed}|{claim}")
        ways = [draw(tree, rng) for _ in range(OPTIONS)]
        return next((way for way in ways if way.split()[:2] != after.split()[:2]), ways[0])

    def lead(self, reasons: Sequence[Reason]) -> str:
        """The deterministic opening sentence: the weightiest reason's first claim; "" without reasons."""
        best = max((r for r in reasons if r.claims), key=lambda r: abs(r.weight), default=None)
        return self.phrase(best.claims[0], "lead") if best else ""

    def verify(self, text: str, reasons: Sequence[Reason], evidence: Sequence[Evidence] = ()) -> bool:
        """Whether `text` says nothing but what the reasons claim."""
        return self.check(text, reasons, evidence).supported

    def check(self, text: str, reasons: Sequence[Reason], evidence: Sequence[Evidence] = ()) -> Verdict:
        """The same with what is wrong."""
        return self._verifier.verify(text, reasons, evidence)

    def write(
        self,
        reasons: Sequence[Reason],
        evidence: Sequence[Evidence] = (),
        question: str = "",
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
        tone: str = "",
        named: str = "",
    ) -> Iterator[str]:
        """One verified sentence per claim, in order. The first comes at once, without the model.

        `named`: the title that stands before the text, if the text may go on with a pronoun.
        After `deadline_s` the rest is said in deterministic phrases; when `cancel` is set the text just ends.
        """
        limit = Limit.seconds(self._seconds if deadline_s is None else deadline_s, cancel)
        rng = random.Random(f"{self._seed}|{question}|{[claim for reason in reasons for claim in reason.claims]}")
        lines = self._lines(reasons, rng, tone, named)
        if not lines:
            return
        opening = draw(lines[0].tree, rng)
        yield opening if self._supported(opening, lines[0], evidence) else lines[0].fixed
        written = self._written(lines[1:], opening, question, limit, rng, tone)
        for line in lines[1:]:
            sentence = next(written, "")
            if limit.cancel.is_set():
                return
            yield sentence if sentence and self._supported(sentence, line, evidence) else line.fixed

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lines(self, reasons: Sequence[Reason], rng: random.Random, tone: str, before: str) -> list[_Line]:
        """What to say, each with the few phrases that are offered to the model; openings do not repeat."""
        lines: list[_Line] = []
        named = {before}
        for reason in reasons:
            for claim in reason.claims:
                title = claim.slots.get("title", "")
                known = bool(title) and title in named
                last = lines[-1].claim if lines else None
                tree = self._phrases.tree(claim, self._schema, named=known, after=last, tone=tone)
                fixed = self._phrases.fixed(claim, self._schema, named=known)
                lines.append(_Line(claim, thin(tree, OPTIONS, rng), fixed))
                named.add(title)
        return lines

    def _supported(self, sentence: str, line: _Line, evidence: Sequence[Evidence]) -> bool:
        cited = [piece for piece in evidence if piece.id in line.claim.evidence]
        verdict = self._verifier.verify(sentence, [Reason(None, "popular", (line.claim,), (), 0.0)], cited)
        if not verdict.supported:
            log.warning("not supported: %s", verdict.problems)
        return verdict.supported

    def _written(
        self, lines: Sequence[_Line], said: str, question: str, limit: Limit, rng: random.Random, tone: str
    ) -> Iterator[str]:
        """The model's sentences ("" for one it left out), until it fails; without a model phrases drawn at random."""
        model, question = self._model if language() == "en" else None, question[:QUESTION]  # it writes English only
        if not lines:
            return
        try:
            if isinstance(model, GrammarModel):
                yield from self._chosen(model, lines, said, question, limit, rng)
            elif isinstance(model, TextModel):
                yield from self._free(model, lines, question, limit)
            elif isinstance(model, Paraphraser):
                yield from self._best(model, lines, limit, rng, tone)
            else:
                for line in lines:
                    yield draw(line.tree, rng)
        except ModelError as error:
            log.warning("%s", error)
        except OutOfTime:
            log.info("out of time after %d characters", len(said))
        except Stopped:
            return

    def _chosen(
        self, model: GrammarModel, lines: Sequence[_Line], said: str, question: str, limit: Limit, rng: random.Random
    ) -> Iterator[str]:
        """A model that chooses its way through the phrase grammar.

        It is taken anew for each sentence, so that two people who ask at once are answered in turns; its cache makes
        going on where one was cost nothing when nobody came between.
        """
        system = _prompt("grammar.en.txt")
        for line in lines:
            with model.session(limit) as stepper:
                stepper.begin(system, question, said)
                sentence = decode(stepper, lark([line.tree]), limit, rng)
            said += sentence
            yield sentence.strip()

    def _best(
        self, model: Paraphraser, lines: Sequence[_Line], limit: Limit, rng: random.Random, tone: str
    ) -> Iterator[str]:
        """Of a model's ways of saying each claim the first that the verifier accepts, else one of the grammar's."""
        for line in lines:
            reason = Reason(None, "popular", (line.claim,), (), 0.0)
            ways = model.ways(line.fixed, tone, limit, rng)
            yield next((way for way in ways if way and self.verify(way, [reason])), "") or draw(line.tree, rng)

    def _free(self, model: TextModel, lines: Sequence[_Line], question: str, limit: Limit) -> Iterator[str]:
        """A model that writes as it likes, a numbered line per claim; whoever asked verifies each."""
        facts = "\n".join(f"{number}. {line.fixed}" for number, line in enumerate(lines, 1))
        user = f"<question>{question.replace('<', '‹').replace('>', '›')}</question>\n<facts>\n{facts}\n</facts>"
        text, done = "", 0
        for piece in chain(model.stream(_prompt("free.en.txt"), user, limit), ["\n"]):
            *whole, text = (text + piece).split("\n")
            for number, sentence in _numbered(whole):
                if done < number <= len(lines):
                    yield from [""] * (number - done - 1)
                    yield sentence
                    done = number


def _numbered(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        if found := re.match(r"\s*(\d+)[.)]\s+(\S.*)", line):
            yield int(found[1]), found[2].strip()


@lru_cache
def _prompt(name: str) -> str:
    return files("prompts").joinpath("writer", name).read_text(encoding="utf-8").strip()
