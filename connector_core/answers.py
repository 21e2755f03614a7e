"""What an HTTP answer means: a response, a failure that may pass, or an error. Pure functions; nothing is sent."""

import re
from datetime import datetime
from textwrap import shorten

import requests
from attrs import frozen

from connector_core import jsontext
from connector_core.body import Body
from connector_core.endpoint import Call, Endpoint, Response
from connector_core.errors import ConnectorError, SourceError, TransientError
from connector_core.httptext import links, place, retry_after
from connector_core.model import Json
from connector_core.retry import Trouble, is_retried

_PERSONAL = re.compile(r"@|\d{6}")
"""What an API may say of a customer in its refusal: an address, a number by which one is known."""
_LONGEST = 200
"""Letters of a refusal that are passed on."""


@frozen
class Failure:
    """One failed try: what to raise if there is no next, and what decides about that."""

    error: ConnectorError
    why: int | Trouble
    retry_after: float | None = None


@frozen
class Came:
    """An answer as it came, which nobody has looked into yet: decoded, it takes five times as much memory.

    Attributes:
        call: what it answers.
        answer: its status and headers; its body was read.
        content: the body.
        date: the server's `Date`, aware UTC, or None.
        tries: how many it took.
        end: when the next one must be over, on the client's clock.
    """

    call: Call
    answer: requests.Response
    content: Body
    date: datetime | None
    tries: int
    end: float


def refused(answer: requests.Response, content: Body, endpoint: Endpoint, now: datetime) -> Failure | None:
    """What a status says that refuses what was asked; None for any other.

    Raises:
        SourceError: a status that the endpoint explains.
    """
    status, where = answer.status_code, place(answer.url)
    if status < requests.codes.multiple_choices or status in endpoint.answers:
        return None
    if status in endpoint.explain:
        raise SourceError(explained(answer, endpoint), status=status, ends_run=True)
    if is_retried(status):
        why = TransientError(f"{where} still answers HTTP {status}; run it again later", ends_run=False)
        return Failure(why, status, retry_after(answer.headers.get("Retry-After"), now))
    reason = ""
    if answer.request.method == "GET" and isinstance(content, bytes):  # else it may quote what was sent: a record
        reason = said(content)
    return Failure(SourceError(f"{where} answered HTTP {status}{reason}", status=status), status)


def decoded(came: Came, endpoint: Endpoint) -> Response | Failure:
    """What an answer that refuses nothing says to who asked."""
    answer, content, status = came.answer, came.content, came.answer.status_code
    body: Json = content
    why = ""
    if isinstance(content, bytes):
        why = said(content).removeprefix(": ") if status >= requests.codes.multiple_choices else ""
        try:
            body = jsontext.decode(content)
        except ValueError:
            page = content.lstrip().startswith(b"<")  # of a proxy or a login, say, which has taken no record
            if status not in endpoint.answers and (answer.request.method == "GET" or page):
                kind = answer.headers.get("Content-Type", "an unnamed type").split(";")[0]
                what = f"{place(answer.url)} answered {kind} that is no JSON; check {endpoint.setting}"
                return Failure(SourceError(what, status=status), "no_json")
            body = None
    return Response(body, status, came.date, place(answer.url), links(answer.url, answer.headers.get("Link")), why)


def explained(answer: requests.Response, endpoint: Endpoint) -> str:
    """What the endpoint says of a status."""
    status = answer.status_code
    return f"{endpoint.explain.get(status, '')} (HTTP {status} from {place(answer.url)})".strip()


def said(body: bytes) -> str:
    """What an API said of its refusal, if it did so in one of the usual places; nothing relies on it.

    A text that may speak of a customer is not passed on.
    """
    try:
        found = jsontext.decode(body)
    except ValueError:
        return ""
    if isinstance(found, dict):
        found = found.get("error") or found.get("message") or found.get("msg")
    if isinstance(found, dict):
        found = found.get("msg")
    if not isinstance(found, str) or _PERSONAL.search(found):
        return ""
    said_so = "".join(letter if letter.isprintable() else " " for letter in found)
    return f": {shorten(said_so, _LONGEST, placeholder=' ...')}"  # whole words: half a secret would not be known as one
