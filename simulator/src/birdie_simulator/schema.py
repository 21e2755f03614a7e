"""What a body must be: a JSON Schema, and what a body that is something else is told."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

_TEXT = {"type": "string"}
_NAMED = {"type": "string", "minLength": 1}

FEEDBACK: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A feedback of kind nps or csat",
    "type": "object",
    "required": ["kind"],
    "additionalProperties": False,
    "properties": {
        "kind": {
            "type": "object",
            "required": ["name", "fields"],
            "additionalProperties": False,
            "properties": {
                "name": {"enum": ["nps", "csat"]},
                "fields": {
                    "type": "object",
                    "required": ["feedback_id", "rating", "posted_at"],
                    "additionalProperties": False,
                    "properties": {
                        "feedback_id": _NAMED,
                        "rating": {"type": "string", "pattern": r"^[0-9]+(?!\n)$"},
                        "posted_at": {"type": "string", "format": "date-time"},
                        "title": _TEXT,
                        "text": _TEXT,
                        "author_id": _TEXT,
                        "author_name": _TEXT,
                        "account_id": _TEXT,
                        "survey_title": _TEXT,
                        "ticket_id": _NAMED,
                        "ticket_platform": _TEXT,
                    },
                },
            },
            "if": {"required": ["name"], "properties": {"name": {"const": "nps"}}},
            "then": {"properties": {"fields": {"properties": {"rating": {"pattern": r"^(?:[0-9]|10)(?!\n)$"}}}}},
        },
        "additional_fields": {"type": "object"},
        "batch_id": _NAMED,
    },
}
"""One body. DOC: the kind as an object, the names of the core fields, and `additional_fields` and `batch_id` beside it.
ASSUMED: that `kind.fields` holds nothing else than these, the two names of the ticket, and the scale of an nps."""

_FORMATS = FormatChecker(())
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""The form; which of these moments there are is for `fromisoformat` to say."""
_TYPES = {"string": "text", "object": "an object"}
_MOST = 3
"""Problems of one body that are told."""


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(_RFC_3339.fullmatch(value) and datetime.fromisoformat(value))


_VALIDATOR = Draft202012Validator(FEEDBACK, format_checker=_FORMATS)


def decode(text: bytes) -> Any:
    """Read JSON in UTF-8, of any size.

    Raises:
        ValueError: it is none.
    """
    try:
        return json.loads(text.decode(), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def problems(body: Any, *, quote: bool = False, at: str = "") -> str:
    """What is wrong with a body, each with its JSON Pointer; empty where nothing is.

    Args:
        body: as it was decoded.
        quote: whether the values in question are shown.
        at: the pointer to the body itself.
    """
    found = sorted(_VALIDATOR.iter_errors(body), key=lambda error: ([str(step) for step in error.path], error.message))
    said = dict.fromkeys(_told(error, at, quote=quote) for error in found)
    return "; ".join(list(said)[:_MOST])


def _told(error: ValidationError, at: str, *, quote: bool) -> str:
    path = at + "".join(f"/{_escaped(str(step))}" for step in error.path)
    shown = f", is {json.dumps(error.instance, ensure_ascii=False)}" if quote else ""
    return f"{path or 'the body'}: {_rule(error)}{shown}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _rule(error: ValidationError) -> str:
    """The rule that was broken, in words that hold no value."""
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "type":
            rule = f"must be {_TYPES[wanted]}"
        case "required":
            rule = f"lacks {_listed(name for name in wanted if name not in instance)}"
        case "additionalProperties":
            known = error.schema["properties"] if isinstance(error.schema, Mapping) else {}
            rule = f"must not hold {_listed(name for name in instance if name not in known)}"
        case "enum":
            rule = f"must be one of {_listed(wanted)}"
        case "pattern":
            rule = f"must be of the form {wanted}"
        case "format":
            rule = "must be a moment of RFC 3339, with Z or an offset"
        case _:
            rule = "must not be empty"
    return rule


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
