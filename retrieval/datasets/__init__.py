"""Data sets, one file each. A new one is a file beside these and a line in the table."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.datasets.base import Source
from retrieval.datasets.movielens import MovieLens
from retrieval.datasets.movielens_100k import MovieLens100K

SOURCES: Mapping[str, Source] = {
    "movielens": MovieLens(),
    "movielens-100k": MovieLens100K(),
}
