"""A catalogue that someone brought: its files as copied by `because import`, and the schema file beside them.

HOME/datasets/NAME/schema.yaml     what its columns mean; a person may edit it
HOME/datasets/NAME/import.json     which copies are the live ones, and where they came from
HOME/datasets/NAME/source/         the copies, in folders named by their content
HOME/datasets/NAME/set_aside.csv   rows and values that could not be used
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar

from retrieval.datasets.base import Source, code_version
from retrieval.errors import NotPrepared
from retrieval.schema import Dataset


class Imported(Source):
    """`load` reads the copies again, so an edited schema counts; `read` is what an import has just read of them."""

    name: ClassVar[str] = "imported"
    package: ClassVar[str] = ""
    install: ClassVar[str] = "because import NAME --items FILE"

    def __init__(self, folder: Path, read: Dataset | None = None) -> None:
        self.folder, self._read = folder, read

    @property
    def schema_path(self) -> Path:
        return self.folder / "schema.yaml"

    def manifest(self) -> dict[str, Any]:
        """import.json: `items` and `interactions` ({"file", "from"}), and `inferred`, the digest of our own schema."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "import.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise NotPrepared(
                f"The import in {self.folder} is damaged ({error}); "
                f"run `because import {self.folder.name} --items FILE`."
            ) from error
        return found

    def fingerprint(self) -> str:
        copies = [self.manifest()[table] for table in ("items", "interactions")]
        files = " ".join(copy["file"] if copy else "-" for copy in copies)
        schema = hashlib.sha256(self.schema_path.read_bytes()).hexdigest() if self.schema_path.exists() else "none"
        code = Path(__file__).parents[1] / "importing"
        return f"imported {self.folder.name} {files} schema={schema} reader={code_version(code)}"

    def load(self) -> Dataset:
        """Seconds; about half a minute for 200,000 items with text."""
        from retrieval import versions
        from retrieval.importing.reading import Files, read

        if self._read is not None:
            dataset, self._read = self._read, None
            return dataset
        manifest, source = self.manifest(), self.folder / "source"
        events = manifest["interactions"]
        files = Files(source / manifest["items"]["file"], source / events["file"] if events else None, self.schema_path)
        beside = self.folder / "set_aside.partial"
        dataset = read(self.folder.name, files, beside).dataset
        versions.flush(beside)
        beside.replace(self.folder / "set_aside.csv")
        return dataset
