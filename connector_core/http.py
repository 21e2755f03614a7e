"""The host's HTTP client: budget, retries, decoding, and some requests in flight while their answers keep order."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import count
from math import inf
from pathlib import Path
from typing import Any

import requests
import structlog
from attrs import define, field
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import HTTPError

from connector_core import body
from connector_core.answers import Came, Failure, decoded, explained, refused
from connector_core.budget import Permits
from connector_core.clock import SYSTEM, Clock
from connector_core.endpoint import Call, Endpoint, Response
from connector_core.errors import ConnectorError, SourceError, StoppedError, TransientError
from connector_core.httptext import http_date, joined, origin, place, redirect_of
from connector_core.pool import Pool
from connector_core.prefetch import Prefetch
from connector_core.preflight import check, surroundings, whole_url
from connector_core.retry import ATTEMPT_SECONDS, REQUEST_SECONDS, Attempt, next_wait
from connector_core.trouble import trouble_of, unreachable

log = structlog.get_logger("connector_core.http")

_CONNECT_AND_READ = (10, 60)
"""Seconds to connect, and between two reads."""
_REDIRECTS = 5


@define
class HttpClient:
    """One API, as a plugin sees it. Safe to use from many threads.

    Attributes:
        endpoint: where, with which headers, within which budget.
        clock: time; another one in tests, where nothing waits.
        in_flight: how many requests may be under way at once, whoever asks.
        seconds: how long requests may be sent, from now on; None for ever.
        allow_http: whether other hosts than this machine may be called without encryption.
        budget_file: where processes share the API's budget; None counts in this process alone.
        meanwhile: called for each answer of `get_each`, and now and then while it waits; what it raises, `get_each`
            raises.
        server_date: the last `Date` that the server sent, aware UTC, or None.
        requests_made: how many requests were sent, retries included.
    """

    endpoint: Endpoint
    clock: Clock = SYSTEM
    in_flight: int = 1
    transport: BaseAdapter = field(factory=lambda: HTTPAdapter(pool_maxsize=64), repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)
    seconds: float | None = field(default=None, kw_only=True)
    allow_http: bool = field(default=False, kw_only=True)
    budget_file: Path | None = field(default=None, kw_only=True)
    meanwhile: Callable[[], None] | None = field(default=None, kw_only=True, repr=False)
    server_date: datetime | None = field(default=None, init=False)
    requests_made: int = field(default=0, init=False)
    _session: requests.Session = field(factory=requests.Session, init=False, repr=False)
    _pattern: requests.PreparedRequest = field(init=False, repr=False)
    _settings: Mapping[str, Any] = field(factory=dict, init=False, repr=False)
    _permits: Permits = field(init=False, repr=False)
    _pool: Pool[Came] = field(init=False, repr=False)
    _prefetch: Prefetch = field(init=False, repr=False)
    _end: float = field(default=inf, init=False)
    _closed: bool = field(default=False, init=False)
    _wire: threading.Semaphore = field(init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Get ready; nothing is sent yet.

        Raises:
            ConfigError: the endpoint cannot be used as it is.
        """
        self._session.auth = lambda request: request  # without this, a ~/.netrc would replace our Authorization
        self._session.headers.update({"Accept": "application/json", **self.endpoint.headers})
        check(self.endpoint, self._session, allow_http=self.allow_http)
        self._pattern = self._session.prepare_request(requests.Request("GET", self.endpoint.base_url))
        self._settings = surroundings(self.endpoint, self._session)
        self._permits = Permits(self.endpoint, self.clock, self.budget_file)
        self._wire = threading.Semaphore(self.in_flight)
        self._prefetch = Prefetch(2 * self.in_flight if self.in_flight > 1 else 1)  # the wire is not to wait for us
        if self.seconds is not None:
            self._end = self.clock.monotonic() + self.seconds
        self._pool = Pool(self.in_flight)

    @property
    def longest_silence(self) -> float:
        """Seconds after which a request must have been sent, if any is under way whose bounds hold."""
        return REQUEST_SECONDS + (self.endpoint.budget.seconds if self.endpoint.budget else 0.0) + ATTEMPT_SECONDS

    def close(self) -> None:
        """Send nothing more, and let go of connections and threads; waits for no request."""
        self._closed = True
        self._pool.close()
        self._permits.close()
        self.transport.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Response:
        """Make one request, tried again where that may help, and decode its answer.

        Args:
            path: below the endpoint's base URL; or a whole URL that the API itself gave, on the same host, such as
                the link to the next page.
            params: the query, added to what stands in the path. Those that are None stay away.

        Raises:
            SourceError: a final status, a URL of another host or a redirect to one, or a body that stays no JSON.
            TooLargeError: a body that is larger than the host takes into memory.
            TransientError: no answer within the retries, or no time left.
            StoppedError: the run has ended.
        """
        return self.send(Call(path, params or {}))

    def send(self, call: Call) -> Response:
        """The same for any request; what is sent twice must do no harm."""
        return self._read(self._fetch(call), lambda again: again())

    def get_each(self, calls: Iterable[Call]) -> Iterator[Response]:
        """Make many requests, some in flight at once, and yield their answers in the order of the calls.

        The calls may come from a generator. At most twice `in_flight` are drawn ahead of what was yielded; fewer where
        answers are large, or where others are being read that are wanted earlier.
        """
        read = partial(self._read, make=lambda again: next(self._in_pool([again])))
        # unlike a loop, `map` keeps neither what came while it is worked on, decoded, nor that while the next one is
        yield from map(read, self._in_pool(partial(self._fetch, call) for call in calls))

    def _in_pool(self, fetches: Iterable[Callable[[], Came]]) -> Iterator[Came]:
        return self._pool.in_order(fetches, self._prefetch, self.meanwhile)

    def _fetch(self, call: Call, tries: int = 0, end: float | None = None) -> Came:
        """Make a request, tried again where that may help; its answer refuses nothing, and is not yet decoded."""
        url = whole_url(self.endpoint, call.path)
        if end is None:
            window = self.endpoint.budget.seconds if self.endpoint.budget else 0.0
            end = min(self.clock.monotonic() + REQUEST_SECONDS + window, self._end)
        for number in count(tries + 1):
            result = self._attempt(url, call, number, end)
            if isinstance(result, Came):
                return result
            self._pause(url, Attempt(number, result.why, result.retry_after), result.error, end)
        raise AssertionError  # pragma: no cover - count() does not end

    def _read(self, came: Came, make: Callable[[Callable[[], Came]], Came]) -> Response:
        """Decode an answer; what is no JSON is asked for again, where that may help, by a call that is made so."""
        while isinstance(result := decoded(came, self.endpoint), Failure):
            came = make(partial(self._again, came, result))
        return result

    def _again(self, came: Came, failure: Failure) -> Came:
        self._pause(came.answer.url, Attempt(came.tries, failure.why), failure.error, came.end)
        return self._fetch(came.call, came.tries, came.end)

    def _pause(self, url: str, attempt: Attempt, error: ConnectorError, end: float) -> None:
        """Wait before the next try, or raise the error where there is none."""
        wait = next_wait(attempt, self.chance(), end - self.clock.monotonic())
        if wait is None:
            raise error
        log.warning("request.retried", url=place(url), attempt=attempt.number, why=attempt.result, wait=round(wait, 2))
        self.clock.sleep(wait)

    def _attempt(self, url: str, call: Call, number: int, end: float) -> Came | Failure:
        try:
            answer, content = self._follow(url, call, end)
            self._prefetch.came(len(content) if isinstance(content, bytes) else 0)  # a long list waits on the disk
        except (requests.RequestException, HTTPError, OSError) as error:
            trouble = trouble_of(error)
            return Failure(unreachable(place(url), trouble), trouble)
        date = http_date(answer.headers.get("Date"))
        self.server_date = date or self.server_date
        if self.endpoint.budget and answer.status_code == self.endpoint.budget.exhausted:
            self._permits.exhaust()
            raise TransientError(explained(answer, self.endpoint))  # it passes with the window
        failure = refused(answer, content, self.endpoint, date or self.clock.now())
        return failure or Came(call, answer, content, date, number, end)

    def _follow(self, url: str, call: Call, end: float) -> tuple[requests.Response, body.Body]:
        """Send, following redirects on the same host only: the headers are for no other."""
        prepared = self._prepared(call, url, call.params)
        for _ in range(_REDIRECTS):
            answer, content = self._send(prepared, call, end)
            if not (location := redirect_of(self._session, answer)):
                return answer, content
            target = joined(prepared.url or url, location)
            if origin(target) != origin(url):
                raise SourceError(
                    f"{place(url)} sends us on to another host, {origin(target)[1]}; the token was not sent there."
                    f" If that is right, set {self.endpoint.setting}",
                    status=answer.status_code,
                    ends_run=True,
                )
            prepared = self._prepared(call, target, {})
        raise SourceError(f"{place(url)} redirects without end", ends_run=True)

    def _prepared(self, call: Call, url: str, params: Mapping[str, Any]) -> requests.PreparedRequest:
        """A request, made of the one whose session, headers and environment were looked up once."""
        prepared = self._pattern.copy()
        prepared.method = call.method
        prepared.prepare_url(url, params)
        if call.body is not None:
            prepared.headers["Content-Type"] = "application/json"
            prepared.prepare_body(call.body, None)
        return prepared

    def _send(self, prepared: requests.PreparedRequest, call: Call, end: float) -> tuple[requests.Response, body.Body]:
        """Send one request, when the budget has room for it and the run has not ended, and read the whole answer."""
        with self._wire, self._permits.permit(partial(self._wait, end)):
            begun = self.clock.monotonic()
            if self._closed:
                raise StoppedError("the run has ended; nothing more is sent")
            if begun >= self._end:
                raise self._late()
            with self._lock:
                self.requests_made += 1
            answer = self.transport.send(prepared, timeout=_CONNECT_AND_READ, **self._settings)
            return answer, body.asked_for(call, answer, self.clock.monotonic, min(begun + ATTEMPT_SECONDS, end))

    def _wait(self, end: float, seconds: float) -> None:
        """Wait for the budget, if that leads anywhere."""
        if self.clock.monotonic() + seconds >= end:
            full = "the API's request budget has no room for too long, others use it too; run the same command later"
            raise self._late() if end == self._end else TransientError(full)
        self.clock.sleep(seconds)

    def _late(self) -> TransientError:
        return TransientError(
            f"the run's time budget of {self.seconds:g} s is used up; progress is kept,"
            " the same command goes on from there (--max-time)"
        )
