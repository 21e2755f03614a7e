"""Reading a cassette: plain YAML in vcrpy's shape, checked as far as replaying needs it. It never runs code."""

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from connector_core import jsontext
from connector_core.cassette.recording import SESSION_KEY, Asked, Interaction, Recording, Session
from connector_core.errors import ConfigError
from connector_core.model import Json

_VERSION = 1
"""The only version that vcrpy has ever written."""

_DEPTH = 100
"""No cassette nests deeper, and libyaml would overflow the stack of the process."""

_UNREADABLE = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What PyYAML raises: its own error, or whatever one of its constructors runs into (`!!bool q` is a KeyError)."""


def load(path: Path) -> Recording:
    """Read a cassette, ours or plain vcrpy's.

    Raises:
        ConfigError: there is none, or the file is none: broken text, a Python tag, another shape.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"{path}: the recording cannot be read ({error.strerror}); check the path") from None
    except ValueError:
        raise ConfigError(f"{path}: this is no recording, it is not UTF-8 text; record it again") from None
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  # a safe loader
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        line = f"; see line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}: this is no recording, it is not plain YAML{line}; record it again") from None
    try:
        return _recording(path, data)
    except ValueError as error:
        raise ConfigError(f"{path}: this is no recording that can be replayed, see {error}; record it again") from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # in C where there is one
    """PyYAML's safe loader, which knows no Python tag, with a bound on nesting."""

    depth = 0

    def descend_resolver(self, _parent: Any, _index: Any) -> None:
        self.depth += 1
        if self.depth > _DEPTH:
            raise yaml.YAMLError("nested too deeply")

    def ascend_resolver(self) -> None:
        self.depth -= 1


def _recording(path: Path, data: Any) -> Recording:
    if _part(data, "version", int, "") != _VERSION:
        raise ValueError("version")
    interactions = _part(data, "interactions", list, "")
    session = _session(data) if SESSION_KEY in data else None
    return Recording(
        path, session, tuple(_interaction(raw, f"interactions[{n}]") for n, raw in enumerate(interactions))
    )


def _part(whole: Any, key: str, kind: Any, where: str) -> Any:
    """The value under a key, of a type that belongs there; else a ValueError that is its place, never its value."""
    value = whole.get(key) if isinstance(whole, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{where}.{key}".lstrip("."))  # noqa: TRY004  # every defect is one kind: the file's
    return value


def _session(data: Any) -> Session:
    raw = _part(data, SESSION_KEY, dict, "")
    clock = str(_part(raw, "clock", str | datetime, SESSION_KEY))  # without quotes YAML makes it a datetime
    try:
        instant = datetime.fromisoformat(clock)
        moved = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{SESSION_KEY}.clock") from None
    if instant.tzinfo is None:
        raise ValueError(f"{SESSION_KEY}.clock")
    return Session(_part(raw, "plugin", str, SESSION_KEY), moved, _json(raw, "options"), _json(raw, "cursors"))


def _json(raw: Any, key: str) -> dict[str, Json]:
    """A mapping of JSON values; what only YAML can say (a set, bytes, a loop of aliases) is a defect."""
    mapping = _part({key: {}} | raw, key, dict, SESSION_KEY)
    try:
        plain: dict[str, Json] = jsontext.decode(jsontext.encode(mapping))
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"{SESSION_KEY}.{key}") from None
    return plain


def _interaction(raw: Any, where: str) -> Interaction:
    request, response = _part(raw, "request", dict, where), _part(raw, "response", dict, where)
    asking, answering = f"{where}.request", f"{where}.response"
    method, url = _part(request, "method", str, asking), _part(request, "uri", str, asking)
    sent = _bytes(request, "body", asking)
    try:
        asked = Asked.of(method, url, sent)
    except ValueError:
        raise ValueError(f"{asking}.uri") from None
    status = _part(response, "status", dict, answering)
    code = _part(status, "code", int, f"{answering}.status")
    reason = _part(status, "message", str | None, f"{answering}.status")
    headers = _headers(_part(response, "headers", dict, answering), f"{answering}.headers")
    content = _bytes(_part(response, "body", dict, answering), "string", f"{answering}.body")
    compressed = any(name.lower() == "content-encoding" for name in headers)
    return Interaction(asked, code, reason or "", headers, _decompressed(content) if compressed else content)


def _bytes(whole: Any, key: str, where: str) -> bytes:
    """A body: text where it was UTF-8, `!!binary` otherwise, nothing where there was none."""
    value: str | bytes | None = _part(whole, key, str | bytes | None, where)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value or b""


def _headers(raw: Any, where: str) -> dict[str, str]:
    """Each header's values, a list in vcrpy's format and a bare value in hand-written files, as one text."""
    headers = {}
    for name, values in raw.items():
        listed = values if isinstance(values, list) else [values]
        if not isinstance(name, str) or not all(isinstance(value, str | int) for value in listed):
            raise ValueError(where)
        headers[name] = ", ".join(str(value) for value in listed)
    return headers


def _decompressed(content: bytes) -> bytes:
    """What gzip or deflate hold; vcrpy mostly keeps the header beside a body that is decoded already."""
    try:
        return zlib.decompress(content, zlib.MAX_WBITS | 32)
    except zlib.error:
        return content
