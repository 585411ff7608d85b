"""What a message wants besides conditions: others of the same, known ones again, or that something be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.understand.acts import Clause
from bot.understand.constraints import Conditions
from bot.understand.lexicon import Lexicon
from bot.understand.opinions import denied
from bot.understand.reading import Context, Reading
from bot.understand.stating import Found
from bot.understand.tokens import Match
from bot.values import Manner, Mention
from retrieval.schema import Constraint


def again(reading: Reading, language: Lexicon) -> bool:
    """Whether what is known already may come back, unless just that is refused: "nothing that I've already seen"."""
    cues = [c for c in reading.marked.cues if "rewatch" in c.value]
    refused = (reading.conditions.scopes.denied[c.start] or denied(reading.marked, c.start, language) for c in cues)
    return bool(cues) and not any(refused)


_BOUNDS = ("<", "<=", ">", ">=")
_WANTED = ("==", "in", "includes")
_FAR = 5  # times: a number further off moves no bound
_ADDS = frozenset({"and"})  # "actually, also Japanese"
_REFUSED: Mapping[Manner, tuple[Manner, ...]] = {"popular": ("unfamiliar",), "unfamiliar": ("popular",), "varied": ()}


@dataclass(frozen=True)
class Manners:
    """How the list is to be chosen, how no longer, and the words that say no more than that."""

    wanted: tuple[Manner, ...] = ()
    dropped: tuple[Manner, ...] = ()
    words: frozenset[int] = frozenset()


def manners(reading: Reading, context: Context, language: Lexicon) -> Manners:
    """ "Popular ones", "more variety", "hidden gems"; "nothing popular" is a contrary.

    What stands already is only dropped: "no more hidden gems" and, of hidden gems, "not so obscure" ask for nothing
    else, and "back to normal" drops whatever stands.
    """
    wanted: dict[Manner, None] = {}
    dropped: dict[Manner, None] = {}
    words: set[int] = set()
    for cue in reading.marked.cues:
        named = range(cue.start, cue.end)
        said = not any(reading.masked[i] for i in named)
        if "usual" in cue.value and said and not _refused(reading, cue, language):
            dropped |= dict.fromkeys(_REFUSED)
        for kind in (kind for kind in _REFUSED if kind in cue.value):
            ceased, refused = _ceased(reading, cue, language), _refused(reading, cue, language)
            stands = kind in context.manner
            if not said:
                continue
            if reading.conditions.scopes.relaxed[cue.start] or ceased or (refused and stands):
                dropped[kind] = None
                words |= set(named)
            elif not any(i in reading.conditions.consumed for i in named):  # else a condition, and no more
                wanted |= dict.fromkeys(_REFUSED[kind] if refused else (kind,))
    return Manners(tuple(wanted), tuple(dropped), frozenset(words))


def _refused(reading: Reading, cue: Match[list[str]], language: Lexicon) -> bool:
    """ "Nothing popular", "not so obscure", "less obscure"."""
    before = reading.marked.cue(cue.start - 1) if cue.start else None
    weakened = before is not None and bool({"decrease", "too"} & set(before.value))
    denies = denied(reading.marked, cue.start, language) or reading.conditions.scopes.excluded(cue.start)
    return weakened or denies


def _ceased(reading: Reading, cue: Match[list[str]], language: Lexicon) -> bool:
    """ "No more hidden gems", "enough with the popular stuff", "no hidden gems any more"."""
    marked = reading.marked
    for other in marked.cues:
        if "cease" in other.value and other.end <= cue.start:
            return all(language.empty(w) for w in marked.words[other.end : cue.start])
        if "ceased" in other.value and other.start >= cue.end:
            return all(language.empty(w) for w in marked.words[cue.end : other.start])
    return False


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


def corrected(found: Sequence[Found], reading: Reading, standing: Sequence[Constraint]) -> tuple[str, ...]:
    """ "Actually Japanese", "make that silver", where another value of a field with several was asked for: that one no
    longer matters."""
    corrections = [k for k in reading.clauses if "correct" in k.kinds and not k.kinds & _ADDS]
    stated = [f.constraint for f in found if any(k.holds(f.start) for k in corrections)]
    new = {c.field for c in stated if c.op in ("includes", "in")}
    said = {value for f in found for value in _several(f.constraint)}
    old = (c for c in standing if c.op in ("includes", "in") and c.field in new)
    return tuple(dict.fromkeys(str(value) for c in old for value in _several(c) if value not in said))


def adjusted(
    found: Sequence[Found], reading: Reading, standing: Sequence[Constraint], language: Lexicon
) -> list[Found]:
    """ "Let's say 300 pages", "make it 15": a number alone moves the bound that stands."""
    marked = reading.marked
    cue = next((c for c in marked.cues if "adjust" in c.value and c.end < len(marked.words)), None)
    accepted = (c for c in marked.cues if {"accept", "relax"} & set(c.value) and marked.words[c.start - 1].isdigit())
    cue = cue or next((replace(c, end=c.start - 1) for c in accepted if c.start), None)  # "120 is fine too"
    sides = {c.field: c for c in standing if c.op in _BOUNDS and isinstance(c.value, int | float)}
    sides = {name: c for name, c in sides.items() if sum(c.field == name for c in standing) == 1}
    if cue is None or not sides or language.comparators.at(marked.words, marked.breaks, cue.end) is not None:
        return list(found)  # "let's say around 300" has a side of its own
    at = [f for f in found if f.start == cue.end and f.constraint.field in sides]
    values = [float(f.constraint.value) for f in at if isinstance(f.constraint.value, int | float)]
    others = [f for f in found if f not in at]
    if values:
        old, value, end = sides[at[0].constraint.field], sum(values) / len(values), at[0].end
    else:
        word, end = marked.words[cue.end], cue.end + 1
        number = float(word) if word.isdigit() else language.numbers.get(word)
        beside = marked.kinds(end, end + 1) if end < len(marked.words) else frozenset[str]()
        if number is None or "more" in beside or (end < len(marked.words) and not language.empty(marked.words[end])):
            return list(found)
        standing_at = list(sides.values())[-1].value
        if not (isinstance(standing_at, int | float) and abs(standing_at) / _FAR <= number <= abs(standing_at) * _FAR):
            return list(found)  # "ok, 2" of a price of 60 is none
        old, value = list(sides.values())[-1], number
    return [*others, Found(replace(old, value=int(value) if value == int(value) else value), cue.end, end)]


def widened(
    found: Sequence[Found], reading: Reading, standing: Sequence[Constraint], language: Lexicon
) -> tuple[list[Found], tuple[str, ...]]:
    """ "Or B", "Riverside would be fine too": a further choice beside the one that stands, and what that was."""
    marked, out, gone = reading.marked, list(found), dict[str, None]()
    opens = "or" in marked.kinds(0, 1)
    for place, one in enumerate(out):
        kinds = marked.kinds(one.end, len(marked.words))
        also = bool(language.words["too"] & set(marked.words[one.end :]) and kinds & {"accept", "wish", "relax"})
        old = [c for c in standing if c.field == one.constraint.field and c.op in _WANTED]
        if (opens or also) and one.constraint.op in _WANTED and len(old) == 1 and not isinstance(old[0].value, bool):
            values = tuple(dict.fromkeys(map(str, (*_several(old[0]), *_several(one.constraint)))))
            out[place] = replace(one, constraint=Constraint(one.constraint.field, "in", values, one.constraint.hard))
            gone |= dict.fromkeys(str(value) for value in _several(old[0]))
    return out, tuple(gone)


def _several(constraint: Constraint) -> tuple[object, ...]:
    return constraint.value if isinstance(constraint.value, tuple) else (constraint.value,)


def refuses(old: Constraint, new: Constraint) -> bool:
    values = old.value if isinstance(old.value, tuple) else (old.value,)
    return old.field == new.field and old.op in ("excludes", "!=", "not_in") and new.value in values
