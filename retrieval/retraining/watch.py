"""TensorBoard logs of a training: what the sequence model's logger says of each epoch, by stage, and the comparison."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.errors import MissingPackage
from retrieval.rankers import sequence_training
from retrieval.retraining.drift import Drift


class Watch(logging.Handler):
    """Writes scalars into a folder of its own; `stage` is what is being trained now."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingPackage(
                "Logs for TensorBoard need the package 'tensorboard', which is not installed: run"
                " `pip install 'because[training]'`, or train without --tensorboard."
            ) from error
        self.writer: Any = SummaryWriter(str(folder))
        self.folder, self.stage = folder, ""

    def emit(self, record: logging.LogRecord) -> None:
        """One epoch."""
        if isinstance(record.args, tuple) and len(record.args) == 2:
            epoch, told = record.args
            for name, value in dict(told).items():  # type: ignore[call-overload]  # as the logger's docstring says
                self.writer.add_scalar(f"{self.stage}/{name}", value, epoch)
            self.writer.flush()

    def compared(self, drift: Drift) -> None:
        """Both models' figures: step 0 is the one that serves, step 1 the new one."""
        for name, change in drift.changes.items():
            self.writer.add_scalar(f"drift/{name}", change.before, 0)
            self.writer.add_scalar(f"drift/{name}", change.after, 1)

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()
        super().close()


@contextmanager
def watching(logs: Path) -> Iterator[Watch]:
    """Hear every epoch meanwhile, into a new folder under `logs`. MissingPackage without tensorboard."""
    watch = Watch(logs / time.strftime("%Y%m%d-%H%M%S"))
    before = sequence_training.log.level
    sequence_training.log.setLevel(logging.INFO)
    sequence_training.log.addHandler(watch)
    try:
        yield watch
    finally:
        sequence_training.log.removeHandler(watch)
        sequence_training.log.setLevel(before)
        watch.close()
