"""What `make` says before it starts something that cannot end."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("free_kb", "said"), [(700_000, "This disk has 0.7 GB free"), (60_000_000, "")])
def test_a_disk_without_room_is_said_before_anything_is_installed(tmp_path: Path, free_kb: int, said: str) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    commands = {
        "df": f"echo 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 100 1 {free_kb} 1% /'",
        "python3": "echo started; exit 3",
    }
    for name, line in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(
        ["make", "install"], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert made.stderr.startswith(said)
    assert ("started" in made.stdout) == (not said)
