"""Places to go out (opening hours, prices that are ranges) and what a museum keeps (years of any age, conditions)."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalogues.base import Ask, Row, Unseen, known, write_csv

_CUISINES = ("Italian", "Japanese", "Mexican", "French", "Vegan", "Seafood", "Indian", "Greek", "Tapas")
_HOURS = {"Bar": ((16, 17, 19), (0, 1, 3)), "Restaurant": ((11, 12, 17), (21, 22, 0)), "Café": ((7, 8, 9), (17, 18, 20)),
          "Club": ((21, 22, 23), (3, 4, 5)), "Pub": ((11, 12, 15), (23, 0, 1))}  # fmt: skip


def _venues() -> list[dict[str, Any]]:
    draw = random.Random(5)
    names = [f"The {a} {n}" for a in ("Copper", "Blue", "Quiet", "Velvet", "Old", "Crooked", "Wild", "Salty", "Lucky")
             for n in ("Lantern", "Heron", "Spoon", "Anchor", "Fig", "Table", "Cellar", "Fox")]  # fmt: skip
    names += ["After Eight", "No. 12", "Something Else", "Half & Half", "Dr. Noodle: Ramen, Udon & More", "Nonna Pia"]
    rows = []
    for index, name in enumerate(names):
        kind = draw.choice([*_HOURS, "Restaurant"])
        opens, closes = (draw.choice(hours) for hours in _HOURS[kind])
        price = None if draw.random() < 0.08 else draw.choice([12, 15, 18, 22, 25, 30, 40, 55, 70])
        rows.append({
            "id": f"v{index:03}", "name": name, "kind": kind, "cuisine": draw.sample(_CUISINES, draw.choice([1, 1, 2])),
            "district": draw.choice(["Old Town", "Harbour", "University", "Westend"]), "price": price,
            "most": price if price is None or draw.random() < 0.6 else price + draw.choice([5, 10, 20]), "opens": opens,
            "closes": closes, "late": closes + 24 * (closes < 6), "seats": draw.choice([18, 24, 36, 60, 80, 120, 200]),
            "terrace": draw.random() < 0.4, "noise": draw.choice(["quiet", "lively", "loud", None]),
            "opened": f"{draw.randint(1995, 2024)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            "station": draw.choice([80, 150, 250, 400, 900, 1200, 2500]),
        })  # fmt: skip
    return rows


def _write_venues(rows: Sequence[Row], folder: Path) -> Path:
    def line(r: Row) -> list[Any]:
        price = None if r["price"] is None else f"€{r['price']}" + (f"–{r['most']}" if r["most"] > r["price"] else "")
        station = f"{r['station']} m" if r["station"] < 1000 else f"{r['station'] / 1000:g} km"
        return [r["id"], r["name"], r["kind"], ", ".join(r["cuisine"]), r["district"], price, f"{r['opens']:02}:00",
                f"{r['closes']:02}:00", r["seats"], "yes" if r["terrace"] else "no", r["noise"],
                ".".join(reversed(r["opened"].split("-"))), station]  # fmt: skip

    header = ["Venue ID", "Name", "Type", "Cuisine", "District", "Price per person", "Opens", "Closes", "Seats", "Terrace",
              "Noise level", "Opened on", "Distance to station"]  # fmt: skip
    return write_csv(folder / "venues.csv", header, [line(r) for r in rows], ";")


VENUES = Unseen(
    "venues",
    _venues(),
    _write_venues,
    (
        Ask("a quiet restaurant in the Old Town", lambda r: r["kind"] == "Restaurant" and r["noise"] == "quiet" and r["district"] == "Old Town"),
        Ask("room for 100 people", lambda r: r["seats"] >= 100),
        Ask("for 60 people", lambda r: r["seats"] >= 60),
        Ask("under 25 euros per person", lambda r: known(r["price"], lambda p: p < 25)),
        Ask("dinner for at most €30 a head", lambda r: known(r["price"], lambda p: p <= 30)),
        Ask("at least 40 euros", lambda r: known(r["most"], lambda p: p >= 40)),
        Ask("I can spend 20", lambda r: known(r["price"], lambda p: p <= 20)),
        Ask("open after 10 pm", lambda r: r["late"] > 22),
        Ask("open until at least 1 am", lambda r: r["late"] >= 25),
        Ask("open till midnight", lambda r: r["late"] >= 24),
        Ask("closes after midnight", lambda r: r["late"] > 24),
        Ask("closes before 6:30 pm", lambda r: r["late"] < 18.5),
        Ask("opens before 9 am", lambda r: r["opens"] < 9),
        Ask("opens by noon", lambda r: r["opens"] <= 12),
        Ask("open at 10 pm", lambda r: r["opens"] <= 22 < r["late"]),
        Ask("opens at 7 am", lambda r: r["opens"] == 7),
        Ask("a bar opened after 2015", lambda r: r["kind"] == "Bar" and r["opened"] >= "2016"),
        Ask("within 1 km of the station", lambda r: r["station"] <= 1000),
        Ask("neither a club nor a pub", lambda r: r["kind"] not in ("Club", "Pub")),
        Ask("a lively place with a terrace", lambda r: r["noise"] == "lively" and r["terrace"]),
    ),
)  # fmt: skip


def _objects() -> list[dict[str, Any]]:
    draw = random.Random(7)
    kinds = ("Vase", "Bowl", "Mask", "Sword", "Clock", "Teapot", "Tapestry", "Coin", "Armchair", "Music box")
    with_it = (
        "with dragons",
        "of a merchant",
        "for a child",
        "without a lid",
        "and stand",
        "from a shipwreck",
        "or a copy",
    )
    rows = []
    for index, (kind, what) in enumerate((k, w) for k in kinds for w in with_it):
        culture = draw.choice(["Roman", "Chinese", "Japanese", "French", "Ottoman"])
        rows.append({
            "id": f"M.{1000 + index}", "name": f"{kind} {what}", "kind": kind, "culture": culture,
            "year": draw.randint(100, 400) if culture == "Roman" else draw.randint(1450, 1940), "circa": draw.random() < 0.4,
            "materials": draw.sample(["bronze", "silver", "gold", "oak", "ivory", "silk"], draw.choice([1, 1, 2])),
            "height": None if draw.random() < 0.1 else draw.choice([3.2, 8, 12.5, 18, 33, 60, 140]),
            "display": draw.random() < 0.55, "acquired": f"{draw.randint(1880, 2023)}-{draw.randint(1, 12):02}-11",
            "value": None if draw.random() < 0.25 else draw.choice([450, 1500, 8000, 30000, 120000]),
            "how": draw.choice(["purchase", "gift", "bequest"]), "condition": draw.choice(["poor", "fair", "good", "excellent"]),
        })  # fmt: skip
    return rows


def _write_objects(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "objects.json"
    out = [
        {"accession_no": r["id"], "object": r["name"], "classification": r["kind"], "culture": r["culture"],
         "date_made": ("c. " if r["circa"] else "") + str(r["year"]), "materials": r["materials"], "height_cm": r["height"],
         "on_display": r["display"], "acquired": r["acquired"], "acquisition": r["how"], "condition": r["condition"],
         "insurance_value": None if r["value"] is None else f"£{r['value']:,}"}
        for r in rows
    ]  # fmt: skip
    path.write_text(json.dumps(out), encoding="utf-8")
    return path


_GOOD = ("good", "excellent")
OBJECTS = Unseen(
    "museum",
    _objects(),
    _write_objects,
    (
        Ask("made before 1700", lambda r: r["year"] < 1700),
        Ask("objects from the 18th century", lambda r: 1700 <= r["year"] < 1800),
        Ask("made between 1800 and 1900", lambda r: 1800 <= r["year"] <= 1900),
        Ask("from the 1920s", lambda r: 1920 <= r["year"] < 1930),
        Ask("older than 1600", lambda r: r["year"] < 1600),
        Ask("acquired after 1990", lambda r: r["acquired"] >= "1991"),
        Ask("acquired as a gift before 1950", lambda r: r["how"] == "gift" and r["acquired"] < "1950"),
        Ask("in good condition or better", lambda r: r["condition"] in _GOOD),
        Ask("at least good condition", lambda r: r["condition"] in _GOOD),
        Ask("condition fair or worse", lambda r: r["condition"] in ("poor", "fair")),
        Ask("not in poor condition", lambda r: r["condition"] != "poor"),
        Ask("worth more than £10,000", lambda r: known(r["value"], lambda v: v > 10_000)),
        Ask("insured for less than 5k pounds", lambda r: known(r["value"], lambda v: v < 5000)),
        Ask("smaller than 10 cm", lambda r: known(r["height"], lambda h: h < 10)),
        Ask("a Japanese mask", lambda r: r["kind"] == "Mask" and r["culture"] == "Japanese"),
        Ask("gold and silver", lambda r: {"gold", "silver"} <= set(r["materials"])),
        Ask("no ivory, please", lambda r: "ivory" not in r["materials"]),
        Ask("a music box that is not on display", lambda r: r["kind"] == "Music box" and not r["display"]),
    ),
)
