"""The event log: append-only, one truth, undo by appending, forget by deleting."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.memory import Memory, live
from retrieval.errors import BecauseError


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.at(tmp_path, "tiny")


def test_events_come_back_in_order_with_their_tags(memory: Memory) -> None:
    conversation = memory.open_conversation("ann")
    memory.append("ann", conversation, 1, [("like", {"item": "1"}), ("seen", {"item": "2"})])
    kinds = [(e.turn, e.kind, e.branch) for e in memory.log(conversation)]
    assert kinds == [(0, "open", 0), (1, "like", 0), (1, "seen", 0)]


def test_undo_takes_a_turn_out_of_force_and_opens_a_branch(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    memory.append("ann", c, 1, [("like", {"item": "1"})])
    memory.append("ann", c, 2, [("like", {"item": "2"})])
    memory.append("ann", c, 3, [("undo", {"turns": [2]})])
    memory.append("ann", c, 4, [("like", {"item": "3"})])
    assert [e.payload["item"] for e in live(memory.log(c)) if e.kind == "like"] == ["1", "3"]
    assert [e.payload["item"] for e in memory.log(c) if e.kind == "like"] == ["1", "2", "3"], "nothing is rewritten"
    assert memory.log(c)[-1].branch == 1


def test_to_take_back_an_undo_brings_back_what_it_took(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    for turn, (kind, payload) in enumerate(
        [("like", {"item": "1"}), ("undo", {"turns": [1]}), ("undo", {"turns": [2]}), ("undo", {"turns": [3]})], 1
    ):
        memory.append("ann", c, turn, [(kind, payload)])
        assert any(e.kind == "like" for e in live(memory.log(c))) == (turn % 2 == 1)


def test_a_turn_is_written_whole_or_not_at_all(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    with pytest.raises(sa.exc.StatementError):
        memory.append("ann", c, 1, [("like", {"item": "1"}), ("like", {"item": object()})])
    assert [e.kind for e in memory.log(c)] == ["open"]


def test_an_overlay_sees_everything_and_keeps_nothing(memory: Memory) -> None:
    c = memory.open_conversation("ann")
    memory.append("ann", c, 1, [("like", {"item": "1"})])
    overlay = memory.overlay()
    other = overlay.open_conversation("ann")
    overlay.append("ann", other, 1, [("like", {"item": "2"})])
    assert [e.payload["item"] for e in overlay.of_user("ann") if e.kind == "like"] == ["1", "2"]
    assert [e.payload["item"] for e in memory.of_user("ann") if e.kind == "like"] == ["1"]
    ids = [e.id for e in overlay.of_user("ann")]
    assert ids == sorted(set(ids)), "ids stay unique and in order across the layers"


def test_forget_leaves_no_byte_of_what_was_said(memory: Memory, tmp_path: Path) -> None:
    c = memory.open_conversation("ann")
    memory.append("ann", c, 1, [("turn", {"message": "a very secret sentence"})])
    memory.set_visitor("browser-secret", "ann", c)
    keep = memory.open_conversation("bob")
    assert memory.forget("ann") == 2
    assert [e.kind for e in memory.of_user("ann")] == ["forgotten"]
    assert memory.visitor("browser-secret") is None
    assert memory.owner(keep) == "bob"
    memory.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"very secret sentence" not in stored


def test_the_browsers_secret_is_never_stored(memory: Memory, tmp_path: Path) -> None:
    memory.set_visitor("browser-secret", "ann", "c")
    memory.set_visitor("browser-secret", "bob", "d")
    assert memory.visitor("browser-secret") == ("bob", "d")
    memory.close()
    assert b"browser-secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_data_sets_do_not_mix(tmp_path: Path) -> None:
    films, shop = Memory.at(tmp_path, "films"), Memory.at(tmp_path, "shop")
    c = films.open_conversation("ann")
    assert shop.of_user("ann") == ()
    assert shop.owner(c) is None


def test_a_damaged_log_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "because.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(BecauseError, match=r"because\.sqlite.*BECAUSE_HOME"):
        Memory.at(tmp_path, "tiny")


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BecauseError, match="BECAUSE_HOME"):
        Memory.at(tmp_path / "file" / "home", "tiny")
