"""LoRA (Hu et al., ICLR 2022) on a causal language model in this process: pairs in, an adapter in a folder out.

One thread, and all randomness from (seed, epoch or step), so that a training that was killed goes on from its last
checkpoint to the same bytes.
"""

from __future__ import annotations

import math
import random
import shutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bot.writer.local import quiet
from bot.writer.model import prompt_tokens
from bot.writer.pairs import BEGUN, Pair, instructions
from retrieval import versions

Progress = Callable[[str, int, int], object]
Ended = Literal["early", "epochs", "minutes"]
STEP = "fine-tuning the writer"
CHECKPOINT = "checkpoint.pt"
_IGNORED = -100  # cross-entropy leaves these places out


@dataclass(frozen=True)
class Dials:
    """How to train. Part of a training's name: other dials begin a new one."""

    rank: int = 8
    alpha: int = 16
    dropout: float = 0.05
    modules: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")
    rate: float = 1e-3  # AdamW's learning rate after the warm-up; a cosine takes it to a tenth
    warm_up: int = 6  # steps
    batch: int = 8
    epochs: int = 2
    judged_every: int = 18  # steps between two looks at the held-out loss
    patience: int = 2  # looks without a better one until the training stops
    saved_every: int = 4  # steps between two checkpoints


@dataclass(frozen=True)
class Trained:
    """How a training went. Losses are nats per token of the held-out answers, by step."""

    steps: int
    losses: Mapping[int, float]
    ended: Ended

    @property
    def best(self) -> float:
        """The held-out loss of the adapter that was kept."""
        return min(self.losses.values())


@dataclass
class _State:
    step: int = 0
    losses: dict[int, float] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    ended: str = ""


def fine_tune(
    source: Path,
    learned: Sequence[Pair],
    held_out: Sequence[Pair],
    work: Path,
    seed: int,
    until: Callable[[], bool],
    progress: Progress,
    dials: Dials,
) -> Trained:
    """Train an adapter of the model in `source` on `learned`, and leave the best by held-out loss in `work/adapter`.

    `work` holds the checkpoint: a call with the same arguments goes on from there. `until` is asked after each step
    whether the time is up. The held-out loss before the first step counts too: an adapter that only harms is none.
    """
    import torch

    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    run = _Run(source, learned, held_out, seed, dials)
    state = run.resume(work / CHECKPOINT)
    progress(STEP, state.step, run.steps)
    if not state.losses:
        run.judge(state)
    while not state.ended:
        if state.step >= run.steps:
            state.ended = "epochs"
        elif until():
            if state.step not in state.losses:
                run.judge(state)
            run.save(work / CHECKPOINT, state)
            break
        else:
            run.step(state)
            if state.step % dials.judged_every == 0 or state.step == run.steps:
                run.judge(state)
            if state.step % dials.saved_every == 0:
                run.save(work / CHECKPOINT, state)
            progress(STEP, state.step, run.steps)
    if state.ended:
        run.save(work / CHECKPOINT, state)
    run.keep(work / "adapter", state)
    return Trained(state.step, dict(state.losses), _ended(state.ended))


def _ended(name: str) -> Ended:
    return "early" if name == "early" else "epochs" if name == "epochs" else "minutes"


class _Run:
    """The model with its adapter, its optimiser, and the pairs as tokens."""

    def __init__(
        self, source: Path, learned: Sequence[Pair], held_out: Sequence[Pair], seed: int, dials: Dials
    ) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        quiet()
        tokenizer: Any = AutoTokenizer.from_pretrained(str(source))
        plain: Any = AutoModelForCausalLM.from_pretrained(str(source), dtype=torch.float32)
        torch.manual_seed(seed)
        config = LoraConfig(
            r=dials.rank,
            lora_alpha=dials.alpha,
            lora_dropout=dials.dropout,
            target_modules=list(dials.modules),
            task_type="CAUSAL_LM",
        )
        with warnings.catch_warnings():  # peft asks for a setting by its old name
            warnings.simplefilter("ignore", FutureWarning)
            self.model: Any = get_peft_model(plain, config)
        self._body, self._head = plain.base_model, plain.get_output_embeddings()
        self._own = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._optimiser = torch.optim.AdamW(self._own, lr=dials.rate, weight_decay=0.0)
        self._learned = [_tokens(tokenizer, pair) for pair in learned]
        self._held_out = [_tokens(tokenizer, pair) for pair in held_out]
        self._seed, self._dials = seed, dials
        self._per_epoch = math.ceil(len(learned) / dials.batch)
        self.steps = self._per_epoch * dials.epochs

    def step(self, state: _State) -> None:
        """One batch forward and back."""
        import torch

        epoch, place = divmod(state.step, self._per_epoch)
        order = list(range(len(self._learned)))
        random.Random(f"{self._seed}|{epoch}").shuffle(order)
        batch = [self._learned[row] for row in order[place * self._dials.batch :][: self._dials.batch]]
        torch.manual_seed(1_000_003 * self._seed + state.step)  # drop-out
        self.model.train()
        for group in self._optimiser.param_groups:
            group["lr"] = self._dials.rate * self._slowed(state.step)
        loss, count = self._loss(batch)
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(self._own, 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        state.step += 1

    def judge(self, state: _State) -> None:
        """Take the held-out loss; remember the adapter if it is the best so far, end if it has not been for long."""
        import torch
        from peft import get_peft_model_state_dict

        self.model.eval()
        total, count = 0.0, 0
        with torch.inference_mode():
            for start in range(0, len(self._held_out), self._dials.batch):
                loss, tokens = self._loss(self._held_out[start : start + self._dials.batch])
                total, count = total + float(loss), count + tokens
        before = min(state.losses.values(), default=math.inf)
        state.losses[state.step] = total / count
        if total / count < before:
            weights = get_peft_model_state_dict(self.model)
            state.best = {name: weight.detach().clone() for name, weight in weights.items()}
        looks = sorted(state.losses)
        best = min(looks, key=lambda step: state.losses[step])
        if len(looks) - 1 - looks.index(best) >= self._dials.patience:
            state.ended = "early"

    def resume(self, path: Path) -> _State:
        """The state that a killed call left, put into the model; a new one where there is none."""
        import torch
        from peft import set_peft_model_state_dict

        if not path.exists():
            return _State()
        saved = torch.load(path, weights_only=True)
        set_peft_model_state_dict(self.model, saved["weights"])
        self._optimiser.load_state_dict(saved["optimiser"])
        return _State(**saved["state"])

    def save(self, path: Path, state: _State) -> None:
        """Write all that the rest of the training depends on, in one step."""
        import torch
        from peft import get_peft_model_state_dict

        saved = {
            "weights": get_peft_model_state_dict(self.model),
            "optimiser": self._optimiser.state_dict(),
            "state": {"step": state.step, "losses": state.losses, "best": state.best, "ended": state.ended},
        }
        with versions.replacing(path) as file:
            torch.save(saved, file)

    def keep(self, folder: Path, state: _State) -> None:
        """Save the best adapter."""
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(self.model, state.best)
        self.model.peft_config["default"].base_model_name_or_path = ""  # a folder of this computer
        shutil.rmtree(folder, ignore_errors=True)
        with warnings.catch_warnings():  # that it does not know the base model's vocabulary: it did not change
            warnings.simplefilter("ignore")
            self.model.save_pretrained(str(folder))
        (folder / "README.md").unlink(missing_ok=True)  # an empty form

    def _loss(self, batch: Sequence[tuple[list[int], int]]) -> tuple[Any, int]:
        """Summed cross-entropy of the answers' tokens, and how many those are. The output layer sees only them."""
        import torch

        longest = max(len(tokens) for tokens, _ in batch)
        ids = torch.tensor([tokens + [0] * (longest - len(tokens)) for tokens, _ in batch])
        mask = torch.tensor([[1] * len(tokens) + [0] * (longest - len(tokens)) for tokens, _ in batch])
        targets = torch.tensor(
            [
                [_IGNORED] * (begin - 1) + tokens[begin:] + [_IGNORED] * (longest - len(tokens) + 1)
                for tokens, begin in batch
            ]
        )
        hidden = self._body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        told = targets != _IGNORED
        logits = self._head(hidden[told])
        return torch.nn.functional.cross_entropy(logits, targets[told], reduction="sum"), int(told.sum())

    def _slowed(self, step: int) -> float:
        """The share of the learning rate: a linear warm-up, then half a cosine down to a tenth."""
        warm = self._dials.warm_up
        if step < warm:
            return (step + 1) / warm
        return 0.55 + 0.45 * math.cos(math.pi * (step - warm) / max(1, self.steps - warm))


def _tokens(tokenizer: Any, pair: Pair) -> tuple[list[int], int]:
    """Request and answer as tokens, the end included, and where the answer begins."""
    asked = [*prompt_tokens(tokenizer, instructions(), pair.user), *_plain(tokenizer, BEGUN)]
    return [*asked, *_plain(tokenizer, f" {pair.answer}"), int(tokenizer.eos_token_id)], len(asked)


def _plain(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def out_of(minutes: float) -> Callable[[], bool]:
    """Whether so many minutes have passed since this call."""
    end = time.monotonic() + 60 * minutes
    return lambda: time.monotonic() >= end
