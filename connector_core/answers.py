"""What an HTTP answer means: a response, a failure that may pass, or an error. Pure functions; nothing is sent."""

from datetime import datetime

import requests
from attrs import frozen

from connector_core import jsontext
from connector_core.body import Body
from connector_core.endpoint import Endpoint, Response
from connector_core.errors import ConnectorError, SourceError, TransientError
from connector_core.httptext import links, place, retry_after, said
from connector_core.retry import Trouble, is_retried


@frozen
class Failure:
    """One failed try: what to raise if there is no next, and what decides about that."""

    error: ConnectorError
    why: int | Trouble
    retry_after: float | None = None


def meaning(
    answer: requests.Response, content: Body, endpoint: Endpoint, date: datetime | None, now: datetime
) -> Response | Failure:
    """What an answer with this content, whose `Date` was read already, means to who asked.

    Raises:
        SourceError: a status that the endpoint explains.
    """
    status = answer.status_code
    if not isinstance(content, bytes):
        return Response(content, status, date, place(answer.url), links(answer.url, answer.headers.get("Link")))
    if status >= requests.codes.multiple_choices and status not in endpoint.answers:
        return _refused(answer, content, endpoint, now)
    try:
        body = jsontext.decode(content)
    except ValueError:
        page = content.lstrip().startswith(b"<")  # of a proxy or a login, say, which has taken no record
        if status not in endpoint.answers and (answer.request.method == "GET" or page):
            kind = answer.headers.get("Content-Type", "an unnamed type").split(";")[0]
            why = f"{place(answer.url)} answered {kind} that is no JSON; check {endpoint.setting}"
            return Failure(SourceError(why, status=status), "no_json")
        body = None
    named = links(answer.url, answer.headers.get("Link"))
    why = said(content).removeprefix(": ") if status >= requests.codes.multiple_choices else ""
    return Response(body, status, date, place(answer.url), named, why)


def _refused(answer: requests.Response, content: bytes, endpoint: Endpoint, now: datetime) -> Failure:
    status, where = answer.status_code, place(answer.url)
    if status in endpoint.explain:
        raise SourceError(explained(answer, endpoint), status=status, ends_run=True)
    if is_retried(status):
        why = TransientError(f"{where} still answers HTTP {status}; run it again later", ends_run=False)
        return Failure(why, status, retry_after(answer.headers.get("Retry-After"), now))
    reason = said(content) if answer.request.method == "GET" else ""  # else it may quote what was sent: a record
    return Failure(SourceError(f"{where} answered HTTP {status}{reason}", status=status), status)


def explained(answer: requests.Response, endpoint: Endpoint) -> str:
    """What the endpoint says of a status."""
    status = answer.status_code
    return f"{endpoint.explain.get(status, '')} (HTTP {status} from {place(answer.url)})".strip()
