"""What a large language model returns about one message: a form to fill in, checked against the catalogue's schema.

The model only points: every `words` is a copy of words of the message. What they mean in the catalogue is worked out by
`grounding.py`, never taken from the model.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from bot.values import Act, Sentiment
from retrieval.constraints import OPERATORS
from retrieval.errors import ModelError
from retrieval.schema import FieldKind, Op, Schema

LONGEST = 20_000  # characters of an answer that are read; a message of 2,000 needs no more
_MOST = 40  # entries of one list
_ERRORS = 5  # that the model is told of

Compared = Literal["low", "high", "lower", "higher", "lowest", "highest"]
WANT, REFUSE = ("==", "in", "includes"), ("!=", "not_in", "excludes")
COMPARED = frozenset(get_args(Compared))
Words = Annotated[str, Field(max_length=300, description="copied from the message, letter by letter")]
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?(?![\d.e])")
_Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
_Part = Annotated[str, Field(max_length=300)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Form):
    """An item that the message names or points at."""

    words: Words
    position: int | None = Field(None, description="its place in the list shown, from 1, when the words point there")
    sentiment: Sentiment = "neutral"
    rating: _Number | None = Field(None, description="the number said")
    out_of: _Number | None = Field(None, gt=0, description="10 in '8 out of 10', else null")
    role: Literal["named", "similar", "unwanted", "preferred"] = "named"


class Wanted(_Form):
    """A condition on one field."""

    field: str
    op: Op | Compared
    value: bool | _Number | _Part | Annotated[list[_Number | _Part], Field(max_length=_MOST)] | None = None
    hard: bool = Field(True, description="false when hedged: ideally, preferably, maybe")
    words: Words

    @field_validator("field")
    @classmethod
    def _declared(cls, name: str, info: ValidationInfo) -> str:
        return _declared(name, info)

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Wanted:
        """The operator and the value fit the kind of the field."""
        kind = _schema(info).field(self.field).kind
        if self.op in COMPARED:
            if kind not in ("number", "date"):
                raise ValueError(f"{self.op!r} compares numbers, and {self.field!r} is a {kind} field")
            return self
        allowed = operators(kind)
        if self.op not in allowed:
            raise ValueError(f"{self.op!r} does not fit the {kind} field {self.field!r}; allowed: {_or(allowed)}")
        if not self.values:
            raise ValueError(f"{self.op!r} on {self.field!r} needs a value")
        if kind == "number" and len(self.numbers) < len(self.values):
            raise ValueError(f"{self.field!r} is a number field and {self.value!r} is not a number")
        return self

    @property
    def values(self) -> tuple[str | float | bool, ...]:
        """The values named, as they were given."""
        if isinstance(self.value, list):
            return tuple(self.value)
        return () if self.value is None else (self.value,)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values that are numbers, also those that were written as text; of a date, its year."""
        found = (_NUMBER.match(str(value)) for value in self.values if not isinstance(value, bool))
        return tuple(float(match.group()) for match in found if match)


class Dropped(_Form):
    """A field, or one value of it, that no longer matters or is to be forgotten."""

    field: str
    value: _Part | None = None
    words: Words

    @field_validator("field")
    @classmethod
    def _declared(cls, name: str, info: ValidationInfo) -> str:
        return _declared(name, info)


class Quality(_Form):
    """A quality that is wanted in a higher or a lower degree, and that no field holds: "funnier", "less violent"."""

    words: Words
    weight: _Number = Field(1.0, ge=-2, le=2, description="0.5 slightly more, 1 more, 1.5 much more; negative for less")


class Proposal(_Form):
    """One message, as the model understands it."""

    acts: Annotated[list[Act], Field(min_length=1, max_length=len(get_args(Act)))]
    mentions: Annotated[list[Named], Field(max_length=_MOST)] = []
    constraints: Annotated[list[Wanted], Field(max_length=_MOST)] = []
    dropped: Annotated[list[Dropped], Field(max_length=_MOST)] = []
    toward: Annotated[list[Quality], Field(max_length=_MOST)] = []
    other: Annotated[list[Words], Field(max_length=_MOST, description="wishes that no field can express")] = []
    more: bool = Field(False, description="other items for the same request: 'something else'")
    rewatch: bool = Field(False, description="items they know already may come back")
    count: Annotated[int, Field(ge=1, le=50)] | None = Field(None, description="how many items, when a number is said")


def operators(kind: FieldKind) -> tuple[str, ...]:
    """The operators that a model may use on a field of this kind. "==" and "includes" mean the same on a set."""
    if kind in ("number", "date"):
        return (*OPERATORS[kind], *get_args(Compared))
    return tuple(dict.fromkeys((*OPERATORS[kind], *WANT, *REFUSE))) if kind != "text" else ()


def form(schema: Schema) -> dict[str, Any]:
    """The JSON schema of a Proposal about this catalogue: a field is one of its fields."""
    out = Proposal.model_json_schema()
    names = [f.name for f in schema.fields]
    for part in ("Wanted", "Dropped"):
        out["$defs"][part]["properties"]["field"]["enum"] = names
    return out


def read_proposal(answer: Any, schema: Schema) -> Proposal:
    """A model's answer (JSON text, or what was made of it) as a Proposal; ModelError says what is wrong with it."""
    if isinstance(answer, str):
        answer = _json(answer)
    try:
        return Proposal.model_validate(answer, context=schema)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in error.errors(include_url=False)]
        raise ModelError("; ".join(told[:_ERRORS])[:1_000] + ".") from error


def _json(text: str) -> Any:
    """The first JSON object in a text: models like to put words or fences around it."""
    if len(text) > LONGEST:
        raise ModelError(f"The answer has {len(text)} characters; at most {LONGEST} are read.")
    start = text.find("{")
    if start < 0:
        raise ModelError("The answer holds no JSON object.")
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]
    except (ValueError, RecursionError) as error:
        raise ModelError(f"The answer is no JSON: {str(error)[:200]}.") from error


def _schema(info: ValidationInfo) -> Schema:
    if not isinstance(info.context, Schema):
        raise TypeError("A Proposal is validated against a Schema: pass it as the context.")
    return info.context


def _declared(name: str, info: ValidationInfo) -> str:
    names = [f.name for f in _schema(info).fields]
    if name not in names:
        raise ValueError(f"{name!r} is not a field; the fields are {_or(names)}")
    return name


def _or(names: Any) -> str:
    return ", ".join(names) or "none"
