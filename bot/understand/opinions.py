"""What the speaker says of each item they name: its own sentiment, a rating, or only that more like it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.understand.acts import Clause
from bot.understand.companions import Subject, mentioned, of_another, reported
from bot.understand.lexicon import Lexicon, Marked, speaks
from bot.understand.tokens import fraction
from bot.values import Sentiment
from retrieval.schema import Schema

Opinion = Literal["like", "dislike", "seen", "rate", "unsaid"]
UNDECLARED = (0.0, 2.5, 5.0)  # lowest, neutral and highest rating where the schema has none
_NEUTRAL = frozenset({"why", "why_not", "what_if", "compare", "forget", "profile"})
_GOVERNS = frozenset({"like", "dislike", "seen", "rate", "similar", "facts", "request", "than"})


@dataclass(frozen=True)
class Thing:
    """Words `start` to `end` mean items: a title (`rows` as in Mention) or a reference to what was shown."""

    start: int
    end: int
    rows: tuple[int, ...]
    text: str
    reference: bool = False
    unsure: bool = False  # a reference that may mean any one of its rows


@dataclass(frozen=True)
class Rating:
    """Words `start` to `end` are a rating, in the schema's own scale where it has one."""

    start: int
    end: int
    value: float


_OUT_OF = (4, 5, 6, 10, 20, 100)  # what people rate out of


@dataclass(frozen=True)
class Said:
    """What is said of a thing."""

    thing: Thing
    opinion: Opinion | None = None
    sentiment: Sentiment = "neutral"
    rating: float | None = None
    similar: bool = False
    unwanted: bool = False  # refused in a request: "something, but not Heat"
    others: bool = False  # the taste of whoever comes along: it steers the list, and is none of the speaker's


class Opinions:
    """Reads the opinions of one message."""

    def __init__(self, marked: Marked, masked: Sequence[bool], schema: Schema, language: Lexicon) -> None:
        self.marked, self.masked, self.schema, self.language = marked, masked, schema, language

    def ratings(self) -> list[Rating]:
        """ "4 stars", "4.5/5", "8 out of 10": numbers that are ratings by their form."""
        out: list[Rating] = []
        index = 0
        while index < len(self.marked.words):
            found = None if self.masked[index] else self.rating_at(index)
            if found is not None:
                out.append(found)
            index = found.end if found is not None else index + 1
        return out

    def bounded(self, rating: Rating) -> bool:
        """ "at least 4 stars", "4 stars or more": a bound on what others rated."""
        words, breaks, over = self.marked.words, self.marked.breaks, {"<", "<=", ">", ">="}
        before = (self.language.comparators.at(words, breaks, i) for i in range(max(0, rating.start - 3), rating.start))
        after = self.language.comparators_after.at(words, breaks, rating.end) if rating.end < len(words) else None
        return any(m is not None and m.end == rating.start and over & set(m.value) for m in before) or (
            after is not None and bool(over & set(after.value))
        )

    def rating_at(self, index: int) -> Rating | None:
        """The rating that begins with this word."""
        words = self.marked.words
        value = self.number_at(index)
        if value is None:
            return None
        end = index + 1
        sets = self.language.words
        if self._word(end) in sets["joining"]:  # "three and a half stars"
            behind = end + 1 + (self._word(end + 1) in sets["article"])
            if self._word(behind) in sets["half"]:
                value, end = value + 0.5, behind + 1
        elif share := fraction(self.marked.tokens, end):  # "3 1/2 stars"
            value, end = value + share, end + 2
        unit = self._word(end) in self.language.rating_units and self._word(end).isalpha()
        end += unit
        out_of: float | None = None
        if end < len(words) and self.marked.tokens[end].gap.strip() == "/":
            out_of, end = self.number_at(end), end + 1
        else:
            joint = self.language.out_of.at(words, self.marked.breaks, end) if end < len(words) else None
            if joint is not None:
                out_of, end = self.number_at(joint.end), joint.end + 1
        if self._word(end) in self.language.rating_units and self._word(end).isalpha():
            end += 1
        if not unit and (out_of is None or not self._rates(out_of)):
            return None
        return Rating(index, min(end, len(words)), round(on_scale(value, out_of, self.schema), 2))

    def _rates(self, out_of: float) -> bool:
        """Whether people rate out of so many: 8/10 is a rating, 9/11 and 1/3 are not."""
        return out_of in _OUT_OF or (self.schema.rating is not None and out_of == self.schema.rating[2])

    def of(self, thing: Thing, clause: Clause, ratings: Sequence[Rating], asks: bool) -> Said:
        """What the clause says of the thing."""
        if clause.kinds & _NEUTRAL or asks:
            compared = not clause.kinds & _NEUTRAL and "request" in clause.kinds and self._before(thing, clause)[1]
            return Said(thing, similar=bool(compared))
        inside = [r for r in ratings if clause.start <= r.start < clause.end]
        rating = next((r for r in inside if r.start >= thing.end), inside[-1] if inside else None)
        before, similar = self._before(thing, clause)
        if (
            rating is not None
            and not similar
            and ("rate" in clause.kinds or before is None or before in ("like", "dislike", "seen"))
        ):
            return Said(thing, "rate", sentiment_of(rating.value, self.schema), rating.value)
        predicate = self._predicate(thing, clause) if not similar else None
        own = predicate is not None and (before in (None, "seen") or self._subject(thing))
        opinion = predicate if own else before
        other = self._of_another(thing, clause)
        if other:
            together = opinion is not None and other == "companion"
            return Said(
                thing,
                similar=similar or (together and opinion == "like"),
                unwanted=together and opinion in ("dislike", "seen"),
                others=together,
            )
        if opinion is None and not similar and self._unsaid(thing, clause):
            return Said(thing, "unsaid")
        if opinion is None or opinion == "rate" or opinion == "unsaid":
            refused = opinion is None and self._refused(thing, clause)
            return Said(thing, similar=similar and not refused, unwanted=refused)
        return Said(thing, opinion, opinion)

    def _of_another(self, thing: Thing, clause: Clause) -> Subject:
        """ "My wife loved Heat", "everyone says Heat is great", "Heat is my husband's favourite"."""
        verbs = [c.start for c in self.marked.cues if clause.start <= c.start < thing.start and _GOVERNS & set(c.value)]
        if verbs and (other := of_another(self.marked, verbs[-1], self.language)):
            return other
        if any(self._theirs(i) for i in range(thing.end, clause.end)):
            return "companion"
        return "public" if reported(self.marked, clause.start, thing.start, self.language) else ""

    def _theirs(self, index: int) -> bool:
        return "'" in self.marked.tokens[index].text and mentioned(self.marked, index, self.language)

    def _refused(self, thing: Thing, clause: Clause) -> bool:
        """ "Not Heat", "other than Heat or Casino", "nothing like Heat": a "not" with nothing but items behind it."""
        index = thing.start - 1
        while index >= clause.start:
            cue = self.marked.cue(index)
            kinds = set(cue.value) if cue is not None else set()
            if cue is not None and "not" in kinds:
                behind = self.marked.tokens[cue.start + 1 : cue.end + 1]
                return not any(token.comma for token in behind)  # "no, more like Heat"
            plain = not kinds or kinds & {"similar", "or", "and", "than"}
            if not plain or not (self.masked[index] or self.language.empty(self.marked.words[index])):
                return False
            index = cue.start - 1 if cue is not None else index - 1
        return False

    def _unsaid(self, thing: Thing, clause: Clause) -> bool:
        """ "I didn't hate Heat", "I haven't seen it": whatever was noted before, this takes it back."""
        for cue in reversed(self.marked.cues):
            if clause.start <= cue.start and cue.end <= thing.start and {"dislike", "seen"} & set(cue.value):
                return denied(self.marked, cue.start, self.language)
        return False

    def _subject(self, thing: Thing) -> bool:
        """ "Heat was boring": the thing stands right before its own verb."""
        cue = self.marked.cue(thing.end)
        return cue is not None and "copula" in cue.value and cue.start == thing.end

    def alone(self, clause: Clause) -> Literal["like", "dislike", "seen"] | None:
        """The opinion of a clause that names nothing: a verb of the speaker's, or "was great"."""
        opens = self.marked.words[clause.start] in self.language.words["question_openers"]
        for cue in self.marked.cues:
            kinds = set(cue.value)
            if not clause.start <= cue.start < clause.end:
                continue
            turned = denied(self.marked, cue.start, self.language)
            if "dislike" in kinds:
                return None if turned else "dislike"
            plain = "similar" not in kinds and self.marked.words[cue.start] not in self.language.words["tastes"]
            if "like" in kinds and (plain or speaks(self.marked.words, cue.start, self.language)):
                return "dislike" if turned else "like"
            if "seen" in kinds and not turned:
                return "seen"
            whole = cue.start == clause.start and cue.end == clause.end  # "not for me" and nothing else
            if (opens or (whole and "bad" in kinds)) and kinds & {"good", "bad"}:
                return "like" if ("good" in kinds) != turned else "dislike"
        return None

    def _before(self, thing: Thing, clause: Clause) -> tuple[Opinion | None, bool]:
        """The verb whose object the thing is, and whether it only serves as a comparison."""
        alike = self.language.words["as"]
        if self._word(thing.start - 1) in alike and alike & set(self.marked.words[clause.start : thing.start - 1]):
            return None, True  # "as funny as Airplane"
        for cue in reversed(self.marked.cues):
            kinds = _GOVERNS & set(cue.value)
            if not kinds or cue.end > thing.start or cue.start < clause.start or self.masked[cue.start]:
                continue
            if "similar" in kinds and not ({"like"} & kinds and speaks(self.marked.words, cue.start, self.language)):
                return None, True
            if kinds & {"facts", "request", "than"} and not kinds & {"like", "dislike", "seen"}:
                if kinds & {"request"} and cue.value == ["request"] and self._opinion_before(cue.start, clause):
                    continue
                return None, False
            turned = denied(self.marked, cue.start, self.language)
            if any("not" in c.value and cue.end <= c.start < thing.start for c in self.marked.cues):
                turned = not turned  # "I liked the second but not the third"
            if "dislike" in kinds:
                return ("dislike" if not turned else None), False
            if "like" in kinds:
                return ("dislike" if turned else "like"), False
            if "seen" in kinds:
                return ("seen" if not turned else None), False
            return "rate", False
        return None, False

    def _opinion_before(self, index: int, clause: Clause) -> bool:
        kinds = self.marked.kinds(clause.start, index)
        return bool(kinds & {"like", "dislike", "seen"})

    def _predicate(self, thing: Thing, clause: Clause) -> Opinion | None:
        """ "Heat was great", "wasn't that bad": what is said after the thing."""
        for cue in self.marked.cues:
            kinds = {"good", "bad", "like", "dislike"} & set(cue.value)
            if not kinds or cue.start < thing.end or cue.end > clause.end or "similar" in cue.value:
                continue
            good = bool(kinds & {"good", "like"}) != denied(self.marked, cue.start, self.language)
            return "like" if good else "dislike"
        return None

    def number_at(self, index: int) -> float | None:
        """The number that this word is."""
        word = self._word(index)
        if word[:1].isdigit():
            return float(word)
        number = self.language.numbers.get(word)
        return None if number is None else float(number)

    def _word(self, index: int) -> str:
        return self.marked.words[index] if 0 <= index < len(self.marked.words) else ""


def on_scale(value: float, out_of: float | None, schema: Schema) -> float:
    """A rating as said ("8 out of 10") on the schema's scale; from 0 to 5 where it has none."""
    low, _, high = schema.rating or UNDECLARED
    return min(max(value * high / out_of if out_of else value, low), high)


def sentiment_of(rating: float, schema: Schema) -> Sentiment:
    """What a rating on the schema's scale says of the item; around the middle, only that it is known."""
    neutral, margin = (schema.rating[1], 0.0) if schema.rating else (UNDECLARED[1], 0.05 * UNDECLARED[2])
    return "like" if rating > neutral + margin else "dislike" if rating < neutral - margin else "seen"


def denied(marked: Marked, index: int, language: Lexicon) -> bool:
    """Whether the word at `index` is turned around by a "not" before it, with only adverbs between."""
    turned = False
    back = index - 1
    while back >= max(0, index - 6):
        cue = marked.cue(back)
        if cue is not None and "deny" in cue.value:
            turned = not turned
            back = cue.start - 1
            continue
        if marked.words[back] not in language.words["adverbs"] and not (
            cue is not None and {"too", "increase", "decrease"} & set(cue.value)
        ):
            return turned
        back -= 1
    return turned
