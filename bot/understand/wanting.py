"""What a message wants besides conditions: others of the same, known ones again, or that something be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.understand.acts import Clause
from bot.understand.constraints import Conditions
from bot.understand.lexicon import Lexicon
from bot.understand.opinions import denied
from bot.understand.reading import Context, Reading
from bot.values import Manner, Mention
from retrieval.schema import Constraint


def again(reading: Reading, language: Lexicon) -> bool:
    """Whether what is known already may come back, unless just that is refused: "nothing that I've already seen"."""
    cues = [c for c in reading.marked.cues if "rewatch" in c.value]
    refused = (reading.conditions.scopes.denied[c.start] or denied(reading.marked, c.start, language) for c in cues)
    return bool(cues) and not any(refused)


_ADDS = frozenset({"and"})  # "actually, also Japanese"
_REFUSED: Mapping[Manner, tuple[Manner, ...]] = {"popular": ("unfamiliar",), "unfamiliar": ("popular",), "varied": ()}


def manner(reading: Reading, language: Lexicon) -> tuple[Manner, ...]:
    """How the list is to be chosen: "popular ones", "more variety", "hidden gems"; "nothing popular" is a contrary."""
    found: dict[Manner, None] = {}
    for kind, at in _manners(reading):
        refused = reading.conditions.scopes.excluded(at) or denied(reading.marked, at, language)
        if not reading.conditions.scopes.relaxed[at]:
            found |= dict.fromkeys(_REFUSED[kind] if refused else (kind,))
    return tuple(found)


def usual_again(reading: Reading) -> tuple[Manner, ...]:
    """What is no longer to choose the list: "never mind the hidden gems"."""
    return tuple(kind for kind, at in _manners(reading) if reading.conditions.scopes.relaxed[at])


def _manners(reading: Reading) -> Iterator[tuple[Manner, int]]:
    """Manners with where they are named; words that name a value or compare a field are a condition and no more."""
    for cue in reading.marked.cues:
        if not any(reading.masked[i] or i in reading.conditions.consumed for i in range(cue.start, cue.end)):
            yield from ((kind, cue.start) for kind in _REFUSED if kind in cue.value)


def more(reading: Reading, context: Context) -> bool:
    """Whether other items of the same request are wanted, rather than a request of its own."""
    if not context.shown:
        return False
    marked = reading.marked
    for cue in marked.cues:
        relaxing = any("relax" in c.kinds for c in reading.clauses if c.holds(cue.start))
        if "more" in cue.value and not reading.masked[cue.start] and not relaxing:
            compares = (
                "increase" in cue.value and cue.end < len(marked.words) and cue.end in reading.conditions.consumed
            )
            if not compares or cue.end - cue.start > 1:
                return True
    return False


def forgotten(
    forgetting: Sequence[Clause], conditions: Conditions, said: Sequence[Mention], reading: Reading
) -> tuple[str, ...]:
    """Values and fields to forget; the words themselves when they name nothing, so that not all is forgotten."""
    if not forgetting:
        return ()
    inside = [h for h in conditions.hits if any(c.holds(h.start) for c in forgetting)]
    named = dict.fromkeys(v for h in inside for v in h.sense.values)
    if named or said:
        return tuple(named)
    named |= dict.fromkeys(b.field for b in conditions.bounds if any(c.holds(b.start) for c in forgetting))
    named |= dict.fromkeys(v for v, at in conditions.relaxed if any(c.holds(at) for c in forgetting))
    if named or any("everything" in c.kinds for c in forgetting):
        return tuple(named)
    tokens = reading.marked.tokens
    return tuple(reading.text[tokens[c.start].start : tokens[c.end - 1].end] for c in forgetting)


def corrected(
    found: Sequence[Constraint], places: Sequence[int], reading: Reading, standing: Sequence[Constraint]
) -> tuple[str, ...]:
    """ "Actually Japanese", "make that silver", where another value of a field with several was asked for: that one no
    longer matters. `places` are where the conditions are stated."""
    new = {
        c.field
        for c, at in zip(found, places, strict=True)
        if c.op in ("includes", "in")
        and any(k.holds(at) and "correct" in k.kinds and not k.kinds & _ADDS for k in reading.clauses)
    }
    said = {value for c in found for value in _several(c)}
    old = (c for c in standing if c.op in ("includes", "in") and c.field in new)
    return tuple(dict.fromkeys(str(value) for c in old for value in _several(c) if value not in said))


def _several(constraint: Constraint) -> tuple[object, ...]:
    return constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)


def refuses(old: Constraint, new: Constraint) -> bool:
    values = old.value if isinstance(old.value, tuple) else (old.value,)
    return old.field == new.field and old.op in ("excludes", "!=", "not_in") and new.value in values
