"""One API as a plugin sees it: what is sent, what is tried again, what is said, and in which order answers come."""

import gc
import io
import socket
import ssl
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse, exceptions

from connector_core.answers import Came, said
from connector_core.clock import SYSTEM, Clock
from connector_core.endpoint import Budget, Call, Endpoint, Response
from connector_core.errors import ConfigError, SourceError, StoppedError, TooLargeError, TransientError
from connector_core.http import HttpClient
from connector_core.httptext import http_date, joined, origin, place, retry_after
from connector_core.httptext import links as named
from connector_core.pool import Pool
from tests.acme_server import Acme, serving
from tests.fakes import START, Reply, Scripted, Waiting, answer, in_turn

TOKEN = "0123456789abcdef-secret"
ENDPOINT = Endpoint("https://api.example/v2", {"Authorization": f"Bearer {TOKEN}"}, None, {405: "Wait five minutes"})
DATE = "Mon, 01 Jan 2024 10:00:00 GMT"


def client(transport: BaseAdapter, *, waiting: Waiting | None = None, **more: Any) -> HttpClient:
    """A client on which waiting takes no time, and chance is always one half."""
    values: dict[str, Any] = {"endpoint": ENDPOINT, "chance": lambda: 0.5} | more
    return HttpClient(clock=(waiting or Waiting()).clock(), transport=transport, **values)


# --- what is sent


def test_one_get_is_sent_with_the_headers_and_decoded() -> None:
    transport = in_turn(answer(200, b'{"a": [1]}', Date=DATE))
    http = client(transport)
    response = http.get("/survey/x", {"page": 1, "until": None, "name": "a b"})
    assert (response.body, response.status) == ({"a": [1]}, 200)
    assert response.date == http.server_date == datetime(2024, 1, 1, 10, tzinfo=UTC)
    (sent,) = transport.sent
    assert sent.url == "https://api.example/v2/survey/x?page=1&name=a+b"
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["Accept"] == "application/json"


def test_a_put_is_sent_with_its_body_as_json_and_tried_again_like_a_get() -> None:
    transport = in_turn(answer(503), answer(201, b""))
    response = client(transport).send(Call("records", {"a": 1}, "PUT", b'{"b": 2}'))
    assert (response.status, response.body) == (201, None)
    for sent in transport.sent:
        assert (sent.method, sent.url, sent.body) == ("PUT", "https://api.example/v2/records?a=1", b'{"b": 2}')
        assert sent.headers["Content-Type"] == "application/json"


def test_a_redirect_on_the_same_host_keeps_the_method_and_the_body() -> None:
    transport = in_turn(answer(308, Location="/v3/records"), answer(201, b"{}"))
    assert client(transport).send(Call("records", method="PUT", body=b"{}")).status == 201
    assert [(sent.method, sent.url, sent.body) for sent in transport.sent] == [
        ("PUT", "https://api.example/v2/records", b"{}"),
        ("PUT", "https://api.example/v3/records", b"{}"),
    ]


def test_a_status_that_is_an_answer_is_neither_raised_nor_tried_again() -> None:
    """What the API said comes with it, unless it may speak of a customer."""
    refused = answer(400, b'{"message": "/kind/fields/rating: must be a string"}')
    transport = in_turn(refused, answer(400, b"<html>"), answer(400, b'{"message": "bad: a@b.example"}'))
    http = client(transport, endpoint=Endpoint("https://api.example/v2", answers={400}))
    responses = [http.send(Call("records", method="PUT", body=b"{}")) for _ in range(3)]
    assert [(each.status, each.said) for each in responses] == [
        (400, "/kind/fields/rating: must be a string"),
        (400, ""),
        (400, ""),
    ]
    assert responses[1].body is None


def test_a_netrc_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    transport = in_turn(answer())
    client(transport).get("x")
    assert transport.sent[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("path", ["../admin", "a/../../b", "%2e%2e/admin", "a/%2E%2E"])
def test_no_path_leaves_the_base_url(path: str) -> None:
    transport = in_turn(answer())
    with pytest.raises(SourceError, match="leaves the API's base URL"):
        client(transport).get(path)
    assert transport.sent == []


@pytest.mark.parametrize(
    ("link", "sent"),
    [
        ("https://api.example/v2/x?cursor=a%2Fb&n=1", "https://api.example/v2/x?cursor=a%2Fb&n=1&per=5"),
        ("HTTPS://API.example:443/v3/x?up=../..", "https://api.example:443/v3/x?up=../..&per=5"),
        ("https://other:pass@api.example/v2/x", "https://other:pass@api.example/v2/x?per=5"),
    ],
)
def test_a_link_that_the_api_gave_is_followed_on_its_own_host(link: str, sent: str) -> None:
    """Also out of the base path, as a redirect may lead; and always with the endpoint's own headers."""
    transport = in_turn(answer(), answer())
    http = client(transport)
    http.get(link, {"per": 5, "page": None})
    assert next(http.get_each([Call(link, {"per": 5})])).status == 200
    for request in transport.sent:
        assert (request.url, request.headers["Authorization"]) == (sent, f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("https://elsewhere.example/v2/x?key=canary", "https://elsewhere.example"),
        ("http://api.example/v2/x", "http://api.example"),
        ("https://api.example:8443/v2/x", "https://api.example:8443"),
        ("https://api.example@elsewhere.example/", "https://elsewhere.example"),
        ("https://[canary/x", "what is no URL"),
        ("https:///v2/x", "what is no URL"),
    ],
)
def test_the_token_follows_no_link_to_another_host(link: str, named: str) -> None:
    transport = in_turn(answer())
    with pytest.raises(SourceError) as refused:
        client(transport).get(link)
    assert str(refused.value) == (
        f"the API names a page on another host, {named}, not on https://api.example; the token was not sent there."
        " If that is right, set connection_details.base_url"
    )
    assert refused.value.ends_run
    assert transport.sent == []


def test_no_link_climbs_above_its_host() -> None:
    transport = in_turn(answer())
    with pytest.raises(SourceError, match="leaves the API's base URL"):
        client(transport).get("https://api.example/v2/%2e%2e/admin?key=canary")
    assert transport.sent == []


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://api.example/v2/x?page=2>; rel="next"', {"next": "https://api.example/v2/x?page=2"}),
        ("</v2/x?a=1,2>; rel=next", {"next": "https://api.example/v2/x?a=1,2"}),
        ("<?page=2>;rel=next;title=two", {"next": "https://api.example/v2/x?page=2"}),
        (
            '<y?a=1>; title="a=b; rel=prev, <no>"; REL="Next last", <z>; rel=prev',
            {
                "next": "https://api.example/v2/y?a=1",
                "last": "https://api.example/v2/y?a=1",
                "prev": "https://api.example/v2/z",
            },
        ),
        ("<y>; rel=next, <z>; rel=next", {"next": "https://api.example/v2/y"}),
        ("<y>", {}),
        ("nonsense", {}),
        ("", {}),
    ],
)
def test_links_are_whole_urls_by_what_they_are(header: str, links: dict[str, str]) -> None:
    assert client(in_turn(answer(200, b"[]", Link=header))).get("x").links == links


def test_an_answer_without_a_link_has_none() -> None:
    assert client(in_turn(answer())).get("x").links == {}


@given(st.text(alphabet='<>;,"= relnxt/?ā\n', max_size=60))
def test_no_header_breaks_the_reading_of_links(header: str) -> None:
    assert all(isinstance(url, str) for url in named("https://api.example/v2/x", header).values())


# --- what is taken from a body

BODY = Response({"meta": {"next": None, "total": 3}, "list": [1], "yes": True}, 200, None, "https://api.example/x")


def test_what_the_api_is_known_to_send_is_taken_by_its_path() -> None:
    assert Response([1], 200, None).take("", list) == [1]
    assert BODY.take("meta.total", int) == 3
    assert BODY.take("meta.next", str | None) is None
    assert BODY.take("yes", bool) is True
    assert BODY.take("yes", int | bool) is True


@pytest.mark.parametrize(
    ("path", "kind", "line"),
    [
        ("", list, "the body: must be a list, is an object"),
        ("list", dict, "list: must be an object, is a list"),
        ("list.x", int, "list: must be an object, is a list"),
        ("meta.total", str | None, "meta.total: must be text or null, is a whole number"),
        ("meta.total", float, "meta.total: must be a number, is a whole number"),
        ("yes", int | float, "yes: must be a whole number or a number, is true or false"),
        ("meta.cursor", str | None, "meta.cursor: must be text or null, is not there"),
        ("meta.next.x", str, "meta.next: must be an object, is null"),
        ("more.x", str, "more: must be an object, is not there"),
    ],
)
def test_what_it_is_not_known_to_send_is_the_sources_fault(path: str, kind: Any, line: str) -> None:
    with pytest.raises(SourceError) as refused:
        BODY.take(path, kind)
    assert str(refused.value) == f"https://api.example/x: {line}; has the API changed?"
    assert not refused.value.ends_run


def test_an_answer_knows_where_it_came_from() -> None:
    assert client(in_turn(answer())).get("x", {"key": "canary"}).place == "https://api.example/v2/x"


@pytest.mark.parametrize("url", ["http://api.example", "ftp://127.0.0.1", "//x"])
def test_only_https_is_called_but_for_this_machine(url: str) -> None:
    with pytest.raises(ConfigError, match=r"connection_details\.base_url: only https:// is allowed"):
        client(in_turn(), endpoint=Endpoint(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://localhost/x", "http://[::1]:8080"])
def test_this_machine_may_be_called_without_encryption(url: str) -> None:
    client(in_turn(answer()), endpoint=Endpoint(url)).get("x")


@pytest.mark.parametrize(
    "url", ["https://", "https://a b/", "api.example", "http://[1", "http://127.0.0.1:99999", "https://x:y"]
)
def test_a_url_that_cannot_be_called_is_the_configurations_fault(url: str) -> None:
    with pytest.raises(ConfigError, match=r"connection_details\.base_url: is no URL"):
        client(in_turn(), endpoint=Endpoint(url))


@pytest.mark.parametrize("token", ["canary\n", " canary", "canaryé", "canary\u2009"])
def test_a_token_that_no_header_can_hold_is_found_before_the_first_request(token: str) -> None:
    with pytest.raises(ConfigError, match="no HTTP header can") as caught:
        client(in_turn(), endpoint=Endpoint("https://api.example", {"X-Key": token}))
    assert "canary" not in str(caught.value)


# --- what is tried again


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_six_times_with_growing_waits(status: int) -> None:
    waiting = Waiting()
    transport = in_turn(*(answer(status) for _ in range(6)))
    with pytest.raises(TransientError, match=f"still answers HTTP {status}; run it again later"):
        client(transport, waiting=waiting).get("x")
    assert waiting.waits == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert len(transport.sent) == 6


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 409, 410, 422, 451, 501, 505])
def test_any_other_status_is_final(status: int) -> None:
    http = client(in_turn(answer(status, b'{"message": "no such\\nsurvey"}')))
    with pytest.raises(SourceError) as caught:
        http.get("x", {"canary": "canary"})
    assert str(caught.value) == f"https://api.example/v2/x answered HTTP {status}: no such survey"
    assert (caught.value.status, caught.value.ends_run) == (status, False)
    assert http.requests_made == 1


def test_an_answer_after_failures_is_as_good_as_any() -> None:
    waiting = Waiting()
    cut = answer()
    cut.raw = HTTPResponse(io.BytesIO(b"[1"), {"Content-Length": "99"}, preload_content=False)
    replies: list[Reply] = [requests.ConnectionError(), answer(503), answer(200, b"<html>"), cut, answer(200, b"[1]")]
    http = client(in_turn(*replies), waiting=waiting)
    assert http.get("x").body == [1]
    assert (len(waiting.waits), http.requests_made) == (4, 5)


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("0", [0.0]),
        ("7", [7.0]),
        (" 300 ", [300.0]),
        ("Mon, 01 Jan 2024 10:00:30 GMT", [30.0]),
        ("Mon, 01 Jan 2024 09:00:00 GMT", [0.0]),
        ("soon", [0.25]),
        ("-1", [0.25]),
        ("1.5", [0.25]),
        ("\xb2", [0.25]),
    ],
)
def test_retry_after_is_honoured_in_both_forms(header: str, waits: list[float]) -> None:
    """Against the server's own clock; what cannot be read counts as absent."""
    waiting = Waiting(START - timedelta(days=400))
    client(in_turn(answer(429, Retry_After=header, Date=DATE), answer()), waiting=waiting).get("x")
    assert waiting.waits == waits


@pytest.mark.parametrize("header", ["301", "9" * 400, "Mon, 01 Jan 2024 11:00:00 GMT"])
def test_a_server_that_wants_us_to_wait_long_is_not_waited_for(header: str) -> None:
    waiting = Waiting()
    with pytest.raises(TransientError):
        client(in_turn(answer(429, Retry_After=header, Date=DATE)), waiting=waiting).get("x")
    assert waiting.waits == []


def test_without_a_date_retry_after_is_measured_on_our_clock() -> None:
    waiting = Waiting(datetime(2024, 1, 1, 9, 59, 50, tzinfo=UTC))
    client(in_turn(answer(503, Retry_After=DATE), answer()), waiting=waiting).get("x")
    assert waiting.waits == [10.0]


def test_a_status_that_the_plugin_explains_is_final_and_ends_the_run() -> None:
    http = client(in_turn(answer(405, b"<html>captcha</html>")))
    with pytest.raises(SourceError) as caught:
        http.get("answers", {"codes": "1"})
    assert str(caught.value) == "Wait five minutes (HTTP 405 from https://api.example/v2/answers)"
    assert (caught.value.ends_run, http.requests_made) == (True, 1)


def test_even_a_status_that_may_pass_is_final_when_it_is_explained() -> None:
    http = client(in_turn(answer(429)), endpoint=Endpoint("https://api.example", explain={429: "Come tomorrow"}))
    with pytest.raises(SourceError, match="Come tomorrow"):
        http.get("x")


def test_every_request_takes_its_part_of_the_budget() -> None:
    """Retries and redirects too."""
    waiting = Waiting()
    replies = [answer(503, Retry_After="0"), answer(302, Location="/v2/y"), answer(), answer()]
    http = client(in_turn(*replies), waiting=waiting, endpoint=Endpoint("https://api.example/v2", budget=Budget(3, 60)))
    http.get("x")
    assert waiting.waits == [0.0]
    http.get("x")
    assert waiting.waits == [0.0, 60.0]
    assert http.requests_made == 4


# --- what cannot be read


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"", b'{"a": 1', b"[1,]", b"\xff\xfe"])
def test_a_body_that_stays_no_json_is_the_sources_fault(body: bytes) -> None:
    http = client(Scripted(lambda _: answer(200, body, Content_Type="text/html; charset=utf-8")))
    with pytest.raises(SourceError) as caught:
        http.get("x", {"canary": "canary"})
    assert str(caught.value) == (
        "https://api.example/v2/x answered text/html that is no JSON; check connection_details.base_url"
    )
    assert http.requests_made == 6


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (requests.ConnectionError("canary"), "the connection broke off"),
        (requests.Timeout("canary"), "no whole answer came in time"),
        (requests.exceptions.SSLError("canary"), "the encrypted connection failed"),
        (requests.exceptions.ProxyError("canary"), "the proxy that the environment names"),
        (requests.ConnectionError(socket.gaierror(-2, "canary")), "its name cannot be resolved"),
        (requests.ConnectionError(ConnectionRefusedError("canary")), "it refuses connections"),
        (requests.exceptions.ChunkedEncodingError("canary"), "the connection broke off"),
        (exceptions.ReadTimeoutError(None, "", "canary"), "no whole answer came in time"),  # type: ignore[arg-type]
        (exceptions.DecodeError("canary"), "the connection broke off"),
        (OSError("canary"), "the connection broke off"),
    ],
)
def test_what_never_answers_is_named_in_plain_words_without_its_query(failure: Exception, words: str) -> None:
    http = client(Scripted(lambda _: failure))
    with pytest.raises(TransientError) as caught:
        http.get("x", {"who": "canary"})
    assert str(caught.value).startswith(f"https://api.example/v2/x cannot be reached: {words}")
    assert "canary" not in str(caught.value)
    assert http.requests_made == 6


def test_nobody_listening_on_this_machine() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    waiting = Waiting()
    http = HttpClient(Endpoint(f"http://127.0.0.1:{port}"), waiting.clock())
    with pytest.raises(TransientError, match=rf"http://127\.0\.0\.1:{port}/x cannot be reached: it refuses"):
        http.get("x")
    assert len(waiting.waits) == 5
    http.close()


def test_a_message_holds_no_user_and_no_password() -> None:
    http = client(in_turn(answer(404)), endpoint=Endpoint("https://user:canary@api.example"))
    with pytest.raises(SourceError, match=r"^https://api\.example/x answered HTTP 404$"):
        http.get("x")


# --- redirects


def test_a_redirect_on_the_same_host_is_followed_with_the_headers() -> None:
    transport = in_turn(answer(301, Location="/v3/x"), answer(307, Location="https://api.example:443/v4"), answer())
    client(transport).get("x")
    assert [sent.url for sent in transport.sent] == [
        "https://api.example/v2/x",
        "https://api.example/v3/x",
        "https://api.example:443/v4",
    ]
    assert {sent.headers["Authorization"] for sent in transport.sent} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/x", "//evil.example", "http://api.example/v2/x", "https://api.example:8443/",
        "https://api.example@evil.example/", "http://[1", "javascript:0", "https://api.example.evil.example/",
        "/caf\xe9", "/caf\u20ac",
    ],
)  # fmt: skip
def test_the_token_follows_no_redirect_to_another_host(location: str) -> None:
    transport = in_turn(answer(302, Location=location))
    with pytest.raises(SourceError, match=r"sends us on to another host, .*the token was not sent there") as caught:
        client(transport).get("x")
    assert len(transport.sent) == 1
    assert caught.value.ends_run


def test_redirects_without_end_are_not_followed_for_ever() -> None:
    transport = Scripted(lambda _: answer(302, Location="/again"))
    with pytest.raises(SourceError, match="redirects without end"):
        client(transport).get("x")
    assert len(transport.sent) == 5


def test_a_redirect_that_says_nowhere_is_a_refusal() -> None:
    with pytest.raises(SourceError, match="answered HTTP 302"):
        client(in_turn(answer(302))).get("x")


# --- many at once


def numbered(path: str) -> Reply:
    """An answer that says which request it is of; every tenth fails."""
    number = int(path.rsplit("/", 1)[1])
    return answer(404) if number % 10 == 9 else answer(200, b"%d" % number)


@pytest.mark.parametrize("in_flight", [1, 8])
def test_answers_come_in_the_order_of_their_calls(in_flight: int) -> None:
    http = client(Scripted(numbered), in_flight=in_flight)
    calls = [Call(str(number)) for number in range(100) if number % 10 != 9]
    assert [response.body for response in http.get_each(calls)] == [int(call.path) for call in calls]
    http.close()


@pytest.mark.parametrize("in_flight", [1, 8])
def test_what_is_no_json_is_asked_for_again_and_keeps_its_place(in_flight: int) -> None:
    """However often an answer must be asked for, those behind it wait for it."""
    tried: Counter[str] = Counter()

    def reply(path: str) -> Reply:
        tried[path] += 1
        return answer(200, b"<html>") if path.endswith("7") and tried[path] < 3 else numbered(path)

    http = client(Scripted(reply), in_flight=in_flight)
    assert [response.body for response in http.get_each(Call(str(number)) for number in range(9))] == [*range(9)]
    assert (tried["/v2/7"], http.requests_made) == (3, 11)
    http.close()


@pytest.mark.parametrize("in_flight", [1, 8])
def test_an_error_comes_at_its_place(in_flight: int) -> None:
    http = client(Scripted(numbered), in_flight=in_flight)
    answers = http.get_each(Call(str(number)) for number in range(100))
    assert [next(answers).body for _ in range(9)] == [*range(9)]
    with pytest.raises(SourceError, match="/9 answered HTTP 404"):
        next(answers)
    http.close()


@pytest.mark.parametrize("in_flight", [1, 8])
def test_calls_are_drawn_only_some_ahead_of_what_was_taken(in_flight: int) -> None:
    drawn, taken = 0, 0

    def calls() -> Iterator[Call]:
        nonlocal drawn
        for number in range(0, 900, 10):
            drawn += 1
            yield Call(str(number))

    http = client(Scripted(numbered), in_flight=in_flight)
    for _ in http.get_each(calls()):
        assert drawn - taken <= (1 if in_flight == 1 else 2 * in_flight)
        taken += 1
    assert taken == 90
    http.close()


def test_an_answer_is_kept_neither_as_it_came_nor_when_it_was_taken() -> None:
    """A page of 1,000 answers is a megabyte as it came, and six decoded."""
    http = client(Scripted(numbered), in_flight=1)
    answers = http.get_each([Call("4711")])
    answer = next(answers)

    def as_it_came() -> bool:
        return any(isinstance(each, Came) and each.call.path == "4711" for each in gc.get_objects())

    end = time.monotonic() + 10  # the thread that made the request may be about to let go of it
    while as_it_came():
        assert time.monotonic() < end
    gone = weakref.ref(answer)
    del answer
    assert gone() is None
    http.close()


def test_requests_are_under_way_at_the_same_time() -> None:
    """Each of four is answered when all four were sent."""
    meeting = threading.Barrier(4, timeout=10)

    def together(_: str) -> Reply:
        meeting.wait()
        return answer(200, b"1")

    http = client(Scripted(together), in_flight=4)
    assert sum(response.body for response in http.get_each(Call("x") for _ in range(4))) == 4
    http.close()


def test_no_more_requests_are_in_flight_than_may_be_whoever_asks() -> None:
    """One asks for many, eight for one answer each; a real server answers four when all four have waited for long."""
    account, meeting, lock, under_way, peak = Acme(), threading.Barrier(4, timeout=10), threading.Lock(), 0, 0

    def counted() -> None:
        nonlocal under_way, peak
        with lock:
            under_way += 1
            peak = max(peak, under_way)
        for _ in range(50):  # a fifth would have come by then
            meeting.wait()
        with lock:
            under_way -= 1

    account.on_request = counted
    with serving(account), ThreadPoolExecutor(9) as askers:
        http = HttpClient(Endpoint(account.url, {"X-Api-Key": "acme-secret-key"}), SYSTEM, in_flight=4)
        many = askers.submit(lambda: list(http.get_each([Call("polls")] * 8)))
        others = [askers.submit(http.get, "polls") for _ in range(8)]
        assert [each.body for each in (*many.result(), *(one.result() for one in others))] == [[]] * 16
        http.close()
    assert (peak, http.requests_made) == (4, 16)


def test_who_asks_for_many_answers_that_all_come_at_once_can_be_stopped_too() -> None:
    transport, looks = Scripted(lambda _: answer()), list[None]()

    def look() -> None:
        looks.append(None)
        if len(looks) == 10:
            raise StoppedError("stopped")

    answers = client(transport, in_flight=4, meanwhile=look).get_each(Call("x") for _ in range(1000))
    with pytest.raises(StoppedError):
        list(answers)
    assert len(transport.sent) < 20


def test_leaving_early_sends_no_more_than_what_was_asked_ahead() -> None:
    transport = Scripted(numbered)
    http = client(transport, in_flight=4)
    answers = http.get_each(Call("1") for _ in range(1000))
    next(answers)
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    http.close()
    assert len(transport.sent) <= 1 + 2 * 4


def test_what_is_said_of_a_record_that_was_sent_is_in_no_error() -> None:
    """An API may quote it; of a question, there is nothing of a customer to quote."""
    body = b'{"message": "conflict: Ana said a bad day"}'
    for method, told in (("GET", True), ("PUT", False), ("POST", False)):
        call = Call("records", method=method, body=b"{}")  # type: ignore[arg-type]
        with pytest.raises(SourceError, match="answered HTTP 409") as raised:
            client(Scripted(lambda _: answer(409, body))).send(call)
        assert ("a bad day" in str(raised.value)) == told


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b"\n <!DOCTYPE html><title>Wi-Fi</title>"])
def test_a_page_for_people_is_no_yes_to_what_was_sent(body: bytes) -> None:
    """A proxy's or a login's: its status is 200, and nothing was taken."""
    transport = Scripted(lambda _: answer(200, body, Content_Type="text/html"))
    with pytest.raises(SourceError, match="answered text/html that is no JSON"):
        client(transport).send(Call("records", method="PUT", body=b"{}"))
    plain = in_turn(answer(201, b"Created", Content_Type="text/html"))
    assert client(plain).send(Call("records", method="PUT", body=b"{}")).body is None


def test_counters_are_right_whatever_threads_do() -> None:
    """Twenty threads of eight hundred requests, every second one tried twice."""
    failed: set[str] = set()

    def every_second_fails_once(path: str) -> Reply:
        if int(path.rsplit("/", 1)[1]) % 2 and path not in failed:
            failed.add(path)
            return answer(503, Retry_After="0")
        return answer(200, b"1", Date=DATE)

    http = client(Scripted(every_second_fails_once))
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: http.get(str(number)), range(800)))
    assert http.requests_made == 1200
    assert http.server_date is not None


def test_a_real_server_on_this_machine() -> None:
    account = Acme()
    account.vote("p1", "v1", "2024-07-01T10:00:00Z")
    account.date = DATE
    with serving(account):
        http = HttpClient(Endpoint(account.url, {"X-Api-Key": "acme-secret-key"}), SYSTEM, in_flight=2)
        bodies = [response.body for response in http.get_each([Call("polls")] * 3)]
        http.close()
    assert [len(body) for body in bodies] == [1, 1, 1]
    assert http.server_date == datetime(2024, 1, 1, 10, tzinfo=UTC)


# --- how long


@define
class Passing:
    """A clock whose seconds pass only while somebody sleeps, or when told to."""

    seconds: float = 0.0
    waits: list[float] = field(factory=list)
    on_sleep: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits.append(seconds)
        self.on_sleep()

    def clock(self) -> Clock:
        return Clock(lambda: START + timedelta(seconds=self.seconds), self.sleep, lambda: self.seconds)


def test_one_request_takes_no_longer_than_its_time() -> None:
    """A wait that would go beyond it is not begun."""
    time = Passing()
    http = HttpClient(ENDPOINT, time.clock(), transport=Scripted(lambda _: answer(503, Retry_After="250")))
    with pytest.raises(TransientError, match="still answers HTTP 503"):
        http.get("x")
    assert time.waits == [250, 250]


def test_the_time_of_the_tries_counts_too() -> None:
    time = Passing()

    def slow(_: str) -> Reply:
        time.seconds += 110
        return answer(503, Retry_After="100")

    http = HttpClient(ENDPOINT, time.clock(), transport=Scripted(slow))
    with pytest.raises(TransientError):
        http.get("x")
    assert (http.requests_made, time.waits) == (3, [100, 100])


def test_one_try_takes_no_longer_than_its_time() -> None:
    """A body that comes later is a try that failed, and is made again."""
    time = Passing()

    class Slow(io.BytesIO):
        def read1(self, _: int | None = -1, /) -> bytes:
            time.seconds += 61
            return super().read1(1)

    def dripping(_: str) -> Reply:
        reply = answer()
        reply.raw = HTTPResponse(Slow(b"[1]"), preload_content=False)
        return reply

    replies = iter([dripping(""), answer(200, b"[1]")])
    http = HttpClient(ENDPOINT, time.clock(), transport=Scripted(lambda _: next(replies)))
    assert http.get("x").body == [1]
    assert http.requests_made == 2


def test_when_the_time_of_a_run_is_used_up_nothing_is_sent() -> None:
    time = Passing()
    transport = Scripted(lambda _: answer())
    http = HttpClient(ENDPOINT, time.clock(), transport=transport, seconds=100)
    time.seconds = 99
    http.get("x")
    time.seconds = 100
    with pytest.raises(TransientError) as caught:
        http.get("x")
    assert str(caught.value) == (
        "the run's time budget of 100 s is used up; progress is kept, the same command goes on from there (--max-time)"
    )
    assert len(transport.sent) == 1


def test_no_wait_goes_beyond_the_time_of_a_run() -> None:
    time = Passing()
    http = HttpClient(ENDPOINT, time.clock(), transport=Scripted(lambda _: answer(503, Retry_After="60")), seconds=100)
    with pytest.raises(TransientError, match="HTTP 503"):
        http.get("x")
    assert time.waits == [60]


@pytest.mark.parametrize(("seconds", "words"), [(100, "the run's time budget of 100 s is used up"), (None, "no room")])
def test_nobody_waits_for_the_budget_of_requests_beyond_the_time_there_is(seconds: float | None, words: str) -> None:
    time, endpoint = Passing(), Endpoint("https://api.example", budget=Budget(1, 300))
    again = Scripted(lambda _: answer(503, Retry_After="0"))
    http = HttpClient(endpoint, time.clock(), transport=again, seconds=seconds)
    with pytest.raises(TransientError, match=words):
        http.get("x")
    assert sum(time.waits) <= 900


def test_what_the_api_said_of_its_limit_holds_for_the_next_run(tmp_path: Path) -> None:
    """It ends this one; the next sends nothing before the window has passed, and says until when."""
    time, file = Passing(), tmp_path / "budget"
    endpoint = Endpoint("https://api.example/v2", budget=Budget(900, 300, 405), explain={405: "Wait five minutes"})
    first = HttpClient(endpoint, time.clock(), transport=in_turn(answer(405)), budget_file=file)
    with pytest.raises(TransientError, match="Wait five minutes"):
        first.get("x")
    first.close()
    time.seconds = 200
    transport = in_turn(answer())
    second = HttpClient(endpoint, time.clock(), transport=transport, budget_file=file)
    with pytest.raises(TransientError, match=r"nothing is sent before 2024-01-01T00:05:01Z; progress is kept"):
        second.get("x")
    assert (transport.sent, time.waits) == ([], [])
    time.seconds = 301
    second.get("x")
    second.close()


def test_what_is_too_large_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_core.body.MAX_BODY", 2**20)
    http = client(in_turn(answer(200, b" " * (2**20 + 1))))
    with pytest.raises(TooLargeError, match=r"^https://api\.example/v2/x answers with more than 1 MiB") as caught:
        http.get("x", {"who": "canary"})
    assert http.requests_made == 1
    assert not caught.value.ends_run


# --- stopping


def test_after_closing_nothing_is_sent() -> None:
    transport = Scripted(lambda _: answer())
    http = client(transport)
    http.close()
    with pytest.raises(StoppedError):
        http.get("x")
    assert transport.sent == []


def test_who_sleeps_between_two_tries_sends_nothing_when_the_run_has_ended() -> None:
    time = Passing()
    transport = Scripted(lambda _: answer(503))
    http = HttpClient(ENDPOINT, time.clock(), transport=transport)
    time.on_sleep = http.close
    with pytest.raises(StoppedError):
        http.get("x")
    assert len(transport.sent) == 1


def test_who_waits_for_the_budget_sends_nothing_when_the_run_has_ended() -> None:
    time = Passing()
    transport = Scripted(lambda _: answer())
    http = HttpClient(Endpoint("https://api.example", budget=Budget(1, 60)), time.clock(), transport=transport)
    http.get("x")
    time.on_sleep = http.close
    with pytest.raises(StoppedError):
        http.get("x")
    assert len(transport.sent) == 1


def test_the_users_wish_to_stop_passes_through_every_wait() -> None:
    def stop() -> None:
        raise StoppedError("stopped while waiting")

    time = Passing(on_sleep=stop)
    http = HttpClient(ENDPOINT, time.clock(), transport=in_turn(answer(503)), in_flight=2)
    with pytest.raises(StoppedError, match="while waiting"):
        list(http.get_each([Call("x")]))
    http.close()


def test_closing_waits_for_no_request() -> None:
    """One hangs, one waits for a free thread; nobody waits for either."""
    hanging, let_go = threading.Event(), threading.Event()

    def hang(_: str) -> Reply:
        hanging.set()
        let_go.wait(60)
        return answer()

    transport = Scripted(hang)
    http = client(transport, in_flight=2)
    answers = http.get_each(Call("x") for _ in range(9))
    reader = threading.Thread(target=lambda: next(answers, None), daemon=True)
    reader.start()
    assert hanging.wait(60)
    http.close()
    assert not let_go.is_set()
    let_go.set()
    reader.join(60)
    assert len(transport.sent) <= 2


def test_after_closing_many_requests_end_at_once_as_one_does() -> None:
    """A thread that a server kept for too long asks on, and must not wait for ever for threads that are gone."""
    http = HttpClient(Endpoint("http://127.0.0.1:9"), SYSTEM, 2)
    http.close()
    asked = Pool[list[Response]](1)  # where it may hang without keeping this test
    with pytest.raises(StoppedError):
        asked.submit(lambda: list(http.get_each([Call("a")]))).result(timeout=10)
    asked.close()


def test_no_thread_is_begun_before_there_is_a_call_for_it() -> None:
    """A program may make any number of clients; only those that are asked for much take more than memory."""
    before, begun = set(threading.enumerate()), list[int]()
    asked = Pool[None](3)
    for _ in range(5):
        asked.submit(lambda: None).result(10)
        begun.append(len(set(threading.enumerate()) - before))
    asked.close()
    assert begun == [1, 2, 3, 3, 3]


def test_a_thread_that_waits_for_the_next_request_keeps_no_answer_in_memory() -> None:
    """An answer may be large, and there are many threads."""
    asked, gone = Pool[Response](1), threading.Event()
    answer_of = asked.submit(lambda: Response({}, 200, None))
    weakref.finalize(answer_of.result(10), gone.set)
    del answer_of
    assert gone.wait(10)
    asked.close()


def test_a_process_ends_while_a_request_hangs() -> None:
    """The server takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code = (
            "import sys, threading\n"
            "from connector_core.clock import SYSTEM\n"
            "from connector_core.http import HttpClient\n"
            "from connector_core.endpoint import Call, Endpoint\n"
            "http = HttpClient(Endpoint(sys.argv[1]), SYSTEM, 2)\n"
            "answers = http.get_each([Call('x')] * 3)\n"
            "threading.Thread(target=next, args=(answers,), daemon=True).start()\n"
            "sys.stdin.readline()\n"
            "http.close()\n"
            "print('closed')\n"
        )
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pipe = subprocess.PIPE
        with subprocess.Popen([sys.executable, "-c", code, url], stdin=pipe, stdout=pipe, text=True) as process:
            connection, _ = silent.accept()
            with connection:
                said_last, _ = process.communicate("\n", timeout=50)
    assert (said_last, process.returncode) == ("closed\n", 0)


# --- encryption


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def encrypted(authority: trustme.CA) -> Iterator[str]:
    """A server whose certificate an authority vouches for that nobody knows; it answers `[]`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is the point
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("variable", [None, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_that_is_not_trusted_ends_the_run(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    """Whatever is said of authorities in the environment; nothing turns the check off."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    if variable:
        monkeypatch.setenv(variable, "")
    with encrypted(authority) as url:
        http = HttpClient(Endpoint(url, {"Authorization": TOKEN}), Waiting().clock())
        with pytest.raises(SourceError, match=r"that is not trusted.* REQUESTS_CA_BUNDLE") as caught:
            http.get("x", {"who": "canary"})
        http.close()
    assert (caught.value.ends_run, http.requests_made) == (True, 1)
    assert "canary" not in str(caught.value)


def test_an_authority_that_the_environment_names_is_trusted(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with encrypted(authority) as url:
        http = HttpClient(Endpoint(url), Waiting().clock())
        assert http.get("x").body == []
        http.close()


def test_an_authority_that_is_not_there_is_the_configurations_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match=r"REQUESTS_CA_BUNDLE .*names what is not there"):
        client(in_turn())


def test_other_hosts_are_called_without_encryption_only_when_asked_for() -> None:
    with pytest.raises(ConfigError, match="--allow-http"):
        client(in_turn(), endpoint=Endpoint("http://api.example"))
    client(in_turn(answer()), endpoint=Endpoint("http://api.example"), allow_http=True).get("x")


def test_no_redirect_leads_out_of_encryption_even_when_it_is_not_asked_for() -> None:
    transport = in_turn(answer(302, Location="http://api.example/v2/x"))
    with pytest.raises(SourceError, match="the token was not sent there"):
        client(transport, allow_http=True).get("x")
    assert len(transport.sent) == 1


def test_a_name_that_nobody_knows() -> None:
    """By the network's own word, as the libraries wrap it."""
    wrapped = exceptions.NameResolutionError("api.example", None, socket.gaierror(-2, "canary"))  # type: ignore[arg-type]
    failure = requests.ConnectionError(exceptions.MaxRetryError(None, "/", wrapped))  # type: ignore[arg-type]
    with pytest.raises(TransientError, match="its name cannot be resolved"):
        client(Scripted(lambda _: failure)).get("x")


# --- reading what HTTP says


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": "a  b\\n c"}', ": a b c"),
        (b'{"error": {"code": 1, "msg": "m"}}', ": m"),
        (b'{"message": "m", "msg": "n"}', ": m"),
        (b'{"msg": "n"}', ": n"),
        (b'{"error": 5}', ""),
        (b'{"error": {"code": 1}}', ""),
        (b'"text"', ": text"),
        (b"[]", ""),
        (b"<html>", ""),
        (b'{"error": "' + b"word " * 100 + b'"}', ": " + "word " * 39 + "..."),
        (b'{"error": "' + b"x" * 500 + b'"}', ": ..."),
        (b'{"error": "nobody is called fulana@example.com"}', ""),
        (b'{"error": "unknown customer 52998224725"}', ""),
    ],
)
def test_the_reason_of_a_refusal_is_passed_on_when_it_stands_where_it_usually_does(body: bytes, text: str) -> None:
    assert said(body) == text


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode))
def test_no_body_breaks_the_reading_of_a_reason(body: bytes) -> None:
    said(body)


DATES = st.builds(
    "{}, {:02} {} {} {:02}:{:02}:{:02} {}".format,
    st.sampled_from(["Mon", "", "X"]), st.integers(0, 99), st.sampled_from(["Jan", "Dec", "Foo"]),
    st.sampled_from([0, 1, 99, 1970, 2024, 9999, 99999]), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99),
    st.sampled_from(["GMT", "-0000", "+2359", "-9999", "+99999", ""]),
)  # fmt: skip


@given(st.none() | st.text(max_size=40) | DATES)
def test_no_header_breaks_the_reading_of_dates_and_waits(text: str | None) -> None:
    date, wait = http_date(text), retry_after(text, START)
    assert date is None or date.utcoffset() == timedelta(0)
    assert wait is None or wait >= 0


def test_a_date_of_an_unknown_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the standard of mail has it, whatever the zone of this machine."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/Sao_Paulo")
        time.tzset()
        assert http_date("Mon, 01 Jan 2024 10:00:00 -0000") == datetime(2024, 1, 1, 10, tzinfo=UTC)
    time.tzset()


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_location_breaks_the_reading_of_a_redirect(url: str, location: str) -> None:
    origin(joined(url, location))


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://a/x", "https://A:443/y"), ("http://a", "http://a:80/"), ("https://u:p@a/", "https://a")],
)
def test_two_urls_of_one_host(one: str, other: str) -> None:
    assert origin(one) == origin(other)


def test_a_place_has_its_port_and_no_query() -> None:
    assert place("https://u:p@a.example:8443/b?c=d#e") == "https://a.example:8443/b"
