"""The catalogue, what constraints mean, and the store that evaluates them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import embedding, lexical, store
from retrieval.catalogue import HISTORY, Catalogue
from retrieval.constraints import OPERATORS, check
from retrieval.embedding import document
from retrieval.errors import NotPrepared, UsageError
from retrieval.index import Index, reciprocal_rank_fusion
from retrieval.schema import Constraint, Dataset, Field, Interactions, Item, Value
from retrieval.store import Behaviour

C = Constraint


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shop.catalogue()


@pytest.fixture(scope="module")
def folder(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prepare` writes, without `prepare`."""
    return built(tmp_path_factory.mktemp("version"), catalogue)


def built(place: Path, catalogue: Catalogue) -> Path:
    vectors = shop.encode([document(item, catalogue.schema) for item in catalogue.items])
    np.save(place / "vectors.npy", vectors)
    for name in ("lexical", "chroma", "catalogue", "ranker"):
        (place / name).mkdir()
    catalogue.save(place / "catalogue")
    lexical.build(catalogue.items, catalogue.schema, place / "lexical")
    shop.train(catalogue.interactions, len(catalogue.items), place / "ranker", lambda _what, _fraction: None)
    factors = np.load(place / "ranker" / "cosine" / "outputs.npy")
    store.build(place / "chroma", catalogue, vectors, factors, lambda _done, _total: None)
    return place


@pytest.fixture(scope="module")
def index(folder: Path, catalogue: Catalogue) -> Iterator[Index]:
    opened = Index.open(folder, catalogue)
    yield opened
    opened.close()


class TestCatalogue:
    def test_what_is_saved_is_loaded(self, catalogue: Catalogue, tmp_path: Path) -> None:
        catalogue.save(tmp_path)
        loaded = Catalogue.load(tmp_path)
        assert (loaded.schema, loaded.items, loaded.reports) == (catalogue.schema, catalogue.items, catalogue.reports)
        assert loaded.user_attributes == catalogue.user_attributes
        assert loaded.interactions.user_ids == catalogue.interactions.user_ids
        for name in ("users", "items", "values", "strengths", "times"):
            stored, given = getattr(loaded.interactions, name), getattr(catalogue.interactions, name)
            assert stored.dtype == given.dtype
            assert np.array_equal(stored, given)

    @given(st.text(max_size=20), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=2).map(tuple))
    def test_any_text_survives(self, title: str, text: str, aliases: tuple[str, ...]) -> None:
        import tempfile

        item = Item("1", title, {"notes": text}, text, aliases)
        nothing = np.zeros(0, dtype=np.int64)
        events = Interactions((), nothing, nothing, np.zeros(0, np.float32), np.zeros(0, np.float32), nothing)
        with tempfile.TemporaryDirectory() as place:
            Catalogue.of(Dataset(shop.SCHEMA, (item,), events, {})).save(Path(place))
            assert Catalogue.load(Path(place)).items == (item,)

    def test_rows_counts_and_until(self, catalogue: Catalogue) -> None:
        assert [catalogue.row(item.id) for item in catalogue.items] == list(range(16))
        assert catalogue.find("L3") == 3
        assert catalogue.find("nothing") is None
        assert catalogue.counts.sum() == len(catalogue.interactions)
        assert catalogue.counts.shape == (16,)
        assert catalogue.until == 1039

    def test_history_is_the_users_own_oldest_first(self, catalogue: Catalogue) -> None:
        history = catalogue.history("u1")
        assert [event.time for event in history] == sorted(event.time for event in history)
        assert [event.item for event in history] == list(catalogue.rows_of("u1"))
        assert {event.id for event in history} == {f"u1:{catalogue.items[row].id}" for row in catalogue.rows_of("u1")}
        assert all(event.value == 2 and event.strength == -0.5 for event in history)  # u1 gives two stars

    def test_an_unknown_user_has_no_history(self, catalogue: Catalogue) -> None:
        assert catalogue.history("nobody") == catalogue.rows_of("nobody") == ()
        assert not catalogue.has_user("nobody")
        assert catalogue.has_user("u0")

    def test_history_goes_back_two_hundred_events(self) -> None:
        n = HISTORY + 5
        items = tuple(Item(str(number), "Lamp") for number in range(n))
        ones, order = np.ones(n, np.float32), np.arange(n)
        events = Interactions(("u",), np.zeros(n, np.int64), order, ones, ones, order)
        history = Catalogue(shop.SCHEMA, items, events).history("u")
        assert [event.time for event in history] == list(range(5, n))

    @pytest.mark.parametrize("name", ["items.jsonl", "people.json", "schema.yaml", "users.npy"])
    @pytest.mark.parametrize("damage", ["absent", "garbage"])
    def test_damage_is_one_sentence(self, name: str, damage: str, catalogue: Catalogue, tmp_path: Path) -> None:
        catalogue.save(tmp_path)
        spoil(tmp_path / name, damage)
        with pytest.raises(NotPrepared, match="because prepare"):
            Catalogue.load(tmp_path)


class TestMeaning:
    """Provable answers on single items."""

    @pytest.mark.parametrize(
        ("constraint", "satisfied"),
        [
            (C("price", "==", 20), [1]), (C("price", "!=", 20), [0, 2]), (C("price", "<", 20), [0]),
            (C("price", "<=", 20.0), [0, 1]), (C("price", ">", 9.5), [1, 2]), (C("price", ">=", 100), [2]),
            (C("price", "in", (100, 9.5)), [0, 2]), (C("price", "not_in", (100, 9.5)), [1]),
            (C("brand", "==", "Alba"), [0]), (C("brand", "!=", "Alba"), [1]), (C("brand", "in", ("Brio", "No")), [1]),
            (C("brand", "not_in", ("Brio", "No")), [0]),
            (C("colours", "includes", "Red"), [0, 1]), (C("colours", "includes", ("Red", "Blue")), [1]),
            (C("colours", "in", ("Blue", "Green")), [1, 2]), (C("colours", "excludes", "Red"), [2]),
            (C("colours", "excludes", ("Blue", "Green")), [0]), (C("colours", "not_in", ("Blue", "Green")), [0]),
            (C("dimmable", "==", True), [0]), (C("dimmable", "!=", True), [1]), (C("dimmable", "==", False), [1]),
            (C("released", "<", "2020"), [0]), (C("released", ">=", "2020-01-01"), [1]),
            (C("released", "==", "2020"), [1]),
        ],
    )  # fmt: skip
    def test_unknown_never_satisfies(self, constraint: Constraint, satisfied: list[int]) -> None:
        items = (
            Item("0", "", {"price": 9.5, "brand": "Alba", "colours": ("Red",), "dimmable": True, "released": "2019"}),
            Item("1", "", {"price": 20, "brand": "Brio", "colours": ("Red", "Blue"), "dimmable": False,
                           "released": "2020-01-01"}),
            Item("2", "", {"price": 100, "colours": ("Green",)}),
            Item("3", ""),
        )  # fmt: skip
        catalogue = Catalogue(shop.SCHEMA, items, shop.catalogue().interactions)
        assert np.flatnonzero(catalogue.matches(constraint)).tolist() == satisfied
        assert not catalogue.known(constraint.field)[3]

    @pytest.mark.parametrize(
        ("constraint", "words"),
        [
            (C("prise", "<", 5), ["'prise'", "price", "notes"]),
            (C("notes", "==", "x"), ["'=='", "'notes'", "searched"]),
            (C("colours", "==", "Red"), ["'=='", "includes, in"]),
            (C("brand", "<", "Brio"), ["'<'", "=="]),
            (C("price", "<", "cheap"), ["'cheap'", "number"]),
            (C("price", "<", True), ["True", "number"]),
            (C("price", "<", float("nan")), ["nan", "number"]),
            (C("price", "<", (1.0, 2.0)), ["exactly one"]),  # type: ignore[arg-type]
            (C("price", "in", ()), ["no value"]),
            (C("brand", "==", 3), ["3", "text"]),
            (C("dimmable", "==", "yes"), ["'yes'", "true or false"]),
            (C("released", ">", "soon"), ["'soon'", "YYYY"]),
            (C("released", ">", "2020-13"), ["'2020-13'", "YYYY"]),
        ],
    )
    def test_what_cannot_be_said_is_refused(
        self, constraint: Constraint, words: list[str], catalogue: Catalogue, index: Index
    ) -> None:
        for evaluate in (catalogue.matches, lambda c: index.where([c])):
            with pytest.raises(UsageError) as error:
                evaluate(constraint)
            for word in words:
                assert word in str(error.value)


def constraint_of(field: Field) -> st.SearchStrategy[Constraint]:
    """Any constraint that the field can have, with values that occur and values that do not."""
    occurring = {entry for i in shop.ITEMS for entry in np.atleast_1d(i.attributes.get(field.name, ())).tolist()}
    other: dict[str, st.SearchStrategy[Value]] = {
        "number": st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9),
        "date": st.dates().map(str),
        "flag": st.booleans(),
    }
    value = st.sampled_from(sorted(occurring, key=str)) | other.get(field.kind, st.text(max_size=5))

    def operator(op: str) -> st.SearchStrategy[Constraint]:
        several = st.lists(value, min_size=1, max_size=3).map(tuple)
        one_only = op in ("<", "<=", ">", ">=")
        return st.builds(C, st.just(field.name), st.just(op), value if one_only else value | several)  # type: ignore[arg-type]

    return st.sampled_from(list(OPERATORS[field.kind])).flatmap(operator)


any_constraint = st.sampled_from([f for f in shop.SCHEMA.fields if f.kind != "text"]).flatmap(constraint_of)


class TestWhere:
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(any_constraint, max_size=4))
    def test_chroma_and_numpy_agree(self, index: Index, catalogue: Catalogue, constraints: list[Constraint]) -> None:
        expected = np.ones(len(catalogue.items), dtype=bool)
        for constraint in constraints:
            expected &= catalogue.matches(constraint)
            unknown = ~catalogue.known(constraint.field)
            assert not (catalogue.matches(constraint) & unknown).any()
        assert index.where(constraints).tolist() == np.flatnonzero(expected).tolist()

    def test_soft_constraints_do_not_filter(self, index: Index) -> None:
        assert len(index.where([C("price", "<", 0, hard=False)])) == 16

    def test_metadata_is_typed_and_flags_what_is_known(self) -> None:
        stored = store.metadata(
            Item("1", "Lamp", {"price": 20, "colours": ("Red",), "released": "0001-01-03"}), shop.SCHEMA
        )
        assert stored["price"] == 20.0
        assert isinstance(stored["price"], float)
        assert stored["colours"] == ["Red"]
        assert stored["released"] == 3.0
        assert {name for name, value in stored.items() if value is True} == {"has_price", "has_colours", "has_released"}
        assert {name for name, value in stored.items() if value is False} == {
            "has_brand", "has_parts", "has_dimmable", "has_notes"
        }  # fmt: skip


class TestNeighbours:
    def test_dense_is_ranked_by_similarity(self, index: Index) -> None:
        query = np.asarray(index.vectors[3])
        exact = np.argsort(-(index.vectors @ query), kind="stable")
        assert index.dense(query, 5).tolist() == exact[:5].tolist()
        assert index.dense(query, 100).tolist() == exact.tolist()

    def test_dense_among_rows(self, index: Index) -> None:
        query, rows = np.asarray(index.vectors[3]), np.array([9, 2, 7])
        exact = rows[np.argsort(-(index.vectors[rows] @ query))]
        assert index.dense(query, 2, rows).tolist() == exact[:2].tolist()
        assert index.dense(query, 2, rows[:0]).tolist() == []

    def test_vectors_of_one_length_keep_their_inner_products(self) -> None:
        vectors = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32) * np.arange(7)[:, None]
        alike = store.equally_long(vectors.astype(np.float32))
        assert np.allclose(np.linalg.norm(alike, axis=1), np.linalg.norm(vectors, axis=1).max(), rtol=1e-5)
        assert np.allclose(alike @ np.array([1, 2, 3, 0]), vectors @ np.array([1, 2, 3]), rtol=1e-5)
        assert store.equally_long(np.zeros((0, 3), dtype=np.float32)).shape == (0, 4)

    def test_factors_are_ranked_by_inner_product(self, index: Index, folder: Path) -> None:
        factors, user = (
            np.load(folder / "ranker" / "cosine" / "outputs.npy"),
            np.array([1, 0, 0.5, 0, 2], dtype=np.float32),
        )
        found = index.factors(user, 4)
        assert np.allclose(factors[found] @ user, np.sort(factors @ user)[::-1][:4])

    def test_a_user_without_taste_has_no_neighbours(self, index: Index) -> None:
        assert index.factors(np.zeros(5, dtype=np.float32), 4).tolist() == []

    def test_lexical_finds_words_whatever_their_case_or_accents(self, index: Index) -> None:
        assert index.lexical("LÀMP, 7!", 3)[0] == 7
        assert set(index.lexical("alba", 20).tolist()) == {
            row for row, item in enumerate(shop.ITEMS) if item.attributes.get("brand") == "Alba"
        }
        assert index.lexical("zzz", 3).tolist() == index.lexical("", 3).tolist() == []

    def test_fusion_prefers_what_several_lists_hold(self) -> None:
        lists = [np.array([1, 2, 3]), np.array([4, 2]), np.array([], dtype=np.int64)]
        assert reciprocal_rank_fusion(lists).tolist() == [2, 1, 4, 3]
        assert reciprocal_rank_fusion([]).tolist() == []


class TestEvidence:
    def test_an_event_is_read_back(self, index: Index, catalogue: Catalogue) -> None:
        event = catalogue.history("u0")[0]
        title = catalogue.items[event.item].title
        assert index.evidence([event.id, event.id, "u0:nothing"]) == {
            event.id: Behaviour(
                event.id, "u0", catalogue.items[event.item].id, 1.0, event.time,
                f"User u0 gave {title} 1 star in January 1970.",
            )
        }  # fmt: skip
        assert index.evidence([]) == {}

    def test_too_many_events_are_read_from_the_catalogue(
        self, index: Index, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "MOST_EVENTS", 1)
        opened = Index.open(built(tmp_path, catalogue), catalogue)
        try:
            ids = [event.id for user in catalogue.interactions.user_ids for event in catalogue.history(user)]
            assert opened._evidence.count() == 0
            assert opened.evidence([*ids, "u0:nothing", "nobody", ":"]) == index.evidence(ids)
        finally:
            opened.close()

    def test_its_vector_is_the_items_own(self, catalogue: Catalogue, index: Index) -> None:
        event = catalogue.history("u2")[0]
        stored = index._evidence.get(ids=[event.id], include=["embeddings"])["embeddings"]
        assert np.allclose(stored[0], index.vectors[event.item])


def spoil(path: Path, damage: str) -> None:
    if damage == "absent":
        path.unlink()
    elif damage == "half":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.write_bytes(b"\x00garbage" * (path.stat().st_size // 8 + 1))


class TestDamage:
    @pytest.mark.parametrize("damage", ["absent", "half", "garbage"])
    @pytest.mark.parametrize("name", ["vectors.npy", "chroma/chroma.sqlite3", "lexical/vocab.index.json"])
    def test_a_damaged_store_is_one_sentence(
        self, name: str, damage: str, folder: Path, catalogue: Catalogue, tmp_path: Path
    ) -> None:
        copied = tmp_path / "copy"
        shutil.copytree(folder, copied)
        spoil(copied / name, damage)
        for _again in range(2):  # a failed opening leaves nothing behind that the next would take for whole
            with pytest.raises(NotPrepared, match="because prepare"):
                Index.open(copied, catalogue)

    def test_a_store_of_another_catalogue(self, folder: Path, catalogue: Catalogue) -> None:
        fewer = Catalogue(catalogue.schema, catalogue.items[:5], catalogue.interactions)
        with pytest.raises(NotPrepared, match="16"):
            Index.open(folder, fewer)


class TestDocument:
    def test_title_year_kinds_and_description(self) -> None:
        item = Item("1", "Heat", {"genres": ("Crime", "Thriller"), "year": 1995, "mpaa": "R"}, "Two men.")
        fields = (Field("genres", "tags"), Field("year", "number", unit="year"), Field("mpaa", "category"))
        schema = type(shop.SCHEMA)("s", "S", "n", "ns", (), fields)
        assert document(item, schema) == "Heat (1995). Crime, Thriller, R. Two men."
        assert document(Item("1", "Heat"), schema) == "Heat"


class TestEncoder:
    def test_unit_vectors_that_know_what_is_alike(self) -> None:
        vectors = embedding.encoder().encode(["a spaceship in orbit", "astronauts and rockets", "a wedding cake"])
        assert vectors.shape == (3, embedding.DIMENSIONS)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
        assert embedding.encoder().encode([]).shape == (0, embedding.DIMENSIONS)


def test_a_condition_keeps_the_fields_own_type() -> None:
    assert check(shop.SCHEMA, C("price", "<", 20)).values == (20.0,)
    assert json.dumps(store.metadata(shop.ITEMS[15], shop.SCHEMA))  # nothing but JSON's own types
