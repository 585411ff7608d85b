"""`because train --writer`: claims from a data set -> pairs -> an adapter that writes (docs/writer.md)."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from bot.assistant import Assistant
from bot.evaluation.explanations.playing import Player
from bot.settings import Settings
from bot.values import Reason
from bot.writer import adapters
from bot.writer.fine_tuning import Dials, Progress, Trained, fine_tune, out_of
from bot.writer.local import convert_bundled
from bot.writer.pairs import Pair, pairs
from retrieval.errors import DataError

PAIRS, HELD_OUT = 288, 32
PEOPLE = 60  # who are asked about; every sixth only for the held-out pairs
PLACES = (1, 2, 3)  # of each list
LONGEST = 60  # tokens of an answer
ASKING = "asking why of the data set"
MINUTES = 20.0


@dataclass(frozen=True)
class Outcome:
    """What a training of the writer came to."""

    decision: Literal["unchanged", "trained"]
    version: str
    pairs: int
    held_out: int
    trained: Trained

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "decision": self.decision,
            "version": self.version,
            "pairs": self.pairs,
            "held_out": self.held_out,
            "steps": self.trained.steps,
            "ended": self.trained.ended,
            "losses": {str(step): round(loss, 4) for step, loss in self.trained.losses.items()},
        }


def train_writer(
    settings: Settings, dataset: str, seed: int, minutes: float, progress: Progress, dials: Dials | None = None
) -> Outcome:
    """Fine-tune the bundled model on the data set's claims and let the adapter be the fine-tuned writer.

    A call that was killed, or ended by `minutes`, goes on when it is made again. MissingPackage without peft; DataError
    when the data set gives too few claims.
    """
    adapters.needs_peft()
    dials = dials or Dials()
    source = convert_bundled(settings.models)
    learned, held_out = made_pairs(settings, dataset, seed, source, progress)
    digest = _digest(
        [dataset, seed, asdict(dials), [asdict(p) for p in (*learned, *held_out)], adapters.base(settings.models)]
    )
    work = settings.models / adapters.FOLDER / f"training-{digest}"
    for other in work.parent.glob("training-*"):
        if other != work:
            shutil.rmtree(other)
    trained = fine_tune(source, learned, held_out, work, seed, out_of(minutes), progress, dials)
    made = work / "adapter"
    about = {"dataset": dataset, "seed": seed, "base": adapters.base(settings.models), "pairs": len(learned),
             "steps": trained.steps, "losses": trained.losses, "ended": trained.ended}  # fmt: skip
    (made / adapters.ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
    version = f"{digest}-{trained.steps}"
    same = adapters.current(settings.models) == version
    adapters.install(settings.models, version, made)
    return Outcome("unchanged" if same else "trained", version, len(learned), len(held_out), trained)


def made_pairs(
    settings: Settings, dataset: str, seed: int, source: Path, progress: Progress
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Pairs to learn, and held-out ones about other people. DataError when there are too few to hold any out."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(source))

    def fits(text: str) -> bool:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"]) <= LONGEST

    without_model = settings.model_copy(update={"language_model": "none", "writer": "auto"})
    assistant = Assistant.open(without_model, dataset, throw_away=True)
    known, others = claims(assistant, PEOPLE, seed, progress)
    schema = assistant.catalogue.schema
    learned, held_out = pairs(known, schema, PAIRS, fits, seed), pairs(others, schema, HELD_OUT, fits, seed + 1)
    if not learned or not held_out:
        raise DataError(
            f"Data set {dataset!r} gives {len(learned)} + {len(held_out)} pairs, too few to fine-tune a writer on: it"
            " needs behaviour of at least two people."
        )
    return learned, held_out


def claims(
    assistant: Assistant, people: int, seed: int, progress: Progress = lambda *_: None
) -> tuple[Sequence[Reason], Sequence[Reason]]:
    """The reasons for the first places of lists of the data set's users; those of some users apart, to be held out."""
    player = Player(assistant, seed)
    found: tuple[list[Reason], list[Reason]] = ([], [])
    apart = held_out_people(assistant, people)
    users = [user for user, _ in assistant.users(people)]
    for place, user in enumerate(users):
        progress(ASKING, place, len(users))
        for reasons in whys(player, user, PLACES):
            found[user in apart].extend(reasons)
    progress(ASKING, len(users), len(users))
    return found


def held_out_people(assistant: Assistant, people: int = PEOPLE) -> tuple[str, ...]:
    """Every sixth of the users who are asked about: nothing about them is learned from."""
    return tuple(user for user, _ in assistant.users(people)[1::6])


def whys(player: Player, user: str, places: Sequence[int]) -> Iterator[tuple[Reason, ...]]:
    """The reasons that the bot gives when it is asked why of these places of a plain list."""
    for asked in player.whys(user, places):
        yield asked.turn.reasons


def _digest(of: object) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:12]
