"""Every title of a catalogue in the sentences that people put titles into: that item is read, and nothing else.

`python -m titles_said DATASET [SHARE]` in tests/ reads the titles of a prepared data set (BECAUSE_HOME) and prints what
is misread, by sentence. Only the reader runs.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.understand import Reader
from bot.understand.tokens import norms
from bot.understand.vocabulary import Catalogue
from bot.values import Act, Asked, Sentiment, Understanding

Outcome = Literal["right", "asks", "wrong"]


@dataclass(frozen=True)
class Saying:
    """A sentence round {title} (and {other}), and what is said with it."""

    words: str
    act: Act
    sentiment: Sentiment = "neutral"
    asked: Asked = ""
    supposed: Literal["", "without", "said"] = ""
    rating: float | None = None  # share of the scale's highest
    alike: bool = False


SAYINGS = (
    Saying("why not {title}?", "why_not"),
    Saying("why didn't you recommend {title}?", "why_not"),
    Saying("what if I had never rated {title}?", "what_if", supposed="without"),
    Saying("what if I loved {title}?", "what_if", "like", supposed="said"),
    Saying("what if I hated {title}?", "what_if", "dislike", supposed="said"),
    Saying("what if I gave {title} 5 stars?", "what_if", "like", supposed="said", rating=1.0),
    Saying("compare {title} and {other}", "compare"),
    Saying("compare {other} with {title}", "compare"),
    Saying("{title} or {other}?", "compare", asked="either"),
    Saying("how sure are you about {title}?", "why", asked="sure"),
    Saying("what would it take for you to recommend {title}?", "what_if", asked="takes"),
    Saying("I loved {title}", "like", "like"),
    Saying("I hated {title}", "dislike", "dislike"),
    Saying("I gave {title} 5 stars", "rate", "like", rating=1.0),
    Saying("I've seen {title}", "seen", "seen"),
    Saying("how long is {title}?", "facts"),
    Saying("tell me about {title}", "facts"),
    Saying("something like {title}", "recommend", alike=True),
)


def judged(reader: Reader, saying: Saying, row: int, other: int) -> tuple[Outcome, str]:
    """Whether the sentence about the item of that row is read as such; "asks": it is among the readings asked about."""
    items = reader.catalogue.items
    message = saying.words.format(title=items[row].title, other=items[other].title).replace("??", "?")
    u = reader.read(message)
    wanted = [row, other] if "{other}" in saying.words else [row]
    found = list(u.mentions)
    inner = u.supposed.said if u.supposed is not None else None
    extra = [x for x in (u, inner) if x is not None and _more(x, saying)]
    asked = [m for m in found if len(m.items) > 1]
    right = (
        u.acts == (saying.act,)
        and u.asked == saying.asked
        and not extra
        and len(found) == len(wanted)
        and all(any(w in m.items for m in found) for w in wanted)
    )
    if right and not asked:
        right = _opined(u, inner, saying, row, reader)
    return ("asks" if asked else "right") if right else "wrong", message


def _more(u: Understanding, saying: Saying) -> bool:
    stated = (u.constraints, u.relaxed, u.more, u.rewatch, u.count, u.ignored, u.forget, u.toward, u.order, u.manner,
              u.style, u.inquiry, u.preferred, u.unwanted, u.text)  # fmt: skip
    return any(stated) or bool(u.similar_to) != saying.alike


def _opined(u: Understanding, inner: Understanding | None, saying: Saying, row: int, reader: Reader) -> bool:
    if saying.supposed == "without":
        return u.supposed is not None and u.supposed.without == (row,) and inner is None
    if saying.supposed and (inner is None or u.supposed is None or u.supposed.without):
        return False
    mention = (inner or u).mentions[0]
    if mention.sentiment != saying.sentiment or (saying.alike and u.similar_to != (row,)):
        return False
    high = reader.catalogue.schema.rating[2] if reader.catalogue.schema.rating else 5.0
    return mention.rating == (None if saying.rating is None else saying.rating * high)


def ambiguous(catalogue: Catalogue) -> frozenset[int]:
    """Rows whose title, punctuation and a first article aside, is another row's title, other name or part of one, or a
    value of the catalogue."""
    by_name: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for row, item in enumerate(catalogue.items):
        for name in (item.title, *item.aliases):
            for part in {name, *re.split(r"[:(),]| - |\bor\b", name)}:
                by_name[_bare(part)].add(row)
    every_value = (v for item in catalogue.items for v in item.attributes.values())
    values = {norms(str(one)) for v in every_value for one in (v if isinstance(v, tuple) else (v,))}
    return frozenset(
        row
        for row, item in enumerate(catalogue.items)
        if len(by_name[_bare(item.title)]) > 1 or norms(item.title) in values
    )


def _bare(name: str) -> tuple[str, ...]:
    words = norms(name)
    return words[1:] if words[:1] in {("the",), ("a",), ("an",)} else words


def every(
    reader: Reader, rows: Sequence[int], sayings: Sequence[Saying] = SAYINGS, seed: int = 0
) -> Iterator[tuple[Saying, int, Outcome, str]]:
    """Each row's title in each sentence, beside a title drawn from all."""
    draw = random.Random(seed)
    size = len(reader.catalogue.items)
    shared = ambiguous(reader.catalogue)
    for row in rows:
        for saying in sayings:
            other = draw.randrange(size)
            while other == row or other in shared:
                other = draw.randrange(size)
            yield saying, row, *judged(reader, saying, row, other)


def main(dataset: str, share: float = 1.0) -> None:
    """Read a data set's titles and print what is misread."""
    from bot.assistant import Assistant
    from bot.settings import Settings

    assistant = Assistant.open(Settings(language_model="none"), dataset, throw_away=True)
    reader = assistant.agent.reader
    assert isinstance(reader, Reader)
    shared = ambiguous(reader.catalogue)
    rows = [r for r in range(len(reader.catalogue.items)) if r not in shared and norms(reader.catalogue.items[r].title)]
    rows = sorted(random.Random(1).sample(rows, int(len(rows) * share)))
    counts: Counter[tuple[str, Outcome]] = Counter()
    for saying, _, outcome, message in every(reader, rows):
        counts[saying.words, outcome] += 1
        if outcome != "right":
            print(outcome, message, sep="\t", flush=True)
    for saying in SAYINGS:
        print(
            f"{saying.words:55}",
            *(f"{o} {counts[saying.words, o]}" for o in ("right", "asks", "wrong")),
            file=sys.stderr,
        )
    total: Counter[Outcome] = Counter()
    for (_, outcome), n in counts.items():
        total[outcome] += n
    print(dict(total), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
