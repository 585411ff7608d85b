"""`because bench`: the project's quick benches in one table. They live beside the code, in a clone."""

from __future__ import annotations

import json
import statistics
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.options import DatasetOption, JsonOption
from bot.settings import Settings
from retrieval.errors import UsageError

ROOT = Path(__file__).parent.parent
MESSAGES = 40
STAGES = ("total", "understand", "recommend", "explain", "answer", "write")
"""Stages of a turn that are shown; the others take next to nothing."""
Row = dict[str, Any]


def bench(
    dataset: DatasetOption = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each conversation is held.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """How long a turn takes, by stage, and reading a message of 22 words among 9,000 items; medians, in milliseconds.

    Conversations are thrown away. The slower benches are programs of their own: see bench/.
    """
    if not (ROOT / "bench" / "turn.py").exists():
        raise UsageError(
            f"The benches are not in {ROOT}: they come with the project's sources, not with the installed package;"
            " clone it and run `because bench` there."
        )
    sys.path.insert(0, str(ROOT))
    rows = [*_turns(dataset, rounds), _reading()]
    print(json.dumps(rows) if as_json else table(rows))


def table(rows: list[Row]) -> str:
    """One line per bench, one column per figure; what a bench has not measured stays empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row if name != "bench"))
    width = max(len(row["bench"]) for row in rows)
    lines = [" " * width + "".join(f"{name:>12}" for name in columns)]
    for row in rows:
        cells = "".join(f"{row[name]:>12.1f}" if name in row else " " * 12 for name in columns)
        lines.append(f"{row['bench']:<{width}}{cells}".rstrip())
    return "\n".join(lines)


def _turns(dataset: str | None, rounds: int) -> list[Row]:
    """A newcomer, and the user with the longest history, without the language model's words."""
    from bot.assistant import Assistant

    turn = import_module("bench.turn")
    assistant = Assistant.open(Settings(language_model="none"), dataset, throw_away=True)
    longest = [user for user, _ in assistant.users(1)]
    rows = []
    for user in ("new", *longest):
        turns = turn.run(assistant, user, rounds)
        took = {stage: _median([done.timings_ms.get(stage) for _, _, done in turns]) for stage in STAGES}
        lead = statistics.median(lead for _, lead, _ in turns)
        rows.append({"bench": f"a turn, user {user}", **took, "first words": lead})
    return rows


def _median(values: list[float | None]) -> float:
    """Over the turns that had the stage."""
    return statistics.median([value for value in values if value is not None] or [0.0])


def _reading() -> Row:
    measured = import_module("bench.understand").measure(9_000, MESSAGES)
    return {"bench": "reading a message", "understand": measured["median_ms"], "95 %": measured["p95_ms"]}
