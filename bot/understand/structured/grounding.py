"""A model's Proposal -> an Understanding in which every word is the message's and every value is the catalogue's.

Whatever the model returns, the outcome is a valid Understanding: what the message does not say is set aside and noted.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.understand.deciding import WANTS
from bot.understand.mentions import Mentions
from bot.understand.opinions import Said
from bot.understand.reading import Context
from bot.understand.structured.conditions import ConditionGrounding
from bot.understand.structured.items import ItemGrounding
from bot.understand.structured.proposal import Proposal, Quality
from bot.understand.structured.quotes import Quotes, Span
from bot.understand.things import mentions as mentions_of
from bot.understand.vocabulary import Catalogue
from bot.values import Act, Understanding
from retrieval.schema import Constraint

_OPINIONS: frozenset[Act] = frozenset({"like", "dislike", "seen", "rate"})
_ALONE: frozenset[Act] = frozenset({"undo", "restart"})  # they take back what was said: never a by-product
_STATES = WANTS | _OPINIONS  # acts that can set conditions
_EXCLUDING = frozenset({"!=", "not_in", "excludes"})


def grounded(
    message: str, proposal: Proposal, quotes: Quotes, catalogue: Catalogue, mentions: Mentions, context: Context
) -> Understanding | None:
    """The Understanding that the message bears out; None when it bears out none of the proposal's acts."""
    items = ItemGrounding(quotes, mentions, context)
    said = items.said(proposal.mentions)
    acts = _acts(proposal, context, said)
    if not acts:
        return None
    named = [(Span(s.thing.start, s.thing.end), s.thing.rows[0]) for s in said if len(s.thing.rows) == 1]
    conditions = ConditionGrounding(quotes, catalogue, context, named)
    states, wants = bool(_STATES & set(acts)), bool(WANTS & set(acts))
    constraints = conditions.constraints(proposal.constraints) if states else ()
    gone = conditions.no_longer(proposal.dropped)
    if states:
        constraints = (*constraints, *_kept(constraints, gone, quotes, said, conditions.dropped))
    text, ignored = _unanswered(proposal.other, conditions.left, quotes) if wants else ((), ())
    return Understanding(
        message,
        acts,
        mentions_of(said),
        constraints,
        relaxed=gone if states else (),
        similar_to=_rows(s for s in said if s.similar and (len(s.thing.rows) == 1 or s.thing.reference))
        if wants
        else (),
        more=wants and proposal.more and bool(context.shown),
        rewatch=wants and proposal.rewatch,
        count=_count(proposal, quotes, conditions.dropped) if wants else None,
        text=" ".join(text),
        ignored=ignored,
        forget=gone if "forget" in acts else (),
        toward=_toward(proposal.toward, quotes, conditions.dropped) if wants else (),
        order=conditions.order if wants else None,
        preferred=_preferred(proposal, said, context),
        unwanted=_rows(s for s in said if s.unwanted) if wants else (),
        manner=quotes.built_in.manner if wants else (),
        notes=(*items.dropped, *conditions.dropped),
    )


def _acts(proposal: Proposal, context: Context, said: list[Said]) -> tuple[Act, ...]:
    """The acts that are possible here."""
    acts = list(dict.fromkeys(proposal.acts))
    if len(acts) > 1:
        acts = [act for act in acts if act not in _ALONE]
    gone: set[Act] = set()
    if len(acts) > 1:
        gone |= _ALONE | {"out_of_scope"}
    if context.question is None:
        gone |= {"answer"}
    if not (said or proposal.constraints):
        gone |= _OPINIONS
    if "recommend" in acts:
        gone |= {"refine"}
    return tuple(act for act in acts if act not in gone)


def _kept(
    found: tuple[Constraint, ...], gone: tuple[str, ...], quotes: Quotes, said: list[Said], notes: list[str]
) -> tuple[Constraint, ...]:
    """Exclusions that the built-in reader found and the model passed over: a stated "no" is always kept.

    Only on fields of which the model says nothing, so that it may still correct the built-in reader.
    """
    touched = {c.field for c in found}
    titles = {word for s in said for word in quotes.marked.words[s.thing.start : s.thing.end]}
    out = tuple(
        c
        for c in quotes.built_in.constraints
        if c.hard
        and c.op in _EXCLUDING
        and c.field not in touched | set(gone)
        and not {str(c.value)} & set(gone)
        and not titles & set(str(c.value).casefold().split())
    )
    notes += [f"{c.field} {c.op} {c.value!r}: the model passed it over; kept from the built-in reader" for c in out]
    return out


def _unanswered(other: Iterable[str], left: Iterable[Span], quotes: Quotes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Wishes that no field expresses: words that descriptions may answer, and phrases that nothing answers."""
    searchable: dict[str, None] = {}
    ignored: dict[str, None] = {}
    spans = [span for span in map(quotes.find, other) if span is not None]
    for span in (*spans, *left):
        if not quotes.carries(span):
            continue
        described = quotes.described(span)
        if described:
            searchable |= dict.fromkeys(described)
        else:
            ignored[quotes.words(span)] = None
    return tuple(searchable), tuple(ignored)


def _count(proposal: Proposal, quotes: Quotes, notes: list[str]) -> int | None:
    if proposal.count is None or quotes.says(proposal.count) or proposal.count == quotes.built_in.count:
        return proposal.count
    notes.append(f"count {proposal.count}: not in the message")
    return None


def _toward(proposed: Iterable[Quality], quotes: Quotes, notes: list[str]) -> tuple[tuple[str, float], ...]:
    out: dict[str, float] = {}
    for quality in proposed:
        span = quotes.find(quality.words)
        if span is None or not quotes.carries(span) or not quality.weight:
            notes.append(f"quality {quality.words[:60]!r}: not in the message")
        else:
            out[quotes.words(span)] = quality.weight
    return tuple(out.items())


def _preferred(proposal: Proposal, said: list[Said], context: Context) -> tuple[int, ...]:
    """Which of the pair that the bot asked about was chosen."""
    pair = context.question.pair if context.question else ()
    chosen = any(named.role == "preferred" for named in proposal.mentions)
    rows = [row for row in _rows(said) if row in pair]
    return tuple(rows) if chosen and len(rows) == 1 else ()


def _rows(said: Iterable[Said]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(row for s in said for row in s.thing.rows))
