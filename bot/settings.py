"""Every dial, in one place. Set by environment (`BECAUSE_HOME=...`) or a `.env` file beside the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import UsageError


class Settings(BaseSettings):
    """Read once per process; each field says what it does."""

    model_config = SettingsConfigDict(env_prefix="BECAUSE_", env_file=".env", extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("because"))
    """Where data, models and the event log live."""
    dataset: str = "movielens"
    """The catalogue that is used when none is named."""
    language_model: str = "bundled"
    """Who chooses the words: bundled, none, hf:NAME, openai:NAME@URL or ollama:NAME."""
    writer: Literal["auto", "fine_tuned"] = "auto"
    """Who writes explanations: the language model above, or the adapter of the bundled one that `because train
    --writer` made, writing freely behind the verifier."""
    reader: Literal["auto", "built_in", "model"] = "auto"
    """Who reads messages: the built-in reader, or the language model with the built-in reader behind it. `auto` is
    the model when it is served (openai:, ollama:), which then sees every message; others are too small or too slow."""
    reader_seconds: float = Field(default=8.0, gt=0)
    """The time that the language model may take to read a message; then the built-in reader's reading stands."""
    writer_seconds: float = Field(default=3.0, gt=0)
    """The time a whole explanation may take; what is not written by then is said in the deterministic phrase."""
    threads: int = Field(default=1, ge=1)
    """Torch threads. One: with anything else running, two made one short query fifty times slower on two cores."""
    host: str = "127.0.0.1"
    """The address the page listens on."""
    port: int = Field(default=7860, ge=0, le=65535)
    """The port the page listens on."""

    def __init__(self, **values: Any) -> None:
        """UsageError names the variable that is wrong, and what is allowed."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = "BECAUSE_" + "_".join(map(str, first["loc"])).upper()
            raise UsageError(
                f"{name}={first['input']!r} cannot be used: {first['msg']}; correct or unset it."
            ) from None

    @property
    def models(self) -> Path:
        """Converted language models."""
        return self.home / "models"

    def dataset_folder(self, name: str) -> Path:
        """Everything prepared for one data set."""
        return self.home / "datasets" / name
