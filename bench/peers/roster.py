"""Who is compared: each peer's library, script, and the settings it is tuned over (its budget)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from bench.peers.splits import LEAVE_ONE_OUT, NEWCOMERS, PROTOCOLS, ROLLING

Setting = Mapping[str, Any]
OWN = "because"
"""The environment that runs this bench: for our own models, and for peers that need no library."""
KNOWN_USERS = tuple(protocol for protocol in PROTOCOLS if protocol != NEWCOMERS)


@dataclass(frozen=True)
class Peer:
    """One row of the table.

    `environment` names a requirements file here. `limit` is CPU seconds for one process, which is then ended; what it
    wrote by then counts. What takes long has `tuned_on`: a protocol that is a key of it takes the setting that was
    found on another; and each setting gets a process of its own, where others try all in one. With `patience` a process
    is ended when so many scorings on validation in a row brought no new best. On the protocols of `first` only so many
    settings are tried.
    """

    name: str
    environment: str
    script: str
    model: str
    settings: tuple[Setting, ...]
    protocols: tuple[str, ...] = tuple(PROTOCOLS)
    limit: int = 600
    tuned_on: Mapping[str, str] = field(default_factory=dict)
    patience: int = 0
    first: Mapping[str, int] = field(default_factory=dict)


def grid(**values: tuple[Any, ...]) -> tuple[dict[str, Any], ...]:
    """Every combination."""
    return tuple(dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))


EPOCHS_EACH = 5
PATIENCE = 3
"""What is trained in epochs is scored on validation every EPOCHS_EACH, and ended after PATIENCE of these without a new
best, or when its CPU seconds are over."""
BORROWED = {**dict.fromkeys(ROLLING[1:], ROLLING[0]), NEWCOMERS: LEAVE_ONE_OUT}
"""What takes long is tuned on two protocols alone. Later windows take what the first one found, never the reverse."""
TRANSFORMERS = tuple(
    {"n_factors": factors, "dropout_rate": dropout, "lr": rate, "session_max_len": length}
    | {"n_heads": 2, "batch_size": 32, "every": EPOCHS_EACH, "seconds": 240.0}
    for factors, dropout, rate, length in (
        (64, 0.2, 0.003, 50),
        (64, 0.5, 0.003, 50),
        (64, 0.5, 0.003, 100),
    )
)
GRAPHS = tuple(
    setting | {"embedding_size": 64, "reg_weight": 1e-4, "every": EPOCHS_EACH, "seconds": 40.0}
    for setting in grid(n_layers=(2, 1), learning_rate=(0.01,))
)

IN_EPOCHS: dict[str, Any] = {"tuned_on": BORROWED, "patience": PATIENCE, "first": {ROLLING[0]: 2}, "limit": 900}

PEERS = (
    Peer("popularity", OWN, "counts", "popularity", ({},)),
    Peer("recent popularity, 7 days", OWN, "counts", "recent", ({"half_life": 7.0},)),
    Peer(
        "implicit item-item",
        "implicit",
        "implicit_models",
        "item_item",
        grid(weighting=("cosine", "tfidf", "bm25"), neighbours=(20, 50, 200, 500)),
    ),
    Peer(
        "implicit ALS",
        "implicit",
        "implicit_models",
        "als",
        grid(factors=(32, 64, 128), regularization=(0.1, 10.0, 100.0), alpha=(1.0, 3.0, 10.0), iterations=(15,)),
    ),
    Peer(
        "implicit BPR",
        "implicit",
        "implicit_models",
        "bpr",
        grid(factors=(32, 128), learning_rate=(0.003, 0.01, 0.03), regularization=(0.01, 0.1), iterations=(100,)),
        KNOWN_USERS,  # it has no vector for somebody new
    ),
    Peer(
        "RecTools EASE",
        "rectools",
        "rectools_models",
        "ease",
        grid(regularization=tuple(50.0 * 2**step for step in range(12))),
    ),
    Peer(
        "LensKit SLIM",
        "lenskit",
        "lenskit_models",
        "slim",
        grid(l1_reg=(0.2, 1.0, 5.0, 20.0), l2_reg=(1.0, 10.0, 50.0, 250.0)),
    ),
    Peer("LensKit item-item", "lenskit", "lenskit_models", "item_knn", grid(max_nbrs=(20, 50, 100, 200))),
    Peer("RecTools SASRec", "rectools", "rectools_models", "sasrec", TRANSFORMERS, **IN_EPOCHS),
    Peer("RecBole LightGCN", "recbole", "recbole_models", "lightgcn", GRAPHS, KNOWN_USERS, **IN_EPOCHS),
    Peer("RecTools BERT4Rec", "rectools", "rectools_models", "bert4rec", TRANSFORMERS[:2], **IN_EPOCHS),
)
OURS = "ours: "
"""Before the names of our own models in the table."""
BLEND = f"{OURS}blend"
OUR_MODELS = Peer("ours", OWN, "ours", "ours", ({},), limit=3600)
"""Our models come from one process, and are tuned inside their own training."""
