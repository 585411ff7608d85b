"""What understanding costs: milliseconds per 20-word message, MiniLM included, one thread.

    python -m bench.understand [--items 200000] [--json]

Sizes: 9,000 and 200,000 items made of real-looking words, with three kinds of fields. A message is read with the
classifier whenever its structure leaves the act open, as in the conversation. Reports median and 95th percentile,
processor time beside them (what a busy machine does not distort), and what building the reader costs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time

import numpy as np

from bot.understand import Context, Reader
from retrieval.catalogue import Catalogue
from retrieval.embedding import encoder
from retrieval.schema import Field, Interactions, Item, Schema

MESSAGES = (
    "I loved {a} and {b} but I could not stand {c}, so recommend me some funny thrillers from the nineties please",
    "something in the vein of {a}, ideally under two hours and newer than 1990, but please no horror or war tonight",
    "what should I watch this weekend with my whole family if we want something light and not too long for once",
    "I gave {a} 4 stars last year, it was not bad at all, can you find me three more like that one",
    "why would anybody in the world recommend {a} to a person who has never enjoyed a single western before",
    "i really liked {typo} yesterday evening, have you got any other dramas between 1980 and 1995 with a happy ending",
    "we would like to see a gripping courtroom drama about a lawyer who loses everything, ideally with a strong cast",
    "tell me about {a} and how long it is, and whether there is anything comparable from the last ten years",
)
GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Drama",
    "Fantasy",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "War",
)


def catalogue(n: int, seed: int = 7) -> Catalogue:
    """`n` items with titles of one to five words out of 20,000, a year, a length and up to 40,000 people."""
    pick = random.Random(seed)
    consonants, vowels = "bcdfghklmnprstvw", "aeiou"
    words = [
        "".join(pick.choice(consonants) + pick.choice(vowels) for _ in range(pick.randint(2, 4))) for _ in range(20_000)
    ]
    people = [f"{pick.choice(words).title()} {pick.choice(words).title()}" for _ in range(40_000)]
    schema = Schema(
        "bench", "Bench", "film", "films", ("film", "films", "movie", "movies"),
        (
            Field("genres", "tags", "genre", values={"Comedy": ("funny",), "Horror": ("scary",)}),
            Field("year", "number", "year", "year", ("released",), ("newer",), ("older",)),
            Field("runtime", "number", "running time", "minutes", ("length",), ("longer",), ("shorter",)),
            Field("cast", "list", "cast", None, ("starring",)),
        ),
        "watch", (0.5, 3, 5),
    )  # fmt: skip
    items = tuple(
        Item(
            str(i),
            " ".join(pick.choice(words).title() for _ in range(pick.choice((1, 2, 2, 3, 3, 4, 5)))),
            {
                "genres": tuple(pick.sample(GENRES, 2)),
                "year": pick.randint(1920, 2020),
                "runtime": pick.randint(60, 200),
                "cast": tuple(pick.sample(people, 3)),
            },
        )
        for i in range(n)
    )
    rows = np.arange(n, dtype=np.int64)
    one = np.ones(n, dtype=np.float32)
    return Catalogue(schema, items, Interactions(("u",), 0 * rows, rows, one, one, 0 * rows))


def messages(known: Catalogue, n: int, seed: int = 1) -> list[str]:
    """`n` messages with titles of the catalogue, one with a slip of the finger."""
    pick = random.Random(seed)
    out = []
    for i in range(n):
        a, b, c, typo = (pick.choice(known.items).title for _ in range(4))
        out.append(MESSAGES[i % len(MESSAGES)].format(a=a, b=b, c=c, typo=typo[:2] + typo[3:].lower()))
    return out


def measure(n_items: int, n_messages: int) -> dict[str, float]:
    """Times of one size."""
    known = catalogue(n_items)
    encoder().encode(["warm"])
    start = time.perf_counter()
    reader = Reader(known, encoder())
    built = time.perf_counter() - start
    said = messages(known, n_messages)
    for message in said[: len(MESSAGES)]:
        reader.read(message)
    context = Context(shown=(0, 1, 2, 3, 4), last=("recommend",))
    spent: list[float] = []
    busy: list[float] = []
    for message in said:
        start, worked = time.perf_counter(), time.process_time()
        reader.read(message, context)
        spent.append(1e3 * (time.perf_counter() - start))
        busy.append(1e3 * (time.process_time() - worked))
    return {
        "items": n_items,
        "messages": n_messages,
        "words": float(np.median([len(m.split()) for m in said])),
        "build_seconds": round(built, 2),
        "median_ms": round(float(np.median(spent)), 1),
        "median_cpu_ms": round(float(np.median(busy)), 1),
        "p95_ms": round(float(np.percentile(spent, 95)), 1),
        "worst_ms": round(max(spent), 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="*", default=[9_000, 200_000], help="catalogue sizes")
    parser.add_argument("--messages", type=int, default=200, help="messages per size")
    parser.add_argument("--json", action="store_true", help="one JSON object per size")
    options = parser.parse_args()
    for size in options.items:
        result = measure(size, options.messages)
        print(json.dumps(result) if options.json else "  ".join(f"{k} {v:g}" for k, v in result.items()))


if __name__ == "__main__":
    main()
