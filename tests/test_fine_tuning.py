"""The fine-tuned writer: pairs, training on a very small model, adapters on disk, and the verifier behind it all."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

from bot import writer_training
from bot.speaking import speaking
from bot.values import Claim, Reason
from bot.writer import Writer, adapters
from bot.writer.fine_tuned import LONGEST, fine_tuned, sentence
from bot.writer.fine_tuning import Dials, Trained, fine_tune
from bot.writer.local import BUNDLED, COMPLETE, TorchStepper
from bot.writer.model import Limit, Paraphraser, prompt_tokens
from bot.writer.pairs import BEGUN, Pair, instructions, pairs, request
from bot.writer.trees import sentences
from bot.writer.verifier import Verifier
from retrieval.errors import MissingPackage, ModelError, UsageError

LIKED = [
    Reason(1, "because_you_liked", (Claim("because_you_liked.said", {"title": "Heat", "other": other}),), (), 0.2)
    for other in ("Alien", "Casino", "Fargo")
]
POPULAR = Reason(1, "popular", (Claim("popular.count", {"title": "Heat", "count": "7", "until": "May 2014"}),), (), 0.1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of 2 layers with random weights and one token per byte, where the bundled model would be."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / BUNDLED
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: n for n, token in enumerate(["<|end|>", *letters])}
    raw = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=raw, eos_token="<|end|>", bos_token="<|end|>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=len(vocab), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                         num_attention_heads=2, num_key_value_heads=1, eos_token_id=0, bos_token_id=0)  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    (folder / COMPLETE).write_text("tiny 1\n")
    return folder


# -- pairs -------------------------------------------------------------------------------------------------------------


def test_answers_are_true_and_say_the_fact_in_other_words() -> None:
    found = pairs([*LIKED, POPULAR], tiny.SCHEMA, 40, lambda _: True, seed=1)
    verifier = Verifier(tiny.SCHEMA)
    assert len(found) == 4  # one for each claim
    for pair in found:
        assert any(verifier.verify(pair.answer, [reason]).supported for reason in (*LIKED, POPULAR))
        assert pair.answer not in pair.user


def test_equal_seeds_give_equal_pairs_and_kinds_come_by_turns() -> None:
    many = [*LIKED, *LIKED, POPULAR]
    found = pairs(many, tiny.SCHEMA, 2, lambda _: True, seed=1)
    assert found == pairs(many, tiny.SCHEMA, 2, lambda _: True, seed=1)
    assert ["7 people" in pair.user for pair in found].count(True) == 1
    assert len({pairs(LIKED, tiny.SCHEMA, 3, lambda _: True, seed=seed) for seed in range(5)}) > 1


def test_what_does_not_fit_is_left_out() -> None:
    assert pairs(LIKED, tiny.SCHEMA, 9, lambda _: False, seed=1) == ()
    assert all(len(pair.answer) < 50 for pair in pairs(LIKED, tiny.SCHEMA, 9, lambda text: len(text) < 50, seed=1))


# -- training ----------------------------------------------------------------------------------------------------------

LEARNED = [Pair(request(f"You like film {n}.", ""), f"It helps that you like film {n}.") for n in range(10)]
HELD_OUT = [
    Pair(request("You like it.", "brief"), "You like it."),
    Pair(request("Heat.", ""), "It is Heat, after all."),
]
DIALS = Dials(rank=4, batch=2, epochs=2, judged_every=4, saved_every=3, warm_up=2, rate=1e-2)


def train(
    model: Path, work: Path, stop: Sequence[bool] = (), killed_at: int = 0, learned: Sequence[Pair] = LEARNED,
    held_out: Sequence[Pair] = HELD_OUT, dials: Dials = DIALS,
) -> Trained:  # fmt: skip
    """Train; `stop` are the first answers to "is the time up?"; `killed_at` raises after that step."""
    answers = iter(stop)

    def progress(_: str, done: int, __: int) -> None:
        if killed_at and done == killed_at:
            raise KeyboardInterrupt

    return fine_tune(model, learned, held_out, work, 3, lambda: next(answers, False), progress, dials)


def weights(work: Path) -> bytes:
    return (work / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def trained(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    work = tmp_path_factory.mktemp("whole")
    return work, train(model, work)


def test_the_held_out_loss_falls(trained: tuple[Path, Trained]) -> None:
    assert (trained[1].steps, trained[1].ended) == (10, "epochs")
    assert list(trained[1].losses) == [0, 4, 8, 10]
    assert trained[1].best < trained[1].losses[0]


def test_the_loss_is_that_of_the_answers_tokens_alone(model: Path, trained: tuple[Path, Trained]) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(model)
    plain: Any = AutoModelForCausalLM.from_pretrained(model)
    total, count = 0.0, 0
    for pair in HELD_OUT:
        asked = prompt_tokens(tokenizer, instructions(), pair.user) + tokenizer(BEGUN)["input_ids"]
        answer = [*tokenizer(" " + pair.answer)["input_ids"], tokenizer.eos_token_id]
        with torch.inference_mode():
            scores = plain(torch.tensor([asked + answer])).logits[0].log_softmax(-1)
        total -= sum(float(scores[len(asked) + n - 1, token]) for n, token in enumerate(answer))
        count += len(answer)
    assert trained[1].losses[0] == pytest.approx(total / count, abs=1e-4)


@pytest.mark.parametrize("step", [1, 3, 5, 8, 10])
def test_killed_and_started_again_it_ends_with_the_same_bytes(
    step: int, model: Path, trained: tuple[Path, Trained], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(model, tmp_path, killed_at=step)
    assert train(model, tmp_path) == trained[1]
    assert weights(tmp_path) == weights(trained[0])


def test_when_the_time_is_up_it_can_go_on_later(model: Path, tmp_path: Path) -> None:
    first = train(model, tmp_path, stop=(False, False, True))
    assert (first.steps, first.ended) == (2, "minutes")
    assert weights(tmp_path)
    again = train(model, tmp_path)
    assert (again.steps, again.ended) == (10, "epochs")
    assert again.losses[2] == first.losses[2]


def test_it_stops_early_and_an_adapter_that_only_harms_is_none(model: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    learned, held_out = ([replace(pair, answer=40 * letter) for pair in LEARNED] for letter in "za")
    went = train(model, tmp_path, learned=learned, held_out=held_out, dials=replace(DIALS, epochs=50))
    assert (went.steps, went.ended) == (8, "early")  # two looks without a better one
    assert went.best == went.losses[0]
    saved = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert all(not weight.any() for name, weight in saved.items() if "lora_B" in name)


# -- adapters and the model that serves --------------------------------------------------------------------------------


def made(models: Path, name: str, base: str = "tiny 1") -> Path:
    folder = models / "made"
    folder.mkdir(parents=True)
    (folder / adapters.ABOUT).write_text(json.dumps({"base": base, "name": name}))
    return folder


def test_two_adapters_are_kept_and_change_places(tmp_path: Path) -> None:
    (tmp_path / adapters.FOLDER).mkdir()
    for name in ("one", "two", "two", "three"):
        adapters.install(tmp_path, name, made(tmp_path, name))
    assert adapters.live(tmp_path).name == "three"
    assert not (tmp_path / adapters.FOLDER / "one").exists()
    assert adapters.restore(tmp_path) == "two"
    assert adapters.about(adapters.live(tmp_path))["name"] == "two"
    assert adapters.restore(tmp_path) == "three"


def test_without_an_adapter_or_one_before_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="because train --writer"):
        fine_tuned(tmp_path)
    with pytest.raises(UsageError, match="before the last one"):
        adapters.restore(tmp_path)


def test_an_adapter_of_other_weights_is_refused(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / BUNDLED)
    (tmp_path / adapters.FOLDER).mkdir()
    adapters.install(tmp_path, "old", made(tmp_path, "old", base="tiny 0"))
    writer = Writer(fine_tuned(tmp_path), SimpleNamespace(schema=tiny.SCHEMA), seconds=60)
    assert len(list(writer.write(LIKED))) == 3  # and the grammar writes
    with pytest.raises(ModelError, match="tiny 0"):
        next(fine_tuned(tmp_path).ways("You like it.", "", Limit.seconds(60), random.Random(0)))


def test_the_adapter_that_serves_is_the_one_that_was_trained(
    model: Path, trained: tuple[Path, Trained], tmp_path: Path
) -> None:
    import numpy as np
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    shutil.copytree(model, tmp_path / BUNDLED)
    (tmp_path / adapters.FOLDER).mkdir()
    shutil.copytree(trained[0] / "adapter", tmp_path / "copy")
    (tmp_path / "copy" / adapters.ABOUT).write_text(json.dumps({"base": "tiny 1"}))
    adapters.install(tmp_path, "one", tmp_path / "copy")
    writing = fine_tuned(tmp_path)
    ways = list(writing.ways("You like it.", "brief", Limit.seconds(60), random.Random(0)))
    assert len(ways) == 3

    plain: Any = AutoModelForCausalLM.from_pretrained(model)
    before = plain(torch.tensor([[5, 6, 7]])).logits[0, -1].detach().numpy()
    adapted: Any = PeftModel.from_pretrained(plain, str(adapters.live(tmp_path))).eval()
    expected = adapted(torch.tensor([[5, 6, 7]])).logits[0, -1].detach().numpy()
    merged = TorchStepper.open(model, quantise=False, adapt=writing._model._adapt)
    merged._tokens = [5, 6, 7]
    scores = merged.scores(np.arange(merged.tokenizer.vocab_size))
    assert np.abs(expected - before).max() > 1e-3
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_a_sentence_is_one_line_and_ends(model: Path) -> None:
    stepper = TorchStepper.open(model, quantise=False)
    for seed in range(6):
        stepper.begin("Be brief.", "why?", BEGUN)
        text = sentence(stepper, Limit.seconds(60), random.Random(seed), temperature=3.0)
        assert "\n" not in text
        assert len(text) <= LONGEST


# -- behind the verifier -----------------------------------------------------------------------------------------------


class Scripted(Paraphraser):
    """Says what it is given, the same for each fact, and counts."""

    name = "scripted"

    def __init__(self, *texts: str | Exception) -> None:
        self.texts = texts
        self.facts: list[tuple[str, str]] = []
        self.taken = 0

    def warm(self) -> None:
        """Nothing to load."""

    def ways(self, fact: str, tone: str, limit: Limit, _: random.Random) -> Iterator[str]:
        self.facts.append((fact, tone))
        for text in self.texts:
            limit.check()
            if isinstance(text, Exception):
                raise text
            self.taken += 1
            yield text


def told(model: Scripted, tone: str = "", **kwargs: Any) -> list[str]:
    return list(Writer(model, SimpleNamespace(schema=tiny.SCHEMA), **kwargs).write(LIKED[:2], (), "why?", tone=tone))


def test_the_first_that_the_verifier_accepts_is_said() -> None:
    model = Scripted("You like Casino and Titanic.", "", "It helps that you like Casino.", "You like Casino.")
    assert told(model, tone="friendly")[1] == "It helps that you like Casino."
    assert model.taken == 3
    assert model.facts == [("You said you like Casino, and that speaks for this film.", "friendly")]


def test_when_all_are_refused_the_grammar_speaks() -> None:
    model = Scripted("You like Titanic.", "Casino won an Oscar.", "You dislike Casino.")
    said = told(model)[1]
    writer = Writer(None, SimpleNamespace(schema=tiny.SCHEMA))
    ways = set(sentences(writer._phrases.tree(LIKED[1].claims[0], tiny.SCHEMA, named=True, after=LIKED[0].claims[0])))
    assert said in ways
    assert model.taken == 3


@pytest.mark.parametrize("failure", [ModelError("It broke."), None])
def test_a_failure_or_the_end_of_the_time_is_said_in_the_fixed_phrase(failure: Exception | None) -> None:
    model = Scripted(failure or "You like Casino.")
    said = told(model, seconds=60 if failure else 0)
    assert said[1] == "You said you like Casino, and that speaks for this film."


def test_it_is_not_asked_for_chinese() -> None:
    model = Scripted("You like Casino.")
    with speaking("zh"):
        assert len(told(model)) == 2
    assert model.facts == []


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(run: Any, own_home: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line with the tiny model in its data folder."""
    shutil.copytree(model, own_home / "models" / BUNDLED, dirs_exist_ok=True)
    monkeypatch.setattr(writer_training, "LONGEST", 400)  # its tokens are bytes
    return run


def test_trained_written_with_and_put_back(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = run("train", "--writer", "--json")
    assert status == 0, err
    first = json.loads(out)
    assert (first["decision"], first["dataset"]) == ("trained", "tiny")
    assert first["pairs"] > 0 < first["held_out"]
    assert json.loads(run("train", "--writer", "--json")[1])["decision"] == "unchanged"
    monkeypatch.setenv("BECAUSE_WRITER", "fine_tuned")
    monkeypatch.setenv("BECAUSE_WRITER_SECONDS", "60")
    status, out, _ = run(
        "chat", "--user", "ann", "--say", "any good crime films?", "--say", "why the first one?", "--json"
    )
    assert status == 0
    second = json.loads(run("train", "--writer", "--seed", "5", "--json")[1])
    assert second["version"] != first["version"]
    status, out, _ = run("train", "--writer", "--restore", "--json")
    assert (status, json.loads(out)) == (0, {"decision": "restored", "version": first["version"]})
    assert "held-out" in run("train", "--writer")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ranker", "ease"), "--ranker"),
        (("--search", "2"), "--search"),
        (("--dry-run", "--force"), "--dry-run, --force"),
        (("--export", "int8"), "--export"),
        (("--restore",), "before the last one"),
        (("--dataset", "nope"), "'nope'"),
    ],
)
def test_a_refusal_is_one_sentence(arguments: tuple[str, ...], words: str, run: Any) -> None:
    status, out, err = run("train", "--writer", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_a_writer_that_is_not_there(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECAUSE_WRITER", "fine_tuned")
    status, _, err = run("chat", "--say", "hello")
    assert (status, len(err.strip().splitlines())) == (2, 1)
    assert "because train --writer" in err
    monkeypatch.setenv("BECAUSE_WRITER", "somebody")
    assert "BECAUSE_WRITER='somebody'" in run("chat", "--say", "hello")[2]


def test_without_peft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "find_spec", lambda _: None)
    for call in (adapters.needs_peft, lambda: fine_tuned(tmp_path)):
        with pytest.raises(MissingPackage, match=r"because\[training\]"):
            call()
