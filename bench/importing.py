"""What importing costs, by size: `python bench/importing.py make|run|reader|serve|movielens --help`.

    python bench/importing.py make /tmp/shop --items 200000 --reviews 300000     files as of Amazon Reviews 2023
    python bench/importing.py run /tmp/shop --home /tmp/home [--no-text-model]   seconds by stage, peak memory
    python bench/importing.py reader /tmp/home/datasets/shop/versions/*/catalogue   building the reader alone
    python bench/importing.py serve --home /tmp/home                             seconds to open, memory, turns
    python bench/importing.py movielens /tmp/ml --ratings 5000000                reading a zip of that size

The texts are drawn from a small vocabulary by kind of product, with as many words as such pages have (about 100);
behaviour follows the kinds and a long tail. `--no-text-model` puts random unit vectors in the place of embeddings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

KINDS = {
    "kettle": "steel water boil whistle spout handle stove tea lid pour kitchen base switch heat",
    "lamp": "light shade bulb desk warm dim brightness switch cord brass glow reading corner room",
    "backpack": "strap zipper pocket laptop hiking padded canvas travel buckle school weight shoulder rain cover",
    "headphones": "sound bass ear cushion bluetooth battery noise cable microphone treble music comfort foldable",
    "knife": "blade steel edge handle sharp chef slicing balance wood grip kitchen forged cutting board",
    "tent": "pole canvas rain waterproof camping stakes zipper mesh shelter wind pitch people floor night",
    "keyboard": "keys switch typing cable wrist layout backlight gaming quiet desk wireless plastic numeric",
    "blanket": "soft wool warm wash fleece bed colour throw winter couch fringe cotton cosy light",
}
PLAIN = [
    "the",
    "a",
    "with",
    "for",
    "and",
    "in",
    "of",
    "it",
    "this",
    "is",
    "very",
    "quite",
    "really",
    "made",
    "design",
    "quality",
    "easy",
    "use",
    "small",
    "large",
    "durable",
    "set",
    "two",
    "family",
    "gift",
    "home",
    "everyday",
    "perfect",
    "brand",
    "new",
    "materials",
    "provides",
    "includes",
    "keeps",
    "helps",
    "feature",
    "product",
    "long",
    "lasting",
]
SAID = (
    "The {a} is better than I expected and the {b} holds up well.",
    "After {n} months the {a} broke, and nobody answered my mail.",
    "I bought it for the {a}, but the {b} is what I like most!",
    "Great product.",
    "The {a} feels cheap and the {b} came with a scratch.",
    "Works as described<br />and the {a} is easy to clean.",
    "My daughter uses it every day, and the {b} still looks new after {n} weeks.",
    "Five stars!!!",
)
STORES = [f"{one}{two}" for one in ("Nor", "Alp", "Bri", "Cor", "Del", "Fen", "Gar", "Hal") for two in
          ("wood", "ona", "ex", "ia", "field", "mark")]  # fmt: skip


def make(folder: Path, n_items: int, n_reviews: int, packed: bool) -> None:
    """meta.jsonl and reviews.jsonl (.gz when `packed`), the same bytes for the same sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    names = list(KINDS)
    kinds = rng.integers(len(names), size=n_items)
    lengths = rng.lognormal(4.3, 0.7, size=n_items).clip(8, 600).astype(int)
    opened: Callable[..., Any] = gzip.open if packed else open
    ending = ".jsonl.gz" if packed else ".jsonl"
    with opened(folder / f"meta{ending}", "wt", encoding="utf-8") as file:
        for row in range(n_items):
            name = names[kinds[row]]
            own = KINDS[name].split()
            drawn = rng.random(lengths[row])
            words = [own[int(d * 2 * len(own))] if d < 0.5 else PLAIN[int((d - 0.5) * 2 * len(PLAIN))] for d in drawn]
            text, store = " ".join(words), STORES[int(rng.integers(len(STORES)))]
            half = len(text) // 2
            title = f"{store} {own[row % len(own)].capitalize()} {name.capitalize()} {own[-1 - row % 5]} {row % 997}"
            meta = {
                "main_category": "Home & Outdoor", "title": title,
                "average_rating": round(float(rng.normal(4.1, 0.5)), 1), "rating_number": int(rng.pareto(1.1) * 20),
                "features": [text[:half]], "description": [text[half:]],
                "price": round(float(rng.lognormal(3.2, 0.8)), 2) if row % 4 else None,
                "images": [{"thumb": f"https://m/{row}.jpg", "large": f"https://m/{row}l.jpg", "variant": "MAIN"}],
                "videos": [], "store": store, "categories": ["Home & Outdoor", name.capitalize()],
                "details": {"Brand": store, "Color": ("Red", "Blue", "Black", "White")[row % 4],
                            "Best Sellers Rank": {"Home": row}},
                "parent_asin": f"B{row:09}", "bought_together": None,
            }  # fmt: skip
            file.write(json.dumps(meta) + "\n")
    popular = rng.permutation(n_items)
    by_kind = [popular[kinds[popular] == kind] for kind in range(len(names))]
    users = (rng.pareto(1.2, size=n_reviews) * n_reviews / 20).astype(int) % max(1, n_reviews // 3)
    with opened(folder / f"reviews{ending}", "wt", encoding="utf-8") as file:
        for number, user in enumerate(users.tolist()):
            kind = (user + (number % 4 == 0) * int(rng.integers(len(names)))) % len(names)
            group = by_kind[kind]
            row = int(group[int(len(group) * rng.random() ** 3)])
            own = KINDS[names[kind]].split()
            said = [SAID[int(i)] for i in rng.integers(len(SAID), size=int(rng.integers(1, 5)))]
            fill = {"a": own[number % len(own)], "b": own[user % len(own)], "n": number % 11 + 2}
            stars = float(rng.choice(5, p=(0.08, 0.05, 0.1, 0.22, 0.55)) + 1)
            review = {
                "rating": stars, "title": "As said", "text": " ".join(line.format(**fill) for line in said),
                "images": [], "asin": f"B{row:09}", "parent_asin": f"B{row:09}", "user_id": f"AE{user:08}",
                "timestamp": 1_400_000_000_000 + number * 900_000 + user, "helpful_vote": int(rng.pareto(1.5)),
                "verified_purchase": bool(number % 3),
            }  # fmt: skip
            file.write(json.dumps(review) + "\n")


def run(folder: Path, home: Path, text_model: bool) -> None:
    """Import what `make` wrote, and say what each stage took."""
    from retrieval.importing.reading import Files
    from retrieval.importing.run import import_catalogue

    started = time.perf_counter()
    stages: dict[str, int] = {}

    def progress(step: str, done: int, total: int) -> None:
        if step not in stages:
            print(
                f"{time.perf_counter() - started:8.1f} s  {time.process_time():8.1f} CPU s  {peak():6.0f} MB  {step}",
                flush=True,
            )
        stages[step] = max(done, total)

    ending = ".jsonl" if (folder / "meta.jsonl").exists() else ".jsonl.gz"
    files = Files(folder / f"meta{ending}", folder / f"reviews{ending}")
    report = import_catalogue("shop", files, home, progress, encode=None if text_model else drawn)
    print(json.dumps({step: found["seconds"] for step, found in report["steps"].items()}))
    print(f"{report['items']:,} items, {report['events']:,} events: {time.perf_counter() - started:.0f} s, "
          f"{time.process_time():.0f} CPU s, peak {peak():.0f} MB")  # fmt: skip


def drawn(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Random unit vectors, the same for the same texts."""
    rng = np.random.default_rng(len(texts[0]))
    vectors = rng.normal(size=(len(texts), 384)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def reader(folder: Path, say: Sequence[str], rounds: int) -> None:
    """The catalogue in `folder`, then what understanding builds of it, without the text model."""
    from bot.understand import Reader
    from retrieval.catalogue import Catalogue

    class Drawn:
        def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
            return drawn(texts)

    catalogue = Catalogue.load(folder)
    print(f"{len(catalogue.items):,} items: {time.process_time():.1f} CPU s, {now():.0f} MB")
    began, before = time.process_time(), now()
    built = Reader(catalogue, Drawn())
    print(f"reader: {time.process_time() - began:.1f} CPU s, {now() - before:.0f} MB more, peak {peak():.0f} MB")
    for message in say:
        spent = []
        for _ in range(rounds + 1):
            began = time.process_time()
            understood = built.read(message)
            spent.append(1e3 * (time.process_time() - began))
        conditions = [(c.field, c.op, c.value) for c in understood.constraints]
        print(f"  first {spent[0]:.1f}, then {statistics.median(spent[1:]):.1f} CPU ms  {message}  {conditions}")


def serve(home: Path, messages: Sequence[str], rounds: int) -> None:
    """Open the catalogue as `because serve` does, then talk to it."""
    from bot.assistant import Assistant
    from bot.settings import Settings

    started = time.perf_counter()
    assistant = Assistant.open(Settings(home=home, language_model="none"), "shop", throw_away=True)
    print(f"open: {time.perf_counter() - started:.1f} s, {now():.0f} MB")
    events = assistant.catalogue.interactions
    busiest = assistant.catalogue.interactions.user_ids[int(np.bincount(events.users).argmax())] if len(events) else ""
    for user in ["new", busiest] if busiest else ["new"]:
        totals: dict[str, list[float]] = {}
        for round_ in range(rounds + 1):
            conversation = assistant.new_conversation(user)
            for message in messages:
                turn = assistant.turn(conversation, message)
                for stage, spent in turn.timings_ms.items() if round_ else ():
                    totals.setdefault(stage, []).append(spent)
                if round_ == rounds:
                    print(f"  {turn.timings_ms['total']:7.0f} ms  {message}  {turn.timings_ms}")
        shown = {stage: round(statistics.median(spent), 1) for stage, spent in totals.items()}
        print(f"user {user}: median ms {shown}; {now():.0f} MB, peak {peak():.0f} MB")


def movielens(folder: Path, n_ratings: int) -> None:
    """Write a zip in the form of ml-25m with that many ratings, and read it."""
    from retrieval.importing.reading import Files, read

    folder.mkdir(parents=True, exist_ok=True)
    place, rng = folder / f"ml-{n_ratings}.zip", np.random.default_rng(3)
    n_movies = 60_000
    if not place.exists():
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with archive.open("ml/movies.csv", "w") as file:
                file.write(b"movieId,title,genres\n")
                for row in range(1, n_movies + 1):
                    file.write(f'{row},"Film {row}, The ({1950 + row % 70})",Drama|Comedy\n'.encode())
            with archive.open("ml/ratings.csv", "w") as file:
                file.write(b"userId,movieId,rating,timestamp\n")
                for first in range(0, n_ratings, 100_000):
                    size = min(100_000, n_ratings - first)
                    rows = (n_movies * rng.random(size) ** 3).astype(int) + 1
                    stars, times = rng.integers(1, 11, size) / 2, 1_000_000_000 + rng.integers(0, 1 << 29, size)
                    lines = (f"{(first + i) // 150 + 1},{rows[i]},{stars[i]},{times[i]}\n" for i in range(size))
                    file.write("".join(lines).encode())
    started = time.perf_counter()
    found = read("films", Files(place), folder / "aside.csv")
    print(f"{len(found.dataset.items):,} items, {len(found.dataset.interactions):,} events read in "
          f"{time.perf_counter() - started:.0f} s, peak {peak():.0f} MB")  # fmt: skip


def peak() -> float:
    """The most memory this process ever had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def now() -> float:
    """What it has now, MB (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


TALK = (
    "something for the kitchen",
    "a steel kettle under $30",
    "only red ones please, rated at least 4",
    "anything else?",
    "why the first one?",
    "show me lamps by Norwood",
)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("make")
    one.add_argument("folder", type=Path)
    one.add_argument("--items", type=int, default=200_000)
    one.add_argument("--reviews", type=int, default=300_000)
    one.add_argument("--packed", action="store_true")
    one = commands.add_parser("run")
    one.add_argument("folder", type=Path)
    one.add_argument("--home", type=Path, required=True)
    one.add_argument("--no-text-model", action="store_true")
    one = commands.add_parser("reader")
    one.add_argument("folder", type=Path)
    one.add_argument("--say", action="append")
    one.add_argument("--rounds", type=int, default=3)
    one = commands.add_parser("serve")
    one.add_argument("--home", type=Path, required=True)
    one.add_argument("--say", action="append")
    one.add_argument("--rounds", type=int, default=3)
    one = commands.add_parser("movielens")
    one.add_argument("folder", type=Path)
    one.add_argument("--ratings", type=int, default=5_000_000)
    options = parser.parse_args()
    if options.command == "make":
        make(options.folder, options.items, options.reviews, options.packed)
    elif options.command == "run":
        run(options.folder, options.home, not options.no_text_model)
    elif options.command == "reader":
        reader(options.folder, options.say or TALK, options.rounds)
    elif options.command == "serve":
        serve(options.home, options.say or TALK, options.rounds)
    else:
        movielens(options.folder, options.ratings)


if __name__ == "__main__":
    main()
