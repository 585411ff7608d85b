"""What can go wrong, as one tree. Every message is one sentence: the value, what was allowed, the way out.

BecauseError
├── UsageError        the caller asked for something that does not exist (exit status 2)
├── NotPrepared       a data set was never prepared, or its folder is damaged
├── MissingPackage    an optional or separately installed package is absent
├── DataError         a file or table does not hold what it should
└── ModelError        a language model cannot be loaded or did not answer
"""

from __future__ import annotations


class BecauseError(Exception):
    """Base of every error a person may see; `str(error)` is the sentence to show."""


class UsageError(BecauseError):
    """An argument is not one of the allowed values."""


class NotPrepared(BecauseError):
    """The data set has no complete, readable index."""


class MissingPackage(BecauseError):
    """A package that the step needs is not installed."""


class DataError(BecauseError):
    """Source data are malformed."""


class ModelError(BecauseError):
    """A language model cannot be loaded, or failed while answering."""
