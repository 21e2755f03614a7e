"""The host's HTTP client: budget, retries, decoding, and some requests in flight while their answers keep order."""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import unquote

import requests
import structlog
from attrs import define, field, frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import jsontext
from connector_core.clock import Clock
from connector_core.errors import ConfigError, ConnectorError, SourceError, TransientError
from connector_core.httptext import http_date, joined, origin, place, retry_after, said
from connector_core.model import Call, Endpoint, Response
from connector_core.retry import RETRIED, Attempt, next_wait
from connector_core.throttle import Throttle

log = structlog.get_logger("connector_core.http")

_CONNECT_AND_READ = (10, 60)
"""Seconds to connect, and between two reads."""
_REDIRECTS = 5
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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
    _session: requests.Session = field(factory=requests.Session, init=False, repr=False)
    _throttle: Throttle = field(init=False, repr=False)
    _pool: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Get ready; nothing is sent yet.

        Raises:
            ConfigError: the endpoint cannot be used as it is.
        """
        self._session.auth = lambda request: request  # without this, a ~/.netrc would replace our Authorization
        self._session.headers.update({"Accept": "application/json", **self.endpoint.headers})
        _check(self.endpoint, self._session)
        self._throttle = Throttle(self.endpoint.budget, self.clock)
        if self.in_flight > 1:
            self._pool = ThreadPoolExecutor(self.in_flight, thread_name_prefix="http")

    def close(self) -> None:
        """Let go of connections and threads."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self.transport.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Response:
        """Make one request, tried again where that may help, and decode its answer.

        Raises:
            SourceError: a final status, a redirect to another host, or a body that stays no JSON.
            TransientError: no answer within the retries.
        """
        url = self.endpoint.base_url.rstrip("/") + "/" + path.lstrip("/")
        if ".." in unquote(path).split("/"):
            raise SourceError(f"{place(url)} leaves the API's base URL; nothing was sent there")
        for number in count(1):
            result = self._attempt(url, params or {})
            if isinstance(result, Response):
                return result
            wait = next_wait(Attempt(number, result.status, result.retry_after), self.chance())
            if wait is None:
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
            why = f"{place(url)} cannot be reached ({type(error).__name__}); check the network, then run it again"
            return _Failure(TransientError(why))
        date = http_date(answer.headers.get("Date"))
        self.server_date = date or self.server_date
        if answer.status_code >= requests.codes.multiple_choices:
            return self._refused(answer, date or self.clock.now())
        try:
            return Response(jsontext.decode(answer.content), answer.status_code, date)
        except ValueError:
            kind = answer.headers.get("Content-Type", "an unnamed type").split(";")[0]
            why = f"{place(url)} answered {kind} that is no JSON; check connection_details.base_url"
            return _Failure(SourceError(why, status=answer.status_code))

    def _follow(self, url: str, params: Mapping[str, Any]) -> requests.Response:
        """Send, following redirects on the same host only: the headers are for no other."""
        prepared = self._session.prepare_request(requests.Request("GET", url, params=params))
        for _ in range(_REDIRECTS):
            self._throttle.take()
            with self._lock:
                self.requests_made += 1
            proxies: Any = self._session.merge_environment_settings(prepared.url or url, {}, None, None, None)
            answer = self.transport.send(prepared, timeout=_CONNECT_AND_READ, **proxies)
            _ = answer.content  # is read here, where it is tried again if it breaks off
            location = self._session.get_redirect_target(answer)
            if not location:
                return answer
            target = joined(prepared.url or url, location)
            if origin(target) != origin(url):
                raise SourceError(
                    f"{place(url)} sends us on to another host, {origin(target)[1]}; the token was not sent there."
                    " If that is right, set connection_details.base_url",
                    status=answer.status_code,
                    ends_run=True,
                )
            prepared = self._session.prepare_request(requests.Request("GET", target))
        raise SourceError(f"{place(url)} redirects without end", ends_run=True)

    def _refused(self, answer: requests.Response, now: datetime) -> "_Failure":
        status, where = answer.status_code, place(answer.url)
        explained = self.endpoint.explain.get(status)
        if explained:
            raise SourceError(f"{explained} (HTTP {status} from {where})", status=status, ends_run=True)
        if status in RETRIED:
            why = TransientError(f"{where} still answers HTTP {status}; run the same command again later")
            return _Failure(why, status, retry_after(answer.headers.get("Retry-After"), now))
        return _Failure(SourceError(f"{where} answered HTTP {status}{said(answer.content)}", status=status), status)


@frozen
class _Failure:
    """One failed try: what to raise if there is no next, and what decides about that."""

    error: ConnectorError
    status: int | None = None
    retry_after: float | None = None


def _check(endpoint: Endpoint, session: requests.Session) -> None:
    """Find out before the first request what would fail every one."""
    scheme, host, _ = origin(endpoint.base_url)
    if scheme != "https" and not (scheme == "http" and host in _LOOPBACK):
        raise ConfigError("connection_details.base_url: only https:// is allowed, except for this machine itself")
    try:
        "".join(endpoint.headers.values()).encode("ascii")
        session.prepare_request(requests.Request("GET", endpoint.base_url))
    except (UnicodeEncodeError, requests.exceptions.InvalidHeader):
        raise ConfigError("connection_details: the token holds what no HTTP header can; copy it again") from None
    except requests.RequestException:
        raise ConfigError("connection_details.base_url: is no URL that can be called") from None
