"""A turn's JSON (the contract's shape) -> HTML. A reload and a live turn go through the same functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot import wording
from bot.feedback import About, Rating
from bot.policy import EXPLAINED
from bot.speaking import language, language_of
from bot.styles import style_of
from bot.values import Belief, Profile, Style
from bot.web import covers, words
from bot.web.agents import Json, PageCatalogue
from bot.web.explanations import Explanation, explain
from bot.web.markdown import safe
from retrieval.schema import Field, Schema, Value

Marks = Mapping[str, Mapping[str, int]]  # item id -> kind of belief -> event id

_templates = Environment(
    loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.globals |= {"w": words.word, "words": words.page, "tongue": language}
_MORE_THAN_TITLE = 2  # facts under the tags


@dataclass(frozen=True)
class Card:
    """What an item's card shows. `width` is the score in percent of the best score in the same list."""

    id: str
    key: str
    title: str
    size: str
    palette: covers.Palette
    art: Markup
    year: str
    tags: tuple[str, ...]
    facts: tuple[str, ...]
    rank: int | None
    of: int
    score: str
    width: int
    marks: Mapping[str, int]
    why: Explanation | None
    opinion: Opinion | None


@dataclass(frozen=True)
class Opinion:
    """The thumb and the form under one explanation. `again` is the item of which it can be given anew, in a style."""

    key: str
    about: str
    again: str
    styles: Mapping[str, str]  # what can be asked of the next ones -> how the button is called
    rating: Rating | None


@dataclass(frozen=True)
class _Opinions:
    """What may be said, and was said, of the explanations of one turn."""

    turn: Json
    ratings: Mapping[About, Rating]
    style: frozenset[Style]
    last: bool

    @property
    def key(self) -> str:
        return f"{self.turn['conversation']}-{self.turn['turn']}"

    def of(self, item: str, again: str) -> Opinion | None:
        """None for a list that the conversation has left behind, unless it was rated: each form is 3 kB of HTML."""
        rating = self.ratings.get((self.turn["turn"], item))
        if item and not self.last and rating is None:
            return None
        styles = {
            s: name
            for s, name in words.page()["styles"].items()
            if s not in self.style and (s != "usual" or self.style)
        }
        return Opinion(f"{self.key}-{item}", f"{self.turn['turn']}/{item}", again, styles, rating)


def transcript(
    turns: Sequence[Json], catalogue: PageCatalogue, profile: Profile, starters: Sequence[str],
    ratings: Mapping[About, Rating] | None = None,
) -> str:  # fmt: skip
    """All finished turns of a conversation; the welcome when there is none. `ratings` of its explanations."""
    marks = _marks(profile, catalogue)
    shown: list[Json] = []
    listed: dict[str, Json] = {}  # item id -> the last turn that recommended it, where its whole score is
    for turn in turns:
        opinions = _Opinions(turn, ratings or {}, style_of(profile), last=turn is turns[-1])
        shown.append(_turn(turn, catalogue.schema, marks, listed, opinions))
        listed |= {item["id"]: turn for item in turn["items"]}
    return _templates.get_template("transcript.html").render(turns=shown, schema=catalogue.schema, starters=starters)


def welcome() -> str:
    """What stands in the conversation's place before the catalogue has loaded."""
    return _templates.get_template("transcript.html").render(turns=(), schema=None, starters=())


def live(
    message: str = "",
    stages: Sequence[str] = (),
    text: str = "",
    notice: str = "",
    status: str = "",
    redo: bool = False,
) -> str:
    """The turn in progress: its stages so far (the last one runs) and as much of the reply as there is. `redo`: what
    was just undone can come back."""
    names = [_stage(stage) for stage in stages]
    return _templates.get_template("live.html").render(
        message=message, stages=names, text=Markup(safe(text)), notice=notice, status=status, redo=redo
    )


def _stage(name: str) -> str:
    return str(words.page()["stages"].get(name, name))


def side(
    schema: Schema | None,
    people: Sequence[tuple[str, int]] = (),
    borrowed: str = "",
    talks: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Brand, who is watching, conversations, forget me; only the brand while the catalogue loads (`schema` None)."""
    return _templates.get_template("side.html").render(
        ready=schema is not None,
        gerund=words.gerund(schema.verb) if schema else "",
        unit=words.behaviour(schema) if schema else "",
        source=schema.source if schema else "",
        people=people,
        borrowed=borrowed,
        talks=talks,
    )


def taste(profile: Profile | None, catalogue: PageCatalogue | None, past: str = "") -> str:
    """Everything the bot believes of this person, each belief removable."""
    groups: dict[str, list[Json]] = {}
    if profile and catalogue:
        for belief in profile.beliefs:
            groups.setdefault(_heading(belief), []).append(_belief(belief, catalogue))
        for belief in profile.earlier:
            heading = wording.say("heading_style") if belief.style else words.word("earlier")
            groups.setdefault(heading, []).append(_belief(belief, catalogue))
    for beliefs in groups.values():
        for before, after in pairwise(beliefs):
            after["quoted"] = after["words"] != before["words"]  # one message, quoted once
    return _templates.get_template("taste.html").render(groups=list(groups.items()), past=past)


def _turn(turn: Json, schema: Schema, marks: Marks, listed: Mapping[str, Json], opinions: _Opinions) -> Json:
    key = f"{turn['conversation']}-{turn['turn']}"
    shown = [item["id"] for item in turn["items"]]
    asked_why, last = bool(EXPLAINED & set(turn["acts"])), opinions.last
    about = dict.fromkeys(r["item_id"] for r in turn["reasons"] if r["item_id"])
    apart = [item for item in about if asked_why or item not in shown]
    top = max((float(item["score"]) for item in turn["items"]), default=0.0)
    question = turn["question"]
    return {
        "key": key,
        "message": turn["message"],
        "editable": bool(turn["message"]),
        "languages": {part: language_of(turn[part]) for part in ("message", "reply")},
        "reply": Markup(safe(turn["reply"])),
        "grounded": turn["grounded"],
        "cards": []
        if asked_why
        else [_card(item, turn, schema, marks.get(item["id"], {}), top, opinions) for item in turn["items"]],
        "explanations": [
            replace(explain(turn, item, listed.get(item) if "why" in turn["acts"] else None), texts=())
            for item in apart
        ]
        if last or asked_why
        else [],
        "opinion": opinions.of("", next(iter(about), "") if "why" in turn["acts"] else "")
        if asked_why and turn["reasons"]
        else None,
        "options": list(question["options"]) if question else words.follow_ups(schema) if turn["items"] else [],
        "asked": _asked(question) if question and turn["items"] else "",
        "timings": [f"{_stage(name)} {ms:.0f} ms" for name, ms in turn["timings_ms"].items() if name != "total"],
        "total": words.word("seconds", count=f"{turn['timings_ms']['total'] / 1000:.2f}")
        if "total" in turn["timings_ms"]
        else "",
    }


def _asked(question: Json) -> str:
    """The question without its options, which stand below as buttons."""
    text, options = question["text"], question["options"]
    return str(text.partition(options[0])[0].strip() or text) if options else str(text)


def _card(item: Json, turn: Json, schema: Schema, marks: Mapping[str, int], top: float, opinions: _Opinions) -> Card:
    attributes, title = item["attributes"], item["title"]
    dated, group = words.year_field(schema), words.tags_field(schema)
    tags = words.tags(attributes, schema)
    facts = [
        _fact(f, attributes[f.name])
        for f in schema.fields
        if f not in (dated, group) and f.kind in ("number", "category", "date") and attributes.get(f.name) is not None
    ]
    score = float(item["score"])
    why = explain(turn, item["id"])
    return Card(
        id=item["id"],
        key=f"{opinions.key}-{item['id']}",
        title=title,
        size=_size(title),
        palette=covers.palette(title, tags[0] if tags else ""),
        art=Markup(covers.art(title, tags[0] if tags else "")),
        year=wording.value_text(dated, attributes[dated.name])
        if dated and attributes.get(dated.name) is not None
        else "",
        tags=tags[:3],
        facts=tuple(facts[:_MORE_THAN_TITLE]),
        rank=item["rank"],
        of=len(turn["items"]),
        score=f"{score:.3g}",
        width=round(100 * max(0.0, score) / top) if top > 0 else 0,
        marks=marks,
        why=why if why.bars or why.texts else None,
        opinion=opinions.of(item["id"], item["id"]),
    )


def _fact(field: Field, value: Any) -> str:
    """ "170 minutes", "R", "IMDb rating 8.1": a bare number says nothing without what it counts."""
    text = wording.value_text(field, _value(value))
    return f"{field.label or field.name} {text}" if field.kind == "number" and not field.unit else text


def _value(value: Any) -> Value:
    """JSON has no tuples."""
    return tuple(value) if isinstance(value, list) else value


def _size(title: str) -> str:
    """The type size of a title that keeps it whole on its cover."""
    longest = max((len(word) for word in title.split()), default=0)
    for name, letters, word in (("t1", 14, 8), ("t2", 26, 10), ("t3", 46, 13)):
        if len(title) <= letters and longest <= word:
            return name
    return "t4" if len(title) <= 80 and longest <= 24 else "t5"


def _marks(profile: Profile, catalogue: PageCatalogue) -> dict[str, dict[str, int]]:
    marks: dict[str, dict[str, int]] = {}
    for belief in profile.beliefs:
        if belief.item is not None:
            marks.setdefault(catalogue.items[belief.item].id, {})[belief.kind] = belief.event
    return marks


def _heading(belief: Belief) -> str:
    if belief.constraint is not None:
        return words.word("hard" if belief.constraint.hard else "soft")
    return str(words.page()["headings"].get(belief.kind, belief.kind.capitalize()))


def _belief(belief: Belief, catalogue: PageCatalogue) -> Json:
    if belief.constraint is not None:
        wanted = replace(belief.constraint, hard=True)  # the heading says which are only preferred
        (text,) = wording.condition_texts(catalogue.schema, [wanted])
    elif belief.style:
        text = wording.say(f"style_{belief.style}")
        text = text[:1].upper() + text[1:]
    else:
        item = catalogue.items[belief.item] if belief.item is not None else None
        text = item.title if item else belief.kind
        if belief.rating is not None:
            text += f" ({belief.rating:g} {catalogue.schema.rating_unit})"
    return {"event": belief.event, "text": text, "words": belief.message, "quoted": True}
