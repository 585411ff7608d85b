"""Answers about the conditions in force: all of them, or whether one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.profile import Standing
from bot.query import meeting
from bot.reply.notes import titles
from bot.reply.parts import Parts
from bot.superlatives import superlative
from bot.values import Belief, Inquiry, Understanding
from bot.wording import condition_texts, listed, say
from retrieval.catalogue import Catalogue
from retrieval.schema import Constraint


def about_conditions(u: Understanding, standing: Standing, catalogue: Catalogue) -> Parts:
    """Which conditions are in force, or whether those asked about are; and how to drop them."""
    asked = u.inquiry or Inquiry()
    in_force = [b for b in standing.profile.beliefs if b.constraint is not None]
    if asked.constraints:
        told = _whether(asked.constraints, in_force, "force_why" if "why" in u.acts else "force_yes", catalogue)
    elif asked.field:
        told = _of_field(asked.field, in_force, catalogue)
    else:
        told = _all(in_force, catalogue)
        request = list(_request(standing, catalogue))
        told = [*(told if in_force or not request else [say("force_nothing")]), *request]
    return Parts(" ".join(told), counted=tuple(told))


def _all(in_force: Sequence[Belief], catalogue: Catalogue) -> list[str]:
    if not in_force:
        return [say("force_none")]
    told = [say("force_each", condition=text, words=words) for text, words in _texts(in_force, catalogue)]
    return [say("force_all", conditions=listed(told)), _drop(in_force, catalogue)]


def _texts(in_force: Sequence[Belief], catalogue: Catalogue) -> list[tuple[str, str]]:
    """The conditions as phrases, with the words that set each; both ends of a range are one."""
    by_words: dict[tuple[str, str], list[Constraint]] = {}
    for belief in in_force:
        if belief.constraint is not None:
            by_words.setdefault((belief.message, belief.constraint.field), []).append(belief.constraint)
    return [(text, words) for (words, _), own in by_words.items() for text in condition_texts(catalogue.schema, own)]


def _drop(in_force: Sequence[Belief], catalogue: Catalogue) -> str:
    text, _ = _texts(in_force, catalogue)[-1]
    return say("force_drop", condition=text)


def _whether(asked: Sequence[Constraint], in_force: Sequence[Belief], firmly: str, catalogue: Catalogue) -> list[str]:
    """Whether what is asked must be: what was said of those fields lets nothing else through."""
    fields = {c.field for c in asked}
    related = [b for b in in_force if b.constraint is not None and b.constraint.field in fields]
    firm = [b for b in related if b.constraint is not None and b.constraint.hard]
    for own, key in ((firm, firmly), (related, "force_soft")):
        if own and _implied(asked, _constraints(own), catalogue):
            told = [b for b in own if any(_implied([c], _constraints([b]), catalogue) for c in asked)] or own
            plain = [replace(b, constraint=replace(c, hard=True)) for b in told if (c := b.constraint) is not None]
            conditions = listed([text for text, _ in _texts(plain, catalogue)])
            return [say(key, conditions=conditions), _drop(plain, catalogue)]
    if not in_force:
        return [say("force_no"), say("force_nothing")]
    conditions = listed([text for text, _ in _texts(in_force, catalogue)])
    return [say("force_no"), say("force_others", conditions=conditions)]


def _constraints(beliefs: Sequence[Belief]) -> list[Constraint]:
    return [belief.constraint for belief in beliefs if belief.constraint is not None]


def _implied(asked: Sequence[Constraint], given: Sequence[Constraint], catalogue: Catalogue) -> bool:
    """Whether all items that meet the conditions given meet those asked about, and not just all items there are."""
    fits = meeting(given, catalogue)
    return all(constraint in given or bool(catalogue.matches(constraint)[fits].all()) for constraint in asked)


def _of_field(name: str, in_force: Sequence[Belief], catalogue: Catalogue) -> list[str]:
    label = catalogue.schema.field(name).label
    own = [b for b in in_force if b.constraint is not None and b.constraint.field == name]
    if not own:
        return [say("force_field_none", label=label)]
    conditions = listed([text for text, _ in _texts(own, catalogue)])
    return [say("force_field", label=label, conditions=conditions), _drop(own, catalogue)]


def _request(standing: Standing, catalogue: Catalogue) -> list[str]:
    """What else the list was asked to be."""
    request, told = standing.request, []
    if request.like:
        told.append(say("force_like", titles=titles(request.like, catalogue)))
    if request.text:
        told.append(say("force_words", words=request.text))
    if request.order is not None:
        told.append(say("force_order", asked=superlative(catalogue.schema.field(request.order[0]), request.order[1])))
    told += [say("force_manner", manner=say(f"force_manner_{manner}")) for manner in request.manner]
    if request.toward:
        told.append(say("force_toward", words=listed([f"“{words}”" for words, _, _ in request.toward])))
    return told
