"""Every dial, in one place. Set by environment (`BECAUSE_HOME=...`) or a `.env` file beside the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import UsageError

if TYPE_CHECKING:
    from retrieval.choosing import Choosing


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
    diversity: float = Field(default=0.25, ge=0, le=1)
    """How much a list avoids what is alike: the weight of redundancy against relevance, 0 is off (docs/choosing.md)."""
    novelty: float = Field(default=0, ge=0, le=10)
    """How much little-known items are favoured: score units per bit of -log2(share of users who met it), 0 is off."""
    exposure_cap: float = Field(default=1, gt=0, le=1)
    """The largest share of the last `exposure_window` places on lists, of everybody's, that one item may take; what had
    its share gives way while there is anything else. 1 is off."""
    exposure_window: int = Field(default=1000, ge=1)
    """The places that the cap on exposure looks back."""
    short_head: float = Field(default=0.5, gt=0, lt=1)
    """The share of all behaviour that makes its items the best known, which a request for hidden gems leaves out."""
    blocked: Path | None = None
    """A file of items that are never recommended: an id, a title or "title (year)" a line, `#` before comments.
    `{dataset}` in the path stands for the data set's name."""
    always: str = ""
    """Conditions that every recommendation fulfils, whatever is said: `year >= 1990; genres in Comedy, Drama`, or a
    JSON list of the contract's constraints. What is unknown does not fulfil them."""
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
        if self.exposure_cap * self.exposure_window < 1:
            raise UsageError(
                f"BECAUSE_EXPOSURE_CAP={self.exposure_cap} of {self.exposure_window} places is less than one place, so"
                " nothing could be shown; raise it or BECAUSE_EXPOSURE_WINDOW."
            )

    @property
    def choosing(self) -> Choosing:
        """How lists are chosen."""
        from retrieval.choosing import Choosing

        return Choosing(self.diversity, self.novelty, self.exposure_cap, self.exposure_window, self.short_head)

    def block_list(self, dataset: str) -> Path | None:
        """The file of items that are never recommended from a data set; None without one."""
        return None if self.blocked is None else Path(str(self.blocked).replace("{dataset}", dataset))

    @property
    def models(self) -> Path:
        """Converted language models."""
        return self.home / "models"

    def dataset_folder(self, name: str) -> Path:
        """Everything prepared for one data set."""
        return self.home / "datasets" / name
