"""Who did what with which item, and whether a sentence is one: what a closed vocabulary alone does not tell.

"It is a film that you rated" has no word that a claim about ratings may not use; it is false because what you rated is
another item. So each word for a deed (rated, liked, asked for) is bound to its doer and its object, and each number to
the word that it follows. `prompts/writer/verifier.*.yaml` has the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.values import Claim

_TITLES = frozenset({"<title>", "<other>", "<others>", "<examples>", "<cause>"})


@dataclass(frozen=True)
class Deed:
    """Words for something done, and which claims (by their kinds) may say it, of whom, with which object.

    `by` and `what` are names of persons and slots. `object`: "needed", "open" if it need not be said with what it was
    done, or "next" if it is open and only what follows counts.
    """

    words: frozenset[str]
    kinds: tuple[str, ...]
    by: frozenset[str]
    what: frozenset[str]
    object: str


@dataclass(frozen=True)
class Sense:
    """How a language ties words together.

    `persons` by word; `pronouns` stand for an item; `through` may stand between a deed
    and its object; `passive` before a deed leaves its doer open; `gerunds` are deeds without a doer; `verbs`, of which
    a sentence has one; `dangling` words end none; `continues` begins a clause that goes on with the one before; `after`
    and `before` are the words that a value may follow or precede ("^" begins, "$" ends a sentence); a share is one of
    `wholes`; `said` are templates of free sentences, whose words may stand side by side as those of the phrases.
    """

    deeds: tuple[Deed, ...]
    persons: Mapping[str, str]
    wholes: tuple[tuple[str, ...], ...]
    said: tuple[str, ...]
    after: Mapping[str, frozenset[str]]
    before: Mapping[str, frozenset[str]]
    pronouns: frozenset[str]
    through: frozenset[str]
    passive: frozenset[str]
    gerunds: frozenset[str]
    verbs: frozenset[str]
    dangling: frozenset[str]
    continues: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Sense:
        """Read it from the language's file; one without `sense` ties nothing."""
        deeds = tuple(
            Deed(frozenset(d["words"]), tuple(d["kinds"]), frozenset(d["by"]), frozenset(d["what"]), d["object"])
            for d in data.get("deeds", ())
        )
        persons = {word: person for person, words in data.get("persons", {}).items() for word in words}
        wholes = tuple(tuple(text.split()) for text in data.get("wholes", ()))
        keys = ("pronouns", "through", "passive", "gerunds", "verbs", "dangling", "continues")
        after, before = ({k: frozenset(words) for k, words in data.get(key, {}).items()} for key in ("after", "before"))
        return cls(
            deeds,
            persons,
            wholes,
            tuple(data.get("said", ())),
            after,
            before,
            *(frozenset(data.get(key, ())) for key in keys),
        )


def problem(keys: Sequence[str], plain: Sequence[str], claim: Claim, sense: Sense, nouns: frozenset[str]) -> str:
    """What the sentence says that cannot be of the claim; "" if nothing.

    `keys`: words in lower case, values as <slot>, punctuation; `plain`: the same without phrases that name no deed;
    `nouns`: words for any item of the catalogue.
    """
    if not sense.deeds:
        return ""
    words = [key for key in keys if key.isalnum() or key[0] == "<"]
    if not sense.verbs.intersection(words) or (words and words[-1] in sense.dangling):
        return "is no sentence"
    return _values(keys, sense) or _done(plain, claim, sense, nouns)


def _values(keys: Sequence[str], sense: Sense) -> str:
    """Numbers and dates: each once, and where such a value can stand."""
    for key, times in Counter(keys).items():
        if key[0] == "<" and key not in _TITLES and key[1:-1] in sense.after and times > 1:
            return f"says {key} twice"
    framed = ["^", *keys, "$"]
    for place, key in enumerate(framed[1:-1], 1):
        slot = key[1:-1] if key[0] == "<" else ""
        if slot in sense.after and framed[place - 1] not in sense.after[slot]:
            return f"says {key} after {framed[place - 1]!r}"
        if slot in sense.before and framed[place + 1] not in sense.before[slot]:
            return f"says {key} before {framed[place + 1]!r}"
        following = tuple(framed[place + 2 : place + 4])
        if slot == "share" and framed[place + 1] == "of" and not any(following[: len(w)] == w for w in sense.wholes):
            return f"says {key} of {' '.join(following)!r}"
    return ""


def _done(keys: Sequence[str], claim: Claim, sense: Sense, nouns: frozenset[str]) -> str:
    for place, word in enumerate(keys):
        of = [deed for deed in sense.deeds if word in deed.words]
        if not of:
            continue
        told = [d for d in of if any(claim.kind == kind or claim.kind.startswith(f"{kind}.") for kind in d.kinds)]
        if not told:
            return f"says {word!r}"
        doer = _doer(keys, place, sense)
        following, before = _following(keys, place, sense, nouns), _before(keys, place, sense, nouns)
        for deed in told:
            item = following if following or deed.object == "next" else before
            if (not doer or doer in deed.by) and (item in deed.what or (not item and deed.object != "needed")):
                break
        else:
            return f"says {word!r} by {doer or 'somebody'} of {following or before or 'nothing'}"
    return ""


def _doer(keys: Sequence[str], place: int, sense: Sense) -> str:
    """Who did it: after "by" or "from", else the last person before; "" where that is left open."""
    if keys[place] in sense.gerunds:
        return ""
    for at in range(place + 1, len(keys) - 1):
        if keys[at] in ("by", "from"):
            return sense.persons.get(keys[at + 1], "")
        if keys[at] not in sense.through:
            break
    passive = keys[place - 1 : place] and keys[place - 1] in sense.passive
    before = next((sense.persons[key] for key in reversed(keys[:place]) if key in sense.persons and not passive), "")
    return before or ("" if any(sense.persons.get(key) == "you" for key in keys) else "nobody")


def _following(keys: Sequence[str], place: int, sense: Sense, nouns: frozenset[str]) -> str:
    """With what it was done, if that follows, over words that only lead to it; else ""."""
    for key in keys[place + 1 :]:
        if _names(key, sense, nouns):
            return _meant(key, keys[:place], nouns)
        if key not in sense.through:
            break
    return ""


def _before(keys: Sequence[str], place: int, sense: Sense, nouns: frozenset[str]) -> str:
    """The last thing named before it; "" if nothing is."""
    places = [at for at in range(place) if _names(keys[at], sense, nouns)]
    return _meant(keys[places[-1]], keys[: places[-1]], nouns) if places else ""


def _names(key: str, sense: Sense, nouns: frozenset[str]) -> bool:
    return (
        key in _TITLES or key in sense.pronouns or key in nouns or key in ("<asked>", "<value>", "<words>", "<label>")
    )


def _meant(key: str, before: Sequence[str], nouns: frozenset[str]) -> str:
    """What a pronoun stands for: the title last named, else the explained item. "Film" is that item."""
    if key[0] == "<":
        return key
    if key in nouns:
        return "<title>"
    return next((one for one in reversed(before) if one in _TITLES), "<title>")
