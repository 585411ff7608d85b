"""Everything that is not a list -> the parts of a reply."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.policy import needs_care
from bot.profile import Standing, taken_back
from bot.reply.in_force import about_conditions
from bot.reply.inquiries import about_catalogue
from bot.reply.notes import field_labels, stated, titles, unused
from bot.reply.own import Past, about_own
from bot.reply.parts import Parts
from bot.styles import changes, style_of
from bot.understand.foreign import language_of
from bot.values import Question, Understanding
from bot.wording import by_behaviour, condition_texts, listed, month, number, say, value_text, year_field
from retrieval.catalogue import Catalogue
from retrieval.schema import Field


def which_title(u: Understanding, catalogue: Catalogue) -> Question:
    """Several items bear this name: ask, with the readings as options."""
    mention = next(m for m in u.mentions if len(m.items) > 1)
    name = year_field(catalogue.schema)
    options = []
    for row in mention.items[:5]:
        item = catalogue.items[row]
        year = item.attributes.get(name)
        options.append(say("option_title", title=item.title, year=year) if year is not None else item.title)
    return Question("", say("which_title", title=mention.text), tuple(options))


def acknowledgement(u: Understanding, before: Standing, after: Standing, catalogue: Catalogue, past: int = 0) -> Parts:
    """Everything that needs neither a list nor a reason; `past` counts the user's events in the data set."""
    schema, acts = catalogue.schema, set(u.acts)
    words = {"noun": schema.noun, "plural": schema.plural, "fields": field_labels(schema)}
    if needs_care(u.message):
        return Parts(say("care", verb=schema.verb, **words))
    if not u.message.strip() and acts <= {"help"}:
        return Parts(say("empty", **words))
    if "undo" in acts:
        which = "redo" if u.redo else "undo"
        gone = taken_back(u, before)
        if gone is None:
            return Parts(say(f"{which}_nothing"))
        turn = next(t for t in after.turns if t.turn in gone.payload["turns"]) if u.redo else gone
        taken = turn.payload["message"]
        return Parts(say(f"{which}ne", message=taken) if taken else say(f"{which}ne_click"))
    if "restart" in acts:
        return Parts(say("restarted"))
    if "forget" in acts:
        return Parts(_forgot(before, after, catalogue, 0 if after.forgotten else past))
    if "facts" in acts:
        return _facts(u, before, catalogue)
    if "style" in acts:
        return Parts(_styled(u, before))
    said = list(stated(u, catalogue))
    notes = tuple(unused(u, catalogue))
    if said or notes:
        return Parts(" ".join(said), notes=notes)
    if "out_of_scope" in acts and (language := language_of(u.message)):
        return Parts(say("not_english", language=language))
    for act in ("help", "out_of_scope"):
        if act in acts:
            return Parts(say(act, **words))
    if acts <= {"smalltalk", "answer"}:
        return Parts(say("smalltalk_later" if before.turns else "smalltalk", **words))
    if acts & {"like", "dislike", "seen", "rate"} and not before.shown:
        return Parts(say("why_what", **words))  # "I loved the second one", where nothing was shown
    return Parts(say("unclear", **words))


def about_you(u: Understanding, standing: Standing, past: Past, catalogue: Catalogue) -> Parts:
    """What is known of the user, or what is asked of it: the data set's behaviour in short, then every belief."""
    noted = (*stated(u, catalogue), *unused(u, catalogue))
    if u.asked == "own":
        parts = about_own(u, standing, past, catalogue)
    elif u.asked == "in_force":
        parts = about_conditions(u, standing, catalogue)
    else:
        parts = _about_all(standing, past, catalogue)
    return replace(parts, notes=(*parts.notes, *noted))


def _about_all(standing: Standing, past: Past, catalogue: Catalogue) -> Parts:
    schema = catalogue.schema
    out = []
    if standing.forgotten and past:
        out.append(say("profile_forgotten"))
    elif past:
        times = [t for _, _, t in past]
        first, last = month(min(times)), month(max(times))
        said = by_behaviour("profile_history", schema)
        out.append(say(said, count=number(len(past)), plural=schema.plural, first=first, last=last))
        best = sorted(past, key=lambda p: (-p[1], -p[2]))[:3] if schema.rating else []
        if best:
            out.append(say("profile_top", titles=listed([f"**{catalogue.items[row].title}**" for row, _, _ in best])))
    profile = standing.profile
    for kind in ("liked", "disliked", "seen"):
        rows = [b.item for b in (*profile.earlier, *profile.beliefs) if b.kind == kind and b.item is not None]
        if rows:
            out.append(say(f"profile_{kind}", titles=titles(rows, catalogue)))
    if profile.constraints:
        out.append(say("profile_conditions", conditions=listed(condition_texts(schema, profile.constraints))))
    if wishes := sorted(style_of(profile)):
        out.append(say("profile_style", wishes=listed([say(f"style_{wish}") for wish in wishes])))
    return Parts(" ".join(out) or say("profile_none", plural=schema.plural), counted=tuple(out))


def _styled(u: Understanding, before: Standing) -> str:
    """How explanations are written from now on."""
    gone, new = changes(u.style, before.profile)
    if new:
        return say("noted_style", wishes=listed([say(f"style_{wish}") for wish in new]))
    if gone:
        return say("noted_style_ended", wishes=listed([say(f"style_{wish}") for wish in u.style]))
    return say("noted_style_same")


def _forgot(before: Standing, after: Standing, catalogue: Catalogue, past: int) -> str:
    kept = {b.event for b in (*after.profile.beliefs, *after.profile.earlier)}
    gone = [b for b in (*before.profile.beliefs, *before.profile.earlier) if b.event not in kept]
    what = [f"**{catalogue.items[b.item].title}**" for b in gone if b.item is not None]
    what += condition_texts(catalogue.schema, [b.constraint for b in gone if b.constraint is not None])
    what += [f"“{say(f'style_{b.style}')}”" for b in gone if b.style]
    if what:
        return say("forgot", what=listed(list(dict.fromkeys(what))))
    return say("forgot_nothing_past" if past else "forgot_nothing", count=number(past))


def _facts(u: Understanding, before: Standing, catalogue: Catalogue) -> Parts:
    if u.inquiry is not None:
        return about_catalogue(u.inquiry, catalogue)
    rows = [m.items[0] for m in u.mentions if len(m.items) == 1]
    focus = before.focus(catalogue)
    rows = rows or ([focus] if focus is not None and not u.mentions else [])
    notes = tuple(unused(u, catalogue))
    if not rows:
        key = "facts_what" if before.shown else "why_what"
        lead = "" if notes else say(key, noun=catalogue.schema.noun, plural=catalogue.schema.plural)
        return Parts(lead, notes=notes)
    told = []
    for row in rows:
        item = catalogue.items[row]
        facts = [
            say("fact", label=f.label, value=value_text(replace(f, unit=_unit(f)), item.attributes[f.name]))
            for f in catalogue.schema.fields
            if f.name in item.attributes
        ]
        if count := int(catalogue.counts[row]):
            people = say("people_one" if count == 1 else "people_many", count=number(count))
            facts.append(say(by_behaviour("fact_count", catalogue.schema), people=people))
        notes += tuple(
            say("fact_unknown", title=item.title, label=f.label)
            for f in catalogue.schema.fields
            if f.name not in item.attributes and _asked(f, u.message)
        )
        told.append(
            say("facts", title=item.title, facts="; ".join(facts)) if facts else say("facts_none", title=item.title)
        )
    return Parts(" ".join(told), notes=notes, counted=tuple(told))


def _asked(field: Field, message: str) -> bool:
    """Whether the words name the field."""
    names = "|".join(map(re.escape, (field.label, field.name, *field.synonyms)))
    return re.search(rf"(?<!\w)(?:{names})(?!\w)", message, re.IGNORECASE) is not None


def _unit(field: Field) -> str | None:
    """A unit that the label says already is not said twice: "IMDb votes 65,597"."""
    return None if field.unit and field.label.endswith(field.unit) and field.unit != "year" else field.unit
