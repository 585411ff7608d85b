"""Which reader reads: the setting `BECAUSE_READER` and the language model at hand."""

from __future__ import annotations

from functools import partial
from typing import Literal

from bot.language_models import ServedModel
from bot.understand.reader import Reader
from bot.understand.reading import MessageReader
from bot.understand.structured.reader import StructuredReader
from bot.writer.model import LanguageModel
from retrieval.errors import UsageError


def reader_for(
    choice: Literal["auto", "built_in", "model"], model: LanguageModel | None, built_in: Reader, seconds: float
) -> MessageReader:
    """The reader that `choice` names; UsageError when it is a model and none that can read is configured."""
    if choice != "built_in" and isinstance(model, ServedModel):
        return StructuredReader(built_in, partial(model.chat, 0.0), model.name, seconds)
    if choice == "model":
        raise UsageError(
            f"BECAUSE_READER=model needs a served language model, and {model.name if model else 'none'!r} is not one; "
            "set BECAUSE_LANGUAGE_MODEL to openai:NAME@URL or ollama:NAME, or BECAUSE_READER to auto."
        )
    return built_in
