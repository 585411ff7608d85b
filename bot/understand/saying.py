"""What a message says of each item, its own clause deciding, and of items it does not even name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.understand.acts import Clause
from bot.understand.lexicon import Lexicon
from bot.understand.opinions import Opinions, Said, Thing
from bot.understand.pointing import pointed
from bot.understand.reading import Context, Reading
from bot.understand.scope import MANNERS
from retrieval.schema import Schema

_NOT_IMPLIED = frozenset(
    {"request", "more", "facts", "relax", "why", "why_not", "profile", "forget", "rewatch", "accept"}
)


class Sayings:
    """Brings things and clauses together; knows one catalogue's schema."""

    def __init__(self, schema: Schema, language: Lexicon) -> None:
        self._schema, self.language = schema, language

    def read(self, reading: Reading, context: Context) -> list[Said]:
        """What is said of everything named, pointed at, or understood."""
        said = [self._said(thing, reading) for thing in reading.things]
        return said + self._implied(reading, said, context)

    def _said(self, thing: Thing, reading: Reading) -> Said:
        clause = next(c for c in reading.clauses if c.holds(thing.start))
        opinions = Opinions(reading.marked, reading.masked, self._schema, self.language)
        said = opinions.of(thing, clause, reading.ratings, self._asks(clause, reading))
        return replace(said, similar=True) if said == Said(thing) and self._but(clause, reading) else said

    def _but(self, clause: Clause, reading: Reading) -> bool:
        """ "Alien but funnier", "Heat, but with more romance": an item alone, and what is to be different."""
        following = next((c for c in reading.clauses if c.start == clause.end), None)
        if clause.kinds or following is None or "but" not in reading.marked.kinds(following.start, following.start + 1):
            return False
        conditions = reading.conditions
        starts = [hit.start for hit in conditions.hits] + [bound.start for bound in conditions.bounds]
        starts += [critique.start for critique in conditions.critiques]
        return any(map(following.holds, starts))

    def _implied(self, reading: Reading, said: Sequence[Said], context: Context) -> list[Said]:
        """ "Loved it", "wasn't bad at all": an opinion that names nothing is of what was talked about last."""
        out: list[Said] = []
        opinions = Opinions(reading.marked, reading.masked, self._schema, self.language)
        for clause in reading.clauses:
            named = any(clause.holds(s.thing.start) for s in said)
            starts = [h.start for h in reading.conditions.hits] + [b.start for b in reading.conditions.bounds]
            conditions = any(map(clause.holds, starts))
            if named or conditions or clause.kinds & _NOT_IMPLIED:
                continue
            opinion = opinions.alone(clause)
            kinds = pointed(clause, reading.conditions.found, reading.marked, self.language)
            if opinion is None or kinds or self._of_another(clause, reading):
                continue  # "musicals? I hate those" is of what the message named
            rows = (context.focus,) if context.focus is not None else context.shown
            text = reading.text[reading.marked.tokens[clause.start].start : reading.marked.tokens[clause.end - 1].end]
            thing = Thing(clause.start, clause.start, rows, text, True, len(rows) > 1)
            out.append(Said(thing, opinion, opinion))
        return out

    def _of_another(self, clause: Clause, reading: Reading) -> bool:
        """ "I hate Jim Carrey", "I liked inception": the verb has an object, if one that nobody here knows."""
        marked = reading.marked
        for cue in marked.cues:
            if not clause.start <= cue.start or not cue.end < clause.end:
                continue
            owned = marked.words[cue.end] in self.language.words["article"] | self.language.words["mine"]
            if "seen" in cue.value and owned:
                return True  # "I had a rough day"
            if {"like", "dislike"} & set(cue.value):
                word, token = marked.words[cue.end], marked.tokens[cue.end]
                following = marked.cue(cue.end)
                if following is not None and MANNERS & set(following.value):
                    return True  # "I'm tired of popular ones" is said of how the list is chosen
                explained = following is not None or cue.end in reading.conditions.consumed
                if not (explained or token.comma or self.language.empty(word)) and word[:1].isalpha():
                    return True
        return False

    def _asks(self, clause: Clause, reading: Reading) -> bool:
        """ "Is Heat good?", "would I like Heat?": a question states no opinion."""
        openers = self.language.words["question_openers"]
        return clause.question and reading.marked.words[clause.start] in openers
