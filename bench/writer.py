"""How fast and how varied explanations are: `python bench/writer.py [--model bundled] [--explanations 60]`.

Needs nothing prepared but the language model, which the first run converts. Reasons are made up around the titles
below: speed and variety do not depend on whether anybody gave them those ratings.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import numpy as np

from bot.language_models import language_model
from bot.settings import Settings
from bot.values import Claim, Reason
from bot.writer import Writer
from bot.writer.local import LocalModel, TorchStepper
from bot.writer.model import LanguageModel, Limit
from retrieval.schema import Schema

FILMS = Schema("bench", "Bench", "film", "films", ("film", "films"), (), rating=(0.5, 3, 5))
TITLES = ("Heat", "The Fugitive", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "Alien", "Up",
          "Eternal Sunshine of the Spotless Mind", "Casino", "2001: A Space Odyssey", "Titanic", "Toy Story", "Se7en",
          "Spirited Away", "The Good, the Bad and the Ugly", "Amélie", "Fargo", "City of God")  # fmt: skip
MONTHS = ("January", "March", "May", "August", "October", "December")


def reasons(rng: random.Random, n: int) -> list[Reason]:
    """`n` reasons for one item, as an answer to "why this?" has them."""
    title, *others = rng.sample(TITLES, n + 1)
    made = []
    for other in others:
        share = f"{rng.randrange(2, 40)} %"
        when = f"{rng.choice(MONTHS)} {rng.randrange(1998, 2016)}"
        liked = {"title": title, "other": other, "share": share}
        rated = liked | {"rating": rng.choice(("3.5", "4", "4.5", "5")), "unit": "stars", "when": when}
        low = liked | {"rating": "1.5", "unit": "stars", "when": when, "share": ""}
        made.append(
            rng.choice(
                (
                    Claim("because_you_liked.rated", rated),
                    Claim("because_you_liked.rated", rated),
                    Claim("because_you_liked.said", liked),
                    Claim("because_you_disliked.rated", low),
                    Claim("popular.count", {"title": title, "count": "341", "until": "October 2016", "share": share}),
                    Claim("because_you_liked.group", {"title": title, "count": "12", "share": share}),
                )
            )
        )
    return [Reason(1, "because_you_liked", (claim,), (), 0.2) for claim in made]


def spread(values: Sequence[float]) -> str:
    """Median with the tenth and the ninetieth percentile."""
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return f"{middle:7.1f}  [{low:.1f} - {high:.1f}]"


def passes(model: LocalModel) -> Iterator[str]:
    """The time of one forward pass, by arithmetic, threads and number of tokens."""
    for name, quantise in (("float32", False), ("int8", True)):
        for threads in (1, 2):
            stepper = TorchStepper.open(model.source, threads, quantise)
            for tokens in (1, 10, 60):
                times = []
                for turn in range(9):
                    stepper.begin("x" * 200, "why?", "")
                    stepper.scores(np.array([1]))
                    stepper.append([5 + turn] * tokens)
                    started = time.perf_counter()
                    stepper.scores(np.array([1]))
                    times.append(1e3 * (time.perf_counter() - started))
                yield f"  {name:<8} {threads} thread(s) {tokens:3} tokens {spread(times)}"


def flesch(text: str) -> float:
    """Flesch reading ease (Flesch 1948), syllables counted as groups of vowels; titles are masked before."""
    words = re.findall(r"[A-Za-z]+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    full_stops = max(1, len(re.findall(r"[.!?](?:\s|$)", text)))
    return 206.835 - 1.015 * len(words) / full_stops - 84.6 * syllables / len(words)


def masked(text: str) -> str:
    """The text with every title as one word of one syllable."""
    for title in sorted(TITLES, key=len, reverse=True):
        text = text.replace(title, "Heat")
    return text


def variety(texts: Sequence[str]) -> str:
    """First-four-word share, distinct-2 (Li et al. 2016) and Flesch of masked explanations."""
    firsts = Counter(" ".join(text.split()[:4]) for text in texts)
    pairs = [pair for text in texts for pair in zip(text.split(), text.split()[1:], strict=False)]
    share = firsts.most_common(1)[0][1] / len(texts)
    ease = statistics.median(flesch(text) for text in texts)
    return f"first four words {share:.0%}, distinct-2 {len(set(pairs)) / len(pairs):.2f}, Flesch {ease:.0f}"


def explain(model: LanguageModel | None, label: str, explanations: int) -> None:
    """Time and judge explanations of three to five sentences."""
    writer = Writer(model, SimpleNamespace(schema=FILMS), seconds=30)
    rng = random.Random(1)
    leads, totals, texts, refused = [], [], [], 0
    list(writer.write(reasons(rng, 3), (), "warm up"))
    for number in range(explanations):
        told = reasons(rng, 3 + number % 3)
        started = time.perf_counter()
        sentences = []
        for sentence in writer.write(told, (), f"why {number}?"):
            if not sentences:
                leads.append(1e3 * (time.perf_counter() - started))
            sentences.append(sentence)
        totals.append(1e3 * (time.perf_counter() - started))
        refused += not writer.verify(" ".join(sentences), told)
        texts.append(masked(" ".join(sentences)))
    print(f"{label}, {explanations} explanations of 3 to 5 sentences, ms: median [10 % - 90 %]")
    print(f"  first sentence {spread(leads)}\n  whole          {spread(totals)}")
    print(f"  {variety(texts)}; refused by the verifier: {refused}")


def main() -> None:
    """Measure the model that the settings name, beside no model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--explanations", type=int, default=60)
    parser.add_argument("--passes", action="store_true", help="also time single forward passes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    settings = Settings()
    explain(None, "no model", options.explanations)
    model = language_model(options.model, settings.models, settings.threads)
    if isinstance(model, LocalModel):
        started = time.perf_counter()
        with model.session(Limit.seconds(600)):
            print(f"opened in {time.perf_counter() - started:.1f} s, imports included; runs as {model.arithmetic}")
        if options.passes:
            print("one forward pass, ms: median [10 % - 90 %]")
            for line in passes(model):
                print(line)
    if model is not None:
        explain(model, options.model, options.explanations)
    print(
        "one explanation:",
        *Writer(model, SimpleNamespace(schema=FILMS)).write(reasons(random.Random(4), 4), (), "why?"),
        sep="\n  ",
    )


if __name__ == "__main__":
    main()
