"""A message falls into clauses; each performs an act. Structure decides where it can, the classifier elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understand.lexicon import Lexicon, Marked, Words
from bot.values import Act

_OPENS = frozenset(
    {
        "subject",
        "why",
        "why_not",
        "what_if",
        "compare",
        "facts",
        "dislike",
        "correct",
        "not",
        "relax",
        "hedge",
        "request",
    }
)
_OPENS_AFTER_AND = frozenset({"subject", "why", "why_not", "what_if", "dislike", "not"})
_ASKS = frozenset({"why", "why_not", "facts"})  # "why the first one, and something shorter"
_OPINION = frozenset({"like", "dislike", "seen", "rate", "good", "bad"})


@dataclass(frozen=True)
class Clause:
    """Words `start` to `end`, with the kinds of cue in them."""

    start: int
    end: int
    kinds: frozenset[str]
    question: bool = False  # ends in a question mark

    def holds(self, index: int) -> bool:
        """Whether the word stands in this clause."""
        return self.start <= index < self.end


@dataclass(frozen=True)
class Facts:
    """What is known of a clause when its act is decided."""

    words: Words  # without politeness at both ends
    items: int  # named or pointed at
    similar: bool  # items like one of them are wanted
    opinion: str | None  # what the speaker says of them: like, dislike, seen, rate
    conditions: bool  # on fields
    valued: str | None  # an opinion of a value: like, dislike
    noun: bool
    strange: int  # words that nothing explains
    relaxes: bool
    asks: bool  # begins like a question: "is", "does"
    searchable: bool  # most strange words stand in the catalogue's descriptions
    opens: bool  # its first word of content is the catalogue's: "headphones with ...", not "write about headphones"
    bounded: bool = False  # whether it sets a bound to a number, or a flag
    values: int = 0  # values of the catalogue that it names in full
    numbered: bool = False  # has a number in it
    others: bool = False  # says what somebody else likes, dislikes or has seen


def clauses(marked: Marked, masked: Sequence[bool], text: str) -> list[Clause]:
    """Cut at the ends of sentences, at "but", and at commas and "and" where a clause of its own begins."""
    starts = [0]
    for index in range(1, len(marked.words)):
        if masked[index] and masked[index - 1] and not marked.breaks[index]:
            continue
        cue = marked.cue(index)
        kinds = frozenset(cue.value) if cue is not None and cue.start == index else frozenset()
        lone = index - starts[-1] == 1 and "subject" in marked.kinds(starts[-1], index)  # the "I" of "I only have"
        opened = marked.breaks[index] or ("but" in kinds and "not" not in kinds and not lone)
        if marked.tokens[index].comma:
            others = cue is not None and "more" in kinds and cue.end - cue.start > 1  # "Heat was great, what else?"
            opened = opened or others or bool(_OPENS & kinds) or _opinion_follows(marked, index)
        previous = marked.cue(index - 1)
        if previous is not None and "and" in previous.value and previous.end == index:
            asked = bool(_ASKS & marked.kinds(starts[-1], index)) and "request" in kinds
            opened = opened or asked or bool(_OPENS_AFTER_AND & kinds) or _opinion_follows(marked, index)
        if opened:
            starts.append(index)
    out = []
    for start, end in zip(starts, [*starts[1:], len(marked.words)], strict=True):
        if end > start:
            gap = marked.tokens[end].gap if end < len(marked.words) else text[marked.tokens[-1].end :]
            kinds = frozenset(
                kind
                for cue in marked.cues
                for kind in cue.value
                if start <= cue.start < end and not all(masked[cue.start : cue.end])
            )
            out.append(Clause(start, end, kinds, "?" in gap))
    return out


def _opinion_follows(marked: Marked, index: int) -> bool:
    """ "didn't care for Casino", "hated it": an opinion without a subject. "Like" alone compares."""
    for ahead in range(index, min(index + 3, len(marked.words))):
        cue = marked.cue(ahead)
        if cue is None or cue.start != ahead:
            return False
        if {"like", "dislike", "seen", "rate"} & set(cue.value) and "similar" not in cue.value:
            return True
        if ahead == index and "deny" in cue.value:
            index_after = cue.end
            following = marked.cue(index_after)
            return following is not None and bool({"like", "dislike", "seen"} & set(following.value))
    return False


def stripped(words: Words, language: Lexicon) -> Words:
    """Without politeness at both ends, unless nothing else is there."""
    start, end = 0, len(words)
    while start < end and words[start] in language.politeness:
        start += 1
    while end > start and words[end - 1] in language.politeness:
        end -= 1
    return words[start:end] or words


def command(words: Words, language: Lexicon) -> Act | str | None:
    """The command that these words are as a whole."""
    for candidate in (words, stripped(words, language)):
        for name, phrases in language.commands.items():
            if candidate in phrases:
                return name
    return None


def structural(clause: Clause, facts: Facts, running: bool) -> tuple[Act | None, bool]:
    """The act that the structure says, and whether it leaves no doubt."""
    kinds = clause.kinds
    known = facts.items > 0
    plain = facts.strange == 0
    if "why_not" in kinds:
        return "why_not", known or plain
    if "what_if" in kinds and (known or facts.conditions):
        return "what_if", True
    if "compare" in kinds and facts.items > 1:
        return "compare", True
    if "why" in kinds and (known or plain):
        return "why", True
    if "why" in kinds and facts.conditions and not facts.noun:
        return None, False  # "explain black holes"
    if "profile" in kinds and not known:
        return "profile", True
    if "forget" in kinds and (known or ("everything" in kinds and plain) or (facts.valued and "subject" in kinds)):
        return "forget", True
    if facts.similar and ("request" in kinds or not kinds):
        return "recommend", True
    if facts.asks and known and clause.question:
        return "facts", True
    if facts.others:
        return ("refine" if running else "recommend"), True
    if {"choose", "accept"} & kinds and known and not facts.conditions:
        return "smalltalk", True
    if known and facts.opinion:
        return _act(facts.opinion), True
    if known and "facts" in kinds and not ({"request"} & kinds and not clause.question):
        return "facts", plain
    if "adjust" in kinds and running and facts.numbered and not known and facts.strange == 0:
        return "refine", True
    if facts.relaxes:
        return ("refine" if running else "recommend"), plain
    if "popular" in kinds and not known and not {"subject", "not"} & kinds:
        return "recommend", plain
    if facts.valued and not {"request", "more"} & kinds:
        return _act(facts.valued), plain
    if "request" in kinds or "similar" in kinds or "more" in kinds:
        return "recommend", plain and (facts.conditions or facts.noun or known or "more" in kinds)
    if facts.conditions:
        return ("refine" if running else "recommend"), plain
    if facts.noun and not {"facts"} & kinds:
        return ("refine" if running else "recommend"), plain
    if known and "not" in kinds and "seen" not in kinds and not clause.question:
        return "refine", True  # "not the first one"
    if known:
        return "facts", False
    if kinds & {"rewatch", "varied", "unfamiliar", "popular", "usual"}:
        return ("refine" if running else "recommend"), plain
    if "not" in kinds and facts.strange and not {"facts", "subject"} & kinds:
        return ("refine" if running else "recommend"), False  # "without nuts": a condition, if one that has no field
    return None, False


def _act(opinion: str) -> Act:
    if opinion == "like":
        return "like"
    if opinion == "dislike":
        return "dislike"
    if opinion == "unsaid":
        return "forget"
    return "rate" if opinion == "rate" else "seen"


def possible(act: Act, clause: Clause, facts: Facts, running: bool) -> bool:
    """Whether the classifier may say this act of the clause."""
    if act in ("like", "dislike", "seen", "rate"):
        return facts.items > 0 and bool(_OPINION & clause.kinds)
    if act in ("what_if", "compare", "why_not"):
        return facts.items > 0
    if act == "facts":
        return facts.items > 0
    if act == "answer":
        return False
    if act in ("undo", "restart"):
        return facts.strange == 0  # what takes everything back names nothing else
    if act == "refine":
        return running
    if act == "why":
        return facts.strange <= 1
    if act == "forget":
        return "forget" in clause.kinds
    return True
