"""From what each clause does and says to the whole message's Understanding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understand.deciding import WANTS
from bot.understand.ignored import leftover, praise, says_field
from bot.understand.lexicon import Lexicon
from bot.understand.lines import name_of, titled
from bot.understand.occasions import occasions, searched
from bot.understand.opinions import Said
from bot.understand.reading import Context, Reading
from bot.understand.things import mentions, similar
from bot.understand.vocabulary import Catalogue, Vocabulary
from bot.understand.wanting import adjusted, again, corrected, forgotten, manners, more, refuses, widened
from bot.values import Act, Understanding

_STATES = WANTS | {"like", "dislike", "seen", "rate"}  # and those that state something else


@dataclass(frozen=True)
class Assembling:
    """Puts the parts together; knows one catalogue."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    language: Lexicon

    def understanding(
        self,
        message: str,
        reading: Reading,
        context: Context,
        said: Sequence[Said],
        acts: Sequence[Act],
        alien: Sequence[bool],
        consumed: Sequence[bool],
        count: int | None,
    ) -> Understanding:
        """`acts` are those of the clauses; `alien` and `consumed` say of each word whether nothing explains it, and
        whether the conditions or the items do."""
        marked, conditions = reading.marked, reading.conditions
        inside = [c for c, act in zip(reading.clauses, acts, strict=True) if act != "out_of_scope"]
        stating = [c for c, act in zip(reading.clauses, acts, strict=True) if act in _STATES]
        wanting = [c for c, act in zip(reading.clauses, acts, strict=True) if act in WANTS or act == "facts"]
        forgetting = [c for c, act in zip(reading.clauses, acts, strict=True) if act == "forget"]
        said = [s for s in said if any(c.holds(s.thing.start) for c in inside) and not _measures(s, reading)]
        found = [f for f in conditions.found if any(c.holds(f.start) for c in stating)]
        found = adjusted(found, reading, context.constraints, self.language)
        manner = manners(reading, context, self.language)
        found = [f for f in found if f.start not in manner.words and f.end - 1 not in manner.words]
        ordering = [b for b in conditions.orders if any(c.holds(b.start) for c in stating)]
        found = [f for f in found if all(f.start != b.start for b in ordering)]
        critiques = [k for k in conditions.critiques if any(c.holds(k.start) for c in stating)]
        relaxed = dict.fromkeys(v for v, at in conditions.relaxed if any(c.holds(at) for c in stating))
        accepted = [
            f
            for f in found
            if any(c.holds(f.start) and "accept" in c.kinds for c in stating)
            and any(refuses(old, f.constraint) for old in context.constraints)
        ]  # "horror is fine" after "no horror" lifts that, and asks for nothing
        found = [f for f in found if f not in accepted]
        relaxed |= dict.fromkeys(str(f.constraint.value) for f in accepted)
        found, others = widened(found, reading, context.constraints, self.language)
        relaxed |= dict.fromkeys((*manner.dropped, *others))
        relaxed |= dict.fromkeys(corrected(found, reading, context.constraints))
        requested = [i for c in wanting for i in range(c.start, c.end) if not conditions.scopes.relaxed[i]]
        excluded = [conditions.scopes.excluded(i) or conditions.scopes.relaxed[i] for i in range(len(marked.words))]
        bounded = [self.catalogue.schema.field(f.constraint.field) for f in found]
        alien = [a and not says_field(w, bounded, self.language) for a, w in zip(alien, marked.words, strict=True)]
        empty = [
            a or (not c and praise(marked, i, self.language))
            for i, (a, c) in enumerate(zip(alien, consumed, strict=True))
        ]
        phrases = occasions(marked, consumed, requested, self.vocabulary, self.language)
        for start, end in phrases:
            empty[start:end] = [False] * (end - start)
        spoken = {(s, e): reading.text[marked.tokens[s].start : marked.tokens[e - 1].end] for s, e in phrases}
        found_in = [p for p in phrases if searched(p, marked, self.vocabulary, self.language)]
        left = leftover(marked, empty, requested, excluded, self.vocabulary, self.language, reading.text)
        wants = bool(WANTS & set(acts))
        wished = [n for n in reading.lines if any(c.holds(n.start) for c in wanting)]
        names = {n: name_of(n, marked, self.language) for n in wished}
        whole = {n: titled(n, self.catalogue.items, self.language) for n, _ in left.names}
        away = [
            *left.refused,
            *(n for n, refused in left.names if refused),
            *(name for n, name in names.items() if excluded[n.start]),
        ]
        search = (
            *(name for n, name in names.items() if not excluded[n.start]),
            *(spoken[p] for p in found_in),
            *(n for n, refused in left.names if whole[n] and not refused),
            *left.searchable,
        )
        kept = {name: titled(name, self.catalogue.items, self.language) for name in away}
        kept_off = [row for rows in kept.values() for row in rows]
        named = mentions(said)
        alike = similar(said, reading, context) if wants else ()
        if (
            critiques
            and context.shown
            and not (alike or ordering or search or count)
            and all(any(k.start <= f.start < k.end for k in critiques) for f in found)
        ):
            acts = ["refine" if act == "recommend" else act for act in acts]  # "something lighter" than these
        return Understanding(
            message,
            tuple(dict.fromkeys(a for a in acts if a != "refine" or "recommend" not in acts)),
            named,
            tuple(f.constraint for f in found),
            tuple(relaxed),
            alike,
            more=wants and more(reading, context),
            rewatch=wants and again(reading, self.language),
            count=count if wants else None,
            text=" ".join(search) if wants else "",  # what conditions say need not be searched for as well
            ignored=(
                *left.ignored,
                *(n for n, refused in left.names if not (whole[n] or refused)),
                *(name for name, rows in kept.items() if not rows),
                *(said for p, said in spoken.items() if p not in found_in),
            ),
            forget=forgotten(forgetting, conditions, named, reading),
            toward=tuple({k.words: (k.words, k.weight) for k in critiques}.values()) if wants else (),
            order=next(((b.field, b.direction.more) for b in ordering if b.direction), None) if wants else None,
            unwanted=tuple(dict.fromkeys([*(r for s in said if s.unwanted for r in s.thing.rows), *kept_off]))
            if wants
            else (),
            manner=manner.wanted if wants else (),
        )


def _measures(said: Said, reading: Reading) -> bool:
    """ "Older than that", of a list: all of it is what is measured by, and none is asked about."""
    thing = said.thing
    beside = (bound.beside for bound in reading.conditions.bounds)
    return thing.reference and thing.unsure and any(thing.start <= index < thing.end for index in beside)
