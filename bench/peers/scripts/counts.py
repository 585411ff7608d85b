"""Popularity, and popularity of late: what any library's first example has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from part import Part, Scorer, Setting, run

DAY = 86_400


def popularity(part: Part, _: Setting) -> Iterator[tuple[Setting, Scorer]]:
    counts = np.bincount(part.items, minlength=part.n_items)
    yield {}, lambda cases: np.tile(counts, (cases.n_cases, 1))


def recent(part: Part, setting: Setting) -> Iterator[tuple[Setting, Scorer]]:
    """Counts of what came before the moment of the request, each halved every `half_life` days."""
    order = np.argsort(part.times, kind="stable")
    items, times = part.items[order], part.times[order]

    def scores(cases: Part) -> np.ndarray:
        rows = np.zeros((cases.n_cases, part.n_items), dtype=np.float32)
        for row, now in zip(rows, cases.case_times, strict=True):
            before = int(np.searchsorted(times, now)) if now else len(times)
            if before:
                ages = (times[before - 1] - times[:before]) / (setting["half_life"] * DAY)
                row[:] = np.bincount(items[:before], weights=np.exp2(-ages), minlength=part.n_items)
        return rows

    yield {}, scores


run({"popularity": popularity, "recent": recent})
