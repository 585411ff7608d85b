"""How long each kind of question takes to its first words and in all: `python -m bench.questions [--dataset NAME]`.

Needs a prepared data set. One thread, the bundled language model left out: what is measured is the recommender run
again. Users are the one with the longest history, and those whose histories are nearest to 200 and 20 events.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator

import numpy as np

from bot.assistant import Assistant
from bot.settings import Settings
from bot.values import Stage

ASK = "what would I enjoy?"
QUESTIONS = (
    "why these?",
    "why the first one?",
    "why not {other}?",
    "how sure are you?",
    "how sure are you of the first one?",
    "what in my history matters most?",
    "what matters most for the second?",
    "what would make you recommend {other}?",
    "what would make you recommend {far}?",
    "what would it take to stop recommending the first one?",
    "what if I had never rated {own}?",
    "what if I liked {other}?",
    "compare the first and the second",
    "why is the first above the second?",
)


def users(assistant: Assistant) -> Iterator[tuple[str, int]]:
    """(user, events) of the longest history and of those nearest to 200 and 20 events."""
    known = assistant.catalogue.interactions
    counts = np.bincount(known.users, minlength=len(known.user_ids))
    for wanted in (int(counts.max()), 200, 20):
        row = int(np.argmin(np.abs(counts - wanted)))
        yield known.user_ids[row], int(counts[row])


def asked(assistant: Assistant, user: str) -> Iterator[str]:
    """The questions, about items of this catalogue: popular ones that the user does not know, and their own best."""
    catalogue = assistant.catalogue
    past = sorted(catalogue.past(user), key=lambda event: -event[1])
    known = {row for row, _, _ in past}
    open_ = [int(row) for row in np.argsort(-catalogue.counts, kind="stable") if row not in known]
    title = {"other": catalogue.items[open_[40]].title, "far": catalogue.items[open_[len(open_) // 2]].title}
    title["own"] = catalogue.items[past[0][0]].title
    for question in QUESTIONS:
        yield question.format_map(title)


def main() -> None:
    """Print milliseconds to the first words and in all, by question."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    assistant = Assistant.open(Settings(language_model="none"), options.dataset, throw_away=True)
    assistant.warm()
    for user, events in users(assistant):
        print(f"\nuser {user}, {events:,} events: ms to the first words, and in all (median of {options.rounds})")
        for number, question in enumerate(asked(assistant, user)):
            times = []
            for round_ in range(options.rounds + 1):
                conversation = assistant.new_conversation(assistant.guest(user))
                assistant.turn(conversation, ASK)
                start, lead = time.perf_counter(), 0.0
                for step in assistant.stream(conversation, question):
                    if isinstance(step, Stage) and step.name == "write" and step.text and not lead:
                        lead = time.perf_counter() - start
                if round_ or number:
                    times.append((1e3 * lead, 1e3 * (time.perf_counter() - start)))
            lead, total = (statistics.median(t[i] for t in times) for i in (0, 1))
            print(f"{lead:8.0f} {total:8.0f}  {question}")


if __name__ == "__main__":
    main()
