"""A typographic cover for any item: colours and a pattern drawn from what it is called, never an image.

The palettes come from the item's first tag, so that a shelf of one kind looks related; which of them, the pattern and
its proportions come from the title. The same item always gets the same cover.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Ground, ink (at least 4.5:1 on the ground) and two decorative colours."""

    ground: str
    ink: str
    first: str
    second: str


PALETTES: tuple[Palette, ...] = (
    Palette("#7a2e1f", "#fbeee0", "#e0823d", "#f3c98b"),
    Palette("#1f3d3a", "#f0f2e4", "#6fa287", "#e3c66a"),
    Palette("#27305a", "#eef0fb", "#7f8fd6", "#f0a88a"),
    Palette("#efd9b4", "#3a2417", "#c2553a", "#6b7f5e"),
    Palette("#4a2342", "#fbeaf1", "#c96a8a", "#f1b866"),
    Palette("#dfe3d3", "#25332b", "#4f7d6b", "#d98545"),
    Palette("#2b2a28", "#f4ead9", "#c9a24b", "#8a4a35"),
    Palette("#f2c9a8", "#4a1f1a", "#b8433a", "#2f5d62"),
    Palette("#154357", "#e9f4f6", "#e58f6b", "#7cc0c4"),
    Palette("#e9cf6f", "#33280d", "#b5562c", "#4c6652"),
    Palette("#5a3d24", "#fbf1de", "#dba64f", "#94b09a"),
    Palette("#d9c4cf", "#3b1e33", "#8d4a76", "#d97b53"),
)


def palette(title: str, tag: str) -> Palette:
    """The item's colours: one of the three that its tag has, so that a shelf of one kind is related, not uniform."""
    return PALETTES[(_numbers(tag or title)[1] + 5 * (_numbers(title)[0] % 3)) % len(PALETTES)]


def art(title: str, tag: str) -> str:
    """SVG markup (no text, nothing from outside but numbers) of 200 x 150 units in the item's palette."""
    numbers = _numbers(title)
    colours = palette(title, tag)
    draw = PATTERNS[numbers[2] % len(PATTERNS)]
    return (
        '<svg viewBox="0 0 200 150" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">'
        f"{draw(numbers[3:], colours)}</svg>"
    )


def _numbers(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _circle(x: float, y: float, r: float, fill: str, opacity: float = 1.0) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{fill}" opacity="{opacity:g}"/>'


def _path(d: str, fill: str, opacity: float = 1.0) -> str:
    return f'<path d="{d}" fill="{fill}" opacity="{opacity:g}"/>'


def _line(d: str, stroke: str, width: float) -> str:
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round"/>'


def _sun(n: bytes, c: Palette) -> str:
    x, y, r = 50 + n[0] % 100, 55 + n[1] % 30, 34 + n[2] % 22
    bands = "".join(
        f'<rect x="0" y="{y + 12 + 13 * i}" width="200" height="{3 + 2 * i}" fill="{c.ground}"/>' for i in range(5)
    )
    return _circle(x, y, r, c.first) + bands + _circle(30 + n[3] % 140, 26, 6 + n[4] % 5, c.second)


def _arcs(n: bytes, c: Palette) -> str:
    x, y = (0 if n[0] % 2 else 200), (150 if n[1] % 2 else 0)
    return "".join(_circle(x, y, r, (c.first, c.ground, c.second)[i % 3]) for i, r in enumerate(range(140, 20, -20)))


def _stripes(n: bytes, c: Palette) -> str:
    lean = -60 + n[0] % 120
    step = 20 + n[1] % 12
    return "".join(
        _path(f"M{x} 0h{step * 0.42:g}l{lean} 150h-{step * 0.42:g}z", c.second if i % 3 == n[2] % 3 else c.first)
        for i, x in enumerate(range(-80, 280, step))
    )


def _dots(n: bytes, c: Palette) -> str:
    cx, cy = n[0] % 8, n[1] % 6
    return "".join(
        _circle(
            12.5 + 25 * i,
            12.5 + 25 * j,
            max(2.0, 11 - 1.6 * (abs(i - cx) + abs(j - cy))),
            c.second if (i, j) == (cx, cy) else c.first,
        )
        for i in range(8)
        for j in range(6)
    )


def _hills(n: bytes, c: Palette) -> str:
    a, b = 20 + n[0] % 50, 20 + n[1] % 50
    return (
        _circle(40 + n[2] % 120, 42, 17 + n[3] % 9, c.second)
        + _path(f"M0 {70 + a / 2:g}Q60 {30 + a} 110 {80 + b / 4:g}T200 {60 + b / 2:g}V150H0z", c.first, 0.55)
        + _path(f"M0 {95 + b / 3:g}Q50 {70 + b / 2:g} 100 {105 + a / 5:g}T200 {95 + a / 4:g}V150H0z", c.first)
    )


def _skyline(n: bytes, c: Palette) -> str:
    heights = [24 + n[i] % 100 for i in range(10)]
    return "".join(
        f'<rect x="{i * 20 + 2}" y="{150 - heights[i]}" width="16" height="{heights[i]}" rx="{8 * (n[i] % 2)}" '
        f'fill="{c.second if i == n[11] % 10 else c.first}"/>'
        for i in range(10)
    )


def _tiles(n: bytes, c: Palette) -> str:
    quarter = (
        "M{x} {y}h50a50 50 0 0 1-50 50z",
        "M{r} {y}v50a50 50 0 0 1-50-50z",
        "M{r} {b}h-50a50 50 0 0 1 50-50z",
        "M{x} {b}v-50a50 50 0 0 1 50 50z",
    )
    return "".join(
        _path(
            quarter[n[i + 4 * j] % 4].format(x=50 * i, y=50 * j, r=50 * i + 50, b=50 * j + 50),
            c.second if n[i + 4 * j] % 5 == 0 else c.first,
        )
        for i in range(4)
        for j in range(3)
    )


def _rays(n: bytes, c: Palette) -> str:
    x = 60 + n[0] % 80
    rays = "".join(_path(f"M{x} 150L{-160 + 52 * i} -40h26z", c.first, 0.9) for i in range(10))
    return rays + _circle(x, 150, 34 + n[1] % 18, c.second)


def _waves(n: bytes, c: Palette) -> str:
    lift = 8 + n[0] % 12
    return "".join(
        _line(f"M-10 {y}q26 -{lift} 52.5 0t52.5 0 52.5 0 52.5 0 52.5 0", c.second if i == n[1] % 6 else c.first, 7)
        for i, y in enumerate(range(16, 150, 23))
    )


def _moons(n: bytes, c: Palette) -> str:
    return "".join(
        _circle(33 + 67 * i, 42 + 66 * j, 25, c.first)
        + _circle(33 + 67 * i + (n[i + 3 * j] % 44 - 22), 42 + 66 * j, 25, c.ground if (n[i + 3 * j] % 3) else c.second)
        for i in range(3)
        for j in range(2)
    )


PATTERNS: tuple[Callable[[bytes, Palette], str], ...] = (
    _sun, _arcs, _stripes, _dots, _hills, _skyline, _tiles, _rays, _waves, _moons,
)  # fmt: skip
