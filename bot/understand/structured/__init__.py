"""Understanding by structured output of a large language model. Start with reader.py."""

from bot.understand.structured.choice import reader_for
from bot.understand.structured.reader import StructuredReader

__all__ = ["StructuredReader", "reader_for"]
