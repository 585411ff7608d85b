"""Understanding by a large language model, with the built-in reader beside it and behind it.

    built-in reading -> (nothing left to interpret?) -> model -> form -> repaired once -> grounded in the message

The model fills in a form (`proposal.py`); what the message does not bear out is set aside (`grounding.py`). Whenever
that gives nothing, the built-in reader's Understanding stands. A message costs at most two calls, and `seconds`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.understand.acts import command
from bot.understand.clean import clean
from bot.understand.lexicon import Marked, mark
from bot.understand.reader import NOTHING, Reader
from bot.understand.reading import Context
from bot.understand.structured.grounding import grounded
from bot.understand.structured.instructions import Instructions, Messages, instructions
from bot.understand.structured.proposal import Proposal, form, read_proposal
from bot.understand.structured.quotes import Quotes
from bot.understand.tokens import tokenize
from bot.values import Understanding
from bot.writer.model import Limit, OutOfTime, within
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = logging.getLogger(__name__)
CALLS = 2  # per message: one, and one more to repair
REST = 60.0  # seconds that a model which did not answer is left alone
_ECHO = 4_000  # characters of an unusable answer that the model is shown again


class StructuredReader:
    """The same `read` as Reader, by structured output of any LangChain chat model. Shared by all users."""

    def __init__(self, built_in: Reader, chat: Callable[[], BaseChatModel], name: str, seconds: float = 8.0) -> None:
        """`chat` gives the model, built at first use; `name` is what it is called in notes and errors."""
        self.built_in, self.name = built_in, name
        self._chat, self._seconds = chat, seconds
        self._form = form(built_in.catalogue.schema)
        self._structured = True  # until the model turns out not to know structured output
        self._resting = 0.0  # until then (monotonic) it is not asked

    def read(self, message: str, context: Context = NOTHING) -> Understanding:
        """What the message says. `notes` name the reader that decided, and why."""
        built_in = self.built_in.read(message, context)
        text = clean(message)
        marked = mark(tokenize(text), self.built_in.language)
        settled = self._settled(marked, built_in, context)
        if settled:
            return _by_built_in(built_in, settled)
        if time.monotonic() < self._resting:
            return _by_built_in(built_in, f"{self.name} did not answer a moment ago")
        try:
            proposal = self._proposed(text, context)
        except OutOfTime:
            return _by_built_in(built_in, f"{self.name} took more than {self._seconds:g} s")
        except ModelError as error:
            return _by_built_in(built_in, str(error))
        quotes = Quotes(text, marked, built_in, self.built_in.vocabulary, self.built_in.language)
        found = grounded(message, proposal, quotes, self.built_in.catalogue, self.built_in.mentions, context)
        if found is None:
            return _by_built_in(built_in, f"the message bears out no act of {', '.join(proposal.acts)}")
        return replace(found, notes=(f"read by {self.name} ({self._instructions.version})", *found.notes))

    def _settled(self, marked: Marked, built_in: Understanding, context: Context) -> str:
        """Why no model is needed, or may be asked; "" when one is."""
        language = self.built_in.language
        if not marked.words:
            return "the message has no words"
        if language.injections.all(marked.words, marked.breaks):
            return "the message gives instructions to the program"
        if command(marked.words, language) is not None:
            return "the message is a command"
        if context.question is not None and built_in.acts == ("answer",):
            return "the message answers the question that stands"
        if built_in.asked or built_in.supposed is not None:
            return "the message asks about the bot's own reasoning"
        return ""

    # -- asking ----------------------------------------------------------------------------------------------------

    def _proposed(self, text: str, context: Context) -> Proposal:
        """The model's valid form; ModelError or OutOfTime when there is none after `CALLS` calls."""
        limit = Limit.seconds(self._seconds)
        messages = self._instructions.messages(text, context)
        structured, answers = self._structured, 0
        wrong = ModelError(f"{self.name} was not asked")
        for _ in range(CALLS):
            try:
                answer = self._answer(messages, structured, limit)
            except OutOfTime:
                self._rest()
                raise
            except ModelError as error:
                wrong, structured = error, False  # some servers refuse a response format that they do not know
                continue
            answers += 1
            try:
                proposal = read_proposal(answer, self.built_in.catalogue.schema)
            except ModelError as error:
                wrong = ModelError(f"{self.name} gave no valid form: {error}")
                messages = self._instructions.again(messages, _echo(answer), str(error))
            else:
                self._structured = structured
                return proposal
        if not answers:
            self._rest()
        raise wrong

    def _answer(self, messages: Messages, structured: bool, limit: Limit) -> Any:
        """One call: what the model gave for the form, as parsed JSON or as text."""
        try:
            return within(limit, lambda: self._invoke(messages, structured))
        except OutOfTime:
            raise
        except Exception as error:  # whatever a provider's client raises
            raise ModelError(f"{self.name} did not answer ({_first_line(error)})") from error

    def _invoke(self, messages: Messages, structured: bool) -> Any:
        chat = self._chat()
        if structured:
            try:
                asking = chat.with_structured_output(self._form, include_raw=True)
            except NotImplementedError:
                pass  # a model without it is asked for JSON in words
            else:
                answer = asking.invoke(messages)
                parsed = answer.get("parsed") if isinstance(answer, dict) else answer
                return parsed if parsed is not None else _text(answer)
        (role, system), *rest = messages
        return _text(chat.invoke([(role, f"{system}\n\nThe form's JSON schema:\n{json.dumps(self._form)}"), *rest]))

    def _rest(self) -> None:
        """Spare the next messages the wait for a model that is not there."""
        self._resting = time.monotonic() + REST
        log.warning("%s does not answer; the built-in reader reads alone for %g s", self.name, REST)

    @cached_property
    def _instructions(self) -> Instructions:
        reader = self.built_in
        return instructions(reader.catalogue, reader.vocabulary, reader.mentions.titles)


def _by_built_in(understanding: Understanding, why: str) -> Understanding:
    return replace(understanding, notes=(f"read by the built-in reader: {why}",))


def _text(answer: Any) -> str:
    """The text of a chat message, or of the raw message beside a structured answer; "" when there is none."""
    raw = answer.get("raw") if isinstance(answer, dict) else answer
    return str(getattr(raw, "text", "") or "")


def _echo(answer: Any) -> str:
    return (answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str))[:_ECHO]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
