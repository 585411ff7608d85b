"""Decoding under a grammar: the model is asked only where the grammar leaves a choice."""

from __future__ import annotations

import random

import numpy as np
from llguidance import LLMatcher

from bot.writer.model import Limit, Stepper
from retrieval.errors import ModelError
from retrieval.schema import FloatArray, IntArray


def decode(stepper: Stepper, grammar: str, limit: Limit, rng: random.Random, temperature: float = 0.8) -> str:
    """One text of `grammar`, continuing what `stepper` holds.

    Forced tokens are appended without a forward pass; they run through the model together with the next choice.
    Stopped and OutOfTime from `limit`, checked before each pass; ModelError if the grammar cannot be followed.
    """
    matcher = LLMatcher(stepper.tokenizer, grammar, log_level=0)
    written: list[int] = []
    while not matcher.is_stopped():
        limit.check()
        tokens = matcher.compute_ff_tokens()
        if not tokens:
            allowed = _allowed(matcher, stepper.tokenizer)
            if allowed.size == 0:  # only the end is left
                break
            tokens = [
                int(allowed[0] if allowed.size == 1 else drawn(stepper.scores(allowed), allowed, rng, temperature))
            ]
        if not matcher.consume_tokens(tokens):
            break
        stepper.append(tokens)
        written += tokens
    if matcher.is_error() or not matcher.is_accepting():
        raise ModelError(f"The phrase grammar could not be followed: {matcher.get_error() or 'it ended too early'}.")
    return str(stepper.tokenizer.decode_str(written))


def _allowed(matcher: LLMatcher, tokenizer: object) -> IntArray:
    """Tokens that may come next, without the end-of-text tokens."""
    mask = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
    mask[list(getattr(tokenizer, "eos_tokens", []))] = 0
    return np.flatnonzero(mask).astype(np.int64)


def drawn(scores: FloatArray, allowed: IntArray, rng: random.Random, temperature: float) -> int:
    """The token of one of `allowed`, drawn by softmax of its scores; the best one at temperature 0."""
    if temperature <= 0:
        return int(allowed[int(scores.argmax())])
    weights = np.exp((scores - scores.max()) / temperature)
    place = rng.random() * float(weights.sum())
    return int(allowed[min(int(np.searchsorted(weights.cumsum(), place)), len(allowed) - 1)])
