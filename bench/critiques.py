"""Whether "like X but funnier" brings what is funnier and stays like X.

    python -m bench.critiques [--home DIR] [--seeds 30] [--json]

For each critique, over the same seed items: the mean share of items with the value that means the quality, among the
first ten for "like X" and for "like X, but ..." (without the soft preference for a value, which the reader adds if the
schema lists the word, so that the direction itself is measured), and the mean similarity of those ten to X. MovieLens
is read from the prepared home; the shop is 48 products with descriptions, whose style is judged by hand and is no
field.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understand.critiques import quality
from bot.understand.lexicon import lexicon
from retrieval.alike import SIMILAR
from retrieval.critique import Critiques
from retrieval.embedding import document, encoder
from retrieval.recommend import CRITIQUE, Recommender
from retrieval.schema import Constraint, Field, FloatArray, History, IntArray, Item, Query, Schema

TOP = 10
# words of the critique, how much of it, the values of the genre that count
FILMS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("funnier", 1, ("Comedy",)),
    ("more romantic", 1, ("Romance",)),
    ("scarier", 1, ("Horror",)),
    ("for kids", 1, ("Children",)),
    ("more magical", 1, ("Fantasy",)),
    ("more futuristic", 1, ("Sci-Fi",)),
    ("more mysterious", 1, ("Mystery",)),
    ("sadder", 1, ("Drama",)),
    ("lighter", 1, ("Comedy",)),
    ("darker", 1, ("Film-Noir", "Horror", "Thriller", "Crime")),
    ("violent", -1, ("Action", "Crime", "War", "Horror")),
    ("scary", -1, ("Horror",)),
    ("serious", -1, ("Drama",)),
)
PRODUCTS: dict[str, tuple[str, ...]] = {
    "elegant": (
        "Oxford shoes in polished calf leather, made for black tie",
        "Satin evening clutch with a gold clasp",
        "Silk pocket square with hand rolled edges",
        "Pearl drop earrings for a night at the opera",
        "Tailored wool coat with a narrow waist",
        "Patent leather pumps with a slender heel",
        "Cashmere scarf in charcoal",
        "Slim dress watch with a mother of pearl dial",
        "Velvet dinner jacket with a shawl collar",
        "Crystal champagne flutes, a pair",
        "Fine leather gloves lined with silk",
        "Long black gown with a bare back",
    ),
    "sporty": (
        "Running shoes with a cushioned sole for marathon training",
        "Breathable gym shirt that wicks sweat",
        "Cycling shorts with a padded seat",
        "Tennis bag with room for two rackets",
        "Heart rate watch for swimmers and runners",
        "Track suit with stripes on the sleeve",
        "Football boots with moulded studs",
        "Yoga leggings that stretch with every pose",
        "Basketball trainers with ankle support",
        "Water bottle for the bike or the gym",
        "Headband that keeps sweat out of the eyes",
        "Compression socks for long races",
    ),
    "rustic": (
        "Felt hat woven by hand in the mountains",
        "Chunky wool sweater from undyed yarn",
        "Waxed canvas bag with raw leather straps",
        "Wooden clogs carved from alder",
        "Stoneware mug with an uneven glaze",
        "Linen apron from a village mill",
        "Willow basket for the market",
        "Sheepskin slippers with the fleece left on",
        "Leather belt with a forged iron buckle",
        "Oak cutting board with its bark",
        "Thick socks knitted on the farm",
        "Blanket of rough sheep's wool",
    ),
    "playful": (
        "Socks with dancing avocados",
        "Backpack shaped like a panda",
        "Rain boots with cartoon frogs",
        "T-shirt with a unicorn that glows in the dark",
        "Umbrella with cat ears",
        "Slippers that look like sharks",
        "Phone case with googly eyes",
        "Mug that says moo when it is lifted",
        "Bow tie with rubber ducks",
        "Sunglasses in the shape of stars",
        "Hat with a propeller on top",
        "Hoodie with dinosaur spikes",
    ),
}
SHOP: tuple[tuple[str, float, str], ...] = (
    ("more elegant", 1, "elegant"),
    ("classier", 1, "elegant"),
    ("sportier", 1, "sporty"),
    ("more athletic", 1, "sporty"),
    ("more rustic", 1, "rustic"),
    ("sillier", 1, "playful"),
    ("childish", -1, "playful"),
    ("sporty", -1, "sporty"),
)
Row = dict[str, str | float]


def films(home: Path, seeds: int) -> list[Row]:
    """The best known films with rank 1, 11, 21, ... as seeds, for somebody without a history."""
    recommender = Recommender.open(home, "movielens", encoder())
    catalogue = recommender.catalogue
    rows = np.argsort(-catalogue.counts)[: 10 * seeds : 10]
    out: list[Row] = []
    for words, weight, values in FILMS:
        mask = catalogue.matches(Constraint("genres", "in", values))
        plain = [_top(recommender, int(row), ()) for row in rows]
        toward = ((quality(words, lexicon()), weight),)
        moved = [_top(recommender, int(row), toward) for row in rows]
        out.append(_row("movielens", words, weight, values, mask, recommender.index.vectors, rows, plain, moved))
    return out


def _top(recommender: Recommender, seed: int, toward: tuple[tuple[str, float], ...]) -> IntArray:
    query = Query(History((), recommender.catalogue.until), TOP, like=(seed,), exclude=frozenset({seed}), toward=toward)
    return np.array([scored.item for scored in recommender.recommend(query).items], dtype=np.int64)


def shop() -> list[Row]:
    """Every product once as the seed; content alone, as there is no behaviour."""
    schema = Schema("shop", "Shop", "product", "products", ("product", "products"), (Field("about", "text", "about"),))
    named = [(style, text) for style, texts in PRODUCTS.items() for text in texts]
    vectors = encoder().encode([document(Item(str(n), text), schema) for n, (_, text) in enumerate(named)])
    critiques = Critiques(vectors, schema.noun, encoder())
    rows = np.arange(len(named))
    out: list[Row] = []
    for words, weight, style in SHOP:
        mask = np.array([own == style for own, _ in named])
        others = rows[~mask] if weight > 0 else rows
        tops = []
        for part in (
            np.zeros(len(rows), dtype=np.float32),
            CRITIQUE * weight * critiques.values(quality(words, lexicon())),
        ):
            scores = SIMILAR * (vectors @ vectors.T) + part
            np.fill_diagonal(scores, -np.inf)
            tops.append([np.argsort(-scores[row])[:TOP] for row in others])
        out.append(_row("shop", words, weight, (style,), mask, vectors, others, *tops))
    return out


def _row(
    source: str, words: str, weight: float, values: Sequence[str], mask: NDArray[np.bool_], vectors: FloatArray,
    seeds: IntArray, plain: Sequence[IntArray], moved: Sequence[IntArray],
) -> Row:  # fmt: skip
    def share(tops: Sequence[IntArray]) -> float:
        return round(float(np.mean([mask[top].mean() for top in tops])), 3)

    def similarity(tops: Sequence[IntArray]) -> float:
        pairs = zip(seeds, tops, strict=True)
        return round(float(np.mean([(vectors[top] @ vectors[seed]).mean() for seed, top in pairs])), 3)

    return {
        "catalogue": source,
        "critique": words if weight > 0 else f"less {words}",
        "counted": ", ".join(values),
        "share_of_all": round(float(mask.mean()), 3),
        "share_like": share(plain),
        "share_critiqued": share(moved),
        "similarity_like": similarity(plain),
        "similarity_critiqued": similarity(moved),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="where MovieLens is prepared; without it only the shop is measured")
    parser.add_argument("--seeds", type=int, default=30, help="films to start from")
    parser.add_argument("--json", action="store_true", help="one JSON object per critique")
    options = parser.parse_args()
    rows = [*(films(options.home, options.seeds) if options.home else ()), *shop()]
    for row in rows:
        print(json.dumps(row) if options.json else "| " + " | ".join(map(str, row.values())) + " |")


if __name__ == "__main__":
    main()
