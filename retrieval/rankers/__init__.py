"""The rankers, by name."""

from __future__ import annotations

from retrieval.rankers.base import Ranker, Term
from retrieval.rankers.blend import Blend
from retrieval.rankers.cosine import Cosine
from retrieval.rankers.ease import Ease
from retrieval.rankers.popularity import Popularity
from retrieval.rankers.sequence import Sequence

RANKERS: dict[str, type[Ranker]] = {
    "popularity": Popularity,
    "ease": Ease,
    "cosine": Cosine,
    "sequence": Sequence,
    "blend": Blend,
}

__all__ = ["RANKERS", "Blend", "Cosine", "Ease", "Popularity", "Ranker", "Sequence", "Term"]
