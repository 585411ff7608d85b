"""A message while a question stands: whether it answers, with what, and what else it says in the same breath."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.understand import answers
from bot.understand.acts import stripped
from bot.understand.lexicon import Lexicon
from bot.understand.mentions import Mentions
from bot.understand.reading import Context, Reading
from bot.understand.references import References
from bot.understand.scope import MANNERS
from bot.understand.vocabulary import Catalogue, Vocabulary
from bot.values import Mention, Question, Understanding

_OPINIONS = frozenset({"like", "dislike", "seen", "rate"})
_SENTENCE = re.compile(r"(?<=[^\W\d_][.!?;])\s+(?=\w)")
_EMPTY = frozenset({"out_of_scope", "smalltalk", "help"})


def sentences(text: str) -> list[str]:
    """The sentences of a message, as far as punctuation tells."""
    return [part for part in _SENTENCE.split(text) if part.strip()]


def joined(message: str, answer: Understanding, rest: Understanding) -> Understanding:
    """One sentence's answer and what the others say, as one understanding."""
    others = tuple(act for act in rest.acts if act not in _EMPTY)
    return replace(
        rest,
        message=message,
        acts=tuple(dict.fromkeys((*answer.acts, *others))),
        mentions=(*rest.mentions, *answer.mentions),
        constraints=tuple(dict.fromkeys((*rest.constraints, *answer.constraints))),
        relaxed=tuple(dict.fromkeys((*rest.relaxed, *answer.relaxed))),
        preferred=answer.preferred,
        ignored=rest.ignored if others else answer.ignored,
    )


@dataclass(frozen=True)
class Answering:
    """Reads answers to the bot's questions about one catalogue."""

    catalogue: Catalogue
    mentions: Mentions
    vocabulary: Vocabulary
    language: Lexicon

    def read(
        self, message: str, reading: Reading, context: Context, whole: Callable[[], Understanding]
    ) -> Understanding | None:
        """The answer that the message gives, None if it gives none; `whole` understands it without the question."""
        question = context.question
        if question is None:
            return None
        said = reading.marked.words
        kinds = {kind for clause in reading.clauses for kind in clause.kinds}
        if question.field and kinds & (_OPINIONS | {"not"}) and any(t.reference and t.rows for t in reading.things):
            return None  # "not the first one, not the third either" is said of the list
        others = {"more"} & {kind for clause in reading.clauses for kind in clause.kinds}
        if context.shown and others and answers.indifferent(said, self.language) and (question.field or question.pair):
            return None  # "none of these" is said of the list, not of the question beside it
        if kinds & (MANNERS | {"usual"}) and answers.indifferent(said, self.language):
            return None  # "no more popular ones" is said of how the list is chosen
        words = said if answers.indifferent(said, self.language) else stripped(said, self.language)
        if not question.field:
            return self._of_items(message, reading, question, words, whole)
        answer = answers.of_field(words, question, reading.conditions, self.vocabulary, self.language)
        if answer is None:
            return None
        if answer.constraints:
            return Understanding(message, ("answer",), constraints=answer.constraints)
        if answer.relaxed is not None:
            return Understanding(message, ("answer",), relaxed=(answer.relaxed,))
        understood = whole()
        # "I love comedies" is firm where the genre was asked about, "ideally a comedy" is not.
        hedged = any("hedge" in cue.value for cue in reading.marked.cues)
        firm = tuple(
            replace(c, hard=True) if c.field == question.field and not hedged else c for c in understood.constraints
        )
        return replace(understood, acts=tuple(dict.fromkeys(("answer", *understood.acts))), constraints=firm)

    def _of_items(
        self,
        message: str,
        reading: Reading,
        question: Question,
        words: tuple[str, ...],
        whole: Callable[[], Understanding],
    ) -> Understanding | None:
        """Which title was meant, or which of a pair is closer."""
        readings = [self.mentions.option(option) for option in question.options]
        if not any(readings):
            return None
        options = [rows[0] for rows in readings if rows]
        unmasked = [False] * len(reading.masked)
        pointed = References(reading.marked, unmasked, self.vocabulary, self.language).read(options, None)
        named = [row for t in reading.things if not t.reference for row in t.rows]
        rows = [row for reference in pointed if not reference.unsure for row in reference.rows]
        kinds = frozenset(kind for clause in reading.clauses for kind in clause.kinds)
        row = answers.of_title(
            words, kinds, readings, question, named, rows, reading.conditions, self.catalogue, self.language
        )
        single = [row for reference in pointed if len(reference.rows) == 1 for row in reference.rows]
        picked = {row for row in (*single, *named) if row in question.pair}
        if row is None and len(picked) == 1 and not kinds & _OPINIONS:
            # "Closer to Heat, but newer": one of the pair is chosen, and more is said in the same breath.
            understood = whole()
            acts = tuple(dict.fromkeys(("answer", *(act for act in understood.acts if act != "facts"))))
            others = tuple(m for m in understood.mentions if not picked & set(m.items))
            return replace(understood, acts=acts, mentions=others, preferred=tuple(picked))
        if row is None:
            # Whoever does not care has picked none, and nothing is noted of any.
            return Understanding(message, ("answer",)) if answers.no_pick(words, kinds, self.language) else None
        if question.pair:
            return Understanding(message, ("answer",), preferred=(row,))
        return Understanding(message, ("answer",), (Mention(self.catalogue.items[row].title, (row,)),))
