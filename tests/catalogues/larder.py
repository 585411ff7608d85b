"""Cheeses (Windows-1252, semicolons, 0/1 flags, "12 months") and trails (nested JSON, "2h 05m", who is allowed)."""

from __future__ import annotations

import csv
import datetime
import json
import random
from collections.abc import Sequence
from pathlib import Path

from catalogues.base import Ask, Row, Unseen, known

_COUNTRIES = ("France", "Italy", "Switzerland", "Spain", "Netherlands", "England", "Denmark", "Greece")
_FLAVOURS = ("nutty", "buttery", "tangy", "earthy", "sweet", "smoky", "fruity")
_PAIRS = ("red wine", "white wine", "beer", "cider", "honey", "figs", "port")
_FIRST = ("Alpenfels", "Brocard", "Castellino", "Dorvane", "Elmsworth", "Fontarel", "Gravelle", "Hollern", "Jurasse")
_LAST = ("Reserve", "Jung", "Alt", "Crème", "Select", "No. 5", "Riserva", "Farm", "Cave", "Old", "Mill", "Duo")


def _cheeses() -> list[Row]:
    draw = random.Random(11)
    return [
        {
            "id": place + 1, "title": f"{first} {last}", "country": draw.choice(_COUNTRIES),
            "milk": draw.choice(("cow", "goat", "sheep", "buffalo")),
            "texture": draw.choice(("soft", "semi-soft", "hard", "crumbly", "creamy")),
            "months": draw.choice((0, 1, 2, 3, 6, 9, 12, 18, 24, 36)),
            "fat": None if draw.random() < 0.1 else draw.randint(12, 75), "strength": draw.randint(1, 10),
            "price": round(draw.uniform(6, 68), 2), "raw": draw.random() < 0.4, "organic": draw.random() < 0.4,
            "vegetarian": draw.random() < 0.4, "flavours": draw.sample(_FLAVOURS, draw.randint(1, 3)),
            "pairs": draw.sample(_PAIRS, draw.randint(1, 3)),
        }
        for place, (first, last) in enumerate((first, last) for first in _FIRST for last in _LAST)
    ]  # fmt: skip


def _write_cheeses(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "cheeses.csv"
    with path.open("w", newline="", encoding="cp1252") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["#", "Cheese", "Origin", "Milk", "Texture", "Aged", "Fat %", "Strength (1-10)", "Price / kg",
                      "Raw milk", "Organic", "Vegetarian", "Flavour notes", "Goes with"])  # fmt: skip
        for row in rows:
            out.writerow([
                row["id"], row["title"], row["country"], row["milk"], row["texture"], f"{row['months']} months",
                "" if row["fat"] is None else f"{row['fat']}%", row["strength"],
                f"{row['price']:.2f} €".replace(".", ","), "Y" if row["raw"] else "N", int(row["organic"]),
                str(row["vegetarian"]).lower(), ", ".join(row["flavours"]), " / ".join(row["pairs"]),
            ])  # fmt: skip
    return path


CHEESES = Unseen(
    "cheeses",
    _cheeses(),
    _write_cheeses,
    (
        Ask("aged at least 12 months", lambda r: r["months"] >= 12),
        Ask("aged over 2 years", lambda r: r["months"] > 24),
        Ask("aged one to two years", lambda r: 12 <= r["months"] <= 24),
        Ask("aged less than six months, creamy", lambda r: r["months"] < 6 and r["texture"] == "creamy"),
        Ask("made with raw milk, organic", lambda r: r["raw"] and r["organic"]),
        Ask("an organic cheese without raw milk", lambda r: r["organic"] and not r["raw"]),
        Ask("non-organic english", lambda r: not r["organic"] and r["country"] == "England"),
        Ask("not vegetarian, hard or crumbly", lambda r: not r["vegetarian"] and r["texture"] in ("hard", "crumbly")),
        Ask("no French, Greek or Swiss", lambda r: r["country"] not in ("France", "Greece", "Switzerland")),
        Ask("goes with honey but not with beer", lambda r: "honey" in r["pairs"] and "beer" not in r["pairs"]),
        Ask("for port and figs", lambda r: "port" in r["pairs"] and "figs" in r["pairs"]),
        Ask("strength 8 or more, nothing smoky", lambda r: r["strength"] >= 8 and "smoky" not in r["flavours"]),
        Ask("fat between 20 and 40 percent", lambda r: known(r["fat"], lambda fat: 20 <= fat <= 40)),
        Ask("goat's milk, under 30 euros a kilo", lambda r: r["milk"] == "goat" and r["price"] < 30),
        Ask("nothing from France, nothing over 15 euro", lambda r: r["country"] != "France" and r["price"] <= 15),
        Ask("not from Italy or Spain, soft or hard",
            lambda r: r["country"] not in ("Italy", "Spain") and r["texture"] in ("soft", "hard")),
    ),
)  # fmt: skip

_REGIONS = {"Tirol": "Austria", "Bavaria": "Germany", "Provence": "France", "Brittany": "France", "Valais": "Switzerland",
            "Lake District": "England", "Dolomites": "Italy", "Tuscany": "Italy"}  # fmt: skip
_SIGHTS = ("waterfall", "lake", "forest", "river", "cave", "castle ruins", "beach")


def _trails() -> list[Row]:
    draw = random.Random(12)
    out: list[Row] = []
    for place in range(220):
        region, km, gain = draw.choice(tuple(_REGIONS)), round(draw.uniform(1.5, 38), 1), draw.randint(20, 2400)
        out.append({
            "id": f"t{place}", "title": f"{draw.choice(_FIRST)} {draw.choice(('Ridge', 'Loop', 'Gorge'))} {place}",
            "region": region, "country": _REGIONS[region], "km": km, "gain": None if draw.random() < 0.1 else gain,
            "minutes": int(km * 13 + gain * 0.1), "difficulty": draw.choice(("easy", "moderate", "hard", "expert")),
            "dogs": draw.random() < 0.5, "kids": draw.random() < 0.4, "sights": draw.sample(_SIGHTS, draw.randint(1, 4)),
            "stars": round(draw.uniform(2.5, 5), 1), "reviews": draw.randint(0, 1500),
            "fee": draw.choice((0, 0, 3, 5, 8)),
            "surveyed": datetime.date(2018, 1, 1) + datetime.timedelta(draw.randint(0, 2400)),
        })  # fmt: skip
    return out


def _write_trails(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "trails.json"
    written = [
        {
            "trailId": r["id"], "trailName": r["title"], "location": {"region": r["region"], "country": r["country"]},
            "distance": f"{r['km']} km", "elevationGain": None if r["gain"] is None else f"{r['gain']} m",
            "walkingTime": f"{r['minutes'] // 60}h {r['minutes'] % 60:02d}m", "difficulty": r["difficulty"],
            "dogsAllowed": r["dogs"], "kidFriendly": "yes" if r["kids"] else "no", "highlights": r["sights"],
            "stars": f"{r['stars']} out of 5", "reviewCount": r["reviews"], "parkingFee": f"€{r['fee']:.2f}",
            "lastSurveyed": f"{r['surveyed']:%d/%m/%Y}",
        }
        for r in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"version": 2, "trails": written}), encoding="utf-8")
    return path


TRAILS = Unseen(
    "trails",
    _trails(),
    _write_trails,
    (
        Ask("can I bring my dog? something moderate", lambda r: r["dogs"] and r["difficulty"] == "moderate"),
        Ask("French trails, dog friendly", lambda r: r["country"] == "France" and r["dogs"]),
        Ask("where dogs are allowed", lambda r: r["dogs"]),
        Ask("no dogs please", lambda r: not r["dogs"]),
        Ask("it must suit kids: 3 to 9 km", lambda r: r["kids"] and 3 <= r["km"] <= 9),
        Ask("between 5 and 12 kilometres, less than 900 m of climbing",
            lambda r: 5 <= r["km"] <= 12 and known(r["gain"], lambda gain: gain < 900)),
        Ask("climbing no more than 1000 feet", lambda r: known(r["gain"], lambda gain: gain <= 304.8)),
        Ask("no longer than four hours", lambda r: r["minutes"] <= 240),
        Ask("not in Germany or Switzerland, hard or expert",
            lambda r: r["country"] not in ("Germany", "Switzerland") and r["difficulty"] in ("hard", "expert")),
        Ask("in Tirol or the Dolomites", lambda r: r["region"] in ("Tirol", "Dolomites")),
        Ask("around the Lake District", lambda r: r["region"] == "Lake District"),
        Ask("a cave, free parking", lambda r: "cave" in r["sights"] and r["fee"] == 0),
        Ask("at least 500 reviews and 4 stars or more", lambda r: r["reviews"] >= 500 and r["stars"] >= 4),
        Ask("surveyed since 2022, with a river",
            lambda r: r["surveyed"] >= datetime.date(2022, 1, 1) and "river" in r["sights"]),
        Ask("nothing hard, nothing over 8 km", lambda r: r["difficulty"] != "hard" and r["km"] <= 8),
        Ask("under 5 miles please", lambda r: r["km"] < 8.05),
    ),
)  # fmt: skip
