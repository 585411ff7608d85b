"""Which act a clause performs, learned from the plain lists in `prompts/intents/`.

MiniLM embeddings and a multinomial logistic regression: some 400 examples are embedded and fitted in a few seconds.
Only clauses whose structure leaves the act open come here (see acts.py).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol, cast, get_args

import numpy as np

from bot.values import Act
from retrieval.errors import DataError
from retrieval.schema import FloatArray, IntArray, Schema

_STRENGTH = 30.0  # inverse regularisation: from 5 to 300, five-fold accuracy stayed between 81.7 and 83.1 %
ITEM = "this one"  # what a named item is replaced by, in examples and messages, so that names do not matter


class Encoder(Protocol):
    """Texts to unit vectors, [n, dimensions]."""

    def encode(self, texts: Sequence[str]) -> FloatArray: ...


@dataclass(frozen=True)
class Examples:
    """Sentences and the acts that they are examples of, in the words of one catalogue."""

    texts: tuple[str, ...]
    acts: tuple[Act, ...]


def examples(schema: Schema) -> Examples:
    """Read every `prompts/intents/ACT.txt`; DataError names a file whose name is no act, or a placeholder unknown."""
    allowed = get_args(Act)
    texts: list[str] = []
    acts: list[Act] = []
    words = {"noun": schema.noun, "plural": schema.plural, "verb": schema.verb, "item": ITEM}
    for source in sorted((files("prompts") / "intents").iterdir(), key=lambda f: f.name):
        name, dot, kind = source.name.rpartition(".")
        if not dot or kind != "txt":
            continue
        if name not in allowed:
            raise DataError(f"prompts/intents/{source.name} names no act; allowed are {', '.join(allowed)}.")
        for line in source.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                texts.append(_filled(line.strip(), words, source.name))
                acts.append(cast(Act, name))
    return Examples(tuple(texts), tuple(acts))


def _filled(line: str, words: Mapping[str, str], source: str) -> str:
    try:
        return line.format(**words)
    except (KeyError, IndexError, ValueError) as error:
        raise DataError(
            f"{line!r} in prompts/intents/{source} has an unknown placeholder ({error}); "
            f"allowed are {', '.join('{' + w + '}' for w in words)}."
        ) from error


Fitted = tuple[tuple[Act, ...], FloatArray, FloatArray]
"""Classes, weights [dimensions, n_classes] and bias [n_classes]."""


class IntentClassifier:
    """Trained when it is made, or read from `cache`, a folder; predicts with one matrix product."""

    def __init__(self, known: Examples, encoder: Encoder, cache: Path | None = None) -> None:
        self._encoder = encoder
        self.acts, self._weights, self._bias = fitted(known, encoder, cache)

    def probabilities(self, texts: Sequence[str]) -> list[dict[Act, float]]:
        """For each text, how likely each act is; they add up to 1."""
        if not texts:
            return []
        scores = self._encoder.encode(list(texts)) @ self._weights + self._bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        return [dict(zip(self.acts, row.tolist(), strict=True)) for row in odds]


def fit(vectors: FloatArray, acts: Sequence[Act]) -> Fitted:
    """Multinomial logistic regression; rare acts weigh as much as frequent ones."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=400)
    model.fit(vectors, list(acts))
    classes = tuple(cast(Act, str(c)) for c in model.classes_)
    return classes, np.asarray(model.coef_.T, dtype=np.float32), np.asarray(model.intercept_, dtype=np.float32)


def confusion(known: Examples, encoder: Encoder, folds: int = 5) -> tuple[tuple[Act, ...], IntArray]:
    """How examples that were not learned from are classified: acts, and counts [true act, predicted act]."""
    from sklearn.model_selection import StratifiedKFold

    vectors, labels = encoder.encode(known.texts), np.array(known.acts)
    acts = tuple(sorted(set(known.acts)))
    place = {act: i for i, act in enumerate(acts)}
    matrix = np.zeros((len(acts), len(acts)), dtype=np.int64)
    for learned, held in StratifiedKFold(folds, shuffle=True, random_state=0).split(vectors, labels):
        classes, weights, bias = fit(vectors[learned], [known.acts[i] for i in learned])
        for i, best in zip(held, np.argmax(vectors[held] @ weights + bias, axis=1), strict=True):
            matrix[place[known.acts[i]], place[classes[best]]] += 1
    return acts, matrix


def fitted(known: Examples, encoder: Encoder, cache: Path | None) -> Fitted:
    """The classifier of these examples; with `cache` it is trained once for each set of them."""
    if cache is None:
        return fit(encoder.encode(known.texts), known.acts)
    lines = "\n".join(f"{act}\t{text}" for act, text in zip(known.acts, known.texts, strict=True))
    stored = cache / f"intents-{hashlib.sha256(lines.encode()).hexdigest()[:16]}.npz"
    if stored.is_file():
        with np.load(stored) as saved:
            return tuple(cast(Act, str(act)) for act in saved["acts"]), saved["weights"], saved["bias"]
    acts, weights, bias = fit(encoder.encode(known.texts), known.acts)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as partial:
        np.savez(partial, acts=np.array(acts), weights=weights, bias=bias)
    Path(partial.name).replace(stored)
    return acts, weights, bias
