"""The layers of the Transformer: causal self-attention over what happened, with the age of each event in its weight.

After Kang and McAuley 2018 ("Self-attentive sequential recommendation", SASRec), with two differences: places are told
as relative ages, by a bias that is learned for each head and is piecewise linear in log(1 + age) (Raffel et al. 2020,
T5; Press et al. 2022, ALiBi), so a model knows no longest history; and each event brings its strength. A learned first
place stands before every history, so that an empty one has a score and attention can rest on nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from retrieval.rankers.sequence import AGES, STRENGTHS, WINDOW


@dataclass(frozen=True)
class Shape:
    """Numbers of a vector, blocks, and heads of each."""

    size: int = 64
    blocks: int = 2
    heads: int = 2


class Block(nn.Module):
    """Attention and a feed-forward layer, each normalised before and added to what came in."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        size = shape.size
        self.heads, self.dropout = shape.heads, dropout
        self.before, self.between = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.wide, self.narrow = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        # Of each head: by age, by how much later (only pre-training looks there), and for the first place.
        self.earlier = nn.Parameter(torch.zeros(shape.heads, len(AGES)))
        self.later = nn.Parameter(torch.zeros(shape.heads, len(AGES)))
        self.first = nn.Parameter(torch.zeros(shape.heads, 1))

    def forward(self, x: Tensor, lags: Tensor, hats: Tensor, seen: Tensor) -> Tensor:
        """x [n, length, d]; `lags` [length, length] between places, `seen` [n, 1, length, length] who sees whom."""
        n, length, size = x.shape
        ages, laters = self.earlier @ hats, self.later @ hats  # [heads, WINDOW + 1]
        bias = torch.where(lags >= 0, ages[:, lags.clamp(min=0)], laters[:, (-lags).clamp(min=0)])
        bias = torch.cat([self.first[:, None].expand(-1, length, 1), bias[:, :, 1:]], dim=2)
        mask = torch.where(seen, bias, torch.full((), -math.inf, dtype=bias.dtype, device=bias.device))
        q, k, v = self.qkv(self.before(x)).view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        found = functional.scaled_dot_product_attention(q, k, v, mask.to(q.dtype), dropout_p=dropout)
        x = x + self._dropped(self.out(found.transpose(1, 2).reshape(n, length, size)))
        return x + self._dropped(self.narrow(functional.gelu(self.wide(self.between(x)))))

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class Network(nn.Module):
    """Vectors of the items, what turns a history into a vector, and β. Items' vectors are the same on both sides."""

    hats: Tensor

    def __init__(self, n_items: int, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        size = shape.size
        self.items = nn.Parameter(torch.randn(n_items, size) * size**-0.5)
        self.strengths = nn.Parameter(torch.zeros(len(STRENGTHS), size))
        self.start, self.masked = (nn.Parameter(torch.randn(size) * size**-0.5) for _ in range(2))
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.blocks))
        self.last = nn.LayerNorm(size)
        self.popularity = nn.Parameter(torch.ones(1))
        self.dropout = dropout
        ages, knots = np.log1p(np.arange(WINDOW + 1)), np.log1p(AGES)
        hats = np.stack([np.interp(ages, knots, row) for row in np.eye(len(knots))])
        self.register_buffer("hats", torch.from_numpy(hats.astype(np.float32)), persistent=False)

    def hidden(self, rows: Tensor, places: Tensor, there: Tensor, masked: Tensor | None, causal: bool = True) -> Tensor:
        """What is known at each place, [n, 1 + length, d]: before any event, then after each one.

        `rows` items, `places` strengths as knots of STRENGTHS, `there` (else padding) and `masked` (events of which
        only the place is told), all [n, length]. Without `causal` each place sees the later ones, too.
        """
        n, length = rows.shape
        low = places.floor().long().clamp(max=len(STRENGTHS) - 2)
        part = (places - low)[..., None]
        x = self.items[rows] + self.strengths[low] * (1 - part) + self.strengths[low + 1] * part
        if masked is not None:
            x = torch.where(masked[..., None], self.masked, x)
        x = torch.cat([self.start.expand(n, 1, -1), x], dim=1)
        x = functional.dropout(x, self.dropout, self.training)
        place = torch.arange(length + 1, device=rows.device)
        lags = place[:, None] - place
        seen = torch.cat([there.new_ones(n, 1), there], dim=1)[:, None, None]
        seen = seen & ((lags >= 0) if causal else torch.ones_like(lags, dtype=torch.bool))
        for block in self.blocks:
            x = block(x, lags, self.hats, seen)
        found: Tensor = self.last(x)
        return found
