"""From the measures of every case to one table: means, our blend's ratio to each peer with its interval, and costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.roster import BLEND, OUR_MODELS, OURS
from bench.peers.splits import LEAVE_ONE_OUT, NEWCOMERS, ROLLING, TOLD, Answers, Ints
from retrieval.evaluation.intervals import Floats, interval, paired_ratio
from retrieval.evaluation.metrics import METRICS

SHOWN = ("ndcg@10", "hr@10", "recall@20")
JUDGED = "ndcg@10"
POOLED = "temporal_pooled"
SECTIONS = (LEAVE_ONE_OUT, ROLLING[-1], POOLED, *(f"{NEWCOMERS}_{likes}" for likes in TOLD))
Report = dict[str, Any]
Row = dict[str, Any]
Rows = dict[str, Row]
"""By model."""


@dataclass(frozen=True)
class Result:
    """What one model got in one section: all measures of its cases, whose they are, and what it cost."""

    users: Ints
    measures: Floats  # [n_cases, len(METRICS)]
    cost: Mapping[str, Any]

    @property
    def judged(self) -> Floats:
        return np.asarray(self.measures[:, list(METRICS).index(JUDGED)], dtype=np.float64)


def report(home: Path) -> Report:
    """Everything under a data set's folder: by section, by model; and what failed, with what happened."""
    found = {section: dict(_results(home, section)) for section in SECTIONS}
    return {
        "dataset": home.name,
        "sections": {section: _section(results) for section, results in found.items() if results},
        "best": {section: _best(results) for section, results in found.items() if BLEND in results},
        "failed": dict(_failures(home)),
    }


def pooled(results: Sequence[Result]) -> Result:
    """The cases of several windows, one after the other; costs are the last window's."""
    users = np.concatenate([result.users for result in results])
    return Result(users, np.concatenate([result.measures for result in results]), results[-1].cost)


def _results(home: Path, section: str) -> Iterator[tuple[str, Result]]:
    if section == POOLED:
        windows = [dict(_results(home, window)) for window in ROLLING]
        for name in windows[-1]:
            if all(name in window for window in windows):
                yield name, pooled([window[name] for window in windows])
        return
    protocol, _, likes = section.partition(f"{NEWCOMERS}_")
    split = home / (NEWCOMERS if likes else protocol)
    if not split.exists():
        return
    answers = Answers.read(split, "test")
    kept = answers.lengths == int(likes) if likes else np.ones(len(answers.users), dtype=bool)
    for name, folder, record in _finished(split):
        for model in record.get("models", ()):
            own = OURS + model["setting"]["model"] if folder.name == OUR_MODELS.name else name
            measures = np.load(folder / "test" / model["measures"])
            yield (
                own,
                Result(
                    answers.users[kept],
                    measures[kept],
                    {**model, "tried": record["tried"], "scored": len(answers.users)},
                ),
            )


def _finished(split: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    for file in sorted(split.glob("*/result.json")):
        record = json.loads(file.read_text("utf-8"))
        yield record["name"], file.parent, record


def _failures(home: Path) -> Iterator[tuple[str, str]]:
    for split in sorted(home.iterdir()):
        for name, _, record in _finished(split):
            if "failed" in record:
                yield f"{name}, {split.name}", record["failed"]
            for trial in record.get("tried", ()):
                if "failed" in trial:
                    yield f"{name}, {split.name}, {trial['setting']}", trial["failed"]


def _section(results: Mapping[str, Result]) -> Rows:
    blend = results.get(BLEND)
    rows = {name: _row(result, None if name == BLEND else blend) for name, result in results.items()}
    return dict(sorted(rows.items(), key=lambda row: float(row[1][JUDGED])))


def _best(results: Mapping[str, Result]) -> dict[str, Any]:
    """The best peer, our best part alone, and the ratios of the blend and of that part to the peer."""
    peers = [name for name in results if not name.startswith(OURS)]
    parts = [name for name in results if name.startswith(OURS) and name != BLEND]
    if not peers or not parts:
        return {}
    peer, part = (max(names, key=lambda name: float(results[name].judged.mean())) for names in (peers, parts))
    theirs = results[peer]
    ratios = (paired_ratio(results[name].judged, theirs.judged, theirs.users) for name in (BLEND, part))
    return {"peer": peer, "part": part, **dict(zip(("blend_ratio", "part_ratio"), map(list, ratios), strict=True))}


def _row(result: Result, ours: Result | None) -> Row:
    means = dict(zip(METRICS, result.measures.mean(axis=0).tolist(), strict=True))
    low, high = interval(result.judged, result.users)
    row: Row = {name: means[name] for name in SHOWN}
    row |= {"low": low, "high": high, "cases": len(result.users), "users": len(np.unique(result.users))}
    row |= {name: result.cost[name] for name in ("fit_seconds", "peak_mb", "setting")}
    row["score_ms"] = 1000 * result.cost["score_seconds"] / result.cost["scored"]
    row["settings_tried"] = len(result.cost["tried"])
    if ours is not None:
        row["ratio"] = list(paired_ratio(ours.judged, result.judged, result.users))
    return row


def tables(found: Report) -> str:
    """The report as Markdown, as in docs/peers.md: one table each for leave one out, the windows and newcomers."""
    sections = {name: rows for name, rows in found["sections"].items() if rows}
    told = {f"{NEWCOMERS}_{likes}": f", {likes} told" for likes in TOLD}
    lines = [
        *_table(sections, {LEAVE_ONE_OUT: ""}, ("ndcg@10", "hr@10", "recall@20", "ratio", "fit", "score", "peak")),
        *_table(sections, {ROLLING[-1]: "", POOLED: ", pooled"}, ("ndcg@10", "recall@20", "ratio")),
        *_table(sections, told, ("ndcg@10", "ratio")),
    ]
    lines += [_verdict(section, best) for section, best in found["best"].items() if best]
    return "\n".join([*lines, *(f"failed: {name}: {what}" for name, what in found["failed"].items())])


def _table(sections: Mapping[str, Rows], columns: Mapping[str, str], cells: Sequence[str]) -> Iterator[str]:
    """Sections side by side, each with `cells`, rows in order of the last one's figure."""
    shown = {name: suffix for name, suffix in columns.items() if name in sections}
    if not shown:
        return
    for name in shown:
        first = next(iter(sections[name].values()))
        yield f"{name}: {first['cases']} rankings of {first['users']} users"
    heads = [CELLS[cell][0] + suffix for suffix in shown.values() for cell in cells]
    yield f"\n| {' | '.join(['model', *heads])} |\n|{'---|' * (len(heads) + 1)}"
    names = {name: None for section in reversed(shown) for name in sections[section]}
    last = sections[list(shown)[-1]]
    for name in sorted(names, key=lambda name: float(last[name][JUDGED]) if name in last else -1.0):
        rows = [sections[section].get(name) for section in shown]
        found = [CELLS[cell][1](row) if row else "" for row in rows for cell in cells]
        yield f"| {' | '.join([f'**{name}**' if name == BLEND else name, *found])} |"
    yield ""


def _verdict(section: str, best: Mapping[str, Any]) -> str:
    blend, part = (_ratio(best[name]) for name in ("blend_ratio", "part_ratio"))
    return (
        f"{section}: to the best peer, {best['peer']}, the blend {blend}; its best part alone, {best['part']}, {part}"
    )


def _ratio(ratio: Sequence[float] | None) -> str:
    """A peer that finds nothing in some draws of the bootstrap has no upper bound worth its digits."""
    return "" if ratio is None else "{} ({} … {})".format(*(f"{x:.2f}" if x < 100 else "over 100" for x in ratio))


def _figure(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]:.4f}".removeprefix("0")


CELLS: dict[str, tuple[str, Callable[[Row], str]]] = {
    "ndcg@10": ("NDCG@10", _figure("ndcg@10")),
    "hr@10": ("HR@10", _figure("hr@10")),
    "recall@20": ("recall@20", _figure("recall@20")),
    "ratio": ("blend / it", lambda row: _ratio(row.get("ratio"))),
    "fit": ("fit, CPU s", lambda row: f"{row['fit_seconds']:.1f}"),
    "score": ("score, ms", lambda row: f"{row['score_ms']:.2f}"),
    "peak": ("peak, MB", lambda row: f"{row['peak_mb']:.0f}"),
}
"""The columns: what stands above, and a row's figure."""
