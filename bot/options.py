"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DatasetOption = Annotated[str | None, typer.Option("--dataset", help="A prepared catalogue; see `because datasets`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
