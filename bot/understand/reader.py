"""Message -> Understanding. Read this first: one message from top to bottom.

    clean -> words and cues -> titles -> references -> conditions -> clauses -> acts -> what nothing can answer

The language's words come from `prompts/lexicon`, the intent examples from `prompts/intents`, everything else from the
catalogue's schema and values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.understand import answers
from bot.understand.acts import Clause, Facts, clauses, command, possible, stripped, structural
from bot.understand.clean import clean
from bot.understand.constraints import Conditions, ConstraintReader, Hit
from bot.understand.counts import count_of
from bot.understand.ignored import leftover, strange
from bot.understand.intent import ITEM, Encoder, IntentClassifier, examples
from bot.understand.lexicon import Lexicon, Marked, lexicon, mark
from bot.understand.mentions import Mentions, Named
from bot.understand.opinions import Opinions, Rating, Said, Thing
from bot.understand.references import Reference, References, described
from bot.understand.titles import Titles
from bot.understand.tokens import Match, tokenize
from bot.understand.vocabulary import Catalogue, Vocabulary, vocabulary
from bot.values import Act, Mention, Question, Understanding
from retrieval.schema import Constraint

_SURE = 0.6  # the probability from which the classifier overrules a doubtful structure
_CERTAIN = 0.9  # the same for a clause that begins with words of the catalogue
_UNSURE = 0.35  # below it nothing is believed of a clause that has no structure at all
_WANTS = frozenset({"recommend", "refine", "answer"})  # acts whose clauses say what is wanted
_POINTS = frozenset({"like", "dislike", "seen", "rate", "why", "why_not", "facts", "good", "bad"})
_NOT_IMPLIED = frozenset(
    {"request", "more", "facts", "relax", "why", "why_not", "profile", "forget", "rewatch", "accept"}
)
_STATES = _WANTS | {"like", "dislike", "seen", "rate"}  # and those that state something else


@dataclass(frozen=True)
class Context:
    """What the conversation has established before the message."""

    shown: tuple[int, ...] = ()  # rows of the last list, in order
    question: Question | None = None  # what the bot asked last
    last: tuple[str, ...] = ()  # acts of the turn before
    constraints: tuple[Constraint, ...] = ()  # in force
    focus: int | None = None  # the row last talked about: "it", "that one"


@dataclass(frozen=True)
class Reading:
    """One message, read as far as its conditions."""

    text: str
    marked: Marked
    things: tuple[Thing, ...]
    masked: tuple[bool, ...]  # words of titles, references and ratings
    ratings: tuple[Rating, ...]
    conditions: Conditions
    clauses: tuple[Clause, ...]


class Reader:
    """Understands messages about one catalogue. Built once (a few seconds for 200,000 items), shared by all users."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, cache: Path | None = None) -> None:
        """`cache` is a folder that keeps the intent examples' embeddings between processes."""
        self.catalogue = catalogue
        self.language: Lexicon = lexicon()
        self.vocabulary: Vocabulary = vocabulary(catalogue, self.language)
        titles = Titles(catalogue.items, catalogue.counts, self.language)
        self._mentions = Mentions(catalogue, titles, self.vocabulary, self.language)
        self._constraints = ConstraintReader(catalogue, self.vocabulary, self.language)
        self._intents = IntentClassifier(examples(catalogue.schema), encoder, cache)

    def read(self, message: str, context: Context = Context()) -> Understanding:
        """What the message says. Any text at all gives an Understanding; nothing in it is ever carried out."""
        text = clean(message)
        marked = mark(tokenize(text), self.language)
        if not marked.words:
            return Understanding(message, ("smalltalk",) if text else ("help",))
        if self.language.injections.all(marked.words, marked.breaks):
            return Understanding(message, ("out_of_scope",))
        told = command(marked.words, self.language)
        if told is not None and context.question is None:
            return self._command(message, told, context)
        reading = self._read(text, marked, context)
        answer = self._answer(message, reading, context)
        if answer is not None:
            return answer
        if told is not None:
            return self._command(message, told, context)
        return self._understood(message, reading, context)

    # -- from the message to its parts -----------------------------------------------------------------------------

    def _read(self, text: str, marked: Marked, context: Context) -> Reading:
        named = self._mentions.find(text, marked)
        masked = [False] * len(marked.words)
        _mask(masked, named)
        opinions = Opinions(marked, masked, self.catalogue.schema, self.language)
        pointing = [*masked]
        for cue in marked.cues:
            if "vein" in cue.value:
                _mask(pointing, [cue])
        references = References(marked, pointing, self.vocabulary, self.language)
        things = _things(text, marked, named, references, context)
        rates = any("rate" in cue.value for cue in marked.cues) or bool(things)
        ratings = opinions.ratings() if rates else []
        _mask(masked, [t for t in things if t.reference])
        _mask(masked, ratings)
        conditions = self._constraints.read(
            marked,
            masked,
            context.question.field if context.question else "",
            _compared(things, marked, context),
            [(t.start, t.end, t.rows[0]) for t in things if len(t.rows) == 1],
            None,
            context.constraints,
        )
        cut = clauses(marked, masked, text)
        conditions, pointed = self._described(text, marked, conditions, cut, context)
        things = sorted((*things, *pointed), key=lambda t: t.start)
        return Reading(text, marked, tuple(things), tuple(masked), tuple(ratings), conditions, tuple(cut))

    def _described(
        self, text: str, marked: Marked, conditions: Conditions, cut: Sequence[Clause], context: Context
    ) -> tuple[Conditions, list[Thing]]:
        """ "I've seen the western", "why the 1933 one?": a condition that points at what was shown."""
        things: list[Thing] = []
        pointing = [c for c in cut if c.kinds & _POINTS and not c.kinds & {"request"}]
        gone: set[int] = set()
        for found in conditions.found if context.shown else ():
            if not any(c.holds(found.start) for c in pointing) or not described(marked, found.start, self.language):
                continue
            fits = self.catalogue.matches(found.constraint)
            rows = tuple(row for row in context.shown if fits[row])
            if rows and found.constraint.op in ("includes", "==", "in"):
                words = text[marked.tokens[found.start].start : marked.tokens[found.end - 1].end]
                things.append(Thing(found.start, found.end, rows, words, True, len(rows) > 1))
                gone.add(found.start)
        kept = tuple(f for f in conditions.found if f.start not in gone)
        hits = tuple(h for h in conditions.hits if h.start not in gone)
        return replace(conditions, found=kept, hits=hits), things

    # -- answers and commands --------------------------------------------------------------------------------------

    def _command(self, message: str, told: str, context: Context) -> Understanding:
        if told == "more":
            return Understanding(message, ("recommend",), more=bool(context.shown))
        mentions: tuple[Mention, ...] = ()
        if told == "why" and context.focus is not None:
            mentions = (Mention(self.catalogue.items[context.focus].title, (context.focus,), reference=True),)
        acts: tuple[Act, ...] = (told,)  # type: ignore[assignment]  # the lexicon's commands are acts, but for "more"
        return Understanding(message, acts, mentions)

    def _answer(self, message: str, reading: Reading, context: Context) -> Understanding | None:
        """The message as an answer to the question that stands, if it is one."""
        question = context.question
        if question is None:
            return None
        words = stripped(reading.marked.words, self.language)
        if not question.field:
            readings = [self._mentions.option(option) for option in question.options]
            if not any(readings):
                return None
            options = [rows[0] for rows in readings if rows]
            pointed = References(reading.marked, [False] * len(reading.masked), self.vocabulary, self.language).read(
                options, None
            )
            named = [row for t in reading.things if not t.reference for row in t.rows]
            rows = [row for reference in pointed if not reference.unsure for row in reference.rows]
            row = answers.of_title(
                words, readings, question, named, rows, reading.conditions, self.catalogue, self.language
            )
            if row is None:
                return None
            return Understanding(message, ("answer",), (Mention(self.catalogue.items[row].title, (row,)),))
        answer = answers.of_field(words, question, reading.conditions, self.vocabulary, self.language)
        if answer is None:
            return None
        if answer.constraint is not None:
            return Understanding(message, ("answer",), constraints=(answer.constraint,))
        if answer.relaxed is not None:
            return Understanding(message, ("answer",), relaxed=(answer.relaxed,))
        if answer.option is not None:
            again = self._read(answer.option, mark(tokenize(clean(answer.option)), self.language), Context())
            return Understanding(message, ("answer",), constraints=tuple(f.constraint for f in again.conditions.found))
        understood = self._understood(message, reading, context)
        return replace(understood, acts=tuple(dict.fromkeys(("answer", *understood.acts))))

    # -- the whole message -----------------------------------------------------------------------------------------

    def _understood(self, message: str, reading: Reading, context: Context) -> Understanding:
        marked, conditions = reading.marked, reading.conditions
        consumed = [m or i in conditions.consumed for i, m in enumerate(reading.masked)]
        alien = strange(marked, consumed, self.vocabulary, self.language)
        said = [self._said(thing, reading) for thing in reading.things]
        said += self._implied(reading, said, context)
        count = count_of(marked, consumed, frozenset(_words_of(conditions.hits)), self.vocabulary, self.language)
        acts = self._acts(reading, said, alien, count, context)
        if not set(acts) - {"out_of_scope"}:
            return Understanding(message, ("out_of_scope",))
        inside = [c for c, act in zip(reading.clauses, acts, strict=True) if act != "out_of_scope"]
        stating = [c for c, act in zip(reading.clauses, acts, strict=True) if act in _STATES]
        wanting = [c for c, act in zip(reading.clauses, acts, strict=True) if act in _WANTS or act == "facts"]
        forgetting = [c for c, act in zip(reading.clauses, acts, strict=True) if act == "forget"]
        said = [s for s in said if any(c.holds(s.thing.start) for c in inside)]
        found = [f for f in conditions.found if any(c.holds(f.start) for c in stating)]
        relaxed = dict.fromkeys(v for v, at in conditions.relaxed if any(c.holds(at) for c in stating))
        requested = [i for c in wanting for i in range(c.start, c.end)]
        excluded = [conditions.scopes.excluded(i) or conditions.scopes.relaxed[i] for i in range(len(marked.words))]
        left = leftover(marked, alien, requested, excluded, self.vocabulary, self.language, reading.text)
        wants = bool(_WANTS & set(acts))
        values = [*left.searchable] if wants else []
        mentions = _mentions(said)
        similar = _similar(said, reading, context) if wants else ()
        return Understanding(
            message,
            tuple(dict.fromkeys(a for a in acts if a != "refine" or "recommend" not in acts)),
            mentions,
            tuple(f.constraint for f in found),
            tuple(relaxed),
            similar,
            more=wants and self._more(reading, context),
            rewatch=any("rewatch" in c.kinds for c in reading.clauses),
            count=count if wants else None,
            text=" ".join(dict.fromkeys(values)),
            ignored=left.ignored,
            forget=self._forgotten(forgetting, conditions, mentions, reading),
        )

    def _said(self, thing: Thing, reading: Reading) -> Said:
        clause = next(c for c in reading.clauses if c.holds(thing.start))
        opinions = Opinions(reading.marked, reading.masked, self.catalogue.schema, self.language)
        return opinions.of(thing, clause, reading.ratings, self._asks(clause, reading))

    def _implied(self, reading: Reading, said: Sequence[Said], context: Context) -> list[Said]:
        """ "Loved it", "wasn't bad at all": an opinion that names nothing is of what was talked about last."""
        out: list[Said] = []
        opinions = Opinions(reading.marked, reading.masked, self.catalogue.schema, self.language)
        for clause in reading.clauses:
            named = any(clause.holds(s.thing.start) for s in said)
            starts = [h.start for h in reading.conditions.hits] + [b.start for b in reading.conditions.bounds]
            conditions = any(map(clause.holds, starts))
            if named or conditions or clause.kinds & _NOT_IMPLIED:
                continue
            opinion = opinions.alone(clause)
            if opinion is None:
                continue
            rows = (context.focus,) if context.focus is not None else context.shown
            text = reading.text[reading.marked.tokens[clause.start].start : reading.marked.tokens[clause.end - 1].end]
            thing = Thing(clause.start, clause.start, rows, text, True, len(rows) > 1)
            out.append(Said(thing, opinion, opinion))
        return out

    def _asks(self, clause: Clause, reading: Reading) -> bool:
        """ "Is Heat good?", "would I like Heat?": a question states no opinion."""
        openers = self.language.words["question_openers"]
        return clause.question and reading.marked.words[clause.start] in openers

    # -- acts ------------------------------------------------------------------------------------------------------

    def _acts(
        self, reading: Reading, said: Sequence[Said], alien: Sequence[bool], count: int | None, context: Context
    ) -> list[Act]:
        """One act for each clause. Those that the structure leaves open go to the classifier in one batch."""
        running = bool(context.shown) or bool(_WANTS & set(context.last))
        facts = [self._facts(clause, reading, said, alien) for clause in reading.clauses]
        acts: list[Act | None] = []
        doubtful: list[int] = []
        for index, (clause, fact) in enumerate(zip(reading.clauses, facts, strict=True)):
            told = command(fact.words, self.language)
            act: Act | None
            if told is not None:
                act, sure = ("recommend" if told == "more" else told), True  # type: ignore[assignment]
            else:
                act, sure = structural(clause, fact, running)
            acts.append(act)
            if not sure:
                doubtful.append(index)
        odds = self._intents.probabilities([self._plain(reading.clauses[i], reading) for i in doubtful])
        for index, chances in zip(doubtful, odds, strict=True):
            acts[index] = self._weighed(acts[index], chances, reading.clauses[index], facts[index], running)
        if count is not None and not any(acts):
            acts[0] = "refine" if running else "recommend"
        return self._completed(acts)

    def _weighed(
        self, act: Act | None, chances: dict[Act, float], clause: Clause, facts: Facts, running: bool
    ) -> Act | None:
        """The structure's guess against the classifier's."""
        off = chances.get("out_of_scope", 0.0)
        if off >= (_CERTAIN if facts.opens else _SURE) and facts.strange:
            return "out_of_scope"
        if act is not None:
            return act
        fitting = {a: p for a, p in chances.items() if possible(a, clause, facts, running)}
        best = max(fitting, key=lambda a: fitting[a])
        return best if fitting[best] >= _UNSURE else None

    def _completed(self, acts: list[Act | None]) -> list[Act]:
        """A clause without an act of its own goes with its neighbours; a message without any is not for us."""
        known = [act for act in acts if act is not None]
        if not known:
            return ["out_of_scope"] * len(acts)
        fallback: Act = next((a for a in known if a in _WANTS), known[0])
        return [act if act is not None else fallback for act in acts]

    def _facts(self, clause: Clause, reading: Reading, said: Sequence[Said], alien: Sequence[bool]) -> Facts:
        marked, conditions = reading.marked, reading.conditions
        own = [s for s in said if clause.holds(s.thing.start)]
        hits = [h for h in conditions.hits if clause.holds(h.start)]
        bounds = [b for b in conditions.bounds if clause.holds(b.start)]
        relaxes = any(clause.holds(at) for _, at in conditions.relaxed)
        scopes = conditions.scopes
        valued = None
        if any(scopes.disliked[h.start] for h in hits) or any(scopes.disliked[b.start] for b in bounds):
            valued = "dislike"
        elif any(scopes.liked[h.start] for h in hits) or any(scopes.liked[b.start] for b in bounds):
            valued = "like"
        words = marked.words[clause.start : clause.end]
        nouns = any(
            self.vocabulary.nouns.at(marked.words, marked.breaks, i)
            for i in range(clause.start, clause.end)
            if not reading.masked[i]
        )
        return Facts(
            stripped(words, self.language),
            sum(max(1, len(s.thing.rows)) if s.thing.reference and not s.thing.unsure else 1 for s in own),
            any(s.similar for s in own),
            next((s.opinion for s in own if s.opinion), None),
            bool(hits or bounds) and not relaxes,
            valued,
            nouns,
            sum(alien[clause.start : clause.end]),
            relaxes,
            words[0] in self.language.words["question_openers"],
            self._opens(clause, reading, alien),
        )

    def _opens(self, clause: Clause, reading: Reading, alien: Sequence[bool]) -> bool:
        for index in range(clause.start, clause.end):
            if alien[index]:
                return False
            if reading.masked[index] or index in reading.conditions.consumed:
                return True
            if self.vocabulary.nouns.at(reading.marked.words, reading.marked.breaks, index):
                return True
        return False

    def _plain(self, clause: Clause, reading: Reading) -> str:
        """The clause with every named item replaced, as in the examples."""
        tokens = reading.marked.tokens
        starts = {t.start: t for t in reading.things}
        out: list[str] = []
        index = clause.start
        while index < clause.end:
            thing = starts.get(index)
            out.append(ITEM if thing else tokens[index].text)
            index = thing.end if thing else index + 1
        return " ".join(out) + ("?" if clause.question else "")

    def _more(self, reading: Reading, context: Context) -> bool:
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

    def _forgotten(
        self, forgetting: Sequence[Clause], conditions: Conditions, mentions: Sequence[Mention], reading: Reading
    ) -> tuple[str, ...]:
        """Values and fields to forget; the words themselves when they name nothing, so that not all is forgotten."""
        if not forgetting:
            return ()
        inside = [h for h in conditions.hits if any(c.holds(h.start) for c in forgetting)]
        named = dict.fromkeys(v for h in inside for v in h.sense.values)
        named |= dict.fromkeys(b.field for b in conditions.bounds if any(c.holds(b.start) for c in forgetting))
        named |= dict.fromkeys(v for v, at in conditions.relaxed if any(c.holds(at) for c in forgetting))
        if named or mentions or any("everything" in c.kinds for c in forgetting):
            return tuple(named)
        tokens = reading.marked.tokens
        return tuple(reading.text[tokens[c.start].start : tokens[c.end - 1].end] for c in forgetting)


# -- helpers -----------------------------------------------------------------------------------------------------------


def _mask(masked: list[bool], spans: Sequence[Named | Reference | Thing | Rating | Match[list[str]]]) -> None:
    for span in spans:
        masked[span.start : span.end] = [True] * (span.end - span.start)


def _words_of(hits: Sequence[Hit]) -> Iterator[int]:
    for hit in hits:
        yield from range(hit.start, hit.end)


def _things(text: str, marked: Marked, named: Sequence[Named], references: References, context: Context) -> list[Thing]:
    """Titles and references in order; "it" and "both" after titles in the same message mean those."""
    out = [Thing(n.start, n.end, n.rows, n.text) for n in named]
    out += [_pointed(text, marked, r) for r in references.read(context.shown, context.focus) if not r.pronoun]
    rows = [t.rows[0] for t in sorted(out, key=lambda t: t.start) if len(t.rows) == 1]
    here = references.read(rows, rows[-1] if rows else None)
    for r in references.read(context.shown or rows, context.focus if context.focus is not None else _last(rows)):
        before = any(t.end <= r.start for t in out)
        own = next((h for h in here if h.start == r.start and h.pronoun), None)
        if r.pronoun and before and own is not None:
            out.append(_pointed(text, marked, own))
        elif r.pronoun and not before and (context.shown or context.focus is not None):
            out.append(_pointed(text, marked, r))
    return sorted(out, key=lambda t: t.start)


def _last(rows: Sequence[int]) -> int | None:
    return rows[-1] if rows else None


def _pointed(text: str, marked: Marked, r: Reference) -> Thing:
    words = text[marked.tokens[r.start].start : marked.tokens[r.end - 1].end]
    return Thing(r.start, r.end, r.rows, words, True, r.unsure)


def _mentions(said: Sequence[Said]) -> tuple[Mention, ...]:
    """One mention per item, with the strongest thing that was said of it."""
    strength = {"neutral": 0, "seen": 1, "like": 2, "dislike": 2}
    out: dict[tuple[int, ...] | str, Mention] = {}
    for s in said:
        thing = s.thing
        if thing.reference and not thing.rows:
            continue
        each = [(row,) for row in thing.rows] if thing.reference and not thing.unsure else [thing.rows]
        for rows in each:
            mention = Mention(thing.text, rows, s.sentiment, s.rating, thing.reference)
            key = rows or thing.text
            old = out.get(key)
            if old is None or strength[mention.sentiment] >= strength[old.sentiment]:
                rating = mention.rating if mention.rating is not None else old.rating if old else None
                out[key] = replace(mention, rating=rating, text=old.text if old and mention.reference else mention.text)
    return tuple(out.values())


def _compared(things: Sequence[Thing], marked: Marked, context: Context) -> tuple[int, ...]:
    """Rows that "newer" or "cheaper" are measured by: those compared with, the one talked about, the last list."""
    rows = [t.rows[0] for t in things if len(t.rows) == 1 and "similar" in marked.kinds(max(0, t.start - 4), t.start)]
    if rows:
        return tuple(rows)
    return context.shown


def _similar(said: Sequence[Said], reading: Reading, context: Context) -> tuple[int, ...]:
    """Rows whose like is wanted."""
    rows = [row for s in said if s.similar and (len(s.thing.rows) == 1 or s.thing.reference) for row in s.thing.rows]
    if not rows and any("vein" in c.kinds for c in reading.clauses):
        rows = [s.thing.rows[0] for s in said if len(s.thing.rows) == 1 and s.sentiment != "dislike"]
        rows = rows or ([context.focus] if context.focus is not None else list(context.shown))
    return tuple(dict.fromkeys(rows))
