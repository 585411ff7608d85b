"""What people have at hand or can bear is a limit: "my bus leaves in 40 minutes", "I lose interest past 300 pages"."""

from __future__ import annotations

from dataclasses import replace

from bot.understand.extremes import Bound
from bot.understand.quantities import Quantity
from bot.understand.surroundings import Surroundings

_SUBJECT = 4  # words that may stand between "my" and what is said of it
_VERB = 3  # words between "can't" and the number: "can't sit through more than"
_AT_HAND = frozenset({"time"})  # dimensions, beside money, that one has some of: "I have two hours"


def at_hand(bound: Bound, around: Surroundings, after: int) -> Bound:
    """The bound as an upper one where the words around say that the speaker has no more of it, or bears no more.

    The subject belongs to it ("my backpack is full at 2 kg" asks for no backpack), unless it is a companion; nothing
    before the word `after` does.
    """
    quantity = next((q for i in range(bound.start, bound.end) if (q := around.quantities.at(i))), None)
    if quantity is None or bound.direction is not None or bound.dates or not bound.ops:
        return bound
    start, end = _before(bound, quantity, around, after), _behind(bound, quantity, around)
    if start is None and end is None:
        return bound
    start = bound.start if start is None else start
    return replace(
        bound, start=_subject(start, around, after), end=end or bound.end, ops=(("<=", _most(bound, around)),)
    )


def _most(bound: Bound, around: Surroundings) -> float:
    """The end of a range that was said, the number itself where only the reader made one of it."""
    values = [value for _, value in bound.ops]
    said = [q for i in range(bound.start, bound.end) if (q := around.quantities.at(i))]
    numbers = around.vocabulary.number(bound.field)
    about = around.language.comparators.at(around.words, around.marked.breaks, bound.start)
    alone = said[0].in_unit(numbers.unit) if numbers is not None and said[0].end >= said[-1].end else None
    return max(values) if alone is None or (about is not None and "~" in about.value) else alone


def _before(bound: Bound, quantity: Quantity, around: Surroundings, after: int) -> int | None:
    """Where what says so begins before the bound."""
    hand, words, breaks = around.language.hand, around.words, around.marked.breaks
    lower = len(bound.ops) == 1 and bound.ops[0][0] in (">", ">=")
    for start in range(bound.start, max(after, bound.start - _SUBJECT - _VERB) - 1, -1):
        if start < bound.start and (breaks[start + 1] or around.marked.tokens[start + 1].comma):
            break
        for kind in ("bears", "has"):
            said = hand[kind].at(words, breaks, start)
            if said is None or said.end > quantity.start:
                continue
            if kind == "has" and (lower or not _spent(quantity, around)):
                continue  # "only films over two hours"
            # Comparators and small words only: "falls asleep after", "leaves in about".
            if said.end >= bound.start or all(
                w in around.language.function_words for w in words[said.end : bound.start]
            ):
                return min(start, bound.start)
        cue = around.marked.cue(start)
        unable = words[start] in around.language.words["unable"] and not (cue is not None and "not" in cue.value)
        if unable and lower and 0 < bound.start - start <= _VERB:
            return start
    return None


def _behind(bound: Bound, quantity: Quantity, around: Surroundings) -> int | None:
    """Where what says so ends behind the bound: "two hours to kill"."""
    if bound.end >= len(around.words) or around.marked.breaks[bound.end] or not _spent(quantity, around):
        return None
    said = around.language.hand["left"].at(around.words, around.marked.breaks, bound.end)
    return None if said is None else said.end


def _spent(quantity: Quantity, around: Surroundings) -> bool:
    return any(unit.dimension in around.language.money | _AT_HAND for unit in quantity.units)


def _subject(start: int, around: Surroundings, after: int) -> int:
    """ "My bus", "the babysitter": from the word that owns or points, if it stands close before."""
    sets = around.language.words
    for index in range(start - 1, max(after, start - _SUBJECT) - 1, -1):
        token = around.marked.tokens[index + 1]
        if token.breaks or token.comma or around.words[index] in sets["companions"]:
            return start
        if around.words[index] in sets["speaker"] | sets["definite"]:
            return index
    return start
