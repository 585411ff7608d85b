"""Kinds of reason on data with provable answers: what they count, when they are given, and that weights add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny

from bot.explain import SUPPORT, WHY, compare, events, people_like_you, review, why
from bot.explain.book import EvidenceBook
from bot.explain.case import Case
from bot.profile import Standing
from bot.values import Belief, Profile
from retrieval.catalogue import Catalogue
from retrieval.likers import Likers
from retrieval.schema import (
    Contribution,
    Event,
    Field,
    History,
    Interactions,
    Item,
    Query,
    ReviewSentence,
    Schema,
    Scored,
)

SCHEMA = Schema(
    "lamps", "Lamps", "lamp", "lamps", ("lamp", "lamps"), (Field("colour", "tags", "colour"),), rating=(1.0, 3.0, 5.0)
)
# Row 0 is explained; 1 to 8 are blue like it, 9 to 20 are red.
ITEMS = tuple(
    Item(f"L{row}", f"Lamp {row}", {"colour": ("Blue", "Small") if row <= 8 else ("Red",)}) for row in range(21)
)
PEOPLE = 12  # liked lamps 1 and 9 alike; the first seven of them liked lamp 0 too, and lamp 1 was disliked by one more


def catalogue(fans: int = 7) -> Catalogue:
    rows = [(user, item, 5.0) for user in range(PEOPLE) for item in (1, 9, 10, 11, 12)]
    rows += [(user, 0, 4.0) for user in range(fans)] + [(PEOPLE, 1, 1.0), (PEOPLE, 0, 5.0)]
    rows.sort()
    users, items, values = (np.array(column) for column in zip(*rows, strict=True))
    strengths = ((values - 3) / 2).astype(np.float32)
    names = tuple(f"u{user}" for user in range(PEOPLE + 11))  # ten of them rated nothing
    times = np.full(len(rows), 1_400_000_000, dtype=np.int64)
    data = Interactions(
        names, users.astype(np.int64), items.astype(np.int64), values.astype(np.float32), strengths, times
    )
    return Catalogue(SCHEMA, ITEMS, data)


def case(shares: dict[int, float], of: Catalogue | None = None, near: tuple[str, ...] = (), **parts: float) -> Case:
    """Lamp 0, its score made of events with these rows (an event below zero is a dislike), and of other parts."""
    of = of or catalogue()
    told = tuple(Event(f"me:{row}", row, 0.5, 1_400_000_000, 4.0) for row in shares)
    made = [Contribution("ease", f"me:{row}", share, share) for row, share in shares.items()]
    made += [Contribution(part, None, share, share) for part, share in parts.items()]
    query = Query(History(told, 1_400_000_000))
    scored = Scored(0, sum(c.value for c in made), tuple(made))
    return Case(of, Standing(), query, scored, EvidenceBook(of, Standing(), query.events), 1, near, Likers.of(of))


def test_every_event_is_told_once_and_the_weights_add_up() -> None:
    shares = {1: 0.2, 2: 0.06, 3: 0.05, 4: 0.03, 5: 0.04, 6: 0.03, 7: 0.03, 9: 0.05, 10: 0.06}
    one = case(shares, popularity=0.4)
    told = events.sort(one)
    pieces = [*told.named, *(told.shared.events if told.shared else ()), *told.group, *told.passed]
    assert sorted(event.item for event, _ in pieces) == sorted(shares)
    assert sum(reason.weight for reason in why(one, support=True)) == pytest.approx(0.95)


def test_liked_things_with_one_value_are_told_together() -> None:
    one = case({9: 0.3, 10: 0.2, 11: 0.1, 1: 0.04, 2: 0.04, 3: 0.03, 4: 0.03, 12: 0.02}, near=("me:4", "me:12", "me:2"))
    (found,) = WHY["field_preference"](one)
    together, liked = found.claims
    assert found.weight == pytest.approx(0.14)
    assert (together.slots["count"], together.slots["value"]) == ("4", "Blue")
    assert together.slots["examples"] == "Lamp 2 and Lamp 1"  # weighty ones, the closest first; lamp 12 is red
    assert (liked.slots["count"], liked.slots["total"]) == ("4", "8")


@pytest.mark.parametrize(
    "shares",
    [
        {9: 0.3, 10: 0.2, 11: 0.1, 1: 0.04, 2: 0.04, 3: 0.03},  # three are no preference
        {9: 0.3, 10: 0.2, 11: 0.1, 1: 0.02, 2: 0.02, 3: 0.02, 4: 0.02},  # together they do not matter
    ],
)
def test_few_or_light_events_are_no_preference(shares: dict[int, float]) -> None:
    assert WHY["field_preference"](case(shares)) == []


def test_what_everybody_likes_is_no_preference_of_ones_own() -> None:
    shares = {1: 0.3, 2: 0.2, 3: 0.1, 9: 0.04, 10: 0.04, 11: 0.03, 12: 0.03}
    red = replace(case(shares), scored=replace(case(shares).scored, item=13))
    assert WHY["field_preference"](red) == []  # four of seven are red, and four of five that people liked


def test_people_are_counted_and_the_user_is_none_of_few() -> None:
    (found,) = people_like_you.reasons(case({1: 0.3}))
    assert (found.claims[0].slots["count"], found.claims[0].slots["total"], found.weight) == ("7", "12", 0.0)
    assert people_like_you.reasons(case({1: 0.3}, catalogue(fans=4))) == []  # fewer than five
    assert people_like_you.reasons(case({1: 0.01, 9: 0.0})) == []  # the event does not matter
    assert people_like_you.reasons(replace(case({1: 0.3}), likers=None)) == []


def test_what_only_fields_carry_is_not_put_on_people() -> None:
    one = case({1: 0.3})
    made = tuple(replace(c, part="shared") for c in one.scored.contributions)
    assert people_like_you.reasons(replace(one, scored=replace(one.scored, contributions=made))) == []


def test_a_review_is_quoted_word_for_word_and_weighs_nothing() -> None:
    sentences = (
        ReviewSentence("r1", "It broke.", 1.0, -1.0, 0, 9),
        ReviewSentence("r2", "Bright, even at night.", 5.0, 1.0, 1_400_000_000, 3),
        ReviewSentence("r3", "The cable is long.", None, 0.0, 0, 1),
    )
    one = case({1: 0.3}, replace(catalogue(), written={0: sentences}))
    (found,) = review.reasons(one)
    (piece,) = (piece for piece in one.book.pieces if piece.kind == "review")
    assert (found.claims[0].slots["words"], found.weight, piece.date) == ("Bright, even at night.", 0.0, "2014-05-13")
    assert found.claims[0].slots["rating"] == "5"
    assert "Bright, even at night." in piece.text
    asked = replace(one, query=replace(one.query, text="long cable"))
    assert review.reasons(asked)[0].claims[0].slots["words"] == "The cable is long."
    assert review.reasons(case({1: 0.3})) == []


def test_popularity_that_carries_most_is_called_so() -> None:
    found = why(case({1: 0.2}, popularity=0.8))
    assert found[0].kind == "popular"
    assert any(claim.kind == "popular.only" for claim in found[0].claims)
    assert not any(claim.kind == "popular.only" for r in why(case({1: 0.6}, popularity=0.4)) for claim in r.claims)
    gem = case({1: 0.2}, popularity=0.8)  # the best known were left out: it is none of them
    gem = replace(gem, query=replace(gem.query, long_tail=True))
    assert not any(claim.kind == "popular.only" for r in why(gem) for claim in r.claims)


@pytest.mark.parametrize(("fans", "first"), [(3, "because_you_liked"), (4, "popular")])
def test_what_hardly_anybody_did_comes_last_and_is_told_all_the_same(fans: int, first: str) -> None:
    """With the one who liked nothing else, lamp 0 has four or five people."""
    found = why(case({1: 0.2}, of=catalogue(fans), popularity=0.8))
    assert (found[0].kind, {reason.kind for reason in found}) == (first, {"because_you_liked", "popular"})


def test_what_is_expected_of_an_item_that_nobody_met_is_not_called_popular() -> None:
    one = case({1: 0.3}, expected_popularity=0.3)
    assert not any(r.kind == "popular" for r in why(one))  # lamp 0 was met: the part has no business there
    unmet = replace(one, scored=replace(one.scored, item=20))
    (found,) = (r for r in why(unmet) if r.kind == "popular")
    assert [claim.kind for claim in found.claims] == ["popular.expected"]
    assert (found.weight, "0 people" in one.book.pieces[-1].text) == (0.3, True)


def test_whoever_wants_detail_hears_of_more_events() -> None:
    shares = dict.fromkeys(range(9, 17), 0.1)
    one = case(shares)
    wish = Standing(profile=Profile(earlier=(Belief("style", 1, style="detailed"),)))
    assert len(events.sort(one).named) == 3
    assert len(events.sort(replace(one, standing=wish)).named) == 6


@pytest.mark.parametrize("kind", [*WHY, *SUPPORT])
def test_every_kind_cites_evidence_that_is_there(kind: str) -> None:
    one = case({9: 0.3, 10: 0.2, 11: 0.1, 1: 0.04, 2: 0.04, 3: 0.03, 4: 0.03}, popularity=0.2)
    one = replace(one, catalogue=replace(one.catalogue, written={0: (ReviewSentence("r", "Fine.", 5.0, 1.0, 0, 0),)}))
    for reason in {**WHY, **SUPPORT}[kind](one):
        assert reason.kind == kind or kind == "because_you_liked"
        assert reason.item == 0
        assert {e for claim in reason.claims for e in claim.evidence} <= set(reason.evidence)
        assert set(reason.evidence) <= {piece.id for piece in one.book.pieces}


def test_likers_count_each_person_once() -> None:
    likers = Likers.of(tiny.catalogue())
    assert likers.both(tiny.HEAT, tiny.CASINO) == 3
    assert likers.both(tiny.HEAT, tiny.ALIEN) == 0  # eve disliked Alien
    assert likers.people(tiny.KONG_1933).tolist() == []  # three stars are no liking
    assert likers.n_users == 5


def test_the_same_values_in_another_order_are_no_difference() -> None:
    colours = [("Blue", "Small"), ("Small", "Blue"), ("Small", "Red"), ("Blue",)]
    items = tuple(Item(f"L{row}", f"Lamp {row}", {"colour": value}) for row, value in enumerate(colours))
    of = replace(catalogue(), items=(*items, *ITEMS[4:]))
    first = case({}, of, popularity=0.4)
    others = [replace(first, scored=replace(first.scored, item=row)) for row in (1, 2, 3)]
    told = [compare.fields_of(compare.reasons(compare.Pair(first, other, (1, 2), 4))) for other in others]
    assert [[(c.kind, c.slots["value"]) for c in claims] for claims in told] == [
        [],
        [("compare.field", "Blue")],
        [("compare.only", "Small")],
    ]
