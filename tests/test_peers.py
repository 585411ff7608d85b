"""The peers' bench: what peers may see, how their scores are judged, and what happens when one of them fails."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from test_rankers import DATA, N_ITEMS, interactions

from bench.peers.roster import OWN, PEERS, Peer
from bench.peers.running import HERE, compare, measure, run, settled
from bench.peers.splits import NEWCOMERS, PROTOCOLS, ROLLING, Answers, both, export, exported
from bench.peers.table import POOLED, SHOWN, Result, pooled, report, tables
from retrieval.evaluation.intervals import paired_ratio
from retrieval.evaluation.metrics import METRICS
from retrieval.evaluation.protocols import leave_one_out
from retrieval.evaluation.ranking import RecentPopularity, measured
from retrieval.rankers.popularity import DAY
from retrieval.schema import Interactions

COUNTS = Peer("recent popularity", OWN, "counts", "recent", ({"half_life": 7.0},))
COSTS = ("fit_seconds", "score_ms", "peak_mb")
CHATTY = interactions([(u, (u + 5 * e) % 12, 0.8, DAY * e + u) for u in range(12) for e in range(12)])
"""Everybody likes twelve things: enough to play a newcomer who tells ten."""


def script(folder: Path, text: str) -> str:
    """A peer's script of one's own, by its path without the suffix."""
    (folder / "own.py").write_text(f"import sys\nsys.path.insert(0, {str(HERE / 'scripts')!r})\n{text}", "utf-8")
    return str(folder / "own")


def silent(_: str) -> None:
    """Says nothing."""


def pairs(events: Interactions) -> set[tuple[int, int]]:
    return set(zip(events.users.tolist(), events.items.tolist(), strict=True))


class TestSplits:
    """What peers are given to fit on, and what they are asked."""

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_no_part_shows_its_answers(self, protocol: str) -> None:
        splits = both(CHATTY, protocol)
        assert splits["test"].cases
        for split in splits.values():
            asked = {(case.user, int(item)) for case in split.cases for item in case.relevant}
            assert not asked & pairs(split.fitted)

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_validation_knows_nothing_that_the_test_asks_for(self, protocol: str) -> None:
        splits = both(CHATTY, protocol)
        known = pairs(splits["test"].fitted)
        assert pairs(splits["validation"].fitted) < known
        assert {(c.user, int(i)) for c in splits["validation"].cases for i in c.relevant} <= known

    def test_newcomers_of_the_two_parts_are_different_users(self) -> None:
        users = [{case.user for case in split.cases} for split in both(CHATTY, NEWCOMERS).values()]
        assert not users[0] & users[1]

    def test_histories_are_whole_and_newcomers_are_nobody(self, tmp_path: Path) -> None:
        for protocol in ("leave_one_out", NEWCOMERS):
            export(CHATTY, N_ITEMS, protocol, tmp_path / protocol)
            assert exported(tmp_path / protocol)
        with np.load(tmp_path / "leave_one_out" / "test.npz") as part:
            last = leave_one_out(CHATTY)
            assert np.diff(part["told"]).tolist() == [11] * 12
            assert part["told_items"].tolist() == last.fitted.items.tolist()
            assert part["case_times"].tolist() == [case.history.now for case in last.cases]
        with np.load(tmp_path / NEWCOMERS / "test.npz") as part:
            assert set(part["case_users"]) == {-1}
        assert Answers.read(tmp_path / NEWCOMERS, "test").lengths.tolist() == sorted(
            [1, 3, 5, 10] * 9
        )  # three draws of three users


class TestRunning:
    """A process for each setting, and what is left of it."""

    def test_scores_from_a_process_are_judged_as_ours_are(self, tmp_path: Path) -> None:
        export(DATA, N_ITEMS, "leave_one_out", tmp_path / "leave_one_out")
        compare(COUNTS, tmp_path / "leave_one_out", silent)
        split = leave_one_out(DATA)
        expected = measured(split, {"recent": RecentPopularity(split.fitted, N_ITEMS)})[0]["recent"]
        row = report(tmp_path)["sections"]["leave_one_out"]["recent popularity"]
        assert [row[name] for name in ("ndcg@10", "hr@10", "recall@20")] == pytest.approx(
            [expected[name] for name in ("ndcg@10", "hr@10", "recall@20")]
        )

    def test_the_setting_is_chosen_on_validation_and_done_once(self, tmp_path: Path) -> None:
        split = tmp_path / "leave_one_out"
        export(DATA, N_ITEMS, "leave_one_out", split)
        text = (
            "import numpy as np\nfrom part import run\n"
            f"answers = np.load({str(split / 'validation-answers.npz')!r})['relevant']\n"
            "def knows(part, setting):\n"
            "    scores = np.zeros((part.n_cases, part.n_items))\n"
            "    scores[np.arange(part.n_cases), answers[:part.n_cases]] = setting['sign']\n"
            "    yield {}, lambda cases: scores\n"
            "run({'knows': knows})\n"
        )
        peer = Peer("own", OWN, script(tmp_path, text), "knows", ({"sign": -1}, {"sign": 1}))
        first = compare(peer, split, silent)
        assert first["models"][-1]["setting"] == {"sign": 1}
        assert first["tried"][0]["ndcg@10"] < first["tried"][1]["ndcg@10"] == 1
        (tmp_path / "own.py").unlink()
        assert compare(peer, split, silent)["models"] == first["models"]

    @pytest.mark.parametrize(("patience", "scored"), [(0, 9), (2, 4)])
    def test_a_process_that_brings_nothing_better_is_ended(self, tmp_path: Path, patience: int, scored: int) -> None:
        split = tmp_path / "leave_one_out"
        export(DATA, N_ITEMS, "leave_one_out", split)
        text = (
            "import time\nimport numpy as np\nfrom part import run\n"
            f"answers = np.load({str(split / 'validation-answers.npz')!r})['relevant']\n"
            "def rises_once(part, setting):\n"
            "    for epoch in range(9):\n"
            "        scores = np.zeros((part.n_cases, part.n_items))\n"
            "        scores[np.arange(part.n_cases), answers[:part.n_cases]] = 1 if epoch == 1 else -1\n"
            "        yield {'epochs': epoch}, lambda cases: scores\n"
            f"        if epoch + 1 == {scored} < 9:\n"
            "            time.sleep(600)\n"
            "run({'rises_once': rises_once})\n"
        )
        peer = Peer("own", OWN, script(tmp_path, text), "rises_once", ({},), patience=patience)
        records = run(peer, split, "validation", [{}], tmp_path / "out")
        assert len(records) == scored
        assert max(records, key=lambda record: record["ndcg@10"])["setting"] == {"epochs": 1}

    def test_the_setting_that_was_best_elsewhere_is_not_tuned_again(self, tmp_path: Path) -> None:
        split, elsewhere = tmp_path / "leave_one_out", tmp_path / "elsewhere"
        export(DATA, N_ITEMS, "leave_one_out", split)
        days = tuple({"half_life": days} for days in (7.0, 30.0))
        peer = Peer("own", OWN, "counts", "recent", days, tuned_on={"leave_one_out": "nowhere"})
        (elsewhere / "own").mkdir(parents=True)
        (elsewhere / "own" / "result.json").write_text(json.dumps({"models": [{"setting": days[1]}]}), "utf-8")
        found = compare(settled(peer, elsewhere), split, silent)
        assert found["tried"] == []
        assert found["models"][-1]["setting"] == days[1]
        with pytest.raises(SystemExit, match="own has no result in"):
            settled(peer, tmp_path / "nowhere")

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("raise ValueError('no such luck')", "ValueError: no such luck"),
            ("while True: pass", "not finished within 1 CPU seconds"),
            (
                "import numpy as np\nfrom part import run\n"
                "def wrong(part, setting):\n"
                "    yield {}, lambda cases: np.full((part.n_cases, part.n_items), np.nan)\n"
                "run({'wrong': wrong})",
                "gave scores that are not finite",
            ),
        ],
    )
    def test_a_peer_that_fails_is_named_and_the_table_goes_on(self, tmp_path: Path, text: str, what: str) -> None:
        split = tmp_path / "home" / "leave_one_out"
        export(DATA, N_ITEMS, "leave_one_out", split)
        compare(Peer("own", OWN, script(tmp_path, text), "wrong", ({},), limit=1), split, silent)
        compare(COUNTS, split, silent)
        found = report(tmp_path / "home")
        assert found["failed"] == {"own, leave_one_out": what}
        assert list(found["sections"]["leave_one_out"]) == ["recent popularity"]
        assert f"failed: own, leave_one_out: {what}" in tables(found)

    def test_an_environment_that_cannot_be_made_is_a_failure_of_its_peer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bench.peers.running.HERE", tmp_path)
        (tmp_path / "none.txt").write_text("./no-such-folder\n", "utf-8")
        split = tmp_path / "leave_one_out"
        export(DATA, N_ITEMS, "leave_one_out", split)
        result = compare(Peer("none", "none", "counts", "recent", ({},)), split, silent)
        assert result["failed"].startswith("not installed: ")


class TestTable:
    """Figures of all cases, pooled and set against each other."""

    def test_windows_are_pooled_and_a_user_stays_one_user(self) -> None:
        users = [np.array([1, 2]), np.array([2, 3])]
        values = [np.full((2, len(METRICS)), value) for value in (0.2, 0.4)]
        both_windows = pooled([Result(u, v, {"tried": []}) for u, v in zip(users, values, strict=True)])
        assert both_windows.judged.mean() == pytest.approx(0.3)
        assert len(np.unique(both_windows.users)) == 3
        assert paired_ratio(2 * both_windows.judged, both_windows.judged, both_windows.users) == pytest.approx(
            (2, 2, 2)
        )

    def test_the_blend_is_set_against_each_and_pooled_only_over_all_windows(self, tmp_path: Path) -> None:
        text = (
            "import numpy as np\nfrom part import run\n"
            "def ours(part, setting):\n"
            "    for name in ('cosine', 'blend'):\n"
            "        yield {'model': name}, lambda cases: np.zeros((part.n_cases, part.n_items))\n"
            "run({'ours': ours})\n"
        )
        ours = Peer("ours", OWN, script(tmp_path, text), "ours", ({},))
        home = tmp_path / "home"
        for place, protocol in enumerate(ROLLING):
            export(CHATTY, N_ITEMS, protocol, home / protocol)
            compare(ours, home / protocol, silent)
            if place:
                compare(COUNTS, home / protocol, silent)
        assert report(home)["best"][ROLLING[-1]]["peer"] == "recent popularity"
        found = report(home)["sections"]
        assert found[ROLLING[-1]]["ours: cosine"]["ratio"] == [1, 1, 1]
        assert set(found[ROLLING[-1]]) == {"ours: cosine", "ours: blend", "recent popularity"}
        assert set(found[POOLED]) == {"ours: cosine", "ours: blend"}
        assert found[POOLED]["ours: blend"]["cases"] == sum(len(both(CHATTY, p)["test"].cases) for p in ROLLING)
        assert json.loads(json.dumps(report(home))) == report(home)

    def test_a_ratio_without_a_bound_says_so(self) -> None:
        sections = {"leave_one_out": {"peer": {**dict.fromkeys((*SHOWN, *COSTS), 0.1), "cases": 3, "users": 3}}}
        sections["leave_one_out"]["peer"]["ratio"] = [2.0, 0.5, 4e10]
        assert "| 2.00 (0.50 … over 100) |" in tables({"sections": sections, "best": {}, "failed": {}})

    def test_tied_scores_share_their_mean_rank(self) -> None:
        answers = Answers(np.array([0]), np.array([1]), (np.array([3]),), (np.array([0]),))
        found = dict(zip(METRICS, measure(np.zeros((1, 40), dtype=np.float32), answers)[0], strict=True))
        assert found["hr@10"] == 0
        assert found["mrr"] == pytest.approx(1 / 20)


def test_scripts_of_peers_import_nothing_of_ours() -> None:
    for path in (HERE / "scripts").glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        ours = {name for name in names if name.split(".")[0] in ("bench", "bot", "retrieval", "prompts", "app")}
        assert bool(ours) == (path.stem == "ours")


def test_every_peer_has_its_script_and_its_pinned_file() -> None:
    for peer in PEERS:
        assert (HERE / "scripts" / f"{peer.script}.py").exists()
        if peer.environment != OWN:
            lines = (HERE / f"{peer.environment}.txt").read_text("utf-8").split()
            assert all("==" in line for line in lines)
