"""Which values of a catalogue can be named, and that the reader's tables are bounded whatever the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understand import Reader
from bot.understand.lexicon import lexicon
from bot.understand.sayable import sayable
from bot.understand.vocabulary import vocabulary
from retrieval.catalogue import Catalogue
from retrieval.schema import Field, FloatArray, Interactions, Item, Schema

SCHEMA = Schema(
    "pans", "Pans", "pan", "pans", ("pan", "pans"),
    (Field("points", "list", "points"), Field("maker", "category", "maker")),
)  # fmt: skip
_NO, _NONE = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)


def pans(*points: tuple[str, ...]) -> Catalogue:
    items = tuple(Item(f"p{n}", f"Pan {n}", {"points": p, "maker": f"Orlo {n % 3}"}) for n, p in enumerate(points))
    return Catalogue(SCHEMA, items, Interactions((), _NO, _NO, _NONE, _NONE, _NO))


class Nowhere:
    """An encoder that finds nothing alike."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        return np.eye(384, dtype=np.float32)[np.arange(len(texts)) % 384]


def test_sentences_of_one_item_are_not_named() -> None:
    long, twice = "this pan has a very long steel handle", "fits on every kind of stove you have"
    found = sayable(SCHEMA, {"points": Counter({"oven safe": 1, long: 1, twice: 2})})
    assert list(found.counts["points"]) == ["oven safe", twice]
    assert found.sentences == {"points": (long,)}
    assert found.beyond == ()


def test_what_the_schema_lists_is_kept() -> None:
    long = "made by hand in the old town of Sheffield"
    listed = Schema(
        "pans", "Pans", "pan", "pans", ("pan",), (Field("points", "list", "points", values={long: ("local",)}),)
    )
    assert long in sayable(listed, {"points": Counter({long: 1})}).counts["points"]


def test_the_commonest_values_come_first_and_small_fields_stay_whole() -> None:
    many = Counter({f"value {n}": 1 + (n % 10 == 0) for n in range(100)})
    found = sayable(SCHEMA, {"points": many, "maker": Counter({"Orlo": 1, "Bex": 1})}, most=12)
    assert list(found.counts["points"]) == [f"value {n}" for n in range(0, 100, 10)]
    assert set(found.counts["maker"]) == {"Orlo", "Bex"}
    assert len(found.beyond) == 90


@given(
    st.lists(st.dictionaries(st.text("ab ", min_size=1, max_size=20), st.integers(1, 3), max_size=20), min_size=2, max_size=2),
    st.integers(0, 30),
)  # fmt: skip
def test_nothing_is_lost_and_the_bound_holds(drawn: list[dict[str, int]], most: int) -> None:
    counts = {"points": Counter(drawn[0]), "maker": Counter(drawn[1])}
    found = sayable(SCHEMA, counts, most)
    assert sum(map(len, found.counts.values())) <= most
    again = [*found.beyond, *(v for kept in found.counts.values() for v in kept), *sum(found.sentences.values(), ())]
    assert sorted(again) == sorted(value for known in counts.values() for value in known)
    assert all(found.counts[name][v] == counts[name][v] for name in counts for v in found.counts[name])


class TestReading:
    CATALOGUE = pans(
        ("oven safe", "long handle"),
        ("this pan has a very long and quiet steel handle", "oven safe"),
        ("never buy another one of these quiet things", "ceramic coating"),
    )

    def test_the_tables_hold_no_sentence(self) -> None:
        found = vocabulary(self.CATALOGUE, lexicon())
        assert {"oven", "coating"} <= found.values.words
        assert not {"another", "quiet"} & found.values.words
        assert {"another", "quiet", "steel"} <= found.text, "they are no slips of the fingers"

    @pytest.mark.parametrize(
        ("said", "wanted"),
        [
            ("an oven safe pan", ("oven safe",)),
            ("a pan with ceramic", ("ceramic coating",)),
            ("a pan with a handle", ()),  # also in a sentence, so that one value does not stand for it
            ("a quiet pan", ()),
        ],
    )
    def test_what_is_not_named_is_searched(self, said: str, wanted: tuple[str, ...]) -> None:
        understood = Reader(self.CATALOGUE, Nowhere()).read(said)
        named = [c.value for c in understood.constraints]
        assert [v for value in named for v in (value if isinstance(value, tuple) else (value,))] == list(wanted)
        assert bool(understood.text) is not bool(wanted)

    def test_many_long_values_leave_the_tables_small(self) -> None:
        rows = [(f"number {n} is a sentence that no other item of these has",) for n in range(3000)]
        found = vocabulary(pans(*rows), lexicon())
        assert len(found.values.words) < 50
        assert not found.parts.keys() & {"sentence", "item"}
