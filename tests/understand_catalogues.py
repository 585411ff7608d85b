"""Three tiny catalogues that differ in kind: films, a shop, recipes. Nothing in the reader knows which is which."""

from __future__ import annotations

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.schema import Field, Interactions, Item, Schema, Value

_FILMS = Schema(
    name="films",
    title="Films",
    noun="film",
    plural="films",
    nouns=("film", "films", "movie", "movies"),
    verb="watch",
    rating=(0.5, 3, 5),
    fields=(
        Field("genres", "tags", "genre", None, ("genre", "genres", "category"), values={
            "Comedy": ("comedies", "funny"), "Sci-Fi": ("science fiction", "scifi"), "Horror": ("scary",),
            "Romance": ("romantic", "love story"), "Animation": ("animated", "cartoon"), "Children": ("kids", "family"),
            "Thriller": ("suspense",), "Western": ("cowboy",), "Drama": ("dramatic",),
        }),
        Field("year", "number", "year", "year", ("year", "released", "made", "came out", "decade"),
              ("newer", "later", "more recent"), ("older", "earlier")),
        Field("runtime", "number", "running time", "minutes", ("runtime", "running time", "length", "how long"),
              ("longer",), ("shorter",)),
        Field("certificate", "category", "certificate", None, ("rated", "certificate")),
        Field("score", "number", "score", None, ("score", "rating"), ("better rated", "higher rated"), ("worse rated",)),
    ),
)  # fmt: skip
# title, year, genres, runtime, certificate, score, interactions
_FILM_ROWS: tuple[tuple[str, int, str, int | None, str | None, float | None, int], ...] = (
    ("Heat", 1995, "Action Crime Thriller", 170, "R", 8.2, 104),
    ("Casino", 1995, "Crime Drama", 178, "R", 8.2, 88),
    ("Alien", 1979, "Horror Sci-Fi", 117, "R", 8.4, 127),
    ("Aliens", 1986, "Action Horror Sci-Fi", 137, "R", 8.3, 110),
    ("Alien: Resurrection", 1997, "Action Horror Sci-Fi", 109, "R", 6.1, 45),
    ("Titanic", 1997, "Drama Romance", 194, "PG-13", 7.0, 164),
    ("Titanic", 1953, "Drama", 98, None, 7.1, 12),
    ("King Kong", 1933, "Adventure Horror", 100, None, 8.0, 23),
    ("King Kong", 1976, "Adventure", 134, "PG", 5.8, 11),
    ("King Kong", 2005, "Adventure Drama", 187, "PG-13", 7.2, 23),
    ("The Matrix", 1999, "Action Sci-Fi Thriller", 136, "R", 8.5, 259),
    ("The Shawshank Redemption", 1994, "Drama", 142, "R", 9.1, 311),
    ("Pulp Fiction", 1994, "Comedy Crime Drama", 154, "R", 8.8, 324),
    ("The Godfather", 1972, "Crime Drama", 175, "R", 9.0, 200),
    ("Fargo", 1996, "Comedy Crime Drama", 98, "R", 8.2, 224),
    ("Seven", 1995, "Mystery Thriller", 127, "R", 8.3, 201),
    ("It", 1990, "Horror", 192, None, 6.8, 20),
    ("Up", 2009, "Animation Children", None, None, None, 61),
    ("Her", 2013, "Drama Romance Sci-Fi", None, None, None, 25),
    ("Big", 1988, "Comedy Fantasy", 104, "PG", 7.2, 107),
    ("The Others", 2001, "Horror Mystery", 101, "PG-13", 7.7, 49),
    ("Toy Story", 1995, "Animation Children Comedy", 81, "G", 8.0, 247),
    ("Airplane!", 1980, "Comedy", 88, "PG", 7.8, 90),
    ("Romance", 1999, "Drama Romance", 84, None, 5.0, 2),
    ("Unforgiven", 1992, "Drama Western", 131, "R", 8.2, 80),
    ("Casablanca", 1942, "Drama Romance War", 102, "PG", 8.8, 117),
    ("Grease", 1978, "Comedy Musical", 110, "PG", 6.8, 70),
    ("Pride and Prejudice", 1940, "Comedy Romance", 118, None, 7.6, 15),
    ("The Big Lebowski", 1998, "Comedy Crime", 117, "R", 8.1, 120),
    ("1984", 1984, "Drama Sci-Fi", 113, "R", 7.1, 10),
)

_SHOP = Schema(
    name="shop",
    title="Shop",
    noun="product",
    plural="products",
    nouns=("product", "products", "item", "items"),
    verb="buy",
    fields=(
        Field("kind", "category", "kind", None, ("kind", "type"), values={"Headphones": ("headset", "earphones")}),
        Field("brand", "category", "brand", None, ("brand", "make", "made by", "by")),
        Field("colour", "category", "colour", None, ("color", "colour", "coloured")),
        Field("price", "number", "price", "$", ("price", "cost", "costs"), ("more expensive", "pricier"),
              ("cheaper", "less expensive")),
        Field("weight", "number", "weight", "g", ("weight",), ("heavier",), ("lighter",)),
        Field("in_stock", "flag", "in stock", None, ("available",), values={"false": ("sold out", "out of stock")}),
        Field("features", "tags", "features", None, ("feature", "features"),
              values={"Noise Cancelling": ("anc", "noise cancellation")}),
        Field("storage", "number", "storage", "GB", ("storage", "capacity")),
        Field("stars", "number", "stars", "stars", ("rating",), ("better rated",), ("worse rated",)),
    ),
)  # fmt: skip
_SHOP_ROWS: tuple[tuple[str, str, str, str, float, int, bool, str, int | None, float], ...] = (
    ("SoundMax 300", "Headphones", "Sony", "Black", 79, 250, True, "Wireless|Noise Cancelling", None, 4.5),
    ("SoundMax Pro", "Headphones", "Sony", "White", 199, 230, False, "Wireless|Noise Cancelling", None, 4.8),
    ("AirBeat", "Headphones", "Bose", "Red", 149, 210, True, "Wireless", None, 4.1),
    ("AirBeat Mini", "Headphones", "Bose", "Blue", 49, 120, True, "Wired", None, 3.9),
    ("Pixel Phone 7", "Phone", "Google", "Black", 599, 190, True, "5G", 128, 4.4),
    ("Galaxy Slim", "Phone", "Samsung", "Blue", 899, 170, True, "5G|Waterproof", 256, 4.6),
    ("Basic Phone", "Phone", "Nokia", "Red", 39, 90, False, "Waterproof", 1, 3.5),
    ("Trail Runner", "Shoes", "Nike", "Green", 120, 300, True, "Waterproof", None, 4.2),
    ("City Walker", "Shoes", "Adidas", "White", 85, 280, True, "Vegan", None, 4.0),
    ("Travel Laptop", "Laptop", "Lenovo", "Black", 999, 1200, True, "Touchscreen", 512, 4.3),
    ("Studio Laptop", "Laptop", "Apple", "Silver", 1999, 1600, True, "Touchscreen", 1000, 4.9),
    ("Daypack", "Bag", "Orange", "Orange", 60, 700, True, "Waterproof", None, 4.0),
)

_RECIPES = Schema(
    name="recipes",
    title="Recipes",
    noun="recipe",
    plural="recipes",
    nouns=("recipe", "recipes", "dish", "dishes", "meal", "meals"),
    verb="cook",
    fields=(
        Field("minutes", "number", "time", "minutes", ("time", "cooking time"), ("slower", "longer"),
              ("quicker", "faster", "shorter")),
        Field("cuisine", "category", "cuisine", None, ("cuisine",)),
        Field("ingredients", "list", "ingredients", None, ("ingredient", "ingredients", "containing")),
        Field("diet", "tags", "diet", None, ("diet",), values={"Vegetarian": ("veggie",), "Gluten-Free": ("glutenfree",)}),
        Field("calories", "number", "calories", "kcal", ("calories", "energy"), (), ("lower calorie",)),
        Field("servings", "number", "servings", "servings", ("portions", "people")),
        Field("added", "date", "date added", None, ("added", "published"), ("newer",), ("older",)),
    ),
)  # fmt: skip
_RECIPE_ROWS: tuple[tuple[str, int, str, str, str, int, int, str, str], ...] = (
    ("Pad Thai", 30, "Thai", "rice noodles|peanuts|shrimp|egg", "Gluten-Free", 620, 2, "2021-03-01",
     "Sweet, sour street noodles."),
    ("Green Curry", 40, "Thai", "chicken|coconut milk|basil", "Gluten-Free", 550, 4, "2019-06-10",
     "A fragrant curry with a kick."),
    ("Spaghetti Carbonara", 25, "Italian", "spaghetti|egg|bacon|parmesan", "", 780, 2, "2018-01-20",
     "Creamy without any cream."),
    ("Minestrone", 50, "Italian", "beans|tomato|carrot|chicken stock", "", 310, 6, "2020-11-05",
     "A hearty soup for winter."),
    ("Margherita Pizza", 90, "Italian", "flour|tomato|mozzarella|basil", "Vegetarian", 700, 4, "2022-08-15",
     "A crisp crust."),
    ("Chana Masala", 45, "North Indian", "chickpeas|tomato|onion|chili", "Vegan|Vegetarian|Gluten-Free", 400, 4, "2023-02-11",
     "Spicy and warming."),
    ("Masala Dosa", 120, "South Indian", "rice|lentils|potato", "Vegan|Vegetarian|Gluten-Free", 380, 3, "2017-05-30",
     "Crisp pancakes."),
    ("Tacos al Pastor", 75, "Mexican", "pork|pineapple|tortilla|chili", "", 560, 4, "2016-09-09",
     "Street food with pineapple."),
    ("Guacamole", 10, "Mexican", "avocado|lime|onion", "Vegan|Vegetarian|Gluten-Free", 230, 4, "2024-04-01",
     "A fresh dip for parties."),
    ("Walnut Brownies", 60, "American", "chocolate|walnuts|egg|flour", "Vegetarian", 450, 8, "2015-12-24",
     "Fudgy chocolate dessert."),
    ("Tofu Stir Fry", 20, "Chinese", "tofu|broccoli|soy sauce", "Vegan|Vegetarian", 320, 2, "2022-01-05",
     "Quick weeknight dinner."),
    ("Lentil Soup", 35, "Lebanese", "lentils|carrot|onion|lemon", "Vegan|Vegetarian", 290, 4, "2020-02-02",
     "A soothing soup."),
)  # fmt: skip


def _catalogue(schema: Schema, items: list[Item], counts: list[int]) -> Catalogue:
    rows = np.repeat(np.arange(len(items), dtype=np.int64), counts)
    n = len(rows)
    ones = np.ones(n, dtype=np.float32)
    behaviour = Interactions(("u",), np.zeros(n, dtype=np.int64), rows, ones, ones, np.zeros(n, dtype=np.int64))
    return Catalogue(schema, tuple(items), behaviour)


def _item(number: int, title: str, text: str = "", **known: Value | None) -> Item:
    return Item(str(number), title, {k: v for k, v in known.items() if v is not None and v not in ("", ())}, text)


def films() -> Catalogue:
    """Thirty films with behaviour: titles that are common words, and one title three times."""
    items = [
        _item(n, title, year=year, genres=tuple(genres.split()), runtime=runtime, certificate=certificate, score=score)
        for n, (title, year, genres, runtime, certificate, score, _) in enumerate(_FILM_ROWS)
    ]
    return _catalogue(_FILMS, items, [row[-1] for row in _FILM_ROWS])


def shop() -> Catalogue:
    """Twelve products without any behaviour."""
    items = [
        _item(n, title, kind=kind, brand=brand, colour=colour, price=price, weight=weight, in_stock=stock,
              features=tuple(features.split("|")), storage=storage, stars=stars)
        for n, (title, kind, brand, colour, price, weight, stock, features, storage, stars) in enumerate(_SHOP_ROWS)
    ]  # fmt: skip
    return _catalogue(_SHOP, items, [0] * len(items))


def recipes() -> Catalogue:
    """Twelve recipes with descriptions, a list of ingredients and a date."""
    items = [
        _item(n, title, text, minutes=minutes, cuisine=cuisine, ingredients=tuple(ingredients.split("|")),
              diet=tuple(filter(None, diet.split("|"))), calories=calories, servings=servings, added=added)
        for n, (title, minutes, cuisine, ingredients, diet, calories, servings, added, text) in enumerate(_RECIPE_ROWS)
    ]  # fmt: skip
    return _catalogue(_RECIPES, items, [5] * len(items))
