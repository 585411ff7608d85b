"""A LangChain chat model that says what a test tells it to, with or without structured output."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import PrivateAttr

Answer = str | Exception | None | dict[str, Any] | threading.Event


class ScriptedChat(BaseChatModel):
    """Gives `answers` in turn: text, parsed JSON (structured output only), None (nothing), an error, or silence.

    `structured`: whether it has structured output; without it LangChain raises NotImplementedError.
    """

    answers: list[Any]
    structured: bool = False
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _forms: list[Any] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of each call."""
        return self._asked

    @property
    def forms(self) -> list[Any]:
        """The form of each structured call."""
        return self._forms

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _next(self, messages: Sequence[BaseMessage]) -> Any:
        self._asked.append(list(messages))
        answer = self.answers[min(len(self._asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, threading.Event):
            answer.wait(30)
            return None
        return answer

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  # LangChain's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        answer = self._next(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage("" if answer is None else str(answer)))])

    def with_structured_output(self, schema: Any, *, include_raw: bool = False, **kwargs: Any) -> Runnable[Any, Any]:
        """As providers do it: {"raw", "parsed", "parsing_error"}."""
        if not self.structured:
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        assert include_raw

        def ask(messages: Any) -> dict[str, Any]:
            self._forms.append(schema)
            answer = self._next(self._convert_input(messages).to_messages())
            parsed = answer if isinstance(answer, dict) else None
            raw = AIMessage(answer if isinstance(answer, str) else "")
            return {"raw": raw, "parsed": parsed, "parsing_error": None}

        return RunnableLambda(ask)


def chat(*answers: Any, structured: bool = False) -> tuple[ScriptedChat, Callable[[], ScriptedChat]]:
    """The model, and what builds it."""
    model = ScriptedChat(answers=list(answers), structured=structured)
    return model, lambda: model
