"""A Transformer over the history: what comes next, by causal self-attention and softmax over the catalogue.

    score[i] = β · log(1 + n_i) + <u, V_i>,   u = the network's state after the last event (network.py)

Pre-trained on masked items (the cloze task of BERT4Rec, Sun et al. 2019; as a start for next-item prediction, S3-Rec,
Zhou et al. 2020), fine-tuned on next events (SASRec, Kang and McAuley 2018): training.py.

u is no sum over events, since attention weighs each by what the others are. An event's term is what leaving it out
really changes (leave_one_out.py); all histories of one event fewer are one batch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from retrieval.rankers.additive import event_rows
from retrieval.rankers.cold import Regression
from retrieval.rankers.item_item import strengths
from retrieval.rankers.neural.leave_one_out import LeaveOneOut
from retrieval.rankers.neural.stopping import Stopping, Training
from retrieval.rankers.sequence import WINDOW, popularity_curve
from retrieval.schema import Event, FloatArray, History, IntArray, Interactions

if TYPE_CHECKING:
    from retrieval.rankers.neural.network import Network, Shape

Told = tuple[IntArray, FloatArray]
"""Items and strengths of a history, oldest first."""


@dataclass(frozen=True)
class Dials:
    """How it is built and trained: numbers of a vector, blocks, heads, the learning rate, weight decay of the matrices,
    drop-out inside, the share of past events that are hidden, and epochs of pre-training."""

    size: int = 64
    blocks: int = 2
    heads: int = 2
    rate: float = 0.003
    decay: float = 0.1
    dropout: float = 0.2
    hidden: float = 0.2
    pretrained: int = 2

    @property
    def shape(self) -> Shape:
        """What of it the network is made of."""
        from retrieval.rankers.neural.network import Shape

        return Shape(self.size, self.blocks, self.heads)


class Transformer(LeaveOneOut, Stopping):
    """Parts: "popularity", and "transformer" once for what the events do together and once per event."""

    name = "transformer"
    DIALS = Dials()

    def __init__(self, weights: Mapping[str, FloatArray], counts: FloatArray, epochs: int, dials: Dials) -> None:
        """`weights` of the network by name; `counts`: interactions by item, [n_items]; `epochs` of fine-tuning."""
        self.learned, self.counts, self.epochs, self.dials = dict(weights), counts, epochs, dials
        self.n_items = len(counts)
        self.outputs = np.asarray(self.learned["items"], dtype=np.float32)
        self._popularity = float(self.learned["popularity"][0]) * popularity_curve(counts)
        self._kept: tuple[tuple[tuple[Event, ...], bool], FloatArray] | None = None

    @classmethod
    def trained(cls, interactions: Interactions, n_items: int, training: Training) -> Self:
        from retrieval.rankers.neural.training import train

        training = replace(training, dials=training.dials or cls.DIALS)
        return cls(*train(interactions, n_items, training), training.dials)

    def told(self, history: History, items: IntArray, each: bool) -> FloatArray:
        """Of a history longer than WINDOW an event that goes lets an older one in."""
        return np.asarray(self._vectors(history, each) @ self.outputs[items].T, dtype=np.float32)

    def _vectors(self, history: History, each: bool) -> FloatArray:
        """u, and with `each` also u without each event, [1 + n_events, d]; the last ones are kept, as a list's items
        are asked about one after the other."""
        from retrieval.rankers.neural.training import users

        known = self._kept
        if known is not None and known[0] == (history.events, each):
            return known[1]
        rows, said = event_rows(history), strengths(history)
        reach = min(len(rows), WINDOW + 1)  # one more than is used, for when one is gone
        rows, said = rows[len(rows) - reach :], said[len(said) - reach :]
        used = slice(max(reach - WINDOW, 0), None)
        shorter = [(np.delete(rows, e), np.delete(said, e)) for e in range(reach if each else 0)]
        found = users(self.network, [(rows[used], said[used]), *shorter])
        if each:  # events before the window change nothing
            place = np.arange(len(history.events)) - (len(history.events) - reach)
            found = found[np.concatenate([[0], np.where(place < 0, 0, place + 1)])]
        self._kept = ((history.events, each), found)
        return found

    def complete(self, regression: Regression) -> None:
        """Their vectors, as what is met and as what is scored."""
        self.learned["items"] = regression.completed(self.learned["items"])
        self.outputs = self.learned["items"]
        self.__dict__.pop("network", None)
        self._kept = None

    def constants(self, items: IntArray) -> Mapping[str, FloatArray]:
        return {"popularity": self._popularity[items]}

    @cached_property
    def network(self) -> Network:
        """The layers, ready to be asked."""
        import torch

        from retrieval.rankers.neural.network import Network

        network = Network(self.n_items, self.dials.shape)
        network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in self.learned.items()})
        return network.eval()

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in self.learned.items():
            np.save(folder / f"{name}.npy", value)
        np.save(folder / "counts.npy", self.counts)
        (folder / "dials.json").write_text(json.dumps({**asdict(self.dials), "epochs": self.epochs}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        weights = {file.stem: np.load(file) for file in folder.glob("*.npy") if file.stem != "counts"}
        dials = json.loads((folder / "dials.json").read_text(encoding="utf-8"))
        epochs = dials.pop("epochs")
        return cls(weights, np.load(folder / "counts.npy"), epochs, Dials(**dials))
