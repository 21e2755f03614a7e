"""What a recording holds, as values."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import requests
from attrs import field, frozen
from requests import codes

from connector_core import jsontext
from connector_core.model import Json

SESSION_KEY = "connector_core"
"""The top-level key under which a cassette keeps its session; vcrpy leaves keys that it does not know alone."""

_PORTS = {"http": 80, "https": 443}


@frozen
class Session:
    """What a run was started with, so that its replay makes the same requests and the same records.

    Attributes:
        plugin: the name of the source.
        clock: the instant at which the run stood; aware UTC.
        options: the options that shape what is read, JSON values by name.
        cursors: where each partition began, JSON values by partition key.
    """

    plugin: str
    clock: datetime
    options: Mapping[str, Json] = field(factory=dict)
    cursors: Mapping[str, Json] = field(factory=dict)


@frozen
class Asked:
    """What makes two requests the same: all but headers, the order of the query, and the layout of a JSON body."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, method: str, url: str, body: bytes) -> "Asked":
        """Normalise a request.

        Raises:
            ValueError: the URL is none.
        """
        parts = urlsplit(url)
        usual = _PORTS.get(parts.scheme)
        port = "" if parts.port in (None, usual) else f":{parts.port}"
        query = tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
        path = "/".join(quote(unquote(segment), safe="") for segment in parts.path.split("/"))  # `%3A` is `:`, not `/`
        return cls(method, f"{parts.scheme}://{parts.hostname}{port}", path or "/", query, _canonical(body))


def _canonical(body: bytes) -> bytes:
    try:
        return jsontext.encode(jsontext.decode(body)) if body else body
    except (ValueError, RecursionError):
        return body


def body_of(request: requests.PreparedRequest) -> bytes:
    """What a request sends; a stream is not looked into and counts as nothing."""
    body = request.body
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""


@frozen
class Interaction:
    """One request and its answer. `content` is decoded, no gzip left; a header that came twice is joined by `, `.

    `url` and `sent`, the URL and the headers of the request as they stand in the file, matter to no replay.
    """

    asked: Asked
    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    url: str = ""
    sent: Mapping[str, str] = field(factory=dict)


@frozen
class Recording:
    """A loaded cassette, in the order of the file; `session` is None where plain vcrpy recorded it."""

    path: Path
    session: Session | None
    interactions: tuple[Interaction, ...]

    def in_turn(self) -> bool:
        """Whether it matters who asks first: some request was answered in several ways, failures left aside."""
        answers: dict[Asked, set[bytes]] = {}
        for one in self.interactions:
            if one.status < codes.bad_request:
                answers.setdefault(one.asked, set()).add(one.content)
        return any(len(contents) > 1 for contents in answers.values())
