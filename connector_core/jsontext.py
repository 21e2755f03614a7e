"""JSON, in one place: fast where the input is clean, tolerant where it is not."""

import json
from typing import Any

import orjson

from connector_core.model import Json


def decode(body: bytes) -> Json:
    """Decode a JSON body; broken UTF-8 and lone surrogates become U+FFFD.

    Raises:
        ValueError: this is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return _repaired(json.loads(body.decode("utf-8-sig", errors="replace"), parse_constant=_refuse))
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def _refuse(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def _repaired(value: Any) -> Any:
    """The same value with every lone surrogate replaced, so that any target can hold it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def encode(value: Json) -> bytes:
    """Encode as compact UTF-8 JSON, keys in their own order."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer of more than 64 bits is the only JSON value that orjson refuses
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
