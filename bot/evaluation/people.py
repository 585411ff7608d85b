"""Who the simulated people are: a hidden target, hidden wishes, liked titles they tell, and what they cannot answer.

Kinds ("tuning", "final") are files in `prompts/people`: rates and wording. See docs/dialogue.md.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from bot.evaluation.fields import numbers
from bot.evaluation.held_out import Past
from bot.evaluation.wishes import Reveal, Wish, Wishes
from retrieval.catalogue import Catalogue
from retrieval.errors import DataError

KINDS = ("tuning", "final")
FEWEST, MOST = 2, 4  # wishes
_TRIES = 50  # targets looked at before a catalogue is said to give no people


@dataclass(frozen=True)
class Kind:
    """How people of one kind are drawn (`rates`) and how they talk (`words`, lists of templates)."""

    name: str
    rates: Mapping[str, Any]
    words: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Person:
    """One simulated person. All that is random about them follows from `seed`, whatever the bot does."""

    seed: str
    source: str  # the held-out user whose behaviour it is, or a name of its own
    target: int  # row that they would accept
    told: tuple[int, ...]  # rows that they liked before and say so at once
    wishes: tuple[Wish, ...]  # each on another field, all true of the target
    formed: tuple[Wish, ...]  # what they would say of other fields if asked, and would not reject an item for
    unable: frozenset[str]  # fields they could not answer a question about

    def wish(self, field: str) -> Wish | None:
        """What they would say of this field, if anything."""
        return next((w for w in (*self.wishes, *self.formed) if w.field == field), None)


@cache
def kind(name: str) -> Kind:
    """A kind of people."""
    text = resources.files("prompts").joinpath(f"people/{name}.yaml").read_text("utf-8")
    return Kind(name, **yaml.safe_load(text))


def people(catalogue: Catalogue, pasts: Sequence[Past], of: Kind, count: int, seed: int) -> tuple[Person, ...]:
    """`count` people; with `pasts` (held-out behaviour) their targets are what somebody really liked.

    Without, a target is any item: in proportion to a count field (votes, sales), if the catalogue has one, else all
    alike. DataError when fewer than two wishes can be found for nearly every target.
    """
    wishes = Wishes(catalogue)
    weights = _popularity(wishes)
    out = []
    for number in range(count):
        rng = random.Random(f"{of.name} {seed} {number}")
        for _ in range(_TRIES):
            source, target, earlier = _target(rng, catalogue, pasts, weights, number)
            wanted = _wanted(rng, wishes, target, of)
            if len(wanted) >= FEWEST:
                break
        else:
            raise DataError(
                f"Too few items of {catalogue.schema.name} have two known fields that people could wish for; simulated"
                " people need a catalogue that has: declare more fields in its schema."
            )
        (told,) = rng.choices(range(len(of.rates["told"])), of.rates["told"])
        liked = tuple(rng.sample(earlier, min(told, len(earlier))))
        unable = frozenset(name for name in sorted(wishes.manners) if rng.random() < _unable(wishes, target, name, of))
        formed = _formed(rng, wishes, target, {w.field for w in wanted}, of)
        out.append(Person(f"{of.name} {seed} {number}", source, target, liked, wanted, formed, unable))
    return tuple(out)


def _target(
    rng: random.Random, catalogue: Catalogue, pasts: Sequence[Past], weights: Sequence[float] | None, number: int
) -> tuple[str, int, list[int]]:
    """Whose, what, and what was liked before it."""
    if not pasts:
        rows = range(len(catalogue.items))
        return f"item {number}", rng.choices(rows, weights)[0] if weights else rng.choice(rows), []
    past = rng.choice(pasts)
    place = rng.randrange(1, len(past.liked))
    target = past.liked[place]
    return past.user, target, sorted(set(past.liked[:place]) - {target})


def _popularity(wishes: Wishes) -> list[float] | None:
    name = next((name for name, how in wishes.manners.items() if how == "count"), None)
    if name is None:
        return None
    top = float(numbers(wishes.catalogue, wishes.catalogue.schema.field(name))[-1])
    known = (item.attributes.get(name, 0) for item in wishes.catalogue.items)
    return [max(float(v), top * 1e-6) if isinstance(v, int | float) else 0.0 for v in known]


def _wanted(rng: random.Random, wishes: Wishes, target: int, of: Kind) -> tuple[Wish, ...]:
    (count,) = rng.choices(range(FEWEST, MOST + 1), of.rates["wishes"])
    open_fields = dict(wishes.manners)
    reveals: Mapping[Reveal, float] = of.rates["reveal"]
    out: list[Wish] = []
    while open_fields and len(out) < count:
        (name,) = rng.choices(list(open_fields), [of.rates["cares"][how] for how in open_fields.values()])
        del open_fields[name]
        found = wishes.draw(rng, target, name, of.rates["negative"])
        (reveal,) = rng.choices(list(reveals), list(reveals.values()))
        if found:
            out.append(Wish(name, found, reveal))
    return tuple(out)


def _formed(rng: random.Random, wishes: Wishes, target: int, wanted: set[str], of: Kind) -> tuple[Wish, ...]:
    """What being asked makes them think of: the target's own values, as in the simulators of Sun and Zhang (SIGIR 2018)
    and Lei et al. (WSDM 2020), whose people answer for every field; here for some."""
    names = [name for name in wishes.manners if name not in wanted and rng.random() < of.rates["formed"]]
    drawn = ((name, wishes.draw(rng, target, name, 0.0)) for name in names)
    return tuple(Wish(name, found, "asked") for name, found in drawn if found)


def _unable(wishes: Wishes, target: int, name: str, of: Kind) -> float:
    return float(of.rates["unable"][wishes.manners[name]] + of.rates["rare"] * (1 - wishes.guessable(target, name)))
