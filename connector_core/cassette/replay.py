"""Replaying a recording: an adapter below `requests` that answers from memory and cannot reach a socket."""

import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from operator import eq
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse

from connector_core.cassette.recording import Asked, Interaction, Recording, body_of
from connector_core.cassette.scrub import Scrub
from connector_core.errors import NotRecordedError

_HIDDEN = "***"
_SECRETIVE = re.compile(r"token|key|secret|pass|auth|sign|session|mail|phone|name|user|customer", re.IGNORECASE)
"""Names of parameters whose values no message shows: they may be secret, or a customer's."""


class ReplayAdapter(BaseAdapter):
    """Answers each request with what was recorded for it, once, in recorded order. Safe to use from many threads.

    Args:
        recording: what `load` gave.
        secrets: the secrets of this run, for APIs that want them in the URL: they match what the recording says in
            their place, and no message shows them.
    """

    def __init__(self, recording: Recording, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._path = recording.path
        self._scrub = Scrub(secrets=secrets, personal=None)
        self._waiting: dict[Asked, deque[Interaction]] = {}
        for interaction in recording.interactions:
            self._waiting.setdefault(interaction.asked, deque()).append(interaction)
        self._recorded = Counter(interaction.asked for interaction in recording.interactions)
        self._lock = Lock()

    def send(self, request: requests.PreparedRequest, *_settings: Any, **_named: Any) -> requests.Response:
        """Take the next recorded answer to this request.

        Raises:
            NotRecordedError: there is none, or none is left; a recording must be followed exactly, so it ends the run.
        """
        method, url, body = request.method or "GET", request.url or "", body_of(request)
        asked = Asked.of(method, url, body)
        if asked not in self._recorded:
            asked = Asked.of(method, self._scrub.url(url), self._scrub.body(body))
        with self._lock:
            waiting = self._waiting.get(asked)
            interaction = waiting.popleft() if waiting else None
        if interaction is None:
            raise NotRecordedError(f"{self._path} {self._scrub.text(self._lack(asked))}", ends_run=True)
        return _response(request, interaction)

    def close(self) -> None:
        """Nothing is open."""

    def unused(self) -> list[str]:
        """The recorded interactions that no request has asked for yet, one line each, in recorded order."""
        with self._lock:
            left = {asked: len(waiting) for asked, waiting in self._waiting.items()}
        return [
            self._scrub.text(_shown(asked)) + (f" (answer {number} of {total})" if total > 1 else "")
            for asked, total in self._recorded.items()
            for number in range(total - left[asked] + 1, total + 1)
        ]

    def _lack(self, asked: Asked) -> str:
        """Why there is no answer, without a secret and without a customer's value."""
        if total := self._recorded[asked]:
            return f"holds {total} answer(s) to {_shown(asked)}, all used already"
        if not self._recorded:
            return f"is empty, it holds no answer to {_shown(asked)}"
        nearest = max(self._recorded, key=lambda other: _likeness(asked, other))
        return (
            f"holds no answer to {_shown(asked)}; the nearest recorded is {_shown(nearest)},"
            f" which differs in {', '.join(_differences(asked, nearest))}"
        )


def _response(request: requests.PreparedRequest, interaction: Interaction) -> requests.Response:
    """Build what the adapter of requests builds from a socket."""
    response = requests.Response()
    response.status_code = interaction.status
    response.reason = interaction.reason
    response.headers = CaseInsensitiveDict(interaction.headers)
    response.headers.pop("Content-Encoding", None)  # the content is decoded already
    response.encoding = get_encoding_from_headers(response.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(io.BytesIO(interaction.content), status=interaction.status, preload_content=False)
    return response


def _likeness(asked: Asked, other: Asked) -> tuple[bool, int, bool, bool, int, int]:
    ours, theirs = set(asked.query), set(other.query)
    return (
        asked.path == other.path,
        sum(map(eq, asked.path.split("/"), other.path.split("/"))),
        asked.method == other.method,
        asked.origin == other.origin,
        len(ours & theirs),
        -len(ours ^ theirs),
    )


def _differences(asked: Asked, other: Asked) -> Iterator[str]:
    for part in ("method", "origin", "path"):
        if getattr(asked, part) != getattr(other, part):
            yield f"its {part}"
    for name in sorted({name for name, _ in asked.query + other.query}):
        here, there = ([pair[1] for pair in one.query if pair[0] == name] for one in (asked, other))
        if here != there:
            yield f"{quote(name)} ({_values(name, here)} asked for, {_values(name, there)} recorded)"
    if asked.body != other.body:
        yield "its body"


def _values(name: str, values: list[str]) -> str:
    return " and ".join(_visible(name, value) for value in values) or "nothing"


def _shown(asked: Asked) -> str:
    """A request as messages name it, on one line."""
    path = "/".join(_HIDDEN if "@" in unquote(segment) else segment for segment in asked.path.split("/"))
    query = "&".join(f"{quote(name)}={_visible(name, value)}" for name, value in asked.query)
    return f"{quote(asked.method)} {asked.origin}{path}" + (f"?{query}" if query else "")


def _visible(name: str, value: str) -> str:
    return _HIDDEN if _SECRETIVE.search(name) or "@" in value else quote(value, safe=":,")
