"""The host's HTTP client: budget, retries, decoding, and some requests in flight while their answers keep order."""

import email.utils
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import structlog
from attrs import define, field, frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import jsontext
from connector_core.clock import Clock
from connector_core.errors import ConfigError, ConnectorError, SourceError, TransientError
from connector_core.model import Endpoint, Json
from connector_core.retry import RETRIED, Attempt, next_wait
from connector_core.throttle import Throttle

log = structlog.get_logger("connector_core.http")

_CONNECT_AND_READ = (10, 60)
"""Seconds to connect, and between two reads."""
_REDIRECTS = 5
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@frozen
class Call:
    """One GET to be made: a path below the endpoint's base URL, and its query. Parameters that are None stay away."""

    path: str
    params: Mapping[str, Any] = field(factory=dict)


@frozen
class Response:
    """A decoded answer with a status below 300.

    Attributes:
        body: the JSON body.
        status: the HTTP status.
        date: the server's `Date`, aware UTC; None when it sent none that can be read.
    """

    body: Json
    status: int
    date: datetime | None


@define
class HttpClient:
    """One API, as a plugin sees it. Safe to use from many threads.

    Attributes:
        endpoint: where, with which headers, within which budget.
        clock: time, handed in.
        in_flight: how many requests of one `get_each` may be under way at once.
        server_date: the last `Date` that the server sent, aware UTC, or None.
        requests_made: how many requests were sent, retries included.
    """

    endpoint: Endpoint
    clock: Clock
    in_flight: int = 1
    transport: BaseAdapter = field(factory=lambda: HTTPAdapter(pool_maxsize=64), repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)
    server_date: datetime | None = field(default=None, init=False)
    requests_made: int = field(default=0, init=False)
    _session: requests.Session = field(init=False, repr=False)
    _throttle: Throttle = field(init=False, repr=False)
    _pool: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Open the session; nothing is sent yet."""
        base = urlsplit(self.endpoint.base_url)
        if base.scheme != "https" and base.hostname not in _LOOPBACK:
            raise ConfigError("connection_details.base_url: only https:// is allowed, except for this machine itself")
        self._session = requests.Session()
        self._session.mount("https://", self.transport)
        self._session.mount("http://", self.transport)
        self._session.headers.update({"Accept": "application/json", **self.endpoint.headers})
        self._throttle = Throttle(self.endpoint.budget, self.clock)
        if self.in_flight > 1:
            self._pool = ThreadPoolExecutor(self.in_flight, thread_name_prefix="http")

    def close(self) -> None:
        """Let go of connections and threads."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._session.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Response:
        """Make one request, tried again where that may help, and decode its answer.

        Raises:
            SourceError: a final status, a redirect to another host, or a body that stays no JSON.
            TransientError: no answer within the retries.
        """
        url = self.endpoint.base_url.rstrip("/") + "/" + path.lstrip("/")
        for number in count(1):
            self._throttle.take()
            self.requests_made += 1
            result = self._attempt(url, params or {})
            if isinstance(result, Response):
                return result
            wait = next_wait(Attempt(number, result.status, result.retry_after), self.chance())
            if wait is None or result.final:
                raise result.error
            log.warning("request.retried", path=path, attempt=number, status=result.status, wait=round(wait, 2))
            self.clock.sleep(wait)
        raise AssertionError  # pragma: no cover - count() does not end

    def get_each(self, calls: Iterable[Call]) -> Iterator[Response]:
        """Make many requests, some in flight at once, and yield their answers in the order of the calls.

        The calls may come from a generator; at most `in_flight` are drawn ahead of what was yielded.
        """
        if self._pool is None:
            for call in calls:
                yield self.get(call.path, call.params)
            return
        ahead: deque[Future[Response]] = deque()
        try:
            for call in calls:
                ahead.append(self._pool.submit(self.get, call.path, call.params))
                if len(ahead) >= self.in_flight:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()

    def _attempt(self, url: str, params: Mapping[str, Any]) -> "Response | _Failure":
        try:
            answer = self._follow(url, params)
        except (requests.RequestException, OSError) as error:
            why = f"{_place(url)} cannot be reached ({type(error).__name__}); check the network, then run it again"
            return _Failure(TransientError(why))
        date = _http_date(answer.headers.get("Date"))
        self.server_date = date or self.server_date
        if answer.status_code >= requests.codes.multiple_choices:
            return self._refused(answer, date or self.clock.now())
        try:
            return Response(jsontext.decode(answer.content), answer.status_code, date)
        except ValueError:
            kind = answer.headers.get("Content-Type", "an unnamed type").split(";")[0]
            why = f"{_place(url)} answered {kind} that is no JSON; check connection_details.base_url"
            return _Failure(SourceError(why, status=answer.status_code))

    def _follow(self, url: str, params: Mapping[str, Any]) -> requests.Response:
        """Send, following redirects on the same host only: the headers are for no other."""
        prepared = self._session.prepare_request(requests.Request("GET", url, params=params))
        for _ in range(_REDIRECTS):
            settings = self._session.merge_environment_settings(prepared.url or url, {}, None, None, None)
            answer = self._session.send(prepared, timeout=_CONNECT_AND_READ, allow_redirects=False, **settings)
            if not answer.is_redirect:
                return answer
            target = urljoin(prepared.url or url, answer.headers["Location"])
            if _origin(target) != _origin(url):
                raise SourceError(
                    f"{_place(url)} sends us on to another host, {urlsplit(target).hostname}; the token was not sent"
                    " there. If that is right, set connection_details.base_url",
                    status=answer.status_code,
                    ends_run=True,
                )
            prepared = self._session.prepare_request(requests.Request("GET", target))
        raise SourceError(f"{_place(url)} redirects without end", ends_run=True)

    def _refused(self, answer: requests.Response, now: datetime) -> "_Failure":
        status, place = answer.status_code, _place(answer.url)
        explained = self.endpoint.explain.get(status)
        if explained:
            why = f"{explained} (HTTP {status} from {place})"
            return _Failure(SourceError(why, status=status, ends_run=True), final=True)
        error: ConnectorError = SourceError(f"{place} answered HTTP {status}{_said(answer)}", status=status)
        if status in RETRIED:
            error = TransientError(f"{place} still answers HTTP {status}; run the same command again later")
        return _Failure(error, status, _retry_after(answer.headers.get("Retry-After"), now))


@frozen
class _Failure:
    """One failed try: what to raise if there is no next, and what decides about that."""

    error: ConnectorError
    status: int | None = None
    retry_after: float | None = None
    final: bool = False


def _place(url: str) -> str:
    """A URL as errors show it: no query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _said(answer: requests.Response) -> str:
    """What the API said of its refusal, if it did so in one of the usual places; nothing relies on it."""
    try:
        body = jsontext.decode(answer.content)
    except ValueError:
        return ""
    said = (
        next((body[key] for key in ("error", "message", "msg") if body.get(key)), None)
        if isinstance(body, dict)
        else None
    )
    if isinstance(said, dict):
        said = said.get("msg")
    return f": {' '.join(said.split())[:200]}" if isinstance(said, str) else ""


def _http_date(text: str | None) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from either form of the header; None when absent or unreadable."""
    if text and text.strip().isdigit():
        return float(text)
    until = _http_date(text)
    return max(0.0, (until - now).total_seconds()) if until else None
