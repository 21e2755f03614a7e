"""Structure-aware mutations of a raw record: each part of it missing, empty, of another type, huge or odd."""

from collections.abc import Iterator
from typing import Any

from connector_core.model import Json

Path = tuple[str | int, ...]

_DEEPEST = 6
_PLACES = 80
"""Places of one record that are mutated; the others are more of the same."""

_MISSING: Any = object()

_DEEP: Json = []
for _ in range(100):
    _DEEP = [_DEEP]

SUBSTITUTES: tuple[Json, ...] = (
    None, True, False, 0, -1, 11, 1.5, 10**30, -1e308, "", " ", "5", "x", "nine", "9" * 5000, "x" * 10_000,
    "\u202e\u0000\ufffd \u00e9 \U0001d4b3 \U0001f469\u200d\U0001f467", "2024-02-30T99:99:99Z",
    "0001-01-01T00:00:00+14:00", [], [None], [[]], {}, {"x": [1]}, {"": None}, _DEEP,
)  # fmt: skip
"""What stands in the place of each part."""

NO_RECORDS: tuple[Json, ...] = (None, True, 5, 1.5, "x", [], [None], {})
"""What is no record at all."""


def places(value: Json, at: Path = ()) -> Iterator[Path]:
    """Every place within a value; of a list, the first and the last entry stand for the others."""
    if len(at) >= _DEEPEST:
        return
    keys: list[str | int] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = sorted({0, len(value) - 1}) if value else []
    for key in keys:
        yield (*at, key)
        yield from places(value[key], (*at, key))


def value_at(value: Json, path: Path) -> Json:
    """What stands at a place."""
    for key in path:
        value = value[key]
    return value


def replaced(value: Json, path: Path, by: Json) -> Json:
    """The same value with another at one place; `without` takes it away. Shares what is unchanged."""
    if not path:
        return by
    key, rest = path[0], path[1:]
    inner = by if not rest else replaced(value[key], rest, by)
    if isinstance(value, dict):
        return {
            name: (inner if name == key else item)
            for name, item in value.items()
            if name != key or inner is not _MISSING
        }
    listed = list(value)
    listed[int(key) : int(key) + 1] = [] if inner is _MISSING else [inner]
    return listed


def without(value: Json, path: Path) -> Json:
    """The same value without what stands at a place."""
    return replaced(value, path, _MISSING)


def mutated(raw: Json) -> Iterator[tuple[str, Json]]:
    """The mutations of a record, each with its place and what was done, in words that hold no value."""
    for number, path in enumerate(places(raw)):
        if number >= _PLACES:
            return
        yield f"{shown(path)} missing", without(raw, path)
        for substitute in SUBSTITUTES:
            yield f"{shown(path)} = {_named(substitute)}", replaced(raw, path, substitute)


def shown(path: Path) -> str:
    """A place as people write it: `answers[0].score`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".") or "$"


def _named(substitute: Json) -> str:
    text = ascii(substitute)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - a line's worth
