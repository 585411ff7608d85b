"""Bringing one's own catalogue: what is inferred, what is set aside, and that a failed import changes nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import shop
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Catalogue
from retrieval.datasets.imported import Imported as Source
from retrieval.errors import BecauseError, DataError, MissingPackage, UsageError
from retrieval.importing import behaviour as behaviours
from retrieval.importing import cells, tables, words
from retrieval.importing.aside import Aside
from retrieval.importing.columns import kind, look
from retrieval.importing.reading import Files, Imported, read
from retrieval.importing.run import import_catalogue
from retrieval.prepare import listing, open_folder, prepare
from retrieval.schema import Event, Field, History, Interactions
from retrieval.schema_file import read_schema

SHOES = """sku,name,brand,colour,price,in_stock,weight_g,image_url
S1,Trail Runner,Alba,red,$49.00,yes,300,http://x/1.png
S2,City Walker,Brio,red,$39.50,no,280,http://x/2.png
S3,Beach Sandal,Alba,blue,$19.00,yes,150,http://x/3.png
S4,Alpine Boot,Cora,red,"$1,129.00",yes,900,http://x/4.png
S5,Court Classic,Brio,white,$59.00,yes,350,http://x/5.png
S6,Road Racer,Cora,red,$45.00,yes,220,http://x/6.png
S7,Rain Clog,Alba,green,$25.00,no,200,http://x/7.png
S8,Winter Boot,Brio,black,$99.00,yes,800,http://x/8.png
"""


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def imported(folder: Path, content: str | bytes, name: str = "items.csv", catalogue: str = "things") -> Imported:
    return read(catalogue, Files(write(folder / name, content)), folder / "aside.csv")


def imported_notes(folder: Path, rows: str) -> str:
    return " ".join(imported(folder, rows).notes)


def fields(found: Imported) -> dict[str, Field]:
    return {f.name: f for f in found.dataset.schema.fields}


def aside_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "aside.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def train(
    events: Interactions, n_items: int, folder: Path, progress: Callable[[str, float], None]
) -> Mapping[str, Any]:
    """Factors where there is behaviour, none where there is not."""
    return shop.train(events, n_items, folder, progress) if len(events) else {}


def bring(home: Path, files: Files, name: str = "shoes") -> Mapping[str, Any]:
    return import_catalogue(name, files, home, encode=shop.encode, train=train)


class TestInference:
    def test_a_shop(self, tmp_path: Path) -> None:
        found = imported(tmp_path, SHOES, catalogue="shoes")
        known = fields(found)
        assert (found.roles.id, found.roles.title, found.roles.text) == ("sku", "name", None)
        assert {name: f.kind for name, f in known.items()} == {
            "brand": "category", "colour": "category", "price": "number", "in_stock": "flag", "weight_g": "number",
        }  # fmt: skip
        assert (known["price"].unit, known["weight_g"].unit, known["weight_g"].label) == ("$", "g", "weight")
        assert "cheaper" in known["price"].less
        assert "heavier" in known["weight_g"].more
        assert "out of stock" in known["in_stock"].values["false"]
        assert (found.dataset.schema.noun, found.dataset.schema.plural) == ("shoe", "shoes")
        assert found.left_out == {"image_url": "links, pictures, codes or nested objects"}
        boot = next(item for item in found.dataset.items if item.id == "S4")
        assert boot.attributes == {
            "brand": "Cora", "colour": "red", "price": 1129, "in_stock": True, "weight_g": 900,
        }  # fmt: skip

    def test_names_give_other_words(self) -> None:
        assert {"content rating", "rated", "rating"} <= set(words.synonyms("content_rating"))
        assert words.label("contentRating") == "content rating"
        assert words.label("price_usd") == "price"
        assert words.label("is_waterproof") == "waterproof"
        assert words.unit_in_name("price_usd") == words.units()["$"]
        assert words.unit_in_name("duration_min") == words.units()["minutes"]
        assert words.unit_in_name("Weight (kg)") == words.units()["kg"]
        assert words.unit_in_name("read_in_week") is None
        assert words.unit_in_name("price_per_kg") is None
        assert words.unit_in_name("CO2 g/km") == words.units()["g/km"]

    @pytest.mark.parametrize(
        ("column", "label"),
        [("No. of Seats", "seats"), ("CO2 g/km", "CO2"), ("ABV (%)", "ABV"), ("Strength (1-10)", "strength"), ("Power (hp)", "power"),
         ("Price / kg", "price"), ("details.Brand", "brand")],
    )  # fmt: skip
    def test_labels(self, column: str, label: str) -> None:
        assert words.label(column) == label

    def test_a_flag_that_admits_somebody_is_said_in_many_ways(self) -> None:
        assert {"dog friendly", "allows dogs", "dogs are welcome"} <= set(words.admitted("dogs allowed"))
        assert not words.admitted("works offline")

    @pytest.mark.parametrize(
        ("name", "noun"),
        [("shoes", "shoe"), ("recipes", "recipe"), ("my-movies", "movie"), ("dishes", "dish"), ("categories", "category"),
         ("shop", "item"), ("x9", "item"), ("board_games", "game"), ("wine", "wine")],
    )  # fmt: skip
    def test_the_noun_comes_from_the_name(self, name: str, noun: str) -> None:
        assert words.noun_of(name) == noun

    @pytest.mark.parametrize(
        ("name", "sample", "expected"),
        [
            ("genres", ["Action|Drama", "Drama", "Comedy"], "tags"),
            ("genres", ['["Action", "Drama"]', "[]", '["Drama"]'], "tags"),
            ("genres", ["['Action', 'Drama']", "['Drama']"], "tags"),
            ("genres", [[{"id": 1, "name": "Action"}], [{"id": 2, "name": "Drama"}]], "tags"),
            ("ingredients", ["egg, flour", "egg", "rice, egg"], "tags"),
            ("author", ["Smith, John", "Doe, Ann", "Smith, John"], "category"),
            ("city", ["Rome, Italy", "Milan, Italy", "Turin, Italy", "Bari, Italy"], "category"),
            ("available", ["true", "False", "TRUE"], "flag"),
            ("is_new", [0, 1, 1], "flag"),
            ("doors", [0, 1, 1], "number"),
            ("doors", [0, 1] * 20, "number"),
            ("organic", [0, 1] * 20, "flag"),
            ("contains_ads", ["1", "0"] * 20, "flag"),
            ("stock", ["0", "1", "7"] * 20, "number"),
            ("one_owner", ["Yes", "No"] * 60 + ["maybe"], "flag"),
            ("age", ["4+", "12+", "17+"], "number"),
            ("aged", ["12 months", "1 month", "36 months"], "number"),
            ("premium", ["$12.50/month", "$9/month"], "number"),
            ("goes_with", ["beer / figs", "beer", "figs / port / beer", "port / figs"], "tags"),
            ("released", ["2020-01-02", "2021-03-04"], "date"),
            ("released", [1999, 2004, 2010], "number"),
            ("created_at", [1600000000, 1700000000], "date"),
            ("rating", ["4.5 out of 5", "3/5"], "number"),
            ("share", ["12%", "7 %"], "number"),
            ("homepage", ["https://a", None], None),
            ("anything", ["", "N/A", None], None),
            ("review", ["A long and winding sentence about it.", "Another one, that is as long as that."], "text"),
            ("features", [[f"It has {n} litres of room for all your things.", "Imported"] for n in range(3)], "text"),
            ("features", [[f"The handle stays cool after {n} minutes on the stove."] for n in range(300)], "text"),
            ("features", [str([f"The handle stays cool after {n} minutes on the stove."]) for n in range(9)], "text"),
            ("features", [["A handle that stays cool even on a hot stove", "Lid"] for _ in range(300)], "tags"),
            ("cast", [[f"Ann {n} Lee", f"Bo {n} Kim"] for n in range(300)], "list"),
        ],
    )
    def test_kinds(self, name: str, sample: list[Any], expected: str | None) -> None:
        assert kind(look(name, sample)) == expected

    def test_bullet_points_are_text_that_is_searched(self, tmp_path: Path) -> None:
        rows = [
            {"id": f"k{n}", "title": f"Kettle {n}", "features": [f"Holds {n} litres of water for your tea.", "Imported"],
             "description": [f"A kettle of the kind number {n}, made for large kitchens."]}
            for n in range(4)
        ]  # fmt: skip
        found = imported(tmp_path, json.dumps(rows), "items.json")
        assert fields(found)["features"].kind == "text"
        item = found.dataset.items[2]
        assert item.attributes["features"] == "Holds 2 litres of water for your tea. Imported"
        assert item.text == "A kettle of the kind number 2, made for large kitchens."

    def test_years_are_years_only_when_the_name_says_so(self, tmp_path: Path) -> None:
        found = fields(imported(tmp_path, "id,title,year,pages\n1,A,1999,1999\n2,B,2004,2004\n"))
        assert (found["year"].unit, found["pages"].unit) == ("year", None)
        assert "newer" in found["year"].more

    def test_of_dates_and_years_in_one_column_the_year_is_kept(self, tmp_path: Path) -> None:
        dates = ["1984", "1991-03-09", "1999-05"] * 8
        found = imported(tmp_path, "id,title,released\n" + "".join(f"{n},T{n},{d}\n" for n, d in enumerate(dates)))
        assert (fields(found)["released"].kind, fields(found)["released"].unit) == ("number", "year")
        assert [item.attributes["released"] for item in found.dataset.items][:3] == [1984, 1991, 1999]

    def test_numbers_that_can_only_be_years_need_no_name(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},T{n},{1990 + n},{1990 + n},{1200 + n}\n" for n in range(25))
        found = fields(imported(tmp_path, "id,title,first_brewed,pages,altitude\n" + rows))
        assert [found[name].unit for name in ("first_brewed", "pages", "altitude")] == ["year", None, None]

    def test_codes_are_no_titles_and_slashes_cut_where_entries_change_places(self, tmp_path: Path) -> None:
        rows = [
            ("spring/summer", "Velox Sprint"),
            ("summer", "Alpin Tour"),
            ("summer/autumn", "Stadt Flow"),
            ("autumn/spring", "Berg Zug"),
        ]
        lines = "".join(
            f"F{n:04d},{rows[n % 4][1]} {n},{rows[n % 4][0]},{'ja' if n % 3 else 'nein'}\n" for n in range(24)
        )
        found = imported(tmp_path, "Artikelnummer,Bezeichnung,Saison,Licht\n" + lines)
        assert (found.roles.id, found.roles.title) == ("Artikelnummer", "Bezeichnung")
        assert {name: f.kind for name, f in fields(found).items()} == {"Saison": "tags", "Licht": "flag"}

    def test_times_are_converted_to_one_unit(self, tmp_path: Path) -> None:
        found = imported(tmp_path, "id,title,cook_time,duration_ms\n1,A,1h 30m,90000\n2,B,45 min,180000\n")
        assert fields(found)["cook_time"].unit == "minutes"
        assert [item.attributes["cook_time"] for item in found.dataset.items] == [90, 45]
        assert [item.attributes["duration_ms"] for item in found.dataset.items] == [1.5, 3]

    def test_without_an_id_the_title_and_without_both_the_row(self, tmp_path: Path) -> None:
        titled = imported(tmp_path, "name,price\nA,1\nB,2\n")
        assert [item.id for item in titled.dataset.items] == ["A", "B"]
        bare = imported(tmp_path, "price,size\n1,5\n2,5\n", catalogue="lamps")
        assert [(item.id, item.title) for item in bare.dataset.items] == [("1", "Lamp 1"), ("2", "Lamp 2")]

    def test_nested_objects_are_flattened_once(self, tmp_path: Path) -> None:
        rows = [{"id": n, "title": f"T{n}", "maker": {"name": "Ann", "deep": {"x": 1}}} for n in range(3)]
        found = imported(tmp_path, json.dumps(rows), "items.json")
        assert found.dataset.items[0].attributes == {"maker_name": "Ann"}
        assert fields(found)["maker_name"].label == "maker"
        assert "maker.deep" in found.left_out

    def test_reserved_names_are_never_fields(self, tmp_path: Path) -> None:
        found = imported(tmp_path, "id,title,has_lid,Text\n1,A,yes,x\n2,B,no,y\n")
        assert set(fields(found)) <= {"lid", "text_value"}

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(["id", "title", "price", "tags", "note", "is_x", "has_y", "date", "é ü", "1st"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
                    max_leaves=4,
                ),
            ),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    @settings(max_examples=150, deadline=None)
    def test_any_objects_give_a_catalogue_that_can_be_saved_or_one_sentence(self, rows: list[dict[str, Any]]) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            content = json.dumps(rows).encode()
            try:
                found = imported(folder, content, "items.json")
            except DataError:
                return
            report = found.dataset.reports["items"]
            assert report.read == len(rows)
            assert report.kept + sum(report.set_aside.values()) == report.read
            (folder / "saved").mkdir()
            catalogue = Catalogue.of(found.dataset)
            catalogue.save(folder / "saved")
            again = Catalogue.load(folder / "saved")
            assert again.items == found.dataset.items
            assert again.schema == found.dataset.schema


class TestTables:
    @given(
        st.lists(
            st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2), min_size=1
        )
    )
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_what_csv_can_hold_is_read_as_it_was(self, tmp_path: Path, lines: list[list[str]]) -> None:
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([["a", "b"], *lines])
        path = write(tmp_path / "t.csv", buffer.getvalue())
        expected = [dict(zip("ab", line, strict=True)) for line in lines if any(line)]
        try:
            found = [row for _, row in tables.rows(path, Aside("t"))]
        except DataError:
            found = []
        assert found == expected

    @given(st.binary(max_size=300), st.sampled_from(["csv", "tsv", "json", "jsonl"]))
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_bytes_are_rows_or_one_sentence(self, tmp_path: Path, content: bytes, ending: str) -> None:
        path, aside = write(tmp_path / f"t.{ending}", content), Aside("t")
        try:
            kept = sum(1 for _ in tables.rows(path, aside))
        except DataError:
            pass  # one sentence
        else:
            assert kept + sum(aside.rows.values()) == aside.read

    @pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, tmp_path: Path, sign: str) -> None:
        path = write(tmp_path / "t.csv", f"a{sign}b\n1,5{sign}x\n2,5{sign}y\n" if sign != "," else "a,b\n1,x\n2,y\n")
        assert [set(row) for _, row in tables.rows(path, Aside("t"))] == [{"a", "b"}] * 2

    def test_gzip_json_lines_in_a_json_file_and_a_wrapped_list(self, tmp_path: Path) -> None:
        rows = [{"a": 1}, {"a": 2}]
        lines = "\n".join(map(json.dumps, rows))
        for name, content in (
            ("t.jsonl.gz", gzip.compress(lines.encode())), ("t.json", lines.encode()),
            ("u.json", json.dumps({"items": rows, "n": 2}).encode()), ("v.json", json.dumps(rows, indent=1).encode()),
        ):  # fmt: skip
            assert [row for _, row in tables.rows(write(tmp_path / name, content), Aside("t"))] == rows

    def test_a_long_json_list_is_read_piece_by_piece(self, tmp_path: Path) -> None:
        rows = [{"id": n, "text": "x" * 3_000} for n in range(1_000)]
        path = write(tmp_path / "t.json", json.dumps(rows))
        assert [row for _, row in tables.rows(path, Aside("t"))] == rows

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("t.csv", b"", "is empty"),
            ("t.csv", b"a,b\n", "no usable row"),
            ("t.csv", b"\n\n", "is empty"),
            ("t.csv", b'a,b\n1,2\n3,"4\n5,6\n', "line 3"),
            ("t.csv", b"a,a\n1,2\n", "'a'"),
            ("t.csv", b"a,b\n1,\x81\n", "line 2"),
            ("t.csv", b"PK\x03\x04...", "spreadsheet"),
            ("t.json", b'[{"a": 1},\n{"a": 2},\n{"a" 3}]', "line 3"),
            ("t.json", b'"text"', "list of objects"),
            ("t.xlsx", b"x", ".xlsx"),
        ],
    )
    def test_what_cannot_be_read_is_one_sentence(self, tmp_path: Path, name: str, content: bytes, said: str) -> None:
        with pytest.raises(DataError, match=r".") as error:
            list(tables.rows(write(tmp_path / name, content), Aside("t")))
        assert said in str(error.value)

    def test_a_first_line_of_values_is_said_to_be_no_names(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},Lamp {n},{n + 1}.50\n" for n in range(9))
        assert "'0' looks like a value" in imported_notes(tmp_path, rows)
        assert imported_notes(tmp_path, f"id,name,price\n{rows}") == ""

    def test_rows_that_stand_there_twice_keep_their_ids(self, tmp_path: Path) -> None:
        rows = "".join(f"S{n},Lamp {n},{n + 1}.50\n" for n in range(9))
        path = write(tmp_path / "t.csv", f"id,name,price\n{rows}{rows}")
        found = read("lamps", Files(path), tmp_path / "aside.csv").dataset
        assert [item.id for item in found.items] == [f"S{n}" for n in range(9)]
        assert found.reports["items"].set_aside == {"the same id as an earlier row": 9}

    def test_windows_1252_is_read_and_said(self, tmp_path: Path) -> None:
        aside = Aside("t")
        rows = list(tables.rows(write(tmp_path / "t.csv", "name,x\nCafé,1\n".encode("cp1252")), aside))
        assert rows[0][1]["name"] == "Café"
        assert "Windows-1252" in aside.notes[0]
        assert "line 2" in aside.notes[0]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_marks_of_encodings_are_no_part_of_the_text(self, tmp_path: Path, encoding: str) -> None:
        path, aside = write(tmp_path / "t.csv", "name,x\nCafé,1\n".encode(encoding)), Aside("t")
        assert next(tables.rows(path, aside))[1] == {"name": "Café", "x": "1"}
        assert aside.notes == []

    def test_parquet(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.parquet", b"PAR1")
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            with pytest.raises(MissingPackage, match="pip install pyarrow"):
                list(tables.rows(path, Aside("t")))
            return
        with pytest.raises(DataError, match="Parquet"):
            list(tables.rows(path, Aside("t")))
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "tags": [["a"], ["b", "c"]]}), path)
        assert [row for _, row in tables.rows(path, Aside("t"))] == [
            {"id": 1, "tags": ["a"]},
            {"id": 2, "tags": ["b", "c"]},
        ]


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "value"),
        [("$1,299.00", 1299), ("4.5", 4.5), ("12%", 12), ("1.5 kg", 1.5), ("€12,50", 12.5), ("12,50 €", 12.5), ("-3", -3),
         ("USD 20", 20), ("1 234", 1234), ("4.5 out of 5", 4.5), ("1.2M", 1.2e6), ("1.2 million", 1.2e6), ("3k", 3000),
         ("abc", None), ("", None), ("1-2", None), ("2020-01-01", None), (True, None), (float("nan"), None), ("1e3", 1000)],
    )  # fmt: skip
    def test_numbers(self, cell: Any, value: float | None) -> None:
        found = cells.number(cell)
        assert (found[0] if found else None) == value

    @pytest.mark.parametrize(
        ("cell", "day"),
        [("2024-03-09", "2024-03-09"), ("2024-03-09T10:00:00Z", "2024-03-09"), ("2024-03", "2024-03"), ("3/9/2024", "2024-03-09"),
         ("25/12/2024", "2024-12-25"), ("March 9, 2024", "2024-03-09"), ("9 Mar 2024", "2024-03-09"), ("2024-13-01", None), ("soon", None)],
    )  # fmt: skip
    def test_dates(self, cell: str, day: str | None) -> None:
        assert cells.day(cell) == day

    @given(st.text(max_size=60) | st.floats() | st.integers() | st.lists(st.text(max_size=4), max_size=3))
    @settings(deadline=None)
    def test_nothing_raises(self, cell: Any) -> None:
        cell = cells.clean(cell)
        for function in (cells.number, cells.truth, cells.day, cells.moment, cells.entries):
            function(cell)  # type: ignore[operator]
        if isinstance(cell, str):
            cell.encode()


class TestSetAside:
    def test_every_row_is_kept_or_in_the_file_with_its_line_and_reason(self, tmp_path: Path) -> None:
        found = imported(tmp_path, SHOES + ",Nameless,A,b,$1,yes,1,u\nS8,Twice,A,b,$1,yes,1,u\nS9,short\nS10,Odd,A,b,ask,yes,1,u\n"
                         'S11,"a" b,A,b,$1,yes,1,u\nS12,,A,b,$1,yes,1,u\n')  # fmt: skip
        report = found.dataset.reports["items"]
        assert (report.read, report.kept) == (14, 9)
        assert [(row["line"], row["what"], row["reason"]) for row in aside_of(tmp_path)] == [
            ("10", "row set aside", "no id"),
            ("11", "row set aside", "the same id as an earlier row"),
            ("12", "row set aside", "fewer cells than columns"),
            ("13", "value not used", "price: not a number"),
            ("14", "row set aside", "quotation marks do not match"),
            ("15", "row set aside", "no title"),
        ]
        assert found.dataset.reports["doubtful values of items"].set_aside == {"price: not a number": 1}

    def test_huge_cells_are_cut_or_left_out_and_said(self, tmp_path: Path) -> None:
        rows = [{"id": "1", "title": "A", "description": "word " * 2_000_000, "brand": "x"},
                {"id": "2", "title": "B", "description": "short", "brand": "y" * 10_000_000}, {"id": "z" * 10_000_000, "title": "C"}]  # fmt: skip
        found = imported(tmp_path, "\n".join(map(json.dumps, rows)), "items.jsonl")
        one, two = found.dataset.items
        assert len(one.text) == 20_000
        assert "brand" not in two.attributes
        assert sum(found.dataset.reports["doubtful values of items"].set_aside.values()) == 2
        assert found.dataset.reports["items"].set_aside == {"id longer than 200 characters": 1}
        assert (tmp_path / "aside.csv").stat().st_size < 100_000

    def test_formulas_stay_text_and_no_spreadsheet_runs_them(self, tmp_path: Path) -> None:
        found = imported(
            tmp_path,
            "id,title,price\n1,=cmd|' /C calc'!A0,5\n2,B,=1+1\n3,C,4\n4,D,4\n5,E,4\n6,F,1\n7,G,1\n8,H,1\n9,I,1\n10,J,1\n",
        )
        assert found.dataset.items[0].title == "=cmd|' /C calc'!A0"
        assert "price" not in found.dataset.items[1].attributes
        assert [cell[:1] for row in aside_of(tmp_path) for cell in row.values() if cell[:1] in "=+-@"] == []


class TestChoicesInOtherWords:
    ROWS = (
        "name,price_level,opens,open_days,caffeine,district\n"
        "Ay,$,08:00,Mon|Sun,none,\nBe,$$,17:30,Sun,low,none\nCe,$$$,08:00,Mon,high,dog friendly\nDe,$,17:30,Mon|Sun,none,East\n"
    )

    @pytest.mark.parametrize(
        ("field", "value", "word"),
        [
            ("price_level", "$", "cheap"),
            ("price_level", "$$", "moderately priced"),
            ("price_level", "$$$", "expensive"),
            ("opens", "08:00", "8 am"),
            ("opens", "17:30", "5:30 pm"),
            ("open_days", "Sun", "sundays"),
            ("district", "dog friendly", "with my dog"),
            ("caffeine", "none", "caffeine free"),
        ],
    )
    def test_what_people_say_for_them(self, tmp_path: Path, field: str, value: str, word: str) -> None:
        assert word in fields(imported(tmp_path, self.ROWS))[field].values[value]

    def test_none_is_a_choice_where_no_cell_is_empty(self, tmp_path: Path) -> None:
        known = [item.attributes for item in imported(tmp_path, self.ROWS).dataset.items]
        assert [one["caffeine"] for one in known] == ["none", "low", "high", "none"]
        assert ["district" in one for one in known] == [False, False, True, True]


class TestInteractions:
    ITEMS: ClassVar = {"a": 0, "b": 1, "c": 2}

    def read(self, *rows: dict[str, Any]) -> behaviours.Behaviour:
        self.aside = Aside("interactions")
        self.aside.read = len(rows)
        return behaviours.behaviour(enumerate(rows, 2), self.ITEMS, "events.csv", self.aside)

    def test_ratings_with_their_scale(self) -> None:
        found = self.read(*({"userId": u, "movieId": i, "rating": r, "timestamp": t} for u, i, r, t in [
            (1, "a", 5, 10), (1, "b", 1, 20), (2, "a", 3, 30), (1, "a", 4, 40)]))  # fmt: skip
        assert found.scale == (1, 3, 5)
        events = found.interactions
        assert events.user_ids == ("1", "2")
        assert events.strengths.tolist() == [-1, 0.5, 0]
        assert events.times.tolist() == [20, 40, 30]

    @pytest.mark.parametrize("order", ["abc", "cab", "bca"])
    def test_events_of_one_moment_stay_in_order_of_the_file(self, order: str) -> None:
        found = self.read(*({"user": "u", "item": i, "rating": 4, "timestamp": 10} for i in order), {
            "user": "u", "item": order[0], "rating": 2, "timestamp": 10})  # fmt: skip
        assert [self.ITEMS[i] for i in (*order[1:], order[0])] == found.interactions.items.tolist()

    @pytest.mark.parametrize(
        ("values", "scale"),
        [
            ([0.5, 4.5], (0.5, 3, 5)),
            ([0, 10, 7], (0, 5, 10)),
            ([-1, 1], (-1, 0, 1)),
            ([1, 10], (1, 5.5, 10)),
            ([10, 95], (1, 50.5, 100)),
        ],
    )
    def test_scales(self, values: list[float], scale: tuple[float, float, float]) -> None:
        found = self.read(*({"user": n, "item": "a", "score": v} for n, v in enumerate(values)))
        assert found.scale == scale

    def test_a_few_mistakes_do_not_widen_the_scale(self) -> None:
        stars = [{"user": n, "item": "abc"[n % 3], "rating": 1 + n % 5} for n in range(300)]
        found = self.read(*stars, {"user": "x", "item": "a", "rating": 99})
        assert found.scale == (1, 3, 5)
        assert self.aside.rows == {"rating: outside 1 to 5": 1}

    @pytest.mark.parametrize(
        ("column", "good", "bad"),
        [("thumbs", "up", "down"), ("Rating", "👍", "👎"), ("liked", "yes", "no"), ("is_liked", True, False),
         ("feedback", "Like", "Dislike"), ("recommended", 1, 0)],
    )  # fmt: skip
    def test_opinions_in_words(self, column: str, good: Any, bad: Any) -> None:
        found = self.read({"user": "u", "item": "a", column: good}, {"user": "u", "item": "b", column: bad})
        assert found.interactions.strengths.tolist() == [1, -1]

    def test_what_was_not_bought_was_not_disliked(self) -> None:
        found = self.read({"user": "u", "item": "a", "purchased": 1}, {"user": "u", "item": "b", "purchased": 0})
        assert found.interactions.items.tolist() == [0]

    def test_a_rating_is_no_item_and_the_column_left_over_holds_users(self) -> None:
        rows = [{"taster": "t", "cheese": "a", "score": 3}, {"taster": "s", "cheese": "b", "score": 1}]
        found = behaviours.behaviour(enumerate(rows, 2), {"a": 0, "b": 1, "3": 2}, "tasted.csv", Aside("tasted"))
        assert (found.interactions.user_ids, found.interactions.items.tolist()) == (("s", "t"), [1, 0])

    def test_kinds_of_events_are_signed(self) -> None:
        found = self.read(*({"visitor": "v", "product_id": i, "event": e, "ts": "2020-01-01T00:00:00Z"} for i, e in [
            ("a", "view"), ("a", "purchase"), ("a", "view"), ("b", "Dislike"), ("c", "add_to_cart"), ("c", "teleport")]))  # fmt: skip
        events = found.interactions
        assert found.scale is None
        assert dict(zip(events.items.tolist(), events.strengths.tolist(), strict=True)) == pytest.approx(
            {0: 1, 1: -1, 2: 0.7}
        )
        assert events.times.tolist() == [1577836800] * 3
        assert self.aside.rows["event: not a kind that is known"] == 1

    def test_purchases_beside_ratings_count_as_what_they_are(self) -> None:
        found = self.read(
            *({"user": "u", "item": i, "event": e, "rating": r} for i, e, r in
              [("a", "purchase", ""), ("b", "rating", "1"), ("c", "rating", "4"), ("c", "rating", "5")])
        )  # fmt: skip
        assert found.scale is None
        strengths = dict(zip(found.interactions.items.tolist(), found.interactions.strengths.tolist(), strict=True))
        assert strengths == pytest.approx({0: 1, 1: -1, 2: 1})
        assert not self.aside.rows["event: not a kind that is known"]

    def test_more_is_stronger(self) -> None:
        found = self.read(*({"user": "u", "item": i, "dwell_seconds": s} for i, s in [("a", 5), ("b", 500), ("c", 60)]))
        weak, strong, middling = found.interactions.strengths[np.argsort(found.interactions.items)]
        assert 0 < weak < middling < strong <= 1

    def test_mere_presence_is_liking(self) -> None:
        assert self.read({"user": "u", "item": "a"}, {"user": "u", "item": "b"}).interactions.strengths.tolist() == [
            1,
            1,
        ]

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ({"item": "a", "rating": 3}, "user_id"),
            ({"user": "u", "item": "zzz"}, "'zzz'"),
            ({"user": "u", "item": "a", "event": "hop"}, "'hop'"),
            ({"user": "u", "item": "a", "rating": "superb"}, "'superb' in column 'rating'"),
            ({"user": "a", "item": "zzz", "rating": 1}, "'zzz'"),
        ],
    )
    def test_what_cannot_be_behaviour_is_one_sentence(self, row: dict[str, Any], said: str) -> None:
        with pytest.raises(DataError, match=said):
            self.read(row)


class TestImport:
    def test_a_second_import_takes_the_place_of_the_first(self, tmp_path: Path) -> None:
        home, items = tmp_path / "home", write(tmp_path / "shoes.csv", SHOES)
        bring(home, Files(items))
        write(items, SHOES.replace("$19.00", "$18.00") + "S20,New,Alba,red,$5.00,yes,100,u\n")
        report = bring(home, Files(items))
        catalogue = Catalogue.load(open_folder(home, "shoes") / "catalogue")
        assert report["items"] == 9
        assert catalogue.items[catalogue.row("S3")].attributes["price"] == 18
        assert len(list((home / "datasets" / "shoes" / "source").iterdir())) == 1

    def test_what_is_wrong_with_a_file_is_said_by_the_name_it_came_with(self, tmp_path: Path) -> None:
        items, events = write(tmp_path / "shoes.csv", SHOES), write(tmp_path / "sales of May.csv", "thing,x\nS1,2\n")
        with pytest.raises(DataError, match=r"^sales of May\.csv has no column of users"):
            bring(tmp_path / "home", Files(items, events))
        with pytest.raises(DataError, match=rf"^{tmp_path}/none\.csv holds no usable row"):
            bring(tmp_path / "home", Files(write(tmp_path / "none.csv", "id,name\n")))

    def test_a_failed_import_of_a_renamed_file_leaves_the_live_copy(self, tmp_path: Path) -> None:
        home, items = tmp_path / "home", write(tmp_path / "shoes.csv", SHOES)
        bring(home, Files(items))
        live = list((home / "datasets" / "shoes" / "source").rglob("*.csv"))
        with pytest.raises(DataError):
            bring(home, Files(write(tmp_path / "other.csv", SHOES), write(tmp_path / "sales.csv", "thing,x\nS1,2\n")))
        assert list((home / "datasets" / "shoes" / "source").rglob("*.csv")) == live

    def test_an_edited_schema_is_kept_and_prepare_follows_it(self, tmp_path: Path) -> None:
        home, items = tmp_path / "home", write(tmp_path / "shoes.csv", SHOES)
        path = Path(bring(home, Files(items))["schema"])
        assert read_schema_fields(path) == ["brand", "colour", "price", "in_stock", "weight_g"]
        document = yaml.safe_load(path.read_text())
        document["noun"], document["fields"] = "sneaker", document["fields"][:3]
        path.write_text(yaml.safe_dump(document))
        prepare("shoes", home, encode=shop.encode, train=train)
        schema = Catalogue.load(open_folder(home, "shoes") / "catalogue").schema
        assert (schema.noun, len(schema.fields)) == ("sneaker", 3)
        report = bring(home, Files(write(items, SHOES + "S20,New,Alba,red,$5.00,yes,100,u\n")))
        assert not report["inferred"]
        assert Catalogue.load(open_folder(home, "shoes") / "catalogue").schema.noun == "sneaker"

    @pytest.mark.parametrize(
        ("content", "said"), [("", "is empty"), ("sku,name\n,\n,\n", "no usable row"), ('sku,name\nS1,"x\n', "line 2")]
    )
    def test_a_failed_import_changes_nothing(self, tmp_path: Path, content: str, said: str) -> None:
        home, items = tmp_path / "home", write(tmp_path / "shoes.csv", SHOES)
        bring(home, Files(items))
        before = {p: p.read_bytes() for p in (home / "datasets" / "shoes").rglob("*") if p.is_file()}
        with pytest.raises(DataError, match=said):
            bring(home, Files(write(tmp_path / "other.csv", content)))
        after = {p: p.read_bytes() for p in (home / "datasets" / "shoes").rglob("*") if p.is_file()}
        assert after == before

    def test_a_failed_first_import_leaves_no_data_set(self, tmp_path: Path) -> None:
        with pytest.raises(DataError):
            bring(tmp_path, Files(tmp_path / "nothing.csv"))
        assert [row["name"] for row in listing(tmp_path)] == ["movielens", "movielens-100k"]

    def test_a_schema_that_names_no_column(self, tmp_path: Path) -> None:
        items, schema = (
            write(tmp_path / "shoes.csv", SHOES),
            write(tmp_path / "s.yaml", "fields: [{name: heel, kind: number}]"),
        )
        with pytest.raises(DataError, match=r"'heel'.*sku, name, brand"):
            bring(tmp_path / "home", Files(items, schema=schema))

    def test_a_given_schema_decides(self, tmp_path: Path) -> None:
        items = write(tmp_path / "shoes.csv", SHOES)
        schema = write(tmp_path / "s.yaml", "noun: trainer\nfields:\n- {name: maker, kind: category}\n"
                                            "- {name: weight_g, kind: text}\ncolumns: {title: sku, fields: {maker: brand}}")  # fmt: skip
        bring(tmp_path / "home", Files(items, schema=schema))
        catalogue = Catalogue.load(open_folder(tmp_path / "home", "shoes") / "catalogue")
        assert (catalogue.schema.noun, catalogue.schema.plural, catalogue.items[0].title) == (
            "trainer",
            "trainers",
            "S1",
        )
        assert catalogue.items[0].attributes == {"maker": "Alba", "weight_g": "300"}

    def test_the_copies_and_the_written_schema_give_the_same_again(self, tmp_path: Path) -> None:
        items = write(tmp_path / "shoes.csv", SHOES)
        events = write(tmp_path / "e.csv", "user,sku,rating\nann,S1,5\nbob,S2,2\n")
        bring(tmp_path / "home", Files(items, events))
        catalogue = Catalogue.load(open_folder(tmp_path / "home", "shoes") / "catalogue")
        again = Source(tmp_path / "home" / "datasets" / "shoes").load()
        assert (again.schema, again.items) == (catalogue.schema, catalogue.items)
        assert again.interactions.strengths.tolist() == catalogue.interactions.strengths.tolist() == [1, -0.5]

    def test_earlier_interactions_are_kept(self, tmp_path: Path) -> None:
        home, items = tmp_path / "home", write(tmp_path / "shoes.csv", SHOES)
        events = write(tmp_path / "e.csv", "user,sku,rating\nann,S1,5\nbob,S2,2\n")
        assert bring(home, Files(items, events))["events"] == 2
        report = bring(home, Files(items))
        assert report["events"] == 2
        assert any("kept" in note for note in report["notes"])

    @pytest.mark.parametrize("name", ["movielens", "A b", "../x", ""])
    def test_names(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UsageError):
            bring(tmp_path, Files(write(tmp_path / "shoes.csv", SHOES)), name)

    @pytest.mark.parametrize("form", ["csv", "dat", "zip"])
    def test_movielens_folders_and_zips(self, tmp_path: Path, form: str) -> None:
        folder = tmp_path / "ml"
        folder.mkdir()
        if form == "dat":
            write(
                folder / "movies.dat", "1::Matrix, The (1999)::Action|Sci-Fi\n2::Café (2001)::Drama\n".encode("latin-1")
            )
            write(folder / "ratings.dat", "1::1::5::978300760\n2::2::1::978300761\n")
        else:
            write(
                folder / "movies.csv",
                'movieId,title,genres\n1,"Matrix, The (1999)",Action|Sci-Fi\n2,Café (2001),Drama\n',
            )
            write(folder / "ratings.csv", "userId,movieId,rating,timestamp\n1,1,5,978300760\n2,2,1,978300761\n")
            write(folder / "tags.csv", "userId,movieId,tag,timestamp\n1,1,mind-bending,9\n2,1,Dystopia,9\n3,1,dystopia,9\n"
                                       "4,1,dystopia,9\n5,2,=mine,9\n")  # fmt: skip
            write(folder / "links.csv", "movieId,imdbId,tmdbId\n1,0133093,603\n2,0211915,194\n")
        path = folder
        if form == "zip":
            path = tmp_path / "ml.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for file in folder.iterdir():
                    archive.write(file, f"ml-tiny/{file.name}")
        bring(tmp_path / "home", Files(path), "my-films")
        catalogue = Catalogue.load(open_folder(tmp_path / "home", "my-films") / "catalogue")
        first = catalogue.items[0]
        assert (first.id, first.title) == ("1", "The Matrix")
        told = {} if form == "dat" else {"tags": ("dystopia",)}  # what at least two people said, as most spell it
        assert first.attributes == {"year": 1999, "genres": ("Action", "Sci-Fi"), **told}
        assert catalogue.items[1].title == "Café"
        assert catalogue.schema.rating == (1, 3, 5)
        assert catalogue.interactions.strengths.tolist() == [1, -1]


def read_schema_fields(path: Path) -> list[str]:
    """By the schema reader, which does not know `columns`."""
    document = yaml.safe_load(path.read_text())
    del document["columns"]
    beside = path.with_name("plain.yaml")
    beside.write_text(yaml.safe_dump(document))
    names = [f.name for f in read_schema(beside).fields]
    beside.unlink()
    return names


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("imported")
    import_catalogue("shoes", Files(write(home / "shoes.csv", SHOES)), home)
    return home


class TestNothingIsKnownOfAnybody:
    """A catalogue without any behaviour, the whole path: real vectors, real store, real ranker, real conversation."""

    def test_the_ranker_scores_everything_finitely(self, home: Path) -> None:
        from retrieval.rankers.blend import Blend

        blend = Blend.load(open_folder(home, "shoes") / "ranker")
        assert np.isfinite(blend.score(History())).all()

    def test_rankers_train_on_no_behaviour_at_all(self, tmp_path: Path) -> None:
        from retrieval.rankers.blend import Blend
        from retrieval.training import train as serving

        serving(behaviours.none(), 600, tmp_path)
        scores = Blend.load(tmp_path).score(History((Event("e", 599, 1.0, 0),)))
        assert scores.tolist() == [0.0] * 600

    def test_what_is_recommended_satisfies_what_was_asked_and_is_explained(self, home: Path) -> None:
        from bot.assistant import Assistant
        from bot.settings import Settings

        assistant = Assistant.open(Settings(home=home, language_model="none"), "shoes")
        conversation = assistant.new_conversation("new")
        turn = assistant.to_json(assistant.turn(conversation, "a red one under $50"))
        assert {item["id"] for item in turn["items"]} == {"S1", "S2", "S6"}
        stocked = assistant.to_json(assistant.turn(conversation, "only what's in stock"))
        assert {item["id"] for item in stocked["items"]} == {"S1", "S6"}
        why = assistant.to_json(assistant.turn(conversation, "why the first one?"))
        assert [reason["kind"] for reason in why["reasons"]] == ["matches_request"]
        assert why["grounded"]

    @pytest.mark.parametrize("n", [1, 50])
    def test_titles_alone_are_enough(self, tmp_path: Path, n: int) -> None:
        from bot.assistant import Assistant
        from bot.settings import Settings

        titles = "".join(f"Thing number {i}\n" for i in range(n))
        import_catalogue("things", Files(write(tmp_path / "t.csv", "name\n" + titles)), tmp_path)
        assistant = Assistant.open(Settings(home=tmp_path, language_model="none"), "things")
        turn = assistant.to_json(assistant.turn(assistant.new_conversation("new"), "what would you recommend?"))
        assert len(turn["items"]) == min(n, 5)
        assert turn["grounded"]

    def test_prepare_has_nothing_to_do(self, home: Path) -> None:
        heard: list[str] = []
        prepare("shoes", home, lambda step, _done, _total: heard.append(step))
        assert heard == []


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from bot.cli import main

    monkeypatch.setenv("BECAUSE_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit) as stop:
        main(["import", "shoes", "--items", str(tmp_path / "none.csv")])
    assert stop.value.code == 1
    assert "none.csv" in capsys.readouterr().err
    assert issubclass(DataError, BecauseError)


def test_plays_are_no_ratings_and_nothing_says_that_they_are(tmp_path: Path) -> None:
    from bot.assistant import Assistant
    from bot.settings import Settings

    items = "".join(f"{n},Song {n},{'jazz' if n % 2 else 'rock'}\n" for n in range(24))
    plays = "".join(
        f"u{u},{n},{19 if n % 2 == u % 2 else 1},{1_600_000_000 + 60 * u + n}\n"
        for u in range(12) for n in range(24) if (n * 7 + u) % 3
    )  # fmt: skip
    files = Files(
        write(tmp_path / "i.csv", "id,title,genre\n" + items), write(tmp_path / "p.csv", "user,id,plays,time\n" + plays)
    )
    import_catalogue("songs", files, tmp_path)
    assistant = Assistant.open(Settings(home=tmp_path, language_model="none"), "songs")
    told = []
    for user in ("u1", "new"):
        conversation = assistant.new_conversation(user)
        told += [assistant.to_json(assistant.turn(conversation, said)) for said in (
            "what would I enjoy?", "why the first one?", "why the third?", "why not Song 4?", "compare the first two",
            "tell me about the first", "what in my history matters most?", "what do you know about me?")]  # fmt: skip
    assert {claim["kind"] for turn in told for claim in turn["reasons"]} >= {"because_you_liked", "popular"}
    assert all(turn["grounded"] for turn in told)
    for turn in told:
        shown = [turn["reply"], *(reason["text"] for reason in turn["reasons"]), *(e["text"] for e in turn["evidence"])]
        assert not [text for text in shown if re.search(r"\bstars?\b|\brated\b|\bgave\b|you said", text)]
