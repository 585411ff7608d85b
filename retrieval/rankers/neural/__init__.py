"""Rankers that `because train` makes and `because prepare` does not, since they take minutes.

transformer.py     what comes next, by causal self-attention; network.py its layers, training.py its training
light_gcn.py       vectors passed along the graph of who met what (a sum over events after all); graph.py its training
text_tower.py      how an item's text goes with those of what somebody did
stopping.py        training until finding held-out events gets no better
leave_one_out.py   attribution: an event's term is what its absence really changes
placing.py         whether one of them earns a place beside the blend
"""

from __future__ import annotations

from retrieval.rankers.neural.light_gcn import LightGCN
from retrieval.rankers.neural.stopping import Stopping
from retrieval.rankers.neural.text_tower import TextTower
from retrieval.rankers.neural.transformer import Transformer

TRAINED: dict[str, type[Stopping]] = {part.name: part for part in (Transformer, LightGCN, TextTower)}
"""By name."""
