"""Which requests are refused, and with what: the rate limits and the failures asked for."""

import math
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Literal

import orjson
from attrs import define, field, frozen

from trackco_simulator.behaviour import Behaviour

Api = Literal["cxm", "nps"]

CAPTCHA = """<!DOCTYPE html>
<html lang="pt-br"><head><title>Verificação</title></head>
<body><h1>Muitas requisições</h1><form method="post"><p>Prove que você não é um robô.</p>
<img src="/captcha.png" alt="CAPTCHA"><input name="captcha"></form></body></html>
"""
GATEWAY_PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
_GATEWAY = frozenset((HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT))
_WITH_RETRY_AFTER = frozenset((HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE))


@frozen
class Refusal:
    """An answer in place of the one that was asked for."""

    status: int
    body: bytes
    content_type: str = "application/json"
    retry_after: str | None = None


def error_body(api: Api, status: int, message: str) -> bytes:
    """Return the JSON of an error in the manner of each API."""
    if api == "nps":
        return orjson.dumps({"error": {"code": status, "msg": message}})
    return orjson.dumps({"error": message, "status": status})


@define
class Gate:
    """Lets requests pass, or refuses them, as one behaviour says; it remembers the requests of the last seconds."""

    behaviour: Behaviour
    _failures: deque[int] = field(init=False)
    _passed: deque[float] = field(factory=deque, init=False)
    _captcha: bool = field(default=False, init=False)

    @_failures.default
    def _asked_for(self) -> deque[int]:
        return deque(self.behaviour.fail_next)

    def refuse(self, api: Api, now: datetime) -> Refusal | None:
        """Return the refusal of a request made now, or none if it may pass."""
        if self._failures:
            return self._refusal(api, self._failures.popleft(), now, wait=1)
        if api == "nps" and self._captcha:
            return self._refusal(api, HTTPStatus.METHOD_NOT_ALLOWED, now, wait=0)
        wait = self._count(now)
        if wait is None:
            return None
        if api == "nps":
            self._captcha = True
            return self._refusal(api, HTTPStatus.METHOD_NOT_ALLOWED, now, wait)
        return self._refusal(api, HTTPStatus.TOO_MANY_REQUESTS, now, wait)

    def _count(self, now: datetime) -> int | None:
        """Note a request, or return the whole seconds until there is room for it."""
        if self.behaviour.rate_limit is None:
            return None
        most, seconds = self.behaviour.rate_limit
        moment = now.timestamp()
        while self._passed and self._passed[0] <= moment - seconds:
            self._passed.popleft()
        if len(self._passed) >= most:
            return math.ceil(self._passed[0] + seconds - moment) if self._passed else math.ceil(seconds)
        self._passed.append(moment)
        return None

    def _refusal(self, api: Api, status: int, now: datetime, wait: int) -> Refusal:
        if api == "nps" and status == HTTPStatus.METHOD_NOT_ALLOWED:
            return Refusal(status, CAPTCHA.encode(), "text/html")
        if status in _GATEWAY:
            page = GATEWAY_PAGE.format(title=f"{status} {HTTPStatus(status).phrase}")
            return Refusal(status, page.encode(), "text/html")
        after = None
        if api == "cxm" and status in _WITH_RETRY_AFTER:
            after = self._retry_after(now, wait)
        return Refusal(status, error_body(api, status, HTTPStatus(status).phrase), retry_after=after)

    def _retry_after(self, now: datetime, wait: int) -> str | None:
        if self.behaviour.retry_after == "seconds":
            return str(wait)
        if self.behaviour.retry_after == "date":
            whole = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=wait)
            return format_datetime(whole, usegmt=True)
        return None
