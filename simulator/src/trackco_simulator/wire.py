"""JSON that no encoder would write: values of any size and depth, and text that no Python string can hold."""

import json
from typing import Any, NamedTuple


class Raw(NamedTuple):
    """A value that is sent as it stands here."""

    json: str


def written(value: Any) -> bytes:
    """Return the JSON of a value; lone surrogates and control characters are escaped, and `Raw` parts are put in."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, Raw):
        return value.json
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=isinstance(value, str) and not value.isprintable())
