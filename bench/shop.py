"""A shop to measure with: `python -m bench.shop FOLDER` writes items.csv and interactions.csv, the same every time.

Invented outdoor gear, every kind of field, heavy-tailed popularity, unknown cells. Customers have a taste (a brand, a
few activities, a price level, colours) that their ratings follow, so that behaviour tells something; nothing in the
bot knows of it.

    python -m bench.shop gear
    because import gear --items gear/items.csv --interactions gear/interactions.csv
"""

from __future__ import annotations

import csv
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ITEMS, CUSTOMERS, SEED = 2_400, 900, 7
# kind: (price of an ordinary one in $, weight in g, words for its models)
KINDS = {
    "Tent": (260, 2600, ("Ridge", "Dome", "Shelter", "Lodge")),
    "Backpack": (110, 1300, ("Hauler", "Daypack", "Carry", "Trail")),
    "Sleeping Bag": (150, 1100, ("Cocoon", "Down", "Nest", "Night")),
    "Jacket": (170, 480, ("Shell", "Parka", "Wind", "Storm")),
    "Trousers": (85, 360, ("Stride", "Cargo", "Flex", "Crag")),
    "Boots": (160, 1150, ("Summit", "Mid", "Scree", "Moor")),
    "Stove": (75, 390, ("Burner", "Flame", "Boil", "Camp")),
    "Lamp": (35, 110, ("Beam", "Glow", "Lantern", "Spark")),
    "Mat": (65, 620, ("Rest", "Air", "Foam", "Loft")),
    "Bottle": (22, 210, ("Flask", "Sip", "Canteen", "Stream")),
}  # fmt: skip
BRANDS = (
    "Norrfell", "Altavia", "Kestrel Peak", "Brackwater", "Tundrel", "Osmund", "Pine & Co", "Velden", "Hartmoor",
    "Cairn", "Lumio", "Rakka", "Solvang", "Westerly", "Quillon", "Fernhill",
)  # fmt: skip
COLOURS = ("Black", "Green", "Blue", "Red", "Orange", "Grey", "Yellow", "Brown")
ACTIVITIES = ("Hiking", "Climbing", "Camping", "Skiing", "Cycling", "Running", "Fishing", "Travel")
MATERIALS = ("Nylon", "Polyester", "Merino Wool", "Leather", "Aluminium", "Steel", "Titanium", "Cotton", "Down")
FEATURES = (
    "hood", "two-way zip", "repair kit", "reflective strips", "hip belt", "rain cover", "mesh pockets", "carry sack",
    "quick release", "adjustable straps", "non-slip grip", "vent panels", "storm flaps", "inner lining", "gear loops",
    "USB charging", "fold-flat design", "spare parts",
)  # fmt: skip
HEADER = (
    "sku", "product_name", "product_type", "brand", "price_usd", "weight_g", "colours", "activities", "material",
    "features", "waterproof", "released", "stars", "reviews", "description",
)  # fmt: skip
UNKNOWN = {"weight_g": 0.1, "material": 0.15, "waterproof": 0.1, "stars": 0.1, "released": 0.1, "features": 0.05}


def items(rng: random.Random) -> list[dict[str, str]]:
    """The catalogue's rows."""
    level = {brand: math.exp(rng.gauss(0, 0.4)) for brand in BRANDS}
    rows: list[dict[str, str]] = []
    taken: set[str] = set()
    while len(rows) < ITEMS:
        kind = rng.choice(list(KINDS))
        price, weight, models = KINDS[kind]
        brand = rng.choices(BRANDS, [1 / (place + 2) for place in range(len(BRANDS))])[0]
        title = f"{brand} {rng.choice(models)} {rng.choice(('', 'Pro ', 'Lite ', 'Plus '))}{rng.randint(1, 99)} {kind}"
        if title in taken:
            continue
        taken.add(title)
        dear = level[brand] * math.exp(rng.gauss(0, 0.45))
        activities = rng.sample(ACTIVITIES, rng.randint(1, 3))
        features = rng.sample(FEATURES, rng.randint(2, 5))
        row = {
            "sku": f"G{len(rows):05d}",
            "product_name": title,
            "product_type": kind,
            "brand": brand,
            "price_usd": f"${max(4.0, round(price * dear)) - 0.05:.2f}",
            "weight_g": str(round(weight * math.exp(rng.gauss(0, 0.35)))),
            "colours": "|".join(rng.sample(COLOURS, rng.randint(1, 3))),
            "activities": "|".join(activities),
            "material": rng.choice(MATERIALS),
            "features": "|".join(features),
            "waterproof": rng.choice(("yes", "no")),
            "released": f"{rng.randint(2012, 2023)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            "stars": f"{min(5.0, max(1.0, rng.gauss(3.9, 0.6))):.1f}",
            "reviews": str(int(math.exp(rng.gauss(3.2, 1.4)))),
            "description": f"A {kind.lower()} for {' and '.join(activities).lower()}, with {', '.join(features)}.",
        }
        rows.append({name: "" if rng.random() < UNKNOWN.get(name, 0) else value for name, value in row.items()})
    return rows


@dataclass(frozen=True)
class Customer:
    """What somebody likes; `purse` is the price that suits them over the usual one."""

    brands: frozenset[str]
    activities: frozenset[str]
    colours: frozenset[str]
    purse: float

    def liking(self, row: dict[str, str]) -> float:
        """How much this suits them; 0 is ordinary."""
        off = abs(math.log(float(row["price_usd"][1:]) / (KINDS[row["product_type"]][0] * self.purse)))
        shared = len(self.activities & {*row["activities"].split("|")})
        coloured = bool(self.colours & {*row["colours"].split("|")})
        return 1.2 * (row["brand"] in self.brands) + 0.9 * shared + 0.45 * coloured - 0.8 * off


def interactions(rng: random.Random, rows: list[dict[str, str]]) -> list[tuple[str, str, int, int]]:
    """(customer, sku, stars, Unix time): what customers bought and how they rated it."""
    famous = [float(row["reviews"]) ** 0.7 for row in rows]
    out = []
    for number in range(CUSTOMERS):
        brands, activities, colours = (rng.sample(of, n) for of, n in ((BRANDS, 3), (ACTIVITIES, 2), (COLOURS, 3)))
        purse = math.exp(rng.gauss(0, 0.5))
        customer = Customer(frozenset(brands), frozenset(activities), frozenset(colours), purse)
        liking = [customer.liking(row) for row in rows]
        weights = [f * math.exp(much) for f, much in zip(famous, liking, strict=True)]
        bought = dict.fromkeys(rng.choices(range(len(rows)), weights, k=rng.randint(8, 60)))
        start = rng.randint(1_550_000_000, 1_690_000_000)
        for place, index in enumerate(bought):
            stars = min(5, max(1, round(3.2 + 0.6 * liking[index] + rng.gauss(0, 0.8))))
            out.append((f"c{number:04d}", rows[index]["sku"], stars, start + 86_400 * place * rng.randint(1, 9)))
    return out


def write(folder: Path) -> None:
    """Both files."""
    rng = random.Random(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    rows = items(rng)
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, HEADER)
        table.writeheader()
        table.writerows(rows)
    with (folder / "interactions.csv").open("w", newline="", encoding="utf-8") as file:
        plain = csv.writer(file)
        plain.writerow(("customer_id", "sku", "rating", "timestamp"))
        plain.writerows(interactions(rng, rows))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
