"""The fine-tuned writer beside the phrase grammar and the model as it comes, on the same claims.

    because train --writer
    python bench/fine_tuning.py [--dataset movielens] [--explanations 40] [--writers grammar,chosen,base,fine_tuned]

Claims are those of people whom the training saw nothing of. The first sentence of an explanation is the grammar's with
every writer, so the texts that are judged are the sentences after it, titles masked.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from bot.assistant import Assistant
from bot.evaluation.explanations.playing import Player
from bot.evaluation.explanations.texts import distinct, first_four_share, flesch, masked
from bot.language_models import language_model
from bot.settings import Settings
from bot.values import Evidence, Reason
from bot.writer import Writer
from bot.writer.fine_tuned import FineTuned, fine_tuned
from bot.writer.local import LocalModel
from bot.writer.model import LanguageModel, Limit
from bot.writer.phrases import TONES
from bot.writer_training import PEOPLE, held_out_people, whys

MOST = 5  # reasons of one explanation


class Watched(Writer):
    """A writer that remembers what its verifier said of a free model's sentences."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.judged: list[tuple[str, bool]] = []

    def verify(self, text: str, reasons: Sequence[Reason], evidence: Sequence[Evidence] = ()) -> bool:
        """See Writer."""
        supported = super().verify(text, reasons, evidence)
        self.judged.append((text, supported))
        return supported


def opened(name: str, settings: Settings) -> LanguageModel | None:
    """The model of a writer: none for the grammar alone."""
    if name == "grammar":
        return None
    if name == "fine_tuned":
        return fine_tuned(settings.models)
    local = language_model("bundled", settings.models)
    assert isinstance(local, LocalModel)
    if name == "chosen":
        return local
    return FineTuned(local, files("prompts").joinpath("writer", "free.en.txt").read_text("utf-8").strip())


def measure(name: str, model: LanguageModel | None, told: Sequence[Sequence[Reason]], assistant: Assistant) -> None:
    """Write every explanation, and print what came of it."""
    writer = Watched(model, assistant.catalogue, seconds=120)
    writer.warm()
    list(writer.write(told[0], deadline_s=600))  # opens the model
    writer.judged.clear()
    titles = {item.title for item in assistant.catalogue.items}
    clock, work, texts, sentences = [], [], [], []
    for number, reasons in enumerate(told):
        started, worked = time.perf_counter(), time.process_time()
        said = list(writer.write(reasons, question=f"why {number}?", tone=("", *TONES)[number % 4]))
        clock.append(1e3 * (time.perf_counter() - started))
        work.append(1e3 * (time.process_time() - worked))
        named = {title for title in titles if any(title in sentence for sentence in said)}
        sentences += [masked(sentence, named) for sentence in said[1:]]
        texts.append(masked(" ".join(said[1:]), named))
    print(f"{name}: {len(told)} explanations, {len(sentences)} sentences after the first")
    print(f"  Flesch {statistics.mean(map(flesch, texts)):.1f}, first four words {first_four_share(sentences):.1%},"
          f" distinct-2 {distinct(sentences):.3f}, words a sentence"
          f" {statistics.mean(len(sentence.split()) for sentence in sentences):.1f}")  # fmt: skip
    print(f"  ms an explanation: {statistics.median(clock):.0f} by the clock, {statistics.median(work):.0f} of work")
    if writer.judged:
        taken = sum(supported for _, supported in writer.judged)
        print(f"  accepted: {taken} of {len(writer.judged)} sentences ({taken / len(writer.judged):.1%}),"
              f" one for {taken} of {len(sentences)} claims ({taken / len(sentences):.1%})")  # fmt: skip
        for text, supported in writer.judged[:24]:
            print(f"    {'accepted' if supported else 'refused '}  {text}")


def main() -> None:
    """Measure the writers that are named, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="movielens")
    parser.add_argument("--explanations", type=int, default=40)
    parser.add_argument("--writers", default="grammar,chosen,base,fine_tuned")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    settings = Settings()
    without = settings.model_copy(update={"language_model": "none", "writer": "auto"})
    assistant = Assistant.open(without, options.dataset, throw_away=True)
    people = held_out_people(assistant, PEOPLE)
    player = Player(assistant)
    places = range(1, 2 + options.explanations // len(people))
    told = [reasons[:MOST] for user in people for reasons in whys(player, user, places) if reasons]
    for name in options.writers.split(","):
        model = opened(name, settings)
        if isinstance(model, LocalModel):
            with model.session(Limit.seconds(600)):
                pass
        measure(name, model, told[: options.explanations], assistant)


if __name__ == "__main__":
    main()
