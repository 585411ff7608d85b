"""The fine-tuned writer: the bundled model with an adapter, which says one fact at a time in its own words."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bot.writer import adapters
from bot.writer.decode import drawn
from bot.writer.local import BUNDLED, LocalModel, convert_bundled
from bot.writer.model import Limit, Paraphraser, Stepper
from bot.writer.pairs import BEGUN, instructions, request

TRIES = 3  # sentences per fact, until one passes the verifier
LONGEST = 80  # tokens of one sentence
TEMPERATURE = 0.7


class FineTuned(Paraphraser):
    """A local model that writes freely, after `instructions`, one sentence per fact."""

    def __init__(self, model: LocalModel, system: str, tries: int = TRIES) -> None:
        """`system` is what the model is told first, `tries` the most sentences per fact."""
        self.name = model.name
        self._model = model
        self._system = system
        self._tries = tries

    def warm(self) -> None:
        """Begin to load in the background."""
        self._model.warm()

    def ways(self, fact: str, tone: str, limit: Limit, rng: random.Random) -> Iterator[str]:
        """See Paraphraser. The model is taken anew for each, so that people who ask at once are served in turns."""
        for _ in range(self._tries):
            with self._model.session(limit) as stepper:
                stepper.begin(self._system, request(fact, tone), BEGUN)
                text = sentence(stepper, limit, rng)
            yield text


def sentence(stepper: Stepper, limit: Limit, rng: random.Random, temperature: float = TEMPERATURE) -> str:
    """One line, drawn token by token from the whole vocabulary; cut off after LONGEST tokens."""
    every = np.arange(stepper.tokenizer.vocab_size, dtype=np.int64)
    ends = {stepper.tokenizer.eos_token, *getattr(stepper.tokenizer, "eos_tokens", [])}
    written: list[int] = []
    text = ""
    while len(written) < LONGEST and "\n" not in text:
        limit.check()
        token = drawn(stepper.scores(every), every, rng, temperature)
        if token in ends:
            break
        stepper.append([token])
        written.append(token)
        text = str(stepper.tokenizer.decode_str(written)).lstrip()
    return text.partition("\n")[0].strip()


def fine_tuned(models: Path, threads: int = 1) -> FineTuned:
    """The writer that `because train --writer` made, not yet loaded. UsageError without one, MissingPackage."""
    adapters.needs_peft()
    adapters.live(models)

    def prepare() -> None:
        convert_bundled(models)
        adapters.fitting(models)

    local = LocalModel(
        "fine-tuned", models / BUNDLED, threads=threads, prepare=prepare, adapt=lambda model: _merged(model, models)
    )
    return FineTuned(local, instructions())


def _merged(model: Any, models: Path) -> Any:
    """The model with the adapter added to its weights, so that it costs nothing when it writes."""
    from peft import PeftModel

    with warnings.catch_warnings():  # peft asks for a setting by its old name
        warnings.simplefilter("ignore", FutureWarning)
        return PeftModel.from_pretrained(model, str(adapters.live(models))).merge_and_unload()
