"""A message as it comes from outside, made safe to read. Nothing a person can type makes this fail."""

from __future__ import annotations

import html
import re
import unicodedata

from bot.understand.tokens import fractions_apart

LIMIT = 2_000  # characters that are read: some 350 words; what follows is not a request
_RAW_LIMIT = 40_000  # markup may take room, but no message is scanned beyond this
_TAGS = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-zA-Z][^<>]{0,200}>", re.DOTALL | re.IGNORECASE)
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": ". "}
)
_SPACES = re.compile(r"[ \t\f\v]+")


def clean(message: str) -> str:
    """NFKC text without control characters, markup or runs of blanks, at most `LIMIT` characters, cut at a blank."""
    text = message[:_RAW_LIMIT].translate(_QUOTES)
    text = _TAGS.sub(" ", html.unescape(text))
    text = unicodedata.normalize("NFKC", fractions_apart(text)).translate(_QUOTES)
    text = "".join(_printable(character) for character in text)
    text = _SPACES.sub(" ", text).strip()
    if len(text) <= LIMIT:
        return text
    head, blank, _ = text[:LIMIT].rpartition(" ")
    return head if blank else text[:LIMIT]


def _printable(character: str) -> str:
    if character in "\n\r":
        return "\n"
    # Cc control, Cf format (zero width, direction), Cs lone surrogates, Co and Cn unassigned: nothing to read there.
    return character if not unicodedata.category(character).startswith("C") else " " if character == "\t" else ""
