"""Which language model is spoken to: a spec such as `bundled` or `ollama:llama3.2` -> a model."""

from __future__ import annotations

import os
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.writer.local import BUNDLED, LocalModel, convert_bundled
from bot.writer.model import GrammarModel, LanguageModel, Limit, TextModel
from retrieval.errors import ModelError, UsageError

__all__ = ["GrammarModel", "LanguageModel", "ServedModel", "TextModel", "convert_bundled", "language_model"]

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_WRITING = 0.7  # temperature: variety, within what the verifier lets pass
_PATIENCE = 30  # seconds that a connection is kept at most; callers have limits of their own
ALLOWED = "bundled, none, hf:NAME, openai:NAME@URL or ollama:NAME"
_DONE = object()


class ServedModel(TextModel):
    """A LangChain chat model behind HTTP. Each request runs in a thread of its own, so that a silent server cannot
    hold up a reply beyond its limit."""

    def __init__(self, name: str, build: Callable[[float], BaseChatModel]) -> None:
        """`build` makes the LangChain chat model for a temperature, at first use."""
        self.name = name
        self._build = build
        self._chats: dict[float, BaseChatModel] = {}
        self._lock = threading.Lock()

    def chat(self, temperature: float) -> BaseChatModel:
        """The LangChain chat model itself: a low temperature reads, a higher one writes."""
        with self._lock:
            if temperature not in self._chats:
                self._chats[temperature] = self._build(temperature)
            return self._chats[temperature]

    def warm(self) -> None:
        """Nothing to load: the server has the weights."""

    def stream(self, system: str, user: str, limit: Limit) -> Iterator[str]:
        """See TextModel."""
        pieces: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._ask, args=(system, user, limit, pieces), daemon=True, name=self.name).start()
        while True:
            limit.check()
            try:
                piece = pieces.get(timeout=min(limit.left, 0.05))
            except queue.Empty:
                continue
            if piece is _DONE:
                return
            if isinstance(piece, Exception):
                raise ModelError(
                    f"The language model {self.name!r} did not answer ({_first_line(piece)}); check that its server "
                    "runs and has this model, or set BECAUSE_LANGUAGE_MODEL=bundled."
                ) from piece
            yield str(piece)

    def _ask(self, system: str, user: str, limit: Limit, pieces: queue.Queue[Any]) -> None:
        try:
            for chunk in self.chat(_WRITING).stream([("system", system), ("human", user)]):
                if limit.cancel.is_set() or not limit.left:
                    return
                if chunk.text:
                    pieces.put(chunk.text)
            pieces.put(_DONE)
        except Exception as error:
            pieces.put(error)


def language_model(spec: str, models: Path, threads: int = 1) -> LanguageModel | None:
    """The model that `spec` names, not yet loaded; None for `none`. UsageError names the forms that are allowed."""
    kind, _, rest = spec.partition(":")
    make = _KINDS.get(kind)
    if make is None or (kind in ("bundled", "none")) != (spec == kind):
        raise UsageError(f"{spec!r} is not a language model; allowed: {ALLOWED}.")
    return make(rest, models, threads)


def _bundled(_: str, models: Path, threads: int) -> LanguageModel:
    folder = models / BUNDLED
    return LocalModel("bundled", folder, threads=threads, prepare=lambda: convert_bundled(models))


def _hugging_face(name: str, _: Path, threads: int) -> LanguageModel:
    if not name:
        raise UsageError(f"'hf:' names no model; allowed: {ALLOWED}.")
    return LocalModel(name, name, threads=threads)


def _openai(rest: str, _: Path, __: int) -> LanguageModel:
    found = re.fullmatch(r"(.+)@(https?://\S+)", rest)
    if found is None:
        raise UsageError(f"'openai:{rest}' is not openai:NAME@URL with a URL that starts with http:// or https://.")
    name, url = found.groups()

    def build(temperature: float) -> BaseChatModel:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        key = SecretStr(os.environ.get("OPENAI_API_KEY", "none"))  # servers of one's own ask for none
        return ChatOpenAI(
            model=name, base_url=url, api_key=key, timeout=_PATIENCE, max_retries=0, temperature=temperature
        )

    return ServedModel(f"{name} at {url}", build)


def _ollama(name: str, _: Path, __: int) -> LanguageModel:
    if not name:
        raise UsageError(f"'ollama:' names no model; allowed: {ALLOWED}.")

    def build(temperature: float) -> BaseChatModel:
        from langchain_ollama import ChatOllama

        return ChatOllama(model=name, temperature=temperature, client_kwargs={"timeout": _PATIENCE})

    return ServedModel(f"{name} through Ollama", build)


_KINDS: Mapping[str, Callable[[str, Path, int], LanguageModel | None]] = {
    "bundled": _bundled,
    "none": lambda _, __, ___: None,
    "hf": _hugging_face,
    "openai": _openai,
    "ollama": _ollama,
}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
