"""The control that most systems ship: a language model is told the item and the history, and writes what it likes."""

from __future__ import annotations

import random
import re
import time
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.writer.decode import decode
from bot.writer.model import GrammarModel, LanguageModel, Limit, TextModel
from retrieval.errors import UsageError

if TYPE_CHECKING:
    from bot.evaluation.explanations.explainers import Subject

TOLD = 12  # events of the history that the model is told, the strongest first
PROSE = r"start: TEXT" + "\n" + r"TEXT: /[A-Z][^\n<>|*#]{20,220}[.]/"


class Freely:
    """Any language model, without a grammar of ours and without a verifier behind it."""

    def __init__(self, model: LanguageModel, seconds: float) -> None:
        self._model, self._seconds = model, seconds

    def write(self, about: Subject) -> tuple[str, float]:
        """The text, and the seconds to its first word. OutOfTime and ModelError as the model has them."""
        limit, start = Limit.seconds(self._seconds), time.perf_counter()
        system, user = _prompt(), self._facts(about)
        if isinstance(self._model, TextModel):
            text, first = "", 0.0
            for piece in self._model.stream(system, user, limit):
                first = first or time.perf_counter() - start
                text += piece
            return " ".join(text.split()), first
        if not isinstance(self._model, GrammarModel):
            raise UsageError(f"{self._model.name!r} can neither write freely nor under a grammar; use another model.")
        with self._model.session(limit) as stepper:
            stepper.begin(system, user, "")
            text = decode(stepper, PROSE, limit, random.Random(about.title), temperature=0.7)
        spent = time.perf_counter() - start
        return text, spent / max(len(text.split()), 1)

    def _facts(self, about: Subject) -> str:
        events = sorted(about.trial.history.events, key=lambda e: (-abs(e.strength), -e.time))[:TOLD]
        catalogue = about.recommender.catalogue
        unit = catalogue.schema.rating_unit
        lines = []
        for event in events:
            title = catalogue.items[event.item].title
            lines.append(f"- {title}" if event.value is None else f"- {title}: {event.value:g} {unit}")
        told = "\n".join(re.sub(r"[<>]", "", line) for line in lines)
        item = f"Recommended {catalogue.schema.noun}: {about.title}"
        return f"<facts>\n{item}\nThe person's history:\n{told}\n</facts>\nWhy {about.title}?"


@lru_cache
def _prompt() -> str:
    return files("prompts").joinpath("writer", "control.en.txt").read_text(encoding="utf-8").strip()
