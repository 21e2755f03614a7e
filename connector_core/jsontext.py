"""JSON, in one place: fast where the input is clean, tolerant where it is not."""

import json
import re
from math import isfinite

import orjson

from connector_core.model import Json

_DEEPEST = 254
"""Levels of nesting that orjson writes. It reads more, but what cannot be written again is of no use."""

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
"""A number of 19 digits may be too large for 64 bits; orjson would round it, and two ids could become one."""

_LONGEST = 4300
"""Digits of an integer that Python turns into text and back; it does so in square time."""

_OPENING, _CLOSING = {"[", "{"}, {"]", "}"}
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""Strings, even unended ones, and brackets: all that is needed to see how deep one is. Linear in any input."""


def decode(body: bytes) -> Json:
    """Decode a JSON body, integers exactly; nothing that one value holds keeps the others from being read.

    Broken UTF-8 and lone surrogates become U+FFFD. What no target can hold stays as its text: NaN, infinities, numbers
    out of range (`"1e999"`), and arrays and objects within more than 253 others.

    Raises:
        ValueError: this is no JSON.
    """
    try:
        value = orjson.loads(body)
        # writing it again refuses deep nesting, at a sixth of the cost of reading
        if orjson.dumps(value) == body or _LONG not in body.translate(_DIGITS):
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    text = _flattened(body.decode("utf-8-sig", errors="replace"))
    return repaired(json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=str))


def _flattened(text: str) -> str:
    """The same JSON with what is nested too deeply as a string of its text, found in one pass."""
    parts: list[str] = []
    level = done = start = 0
    for token in _TOKENS.finditer(text):
        mark = token.group()
        if mark in _OPENING:
            level += 1
            if level == _DEEPEST + 1:
                start = token.start()
        elif mark in _CLOSING:
            if level == _DEEPEST + 1:
                parts += text[done:start], json.dumps(text[start : token.end()])
                done = token.end()
            level -= 1
    if level:
        raise ValueError("brackets that do not match")
    return "".join([*parts, text[done:]])


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST else text


def _number(text: str) -> float | str:
    number = float(text)
    return number if isfinite(number) else text


def repaired(value: Json) -> Json:
    """The same value as any target can hold it, lone surrogates replaced, and null where orjson writes null."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [repaired(item) for item in value]
    if isinstance(value, dict):
        return {repaired(key): repaired(item) for key, item in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value


def encode(value: Json) -> bytes:
    """Encode as compact UTF-8 JSON, keys in their own order. Takes all that `decode` returns, and lone surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(repaired(value), ensure_ascii=False, separators=(",", ":")).encode()
