"""Ten explanations of each kind with their evidence, to be judged by reading; and how readable and varied many are.

    python bench/explanations.py --dataset movielens --dataset gear --dataset kettles > docs/explanations.md
    python bench/explanations.py --measure 500

Needs prepared data sets; bench/shop.py and bench/kettles.py write the files of the last two. Nothing is chosen by hand:
users are picked evenly from long to short histories, newcomers say what they like first, and the first ten answers of a
kind are printed, at most two for one person. A catalogue with reviews gives those that quote one, and no others.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.assistant import Assistant
from bot.evaluation.explanations.texts import distinct, first_four_share, flesch, masked, plain
from bot.settings import Settings

TEN, OF_ONE = 10, 2
REVIEWED = "Why this, where the catalogue has reviews?"
# {other}: something popular that is not on the list; {own}: what the user liked best, or said to love.
QUESTIONS = {
    "Why this?": ("why the first one?", "why number 3?"),
    "Why this, in few words?": (
        "why number 2? shorter explanations please",
        "why the first one? keep your explanations short",
    ),
    "Why this, without numbers?": ("why the first one? no numbers please", "why number 2? no numbers please"),
    "Why this, in a friendly tone and more detail?": ("why the first one? more detailed explanations, be friendlier",),
    REVIEWED: ("why the first one?", "why number 2?", "why number 3?"),
    "Why not that?": ("why not {other}?", "why not {own}?"),
    "What if?": ("what if I had never rated {own}?", "what if I liked {other}?"),
    "What would it take?": ("what would make you recommend {other}?",),
    "Which of two?": ("compare the first and the second", "{other} or the first one?"),
    "Why above that?": ("why is the first one above the second?",),
    "How sure?": ("how sure are you?", "how sure are you of the first one?"),
    "What matters most?": ("what in my history matters most?",),
    "Why do you ask?": ("why are you asking me that?",),
    "In Chinese": ("为什么推荐第一个？", "为什么不推荐 {other}？"),
}
REQUESTS = ("what would I enjoy?", "something like {own}", "suggest something with {value}")


@dataclass(frozen=True)
class Told:
    """One answer: who asked what, and the turn as JSON."""

    who: str
    question: str
    turn: dict[str, Any]


def people(assistant: Assistant, count: int, start: int) -> Iterator[tuple[str, str, str, str]]:
    """(user, what is said first, a title of their own, who they are): stored users and newcomers by turns."""
    catalogue = assistant.catalogue
    known = [int(row) for row in catalogue.counts.argsort()[::-1][:60]]
    users = assistant.users(count)
    for place, (user, events) in enumerate(users[start % count :] + users[: start % count]):
        history = [event for event in catalogue.history(user) if event.strength > 0]
        if history:
            own = catalogue.items[max(history, key=lambda event: (event.strength, event.time)).item].title
            yield user, "", own, f"user {user}, {events} events"
        liked = [catalogue.items[known[(7 * (place + start) + step) % len(known)]].title for step in (0, 11, 23)]
        yield (
            "new",
            f"I love {liked[0]} and {liked[1]}, and I hated {liked[2]}",
            liked[0],
            f"a newcomer who loves {liked[0]} and {liked[1]}",
        )


def answers(assistant: Assistant, questions: Sequence[str], count: int, start: int) -> Iterator[Told]:
    """Answers to these questions, one person after another."""
    catalogue = assistant.catalogue
    values = sorted(
        catalogue.members(_field(assistant)), key=lambda value: -len(catalogue.members(_field(assistant))[value])
    )
    for place, (user, first, own, who) in enumerate(people(assistant, count, start)):
        conversation = assistant.new_conversation(user if user == "new" else assistant.guest(user))
        if first:
            assistant.turn(conversation, first)
        request = REQUESTS[place % len(REQUESTS)].format(own=own, value=values[place % min(6, len(values))])
        listed = assistant.turn(conversation, request)
        if listed.ranked is None or len(listed.ranked.items) < 3:
            continue
        shown = {scored.item for scored in listed.ranked.items}
        popular = [int(row) for row in catalogue.counts.argsort()[::-1][:80] if int(row) not in shown]
        for step in range(min(OF_ONE, len(questions))):
            question = questions[(place + step) % len(questions)]
            other = catalogue.items[popular[(13 * place + 5 * step) % len(popular)]].title
            asked = question.format(other=other, own=own)
            turn = assistant.to_json(assistant.turn(conversation, asked))
            if turn["reasons"]:
                yield Told(f"{who}; after “{request}”", asked, turn)


def _field(assistant: Assistant) -> str:
    return next(f.name for f in assistant.catalogue.schema.fields if f.kind in ("tags", "list", "category"))


def printed(told: Told) -> Iterator[str]:
    """One answer in Markdown, with the evidence that it cites."""
    turn = told.turn
    cited = {e for reason in turn["reasons"] for e in reason["evidence"]}
    yield f"**“{told.question}”** ({told.who})\n"
    yield "\n".join(f"> {line}".rstrip() for line in turn["reply"].splitlines()) + "\n"
    for piece in turn["evidence"]:
        if piece["id"] in cited:
            facts = [piece["kind"], *([piece["date"]] if piece["date"] else []),
                     *([f"{round(100 * piece['weight'])} %"] if round(100 * piece["weight"]) else [])]  # fmt: skip
            yield f"- {piece['id']} ({', '.join(facts)}): {piece['text']}"
    yield ""


def document(datasets: Sequence[str]) -> Iterator[str]:
    """The page: ten answers of each kind, taken from the data sets by turns."""
    opened = [Assistant.open(Settings(language_model="none"), name, throw_away=True) for name in datasets]
    yield "# Explanations, ten of each kind\n"
    command = " ".join(f"--dataset {name}" for name in datasets)
    yield f"Printed by `python bench/explanations.py {command}`, without a language model; nothing is chosen or edited"
    yield "by hand. After each answer stands the evidence that it cites: kind, date, signed share of the case.\n"
    for number, (kind, questions) in enumerate(QUESTIONS.items()):
        yield f"## {kind}\n"
        asked = [one for one in opened if _reviewed(one) == (kind == REVIEWED)]
        found = [answers(assistant, questions, 4 * TEN, 5 * number) for assistant in asked]
        if kind == REVIEWED:
            found = [(told for told in of if any(r["kind"] == "review" for r in told.turn["reasons"])) for of in found]
        for place in range(TEN if found else 0):
            told = next(found[place % len(found)], None)
            if told is not None:
                yield from printed(told)
    yield "## Linked through the knowledge graph\n"
    yield "None: entities of the only graph at hand, that of movielens-100k, have no names, so nothing is said of them."


def _reviewed(assistant: Assistant) -> bool:
    return any(assistant.catalogue.reviews(row) for row in range(len(assistant.catalogue.items)))


def measured(dataset: str, count: int) -> Iterator[str]:
    """Readability and variety over many answers to all kinds of question but the Chinese."""
    assistant = Assistant.open(Settings(language_model="none"), dataset, throw_away=True)
    kinds = [questions for kind, questions in QUESTIONS.items() if kind != "In Chinese"]
    texts: list[str] = []
    for number, questions in enumerate(kinds):
        for place, told in enumerate(answers(assistant, questions, count, 5 * number)):
            names = {item.title for item in assistant.catalogue.items if item.title in told.turn["reply"]}
            texts.append(masked(plain(told.turn["reply"]), names))
            if place + 1 >= count // len(kinds):
                break
    yield f"{len(texts)} answers on {dataset}: Flesch {sum(map(flesch, texts)) / len(texts):.1f},"
    yield f"first four words alike {100 * first_four_share(texts):.1f} %, distinct-2 {distinct(texts):.3f}"


def main() -> None:
    """Print the page, or the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", action="append")
    parser.add_argument("--measure", type=int)
    options = parser.parse_args()
    names = options.dataset or ["movielens"]
    for line in (
        document(names) if not options.measure else (text for name in names for text in measured(name, options.measure))
    ):
        print(line)


if __name__ == "__main__":
    main()
