"""What a simulated person does each turn: open, answer, object, ask for others, or talk of something else."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.evaluation.likeness import Likeness
from bot.evaluation.people import Kind, Person
from bot.evaluation.speech import refused_again, sentence, slips, statement
from bot.evaluation.wishes import Wish, Wishes
from bot.values import Question
from bot.wording import listed, say, year_field
from retrieval.catalogue import Catalogue, Mask
from retrieval.schema import Constraint


@dataclass(frozen=True)
class Seen:
    """What the bot did in a turn, as a person sees it: rows of the list, and the question."""

    items: tuple[int, ...]
    question: Question | None


@dataclass(frozen=True)
class Said:
    """A message, and what it says in truth: conditions, rows liked and rejected, fields answered or of no matter."""

    message: str
    stated: tuple[Constraint, ...] = ()
    liked: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    settled: tuple[str, ...] = ()


class Talker:
    """One person in one dialogue. What is random follows from the person and the turn, not from the policy."""

    def __init__(self, person: Person, of: Kind, wishes: Wishes, likeness: Likeness) -> None:
        self.person, self.of = person, of
        self.catalogue: Catalogue = wishes.catalogue
        self._likeness = likeness
        self._masks: dict[str, Mask] = {w.field: wishes.satisfying(w.constraints) for w in person.wishes}
        self._told: set[str] = set()  # fields whose wish was said
        self._listed = False

    def open(self) -> Said:
        """The first message: liked titles, the request, and what is volunteered."""
        rng = self._rng(1)
        told = self.person.told
        volunteered = [w for w in self.person.wishes if w.reveal == "volunteered"]
        titles = listed([self.catalogue.items[row].title for row in told])
        parts = [
            *([sentence(rng, self.of, "told", titles=titles)] if told else []),
            self._request(rng),
            *(statement(rng, self.of, wish, self.catalogue) for wish in volunteered),
        ]
        self._told |= {wish.field for wish in volunteered}
        stated = tuple(c for wish in volunteered for c in wish.constraints)
        return Said(slips(rng, self.of, " ".join(parts)), stated, told, (), _settled(*volunteered))

    def reply(self, turn: int, seen: Seen) -> Said:
        """The message of a later turn, after a list (or none) that had not the target on it."""
        rng = self._rng(turn)
        self._listed |= bool(seen.items)
        question = seen.question
        if question is not None and not seen.items and not question.field and not question.pair:
            return Said(self._meant(rng, question))
        if rng.random() < self.of.rates["aside"]:
            return Said(sentence(rng, self.of, "aside"))
        objection = self._objection(rng, seen.items)
        answer = self._answer(rng, question) if question is not None else None
        reaction = None
        if (answer is None and objection is None) or rng.random() < self.of.rates["react"]:
            reaction = self._reaction(rng, seen.items)
        parts = [said for said in (reaction, objection, answer) if said is not None]
        return Said(
            slips(rng, self.of, " ".join(said.message for said in parts)),
            tuple(c for said in parts for c in said.stated),
            tuple(row for said in parts for row in said.liked),
            tuple(row for said in parts for row in said.rejected),
            tuple(name for said in parts for name in said.settled),
        )

    def _rng(self, turn: int) -> random.Random:
        return random.Random(f"{self.person.seed} turn {turn}")

    def _request(self, rng: random.Random) -> str:
        schema = self.catalogue.schema
        return sentence(rng, self.of, "open", noun=schema.noun, plural=schema.plural, verb=schema.verb)

    # -- answers ---------------------------------------------------------------------------------------------------

    def _answer(self, rng: random.Random, question: Question) -> Said | None:
        if question.pair:
            return self._compared(rng, question)
        if not question.field:  # an offer to drop a condition: nobody takes it who means what they said
            return None
        name = question.field
        wish = self.person.wish(name)
        if name in self.person.unable or rng.random() < self.of.rates["unsure"]:
            return Said(sentence(rng, self.of, "unable"), settled=(name,))
        if wish is None:
            return Said(sentence(rng, self.of, "indifferent"), settled=(name,))
        if wish.reveal == "rejecting" and name not in self._told:  # they know it only when they see it
            return Said(sentence(rng, self.of, "unable"), settled=(name,))
        self._told.add(name)
        if self.catalogue.schema.field(name).kind == "flag":
            text = sentence(rng, self.of, "affirmed" if wish.constraints[0].value else "denied")
            return Said(text, wish.constraints, settled=(name,))
        option = self._option(question, wish) if rng.random() >= self.of.rates["own_words"] else None
        if option is None:
            return Said(statement(rng, self.of, wish, self.catalogue), wish.constraints, settled=(name,))
        text = sentence(rng, self.of, "option", option=question.options[option])
        return Said(text, question.means[option], settled=(name,))

    def _option(self, question: Question, wish: Wish) -> int | None:
        """The option that says what they want: their value, or the range that holds what they have in mind."""
        for place, means in enumerate(question.means):
            values = self.catalogue.schema.field(question.field).kind not in ("number", "date")
            fits = bool(means) and all(bool(self.catalogue.matches(c)[self.person.target]) for c in means)
            if fits and (not values or means == wish.constraints):
                return place
        return None

    def _compared(self, rng: random.Random, question: Question) -> Said:
        """Which of two is closer to the target, if they know both and can tell."""
        if any(self._unknown(row) for row in question.pair):
            return Said(sentence(rng, self.of, "unable"))
        first, second = (self._likeness.of(row, self.person.target) for row in question.pair)
        if abs(first - second) <= self.of.rates["margin"]:
            return Said(sentence(rng, self.of, "neither"))
        place = int(second > first)
        title = self.catalogue.items[question.pair[place]].title
        return Said(sentence(rng, self.of, "closer", title=title, ordinal=self.of.words["ordinals"][place]))

    def _unknown(self, row: int) -> bool:
        chance = self.of.rates["unknown_pair"] * (1 - float(self._likeness.well_known[row]))
        rng = random.Random(f"{self.person.seed} knows {row}")
        return bool(rng.random() < chance)

    def _meant(self, rng: random.Random, question: Question) -> str:
        """Which of several items of one name they told."""
        told = [self.catalogue.items[row] for row in self.person.told]
        for option in question.options:
            for item in told:
                year = item.attributes.get(year_field(self.catalogue.schema))
                if option in (item.title, say("option_title", title=item.title, year=year)):
                    return option
        return sentence(rng, self.of, "neither")

    # -- reactions -------------------------------------------------------------------------------------------------

    def _objection(self, rng: random.Random, items: tuple[int, ...]) -> Said | None:
        """To an item that goes against a wish which they did not know how to say."""
        against = [
            (place, row, wish)
            for wish in self.person.wishes
            for place, row in enumerate(items)
            if wish.reveal == "rejecting" and wish.field not in self._told and self._violates(row, wish)
        ]
        if not against or rng.random() >= self.of.rates["rejecting"]:
            return None
        place, row, wish = rng.choice(against)
        if rng.random() < self.of.rates["by_value"]:
            if wish.refusal:
                self._told.add(wish.field)
                return Said(refused_again(rng, self.of, wish.constraints[0]), wish.constraints)
            word = self._comparative(row, wish)
            if word:
                return Said(sentence(rng, self.of, "relative", word=word))
        slots = {"title": self.catalogue.items[row].title, "ordinal": self.of.words["ordinals"][place]}
        return Said(sentence(rng, self.of, "reject", **slots), rejected=(row,))

    def _violates(self, row: int, wish: Wish) -> bool:
        satisfied = self._masks[wish.field] | ~self.catalogue.known(wish.field)
        return not satisfied[row]

    def _comparative(self, row: int, wish: Wish) -> str | None:
        """ "shorter": away from an item that is beyond a bound."""
        field = self.catalogue.schema.field(wish.field)
        for constraint in wish.constraints:
            if not self.catalogue.matches(constraint)[row]:
                words = (
                    field.less if constraint.op in ("<", "<=") else field.more if constraint.op in (">", ">=") else ()
                )
                return words[0] if words else None
        return None

    def _reaction(self, rng: random.Random, items: tuple[int, ...]) -> Said:
        if not self._listed:
            return Said(self._request(rng))
        if items and rng.random() < self.of.rates["refuse"]:
            return Said(sentence(rng, self.of, "refuse"), rejected=items)
        return Said(sentence(rng, self.of, "more"))


def _settled(*wishes: Wish) -> tuple[str, ...]:
    """Fields that need not be asked about any more; a refusal leaves open what is wanted."""
    return tuple(wish.field for wish in wishes if not wish.refusal)
