"""The phrase grammar of `prompts/phrases`: a claim becomes a tree of all the true ways of saying it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import Any, Literal

import yaml

from bot.speaking import Language
from bot.values import Claim
from bot.wording import labels
from bot.writer.templates import AnyOf, Part, Slot, Template, parse, texts
from bot.writer.trees import Choice, Tree, first_of
from retrieval.errors import DataError
from retrieval.schema import Schema

Variant = Literal["first", "lead", "card"]
TONES = ("brief", "friendly", "detailed")
EVERY = "every"
ENOUGH = 3  # phrases of a tone that may do without the usual ones
VARIANTS: tuple[Variant, ...] = ("first", "lead", "card")


@dataclass(frozen=True)
class Family:
    """The ways of saying one kind of claim, and what they say (`polarity`, `direction`; "" where neither).

    `plain` is for claims without their numbers, `tones` are ways by tone. `exact`: only these very wordings count as
    saying it.
    """

    kind: str
    first: Template
    lead: Template
    card: Template
    any: tuple[Template, ...]
    next: tuple[Template, ...]
    turn: tuple[Template, ...]
    plain: tuple[Template, ...] = ()
    tones: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)
    polarity: str = ""
    direction: str = ""
    exact: bool = False


@dataclass(frozen=True)
class Fragment:
    """What a part of a phrase says: `again` after a sentence that said it of the same item, `otherwise` where a slot of
    `any` is empty."""

    any: Template
    again: Template | None
    otherwise: Template | None


@dataclass(frozen=True)
class Phrases:
    """One language's phrase grammar."""

    families: Mapping[str, Family]
    parts: Mapping[str, Fragment]
    counted: Mapping[str, Mapping[str, str]]
    pronouns: Mapping[str, str]
    articles: Mapping[str, str]
    agreement: Mapping[str, Any]
    possessive: str = "{title}'s"
    naming: str = "{title}"
    ordinal: str = ""  # "" for English endings
    units: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)  # of fields, folded -> the language's word

    def texts(self) -> Iterator[str]:
        """Every piece of fixed text: the language's own words, none of the values."""
        for family in self.families.values():
            if family.exact:  # these words may not stand in sentences of other kinds
                continue
            told = (template for tone in family.tones.values() for template in tone)
            usual = (*family.any, *family.next, *family.turn, *family.plain)
            for template in (family.first, family.lead, family.card, *usual, *told):
                yield from texts(template)
        for part in self.parts.values():
            yield from texts((part.any, part.again or "", part.otherwise or ""))
        yield from (*self.articles, self.agreement["one"], self.agreement["many"])
        for words in (*self.counted.values(), self.pronouns):
            yield from (re.sub(r"\{\w+\}", " ", text) for text in words.values())

    def family(self, claim: Claim) -> Family:
        """The claim's family, that of its field's label first. DataError names the kinds there are."""
        for key in (f"{claim.kind}:{claim.slots.get('label', '')}", claim.kind):
            if key in self.families:
                return self.families[key]
        raise DataError(f"No phrases for claims of kind {claim.kind!r}; there are {', '.join(sorted(self.families))}.")

    def slots(self, claim: Claim, schema: Schema) -> dict[str, str]:
        """All that may fill the claim's phrases: its own values, words of the catalogue, what follows from both."""
        slots = {name: clean(str(value)) for name, value in claim.slots.items()}
        slots |= {"noun": schema.noun, "plural": schema.plural, "verb": schema.verb}
        if slots.get("share"):
            share = slots["share"].lstrip("-−– ")
            # "0 % of the case" helps nobody, nor more than all that speaks for it; but either may be the answer.
            figure = re.match(r"\d+(\.\d+)?", share)
            told = (figure and 0 < float(figure[0]) <= 100) or self.family(claim).exact
            slots["share"] = share if told else ""
        if slots.get("rating"):
            unit = slots.get("unit") or schema.rating_unit
            slots["stars"] = _counted(slots["rating"], self.units.get(unit, unit))
        for name, place in (("rank", "place"), ("other_rank", "other_place")):
            if rank := slots.get(name):
                slots[place] = self.ordinal.format(rank=rank) if self.ordinal else ordinal(rank)
        if slots.get("label"):
            slots["label"] = self.labels.get(slots["label"].casefold(), slots["label"])
            slots["Label"] = _capital(slots["label"])
            several = self._several(slots["label"])
            slots["is_label"] = self.agreement["many" if several else "one"]
            slots["many_label" if several else "one_label"] = slots["label"]
        for name in ("label", "asked"):
            if value := slots.get(name):
                article = next(word for word, letters in self.articles.items() if not letters or value[0] in letters)
                bare = value[0].isdigit() or self._several(slots.get("label", ""))  # "1970 to 1979"
                slots[f"a_{name}"] = value if bare else f"{article} {value}".strip()
        if count := slots.get("count"):
            form = "one" if count == "1" else "many"
            slots |= {name: words[form].format(**slots) for name, words in self.counted.items()}
            slots |= {name.capitalize(): _capital(slots[name]) for name in self.counted if slots[name]}
        return slots

    def _several(self, label: str) -> bool:
        """Whether a label is a plural: "votes"."""
        return label.endswith(self.agreement["ends"]) and not label.endswith(tuple(self.agreement["not"]))

    def tree(
        self, claim: Claim, schema: Schema, *, named: bool = False, after: Claim | None = None, tone: str = ""
    ) -> Tree:
        """Every way of saying `claim`. `named`: the item was named before, so a pronoun will do. `after` is the claim
        said before: it allows the phrases that go on from it or turn against it. `tone` has phrases of its own, and no
        others where they are enough. EVERY tone is all of them."""
        family = self.family(claim)
        usual: tuple[Template, ...] = (family.first, *family.any)
        title, shared = claim.slots.get("title"), False
        if after is not None and after.slots.get("title", title) == title:  # else it would add up two items
            usual += family.next if self.family(after).direction == family.direction else family.turn
            shared = named and bool(self.slots(after, schema).get("share"))
        fill = Filling(self, self.slots(claim, schema), shared).fill
        told = tuple(chain(*family.tones.values())) if tone == EVERY else family.tones.get(tone, ())
        if tone == EVERY:
            usual += family.plain
        ways = [((*told, *usual), 1), (family.plain, 1)]
        if tone != EVERY:
            ways.insert(0, (told, 1 if tone == "brief" else ENOUGH))
        for options, least in ways:
            filled = tuple(found[0] for option in options if (found := fill(option, named)) is not None)
            if len(filled) >= least:
                return Choice(filled)
        raise _lacking(claim)

    def sayable(self, claim: Claim, schema: Schema) -> bool:
        """Whether any phrase can be filled with the claim's slots."""
        family = self.family(claim)
        fill = Filling(self, self.slots(claim, schema)).fill
        return any(fill(option, False) is not None for option in (family.first, *family.any, *family.plain))

    def fixed(self, claim: Claim, schema: Schema, variant: Variant = "first", *, named: bool = False) -> str:
        """The deterministic phrase; where it needs a number that the claim leaves out, the first that does not."""
        family = self.family(claim)
        fill = Filling(self, self.slots(claim, schema)).fill
        own: Template = getattr(family, variant)
        if (found := fill(own, named)) is not None:
            return first_of(found[0])
        for template in (*family.plain, family.first, *family.any):
            if (found := fill(template, named or variant == "card")) is not None:
                text = first_of(found[0])
                return text.rstrip(".。") if variant == "card" else text
        raise _lacking(claim)


@dataclass(frozen=True)
class Filling:
    """One claim's values, put into templates. `again`: the sentence before gave a share of the same item's case."""

    phrases: Phrases
    slots: Mapping[str, str]
    again: bool = False

    def fill(self, template: Template, named: bool) -> tuple[Tree, bool] | None:
        """The tree of a template and whether the item has surely been named at its end; None if a slot is empty."""
        if isinstance(template, str):
            return template, named
        if isinstance(template, Slot):
            return self._slot(template.name, named)
        if isinstance(template, Part):
            part = self.phrases.parts[template.name]
            ways = (part.again if self.again else None, part.any, part.otherwise)
            tried = (self.fill(way, named) for way in ways if way is not None)
            return next((found for found in tried if found is not None), None)
        if isinstance(template, AnyOf):
            options = [found for option in template.options if (found := self.fill(option, named)) is not None]
            if not options:
                return None
            trees = tuple(tree for tree, _ in options)
            return Choice(trees) if len(trees) > 1 else trees[0], all(after for _, after in options)
        pieces: list[Tree] = []
        for piece in template:
            found = self.fill(piece, named)
            if found is None:
                return None
            told = found[0]
            if isinstance(told, str) and told.startswith(".") and _closed(tuple(pieces)):
                told = told[1:]  # "The Man from U.N.C.L.E." ends a sentence by itself
            pieces.append(told)
            named = found[1]
        return tuple(pieces), named

    def _slot(self, name: str, named: bool) -> tuple[Tree, bool] | None:
        pronoun, title = self.phrases.pronouns.get(name), self.slots.get("title", "")
        if pronoun is None:
            value = self.slots.get(name)
            return (value, named or name == "title") if value else None
        if not title and name.lower() != "this":
            return None
        if named or not title:
            return pronoun.format(**self.slots), True
        if name.lower() == "its":
            return self.phrases.possessive.format(title=title), True
        naming = self.phrases.naming.format(title=title)
        return naming if name.islower() else naming.lstrip(), True


def _closed(tree: Tree) -> bool:
    """Whether all that the tree says ends a sentence."""
    if isinstance(tree, str):
        return tree.endswith((".", "!", "?"))
    if isinstance(tree, Choice):
        return all(map(_closed, tree.options))
    last = next((piece for piece in reversed(tree) if piece), "")
    return _closed(last)


def _lacking(claim: Claim) -> DataError:
    return DataError(f"A claim of kind {claim.kind!r} lacks a slot of its phrases; it has {dict(claim.slots)}.")


def clean(value: str) -> str:
    """A value as it may stand in a sentence: one line, no control characters, no markup delimiters of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def ordinal(rank: str) -> str:
    """57 becomes 57th; anything else stays as it is."""
    if not rank.isdigit():
        return rank
    ending = "th" if rank[-2:] in {"11", "12", "13"} else {"1": "st", "2": "nd", "3": "rd"}.get(rank[-1], "th")
    return rank + ending


def _counted(number: str, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache
def phrases(language: Language = "en") -> Phrases:
    """Read `prompts/phrases/LANGUAGE.yaml`; DataError says what is wrong with it."""
    content = files("prompts").joinpath("phrases", f"{language}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    parts = {name: _fragment(body) for name, body in data["parts"].items()}
    families = {
        kind: Family(
            kind=kind,
            first=parse(body["first"]),
            lead=parse(body.get("lead", body["first"])),
            card=parse(body.get("card", body["first"])),
            any=tuple(parse(text) for text in body.get("any", ())),
            next=tuple(parse(text) for text in body.get("next", ())),
            turn=tuple(parse(text) for text in body.get("turn", ())),
            plain=tuple(parse(text) for text in body.get("plain", ())),
            tones={tone: tuple(parse(text) for text in body[tone]) for tone in TONES if tone in body},
            **({"exact": True} if data.get("exact") else body.get("says", {})),
        )
        for kind, body in data["families"].items()
    }
    if language != "en":  # its own wording of a kind goes for every label
        english = phrases("en").families
        families = {k: f for k, f in english.items() if k.partition(":")[0] not in families} | families
    own: dict[str, Any] = {key: data[key] for key in ("possessive", "naming", "ordinal", "units") if key in data}
    own["labels"] = labels(language)
    return Phrases(families, parts, data["counted"], data["pronouns"], data["articles"], data["agreement"], **own)


def _fragment(body: Mapping[str, list[str]]) -> Fragment:
    ways = {key: AnyOf(tuple(map(parse, texts))) for key, texts in body.items()}
    return Fragment(ways["any"], ways.get("again"), ways.get("else"))
