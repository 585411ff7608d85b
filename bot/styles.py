"""How explanations are to be written, as people asked for it: beliefs like any other, kept between conversations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.values import Profile, Style

ENDS: Mapping[Style, frozenset[Style]] = {
    "brief": frozenset({"detailed"}),
    "detailed": frozenset({"brief"}),
    "friendly": frozenset(),
    "no_numbers": frozenset(),
    "numbers": frozenset({"no_numbers"}),
    "usual": frozenset({"brief", "detailed", "friendly", "no_numbers"}),
}
"""What each wish ends. Those that only end others are not kept themselves."""
_ENDING = frozenset({"numbers", "usual"})


def style_of(profile: Profile) -> frozenset[Style]:
    """The wishes in force."""
    return frozenset(b.style for b in (*profile.earlier, *profile.beliefs) if b.style)


def changes(said: Sequence[Style], profile: Profile) -> tuple[set[int], list[Style]]:
    """The events that these wishes take back, and those wishes that are new."""
    ended = frozenset[Style]().union(*(ENDS[wish] for wish in said))
    gone = {b.event for b in (*profile.earlier, *profile.beliefs) if b.style in ended}
    return gone, [w for w in dict.fromkeys(said) if w not in _ENDING and w not in style_of(profile)]


def tone_of(style: Collection[Style]) -> str:
    """The one of the phrase grammar's tones: brief goes before detailed, both before friendly; "" for the usual one."""
    return next((tone for tone in ("brief", "detailed", "friendly") if tone in style), "")
