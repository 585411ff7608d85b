"""The profile: a pure fold over the event log, and the events that an Understanding adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.memory import LogEvent, Payload, live
from bot.stored import constraint_from, constraint_to, question_from
from bot.styles import changes
from bot.values import Belief, Manner, Mention, Profile, Question, Understanding
from retrieval.catalogue import Catalogue
from retrieval.constraints import day
from retrieval.schema import Constraint, Value

_ITEM_KINDS = {
    "like": "liked", "dislike": "disliked", "seen": "seen",
    "prefer": "preferred", "refuse": "refused", "pass": "passed",
}  # fmt: skip
_HINTS = frozenset({"prefer", "refuse", "pass"})  # said of an item beside others: it holds for this conversation only
HINTED = frozenset({"preferred", "refused", "passed"})
_LOWER, _UPPER = frozenset({">", ">="}), frozenset({"<", "<="})
_POSITIVE = frozenset({"includes", "in", "=="})


@dataclass(frozen=True)
class Request:
    """What is being asked for, apart from constraints; it stands until the next request replaces it."""

    text: str = ""
    like: tuple[int, ...] = ()
    count: int | None = None
    rewatch: bool = False
    words: str = ""  # the message itself: the evidence that a similarity rests on
    more: bool = False  # nothing that this conversation has already shown
    unwanted: tuple[int, ...] = ()  # rows named as not wanted
    later: tuple[int, ...] = ()  # rows seen before a question was answered: others come first
    toward: tuple[tuple[str, float, str], ...] = ()  # qualities, how much of each, and the message that said so
    order: tuple[str, bool, str] | None = None  # a field, whether its largest come first, and the message
    manner: tuple[Manner, ...] = ()  # how the list is to be chosen


@dataclass(frozen=True)
class Standing:
    """Where a conversation stands before the next message."""

    profile: Profile = field(default_factory=Profile)
    request: Request = field(default_factory=Request)
    shown: tuple[int, ...] = ()  # the last list
    ever_shown: frozenset[int] = frozenset()
    turns: tuple[LogEvent, ...] = ()  # live turns of this conversation
    undone: tuple[LogEvent, ...] = ()  # undos since anything new was said
    forgotten: bool = False  # the user asked to be forgotten: data-set behaviour is not used
    question: Question | None = None  # what the bot asked last
    settled: frozenset[str] = frozenset()  # fields that were asked about or said not to matter
    compared: frozenset[int] = frozenset()  # rows that were offered as a pair
    unanswered: int = 0  # questions in a row that got no answer
    capped: tuple[int, ...] = ()  # rows that had their share of exposure when the last list was made

    @property
    def last(self) -> Payload:
        """What the last live turn left: acts, question, focus, pending."""
        return self.turns[-1].payload if self.turns else {"acts": (), "question": None, "focus": None, "pending": None}

    def focus(self, catalogue: Catalogue) -> int | None:
        """The row that was last talked about alone: what "it" and a bare "why?" mean."""
        return catalogue.find(self.last["focus"]) if self.last["focus"] else None

    def settle(self, u: Understanding) -> Understanding:
        """Give an answer to "which one do you mean?" what was said before the question: the sentiment and the acts."""
        if "forget" in u.acts:  # "forget that I saw it": of several that are shown, what was said something of last
            return replace(u, mentions=tuple(self._said_of(m) if len(m.items) > 1 else m for m in u.mentions))
        pending = self.last["pending"]
        if not pending or "answer" not in u.acts or not any(len(m.items) == 1 for m in u.mentions):
            return u
        mentions = tuple(
            replace(m, sentiment=pending["sentiment"], rating=pending["rating"]) if m.sentiment == "neutral" else m
            for m in u.mentions
        )
        acts = tuple(dict.fromkeys((*u.acts, *pending["acts"])))
        similar = tuple(m.items[0] for m in mentions if len(m.items) == 1) if pending["similar"] else ()
        return replace(u, mentions=mentions, acts=acts, similar_to=(*u.similar_to, *similar))

    def _said_of(self, mention: Mention) -> Mention:
        beliefs = (*self.profile.earlier, *self.profile.beliefs)
        said = [b.item for b in beliefs if b.item in mention.items and b.kind not in HINTED]
        return replace(mention, items=tuple(row for row in said[-1:] if row is not None) or mention.items)


def fold(events: Sequence[LogEvent], conversation: str, catalogue: Catalogue, until: int | None = None) -> Standing:
    """Everything that is believed after these events, up to and including turn `until` of the conversation."""
    standing = Standing()
    own = [e.id for e in events if e.conversation == conversation and (until is None or e.turn <= until)]
    for event in live(events):
        if until is not None and event.id > max(own, default=0):
            break
        standing = _apply(standing, event, event.conversation == conversation, catalogue)
    return replace(standing, profile=_in_force(standing.profile))


def _apply(standing: Standing, event: LogEvent, here: bool, catalogue: Catalogue) -> Standing:
    kind, payload = event.kind, event.payload
    profile = standing.profile
    if kind == "forgotten":
        return replace(standing, forgotten=True)
    if kind in _ITEM_KINDS:
        row = catalogue.find(payload["item"])
        if row is None or (kind in _HINTS and not here):  # None: the catalogue was replaced by one without this item
            return standing
        belief = Belief(_ITEM_KINDS[kind], event.id, row, payload.get("rating"), None, payload.get("words", ""))  # type: ignore[arg-type]
        if here:
            return replace(standing, profile=replace(profile, beliefs=(*profile.beliefs, belief)))
        return replace(standing, profile=replace(profile, earlier=(*profile.earlier, belief)))
    if kind == "retract":
        gone = frozenset(payload["events"])
        return replace(standing, profile=_without(profile, gone))
    if kind == "style":  # a wish of the person's, not of one conversation's
        wish = Belief("style", event.id, message=payload.get("words", ""), style=payload["style"])
        return replace(standing, profile=replace(profile, earlier=(*profile.earlier, wish)))
    if not here:
        return standing
    if kind == "constrain":
        constraint = constraint_from(payload)
        if constraint.field not in {f.name for f in catalogue.schema.fields}:
            return standing
        belief = Belief("constraint", event.id, None, None, constraint, payload.get("words", ""))
        return replace(standing, profile=replace(profile, beliefs=(*profile.beliefs, belief)))
    if kind == "undo":
        return standing if payload.get("redo") else replace(standing, undone=(*standing.undone, event))
    if kind == "restart":
        return replace(
            standing,
            profile=replace(profile, beliefs=()),
            request=Request(),
            shown=(),
            ever_shown=frozenset(),
            settled=frozenset(),
            compared=frozenset(),
            unanswered=0,
            capped=(),
        )
    if kind == "turn":
        question = question_from(payload["question"], catalogue)
        asked = frozenset({question.field} if question and question.field else ())
        ignored = standing.question is not None and "answer" not in payload["acts"]
        shown = tuple(row for row in map(catalogue.find, payload["shown"]) if row is not None)
        request = payload["request"]
        return replace(
            standing,
            turns=(*standing.turns, event),
            undone=standing.undone if payload.get("idle") else (),
            shown=shown or standing.shown,
            ever_shown=standing.ever_shown | set(shown),
            question=question,
            settled=standing.settled | asked | set(payload["relaxed"]),
            compared=standing.compared | set(question.pair if question else ()),
            unanswered=standing.unanswered + 1 if ignored else 0 if standing.question else standing.unanswered,
            capped=tuple(row for row in map(catalogue.find, payload.get("capped", ())) if row is not None),
            request=Request(
                text=request["text"],
                like=tuple(row for row in map(catalogue.find, request["like"]) if row is not None),
                count=request["count"],
                rewatch=request["rewatch"],
                words=request["words"],
                more=request["more"],
                unwanted=tuple(row for row in map(catalogue.find, request["unwanted"]) if row is not None),
                later=tuple(row for row in map(catalogue.find, request.get("later", ())) if row is not None),
                toward=tuple((words, weight, said) for words, weight, said in request.get("toward", ())),
                order=_order(request.get("order"), catalogue),
                manner=tuple(request.get("manner", ())),
            ),
        )
    return standing


def _order(stored: Sequence[Any] | None, catalogue: Catalogue) -> tuple[str, bool, str] | None:
    if not stored or stored[0] not in {f.name for f in catalogue.schema.fields}:
        return None
    return str(stored[0]), bool(stored[1]), str(stored[2])


def _in_force(profile: Profile) -> Profile:
    """The last word on an item wins: a like replaces a dislike. Having seen it is no opinion and replaces nothing.

    Done at the end, so that taking the last word back brings the word before it back into force.
    """
    last: dict[tuple[int, bool], int] = {}
    for belief in (*profile.earlier, *profile.beliefs):
        if belief.item is not None:
            key = (belief.item, belief.kind == "seen")
            last[key] = max(belief.event, last.get(key, 0))

    def kept(beliefs: tuple[Belief, ...]) -> tuple[Belief, ...]:
        return tuple(b for b in beliefs if b.item is None or last[b.item, b.kind == "seen"] == b.event)

    return Profile(kept(profile.beliefs), kept(profile.earlier))


def _without(profile: Profile, events: frozenset[int]) -> Profile:
    return Profile(
        tuple(b for b in profile.beliefs if b.event not in events),
        tuple(b for b in profile.earlier if b.event not in events),
    )


def _values(constraint: Constraint) -> set[str]:
    value = constraint.value
    return set(map(str, value)) if isinstance(value, tuple) else {str(value)}


# -- what a message adds -----------------------------------------------------------------------------------------------


def events_of(understanding: Understanding, standing: Standing, catalogue: Catalogue) -> list[tuple[str, Payload]]:
    """The events that this message appends. Asking ("why", "facts") states nothing."""
    u = understanding
    if "undo" in u.acts:
        undone = taken_back(u, standing)
        return [("undo", {"turns": [undone.turn], "redo": u.redo})] if undone else []
    if "restart" in u.acts:
        return [("restart", {})]
    out: list[tuple[str, Payload]] = []
    gone = _taken_back(u, standing, catalogue)
    if gone:
        out.append(("retract", {"events": sorted(gone)}))
    if "forget" in u.acts:
        return out
    for mention in u.mentions:
        if mention.sentiment == "neutral" or len(mention.items) != 1:
            continue
        item: dict[str, Any] = {"item": catalogue.items[mention.items[0]].id, "words": u.message}
        if mention.rating is not None:
            item["rating"] = mention.rating
        out.append((mention.sentiment, item))
    # "not too long, under 100 minutes": what is said exactly makes what is said vaguely idle.
    firm = [c for c in u.constraints if c.hard or not any(_superseded(c, o) for o in u.constraints if o.hard)]
    out += [("constrain", {**constraint_to(c), "words": u.message}) for c in firm]
    out += [("style", {"style": wish, "words": u.message}) for wish in changes(u.style, standing.profile)[1]]
    named = {row for mention in u.mentions if mention.sentiment != "neutral" for row in mention.items}
    for kind, rows in (("prefer", u.preferred), ("refuse", u.unwanted), ("pass", _passed(u, standing))):
        out += [(kind, {"item": catalogue.items[row].id, "words": u.message}) for row in rows if row not in named]
    return out


def taken_back(u: Understanding, standing: Standing) -> LogEvent | None:
    """What an undo takes back: by a click the last turn, in words the last that left anything; a redo the last undo."""
    turns = standing.undone if u.redo else standing.turns
    lasting = [turn for turn in turns if not (u.message and turn.payload.get("idle"))]
    return lasting[-1] if lasting else None


def _passed(u: Understanding, standing: Standing) -> tuple[int, ...]:
    """What was offered and not taken: the other of a pair, and a whole list when something else is asked for."""
    offered = standing.question.pair if standing.question and u.preferred else ()
    listed = standing.shown if u.more and not u.similar_to else ()
    opined = {b.item for b in (*standing.profile.beliefs, *standing.profile.earlier)}
    rows = dict.fromkeys((*listed, *offered))
    return tuple(row for row in rows if row not in opined and row not in u.preferred and row not in u.unwanted)


def _taken_back(u: Understanding, standing: Standing, catalogue: Catalogue) -> set[int]:
    """Events of the beliefs that the message withdraws, in words or by saying something newer."""
    profile = standing.profile
    gone = set(u.beliefs) | changes(u.style, profile)[0]
    if "forget" in u.acts:
        everything = (*profile.beliefs, *profile.earlier)
        rows = {row for mention in u.mentions for row in mention.items}
        unnamed = not (u.mentions or u.forget or u.beliefs)
        gone |= {b.event for b in everything if unnamed or (b.item is not None and b.item in rows)}
    if "answer" in u.acts and (question := standing.question):
        # Having no preference among what was offered takes back nothing that was said.
        u = replace(u, relaxed=tuple(name for name in u.relaxed if name != question.field))
    conditions = [(b, b.constraint) for b in profile.beliefs if b.constraint is not None]
    gone |= {b.event for b, old in conditions if _named(old, u, catalogue) or _replaced(old, u)}
    # A range said in one breath ("the 90s") goes as a whole once half of it is replaced.
    halves = {(b.message, old.field) for b, old in conditions if b.event in gone and old.op in _LOWER | _UPPER}
    return gone | {b.event for b, old in conditions if old.op in _LOWER | _UPPER and (b.message, old.field) in halves}


def _named(old: Constraint, u: Understanding, catalogue: Catalogue) -> bool:
    """Whether the message says that this condition no longer matters, by its field or its value."""
    words = {word.casefold() for word in (*u.relaxed, *u.forget)}
    names = {old.field, catalogue.schema.field(old.field).label, *_values(old)}
    return bool(words & {name.casefold() for name in names})


def _replaced(old: Constraint, u: Understanding) -> bool:
    """Whether a newer condition stands in the way of this one.

    A new request for a comedy ends the old request for a western; what was excluded stays excluded.
    """
    wanted = {c.field for c in u.constraints if c.op in _POSITIVE}
    fresh = "recommend" in u.acts and not u.more
    if fresh and old.op in _POSITIVE and old.field in wanted:
        return True
    return any(_superseded(old, new) for new in u.constraints)


def _superseded(old: Constraint, new: Constraint) -> bool:
    """Whether a newer condition repeats, replaces or contradicts an older one."""
    if old.field != new.field:
        return False
    if replace(old, hard=new.hard) == new:
        return True
    if {old.op, new.op} <= {"includes", "excludes", "in", "not_in"}:
        return old.op != new.op and bool(_values(old) & _values(new))
    if {old.op, new.op} <= _LOWER or {old.op, new.op} <= _UPPER:
        return True
    if {old.op, new.op} <= _LOWER | _UPPER:
        low, high = (old, new) if old.op in _LOWER else (new, old)
        return _at(low.value) > _at(high.value)
    if new.op == "!=":
        return _values(old) <= _values(new)  # "Brittany", then "anywhere but Brittany"
    return old.op != "!=" or bool(_values(old) & _values(new))


def _at(value: Value) -> float:
    """Where a number or a date (YYYY[-MM[-DD]]) lies."""
    return float(day(value)) if isinstance(value, str) else float(str(value))
