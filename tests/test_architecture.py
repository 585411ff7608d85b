"""The shape of the project, as a test: imports point one way, starting up is light, modules stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {"app": {"app", "bot"}, "bot": {"bot", "retrieval"}, "retrieval": {"retrieval"}}
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "chromadb",
    "gradio",
    "pandas",
    "sklearn",
    "scipy",
    "langgraph",
)
MODULES = [ROOT / "app.py", *sorted((ROOT / "bot").rglob("*.py")), *sorted((ROOT / "retrieval").rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    ours = {name.split(".")[0] for name in imported(path)} & {*MAY_IMPORT, "tests"}
    assert ours <= MAY_IMPORT[layer]


@pytest.mark.parametrize("module", ["bot", "bot.cli", "retrieval.schema", "retrieval.catalogue"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 320


def test_prompts_hold_text_and_no_code() -> None:
    assert [path.name for path in (ROOT / "prompts").rglob("*.py") if path.read_text("utf-8").strip()] == []
