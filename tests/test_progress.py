"""Progress where there is no terminal: lines, not too many, with an estimate that only this run's speed makes."""

from __future__ import annotations

from bot.progress import lines


def test_a_line_at_both_ends_and_every_ten_seconds_between() -> None:
    said: list[str] = []
    moments = iter([0.0, 4.0, 11.0, 12.0, 1000.0])
    report = lines(said.append, lambda: next(moments))
    for done in (5_000, 6_000, 15_000, 16_000, 105_000):
        report("embed", done, 105_000)
    assert said == [
        "embed: 5,000 of 105,000",
        "embed: 15,000 of 105,000, about 2 min left",
        "embed: 105,000 of 105,000",
    ]


def test_steps_without_parts() -> None:
    said: list[str] = []
    report = lines(said.append, lambda: 0.0)
    report("read", 0, 1)
    report("read", 1, 1)
    assert said == ["read", "read: done"]
