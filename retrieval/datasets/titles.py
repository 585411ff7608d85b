"""Film titles as people say them, from the way that library catalogues file them."""

from __future__ import annotations

import re

from retrieval.text import fold

# Leading articles that catalogues move to the end: English, French, German, Italian, Spanish, Portuguese, Dutch, and
# the Scandinavian languages.
_ARTICLES = (
    r"The|A|An|Da|La|Le|Les|L['’]|Un|Une|Das|Der|Die|Den|Det|De|Ein|Eine|Il|Lo|I|Gli|Una|Uno|El|Los|Las|O|Os|As|Um|Uma|"
    r"Het|Een|En|Ett"
)
_FILED = re.compile(rf"^(?P<rest>.+), (?P<article>{_ARTICLES})$", re.IGNORECASE)
_LEADING = re.compile(rf"^(?:{_ARTICLES})(?:(?<=['’])\s*|\s+)(?=\w)", re.IGNORECASE)
_BRACKET = re.compile(r"^(?P<title>.*\S)\s+\((?P<inside>[^()]+)\)$")
_ALSO = re.compile(r"^a\.?k\.?a\.?:?\s+", re.IGNORECASE)
# Brackets that belong to the title: a part, a continuation of the sentence, or a title that ends in "or".
_OWN = re.compile(r"^(?:and |part |vol|yellow$|.* sequence$)", re.IGNORECASE)
_UNFINISHED = re.compile(r"(?:\bor|:|-)$", re.IGNORECASE)


def spoken(filed: str) -> tuple[str, tuple[str, ...]]:
    """The title people say and its other titles: "Seven Samurai, The (Shichinin no samurai)" gives
    ("The Seven Samurai", ("Shichinin no samurai",)).
    """
    rest = " ".join(filed.split())
    others: list[str] = []
    while (
        (match := _BRACKET.match(rest)) and not _OWN.match(match["inside"]) and not _UNFINISHED.search(match["title"])
    ):
        others.insert(0, _article_first(_ALSO.sub("", match["inside"])))
        rest = match["title"]
    title = _article_first(rest)
    return title, tuple(dict.fromkeys(other for other in others if other != title))


def key(title: str) -> str:
    """What two spellings of one title have in common: no leading article, accents, punctuation or '&'."""
    said = _article_first(" ".join(title.split()))
    return fold(_LEADING.sub("", said)) or fold(said)


def _article_first(title: str) -> str:
    match = _FILED.match(title)
    if not match:
        return title
    article, rest = match["article"], match["rest"]
    return article + rest if article[-1] in "'’" else f"{article} {rest}"
