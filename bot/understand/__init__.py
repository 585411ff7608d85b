"""Message -> Understanding, driven by the catalogue's schema. Start with reader.py."""

from bot.understand.reader import Reader
from bot.understand.reading import Context, MessageReader

__all__ = ["Context", "MessageReader", "Reader"]
