"""Imports that are killed, cut short or fed on purpose with what breaks readers: nothing half-done is ever live."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Catalogue
from retrieval.errors import BecauseError, DataError
from retrieval.importing.reading import Files, read
from retrieval.importing.run import import_catalogue
from retrieval.prepare import open_folder
from retrieval.schema import Interactions

# Says on stdout how far it is, and waits there, so that who listens can end it at that very moment.
IMPORT = """
import sys, time
from pathlib import Path
import retrieval.prepare, shop
from retrieval.importing.reading import Files
from retrieval.importing.run import import_catalogue
folder, items, stop = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
retrieval.prepare._SHARD = 4
encoded = []
def encode(texts):
    encoded.extend(texts)
    return shop.encode(texts)
def progress(step, done, total):
    if f"{step} {done}" == stop:
        print("here", flush=True)
        time.sleep(60)
import_catalogue("things", Files(items), folder, progress, encode=encode, train=lambda *_: {})
print(len(encoded), flush=True)
"""


def table(n: int, word: str) -> str:
    return "sku,name,price\n" + "".join(f"S{row},{word} {row},{row + 1}.5\n" for row in range(n))


def untrained(
    interactions: Interactions,  # noqa: ARG001 - the names are the protocol's
    n_items: int,  # noqa: ARG001
    folder: Path,  # noqa: ARG001
    progress: Callable[[str, float], None],  # noqa: ARG001
) -> Mapping[str, Any]:
    """There is no behaviour to learn from."""
    return {}


def started(home: Path, items: Path, stop: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (root, root / "tests")))}
    command = [sys.executable, "-c", IMPORT, str(home), str(items), stop]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def killed(home: Path, items: Path, moment: str) -> None:
    """Import until that moment, then kill -9."""
    with started(home, items, moment) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "here\n"
        finally:
            process.send_signal(signal.SIGKILL)


def contents(version: Path) -> dict[str, bytes]:
    """What must not depend on how often one was killed: everything but the store's own bookkeeping and times."""
    names = ("vectors.npy", "catalogue/items.jsonl", "catalogue/schema.yaml", "catalogue/users.npy")
    return {name: (version / name).read_bytes() for name in names}


@pytest.mark.parametrize(("moment", "left"), [("read items 20", 20), ("embed 8", 12), ("index 0", 0)])
def test_killed_and_begun_again_it_ends_as_if_nothing_had_happened(tmp_path: Path, moment: str, left: int) -> None:
    home, items = tmp_path / "home", tmp_path / "things.csv"
    items.write_text(table(20, "Lamp"), encoding="utf-8")
    (tmp_path / "old.csv").write_text(table(5, "Chair"), encoding="utf-8")
    import_catalogue("things", Files(tmp_path / "old.csv"), home, encode=shop.encode, train=untrained)
    before = contents(open_folder(home, "things"))

    killed(home, items, moment)
    assert contents(open_folder(home, "things")) == before

    with started(home, items, "never") as process:
        assert process.communicate()[0] == f"{left}\n"
    assert process.returncode == 0
    import_catalogue("things", Files(items), tmp_path / "other", encode=shop.encode, train=untrained)
    assert contents(open_folder(home, "things")) == contents(open_folder(tmp_path / "other", "things"))
    folder = home / "datasets" / "things"
    assert not list(folder.rglob("*.partial"))
    assert not list(folder.rglob("*.shards"))
    assert len(list((folder / "source").iterdir())) == 1


def brought(folder: Path, content: bytes, name: str) -> Catalogue:
    (folder / name).write_bytes(content)
    return Catalogue.of(read("things", Files(folder / name), folder / "aside.csv").dataset)


GOOD = "".join(f'{{"id": "{n}", "title": "Lamp {n}"}}\n' for n in range(2_000))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.jsonl.gz", gzip.compress(GOOD.encode())[:-20], "cut short or damaged"),
        ("cut.csv.gz", gzip.compress(b"id,title\n1,Lamp\n")[:18], "cut short or damaged"),
        ("odd.csv.gz", b"\x1f\x8b no gzip at all", "cut short or damaged"),
        ("cut.json", b'[{"id": 1, "title": "a"}, {"id": 2, "ti', "line 1"),
        ("nul.csv", b"id,title\n1,Lamp\n2,L\0mp\n", "line 3"),
        ("cut.csv", b"\xff\xfei\0d\0,\0t\0\n\0\x31\0,\0\x00\xd8", "cut short"),
        ("none.csv", b"id,title\n,\n,\n", "no usable row"),
        ("none.jsonl", b"{}\n[]\n3\n", "no usable row"),
        ("not.zip", b"PK\x03\x04 nothing", "zip"),
        ("empty.json", b"[]", "no usable row"),
        ("blank.csv", b"\r\n \r\n", ""),
    ],
)
def test_what_cannot_be_a_catalogue_is_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BecauseError) as error:
        brought(tmp_path, content, name)
    message = str(error.value)
    assert said in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_folder_that_is_no_movielens(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"movies\.csv"):
        read("things", Files(tmp_path), tmp_path / "aside.csv")


def test_a_zip_without_movies(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("ml/ratings.csv", "userId,movieId,rating,timestamp\n")
    with pytest.raises(DataError, match=r"movies\.csv"):
        read("things", Files(tmp_path / "x.zip"), tmp_path / "aside.csv")


def test_a_cut_zip_is_one_sentence(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "ml/movies.csv", "movieId,title,genres\n" + "".join(f"{n},Film {n} (1999),Drama\n" for n in range(999))
        )
        archive.writestr("ml/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4,9\n")
    damaged = bytearray(whole.getvalue())
    damaged[200:260] = bytes(60)  # inside the packed table, the directory at the end is whole
    (tmp_path / "ml.zip").write_bytes(damaged)
    with pytest.raises(DataError, match="damaged"):
        read("things", Files(tmp_path / "ml.zip"), tmp_path / "aside.csv")


def test_line_ends_and_a_mark_change_nothing(tmp_path: Path) -> None:
    text = "id,title,price\n" + "".join(f'{n},"Lamp, {n}",{n}.5\n' for n in range(1, 9))
    plain = brought(tmp_path, text.encode(), "a.csv")
    windows = brought(tmp_path, text.replace("\n", "\r\n").encode("utf-8-sig"), "b.csv")
    assert windows.items == plain.items
    assert plain.items[0].title == "Lamp, 1"


def test_a_column_called_like_a_formula_runs_nowhere(tmp_path: Path) -> None:
    lines = "".join(f"{n},Lamp {n},{n}\n" for n in range(1, 12))
    brought(tmp_path, f"id,title,=1+1\n{lines}12,Lamp 12,ask\n".encode(), "t.csv")
    with (tmp_path / "aside.csv").open(newline="", encoding="utf-8") as file:
        said = list(csv.DictReader(file))
    assert [row["line"] for row in said] == ["13"]
    assert all(cell[:1] not in "=+-@" for row in said for cell in row.values())


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\0", "\ud800", "‮olleh", "nan", "1e999", "[" * 3000,
                     "NULL", "{}", '"', "'; DROP TABLE items; --", "<script>", "${x}", "{title}", "../../etc/passwd"]),
    st.integers(-(10**400), 10**400), st.floats(), st.booleans(), st.none(),
    st.lists(st.text(max_size=5), max_size=4), st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)  # fmt: skip


@given(cells=st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cells_give_items_or_rows_set_aside(cells: list[tuple[object, ...]], tmp_path: Path) -> None:
    rows = [dict(zip(("id", "title", "note"), three, strict=True)) for three in cells]
    rows.append({"id": "sound", "title": "A sound row", "note": "as it should be"})
    content = "\n".join(map(json.dumps, rows)).encode()
    catalogue = brought(tmp_path, content, "t.jsonl")
    report = catalogue.reports["items"]
    assert (report.read, report.kept) == (len(rows), len(catalogue.items))
    assert report.kept + sum(report.set_aside.values()) == report.read
    last = catalogue.items[-1]  # whichever columns are taken for id and title
    assert {"sound", "A sound row", "as it should be"} & {last.id, last.title, last.text, *last.attributes.values()}
    place = tmp_path / f"saved{len(list(tmp_path.iterdir()))}"
    place.mkdir()
    catalogue.save(place)
    assert Catalogue.load(place).items == catalogue.items
    with (tmp_path / "aside.csv").open(newline="", encoding="utf-8") as file:
        listed = [row for row in csv.DictReader(file) if row["what"] == "row set aside"]
    assert len(listed) == report.read - report.kept


def test_an_import_of_ratings_that_are_cut_short_leaves_the_old_ones(tmp_path: Path) -> None:
    home, items = tmp_path / "home", tmp_path / "things.csv"
    items.write_text(table(6, "Lamp"), encoding="utf-8")
    whole = b"user_id,item_id,rating\n" + b"".join(b"u%d,S%d,%d\n" % (n % 3, n % 6, n % 5 + 1) for n in range(12))
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(whole))
    import_catalogue("things", Files(items, tmp_path / "r.csv.gz"), home, encode=shop.encode, train=shop.train)
    before = Catalogue.load(open_folder(home, "things") / "catalogue").interactions
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(whole)[:-12])
    with pytest.raises(DataError, match="cut short"):
        import_catalogue("things", Files(items, tmp_path / "r.csv.gz"), home, encode=shop.encode, train=shop.train)
    after = Catalogue.load(open_folder(home, "things") / "catalogue").interactions
    assert np.array_equal(before.values, after.values)
