"""Scoring a user over 10,000, 100,000 and 1,000,000 items: `python bench/scale.py [--sizes ...] [--dataset NAME]`.

Needs the data set prepared under BECAUSE_HOME. Its trained blend is expanded: item k of the larger catalogue is a copy
of item k mod n. Up to 20,000 items it is the blend as it serves: rows and columns of the matrices, and the vectors of
cosine and of the sequence model, are copied. Above, where EASE is factors and there is no sequence model, F is refitted
on the real behaviour and copied with noise of 30 % of each vector's length, as are the cosine part's vectors, which are
Chroma's `factors`; each event is moved to one of its item's copies drawn at random; what then has fewer than three
events is completed (retrieval/rankers/cold.py).

Draws docs/scale.svg from the figures printed, and those of earlier runs given by `--known FILE` (lines as printed).
Times are in milliseconds over 50 calls: the median and the least by the clock, and processor time.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from bot.settings import Settings
from retrieval import store
from retrieval.catalogue import Catalogue
from retrieval.features import described
from retrieval.rankers import Blend, Ease, Popularity
from retrieval.rankers.cosine import Cosine
from retrieval.rankers.heads import Heads
from retrieval.rankers.low_rank import LowRank
from retrieval.rankers.matrix import LIKED, ItemMatrix, subset
from retrieval.rankers.sequence import Sequence
from retrieval.rankers.taste import Taste
from retrieval.recommend import CANDIDATES, SCORE_ALL_UP_TO
from retrieval.schema import FloatArray, History, IntArray, Interactions
from retrieval.versions import open_folder

SIZES = (10_000, 100_000, 1_000_000)
CALLS, NOISE, USERS = 50, 0.3, 20


def noisy(vectors: FloatArray, source: IntArray, rng: np.random.Generator) -> FloatArray:
    """A row for each of `source`, the copies with noise of NOISE of their length; the originals as they are."""
    out = vectors[source].astype(np.float32)
    for start in range(len(vectors), len(out), 100_000):
        part = out[start : start + 100_000]
        part += rng.normal(size=part.shape).astype(np.float32) * (
            NOISE * np.linalg.norm(part, axis=1, keepdims=True) / np.sqrt(part.shape[1])
        )
    return out


def thinned(data: Interactions, n_items: int, source: IntArray, rng: np.random.Generator) -> Interactions:
    """The events, each moved to one of its item's copies drawn at random."""
    copies = len(source) // n_items
    items = data.items + n_items * rng.integers(0, copies, len(data))
    moved = subset(data, np.ones(len(data), dtype=bool))
    return Interactions(moved.user_ids, moved.users, items, moved.values, moved.strengths, moved.times)


def picked(matrix: ItemMatrix | LowRank, source: IntArray) -> ItemMatrix | LowRank:
    """Its rows and columns `source`."""
    if isinstance(matrix, LowRank):
        return LowRank(np.asarray(matrix.vectors[source]), np.asarray(matrix.outputs[source]))
    return ItemMatrix(sp.csr_array(matrix.csr[source][:, source]))


def small(blend: Blend, source: IntArray, data: Interactions, features: FloatArray) -> Blend:
    """As it serves: matrices and vectors copied."""
    ease, taste, cosine = (picked(part.matrix, source) for part in (blend.ease, blend.taste, blend.cosine))
    sequence = None
    if blend.sequence is not None:
        heads = blend.sequence.heads
        copied = Heads(np.asarray(heads.inputs[source]), np.asarray(heads.outputs[source]))
        sequence = Sequence(copied, blend.sequence.curves, blend.sequence.counts[source], blend.sequence.epochs)
    out = Blend(
        Popularity.fit(data, len(source)),
        Ease(ease, blend.ease.settings),
        Taste(taste, blend.taste.settings),
        Cosine(cosine, blend.cosine.settings),
        sequence,
        blend.coefficients,
    )
    out.describe(features[source])
    return out


def large(
    blend: Blend,
    source: IntArray,
    real: Interactions,
    data: Interactions,
    features: FloatArray,
    rng: np.random.Generator,
) -> Blend:
    """As it would serve so many items."""
    n_items = blend.n_items
    likes = subset(real, real.strengths >= LIKED)
    ease, taste, cosine = (
        LowRank(noisy(matrix.vectors, source, rng), noisy(matrix.outputs, source, rng))
        for matrix in (
            LowRank.fit(real, n_items, blend.ease.settings["regularisation"]),
            LowRank.fit(likes, n_items, blend.taste.settings["regularisation"]),
            blend.cosine.matrix,
        )
    )
    out = Blend(
        Popularity.fit(data, len(source)),
        Ease(ease, blend.ease.settings),
        Taste(taste, blend.taste.settings),
        Cosine(cosine, blend.cosine.settings),
        None,
        blend.coefficients,
    )
    out.complete(noisy(features, source, rng))
    return out


def times(name: str, call: Callable[[], object]) -> dict[str, float]:
    """Milliseconds: the median and the least by the clock, and the mean of processor time."""
    call()
    spent = []
    used = time.process_time()
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - began))
    used = 1000 * (time.process_time() - used) / CALLS
    return {name: float(np.median(spent)), f"{name}_least": min(spent), f"{name}_cpu": used}


def nearest(blend: Blend, vector: FloatArray) -> IntArray:
    """The candidates without an index: by inner products with all factors."""
    return np.argpartition(-(blend.factors @ vector), CANDIDATES)[:CANDIDATES]


def candidates(blend: Blend, history: History, others: list[History], folder: Path) -> dict[str, float]:
    """Chroma's part and the scoring of what it finds; and, of the others, how much of the true neighbourhood it finds,
    and how many of the ten best of all items are among the candidates, without and with those for strangers."""
    ids = [str(row) for row in range(blend.n_items)]
    began, used = time.perf_counter(), time.process_time()
    with closing(store.client(folder, create=True)) as chroma:
        latent = store._collection(chroma, "factors", "ip", len(ids), **store._FACTORS)
        alike = store.equally_long(blend.factors)
        for part in store._parts(len(ids)):
            latent.add(ids[part], embeddings=alike[part])
        indexed, used = time.perf_counter() - began, time.process_time() - used
        vector = blend.user_vector(history)

        def near(vector: FloatArray) -> IntArray:
            asked = np.append(vector, np.float32(0))[None]
            found = latent.query(query_embeddings=asked, n_results=CANDIDATES, include=[])["ids"][0]
            return np.array([int(row) for row in found], dtype=np.int64)

        strangers = blend.score(History(()))

        def found() -> IntArray:
            popular = np.argpartition(-strangers, CANDIDATES)[:CANDIDATES]
            return np.union1d(near(vector), popular)

        spent = times("query", lambda: near(vector)) | times("whole", lambda: blend.score_some(history, found()))
        popular = np.argpartition(-strangers, CANDIDATES)[:CANDIDATES]
        share: dict[str, list[float]] = {"recall": [], "ten_near": [], "ten": []}
        for other in others:
            rows, scores = near(blend.user_vector(other)), blend.score(other)
            scores[[event.item for event in other.events]] = -np.inf
            best = np.argpartition(-scores, 10)[:10]
            share["recall"].append(float(np.isin(nearest(blend, blend.user_vector(other)), rows).mean()))
            share["ten_near"].append(float(np.isin(best, rows).mean()))
            share["ten"].append(float(np.isin(best, [*rows, *popular]).mean()))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "index_s": indexed,
        "index_cpu_s": used,
        "index_mb": size / 1e6,
        **{name: float(np.mean(values)) for name, values in share.items()},
        **spent,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="movielens")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--no-chroma", action="store_true", help="Only what is scored in memory.")
    parser.add_argument("--known", type=Path, help="Lines that earlier runs printed, for the plot.")
    arguments = parser.parse_args()
    folder = open_folder(Settings().home, arguments.dataset)
    catalogue, blend = Catalogue.load(folder / "catalogue"), Blend.load(folder / "ranker")
    features = described(catalogue, np.load(folder / "vectors.npy"))
    longest_first = np.argsort(-np.bincount(catalogue.interactions.users), kind="stable")
    chosen = longest_first[np.linspace(0, len(longest_first) - 1, USERS).astype(int)]
    history, *others = (History(catalogue.history(catalogue.interactions.user_ids[user])) for user in chosen)
    print(f"{len(history.events)} events; {blend.n_items} real items; load {os.getloadavg()[0]:.1f}")
    points: list[dict[str, float]] = []
    if arguments.known:
        lines = [line for line in arguments.known.read_text("utf-8").splitlines() if line[:1] == "{"]
        found = {row["items"]: row for row in map(ast.literal_eval, lines)}  # the last of a size is the fullest
        points = [row for row in found.values() if row["items"] not in arguments.sizes]
    for size in arguments.sizes:
        rng = np.random.default_rng(0)
        source = np.arange(size) % blend.n_items
        data = thinned(catalogue.interactions, blend.n_items, source, rng)
        if size <= 20_000:
            expanded = small(blend, source, data, features)
        else:
            expanded = large(copy.copy(blend), source, catalogue.interactions, data, features, rng)
        row = {"items": size} | times("all", partial(expanded.score, history))
        if size > SCORE_ALL_UP_TO:
            vector = expanded.user_vector(history)
            rows = nearest(expanded, vector)
            row |= times("exact", partial(nearest, expanded, vector))
            row |= times("candidates", partial(expanded.score_some, history, rows))
        print({name: round(value, 3) for name, value in row.items()}, flush=True)
        if size > SCORE_ALL_UP_TO and not arguments.no_chroma:
            place = Path(tempfile.mkdtemp())
            row |= candidates(expanded, history, [history, *others], place)
            shutil.rmtree(place)
        row |= {"load": os.getloadavg()[0], "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        points.append(row)
        print({name: round(value, 3) for name, value in row.items()}, flush=True)
    plot(sorted(points, key=lambda point: point["items"]), Path(__file__).parent.parent / "docs" / "scale.svg")


def plot(points: list[dict[str, float]], path: Path) -> None:
    """Milliseconds of processor time over items, both axes logarithmic: all items scored, and candidates found and
    scored. By the clock, other programs on the machine would count."""
    width, height, left, right, top, bottom = 640, 400, 70, 600, 40, 340
    first, last = np.log10(points[0]["items"]), np.log10(points[-1]["items"])

    def place(items: float, ms: float) -> tuple[float, float]:
        along = (np.log10(items) - first) / max(last - first, 1e-9)
        up = (np.log10(ms) - 0) / 3  # 1 ms to 1 s
        return round(left + along * (right - left), 1), round(bottom - up * (bottom - top), 1)

    points = [p | ({"exact_both": p["exact_cpu"] + p["candidates_cpu"]} if "exact" in p else {}) for p in points]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>Milliseconds of processor time to score a user, by items in the catalogue</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for ms in (1, 10, 100, 1000):
        _, y = place(points[0]["items"], ms)
        lines.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{ms} ms</text>')
    for point in points:
        x, _ = place(point["items"], 1)
        lines.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{int(point["items"]):,}</text>')
    lines.append(f'<text x="{(left + right) / 2}" y="{bottom + 42}" text-anchor="middle">items</text>')
    series = (
        ("all_cpu", "all items scored", "#888", 20),
        ("exact_both", "candidates by all inner products, scored", "#093", 36),
        ("whole_cpu", "candidates from Chroma, scored", "#06c", 52),
    )
    for name, label, colour, y in series:
        found = [place(point["items"], max(point[name], 1.0)) for point in points if name in point]
        track = " ".join(f"{x},{v}" for x, v in found)
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{track}"/>')
        lines += [f'<circle cx="{x}" cy="{v}" r="4" fill="{colour}"/>' for x, v in found]
        lines.append(f'<text x="{left + 10}" y="{y}" fill="{colour}">{label}</text>')
    path.write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
