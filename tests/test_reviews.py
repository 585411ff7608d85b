"""Sentences of reviews: which are kept, that they name nobody, and that they come back as written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.catalogue import Catalogue
from retrieval.importing import sentences
from retrieval.importing.reading import Files, read
from retrieval.importing.sentences import Sentences, information, showable, split
from retrieval.reviews import Reviews, save
from retrieval.schema import ReviewSentence

ITEMS = [
    {"parent_asin": f"B{n}", "title": f"Kettle {n}", "price": 10.0 + n, "features": ["steel"], "bought_together": None}
    for n in range(3)
]


def review(item: str, user: str, rating: float, text: str, helpful: int = 0, time: int = 1_600_000_000_000) -> str:
    row = {"rating": rating, "title": "-", "text": text, "images": [], "asin": f"{item}V", "parent_asin": item,
           "user_id": user, "timestamp": time, "helpful_vote": helpful, "verified_purchase": True}  # fmt: skip
    return json.dumps(row)


def brought(folder: Path, *reviews: str) -> Catalogue:
    """A catalogue in the form of Amazon Reviews 2023, read, written and opened."""
    (folder / "meta.jsonl").write_text("\n".join(map(json.dumps, ITEMS)), encoding="utf-8")
    (folder / "reviews.jsonl").write_text("\n".join(reviews), encoding="utf-8")
    found = read("kettles", Files(folder / "meta.jsonl", folder / "reviews.jsonl"), folder / "aside.csv")
    (folder / "catalogue").mkdir()
    Catalogue.of(found.dataset).save(folder / "catalogue")
    return Catalogue.load(folder / "catalogue")


def test_amazon_reviews_become_evidence(tmp_path: Path) -> None:
    catalogue = brought(
        tmp_path,
        review("B1", "AE1", 5, "Great. The spout never drips and the handle stays cool!", helpful=7),
        review("B1", "AE2", 1, "After two weeks the lid<br />broke off completely.", time=1_500_000_000_000),
        review("B2", "AE1", 4, "Nice."),
    )
    liked, disliked = sorted(catalogue.reviews(1), key=lambda one: -one.strength)
    assert (liked.text, liked.value, liked.strength, liked.time, liked.helpful) == (
        "The spout never drips and the handle stays cool!", 5.0, 1.0, 1_600_000_000, 7)  # fmt: skip
    assert (disliked.text, disliked.strength) == ("After two weeks the lid broke off completely.", -1.0)
    assert disliked.time == 1_500_000_000
    assert catalogue.reviews(2) == catalogue.reviews(0) == ()
    assert [item.id for item in catalogue.items] == ["B0", "B1", "B2"]
    assert len(catalogue.interactions) == 3
    stored = (tmp_path / "catalogue" / "reviews" / "sentences.jsonl").read_text(encoding="utf-8")
    assert "AE1" not in stored
    assert "AE2" not in stored


def test_no_reviews_no_folder(tmp_path: Path) -> None:
    catalogue = brought(tmp_path, '{"user_id": "u", "parent_asin": "B1", "rating": 4}')
    assert catalogue.reviews(1) == ()
    assert not (tmp_path / "catalogue" / "reviews").exists()


def test_the_most_telling_are_kept_of_both_sides() -> None:
    kept = Sentences({"boils": 5.0, "water": 4.0, "fast": 3.0, "the": 0.1, "it": 0.1})
    lines = [f"It {word} the water it the it." for word in ("boils", "fast", "the", "it", "water")]
    for n, line in enumerate(lines):
        kept.add(0, f"u{n}", line, 5.0, 1.0, n, 0)
        kept.add(0, f"v{n}", line, 1.0, -1.0, n, 0)
    found = kept.best()[0]
    assert [one.text for one in found if one.strength > 0] == [lines[0], lines[4], lines[1]]
    assert [one.text for one in found if one.strength < 0] == [lines[0], lines[4]]


def test_votes_decide_between_equals() -> None:
    kept = Sentences(dict.fromkeys("abcdef", 1.0))
    for user, votes in (("u", 0), ("v", 9), ("w", 0), ("x", 3)):
        kept.add(0, user, f"a b c d e f{user}.", 5.0, 1.0, 0, votes)
    assert [one.helpful for one in kept.best()[0]] == [9, 3, 0]


def test_what_was_copied_is_kept_once() -> None:
    kept = Sentences(information(["The handle always stays quite cool."]))
    for user in "abc":
        kept.add(0, user, "The handle always stays quite cool.", 5.0, 1.0, 0, 0)
    assert len(kept.best()[0]) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Great product.",
        "Write to me at jane.doe@example.com about this kettle.",
        "I found it for less at www.example.shop last week.",
        "Call me on 555 123 4567 if you want mine.",
        "Follow me @kettlefan for more reviews like this one.",
        "THIS WORST KETTLE EVER made me quite sad.",
        "It has no end and goes on and",
        "= cmd | calc and then some more words.",
        "1 2 3 4 5 6 7 8 9 10 11 12.",
        "word " * 40 + "end.",
    ],
)
def test_what_is_not_shown(sentence: str) -> None:
    assert not showable(sentence)


@given(text=st.text(max_size=400), votes=st.integers(-5, 10**6))
@settings(deadline=None, max_examples=150)
def test_any_text_at_all(text: str, votes: int) -> None:
    kept = Sentences(information([text, "The handle always stays cool."]))
    kept.add(0, "u", text, None, 0.0, 0, votes)
    for one in kept.best().get(0, ()):
        assert one.text in split(text)
        assert len(one.text) <= sentences.CHARACTERS
        assert one.text.isprintable()


@given(
    said=st.dictionaries(
        st.integers(0, 5),
        st.lists(
            st.builds(
                ReviewSentence, st.text(max_size=8), st.text(max_size=60), st.none() | st.floats(0, 5),
                st.floats(-1, 1), st.integers(0, 2**40), st.integers(0, 9)
            ),
            max_size=4,
        ).map(tuple),
    )
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_what_is_saved_comes_back(
    said: dict[int, tuple[ReviewSentence, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("reviews")
    save(said, 6, folder)
    found = Reviews.load(folder)
    assert {row: found[row] for row in found} == {row: said.get(row, ()) for row in range(6)}


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    save({0: (ReviewSentence("r", "The handle always stays cool.", 5.0, 1.0, 0, 0),)}, 1, tmp_path)
    with (tmp_path / "sentences.jsonl").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match=r"sentences\.jsonl"):
        Reviews.load(tmp_path)
