"""Laptops ("16 GB", "1TB", Y/N, "Mar 2023"), wines (Parquet, "13.5%"), plants (centimetres, pounds), board games (tabs)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from catalogues.base import Ask, Row, Unseen, known, write_csv


def _laptops() -> list[Row]:
    draw = random.Random(34)
    brands = {
        "Dell": "Latitude",
        "Lenovo": "ThinkPad",
        "Apple": "MacBook",
        "HP": "Pavilion",
        "Asus": "ZenBook",
        "Acer": "Swift",
    }
    out = []
    for number in range(1, 76):
        brand = draw.choice(sorted(brands))
        inches = draw.choice((11.6, 13.3, 14.0, 15.6, 17.3))
        ram = draw.choice((4, 8, 16, 32))
        out.append(
            {
                "id": f"LT{number:03d}",
                "name": f"{brand} {brands[brand]} {number + 100}",
                "brand": brand,
                "ram": ram,
                "storage": draw.choice((128, 256, 512, 1000, 2000)),
                "kg": round(inches * draw.uniform(0.08, 0.14), 2) if draw.random() > 0.06 else None,
                "inches": inches,
                "touch": draw.random() < 0.4,
                "price": round(ram * draw.uniform(40, 70) + 250, 2),
                "battery": draw.randint(4, 20),
                "year": draw.randint(2020, 2024),
                "month": draw.randint(1, 12),
                "stars": round(draw.uniform(3, 5), 1),
                "os": "macOS" if brand == "Apple" else draw.choice(("Windows", "Windows", "Linux")),
            }
        )
    return out


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _write_laptops(rows: Sequence[Row], folder: Path) -> Path:
    header = ("SKU", "Model", "Manufacturer", "RAM", "Storage", "Weight (kg)", "Screen Size", "Touchscreen", "Price", "Battery Life",
              "Release Date", "Avg. Rating", "Operating System")  # fmt: skip
    lines = [
        (
            r["id"], r["name"], r["brand"], f"{r['ram']} GB", f"{r['storage'] // 1000}TB" if r["storage"] >= 1000 else f"{r['storage']}GB",
            r["kg"], f'{r["inches"]}"', "Y" if r["touch"] else "N", f"${r['price']:,.2f}", f"{r['battery']} hours",
            f"{_MONTHS[r['month'] - 1]} {r['year']}", r["stars"], r["os"],
        )
        for r in rows
    ]  # fmt: skip
    return write_csv(folder / "laptops.csv", header, lines)


LAPTOPS = Unseen(
    "laptops",
    _laptops(),
    _write_laptops,
    (
        Ask("a laptop by Dell", lambda r: r["brand"] == "Dell"),
        Ask("lighter than 1.5 kg", lambda r: known(r["kg"], lambda k: k < 1.5)),
        Ask("less than 2 kg", lambda r: known(r["kg"], lambda k: k < 2)),
        Ask("weighs under 1400 grams", lambda r: known(r["kg"], lambda k: k < 1.4)),
        Ask("under $700", lambda r: r["price"] < 700),
        Ask("a Lenovo for less than 1,000 dollars", lambda r: r["brand"] == "Lenovo" and r["price"] < 1000),
        Ask("16 GB of RAM", lambda r: r["ram"] == 16),
        Ask("at least 16GB RAM", lambda r: r["ram"] >= 16),
        Ask("a laptop with 32 gb ram", lambda r: r["ram"] == 32),
        Ask("1 TB storage or more", lambda r: r["storage"] >= 1000),
        Ask("at least 512 GB of storage", lambda r: r["storage"] >= 512),
        Ask("with a touchscreen", lambda r: r["touch"]),
        Ask("no touchscreen", lambda r: not r["touch"]),
        Ask("a 14 inch laptop", lambda r: r["inches"] == 14.0),
        Ask("screen bigger than 15 inches", lambda r: r["inches"] > 15),
        Ask("screen size of at most 13.3 inches", lambda r: r["inches"] <= 13.3),
        Ask("battery life of more than 12 hours", lambda r: r["battery"] > 12),
        Ask("at least 10 hours of battery", lambda r: r["battery"] >= 10),
        Ask("released in 2023", lambda r: r["year"] == 2023),
        Ask("released after 2022", lambda r: r["year"] > 2022),
        Ask("anything but Apple", lambda r: r["brand"] != "Apple"),
        Ask("neither HP nor Acer", lambda r: r["brand"] not in ("HP", "Acer")),
        Ask("runs Linux", lambda r: r["os"] == "Linux"),
        Ask("rated at least 4.5", lambda r: r["stars"] >= 4.5),
        Ask("one rated at least 4.5 stars", lambda r: r["stars"] >= 4.5),
        Ask("rated 4 stars or more", lambda r: r["stars"] >= 4),
        Ask("a light laptop from Asus", lambda r: r["brand"] == "Asus" and r["kg"] is not None, vague=True),
        Ask("a touchscreen laptop by HP under $900 with at least 8 GB of RAM", lambda r: r["touch"] and r["brand"] == "HP" and r["price"] < 900 and r["ram"] >= 8),
        Ask("an Apple laptop with Windows", lambda _: False, nothing=True),
    ),
)  # fmt: skip


def _wines() -> list[Row]:
    draw = random.Random(55)
    houses = ("Château Morel", "Domaine Sabine", "Bodega Luz", "Cantina Rossa", "Weingut Adler", "Quinta do Rio")
    countries = ("France", "France", "Spain", "Italy", "Germany", "Portugal")
    grapes = {
        "red": ("Merlot", "Pinot Noir", "Tempranillo", "Sangiovese"),
        "white": ("Riesling", "Chardonnay", "Albariño"),
        "rosé": ("Grenache",),
    }
    foods = ("beef", "lamb", "fish", "pasta", "cheese", "poultry", "dessert")
    out = []
    for number in range(1, 86):
        place = draw.randrange(len(houses))
        colour = draw.choice(("red", "red", "white", "white", "rosé"))
        grape = draw.choice(grapes[colour])
        year = draw.randint(2005, 2023)
        out.append(
            {
                "id": str(5000 + number),
                "name": f"{houses[place]} {grape} {year} Cuvée {number}",
                "winery": houses[place],
                "country": countries[place],
                "type": colour,
                "grape": grape,
                "vintage": year,
                "abv": draw.choice((11.5, 12.0, 12.5, 13.0, 13.5, 14.0, 14.5)),
                "price": round(draw.uniform(5, 120), 2),
                "points": draw.randint(80, 99) if draw.random() > 0.1 else None,
                "pairs": sorted(draw.sample(foods, draw.randint(1, 3))),
                "organic": draw.random() < 0.3,
            }
        )
    return out


def _write_wines(rows: Sequence[Row], folder: Path) -> Path:
    import pandas as pd

    path = folder / "wines.parquet"
    pd.DataFrame(
        [
            {
                "wine_id": int(r["id"]), "wine": r["name"], "winery": r["winery"], "country": r["country"], "type": r["type"],
                "grape": r["grape"], "vintage": r["vintage"], "alcohol": f"{r['abv']}%", "price_eur": r["price"],
                "points": r["points"], "food_pairings": r["pairs"], "organic": r["organic"],
            }
            for r in rows
        ]
    ).to_parquet(path)  # fmt: skip
    return path


WINES = Unseen(
    "wines",
    _wines(),
    _write_wines,
    (
        Ask("a red wine", lambda r: r["type"] == "red"),
        Ask("a white wine from Germany", lambda r: r["type"] == "white" and r["country"] == "Germany"),
        Ask("Riesling", lambda r: r["grape"] == "Riesling"),
        Ask("pinot noir or merlot", lambda r: r["grape"] in ("Pinot Noir", "Merlot")),
        Ask("a rosé", lambda r: r["type"] == "rosé"),
        Ask("under 20 euros", lambda r: r["price"] < 20),
        Ask("a bottle between €15 and €30", lambda r: 15 <= r["price"] <= 30),
        Ask("over 90 points", lambda r: known(r["points"], lambda p: p > 90)),
        Ask("at least 95 points", lambda r: known(r["points"], lambda p: p >= 95)),
        Ask("something to go with fish", lambda r: "fish" in r["pairs"]),
        Ask("for beef or lamb", lambda r: bool({"beef", "lamb"} & set(r["pairs"]))),
        Ask("organic wine", lambda r: r["organic"]),
        Ask("not organic", lambda r: not r["organic"]),
        Ask("less than 12.5% alcohol", lambda r: r["abv"] < 12.5),
        Ask("no more than 13 % alcohol", lambda r: r["abv"] <= 13),
        Ask("from 2015", lambda r: r["vintage"] == 2015),
        Ask("a vintage older than 2010", lambda r: r["vintage"] < 2010),
        Ask("from the 2010s", lambda r: 2010 <= r["vintage"] <= 2019),
        Ask("anything but French", lambda r: r["country"] != "France"),
        Ask("no French wine", lambda r: r["country"] != "France"),
        Ask("Italian wines", lambda r: r["country"] == "Italy"),
        Ask("by Bodega Luz", lambda r: r["winery"] == "Bodega Luz"),
        Ask("albarino", lambda r: r["grape"] == "Albariño"),
        Ask("a cheap red", lambda r: r["type"] == "red"),
        Ask("chateau morel, please", lambda r: r["winery"] == "Château Morel"),
    ),
)


def _plants() -> list[Row]:
    draw = random.Random(89)
    first = ("Silver", "Dwarf", "Giant", "Spotted", "Weeping", "Golden", "Creeping", "Royal")
    second = ("Fern", "Palm", "Ivy", "Fig", "Cactus", "Lily", "Orchid", "Begonia")
    names = [f"{a} {b}" for a in first for b in second]
    draw.shuffle(names)
    return [
        {
            "id": str(number),
            "name": name,
            "light": draw.choice(("low", "medium", "bright")),
            "water": draw.choice(("weekly", "twice a week", "monthly")),
            "cm": draw.randint(5, 250),
            "toxic": draw.choice((True, False, False)),
            "price": draw.choice((3.5, 7.99, 12, 18.5, 25, 49.99, 120)),
            "care": draw.choice(("easy", "moderate", "demanding")),
            "flowers": draw.sample(("white", "pink", "yellow", "red"), draw.randint(0, 2)),
            "indoor": draw.random() < 0.7,
        }
        for number, name in enumerate(names, 1)
    ]


def _write_plants(rows: Sequence[Row], folder: Path) -> Path:
    header = (
        "",
        "Common Name",
        "Light",
        "Watering",
        "Height (cm)",
        "Toxic to pets",
        "Price £",
        "Care level",
        "Flower colours",
        "indoor",
    )
    yes = {True: "TRUE", False: "FALSE"}
    lines = [
        (
            r["id"],
            r["name"],
            r["light"],
            r["water"],
            r["cm"],
            yes[r["toxic"]],
            f"£{r['price']:.2f}",
            r["care"],
            ", ".join(r["flowers"]),
            yes[r["indoor"]],
        )
        for r in rows
    ]
    return write_csv(folder / "plants.csv", header, lines)


PLANTS = Unseen(
    "plants",
    _plants(),
    _write_plants,
    (
        Ask("a plant for low light", lambda r: r["light"] == "low"),
        Ask("bright light", lambda r: r["light"] == "bright"),
        Ask("not toxic to pets", lambda r: not r["toxic"]),
        Ask("non-toxic plants", lambda r: not r["toxic"]),
        Ask("easy care", lambda r: r["care"] == "easy"),
        Ask("an easy plant under £10", lambda r: r["care"] == "easy" and r["price"] < 10),
        Ask("smaller than 50 cm", lambda r: r["cm"] < 50),
        Ask("taller than 1 metre", lambda r: r["cm"] > 100),
        Ask("at most 30 cm high", lambda r: r["cm"] <= 30),
        Ask("with pink flowers", lambda r: "pink" in r["flowers"]),
        Ask("white or yellow flowers", lambda r: bool({"white", "yellow"} & set(r["flowers"]))),
        Ask("an indoor plant", lambda r: r["indoor"]),
        Ask("outdoor plants", lambda r: not r["indoor"]),
        Ask("watering only monthly", lambda r: r["water"] == "monthly"),
        Ask("less than 20 pounds", lambda r: r["price"] < 20),
        Ask("nothing demanding", lambda r: r["care"] != "demanding"),
        Ask("more than £40", lambda r: r["price"] > 40),
        Ask("indoor, easy and not toxic", lambda r: r["indoor"] and r["care"] == "easy" and not r["toxic"]),
    ),
)  # fmt: skip


def _games() -> list[Row]:
    draw = random.Random(144)
    first = ("Castles of", "Rise of", "Secrets of", "Traders of", "Legends of", "Gardens of", "Ships of", "Trains of")
    second = ("Avalon", "Brugge", "Cairo", "Delphi", "Edo", "Florence", "Genoa", "Hanseatica")
    mechanics = (
        "worker placement",
        "deck building",
        "dice rolling",
        "auction",
        "cooperative play",
        "tile placement",
        "hand management",
    )
    names = [f"{a} {b}" for a in first for b in second]
    draw.shuffle(names)
    out = []
    for number, name in enumerate(names, 1):
        least = draw.choice((1, 2, 2, 2, 3))
        out.append(
            {
                "id": str(number * 7),
                "name": name,
                "least": least,
                "most": least + draw.randint(0, 5),
                "minutes": draw.choice((15, 20, 30, 45, 60, 90, 120, 180)),
                "mechanics": sorted(draw.sample(mechanics, draw.randint(1, 3))),
                "age": draw.choice((6, 8, 10, 12, 14)),
                "year": draw.randint(1985, 2024),
                "weight": round(draw.uniform(1, 5), 2),
                "rating": round(draw.uniform(5, 9), 2),
                "publisher": draw.choice(("Hexagon", "Meeple House", "Red Die")),
            }
        )
    return out


def _write_games(rows: Sequence[Row], folder: Path) -> Path:
    header = ("game_id", "name", "min_players", "max_players", "playing_time_min", "mechanics", "min_age", "yearpublished", "complexity",
              "avg_rating", "publisher")  # fmt: skip
    lines = [
        (
            r["id"], r["name"], r["least"], r["most"], r["minutes"], "|".join(r["mechanics"]), r["age"], r["year"], r["weight"],
            r["rating"], r["publisher"],
        )
        for r in rows
    ]  # fmt: skip
    return write_csv(folder / "boardgames.tsv", header, lines, "\t")


GAMES = Unseen(
    "boardgames",
    _games(),
    _write_games,
    (
        Ask("a game for 4 players", lambda r: r["least"] <= 4 <= r["most"]),
        Ask("a game for two players", lambda r: r["least"] <= 2 <= r["most"]),
        Ask("a game for one player", lambda r: r["least"] == 1),
        Ask("under 30 minutes", lambda r: r["minutes"] < 30),
        Ask("less than an hour", lambda r: r["minutes"] < 60),
        Ask(
            "at most 45 minutes with deck building", lambda r: r["minutes"] <= 45 and "deck building" in r["mechanics"]
        ),
        Ask("dice rolling and auction", lambda r: {"dice rolling", "auction"} <= set(r["mechanics"])),
        Ask("no dice rolling", lambda r: "dice rolling" not in r["mechanics"]),
        Ask("a cooperative game", lambda r: "cooperative play" in r["mechanics"]),
        Ask(
            "worker placement or tile placement",
            lambda r: bool({"worker placement", "tile placement"} & set(r["mechanics"])),
        ),
        Ask("published after 2015", lambda r: r["year"] > 2015),
        Ask("from the 90s", lambda r: 1990 <= r["year"] <= 1999),
        Ask("complexity below 2", lambda r: r["weight"] < 2),
        Ask("a rating of at least 8", lambda r: r["rating"] >= 8),
        Ask("by Red Die", lambda r: r["publisher"] == "Red Die"),
        Ask("not by Hexagon", lambda r: r["publisher"] != "Hexagon"),
        Ask("a quick game", lambda r: r["minutes"] <= 30),
        Ask("longer than two hours", lambda r: r["minutes"] > 120),
        Ask("between 60 and 90 minutes", lambda r: 60 <= r["minutes"] <= 90),
        Ask(
            "hand management, newer than 2010, under 2 hours",
            lambda r: "hand management" in r["mechanics"] and r["year"] > 2010 and r["minutes"] < 120,
        ),
    ),
)
