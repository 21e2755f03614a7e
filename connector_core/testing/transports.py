"""Transports that stand between a source and its API, and change or watch what passes."""

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from attrs import define, field
from requests.adapters import BaseAdapter

from connector_core.retry import is_retried

Asked = tuple[str | None, str | None, object]
"""A request: its method, URL and body."""

Tamper = Callable[[int, requests.Response], requests.Response]
"""From the number of a request, from 1 on, and its answer to the answer that is given instead. The same request made
again, as a retry, has the same number."""


@define(eq=False)
class Remembering(BaseAdapter):
    """Sends each request once, and answers so ever after: the server stands still while a check looks at it.

    Attributes:
        inner: what sends.
        answers: what was answered to each request; shared by transports of one check.
    """

    inner: BaseAdapter
    answers: dict[Asked, requests.Response]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send through the inner transport, unless the answer is known."""
        asked = (request.method, request.url, request.body)
        if asked in self.answers:
            return made(self.answers[asked])
        answer = self.inner.send(request, *args, **kwargs)
        answer.raw = io.BytesIO(answer.content)
        if is_retried(answer.status_code):
            return answer  # a bad moment passes
        self.answers[asked] = answer
        return made(answer)

    def close(self) -> None:
        """Let go of the inner transport."""
        self.inner.close()


@define(eq=False)
class Tampering(BaseAdapter):
    """Passes requests on and changes their answers, those of one thread.

    Attributes:
        inner: what sends.
        tamper: see `Tamper`; it may raise what a transport raises.
        sent: how many requests were passed on. One that was answered otherwise than by the API, or that the API could
            not answer yet, and that is made again, is the same request.
    """

    inner: BaseAdapter
    tamper: Tamper
    sent: int = 0
    _spoiled: tuple[object, requests.Response] | None = field(default=None, init=False)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send through the inner transport, read all of the answer, and change it."""
        asked = (request.method, request.url, request.body)
        answer = self._spoiled[1] if self._spoiled and self._spoiled[0] == asked else None
        if answer is None:
            answer = self.inner.send(request, *args, **kwargs)
            answer.raw = io.BytesIO(answer.content)
            if is_retried(answer.status_code):
                return answer  # a bad moment of the API's own passes
            self.sent += 1
        self._spoiled = (asked, answer)
        given = self.tamper(self.sent, answer)
        if given is answer:
            self._spoiled = None
        return given

    def close(self) -> None:
        """Let go of the inner transport."""
        self.inner.close()


def made(response: requests.Response, *, status: int | None = None, body: bytes | None = None) -> requests.Response:
    """An answer like another, with another status or body."""
    answer = requests.Response()
    answer.status_code = response.status_code if status is None else status
    answer.url, answer.request, answer.reason = response.url, response.request, response.reason
    answer.headers.update(
        {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }
    )
    answer.raw = io.BytesIO(response.content if body is None else body)
    return answer


@define
class _Watch:
    """What the one audit hook of this process reports to; hooks cannot be taken away."""

    installed: bool = False
    calls: list[str] | None = None
    ours: threading.local = field(factory=threading.local)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note a connection that was not made by a watched transport."""
        if self.calls is not None and event == "socket.connect" and not getattr(self.ours, "sending", False):
            self.calls.append(f"a connection to {arguments[1]}")


_WATCH = _Watch()


@define(eq=False)
class Watched(BaseAdapter):
    """Passes requests on; the connections that are made meanwhile are the host's."""

    inner: BaseAdapter

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send through the inner transport."""
        _WATCH.ours.sending = True
        try:
            return self.inner.send(request, *args, **kwargs)
        finally:
            _WATCH.ours.sending = False

    def close(self) -> None:
        """Let go of the inner transport."""
        self.inner.close()


@contextmanager
def other_connections() -> Iterator[list[str]]:
    """The connections that this process makes, until the block ends, other than through `Watched`."""
    if not _WATCH.installed:
        sys.addaudithook(_WATCH.hook)
        _WATCH.installed = True
    calls: list[str] = []
    _WATCH.calls = calls
    try:
        yield calls
    finally:
        _WATCH.calls = None
