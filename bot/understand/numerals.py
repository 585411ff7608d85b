"""Numbers in Chinese characters as figures, where something is counted or measured: 九十年代, 两小时, 一百五十元."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_DIGITS: Mapping[str, int] = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_TENS: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = "万"
_NUMBER = f"[{''.join((*_DIGITS, *_TENS))}{_MYRIAD}]+(?:点[{''.join(_DIGITS)}]+)?"
_DECADES = re.compile("([一二三四五六七八九])([一二三四五六七八九])十年代")  # the seventies and eighties


def figures(text: str, counters: Sequence[str]) -> str:
    """The text with figures for every number that stands before one of `counters`: measures, units, 年代."""
    apart = _DECADES.sub(r"\1十年代\2十年代", text)
    return _counted(tuple(counters)).sub(lambda found: _written(meaning(found[1])), apart)


@lru_cache(maxsize=4)
def _counted(counters: tuple[str, ...]) -> re.Pattern[str]:
    behind = "|".join(map(re.escape, sorted(counters, key=len, reverse=True)))
    return re.compile(f"({_NUMBER})(?=(?:[到至和,、~-]{_NUMBER})?(?:{behind}))")


def meaning(number: str) -> float:
    """What the characters mean, digit by digit (一九九五) or by their places (一百五十, 两千)."""
    whole, _, part = number.partition("点")
    fraction: float = sum(_DIGITS[c] * 10.0**-place for place, c in enumerate(part, 1))
    if whole and len(whole) > 1 and all(c in _DIGITS for c in whole):
        return int("".join(str(_DIGITS[c]) for c in whole)) + fraction
    total = section = digit = 0
    place = 10
    for character in whole:
        if character in _DIGITS:
            digit = _DIGITS[character]
            place = 1 if digit == 0 else place
        elif character == _MYRIAD:
            total, section, digit, place = (section + digit or 1) * 10_000 + total, 0, 0, 10_000
        else:
            section += (digit or 1) * _TENS[character]
            digit, place = 0, _TENS[character]
    # 两百五 is 250, but 十五 is 15 and 二百零五 is 205.
    return total + section + digit * (place // 10 if place > 10 else 1) + fraction


def _written(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)
