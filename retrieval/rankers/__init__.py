"""The rankers, by name."""

from __future__ import annotations

from retrieval.rankers.base import Ranker, Term
from retrieval.rankers.blend import Blend
from retrieval.rankers.content import Content
from retrieval.rankers.cosine import Cosine
from retrieval.rankers.ease import Ease
from retrieval.rankers.popularity import Popularity
from retrieval.rankers.sequence import Sequence
from retrieval.rankers.taste import Taste

RANKERS: dict[str, type[Ranker]] = {
    "popularity": Popularity,
    "ease": Ease,
    "taste": Taste,
    "cosine": Cosine,
    "content": Content,
    "sequence": Sequence,
    "blend": Blend,
}

__all__ = ["RANKERS", "Blend", "Content", "Cosine", "Ease", "Popularity", "Ranker", "Sequence", "Taste", "Term"]
