"""What every data set's file provides, and the cleaning they share."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import ClassVar

import numpy as np

from retrieval.errors import DataError, MissingPackage
from retrieval.schema import CleaningReport, Dataset, FloatArray, Interactions


class Source(ABC):
    """One place that items and behaviour come from; one file per source, listed in `SOURCES`."""

    name: ClassVar[str]
    package: ClassVar[str]
    """The Python distribution that carries the data."""
    install: ClassVar[str]
    """The exact line that installs it."""

    @property
    def schema_path(self) -> Path:
        """The YAML file beside the source's own."""
        return Path(__file__).with_name(f"{self.name.replace('-', '_')}.yaml")

    def fingerprint(self) -> str:
        """Changes whenever `load` could give something else; costs milliseconds and imports nothing heavy."""
        return f"{self.name} {self.package}=={self.package_version()} reader={code_version(Path(__file__).parent)}"

    def package_version(self) -> str:
        """The installed version of `package`; MissingPackage with the line that installs it."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            raise MissingPackage(
                f"Data set {self.name!r} comes with package {self.package!r}, which is not installed: "
                f"run `{self.install}`."
            ) from None

    @abstractmethod
    def load(self) -> Dataset:
        """Read and clean everything: seconds, not minutes. MissingPackage or DataError when that is impossible."""


def code_version(folder: Path, patterns: Sequence[str] = ("*.py", "*.yaml")) -> str:
    """Twelve hex digits that change when a file of the code or of the schemas does; nobody has to remember to."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def strengths(values: FloatArray, rating: tuple[float, float, float] | None) -> FloatArray:
    """Raw values as signed strengths in [-1, 1]: the neutral value is 0, the ends of the scale are -1 and 1.

    Linear on either side of neutral, so on (0.5, 3, 5) four stars are 0.5 and one star is -0.8. Behaviour without
    ratings (`rating` None) is liking: 1 each. Rankers that learn better gains use the raw values.
    """
    if rating is None:
        return np.ones(len(values), dtype=np.float32)
    lowest, neutral, highest = rating
    above, below = (values - neutral) / (highest - neutral), (values - neutral) / (neutral - lowest)
    return np.where(values >= neutral, above, below).astype(np.float32)


def natural(ids: Iterable[str]) -> list[str]:
    """Distinct ids in the order people expect: numbers by size, then the rest by spelling."""
    return sorted(set(ids), key=lambda i: (0, int(i), i) if i.isascii() and i.isdigit() else (1, 0, i))


def interactions(
    users: Sequence[str],
    items: Sequence[str],
    values: Sequence[float],
    times: Sequence[int],
    rows: Mapping[str, int],
    rating: tuple[float, float, float] | None,
    set_aside: Mapping[str, str] | None = None,
) -> tuple[Interactions, CleaningReport]:
    """Clean parallel columns, one entry per event, into `Interactions`; `rows` maps item ids to catalogue rows.

    Set aside, and counted: events of items that are not in the catalogue (`set_aside` may say why, by item id), values
    that are not finite or outside the rating scale, and all but the last of a user's events with one item.
    """
    why: Counter[str] = Counter()
    last: dict[tuple[str, str], int] = {}
    order = sorted(range(len(users)), key=lambda event: times[event])
    for event in order:
        user, item, value = users[event], items[event], values[event]
        if item not in rows:
            why[(set_aside or {}).get(item, "item not in the catalogue")] += 1
        elif not np.isfinite(value) or (rating is not None and not rating[0] <= value <= rating[2]):
            why["value outside the scale"] += 1
        else:
            if (user, item) in last:
                why["the same user and item again later"] += 1
            last[user, item] = event
    user_ids = natural(user for user, _ in last)
    position = {user: index for index, user in enumerate(user_ids)}
    if len({f"{user}:{item}" for user, item in last}) < len(last):
        raise DataError("Two pairs of user and item give the same event id; remove ':' from the user ids.")
    kept = np.array(list(last.values()), dtype=np.int64)
    whose = np.array([position[user] for user, _ in last], dtype=np.int64)
    when = np.array([times[event] for event in kept], dtype=np.int64)
    sequence = np.lexsort((kept, when, whose))
    raw = np.array([values[event] for event in kept], dtype=np.float32)[sequence]
    result = Interactions(
        user_ids=tuple(user_ids),
        users=whose[sequence],
        items=np.array([rows[item] for _, item in last], dtype=np.int64)[sequence],
        values=raw,
        strengths=strengths(raw, rating),
        times=when[sequence],
    )
    return result, CleaningReport(len(users), len(kept), dict(why))
