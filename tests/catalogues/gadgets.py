"""A shop, as a CSV export with purchases and views: odd headers, "$1,299.00", unknown cells, several kinds of product."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from retrieval.importing.reading import Files

HEADER = (
    "SKU", "Product Name", "Category", "Brand", "Price (USD)", "Rating", "Reviews", "Colour", "In Stock", "weight_g",
    "Features", "Release Date", "Description",
)  # fmt: skip
# name, category, brand, price, stars, reviews, colour, in stock, grams, features, released, description
ROWS = tuple(
    tuple(cell.strip() for cell in line.split(" / "))
    for line in """
Aria 300 Headphones / Headphones / Sonique / $79.00 / 4.5 / 812 / Black / Yes / 250 / Wireless|Foldable / 2021-03-01 / Everyday over-ear headphones with 30 hours of battery.
Aria 700 Headphones / Headphones / Sonique / $249.00 / 4.8 / 1540 / White / Yes / 254 / Wireless|Noise Cancelling|Foldable / 2022-05-12 / The quietest headphones we sell, with adaptive noise cancelling.
Aria Kids / Headphones / Sonique / $29.00 / 4.1 / 230 / Blue / Yes / 160 / Wired|Volume Limit / 2020-09-15 / Safe volume for small ears.
Halo Buds / Headphones / Lumen / $49.00 / 3.9 / 640 / Red / Yes / 45 / Wireless|Waterproof / 2021-11-02 / Small earbuds that survive rain and sweat.
Halo Buds Pro / Headphones / Lumen / $149.00 / 4.4 / 905 / Black / No / 48 / Wireless|Waterproof|Noise Cancelling / 2023-02-20 / Earbuds with a long-lasting charging case.
Studio One Monitor / Headphones / Kestrel / $189.00 / 4.6 / 377 / Black / Yes / 320 / Wired / 2018-06-01 / Flat, honest sound for mixing.
Studio Two Monitor / Headphones / Kestrel / $329.00 / 4.7 / 145 / Silver / No / 335 / Wired|Foldable / 2022-10-08 / Reference sound for the mastering desk.
Basix Earphones / Headphones / Basix / $9.99 / 3.2 / 2210 / White / Yes / 15 / Wired / 2017-01-20 / Simple earphones for the train.
Basix Earphones Plus / Headphones / Basix / $14.99 / 3.5 / 980 / Red / Yes / 16 / Wired / 2019-04-04 / Simple earphones with a microphone.
Trailhead Sport Band / Headphones / Northway / $59.00 / 4.0 / 310 / Green / Yes / 38 / Wireless|Waterproof / 2022-07-19 / Open-ear headphones for runners.
Nova 13 Laptop / Laptops / Orbit / $999.00 / 4.4 / 520 / Silver / Yes / 1250 / Touchscreen|Backlit Keyboard / 2022-09-01 / A thin laptop for travel and study.
Nova 15 Laptop / Laptops / Orbit / $1,299.00 / 4.5 / 344 / Silver / Yes / 1750 / Backlit Keyboard / 2023-01-10 / A larger screen for spreadsheets and films.
Nova 13 Lite / Laptops / Orbit / $649.00 / 4.0 / 410 / Blue / Yes / 1190 / Backlit Keyboard / 2021-08-24 / The light one for lectures.
Forge G5 Laptop / Laptops / Kestrel / $1,899.00 / 4.7 / 288 / Black / Yes / 2400 / Backlit Keyboard|Dedicated Graphics / 2023-04-18 / A gaming laptop with a fast display.
Forge G3 Laptop / Laptops / Kestrel / $1,149.00 / 4.2 / 501 / Black / No / 2350 / Backlit Keyboard|Dedicated Graphics / 2021-10-05 / Entry to gaming on the go.
Studio Book 16 / Laptops / Lumen / $2,499.00 / 4.9 / 198 / Grey / Yes / 2050 / Touchscreen|Backlit Keyboard|Dedicated Graphics / 2023-03-03 / For editing video without waiting.
Basix Book 11 / Laptops / Basix / $229.00 / 3.3 / 890 / White / Yes / 1100 /  / 2020-02-14 / A small laptop for browsing and homework.
Basix Book 14 / Laptops / Basix / $319.00 / 3.6 / 720 / Grey / Yes / 1450 /  / 2021-05-30 / A simple laptop for the family.
Courier Flip / Laptops / Northway / $799.00 / 4.1 / 265 / Green / Yes / 1380 / Touchscreen|Stylus / 2022-03-21 / Folds flat into a drawing tablet.
Courier Rugged / Laptops / Northway / $1,699.00 / 4.3 / 77 / Green / No / 2900 / Waterproof|Touchscreen / 2019-12-01 / Survives falls, dust and rain.
Pico Phone / Phones / Basix / $89.00 / 3.4 / 1320 / Red / Yes / 120 / Dual SIM / 2019-10-10 / A small phone that lasts a week.
Pico Phone 2 / Phones / Basix / $119.00 / 3.8 / 640 / Blue / Yes / 128 / Dual SIM / 2021-09-09 / The small phone with a better camera.
Orbit S / Phones / Orbit / $599.00 / 4.3 / 1105 / Black / Yes / 172 / 5G|Wireless Charging / 2022-02-02 / A balanced phone with a bright screen.
Orbit S Max / Phones / Orbit / $899.00 / 4.5 / 980 / Gold / Yes / 210 / 5G|Wireless Charging|Waterproof / 2022-09-20 / A large screen and two days of battery.
Orbit S Mini / Phones / Orbit / $499.00 / 4.2 / 455 / White / No / 140 / 5G / 2021-09-20 / Fits every pocket.
Lumen One / Phones / Lumen / $749.00 / 4.6 / 733 / Grey / Yes / 185 / 5G|Waterproof / 2023-05-05 / The best camera under the stars.
Lumen One Lite / Phones / Lumen / $399.00 / 4.0 / 512 / Green / Yes / 178 / 5G / 2022-06-11 / Most of the camera for half the money.
Trailhead Phone / Phones / Northway / $349.00 / 4.1 / 150 / Orange / Yes / 240 / Waterproof|Dual SIM / 2020-11-11 / A phone for climbers and farmers.
Classic Flip / Phones / Basix / $59.00 / 3.7 / 430 / Black / Yes / 98 / Dual SIM / 2016-05-25 / Folds, rings, nothing else.
Summit Watch / Watches / Northway / $279.00 / 4.6 / 611 / Orange / Yes / 62 / Waterproof|GPS|Heart Rate / 2022-04-14 / Maps on the wrist and a week of battery.
Summit Watch Solar / Watches / Northway / $429.00 / 4.8 / 204 / Black / Yes / 66 / Waterproof|GPS|Heart Rate|Solar / 2023-06-01 / Charges in the sun.
Pulse Band / Watches / Lumen / $39.00 / 3.8 / 1980 / Blue / Yes / 22 / Waterproof|Heart Rate / 2020-06-18 / Counts steps and sleep.
Pulse Band 2 / Watches / Lumen / $59.00 / 4.0 / 905 / Black / Yes / 23 / Waterproof|Heart Rate / 2022-01-16 / Adds a brighter screen.
Orbit Watch / Watches / Orbit / $349.00 / 4.4 / 840 / Silver / Yes / 45 / GPS|Heart Rate|Wireless Charging / 2022-09-21 / Answers calls from the wrist.
Orbit Watch SE / Watches / Orbit / $219.00 / 4.2 / 530 / Gold / No / 42 / Heart Rate|Wireless Charging / 2021-09-21 / The essentials of the larger watch.
Heritage Quartz / Watches / Kestrel / $129.00 / 4.3 / 91 / Brown / Yes / 75 /  / 2015-03-30 / A plain watch with leather strap.
Tempo Speaker / Speakers / Sonique / $99.00 / 4.3 / 470 / Red / Yes / 680 / Wireless|Waterproof / 2021-05-05 / A can-sized speaker for the garden.
Tempo Speaker Max / Speakers / Sonique / $229.00 / 4.5 / 310 / Black / Yes / 2100 / Wireless|Waterproof / 2022-05-05 / Louder, with deep bass.
Hearth Speaker / Speakers / Lumen / $129.00 / 4.1 / 560 / White / Yes / 940 / Wireless|Voice Assistant / 2020-10-29 / A living-room speaker that listens.
Hearth Soundbar / Speakers / Lumen / $399.00 / 4.4 / 222 / Black / Yes / 3900 / Wireless|Voice Assistant / 2021-10-29 / Cinema sound below the television.
Basix Cube / Speakers / Basix / $19.00 / 3.3 / 1410 / Blue / Yes / 210 / Wireless / 2018-08-08 / A tiny speaker for the desk.
Studio Pair / Speakers / Kestrel / $549.00 / 4.8 / 88 / Brown / Yes / 9200 / Wired / 2017-11-17 / Two bookshelf speakers in walnut.
Camper Radio / Speakers / Northway / $69.00 / 3.9 / 133 / Green / No / 890 / Wireless|Solar|Waterproof / 2019-06-06 / A radio that charges in the sun.
Vista Camera / Cameras / Kestrel / $1,099.00 / 4.6 / 240 / Black / Yes / 620 / 4K Video|Interchangeable Lens / 2021-02-11 / A mirrorless camera for serious amateurs.
Vista Camera Pro / Cameras / Kestrel / $2,799.00 / 4.9 / 75 / Black / No / 740 / 4K Video|Interchangeable Lens|Waterproof / 2023-02-11 / For weddings, wildlife and rain.
Pocket Snap / Cameras / Basix / $79.00 / 3.1 / 350 / Pink / Yes / 190 /  / 2018-05-13 / A first camera for children.
Dive Cam / Cameras / Northway / $299.00 / 4.4 / 415 / Orange / Yes / 155 / 4K Video|Waterproof / 2022-06-30 / Films to forty metres below the sea.
Instant Film Camera / Cameras / Lumen / $89.00 / 4.2 / 530 / Pink / Yes / 440 /  / 2019-11-25 / Prints a picture in a minute.
Slate 8 Tablet / Tablets / Basix / $99.00 / 3.5 / 610 / Grey / Yes / 310 /  / 2020-07-07 / A tablet for cartoons and recipes.
Slate 10 Tablet / Tablets / Basix / $159.00 / 3.7 / 480 / Grey / Yes / 460 / Stylus / 2022-07-07 / Larger, with a pen.
Orbit Pad / Tablets / Orbit / $449.00 / 4.6 / 770 / Silver / Yes / 470 / Stylus|Wireless Charging / 2022-10-18 / Draw, read and watch.
Orbit Pad Mini / Tablets / Orbit / $379.00 / 4.5 / 390 / Gold / Yes / 300 / Stylus / 2021-09-14 / The same, in one hand.
Lumen Reader / Tablets / Lumen / $139.00 / 4.7 / 1650 / Black / Yes / 190 / Waterproof|Backlit Screen / 2021-10-27 / Reads like paper, for weeks.
Lumen Reader Color / Tablets / Lumen / $199.00 /  / 0 / Black / No / n/a / Waterproof|Backlit Screen / 2023-08-01 / The reader with colours.
Trail Slate / Tablets / Northway / N/A / 3.9 / 64 / Green / Yes / 690 / Waterproof|GPS / 2020-12-24 / Maps for the dashboard and the dinghy.
""".strip().splitlines()
)


def write(folder: Path) -> Files:
    """Items and behaviour as two CSV files. Every customer keeps to two kinds of product, mostly."""
    items, events = folder / "gadgets.csv", folder / "events.csv"
    with items.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        out.writerows((f"G{number:03d}", *row) for number, row in enumerate(ROWS, 1))
    draw = random.Random(11)
    kinds = sorted({row[1] for row in ROWS})
    with events.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("customer_id", "sku", "event", "timestamp"))
        for customer in range(60):
            liked = draw.sample(kinds, 2)
            pool = [n for n, row in enumerate(ROWS, 1) if row[1] in liked] * 4 + list(range(1, len(ROWS) + 1))
            for step, number in enumerate(dict.fromkeys(draw.choices(pool, k=9))):
                kind = draw.choice(("view", "view", "add_to_cart", "purchase"))
                out.writerow((f"C{customer:02d}", f"G{number:03d}", kind, 1_680_000_000 + customer * 5_000 + step * 60))
    return Files(items, events)
