"""Kettles with reviews: `python -m bench.kettles FOLDER` writes items.csv and reviews.csv, the same every time.

Invented, small, and only there because no data set at hand has both ratings and what people wrote with them.

    python -m bench.kettles kettles
    because import kettles --items kettles/items.csv --interactions kettles/reviews.csv
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

KETTLES, PEOPLE, SEED = 60, 240, 11
BRANDS = ("Brewster", "Calder", "Hobb", "Marl", "Tarn")
MATERIALS = ("Steel", "Glass", "Copper", "Enamel")
LITRES = (0.8, 1.0, 1.5, 1.7, 2.0)
WHERE = (
    "in our small kitchen",
    "in the office",
    "on the boat",
    "in my parents' flat",
    "in a shared house",
    "in the camper",
)
LONG = ("two months", "half a year", "a whole winter", "three years", "ten days")
GOOD = (
    "The spout pours a thin, steady stream, which is all that I wanted for coffee {where}.",
    "After {long} of daily use {where} there is still no limescale on the {material} inside.",
    "It boils a full litre before I have found the tea, and switches itself off every time {where}.",
    "The handle stays cool to the touch even when the water has just boiled {where}.",
    "You can hear when it is about to boil, but it wakes nobody up {where}.",
    "The lid opens wide enough to wash the inside by hand, so it has stayed clean for {long}.",
    "It keeps the water warm for most of an hour, so a second cup needs no second boil {where}.",
    "The base takes up little room {where}, and the cable is long enough to reach the wall.",
)
BAD = (
    "The lid came off its hinge after {long}, and there is no spare part for it.",
    "It drips from the spout each time I pour, so the counter {where} is always wet.",
    "After {long} the switch no longer stays down unless I hold it with a finger.",
    "It is so loud {where} that we have to stop talking until it has boiled.",
    "The {material} outside gets too hot to touch, which I would not have with children around.",
    "The water tasted of plastic for {long}, however often I boiled it and threw it away.",
)


def write(folder: Path) -> None:
    """items.csv and reviews.csv. People like one brand and one material better than the rest."""
    rng = random.Random(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    items = [
        (f"k{n}", f"{(brand := rng.choice(BRANDS))} {rng.choice('ABCDEFGH')}{n}", brand, rng.choice(MATERIALS),
         rng.choice(LITRES), round(rng.uniform(15, 120), 2))
        for n in range(1, KETTLES + 1)
    ]  # fmt: skip
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "title", "brand", "material", "capacity (l)", "price ($)"])
        out.writerows(items)
    weights = [1 / (place + 3) for place in range(KETTLES)]
    with (folder / "reviews.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["user", "item", "rating", "timestamp", "review", "helpful"])
        for person in range(1, PEOPLE + 1):
            brand, material = rng.choice(BRANDS), rng.choice(MATERIALS)
            for place in sorted(set(rng.choices(range(KETTLES), weights, k=rng.randint(4, 16)))):
                item = items[place]
                liking = 3.2 + 0.8 * (item[2] == brand) + 0.8 * (item[3] == material) + rng.gauss(0, 0.8)
                stars = min(5, max(1, round(liking)))
                template = rng.choice(GOOD if stars > 3 else BAD)
                text = template.format(where=rng.choice(WHERE), long=rng.choice(LONG), material=item[3].lower())
                time = 1_600_000_000 + rng.randrange(100_000_000)
                out.writerow([f"p{person}", item[0], stars, time, text, rng.randrange(6)])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
