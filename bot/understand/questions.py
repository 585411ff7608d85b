"""Questions about the bot's own reasoning: recognised by their form, their parts read like any other message.

"What if I hated the first one?" is read by reading "I hated the first one": what is supposed is exactly what the bot
would have understood, had it been said. The forms come from `prompts/questions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.understand.forms import Hide, forms, match, matches, names
from bot.understand.in_force import InForceQuestions
from bot.understand.likeness import LikenessQuestions
from bot.understand.others import OtherQuestions
from bot.understand.own import OwnQuestions
from bot.understand.reading import Context
from bot.values import Act, Asked, Mention, Supposition, Understanding
from retrieval.schema import Constraint, Schema

LONGEST = 300  # characters; a longer message is no such question, and the forms may backtrack
_ACTS: Mapping[Asked, Act] = {
    "leaves": "what_if", "takes": "what_if", "sure": "why", "matters": "profile", "asking": "why",
    "verdict": "why",
}  # fmt: skip
_ORDERED: Mapping[str, tuple[Act, ...]] = {
    "above": ("compare",), "below": ("compare",), "instead": ("why", "why_not"),
}  # fmt: skip
_FOLLOWED: tuple[Act, ...] = ("why", "why_not", "what_if")
_AGAIN = frozenset({"", "sure", "takes", "leaves"})
_STATED = frozenset({"recommend", "refine", "like", "dislike", "seen", "rate", "forget", "restart"})
_END = " \t\n?!.,;"

Read = Callable[[str, Context], Understanding]


@dataclass(frozen=True)
class Questions:
    """Reads the questions of one catalogue's users; `read` reads what stands inside them, `hide` puts a word of the
    same length for each title, so that no form breaks one up."""

    schema: Schema
    read: Read
    hide: Hide

    def of(self, message: str, text: str, context: Context) -> Understanding | None:
        """The message as a question about the reasoning; None if it has no such form."""
        if len(text) > LONGEST or "\n" in text:
            return None
        text, context = text.strip(), replace(context, question=None)
        return self._alone(message, text, context) or self._beside(message, text, context)

    def _beside(self, message: str, text: str, context: Context) -> Understanding | None:
        """A question beside a wish: "how sure are you? And nothing with horror". The wish is noted."""
        cuts = [found.span() for found in re.finditer(forms()["beside"], self.hide(text), flags=re.I)]
        ends = [0, *(end for cut in cuts for end in cut), len(text)]
        parts = [text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True)]
        for place, part in enumerate(parts if len(parts) > 1 else ()):
            asked = self._alone(message, part, replace(context, last=()))
            if asked is not None and asked.asked:
                said = self.read(" ".join((*parts[:place], *parts[place + 1 :])), context)
                told = tuple(m for m in said.mentions if m.sentiment != "neutral")
                acts = tuple(act for act in said.acts if act in _STATED)
                return replace(
                    said, message=message, acts=(*asked.acts, *(act for act in acts if act not in asked.acts)),
                    mentions=(*asked.mentions, *told), ignored=said.ignored if acts else (), asked=asked.asked,
                    supposed=asked.supposed, inquiry=asked.inquiry,
                )  # fmt: skip
        return None

    def _alone(self, message: str, text: str, context: Context) -> Understanding | None:
        plain = text.rstrip(_END)
        own = OwnQuestions(self.schema, self.read, self.hide, self._item)
        return (
            InForceQuestions(self.schema, self.read, self.hide).of(message, plain, context)
            or own.of(message, plain, context)
            or LikenessQuestions(self.schema, self.hide, own.items).of(message, plain, context)
            or OtherQuestions(self.schema, self.read, self.hide, own.items).of(message, plain, context)
            or self._supposing(message, text, plain, context)
            or self._ordered(message, plain, context)
            or self._about(message, text, plain, context)
            or self._missing(message, plain, context)
            or self._either(message, text, context)
            or self._places(message, plain, context)
            or self._followed(message, text, context)
        )

    # -- what if ---------------------------------------------------------------------------------------------------

    def _supposing(self, message: str, text: str, plain: str, context: Context) -> Understanding | None:
        found = match(forms()["suppose"], text, self.hide) or match(forms()["suppose"], plain, self.hide)
        if found is not None:
            rest = self._cut(found["rest"])
            return self._supposed(message, rest.strip(_END), context, removing=False)
        found = match(forms()["without"], text, self.hide) or match(forms()["without"], plain, self.hide)
        if found is None:
            return None
        supposed = self._supposed(message, found["rest"].strip(_END), context, removing=True)
        # "without nuts?" asks for something; only what stands or was done can be left out
        return supposed if supposed.supposed is not None else None

    def _supposed(self, message: str, rest: str, context: Context, *, removing: bool) -> Understanding:
        parts = [rest] if removing else self._split(rest)
        found = [self._part(part, context, removing) for part in parts]
        mentions = tuple(dict.fromkeys(m for _, named in found for m in named))
        suppositions = [s for s, _ in found if not s.empty]
        whole = None
        if suppositions and (len(suppositions) == len(found)):
            whole = Supposition(
                rest,
                _joined(message, [s.said for s in suppositions if s.said is not None]),
                tuple(dict.fromkeys(row for s in suppositions for row in s.without)),
                any(s.nothing for s in suppositions),
            )
        return Understanding(message, ("what_if",), mentions, supposed=whole)

    def _cut(self, rest: str) -> str:
        """Without the question for the outcome: ", would Casino still be there?"."""
        found = re.search(forms()["outcome"], self.hide(rest), re.I)
        return rest[: found.start()] if found else rest

    def _split(self, rest: str) -> list[str]:
        """The clauses of a supposition."""
        ends = [found.span() for found in re.finditer(forms()["splits"], self.hide(rest), flags=re.I)]
        starts = [0, *(end for _, end in ends)]
        return [rest[start:end] for start, end in zip(starts, [*(start for start, _ in ends), len(rest)], strict=True)]

    def _sentence(self, part: str) -> str:
        return part if re.match(forms()["subject"], part, re.I) else forms()["speaker"] + part

    def _part(self, part: str, context: Context, removing: bool) -> tuple[Supposition, tuple[Mention, ...]]:
        """One clause of a supposition, and what it names."""
        said, part = part, part if removing else self._sentence(part)
        u = self.read(part, context)
        u = u if part == said else replace(u, text="")  # "pigs could fly" has no subject that wants something
        neutral = tuple(replace(m, sentiment="neutral", rating=None) for m in u.mentions)
        lifted = self._lifted(part, u, context.constraints, removing)
        if lifted:
            return Supposition(part, Understanding(part, ("refine",), relaxed=lifted)), ()
        undone = removing or any(re.search(form, self.hide(part), re.I) for form in forms()["removes"])
        named = [m for m in u.mentions if len(m.items) == 1]
        if removing:  # "without nuts?" asks for something without nuts, whatever is called Nuts
            named = [m for m in named if m.reference or m.text[:1].isupper()]
        rows = tuple(m.items[0] for m in named)
        if undone and rows:
            return Supposition(part, None, rows), neutral
        everything = forms()["everything"].replace("{plural}", re.escape(self.schema.plural))
        if re.search(everything, self.hide(part), re.I):
            return Supposition(part, nothing=True), ()
        if undone or not set(u.acts) & _STATED or not _says(u):
            return Supposition(part), neutral
        return Supposition(part, u), neutral

    def _lifted(self, part: str, u: Understanding, standing: Sequence[Constraint], removing: bool) -> tuple[str, ...]:
        """The fields of the conditions in force that the clause does away with."""
        told, part = forms(), self.hide(part)
        in_force = list(dict.fromkeys(c.field for c in standing))
        if re.search(told["idle"], part, re.I):
            in_force = list(dict.fromkeys((*in_force, *(field.name for field in self.schema.fields))))
        if not in_force or not (removing or any(re.search(form, part, re.I) for form in told["lifts"])):
            return ()
        said = {c.field for c in u.constraints} | {name.casefold() for name in u.relaxed}
        named = tuple(name for name in in_force if name in said or names(part, self.schema.field(name)))
        if not named and standing and re.search(told["limit"], part, re.I) and not u.mentions:
            return tuple(dict.fromkeys(c.field for c in standing))
        return named

    # -- why this above that, this or that -------------------------------------------------------------------------

    def _ordered(self, message: str, plain: str, context: Context) -> Understanding | None:
        for form, acts in _ORDERED.items():
            for found in matches(forms()[form], plain, self.hide):
                pair = self._pair(found, context)
                if pair is not None:
                    return Understanding(message, acts, pair, asked="above")
        return None

    def _either(self, message: str, text: str, context: Context) -> Understanding | None:
        for found in matches([forms()["either"]], text, self.hide):
            pair = self._pair(found, context)
            if pair is not None:
                return Understanding(message, ("compare",), pair, asked="either")
        return None

    def _places(self, message: str, plain: str, context: Context) -> Understanding | None:
        """ "1 vs 2": two places on the list that was shown."""
        found = match(forms()["places"], plain, self.hide)
        rows = [int(found[side]) for side in ("first", "second")] if found else []
        if found and not context.shown and match(forms()["places"][:1], plain, self.hide):
            return Understanding(message, ("compare",))  # there is no list to point at
        if len(set(rows)) != 2 or not all(1 <= place <= len(context.shown) for place in rows):
            return None
        pair = tuple(Mention(str(place), (context.shown[place - 1],), reference=True) for place in rows)
        return Understanding(message, ("compare",), pair, asked="either")

    def _pair(self, found: Mapping[str, str], context: Context) -> tuple[Mention, Mention] | None:
        """The two items; None unless each side is one item and nothing else."""
        first, second = (self._named(found[side], context) for side in ("first", "second"))
        if first is None or second is None:  # "Up or Heat?": beside an item, or another title, a word is a title
            sides = [found[side] for side in ("first", "second")]
            if first or second or not any(self.read(side, context).constraints for side in sides):
                first, second = first or self._whole(sides[0], context), second or self._whole(sides[1], context)
        return (first, second) if first and second and first.items != second.items else None

    def _named(self, words: str | None, context: Context) -> Mention | None:
        if not words:
            return None
        u = self.read(words.strip(_END), context)
        mentions = [m for m in u.mentions if m.items]
        if (
            len(mentions) != 1
            or u.inquiry
            or u.constraints
            or u.similar_to
            or not set(u.acts) <= {"facts", "seen", "recommend"}
        ):
            return None
        return replace(mentions[0], sentiment="neutral", rating=None)

    # -- why nothing of a kind -----------------------------------------------------------------------------------

    def _missing(self, message: str, plain: str, context: Context) -> Understanding | None:
        """ "Why is there no comedy?": no item is named, but what items have, or what no field of the catalogue says."""
        nouns = {"{noun}": self.schema.noun, "{plural}": self.schema.plural}
        fitting = [re.sub("{noun}|{plural}", lambda found: nouns[found[0]], form) for form in forms()["none"]]
        found = match(fitting, plain, self.hide)
        if found is None or not context.shown:
            return None
        before = replace(context, shown=(), focus=None, constraints=())
        said = self.read(found["rest"], before)
        if not (said.constraints or said.ignored or said.text):
            said = self.read(forms()["wanting"] + found["rest"], before)  # "with Arnold"
        told = tuple(filter(None, (*said.ignored, said.text, found.get("words") or "")))
        vague = found.get("bare") and (told or not said.constraints)
        if said.mentions or vague or not (said.constraints or told):
            return None
        if not said.constraints:
            return Understanding(message, ("why_not",), ignored=told[:1], asked="none")
        return Understanding(
            message, ("why_not",), ignored=said.ignored, asked="none", supposed=Supposition(found["rest"], said)
        )

    # -- what would it take, how sure, what matters, why ask -------------------------------------------------------

    def _about(self, message: str, text: str, plain: str, context: Context) -> Understanding | None:
        for asked, act in _ACTS.items():
            for found in (*matches(forms()[asked], plain, self.hide), *matches(forms()[asked], text, self.hide)):
                words = found.get("first")
                read = self._named if asked == "verdict" else self._item  # "Heat or Casino?" is another question
                mention = read(words, context)
                if mention is not None or not words or asked in ("takes", "leaves"):
                    return Understanding(message, (act,), (mention,) if mention else (), asked=asked)
        return None

    def _followed(self, message: str, text: str, context: Context) -> Understanding | None:
        """ "And the third?" asks of another item what was asked before."""
        acts = tuple(act for act in _FOLLOWED if act in context.last)
        if not acts or context.asked not in _AGAIN or (acts == ("what_if",) and not context.asked):
            return None
        for found in matches(forms()["follows"], text, self.hide):
            mention = self._named(found["first"], context)
            if mention is not None and len(mention.items) == 1 and (mention.reference or "why" not in acts):
                return Understanding(message, acts, (mention,), asked=context.asked)
        return None

    def _item(self, words: str | None, context: Context) -> Mention | None:
        """The item that the words name; one without rows for a title that the catalogue does not have."""
        if not words:
            return None
        words = words.strip(_END)
        found = self._naming(words, context)
        named = words[:1].isupper() or words.isdigit()  # "Tell No One" and "300" are titles here, if there are such
        if named and (found is None or found.text != words):
            found = self._whole(words, context) or found
        return replace(found, sentiment="neutral", rating=None) if found else None

    def _naming(self, words: str, context: Context) -> Mention | None:
        """The first item that the words name; else the first title that is unknown."""
        mentions = self.read(words, context).mentions
        return next((m for m in mentions if m.items), next(iter(mentions), None))

    def _whole(self, words: str | None, context: Context) -> Mention | None:
        """The item whose title these words are, as if they stood in quotation marks."""
        if not words or not (words[:1].isupper() or words[:1].isdigit()):
            return None
        found = self._naming(f'"{words.strip(_END)}"', context)
        return found if found is not None and found.items else None


def _says(u: Understanding) -> bool:
    """Whether saying it would change anything."""
    return bool(
        u.constraints or u.relaxed or u.similar_to or u.toward or u.order or u.text or u.forget or u.more or u.rewatch
        or u.unwanted or u.manner or {"restart"} & set(u.acts)
        or any(m.sentiment != "neutral" and len(m.items) == 1 for m in u.mentions)
    )  # fmt: skip


def _joined(message: str, said: Sequence[Understanding]) -> Understanding | None:
    """Several clauses as one Understanding, in the user's own whole message."""
    if not said:
        return None
    first = said[0]
    joined = replace(
        first,
        acts=tuple(dict.fromkeys(act for u in said for act in u.acts)),
        mentions=tuple(m for u in said for m in u.mentions),
        constraints=tuple(c for u in said for c in u.constraints),
        relaxed=tuple(dict.fromkeys(name for u in said for name in u.relaxed)),
    )
    return replace(joined, message=message)
