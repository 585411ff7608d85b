"""Message -> Understanding, driven by the catalogue's schema. Start with reader.py."""

from bot.understand.reader import Reader
from bot.understand.reading import Context

__all__ = ["Context", "Reader"]
