"""How long a turn takes, by stage: `python bench/turn.py [--dataset NAME] [--rounds 5]`.

Needs a prepared data set. The first round warms up and is not counted. "lead" is the time to the first words.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from bot.assistant import Assistant
from bot.settings import Settings
from bot.values import Stage, Turn

TALK = (
    "any good thrillers from the nineties?",
    "newer than 2000 please, and nothing too long",
    "I loved Heat and Casino. Something in that vein, but please no war films",
    "why the first one?",
    "something else?",
    "I've already seen the second one",
    "what do you know about me?",
    "why not The Godfather?",
)


def quantiles(values: Sequence[float]) -> str:
    """Median with the spread, in milliseconds."""
    ordered = sorted(values)
    tenth = max(1, len(ordered) // 10)
    return f"{statistics.median(ordered):8.1f}  [{ordered[tenth - 1]:.1f} - {ordered[-tenth]:.1f}]"


def run(assistant: Assistant, user: str, rounds: int) -> list[tuple[str, float, Turn]]:
    """(message, milliseconds to the first words, finished turn) of every counted turn."""
    out = []
    for round_ in range(rounds + 1):
        conversation = assistant.new_conversation(user)
        for message in TALK:
            start, lead = time.perf_counter(), 0.0
            for step in assistant.stream(conversation, message):
                if isinstance(step, Stage) and step.name == "write" and step.text and not lead:
                    lead = 1e3 * (time.perf_counter() - start)
                elif isinstance(step, Turn) and round_:
                    out.append((message, lead, step))
    return out


def main() -> None:
    """Measure with and without the language model, for a newcomer and a user with history."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset")
    parser.add_argument("--user", default="547")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for model in ("none", "bundled"):
        assistant = Assistant.open(Settings(language_model=model), options.dataset, throw_away=True)
        for user in ("new", options.user):
            turns = run(assistant, user, options.rounds)
            print(f"\nlanguage model {model}, user {user}: median ms [10 % - 90 %] over {len(turns)} turns")
            stages = dict.fromkeys(stage for _, _, turn in turns for stage in turn.timings_ms)
            for stage in stages:
                print(f"  {stage:<11}{quantiles([turn.timings_ms.get(stage, 0.0) for _, _, turn in turns])}")
            print(f"  {'lead':<11}{quantiles([lead for _, lead, _ in turns])}")
            for message in TALK:
                own = [turn.timings_ms["total"] for said, _, turn in turns if said == message]
                print(f"    {quantiles(own)}  {message}")


if __name__ == "__main__":
    main()
