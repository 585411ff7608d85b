"""One way to compare words: what differs only in case, accents, punctuation or '&' is the same text."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\W_]+")
_APOSTROPHES = re.compile(r"['’`´]")
# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "&": " and "}
)


def fold(text: str) -> str:
    """`text` in lower case without accents or punctuation, words one space apart ("Léon & Co." -> "leon and co").

    Apostrophes vanish ("Pan's" -> "pans"); every other sign separates words ("8½" and "8 1/2" -> "8 1 2").
    Any input gives a string.
    """
    lowered = _APOSTROPHES.sub("", text.casefold()).translate(_PLAIN)
    lowered = "".join(f" {c}" if unicodedata.decomposition(c).startswith("<fraction>") else c for c in lowered)
    decomposed = unicodedata.normalize("NFKD", lowered)
    # Casefold again: compatibility forms may decompose to capitals.
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return _SEPARATORS.sub(" ", plain).strip()
