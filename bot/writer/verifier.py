"""Text -> verdict: every statement in it must be one of the claims.

The text is read sentence by sentence. A sentence is supported if a single claim covers it, or one claim each of its
clauses. To cover means: after the claim's own values are taken out, only words of the language's closed vocabulary are
left (no name, number or quotation), and those words agree with the claim in polarity, direction, cause and in which
title is the cause and which the effect. What cannot be read is unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.values import Claim, Evidence, Reason
from bot.writer import lexicon
from bot.writer.deeds import problem as nonsense
from bot.writer.lexicon import PUNCTUATION, SLOTS, Language, Token, tokenise
from bot.writer.neighbours import neighbours, strange
from bot.writer.phrases import EVERY, VARIANTS, phrases
from bot.writer.trees import matches
from retrieval.schema import Schema


@dataclass(frozen=True)
class Verdict:
    """Whether a text says nothing but its claims, and what it says beyond them."""

    supported: bool
    problems: tuple[str, ...] = ()
    statements: int = 0  # sentences that were judged


_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*")
_CLAUSE = re.compile(r"[,:]?\s+(?:and|but|while|whereas)\s+|[:;]\s+")
_BREAKS = frozenset(".!?;–—")  # a capital after these is no name
MOST = 6  # pieces of a text that are put together in every way
_HIDDEN = 0xE000  # private-use characters stand for values while a text is split
_DETAILS = frozenset({"when", "stars", "rating", "share"})  # of something: they cannot stand alone in a sentence
_GROUP = frozenset({"others", "Others", "examples"})


class Verifier:
    """Checks texts about one catalogue, in one language. Holds no state; safe to share."""

    def __init__(self, schema: Schema, language: str = "en") -> None:
        self._schema = schema
        self._phrases = phrases(language)
        self._language = lexicon.language(language)
        own = " ".join([schema.noun, schema.plural, schema.verb, schema.rating_unit, *schema.nouns])
        names = tokenise(" ".join([own, *(field.label for field in schema.fields)]), {})
        self._words = self._language.words | {token.word.lower() for token in names}
        self._nouns = frozenset(word.lower() for word in (schema.noun, schema.plural, *schema.nouns))
        self._neighbours = neighbours(language, self._language.sense.said)
        self._capitals = frozenset(token.word for token in names) | {"I"}

    def verify(self, text: str, reasons: Sequence[Reason], evidence: Sequence[Evidence] = ()) -> Verdict:
        """Check `text` against the claims of `reasons`; what a piece of evidence says word for word is supported."""
        readings = [_Reading(c, self._values(c)) for reason in reasons for c in reason.claims]
        quoted = {_plain(piece.text).rstrip(".") for piece in evidence}
        hide = _Hiding([value for reading in readings for value in reading.values])
        problems = []
        statements = 0
        for sentence in _END.split(hide.hide(_plain(text))):
            problem = self._sentence(sentence, readings, quoted, hide)
            parts = self._apart(hide.split(sentence), readings, quoted, hide) if problem else 0
            statements += parts or bool(sentence.strip())
            problems += [problem] if problem and not parts else []
        return Verdict(not problems, tuple(problems), statements)

    def _apart(
        self, pieces: Sequence[str], readings: Sequence[_Reading], quoted: Collection[str], hide: _Hiding
    ) -> int:
        """How many sentences the pieces of what looked like one are, each of them supported; 0 if they are not.

        A title that ends like a sentence may end one: "... for Who Am I? 96 people rated ..."
        """
        for end in range(1, len(pieces) if len(pieces) <= MOST else 0):
            if not self._sentence(" ".join(pieces[:end]), readings, quoted, hide):
                rest = " ".join(pieces[end:])
                more = not self._sentence(rest, readings, quoted, hide) or self._apart(
                    pieces[end:], readings, quoted, hide
                )
                if more:
                    return 1 + int(more)
        return 0

    def _sentence(self, sentence: str, readings: Sequence[_Reading], quoted: Collection[str], hide: _Hiding) -> str:
        """What is wrong with a sentence in which values are hidden; "" if nothing is."""
        whole = hide.show(sentence).strip()
        if not whole or whole.rstrip(".") in quoted:
            return ""
        problem = self._judge(whole, readings)
        if problem and not self._by_clauses([hide.show(part) for part in _CLAUSE.split(sentence)], readings):
            return f"{problem}: {whole!r}"
        return ""

    def _judge(self, sentence: str, readings: Sequence[_Reading]) -> str:
        """Empty if one claim covers the sentence, else what is wrong by the claim that has most in common with it."""
        nearest, problem = -1, f"nothing is known of {sentence!r}"
        for reading in readings:
            tokens = tokenise(sentence, reading.values)
            exact = self._phrases.family(reading.claim).exact
            found = "" if exact else self._cover(tokens, reading.claim)
            loose = "is worded in another way" if exact else found or self._makes_sense(tokens, reading)
            if not found and (not loose or self._worded(sentence, reading.claim)):
                return ""
            common = sum(bool(token.slots) for token in tokens)
            if common > nearest:
                nearest, problem = common, loose
        return problem

    def _by_clauses(self, clauses: Sequence[str], readings: Sequence[_Reading]) -> bool:
        """Whether one claim each covers the clauses; a clause that names nothing belongs to the one before it."""
        if len(clauses) < 2:
            return False
        before = set(range(len(readings)))
        for clause in clauses:
            covering = set()
            for place, reading in enumerate(readings):
                if self._phrases.family(reading.claim).exact:
                    continue
                tokens = tokenise(clause, reading.values)
                if clause is not clauses[0] and tokens and self._capital(tokens[0]):
                    continue
                goes_on = clause is not clauses[0] and self._goes_on(tokens)
                if (place in before or not goes_on) and not (
                    self._cover(tokens, reading.claim, goes_on) or self._makes_sense(tokens, reading, goes_on)
                ):
                    covering.add(place)
            if not covering:
                return False
            before = covering
        return True

    def _goes_on(self, tokens: Sequence[Token]) -> bool:
        """Whether a clause belongs to the one before: it has details of what that names, or begins "and that ..."."""
        if _alone(tokens, "title"):
            return True
        bare = all(token.slots <= {"title"} for token in tokens)
        return bare and bool(tokens) and tokens[0].key in self._language.sense.continues

    def _worded(self, sentence: str, claim: Claim) -> bool:
        """Whether the sentence is one of the grammar's own for this claim, whatever stands before it."""
        said = _plain(sentence).rstrip(".")
        plain = replace(claim, slots={name: _plain(value) for name, value in claim.slots.items()})
        unshared = replace(plain, slots={name: value for name, value in plain.slots.items() if name != "share"})
        for named in (False, True):
            for after in (None, plain, unshared):
                tree = self._phrases.tree(plain, self._schema, named=named, after=after, tone=EVERY)
                if any(matches(tree, said + end) for end in ("", ".", "...")):
                    return True
        fixed = (self._phrases.fixed(plain, self._schema, variant) for variant in VARIANTS)
        return said in {text.rstrip(".") for text in fixed}

    def _makes_sense(self, tokens: Sequence[Token], reading: _Reading, detail: bool = False) -> str:
        """See `deeds.problem`. As in `_cover`, a title that is an everyday word may begin a sentence as that word."""
        if not detail and reading.rests_on and not any(token.slots & reading.rests_on for token in tokens):
            return "names nothing that the claim rests on"
        claim, keys = reading.claim, [token.key for token in tokens]
        found = self._nonsense(keys, claim)
        if found and tokens and tokens[0].slots and tokens[0].word.lower() in self._words:
            return self._nonsense([tokens[0].word.lower(), *keys[1:]], claim)
        return found

    def _nonsense(self, keys: Sequence[str], claim: Claim) -> str:
        sense = self._language.sense
        if found := nonsense(keys, _without(keys, self._language.neutral), claim, sense, self._nouns):
            return found
        joined = strange(keys, self._neighbours, self._nouns) if sense.said else ""
        return f"joins {joined!r}" if joined else ""

    def _values(self, claim: Claim) -> dict[str, frozenset[str]]:
        """The strings that the claim may put into a text, and which of its slots they are."""
        slots = self._phrases.slots(claim, self._schema)
        out: dict[str, frozenset[str]] = {}
        for name in SLOTS:
            if text := _plain(slots.get(name, "")):
                out[text] = out.get(text, frozenset()) | {name}
        if self._phrases.family(claim).exact:
            out |= {text: frozenset({name}) for name, value in claim.slots.items() if (text := _plain(value))}
        if words := _plain(slots.get("words", "")):
            out[f"“{words}”"] = frozenset({"words"})
        return out

    def _cover(self, tokens: Sequence[Token], claim: Claim, detail: bool = False) -> str:
        """See `_read`. A title that is an everyday word (It, You, Up) may be just that where a sentence begins."""
        problem = self._read(tokens, claim, detail)
        if problem and tokens and tokens[0].slots and tokens[0].word.lower() in self._words:
            return self._read([Token(tokens[0].word), *tokens[1:]], claim, detail)
        return problem

    def _read(self, tokens: Sequence[Token], claim: Claim, detail: bool) -> str:
        """Empty if the claim says all that the tokens say, else the first thing that it does not say.

        `detail`: the tokens continue a clause that has named the thing they are about.
        """
        if stranger := self._stranger(tokens):
            return f"names {stranger!r}"
        if claim.slots.get("other") and not detail and _alone(tokens, "title"):
            return "says a detail of nothing"
        family, language = self._phrases.family(claim), self._language
        lower = [token.key for token in tokens if token.slots or token.word not in PUNCTUATION]
        plain = _without(lower, language.neutral)
        for words, expected, wrong in (
            (language.like, family.polarity == "like", "a liking"),
            (language.dislike, family.polarity == "dislike", "a dislike"),
            (language.for_, family.direction == "for", "that it counts for the item"),
            (language.against, family.direction == "against", "that it counts against the item"),
        ):
            if not expected and _find(plain, words):
                return f"says {wrong}"
        for mark in language.marks:
            if _find(lower, mark.words) and not mark.allows(claim):
                return f"says {' '.join(mark.words[0])!r}"
        return _order(lower, claim, language)

    def _capital(self, token: Token) -> bool:
        """Whether a word is written as a name is."""
        return not token.slots and token.word[0].isupper() and token.word not in self._capitals

    def _stranger(self, tokens: Sequence[Token]) -> str:
        """The first word that is neither the claim's nor the language's, or is written as a name."""
        start = True
        for token in tokens:
            name = self._capital(token) and not start
            if not token.slots and token.word not in PUNCTUATION and (name or token.word.lower() not in self._words):
                return token.word
            start = not token.slots and token.word in _BREAKS
        return ""


@dataclass(frozen=True)
class _Reading:
    claim: Claim
    values: Mapping[str, frozenset[str]]

    @property
    def rests_on(self) -> frozenset[str]:
        """The slots of what it is about beside the explained item."""
        if self.claim.slots.get("other"):
            return frozenset({"other", "examples"})
        if self.claim.slots.get("days") and self.claim.kind.startswith("popular.trend"):
            return frozenset({"days"})  # how many lately: without its time it would be a count of all
        return _GROUP if self.claim.kind.startswith("because_you_liked.group") else frozenset()


class _Hiding:
    """Puts one character in the place of each value, so that its full stops and "and"s split nothing."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = sorted(set(values), key=lambda value: (-len(value), value))
        endings = (".", "!", "?", ".”", "!”", "?”")
        ends = [chr(_HIDDEN + place) for place, value in enumerate(self._values) if value.endswith(endings)]
        self._end = re.compile(rf"(?<=[{''.join(ends)}])\s+") if ends else None

    def hide(self, text: str) -> str:
        for place, value in enumerate(self._values):
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", chr(_HIDDEN + place), text)
        return text

    def split(self, text: str) -> list[str]:
        """A text in pieces, cut wherever a value may have ended a sentence; [] if none may."""
        return [piece for piece in self._end.split(text) if piece.strip()] if self._end else []

    def show(self, text: str) -> str:
        return "".join(
            self._values[ord(c) - _HIDDEN] if _HIDDEN <= ord(c) < _HIDDEN + len(self._values) else c for c in text
        )


def _alone(tokens: Sequence[Token], effect: str) -> bool:
    """Whether there are ratings, dates or shares, and nothing that they could be of: the item they count for is not."""
    slots = [token.slots - {effect} for token in tokens if token.slots]
    found = frozenset[str]().union(*slots)
    return bool(found) and found <= _DETAILS


def _order(lower: Sequence[str], claim: Claim, language: Language) -> str:
    """Which title is the cause and which the effect, which came first and which last."""
    titles = [place for place, word in enumerate(lower) if word in ("<title>", "<other>")]
    if claim.kind.startswith("outscored"):
        leads = [place for place, word in enumerate(lower) if (word,) in language.leading]
        named = [min(titles, key=lambda t: (abs(t - p), -t)) for p in leads if titles]
        named += [t for t in titles if _ends(lower[:t], language.ahead_before)]
        wrong = any(lower[place] != "<other>" for place in named)
        return "says the order the wrong way round" if wrong else ""
    if claim.slots.get("other", "") in ("", claim.slots.get("title")):  # a remake may bear the same name
        return ""
    for place in titles:
        before, after = lower[:place], lower[place + 1 :]
        effect = _ends(before, language.effect_before) or any(
            tuple(after[: len(words)]) == words for words in language.effect_after
        )
        if claim.kind == "matches_request.like":
            effect = not _ends(before, language.likeness)
        if effect != (lower[place] == "<title>"):
            return "says the cause and the effect the wrong way round"
    return ""


def _ends(words: Sequence[str], patterns: Sequence[tuple[str, ...]]) -> bool:
    return any(tuple(words[-len(pattern) :]) == pattern for pattern in patterns)


def _plain(text: str) -> str:
    """One form for the same text: no bold marks, single plain spaces, none of the characters that hide values."""
    return " ".join(re.sub("[\ue000-\uf8ff]", "\ufffd", text.replace("**", "")).split())


def _find(words: Sequence[str], patterns: Sequence[tuple[str, ...]]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {' '.join(pattern)} " in text for pattern in patterns)


def _without(words: Sequence[str], patterns: Sequence[tuple[str, ...]]) -> list[str]:
    text = f" {' '.join(words)} "
    for pattern in patterns:
        text = text.replace(f" {' '.join(pattern)} ", " ")
    return text.split(" ")
