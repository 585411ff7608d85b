"""Progress with an estimate for long work on the command line: bars on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from retrieval.prepare import Progress as Hears

EVERY = 10.0
"""Seconds between two lines of one step where there is no terminal."""


def lines(write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> Hears:
    """A callback (step, done, total) that writes a line when a step begins and ends, and every ten seconds between.

    The estimate goes by the speed since the step began, so that what an earlier run had finished does not flatter it.
    """
    began: dict[str, tuple[float, int]] = {}
    said: dict[str, float] = {}

    def report(step: str, done: int, total: int) -> None:
        now = clock()
        start, first = began.setdefault(step, (now, done))
        if step in said and now - said[step] < EVERY and done < total:
            return
        said[step] = now
        left = (now - start) * (total - done) / (done - first) if done > first else 0.0
        about = f", about {max(1, round(left / 60))} min left" if left >= EVERY else ""
        write(
            f"{step}: {done:,} of {total:,}{about}" if total > 1 else f"{step}{': done' if done >= total > 0 else ''}"
        )

    return report


@contextmanager
def bars() -> Iterator[Hears]:
    """A callback (step, done, total) that draws one bar per step; without a terminal it writes lines."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lines(lambda line: print(line, file=sys.stderr, flush=True))
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield report
