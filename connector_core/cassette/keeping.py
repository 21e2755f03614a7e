"""One request with its answer as a recording keeps it: cut to what is worth keeping, and cleaned."""

from collections.abc import Mapping
from typing import Any

import requests
from attrs import field, frozen
from vcr.request import Request

from connector_core.cassette.changes import Change, in_body, in_headers, in_url
from connector_core.cassette.recording import body_of
from connector_core.cassette.scrub import Scrub

_REQUEST_HEADERS = ("Accept", "Content-Type")
_RESPONSE_HEADERS = ("Content-Type", "Link", "Location", "Retry-After")
"""All that is kept: the others are secret, or never the same twice, or untrue of a decoded body."""


@frozen
class Kept:
    """One interaction in vcrpy's shape, and what was replaced in it."""

    request: Request
    response: Mapping[str, Any]
    changes: Mapping[Change, int] = field(factory=dict)


def kept(request: requests.PreparedRequest, response: requests.Response, content: bytes, scrub: Scrub | None) -> Kept:
    """Keep an interaction, of whose answer this is the whole decoded content."""
    method, url, sent = request.method or "GET", request.url or "", body_of(request)
    asked = {name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers}
    answered = {name: response.headers[name] for name in _RESPONSE_HEADERS if name in response.headers}
    answer, reason = (response.status_code, answered, content), response.reason or ""
    if scrub is None:
        return Kept(Request(method, url, sent or None, asked), _answer(reason, *answer))
    clean_url, clean_sent, clean_content = scrub.url(url), scrub.body(sent), scrub.body(content)
    clean_asked, clean_answered = _headers(asked, scrub), _headers(answered, scrub)
    changes = in_url(url, clean_url) + in_body(sent, clean_sent) + in_body(content, clean_content)
    changes += in_headers(asked, clean_asked) + in_headers(answered, clean_answered)
    answer = response.status_code, clean_answered, clean_content
    return Kept(
        Request(method, clean_url, clean_sent or None, clean_asked), _answer(scrub.text(reason), *answer), changes
    )


def _headers(headers: Mapping[str, str], scrub: Scrub) -> dict[str, str]:
    clean = {"Location": scrub.url, "Link": scrub.links}
    return {name: clean.get(name, scrub.text)(value) for name, value in headers.items()}


def _answer(reason: str, status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    return {
        "status": {"code": status, "message": reason},
        "headers": {name: [value] for name, value in headers.items()},
        "body": {"string": content},
    }
