"""JSON, in one place: fast where the input is clean, tolerant where it is not."""

import json
from math import isfinite

import orjson

from connector_core.model import Json

_DEEPEST = 254
"""Levels of nesting that orjson writes. It reads more, but what cannot be written again is of no use."""

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""A number of 19 digits may be too large for 64 bits; orjson would round it, and two ids could become one."""


def decode(body: bytes) -> Json:
    """Decode a JSON body, integers of any size exactly; broken UTF-8 and lone surrogates become U+FFFD.

    Raises:
        ValueError: this is no JSON, or it is nested too deeply, or a number in it is out of range.
    """
    try:
        value = orjson.loads(body)
        orjson.dumps(value)  # refuses deep nesting, at a sixth of the cost of reading
        if _LONG not in body.translate(_DIGITS):
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    try:
        return _repaired(json.loads(body.decode("utf-8-sig", errors="replace")))
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def _repaired(value: Json, level: int = 1) -> Json:
    """The same value as any target can hold it, every lone surrogate replaced."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a number out of range")
    if not isinstance(value, list | dict):
        return value
    if level > _DEEPEST:
        raise ValueError("JSON nested too deeply")
    if isinstance(value, list):
        return [_repaired(item, level + 1) for item in value]
    return {_repaired(key): _repaired(item, level + 1) for key, item in value.items()}


def encode(value: Json) -> bytes:
    """Encode as compact UTF-8 JSON, keys in their own order. Takes all that `decode` returns, and lone surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(_repaired(value), ensure_ascii=False, separators=(",", ":")).encode()
