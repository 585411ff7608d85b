"""Message -> Understanding, driven by the catalogue's schema. Start with reader.py."""

from bot.understand.reader import Context, Reader

__all__ = ["Context", "Reader"]
