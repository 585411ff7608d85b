"""Vectors stored as 8-bit integers with one scale per vector: a quarter of the size, and half a step of error at most.

Symmetric, from the largest number of each vector (absmax quantisation; Dettmers et al. 2022, "LLM.int8()", 2.1). What
is read back are ordinary numbers, so a score made of them still is an exact sum; just not of quite those trained.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.schema import FloatArray

STEPS = 127


def quantised(values: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Codes like `values` [..., d], and the size of a step [..., 1]: values ≈ codes · step."""
    steps = np.abs(values).max(axis=-1, keepdims=True) / STEPS
    steps = np.where(steps > 0, steps, 1).astype(np.float32)
    return np.rint(values / steps).astype(np.int8), steps


def shrink(file: Path) -> None:
    """Put 8-bit codes and steps in the place of an array on disk."""
    codes, steps = quantised(np.load(file))
    np.save(file.with_suffix(".codes.npy"), codes)
    np.save(file.with_suffix(".steps.npy"), steps)
    file.unlink()


def read(file: Path) -> FloatArray:
    """The array as it was stored: from disk as it is touched, or whole out of codes."""
    if file.exists():
        stored: FloatArray = np.load(file, mmap_mode="r")
        return stored
    codes, steps = np.load(file.with_suffix(".codes.npy")), np.load(file.with_suffix(".steps.npy"))
    return np.asarray(codes * steps, dtype=np.float32)
