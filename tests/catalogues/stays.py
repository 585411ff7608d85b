"""Hotels (semicolons, "89,50", "8.7/10", amenities by comma) and flats ("€1.250", "65 m²", dates as 01.03.2025)."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from pathlib import Path

from catalogues.base import Ask, Row, Unseen, known, write_csv

_CITIES = {
    "Paris": "France", "Lyon": "France", "Nice": "France", "Berlin": "Germany", "Munich": "Germany", "Rome": "Italy",
    "Venice": "Italy", "Madrid": "Spain", "Lisbon": "Portugal", "Vienna": "Austria",
}  # fmt: skip
_AMENITIES = (
    "pool",
    "sauna",
    "gym",
    "free wifi",
    "parking",
    "breakfast",
    "bar",
    "airport shuttle",
    "spa",
    "rooftop terrace",
)
_FIRST = ("Grand", "Hotel", "Villa", "Pension", "Palace", "Maison", "Casa", "Park")
_SECOND = (
    "Aurora",
    "Bellevue",
    "Cathedral",
    "Dolphin",
    "Elm",
    "Fontana",
    "Gallery",
    "Harbour",
    "Imperial",
    "Jardin",
    "Kingfisher",
    "Linden",
)


def _hotels() -> list[Row]:
    draw = random.Random(3)
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    draw.shuffle(names)
    out = []
    for number, name in enumerate(names[:90], 1):
        city = draw.choice(sorted(_CITIES))
        stars = draw.choice((1, 2, 3, 3, 4, 4, 5))
        out.append(
            {
                "id": str(number),
                "name": name,
                "city": city,
                "country": _CITIES[city],
                "stars": stars if draw.random() > 0.05 else None,
                "price": round(draw.uniform(25, 60) * stars, 2) if draw.random() > 0.05 else None,
                "score": round(draw.uniform(5.5, 9.8), 1),
                "amenities": sorted(draw.sample(_AMENITIES, draw.randint(1, 6))),
                "pets": draw.random() < 0.4,
                "metres": draw.randint(100, 9000),
            }
        )
    return out


def _write_hotels(rows: Sequence[Row], folder: Path) -> Path:
    header = ("Hotel ID", "Hotel Name", "City", "Country", "Stars", "Price per night (EUR)", "Guest Score", "Amenities",
              "Pet Friendly", "Distance to center (m)")  # fmt: skip
    lines = [
        (
            r["id"], r["name"], r["city"], r["country"], r["stars"],
            None if r["price"] is None else f"{r['price']:.2f}".replace(".", ","),
            f"{r['score']}/10", ", ".join(r["amenities"]), "Yes" if r["pets"] else "No", r["metres"],
        )
        for r in rows
    ]  # fmt: skip
    return write_csv(folder / "hotels.csv", header, lines, ";")


HOTELS = Unseen(
    "hotels",
    _hotels(),
    _write_hotels,
    (
        Ask("a hotel in Paris", lambda r: r["city"] == "Paris"),
        Ask("somewhere in Italy", lambda r: r["country"] == "Italy"),
        Ask("hotels in Rome or Venice", lambda r: r["city"] in ("Rome", "Venice")),
        Ask("a pet friendly hotel in Berlin", lambda r: r["city"] == "Berlin" and r["pets"]),
        Ask("I'm travelling with my dog, it must be pet friendly", lambda r: r["pets"]),
        Ask("at least 4 stars", lambda r: known(r["stars"], lambda s: s >= 4)),
        Ask("a five star hotel", lambda r: r["stars"] == 5),
        Ask("a 3-star hotel", lambda r: r["stars"] == 3),
        Ask("hotels with 4 or more stars", lambda r: known(r["stars"], lambda s: s >= 4)),
        Ask("under 100 euros a night", lambda r: known(r["price"], lambda p: p < 100)),
        Ask("less than €80 per night", lambda r: known(r["price"], lambda p: p < 80)),
        Ask("between 60 and 120 euros", lambda r: known(r["price"], lambda p: 60 <= p <= 120)),
        Ask("a cheap hotel", lambda r: known(r["price"], lambda p: p < 90)),
        Ask("a hotel with a pool", lambda r: "pool" in r["amenities"]),
        Ask("with pool and sauna", lambda r: {"pool", "sauna"} <= set(r["amenities"])),
        Ask("a hotel with a gym but without a bar", lambda r: "gym" in r["amenities"] and "bar" not in r["amenities"]),
        Ask("free wifi and parking please", lambda r: {"free wifi", "parking"} <= set(r["amenities"])),
        Ask("not in France", lambda r: r["country"] != "France"),
        Ask("guest score above 9", lambda r: r["score"] > 9),
        Ask("less than 1 km from the center", lambda r: r["metres"] < 1000),
        Ask("within 500 m of the centre", lambda r: r["metres"] <= 500),
        Ask(
            "a spa hotel in Vienna under 200 euros",
            lambda r: r["city"] == "Vienna" and "spa" in r["amenities"] and known(r["price"], lambda p: p < 200),
        ),
        Ask("hotels in Munich with breakfast", lambda r: r["city"] == "Munich" and "breakfast" in r["amenities"]),
        Ask("I need a hotel in Lisbon", lambda r: r["city"] == "Lisbon"),
    ),
)


def _flats() -> list[Row]:
    draw = random.Random(5)
    districts = ("Altstadt", "Neustadt", "Hafen", "Westend", "Nordpark", "Sternviertel")
    out = []
    for number in range(1, 71):
        rooms = draw.choice((1, 1.5, 2, 2, 2.5, 3, 3.5, 4))
        size = round(rooms * draw.uniform(18, 30))
        out.append(
            {
                "id": f"F-{number:03d}",
                "name": f"{draw.choice(('Sunny', 'Quiet', 'Modern', 'Old', 'Bright'))} flat no. {number} in {districts[number % 6]}",
                "district": districts[number % 6],
                "rent": round(size * draw.uniform(9, 22), -1),
                "rooms": rooms,
                "size": size,
                "balcony": draw.random() < 0.5,
                "furnished": draw.choice((True, False, None)),
                "from": datetime.date(2025, draw.randint(1, 12), draw.choice((1, 15))),
                "floor": draw.randint(0, 6),
                "pets": draw.random() < 0.5,
            }
        )
    return out


def _write_flats(rows: Sequence[Row], folder: Path) -> Path:
    header = ("ref", "Title", "District", "Rent per month", "Rooms", "Living area", "balcony", "furnished?", "Available from",
              "Floor", "petsAllowed")  # fmt: skip
    yes = {True: "yes", False: "no", None: ""}
    lines = [
        (
            r["id"], r["name"], r["district"], "€" + f"{r['rent']:,.0f}".replace(",", "."), r["rooms"], f"{r['size']} m²",
            yes[r["balcony"]], yes[r["furnished"]], r["from"].strftime("%d.%m.%Y"), r["floor"], yes[r["pets"]],
        )
        for r in rows
    ]  # fmt: skip
    return write_csv(folder / "apartments.csv", header, lines)


FLATS = Unseen(
    "apartments",
    _flats(),
    _write_flats,
    (
        Ask("an apartment in Hafen", lambda r: r["district"] == "Hafen"),
        Ask("under €1000 a month", lambda r: r["rent"] < 1000),
        Ask("rent below 800 euros", lambda r: r["rent"] < 800),
        Ask("at least 3 rooms", lambda r: r["rooms"] >= 3),
        Ask("2 rooms", lambda r: r["rooms"] == 2),
        Ask("two or three rooms", lambda r: 2 <= r["rooms"] <= 3),
        Ask("with a balcony", lambda r: r["balcony"]),
        Ask("a furnished flat with balcony", lambda r: bool(r["furnished"]) and r["balcony"]),
        Ask("unfurnished, please", lambda r: r["furnished"] is False),
        Ask("bigger than 60 square metres", lambda r: r["size"] > 60),
        Ask("more than 70 m²", lambda r: r["size"] > 70),
        Ask("at least 50 sqm in Westend", lambda r: r["size"] >= 50 and r["district"] == "Westend"),
        Ask("available after February 2025", lambda r: r["from"] >= datetime.date(2025, 3, 1)),
        Ask("available before June 2025", lambda r: r["from"] < datetime.date(2025, 6, 1)),
        Ask("pets allowed", lambda r: r["pets"]),
        Ask("not in Altstadt or Neustadt", lambda r: r["district"] not in ("Altstadt", "Neustadt")),
        Ask("between 700 and 1200 euros", lambda r: 700 <= r["rent"] <= 1200),
        Ask("max 900 €", lambda r: r["rent"] <= 900),
        Ask("a cheap apartment with 2 rooms", lambda r: r["rooms"] == 2, vague=True),
        Ask("above floor 3", lambda r: r["floor"] > 3),
    ),
)
