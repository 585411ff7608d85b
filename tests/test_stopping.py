"""Stop, pressed while a language model is in the middle of a sentence: the model is asked for nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.agent import Agent
from bot.assistant import Assistant
from bot.settings import Settings
from bot.values import Stage, Turn
from bot.writer import Writer
from bot.writer.fine_tuned import FineTuned
from bot.writer.model import LanguageModel, Limit, TextModel
from bot.writer.scripted import ScriptedChooser

AFTER = 2  # tokens that the model is let write
LONG = 3600.0  # no limit but Stop ends the writing


class Presses:
    """Somebody who presses Stop when the model has written AFTER tokens."""

    def __init__(self) -> None:
        self.press: Callable[[], None] = lambda: None
        self.written = 0

    def token(self, _: str = "", options: Sequence[str] = ("",)) -> int:
        """One more; a whole vocabulary is answered with a letter, so that the sentence never ends."""
        self.written += 1
        if self.written == AFTER:
            self.press()
        return options.index("a") if "a" in options else 0


class Endless(TextModel):
    """A served model that writes and writes."""

    def __init__(self, somebody: Presses) -> None:
        self.name, self._somebody = "endless", somebody

    def warm(self) -> None:
        """Nothing to load."""

    def stream(self, system: str, user: str, limit: Limit) -> Iterator[str]:  # noqa: ARG002 - part of the contract
        """See TextModel."""
        while True:
            limit.check()
            self._somebody.token()
            yield "and "


def fine_tuned(somebody: Presses) -> FineTuned:
    """The writer that draws each token from the whole vocabulary."""
    model: Any = ScriptedChooser(somebody.token)
    return FineTuned(model, "Say it.")


MODELS: dict[str, Callable[[Presses], LanguageModel]] = {
    "held to the grammar": lambda somebody: ScriptedChooser(somebody.token),
    "fine-tuned": fine_tuned,
    "served": Endless,
}


@pytest.mark.parametrize("name", MODELS)
def test_stop_in_the_middle_of_a_sentence_ends_the_turn(tiny_home: Path, name: str) -> None:
    somebody = Presses()
    opened = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    writer = Writer(MODELS[name](somebody), opened.catalogue, seconds=LONG)
    agent = opened.agent
    bot = Assistant(Agent(agent.recommender, opened.memory, agent.reader, writer), opened.memory)
    conversation = bot.new_conversation("new")
    for message in ("I loved Alien, Aliens and Heat", "recommend one film"):
        bot.turn(conversation, message)
    somebody.press = lambda: bot.stop(conversation)
    steps = list(bot.stream(conversation, "why the first?"))
    *_, turn = steps
    assert isinstance(turn, Turn)
    assert somebody.written == AFTER
    streamed = "".join(step.text for step in steps if isinstance(step, Stage)).strip()
    assert streamed == turn.reply != ""
    assert turn.grounded
    said = writer.write(turn.reasons, turn.evidence, "why the first?")
    assert turn.reply.endswith(next(said))  # the sentence that needs no model, and no other
