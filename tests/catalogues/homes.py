"""Holiday flats (semicolons, "89,50 €", "on request", APARTMENT beside apartment, dates in three forms) and dogs of a shelter
("2 years 3 months", "Free" beside "£50", flags that are unknown, lists in one cell)."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Sequence
from pathlib import Path

from catalogues.base import Ask, Row, Unseen, known, write_csv

D = datetime.date


def _comma(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")


def _chalets() -> list[Row]:
    draw = random.Random(101)
    regions = {
        "Valais": "Switzerland",
        "Grisons": "Switzerland",
        "Ticino": "Switzerland",
        "Tyrol": "Austria",
        "Salzburg": "Austria",
        "Savoy": "France",
        "Provence": "France",
        "Tuscany": "Italy",
        "Sardinia": "Italy",
    }
    out: list[Row] = []
    first = (
        "Edelweiss",
        "Bergblick",
        "Mimosa",
        "Alpenrose",
        "Belvedere",
        "La Tour",
        "Casa Bianca",
        "Sonnenhof",
        "Chez Marie",
        "Le Nid",
        "Villa Flora",
        "Murmeltier",
    )
    kinds = ("Studio", "Apartment", "Chalet", "House", "Loft")
    n = 0
    for f in first:
        for k in kinds:
            for s in ("", " II"):
                n += 1
                if draw.random() < 0.1:
                    continue
                reg = draw.choice(sorted(regions))
                sleeps = draw.choice((2, 2, 3, 4, 4, 5, 6, 8, 10))
                out.append(
                    {
                        "id": f"CH{n:04d}",
                        "name": f"{k} {f}{s}",
                        "region": reg,
                        "country": regions[reg],
                        "kind": k,
                        "sleeps": sleeps,
                        "bedrooms": max(1, sleeps // 2),
                        "price": round(sleeps * draw.uniform(18, 45) + 20, 2) if draw.random() > 0.05 else None,
                        "cleaning": draw.choice((0, 35, 50, 80, 120)),
                        "parking": draw.choice((0, 0, 5, 10, 15)),
                        "sea": round(draw.uniform(0.1, 40), 1)
                        if reg in ("Sardinia", "Tuscany", "Provence", "Ticino")
                        else None,
                        "pets": draw.choice((True, False, None)),
                        "wifi": draw.random() < 0.8,
                        "smoking": draw.random() < 0.2,
                        "rating": round(draw.uniform(3, 5), 1) if draw.random() > 0.2 else None,
                        "free": datetime.date(2025, draw.randint(1, 12), draw.randint(1, 28)),
                        "size": draw.randint(22, 180),
                        "equip": sorted(
                            draw.sample(
                                [
                                    "dishwasher",
                                    "washing machine",
                                    "fireplace",
                                    "balcony",
                                    "garden",
                                    "sauna",
                                    "hot tub",
                                    "bbq",
                                    "crib",
                                ],
                                draw.randint(0, 5),
                            )
                        ),
                        "minstay": draw.choice((1, 2, 3, 7, 7, 14)),
                        "view": draw.choice(["lake", "mountains", "sea", "garden", "street"]),
                    }
                )
    return out


def _write_chalets(rows: Sequence[Row], folder: Path) -> Path:
    h = [
        "Ref.",
        "Property",
        "Region",
        "Country",
        "Type",
        "Sleeps",
        "Bedrooms",
        "Price/night",
        "Cleaning fee (€)",
        "Parking fee per day",
        "Distance to the sea",
        "Pets",
        "WiFi",
        "Smoking allowed",
        "Guest rating",
        "Available from",
        "Living space (m2)",
        "Equipment",
        "Minimum stay (nights)",
        "View",
        "Description",
        "Photo",
    ]
    draw = random.Random(7)
    L = []
    for r in rows:
        kind = draw.choice((str.upper, str.lower, str, str, str))(r["kind"])
        day = draw.choice(("%d.%m.%Y", "%Y-%m-%d", "%d %B %Y"))
        L.append(
            [
                r["id"],
                r["name"],
                r["region"],
                r["country"] + draw.choice(("", "", " ")),
                kind,
                r["sleeps"],
                r["bedrooms"],
                (_comma(r["price"]) + " €") if r["price"] is not None else draw.choice(("", "on request")),
                r["cleaning"],
                _comma(r["parking"]),
                None if r["sea"] is None else f"{r['sea']:.1f} km".replace(".", ","),
                {True: "Y", False: "N", None: ""}[r["pets"]],
                "Y" if r["wifi"] else "N",
                "Yes" if r["smoking"] else "No",
                None if r["rating"] is None else f"{r['rating']:.1f}".replace(".", ","),
                r["free"].strftime(day),
                r["size"],
                ", ".join(r["equip"]),
                r["minstay"],
                r["view"],
                f"<p>Cosy {r['kind'].lower()} in <b>{r['region']}</b> for {r['sleeps']} guests.<br/>{draw.choice(['Quiet location near the lifts', 'A short walk to the bakery', 'Newly renovated in 2021', 'Family run since 1975'])} &amp; {draw.choice(['great hiking', 'a sunny terrace', 'free cots', 'an old stove'])}.</p>",
                f"https://img.example.com/{r['id']}.jpg",
            ]
        )
    return write_csv(folder / "holiday_flats.csv", h, L, ";")


HOLIDAY_FLATS = Unseen(
    "holidayflats",
    _chalets(),
    _write_chalets,
    (
        Ask("a chalet in Valais", lambda r: r["kind"] == "Chalet" and r["region"] == "Valais"),
        Ask("something in Switzerland for 6 people", lambda r: r["country"] == "Switzerland" and r["sleeps"] >= 6),
        Ask("sleeps at least 8", lambda r: r["sleeps"] >= 8),
        Ask("without a parking fee in Valais", lambda r: r["parking"] == 0 and r["region"] == "Valais"),
        Ask("no cleaning fee", lambda r: r["cleaning"] == 0),
        Ask(
            "a place with no cleaning fee and wifi in Austria",
            lambda r: r["cleaning"] == 0 and r["wifi"] and r["country"] == "Austria",
        ),
        Ask(
            "under 120 euros a night with a dishwasher",
            lambda r: known(r["price"], lambda p: p < 120) and "dishwasher" in r["equip"],
        ),
        Ask("pets allowed", lambda r: r["pets"] is True),
        Ask("no pets please", lambda r: r["pets"] is False),
        Ask("non-smoking with a fireplace", lambda r: not r["smoking"] and "fireplace" in r["equip"]),
        Ask("less than 2 km from the sea", lambda r: known(r["sea"], lambda s: s < 2)),
        Ask(
            "within 5 km of the sea, at least 3 bedrooms",
            lambda r: known(r["sea"], lambda s: s <= 5) and r["bedrooms"] >= 3,
        ),
        Ask("available from March 2025", lambda r: r["free"] >= D(2025, 3, 1)),
        Ask(
            "bringing our dog, somewhere in Tuscany or Provence",
            lambda r: r["pets"] is True and r["region"] in ("Tuscany", "Provence"),
        ),
        Ask("no longer than a 3 night minimum stay", lambda r: r["minstay"] <= 3),
        Ask("available before May 2025", lambda r: r["free"] < D(2025, 5, 1)),
        Ask("lake view", lambda r: r["view"] == "lake"),
        Ask("with a view of the mountains and a sauna", lambda r: r["view"] == "mountains" and "sauna" in r["equip"]),
        Ask("rated 4.5 or better", lambda r: known(r["rating"], lambda x: x >= 4.5)),
        Ask("bigger than 100 m2", lambda r: r["size"] > 100),
        Ask("minimum stay of at most 3 nights", lambda r: r["minstay"] <= 3),
        Ask(
            "a loft or a studio, not in Italy, under €100",
            lambda r: (
                r["kind"] in ("Loft", "Studio") and r["country"] != "Italy" and known(r["price"], lambda p: p < 100)
            ),
        ),
        Ask(
            "an Italian house with garden and bbq",
            lambda r: r["country"] == "Italy" and r["kind"] == "House" and {"garden", "bbq"} <= set(r["equip"]),
        ),
        Ask(
            "we are four adults and two kids, chalet with hot tub",
            lambda r: r["kind"] == "Chalet" and "hot tub" in r["equip"],
        ),
        Ask(
            "two bedrooms, balcony, max 150 a night",
            lambda r: r["bedrooms"] == 2 and "balcony" in r["equip"] and known(r["price"], lambda p: p <= 150),
        ),
        Ask(
            "with dishwasher and washing machine but no hot tub",
            lambda r: {"dishwasher", "washing machine"} <= set(r["equip"]) and "hot tub" not in r["equip"],
        ),
        Ask("any apartments in the Salzburg region?", lambda r: r["kind"] == "Apartment" and r["region"] == "Salzburg"),
        Ask("flat for two in Savoy", lambda r: r["region"] == "Savoy" and r["sleeps"] >= 2),
        Ask(
            "a house that sleeps 10 in France",
            lambda r: r["kind"] == "House" and r["sleeps"] >= 10 and r["country"] == "France",
        ),
        Ask(
            "between 80 and 140 euro per night in Grisons",
            lambda r: known(r["price"], lambda p: 80 <= p <= 140) and r["region"] == "Grisons",
        ),
        Ask("with wifi", lambda r: r["wifi"]),
        Ask("smoking allowed, pets ok", lambda r: r["smoking"] and r["pets"] is True),
        Ask("a place without smoking that allows pets", lambda r: not r["smoking"] and r["pets"] is True),
        Ask("available in June", lambda r: r["free"].month == 6),
        Ask(
            "somewhere for 4, 2+ bedrooms, 60 sqm or more",
            lambda r: r["sleeps"] >= 4 and r["bedrooms"] >= 2 and r["size"] >= 60,
        ),
        Ask("not a studio and not an apartment", lambda r: r["kind"] not in ("Studio", "Apartment")),
        Ask("neither sea nor street view", lambda r: r["view"] not in ("sea", "street")),
        Ask("cheap studio", lambda r: r["kind"] == "Studio", vague=True),
        Ask("a spacious chalet", lambda r: r["kind"] == "Chalet", vague=True),
    ),
)


def _dogs() -> list[Row]:
    draw = random.Random(303)
    out: list[Row] = []
    names = [
        "Bella",
        "Max",
        "Luna",
        "Charlie",
        "Rocky",
        "Daisy",
        "Milo",
        "Coco",
        "Buddy",
        "Ruby",
        "Oscar",
        "Molly",
        "Teddy",
        "Rosie",
        "Archie",
        "Poppy",
        "Bailey",
        "Lola",
        "Toby",
        "Willow",
        "Jack",
        "Stella",
        "Leo",
        "Zoe",
        "Finn",
        "Nala",
        "Gus",
        "Maggie",
        "Duke",
        "Penny",
        "Rex",
        "Hazel",
        "Bruno",
        "Ivy",
        "Sam",
        "Pepper",
        "Otto",
        "Honey",
        "Ziggy",
        "Biscuit",
        "Bear",
        "Lady",
        "Lucky",
        "Shadow",
        "Scout",
        "Cleo",
        "Louie",
        "Pixie",
        "Hugo",
        "Mia",
    ]
    breeds = [
        "Labrador",
        "German Shepherd",
        "Beagle",
        "Poodle",
        "Border Collie",
        "Jack Russell",
        "Husky",
        "Mixed breed",
        "Greyhound",
        "Chihuahua",
        "Boxer",
        "Cocker Spaniel",
    ]
    for n, nm in enumerate((*names, *(f"{name} 2" for name in names[:20])), 1):
        months = draw.randint(2, 170)
        out.append(
            {
                "id": f"D{n}",
                "name": nm.replace(" 2", ""),
                "breed": draw.choice(breeds),
                "months": months,
                "sex": draw.choice(["male", "female"]),
                "kg": round(draw.uniform(2, 48), 1),
                "size": draw.choice(["small", "medium", "large"]),
                "kids": draw.choice((True, False, None)),
                "cats": draw.choice((True, False, None)),
                "dogs": draw.random() < 0.6,
                "neut": draw.random() < 0.7,
                "trained": draw.random() < 0.5,
                "fee": draw.choice((0, 50, 100, 150, 250)),
                "arrived": D(draw.choice((2023, 2024)), draw.randint(1, 12), draw.randint(1, 28)),
                "energy": draw.choice(["low", "medium", "high"]),
                "coat": draw.choice(["short", "long", "wiry", "curly"]),
                "colours": sorted(draw.sample(["black", "white", "brown", "tan", "grey"], draw.randint(1, 3))),
                "city": draw.choice(["Leeds", "York", "Hull", "Bradford"]),
                "needs": sorted(
                    draw.sample(
                        ["garden", "no stairs", "experienced owner", "daily medication", "muzzle outdoors"],
                        draw.randint(0, 2),
                    )
                ),
            }
        )
    return out


def _write_dogs(rows: Sequence[Row], folder: Path) -> Path:
    draw = random.Random(9)
    L = []
    for r in rows:
        y, m = divmod(r["months"], 12)
        age = f"{y} years {m} months" if y and m else (f"{y} years" if y else f"{m} months")
        L.append(
            {
                "id": r["id"],
                "dog_name": r["name"],
                "breed": r["breed"],
                "age": age,
                "sex": r["sex"] if draw.random() > 0.3 else r["sex"].upper(),
                "weight": f"{r['kg']} kg",
                "size": r["size"].capitalize(),
                "good_with_kids": {True: "Yes", False: "No", None: "Unknown"}[r["kids"]],
                "good_with_cats": {True: "Yes", False: "No", None: None}[r["cats"]],
                "good_with_dogs": "Yes" if r["dogs"] else "No",
                "neutered": r["neut"],
                "house_trained": r["trained"],
                "adoption_fee": "Free" if r["fee"] == 0 else f"£{r['fee']}",
                "arrival_date": r["arrived"].strftime(draw.choice(("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y"))),
                "energy_level": r["energy"],
                "coat": r["coat"],
                "colours": r["colours"],
                "shelter": {"city": r["city"], "phone": "01234 567890"},
                "special_needs": "; ".join(r["needs"]),
                "bio": f"<p>{r['name']} is a {draw.choice(['sweet', 'shy', 'bouncy', 'calm'])} soul who loves {draw.choice(['long walks', 'tennis balls', 'cuddles on the sofa', 'swimming'])}&nbsp;and {draw.choice(['car rides', 'cheese', 'snow', 'puzzles'])}.</p>",
                "photos": ["http://x.example/a.jpg"],
            }
        )
    (folder / "shelter_dogs.json").write_text(json.dumps({"count": len(L), "dogs": L}))
    return folder / "shelter_dogs.json"


SHELTER_DOGS = Unseen(
    "shelterdogs",
    _dogs(),
    _write_dogs,
    (
        Ask("a small dog", lambda r: r["size"] == "small"),
        Ask("a dog that is good with kids", lambda r: r["kids"] is True),
        Ask("we have a cat and two children", lambda r: r["kids"] is True and r["cats"] is True),
        Ask("small or medium, female", lambda r: r["size"] in ("small", "medium") and r["sex"] == "female"),
        Ask("no bigger than 15 kg", lambda r: r["kg"] <= 15),
        Ask("between 3 and 6", lambda r: 36 <= r["months"] <= 72),
        Ask("good with cats and kids", lambda r: r["kids"] is True and r["cats"] is True),
        Ask("not good with cats", lambda r: r["cats"] is False),
        Ask("aged 4", lambda r: 48 <= r["months"] < 60),
        Ask("younger than 2 years", lambda r: r["months"] < 24),
        Ask("a puppy under 6 months", lambda r: r["months"] < 6),
        Ask("1.5 years old or more", lambda r: r["months"] >= 18),
        Ask("aged of at least 18 months", lambda r: r["months"] >= 18),
        Ask("between 2 and 5 years old", lambda r: 24 <= r["months"] <= 60),
        Ask("ages 3 and under", lambda r: r["months"] <= 36),
        Ask("older than 10", lambda r: r["months"] > 120),
        Ask("at most 8 years", lambda r: r["months"] <= 96),
        Ask("a female labrador", lambda r: r["sex"] == "female" and r["breed"] == "Labrador"),
        Ask("a boy, neutered and house trained", lambda r: r["neut"] and r["trained"]),
        Ask("male dogs under 10 kg", lambda r: r["sex"] == "male" and r["kg"] < 10),
        Ask("weighs less than 15 kilos", lambda r: r["kg"] < 15),
        Ask("low energy", lambda r: r["energy"] == "low"),
        Ask("not too energetic, short coat", lambda r: r["coat"] == "short"),
        Ask("no adoption fee", lambda r: r["fee"] == 0),
        Ask("free to adopt", lambda r: r["fee"] == 0),
        Ask("price of £0", lambda r: r["fee"] == 0),
        Ask("adoption fee under £100", lambda r: r["fee"] < 100),
        Ask("a black and white dog", lambda r: {"black", "white"} <= set(r["colours"])),
        Ask(
            "brown or tan, medium sized", lambda r: bool({"brown", "tan"} & set(r["colours"])) and r["size"] == "medium"
        ),
        Ask("in Leeds or York", lambda r: r["city"] in ("Leeds", "York")),
        Ask("no huskies, no german shepherds", lambda r: r["breed"] not in ("Husky", "German Shepherd")),
        Ask("one that doesn't need a garden", lambda r: "garden" not in r["needs"]),
        Ask("arrived before March 2024", lambda r: r["arrived"] < D(2024, 3, 1)),
        Ask("arrived in 2023", lambda r: r["arrived"].year == 2023),
        Ask("curly or wiry coat, good with other dogs", lambda r: r["coat"] in ("curly", "wiry") and r["dogs"]),
        Ask("a spaniel or a collie", lambda r: r["breed"] in ("Cocker Spaniel", "Border Collie")),
        Ask("anything but large", lambda r: r["size"] != "large"),
        Ask("jack russel", lambda r: r["breed"] == "Jack Russell"),
        Ask("over 20kg and house-trained", lambda r: r["kg"] > 20 and r["trained"]),
        Ask("not neutered", lambda r: not r["neut"]),
        Ask(
            "a mixed breed from Hull, kid friendly",
            lambda r: r["breed"] == "Mixed breed" and r["city"] == "Hull" and r["kids"] is True,
        ),
    ),
)
