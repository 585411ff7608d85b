"""Which act each clause performs: the structure's word where it is sure, the classifier's where it is not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.acts import Clause, Facts, command, possible, stripped, structural
from bot.understand.companions import mentioned, of_another
from bot.understand.intent import ITEM, IntentClassifier
from bot.understand.lexicon import Lexicon
from bot.understand.opinions import Said
from bot.understand.reading import Context, Reading
from bot.understand.vocabulary import Vocabulary
from bot.values import Act

_SURE = 0.6  # the probability from which the classifier overrules a doubtful structure
_CERTAIN = 0.9  # the same for a clause that begins with words of the catalogue, or states a condition
_LIKELY = 0.75  # the same for a few words with a value among them: "live rock music"
_FEW = 4
_UNSURE = 0.35  # below it nothing is believed of a clause that has no structure at all
WANTS = frozenset({"recommend", "refine", "answer"})  # acts whose clauses say what is wanted


class ActReader:
    """Decides the acts of one message after another; knows one catalogue."""

    def __init__(self, intents: IntentClassifier, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._intents, self.vocabulary, self.language = intents, vocabulary, language

    def acts(
        self, reading: Reading, said: Sequence[Said], alien: Sequence[bool], count: int | None, context: Context
    ) -> list[Act]:
        """One act for each clause. Those that the structure leaves open go to the classifier in one batch."""
        running = bool(context.shown) or bool(WANTS & set(context.last))
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
            if len(facts) == 1 or not self._who(reading.clauses[index], reading):
                acts[index] = self._weighed(acts[index], chances, reading.clauses[index], facts[index], running)
        if count is not None and not any(acts):
            acts[0] = "refine" if running else "recommend"
        return self._completed(acts)

    def _weighed(
        self, act: Act | None, chances: dict[Act, float], clause: Clause, facts: Facts, running: bool
    ) -> Act | None:
        """The structure's guess against the classifier's."""
        off = chances.get("out_of_scope", 0.0)
        described = facts.searchable and not (clause.question and facts.asks) and "facts" not in clause.kinds
        states = (
            (facts.bounded or facts.values > 1)
            and not clause.question
            and not facts.asks
            and "facts" not in clause.kinds
        )
        short = len(facts.words) <= _FEW and facts.conditions and not clause.question and "facts" not in clause.kinds
        refused = running and "not" in clause.kinds and len(facts.words) <= _FEW  # "without violence, please"
        bar = _CERTAIN if facts.opens or described or states or refused else _LIKELY if short else _SURE
        if off >= bar and facts.strange:
            return "out_of_scope"
        if act is not None:
            return act
        if described:
            return "refine" if running else "recommend"  # "detective stories on a train"
        fitting = {a: p for a, p in chances.items() if possible(a, clause, facts, running)}
        best = max(fitting, key=lambda a: fitting[a])
        return best if fitting[best] >= _UNSURE else None

    def _completed(self, acts: list[Act | None]) -> list[Act]:
        """A clause without an act of its own goes with its neighbours; a message without any is not for us."""
        known = [act for act in acts if act is not None]
        if not known:
            return ["out_of_scope"] * len(acts)
        fallback: Act = next((a for a in known if a in WANTS), known[0])
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
        others = any(s.others for s in own) or self._others(clause, reading)
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
            bool(hits or bounds or any(clause.holds(c.start) for c in conditions.critiques)) and not relaxes,
            valued,
            nouns or any(clause.holds(line.start) for line in reading.lines),
            sum(alien[clause.start : clause.end]),
            relaxes,
            words[0] in self.language.words["question_openers"],
            self._searchable(clause, reading, alien),
            self._opens(clause, reading, alien),
            bool(bounds) or any(h.sense.field.kind == "flag" for h in hits),
            sum(h.sense.own and not h.sense.weak for h in hits),
            any(word.isdigit() for word in words),
            others,
        )

    def _others(self, clause: Clause, reading: Reading) -> bool:
        """ "My son likes dinosaurs": a verb of taste that is somebody else's, and of no item."""
        verbs = (c for c in reading.marked.cues if clause.holds(c.start) and {"like", "dislike"} & set(c.value))
        mine = any(clause.holds(t.start) for t in reading.things) or clause.question
        return not mine and any(of_another(reading.marked, v.start, self.language) == "companion" for v in verbs)

    def _who(self, clause: Clause, reading: Reading) -> bool:
        """ "For my husband, ...": only who it is for."""
        places = range(clause.start, clause.end)
        named = [i for i in places if mentioned(reading.marked, i, self.language)]
        return bool(named) and all(i in named or self.language.empty(reading.marked.words[i]) for i in places)

    def _searchable(self, clause: Clause, reading: Reading, alien: Sequence[bool]) -> bool:
        singular, text, lines = self.language.forms.singular, self.vocabulary.text, self.vocabulary.lines
        strange = [reading.marked.tokens[i] for i in range(clause.start, clause.end) if alien[i]]
        words = [(singular(token.norm), token.capital) for token in strange]
        few = reading.marked.words[clause.start : clause.end][-1] in self.language.words["placeholders"]
        told = sum(word in text or ((capital or few) and word in lines) for word, capital in words)  # "a quiet one"
        return bool(strange) and 2 * told >= len(strange)

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
