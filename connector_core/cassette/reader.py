"""Reading a cassette: plain YAML in vcrpy's shape, checked as far as replaying needs it. It never runs code."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from math import inf
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

_LARGEST = 100_000_000
"""Bytes of a file, and of all that its bodies hold when they are decompressed."""

_MOST = 300_000
"""Values of a file; each takes many times the room of its text."""

_MULTIPLIED = 10
"""How many times larger than its text a file may become by aliases, which say a value again."""

_UNREADABLE = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What PyYAML raises: its own error, or whatever one of its constructors runs into (`!!bool q` is a KeyError)."""


def load(path: Path) -> Recording:
    """Read a cassette, ours or plain vcrpy's.

    Raises:
        ConfigError: there is none, or the file is none: broken text, a Python tag, another shape.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode()
    except OSError as error:
        raise ConfigError(f"{path}: the recording cannot be read ({error.strerror}); check the path") from None
    except ValueError:
        raise ConfigError(f"{path}: this is no recording, it is not UTF-8 text; record it again") from None
    if len(content) > _LARGEST:
        raise ConfigError(f"{path}: the recording is larger than {_LARGEST:,} bytes; record less at once")
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
    """PyYAML's safe loader, which knows no Python tag, with bounds on what a file may grow to, and no key twice."""

    depth = values = 0

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text_length = len(text)

    def descend_resolver(self, _parent: Any, _index: Any) -> None:
        self.depth += 1
        self.values += 1
        if self.depth > _DEPTH or self.values > _MOST:
            raise yaml.YAMLError("nested too deeply, or too many values")

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _weight(node, {}) > _MULTIPLIED * self._text_length:
            raise yaml.YAMLError("aliases that multiply")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(problem="a key stands twice", problem_mark=node.start_mark)
        return mapping


def _weight(node: yaml.Node, known: dict[int, float]) -> float:
    """How much a value would be if each alias in it were written out; a loop of aliases is without end."""
    if isinstance(node, yaml.ScalarNode):
        return 1 + len(node.value)
    if id(node) not in known:
        known[id(node)] = inf
        pairs = isinstance(node, yaml.MappingNode)
        inner = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_weight(part, known) for part in inner)
    return known[id(node)]


def _recording(path: Path, data: Any) -> Recording:
    if _part(data, "version", int, "") != _VERSION:
        raise ValueError("version")
    interactions = _part(data, "interactions", list, "")
    session = _session(data) if SESSION_KEY in data else None
    return Recording(path, session, tuple(_interactions(interactions)))


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


def _interactions(listed: list[Any]) -> Iterator[Interaction]:
    left = _LARGEST
    for number, raw in enumerate(listed):
        one = _interaction(raw, f"interactions[{number}]", left)
        left -= len(one.content)
        yield one


def _interaction(raw: Any, where: str, most: int) -> Interaction:
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
    if compressed:
        content = _decompressed(content, most, f"{answering}.body.string")
    asking_headers = _headers(_part({"headers": {}} | request, "headers", dict, asking), f"{asking}.headers")
    return Interaction(asked, code, reason or "", headers, content, url, asking_headers)


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


def _decompressed(content: bytes, most: int, where: str) -> bytes:
    """What gzip or deflate hold; vcrpy mostly keeps the header beside a body that is decoded already."""
    for form in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        unpacking = zlib.decompressobj(form)
        with suppress(zlib.error):
            plain = unpacking.decompress(content, most + 1)
            if len(plain) > most:
                raise ValueError(where)
            if unpacking.eof:
                return plain
    return content
