"""Message -> Understanding. Read this first: one message from top to bottom.

    clean -> words and cues -> titles -> references -> conditions -> clauses -> acts -> what nothing can answer

The language's words come from `prompts/lexicon`, the intent examples from `prompts/intents`, everything else from the
catalogue's schema and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from bot.understand.acts import Clause, clauses, command, stripped
from bot.understand.answering import Answering, joined, sentences
from bot.understand.assembling import Assembling
from bot.understand.clean import clean
from bot.understand.constraints import Conditions, ConstraintReader
from bot.understand.counts import count_of
from bot.understand.deciding import ActReader
from bot.understand.extremes import furthest
from bot.understand.foreign import foreign
from bot.understand.forms import respelled
from bot.understand.ignored import strange
from bot.understand.inquiries import inquiry
from bot.understand.intent import Encoder, IntentClassifier, examples
from bot.understand.lexicon import Lexicon, Marked, lexicon
from bot.understand.lines import parted
from bot.understand.mentions import Mentions
from bot.understand.naming import Named
from bot.understand.opinions import Opinions, Rating, Thing
from bot.understand.pointing import turned
from bot.understand.questions import Questions
from bot.understand.rated import Rated, plain_years
from bot.understand.reading import Context, Reading
from bot.understand.references import Reference, References, described
from bot.understand.saying import Sayings
from bot.understand.spelling import Spelling
from bot.understand.things import compared, things
from bot.understand.titles import Titles
from bot.understand.tokens import Match, tokenize
from bot.understand.vocabulary import Catalogue, Vocabulary, vocabulary
from bot.values import Act, Mention, Understanding
from retrieval.schema import Item

NOTHING = Context()
"""A conversation that has not begun."""
_POINTS = frozenset({"like", "dislike", "seen", "rate", "why", "why_not", "facts", "good", "bad"})


class Reader:
    """Understands messages about one catalogue. Built once (a few seconds for 200,000 items), shared by all users."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, cache: Path | None = None) -> None:
        """`cache` is a folder that keeps the intent examples' embeddings between processes."""
        self.catalogue = catalogue
        self.language: Lexicon = lexicon()
        self.vocabulary: Vocabulary = vocabulary(catalogue, self.language)
        titles = Titles(catalogue.items, catalogue.counts, self.language)
        self.mentions = Mentions(catalogue, titles, self.vocabulary, self.language)
        self._constraints = ConstraintReader(catalogue, self.vocabulary, self.language)
        intents = IntentClassifier(examples(catalogue.schema), encoder, cache)
        self._deciding = ActReader(intents, self.vocabulary, self.language)
        self._answering = Answering(catalogue, self.mentions, self.vocabulary, self.language)
        self._spelling = Spelling(
            self.language.said(),
            self.vocabulary.said(),
            _written(catalogue.items),
            self.language.turning(),
            self.vocabulary.valued(),
        )
        self._assembling = Assembling(catalogue, self.vocabulary, self.language)
        self._sayings = Sayings(catalogue.schema, self.language)
        self._questions = Questions(catalogue.schema, self._inside, lru_cache(64)(self.mentions.hidden))

    def read(self, message: str, context: Context = NOTHING) -> Understanding:
        """What the message says. Any text at all gives an Understanding; nothing in it is ever carried out."""
        text = respelled(clean(message))
        text = self._spelling.corrected(text, self.mentions.places(text))
        text = self._rated(text)
        marked = self.mentions.mark(text)
        if not marked.words:
            return Understanding(message, ("smalltalk",) if text else ("help",))
        if self.language.injections.all(marked.words, marked.breaks):
            return Understanding(message, ("out_of_scope",))
        return self._questions.of(message, text, context) or self._inside(message, context, text)

    def _rated(self, text: str) -> str:
        """The text with its ratings in one form."""
        text = plain_years(text)
        marked = self.mentions.mark(text)
        return Rated(text, marked, self.mentions.titles, self.vocabulary, self.language).rewritten()

    def _inside(self, message: str, context: Context, text: str = "") -> Understanding:
        """The same for what is no question about the bot's reasoning, and for what stands inside one."""
        text = text or message
        marked = self.mentions.mark(text)
        if not marked.words:
            return Understanding(message, ("smalltalk",))
        named = bool(marked.names) or '"' in text  # "Yes, Madam" and "Next" may be titles
        told = None if named else command(marked.words, self.language)
        if told is not None and context.question is None:
            return self._command(message, told, context)
        reading = self._read(text, marked, context)
        if not any(t.rows for t in reading.things) and foreign(marked, reading.conditions.consumed):
            return Understanding(message, ("out_of_scope",))
        if (asked := inquiry(reading, context, self.vocabulary, self.language)) is not None:
            return Understanding(message, ("facts",), self._titles(asked.rows), inquiry=asked)
        answer = self._answer(message, text, reading, context)
        if answer is not None:
            return answer
        if told is not None:
            return self._command(message, told, context)
        if context.question is not None and not context.shown and _opines(reading):
            # "I hated the first one" is said of the titles asked about.
            options = [self.mentions.option(option) for option in context.question.options]
            reading = self._read(text, marked, replace(context, shown=tuple(rows[0] for rows in options if rows)))
        row = self._picked(reading, context)
        if row is not None:
            return Understanding(message, ("facts",), self._titles((row,)))
        return self._understood(message, reading, context)

    def _picked(self, reading: Reading, context: Context) -> int | None:
        """ "Which of these is the shortest?": the one of the list that was shown, or of the items named."""
        marked = reading.marked
        words = stripped(marked.words, self.language)
        directed = [b for b in reading.conditions.bounds if b.direction is not None and b.direction.degree != "base"]
        if len(directed) != 1 or len(words) < 3 or words[0] not in self.language.words["which"]:
            return None
        start = marked.words.index(words[0])
        if self.vocabulary.nouns.at(marked.words, marked.breaks, start + 1) and not reading.things:
            return None  # "which film is the shortest?" asks for one
        rows = [row for t in reading.things for row in t.rows] or list(context.shown)
        bound, numbers = directed[0], self.vocabulary.number(directed[0].field)
        assert bound.direction is not None
        return furthest(bound.direction, numbers, rows) if numbers is not None and len(rows) > 1 else None

    # -- from the message to its parts -----------------------------------------------------------------------------

    def _read(self, text: str, marked: Marked, context: Context) -> Reading:
        masked = [False] * len(marked.words)
        ahead = References(marked, masked, self.vocabulary, self.language).read(context.shown, context.focus)
        named = self.mentions.find(text, marked, [(r.start, r.end) for r in ahead if not r.pronoun])
        lines, named = parted(named, marked, self.catalogue, self.vocabulary, self.language)
        _mask(masked, [*named, *lines])
        marked = marked.apart([(n.start, n.end) for n in (*named, *lines) if n.rows])
        opinions = Opinions(marked, masked, self.catalogue.schema, self.language)
        pointing = [*masked]
        for cue in marked.cues:
            if "vein" in cue.value:
                _mask(pointing, [cue])
        references = References(marked, pointing, self.vocabulary, self.language)
        found = things(text, marked, named, references, context)
        rates = any("rate" in cue.value for cue in marked.cues) or bool(found)
        ratings = [r for r in opinions.ratings() if found or not opinions.bounded(r)] if rates else []
        _mask(masked, [t for t in found if t.reference])
        _mask(masked, ratings)
        conditions = self._constraints.read(
            marked,
            masked,
            context.question.field if context.question else "",
            compared(found, marked, context),
            [(t.start, t.end, t.rows[0]) for t in found if len(t.rows) == 1],
            None,
            context.constraints,
        )
        cut = clauses(marked, masked, text)
        conditions, found = turned(conditions, cut, found, opinions, self.catalogue.schema, self.language)
        conditions, pointed = self._described(text, marked, conditions, cut, context)
        found = sorted((*found, *pointed), key=lambda t: t.start)
        return Reading(text, marked, tuple(found), tuple(masked), tuple(ratings), conditions, tuple(cut), tuple(lines))

    def _described(
        self, text: str, marked: Marked, conditions: Conditions, cut: Sequence[Clause], context: Context
    ) -> tuple[Conditions, list[Thing]]:
        """ "I've seen the western", "why the 1933 one?": a condition that points at what was shown."""
        out: list[Thing] = []
        pointing = [c for c in cut if c.kinds & _POINTS and not c.kinds & {"request"}]
        gone: set[int] = set()
        for found in conditions.found if context.shown else ():
            if not any(c.holds(found.start) for c in pointing) or not described(marked, found.start, self.language):
                continue
            fits = self.catalogue.matches(found.constraint)
            rows = tuple(row for row in context.shown if fits[row])
            if rows and found.constraint.op in ("includes", "==", "in"):
                words = text[marked.tokens[found.start].start : marked.tokens[found.end - 1].end]
                out.append(Thing(found.start, found.end, rows, words, True, len(rows) > 1))
                gone.add(found.start)
        kept = tuple(f for f in conditions.found if f.start not in gone)
        hits = tuple(h for h in conditions.hits if h.start not in gone)
        return replace(conditions, found=kept, hits=hits), out

    # -- answers and commands --------------------------------------------------------------------------------------

    def _command(self, message: str, told: str, context: Context) -> Understanding:
        if told == "more":
            return Understanding(message, ("recommend",), more=bool(context.shown))
        if told == "redo":
            return Understanding(message, ("undo",), redo=True)
        acts: tuple[Act, ...] = (told,)  # type: ignore[assignment]  # the lexicon's commands are acts, but for these
        if told != "why":
            return Understanding(message, acts)
        words = tuple(token.norm for token in tokenize(message))
        every = self.language.reference["all"].all(words, (False,) * len(words))  # "why these?"
        rows = context.shown if every else () if context.focus is None else (context.focus,)
        return Understanding(message, acts, self._titles(rows))

    def _titles(self, rows: Sequence[int]) -> tuple[Mention, ...]:
        """What the message points at."""
        return tuple(Mention(self.catalogue.items[row].title, (row,), reference=True) for row in rows)

    def _answer(self, message: str, text: str, reading: Reading, context: Context) -> Understanding | None:
        """The message as an answer to the question that stands, if it is one or a sentence of it is."""
        if context.question is None:
            return None
        parts = sentences(text)
        found: list[tuple[int, Understanding]] = []
        for place, part in enumerate(parts if len(parts) > 1 else ()):
            alone = self._read(part, self.mentions.mark(part), context)
            answer = self._answering.read(part, alone, context, partial(self._understood, part, alone, context))
            found += [] if answer is None else [(place, answer)]
        if found:
            # What says something answers before what only says that it does not matter.
            place, answer = max(found, key=lambda one: bool(one[1].constraints or one[1].preferred or one[1].mentions))
            rest = " ".join((*parts[:place], *parts[place + 1 :]))
            return joined(message, answer, self.read(rest, replace(context, question=None)))
        return self._answering.read(message, reading, context, partial(self._understood, message, reading, context))

    # -- the whole message -----------------------------------------------------------------------------------------

    def _understood(self, message: str, reading: Reading, context: Context) -> Understanding:
        marked, conditions = reading.marked, reading.conditions
        consumed = [m or i in conditions.consumed for i, m in enumerate(reading.masked)]
        alien = strange(marked, consumed, self.vocabulary, self.language)
        said = self._sayings.read(reading, context)
        values = frozenset(i for h in conditions.hits for i in range(h.start, h.end))
        count = count_of(marked, consumed, values, self.vocabulary, self.language)
        acts = self._deciding.acts(reading, said, alien, count, context)
        if not set(acts) - {"out_of_scope"}:
            return Understanding(message, ("out_of_scope",))
        return self._assembling.understanding(message, reading, context, said, acts, alien, consumed, count)


# -- helpers -----------------------------------------------------------------------------------------------------------


def _written(items: Sequence[Item]) -> frozenset[str]:
    """The words of titles: whoever writes one means it."""
    tokens = (token for item in items for title in (item.title, *item.aliases) for token in tokenize(title))
    return frozenset(word for token in tokens for word in (token.norm, token.text.casefold()))


def _mask(masked: list[bool], spans: Sequence[Named | Reference | Thing | Rating | Match[list[str]]]) -> None:
    for span in spans:
        masked[span.start : span.end] = [True] * (span.end - span.start)


def _opines(reading: Reading) -> bool:
    return any(c.kinds & {"like", "dislike", "seen", "rate"} for c in reading.clauses)
