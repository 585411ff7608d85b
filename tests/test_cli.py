"""The command line is a contract: calls, fields and exit statuses are relied on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.memory import Memory

TURN = {
    "conversation", "turn", "user", "message", "acts", "reply", "ignored", "items", "reasons", "evidence", "profile",
    "question", "grounded", "timings_ms", "supposed",
}  # fmt: skip
ITEM = {"id", "title", "rank", "score", "attributes", "contributions"}


def turns(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_turn_has_the_contracts_fields(run: Any) -> None:
    status, out, _ = run("chat", "--user", "ann", "--say", "any good films?", "--say", "why the first one?", "--json")
    first, second = turns(out)
    assert status == 0
    assert set(first) == set(second) == TURN
    assert set(first["items"][0]) == ITEM
    assert set(first["items"][0]["contributions"][0]) == {"part", "evidence", "value", "share"}
    assert set(second["reasons"][0]) == {"item_id", "kind", "text", "evidence", "weight"}
    assert set(second["evidence"][0]) == {"id", "kind", "item_id", "title", "text", "date", "weight"}
    assert set(first["profile"]) == {"liked", "disliked", "seen", "constraints"}
    assert {"understand", "retrieve", "rank", "explain", "write", "total"} <= set(first["timings_ms"])
    assert first["user"] == "ann"
    assert (first["turn"], second["turn"]) == (1, 2)
    assert first["conversation"] == second["conversation"]


def test_evidence_that_a_contribution_names_is_there(run: Any) -> None:
    _, out, _ = run("chat", "--user", "ann", "--say", "any good films?", "--json")
    (turn,) = turns(out)
    ids = {piece["id"] for piece in turn["evidence"]}
    cited = {c["evidence"] for item in turn["items"] for c in item["contributions"]}
    assert cited - {None} <= ids
    assert any(piece["kind"] == "event" for piece in turn["evidence"])


def test_messages_come_from_stdin_without_say(run: Any) -> None:
    _, out, _ = run("chat", "--json", stdin="any good films?\nthanks\n")
    assert [turn["message"] for turn in turns(out)] == ["any good films?", "thanks"]


def test_a_conversation_can_be_resumed(run: Any) -> None:
    _, out, _ = run("chat", "--say", "I love Fargo", "--json")
    (before,) = turns(out)
    _, out, _ = run("chat", "--resume", before["conversation"], "--say", "what do you know about me?", "--json")
    (after,) = turns(out)
    assert after["turn"] == 2
    assert "Fargo" in after["reply"]


def test_many_conversations_in_one_process(run: Any) -> None:
    lines = [
        {"conversation": "a", "user": "new", "say": "I love Alien"},
        {"conversation": "b", "user": "ann", "say": "I love Fargo"},
        {"conversation": "a", "user": "new", "say": "what do you know about me?"},
    ]
    status, out, _ = run("chat", "--jsonl", stdin="\n".join(map(json.dumps, lines)))
    a, b, again = turns(out)
    assert status == 0
    assert [t["conversation"] for t in (a, b, again)] == ["a", "b", "a"]
    assert again["turn"] == 2
    assert again["profile"]["liked"] == ["3"]
    assert b["profile"]["liked"] == ["5"]


def test_what_is_said_in_jsonl_is_thrown_away_unless_saved(run: Any, own_home: Path) -> None:
    line = json.dumps({"conversation": "a", "user": "bob", "say": "I love Alien"})
    run("chat", "--jsonl", stdin=line)
    assert not Memory.at(own_home, "tiny").has_user("bob")
    run("chat", "--jsonl", "--save", stdin=line)
    assert Memory.at(own_home, "tiny").has_user("bob")


@pytest.mark.parametrize("line", ["{", "[]", '{"conversation": "a"}', '{"say": 5}', '{"say": "hi", "user": "nobody"}'])
def test_a_bad_line_is_said_and_the_rest_goes_on(run: Any, line: str) -> None:
    status, out, err = run("chat", "--jsonl", stdin=f'{line}\n{{"say": "hello"}}\n')
    assert status == 1
    assert len(turns(out)) == 1
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_the_trace_has_every_stage(run: Any) -> None:
    _, out, _ = run("chat", "--say", "any good films?", "--json", "--trace")
    (turn,) = turns(out)
    stages = [stage["stage"] for stage in turn["trace"]]
    assert stages == ["understand", "profile", "decide", "recommend", "explain", "write", "verify", "remember"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chat", "--user", "nobody", "--say", "hi"), "'nobody'"),
        (("chat", "--dataset", "nothing", "--say", "hi"), "'nothing'.*movielens"),
        (("chat", "--resume", "nowhere", "--say", "hi"), "'nowhere'"),
        (("user", "export", "nobody"), "'nobody'"),
        (("prepare", "--dataset", "nothing"), "'nothing'.*movielens"),
        (("chat", "--sing",), "--sing"),
        (("cases", "run", "nowhere"), "There is no nowhere"),
        (("evaluate", "nothing"), "'nothing'\\. See `because --help`\\."),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_sentence_and_status_2(run: Any, arguments: tuple[str, ...], said: str) -> None:
    import re

    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert re.search(said, " ".join(err.split()))
    assert "Traceback" not in err


def test_a_bad_language_model_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BECAUSE_LANGUAGE_MODEL", "gpt")
    status, _, err = run("chat", "--say", "hi")
    assert status == 2
    assert "'gpt'" in err
    assert "bundled" in err


def test_a_data_set_that_is_not_prepared_says_how(run: Any) -> None:
    status, _, err = run("chat", "--dataset", "movielens", "--say", "hi")
    assert status == 1
    assert "because prepare" in err


def test_datasets_and_doctor_speak_json(run: Any) -> None:
    _, out, _ = run("datasets", "--json")
    assert {row["name"]: row["prepared"] for row in json.loads(out)}["tiny"] is True
    _, out, _ = run("doctor", "--json")
    checks = json.loads(out)
    assert {"name", "ok", "detail", "fix"} <= set(checks[0])
    assert all(check["fix"] for check in checks if not check["ok"])


def test_a_user_is_exported_and_forgotten(run: Any) -> None:
    _, out, _ = run("chat", "--user", "cid", "--say", "I love Fargo", "--json")
    status, out, _ = run("user", "export", "cid")
    kept = json.loads(out)
    assert status == 0
    assert [b["item_id"] for b in kept["behaviour"]] == ["3", "4", "7"]
    assert any(event["kind"] == "like" for event in kept["events"])
    assert run("user", "forget", "cid")[0] == 0
    kept = json.loads(run("user", "export", "cid")[1])
    assert kept["behaviour"] == []
    assert [event["kind"] for event in kept["events"]] == ["forgotten"]
    _, out, _ = run("chat", "--user", "cid", "--say", "what do you know about me?", "--json")
    assert "forget" in turns(out)[0]["reply"]


def test_cases_run_with_a_report(run: Any, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("- name: good\n  turns:\n    - {say: some films, expect: {min_items: 3}}\n")
    report = tmp_path / "report.xml"
    status, out, _ = run("cases", "run", str(tmp_path), "--junit", str(report))
    assert status == 0
    assert "1 passed, 0 failed" in out
    (tmp_path / "bad.yaml").write_text("- name: bad\n  turns:\n    - {say: hello, expect: {min_items: 3}}\n")
    status, out, _ = run("cases", "run", str(tmp_path), "--junit", str(report))
    assert status == 1
    assert "min_items: expected at least 3, got 0" in out
    assert 'failures="1"' in report.read_text()


def test_a_message_too_long_to_read_is_said_to_be_so(run: Any) -> None:
    _, out, _ = run("chat", "--jsonl", stdin=json.dumps({"say": "any good films? " + "word " * 10_000}))
    (turn,) = turns(out)
    assert "first 2,000 characters" in turn["reply"]
    assert turn["items"]


@pytest.mark.parametrize("message", ["why not?", "why not something else?"])
def test_why_not_without_a_title_asks_which(run: Any, message: str) -> None:
    _, out, _ = run("chat", "--say", "any good films?", "--say", message, "--json")
    _, asked = turns(out)
    assert "which film" in asked["reply"].lower()


def test_what_cannot_be_stored_or_printed_is_replaced(run: Any) -> None:
    status, out, _ = run("chat", "--jsonl", stdin='{"say": "\\ud800 hello"}')
    assert status == 0
    assert turns(out)[0]["message"] == "? hello"


@pytest.mark.parametrize(
    "message",
    ["", "   ", "word " * 10_000, "🎬🍿😀", "<script>alert(1)</script>", "a\x00b\x07\x1b[31m", "‮evil", "?!", "1" * 500],
    ids=["empty", "spaces", "10,000 words", "emoji", "HTML", "control", "bidi", "marks", "digits"],
)
def test_no_message_breaks_a_turn(run: Any, message: str) -> None:
    lines = "\n".join(json.dumps({"conversation": "a", "say": say}) for say in (message, "any good films?"))
    status, out, _ = run("chat", "--jsonl", stdin=lines)
    first, second = turns(out)
    assert status == 0
    assert first["reply"].strip()
    assert second["reply"].strip()
    assert "recommend" in second["acts"]
