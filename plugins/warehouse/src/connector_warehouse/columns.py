"""The columns of the table: those of `Feedback`, and one for each question and JSON type where that is asked for.

The name of a question's column depends on nothing but the question and the type of the answer. So it is the same
whatever came before, in every table, and a new question or another type of answer adds a column and changes none.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import attrs
from attrs import frozen

from connector_core import Feedback, Json, Transaction

Kind = Literal["text", "timestamp", "json", "number", "bool"]
"""What a column holds: `number` is a double, `json` a text in JSON that the warehouse can look into."""

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MARKED = re.compile(r".*_[0-9a-f]{8}")
_LONGEST = 40
"""Letters of a question in the name of its column; with the rest, no database finds the name too long."""


@frozen
class Column:
    """One column.

    Attributes:
        name: lower case, of letters, digits and single underscores.
        kind: what it holds.
        required: whether each record has a value.
        about: the question whose answers it holds; None for a field of `Feedback`.
    """

    name: str
    kind: Kind
    required: bool = False
    about: str | None = None


@frozen
class Field:
    """A column, and where its value stands in a record."""

    column: Column
    value: Callable[[Feedback], Any]


def fields_of_feedback() -> tuple[Field, ...]:
    """The columns of the host's record, in its order; `notes` are for the summary and are not loaded."""
    return tuple(field for attribute in attrs.fields(attrs.resolve_types(Feedback)) for field in _fields(attribute))


def _fields(attribute: "attrs.Attribute[Any]") -> list[Field]:
    name, declared = attribute.name, attribute.type
    options = [option for option in get_args(declared) if option is not NoneType]
    optional = NoneType in get_args(declared)
    if optional:
        declared = options[0]
    if declared is Transaction:
        return [
            Field(Column(f"{name}_{part.name}", "text"), _within(name, part.name)) for part in attrs.fields(Transaction)
        ]
    kind = _kind(declared)
    return [Field(Column(name, kind, required=not optional), attrgetter(name))] if kind else []


def _kind(declared: Any) -> Kind | None:
    if declared is str or get_origin(declared) is Literal:
        return "text"
    if declared is datetime:
        return "timestamp"
    return "json" if get_origin(declared) is Mapping else None


def _within(outer: str, inner: str) -> Callable[[Feedback], Any]:
    def value(feedback: Feedback) -> Any:
        whole = getattr(feedback, outer)
        return None if whole is None else getattr(whole, inner)

    return value


def kind_of(value: Json) -> Kind | None:
    """Of which kind the column is that holds this answer; None for null, which has no type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "json"


@lru_cache(10_000)
def column_of(question: str, kind: Kind) -> Column:
    """The column of a question's answers of one kind: `how_was_it_5f0c21aa_number`, or `produto_text`.

    A question that is a plain name stands as it is. Any other is written in plain letters with 8 digits of its own, so
    that two questions never share a column.
    """
    plain = _PLAIN.fullmatch(question) and len(question) <= _LONGEST and not _MARKED.fullmatch(question)
    return Column(f"{question if plain else _marked(question)}_{kind}", kind, about=question)


def _marked(question: str) -> str:
    digits = blake2b(question.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    letters = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", letters)[:_LONGEST].strip("_")
    return f"{words}_{digits}" if words[:1].isalpha() else f"q_{words}_{digits}".replace("__", "_")
