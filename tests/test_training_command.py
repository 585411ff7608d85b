"""`because train` and `because bench` on the command line, and what the event log gives the rankers to learn from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny
from tiny import ALIEN, FARGO, HEAT, TITANIC

from bot import benches
from bot.collected import collected
from bot.memory import Memory, guest
from retrieval.retraining.folding import Told

CATALOGUE = tiny.catalogue()


def said(memory: Memory, user: str, *events: tuple[str, dict[str, Any]]) -> str:
    """A conversation of that user, one event a turn."""
    conversation = memory.open_conversation(user)
    for turn, event in enumerate(events, 1):
        memory.append(user, conversation, turn, [event])
    return conversation


def about(row: int, **more: Any) -> dict[str, Any]:
    return {"item": CATALOGUE.items[row].id, "words": "", **more}


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.at(tmp_path, "tiny")


class TestCollected:
    def test_opinions_ratings_and_what_was_seen(self, memory: Memory) -> None:
        said(memory, "zoe", ("like", about(HEAT)), ("seen", about(ALIEN)), ("prefer", about(TITANIC)))
        said(memory, "ann", ("dislike", about(FARGO)), ("like", about(ALIEN, rating=4.0)))
        assert collected(memory, CATALOGUE).events == (
            Told("zoe", HEAT, 1.0), Told("zoe", ALIEN, 0.0), Told("ann", FARGO, -1.0), Told("ann", ALIEN, 0.5, 4.0),
        )  # fmt: skip

    def test_the_last_word_counts_and_what_was_taken_back_does_not(self, memory: Memory) -> None:
        conversation = said(memory, "zoe", ("like", about(HEAT)), ("like", about(ALIEN)), ("like", about(FARGO)))
        taken = next(event.id for event in memory.log(conversation) if event.payload.get("item") == "3")
        memory.append("zoe", conversation, 4, [("dislike", about(HEAT)), ("retract", {"events": [taken]})])
        memory.append("zoe", conversation, 5, [("undo", {"turns": [3]})])
        assert collected(memory, CATALOGUE).events == (Told("zoe", HEAT, -1.0),)

    def test_what_was_seen_and_liked_is_a_like(self, memory: Memory) -> None:
        said(memory, "zoe", ("like", about(HEAT)), ("seen", about(HEAT)))
        assert collected(memory, CATALOGUE).events == (Told("zoe", HEAT, 1.0),)

    def test_guests_are_people_of_their_own(self, memory: Memory) -> None:
        someone = guest("ann")
        said(memory, someone, ("like", about(HEAT)))
        assert [event.user for event in collected(memory, CATALOGUE).events] == [someone]

    def test_nobody_counts_who_is_forgotten(self, memory: Memory) -> None:
        for user in ("ann", "zoe", "kim"):
            said(memory, user, ("like", about(HEAT)))
        memory.forget("ann")
        memory.forget("kim")
        found = collected(memory, CATALOGUE)
        assert (found.events, found.forgotten) == ((Told("zoe", HEAT, 1.0),), frozenset({"ann", "kim"}))

    def test_the_log_up_to_an_event(self, memory: Memory) -> None:
        said(memory, "zoe", ("like", about(HEAT)))
        known = collected(memory, CATALOGUE)
        said(memory, "zoe", ("dislike", about(HEAT)), ("like", about(ALIEN)))
        assert collected(memory, CATALOGUE, known.until) == known
        assert collected(memory, CATALOGUE, 0).events == ()

    def test_what_is_thrown_away_is_not_learned_from(self, memory: Memory) -> None:
        said(memory.overlay(), "zoe", ("like", about(HEAT)))
        assert collected(memory, CATALOGUE).events == ()

    def test_items_that_are_gone_are_left_out(self, memory: Memory) -> None:
        said(memory, "zoe", ("like", {"item": "gone", "words": ""}))
        assert collected(memory, CATALOGUE).events == ()


class TestTrain:
    def test_trained_talked_with_and_put_back(self, run: Any, own_home: Path) -> None:
        said(Memory.at(own_home, "tiny"), "zoe", ("like", about(HEAT)), ("like", about(FARGO)))
        status, out, _ = run("train", "--json", "--force")
        report = json.loads(out)
        assert status == 0
        assert (report["decision"], report["dataset"], report["ranker"]) == ("replaced", "tiny", "blend")
        assert report["collected"] == {"events": 2, "people": 1, "forgotten": 0}
        assert set(report["drift"]["metrics"]) == {"ndcg@10", "hr@10", "coverage@10"}
        assert json.loads(run("chat", "--say", "any good crime films?", "--json")[1])["items"]
        status, out, _ = run("train")
        assert status == 0
        assert "nothing to do" in out
        status, out, _ = run("train", "--restore", "--json")
        assert (status, json.loads(out)["decision"]) == (0, "restored")

    def test_the_drift_is_said_before_anything_is_replaced(self, run: Any, own_home: Path) -> None:
        said(Memory.at(own_home, "tiny"), "zoe", ("like", about(HEAT)), ("like", about(FARGO)))
        status, out, _ = run("train", "--dry-run")
        assert status == 0
        assert out.index("ndcg@10") < out.index("dry run")
        assert "from conversations: 2 events" in out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--ranker", "als"), "'als'"),
            (("--dataset", "nope"), "'nope'"),
            (("--restore",), "no earlier model"),
            (("--restore", "--force"), "--force"),
            (("--export", "int4"), "'int4'"),
            (("--export", "int8", "--seed", "3"), "--seed"),
            (("--search", "2", "--ranker", "ease"), "'ease'"),
            (("--search", "2"), "--search"),
        ],
    )
    def test_a_refusal_is_one_sentence(self, run: Any, arguments: tuple[str, ...], words: str) -> None:
        status, out, err = run("train", *arguments)
        assert (status, out) == (2, "")
        assert words in err
        assert len(err.strip().splitlines()) == 1

    @pytest.mark.parametrize(("module", "option"), [("torch.utils.tensorboard", "--tensorboard")])
    def test_a_missing_package_says_how_to_get_it(
        self, module: str, option: str, run: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, module, None)
        status, _, err = run("train", option)
        assert status == 1
        assert "pip install 'because[training]'" in err


class TestBench:
    def test_away_from_the_sources_it_says_so(self, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(benches, "ROOT", tmp_path)
        status, _, err = run("bench")
        assert status == 2
        assert "clone" in err

    def test_the_table_has_a_line_per_bench(self) -> None:
        shown = benches.table([{"bench": "a", "total": 12.34}, {"bench": "bc", "read": 5.0}])
        assert [line.split() for line in shown.splitlines()] == [["total", "read"], ["a", "12.3"], ["bc", "5.0"]]
