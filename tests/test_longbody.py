"""A list that may be longer than memory: what a call that says so gets, and what stays as it always is."""

import gzip
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from connector_core import body, longbody
from connector_core.endpoint import Call, Endpoint, Response
from connector_core.errors import SourceError, SpoolError, TooLargeError, TransientError
from connector_core.http import HttpClient
from connector_core.longbody import SHORT
from connector_core.spool import LongList
from tests.fakes import Waiting, answer, in_turn

LONG = Call("list", long=True)
RECORDS = [{"id": number, "text": "é" * 90, "in": [{"a": None}]} for number in range(1_000)]
WHOLE = json.dumps(RECORDS, ensure_ascii=False).encode()


def client(*answers: requests.Response) -> HttpClient:
    """A client on which waiting takes no time."""
    return HttpClient(
        Endpoint("https://api.example/v2", explain={405: "Wait"}), Waiting().clock(), transport=in_turn(*answers)
    )


def asked(*answers: requests.Response) -> Response:
    return client(*answers).send(LONG)


def in_memory(content: bytes) -> requests.Response:
    """An answer that was read before, as recording leaves it."""
    read = answer(200)
    read.raw = io.BytesIO(content)
    return read


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n \t\r"])
@pytest.mark.parametrize("after", [b"", b" \n" * 100])
@pytest.mark.parametrize("made", [lambda content: answer(200, content), in_memory])
def test_a_long_list_can_be_gone_over_again(
    before: bytes, after: bytes, made: Callable[[bytes], requests.Response]
) -> None:
    response = asked(made(before + WHOLE + after))
    assert isinstance(response.body, LongList)
    assert list(response.body) == list(response.body) == RECORDS
    assert (response.status, response.place) == (200, "https://api.example/v2/list")


def test_what_comes_with_the_list_comes_with_it() -> None:
    headers = {"Date": "Mon, 01 Jan 2024 10:00:00 GMT", "Link": '</v2/list?page=2>; rel="next"'}
    short, long = (asked(answer(200, content, **headers)) for content in (b"[]", WHOLE))
    assert (long.date, long.links) == (short.date, short.links)
    assert long.links == {"next": "https://api.example/v2/list?page=2"}


@pytest.mark.parametrize(
    "content", [b"[]", b"[1, 2]", b'{"data": [1]}', b"null", b'"x"', WHOLE[:SHORT].rsplit(b", {", 1)[0] + b"]"]
)
def test_what_is_short_or_no_list_is_as_ever(content: bytes) -> None:
    response = asked(answer(200, content))
    assert response.body == client(answer(200, content)).get("list").body == json.loads(content)
    assert type(response.body) is type(json.loads(content))


def test_a_list_in_an_envelope_is_as_ever_however_long() -> None:
    assert asked(answer(200, b'{"data":' + WHOLE + b"}")).body == {"data": RECORDS}


@pytest.mark.parametrize(
    "content",
    [
        b"<html>" + b"x" * 2 * SHORT,
        WHOLE[:-1],
        WHOLE[:-1] + b"}",
        WHOLE[: len(WHOLE) // 2],
        WHOLE + b"<!-- 200 -->",
        b"",
        b"[",
        b" " * 2 * SHORT,
        b"x" + WHOLE,
    ],
)
def test_what_is_no_json_is_asked_for_again(content: bytes) -> None:
    """As for any call; and if it stays, the same is said."""
    assert list(asked(answer(200, content), answer(200, WHOLE)).body) == RECORDS
    said = []
    for call in (LONG, Call("list")):
        with pytest.raises(SourceError, match="that is no JSON; check connection_details") as caught:
            client(*(answer(200, content) for _ in range(6))).send(call)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_a_status_is_what_it_always_is() -> None:
    refusal = b'{"message": "no such campaign"}' + b" " * 2 * SHORT
    with pytest.raises(SourceError, match="HTTP 400: no such campaign"):
        asked(answer(400, refusal))
    with pytest.raises(SourceError, match=r"Wait \(HTTP 405"):
        asked(answer(405, WHOLE))
    assert list(asked(answer(503, WHOLE), answer(302, WHOLE, Location="/v2/other"), answer(200, WHOLE)).body) == RECORDS


def test_a_list_above_its_own_bound_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_BODY", 1000)
    monkeypatch.setattr(longbody, "MAX_LIST", len(WHOLE))
    assert list(asked(answer(200, WHOLE)).body) == RECORDS
    http = client(answer(200, WHOLE + b" "))
    with pytest.raises(TooLargeError, match=r"^https://api\.example/v2/list answers with more than 0 MiB at once; ask"):
        http.send(LONG)
    assert http.requests_made == 1


@pytest.mark.parametrize("content", [b'{"data":' + WHOLE + b"}", b"<html>" + WHOLE, WHOLE + b"x"])
def test_whatever_is_no_list_has_the_bound_of_any_body(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_BODY", len(content) - 1)
    with pytest.raises(TooLargeError):
        asked(answer(200, content))
    monkeypatch.setattr(body, "MAX_BODY", len(content))
    with pytest.raises(SourceError, match="no JSON") if content[:1] != b"{" else closing(client()):
        asked(*(answer(200, content) for _ in range(6)))


def test_a_full_disk_is_told_at_once_and_not_taken_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    http = client(answer(200, WHOLE))
    with pytest.raises(SpoolError, match=r"No space left on device\); make room"):
        http.send(LONG)
    assert http.requests_made == 1


def test_a_broken_record_in_the_middle_is_told_by_whoever_goes_over_it() -> None:
    broken = asked(answer(200, WHOLE.replace(b'"id": 600', b'"id": 6x0'))).body
    came: list[Any] = []
    with pytest.raises(SourceError, match=r"^https://api\.example/v2/list: the list .* its first 5\d\d records; "):
        came.extend(broken)
    assert came == RECORDS[: len(came)]


def test_taking_a_part_of_a_long_list_says_what_it_is() -> None:
    response = asked(answer(200, WHOLE))
    with pytest.raises(SourceError, match="the body: must be an object, is a long list; has the API changed"):
        response.take("data", list)


@contextmanager
def serving(content: bytes, *, packed: bool, cut: int | None = None) -> Iterator[str]:
    """A server on loopback that gives one body, or breaks off after so many bytes."""
    sent = gzip.compress(content) if packed else content

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(sent)))
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(sent[:cut])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("packed", [False, True])
def test_it_comes_over_a_socket_packed_or_not_and_many_in_order(packed: bool) -> None:  # noqa: FBT001 - a case
    with serving(WHOLE, packed=packed) as url, closing(HttpClient(Endpoint(url), Waiting().clock(), 4)) as http:
        for response in http.get_each([LONG] * 8):
            assert list(response.body) == RECORDS


def test_one_that_breaks_off_is_no_answer() -> None:
    with (
        serving(WHOLE, packed=False, cut=2 * SHORT) as url,
        closing(HttpClient(Endpoint(url), Waiting().clock())) as http,
    ):
        with pytest.raises(TransientError, match="the connection broke off"):
            http.send(LONG)
        assert http.requests_made > 1


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text() | st.integers() | st.none(), max_size=3)))
def test_the_long_way_gives_what_the_short_one_gives(records: list[Any]) -> None:
    content = json.dumps(records).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(longbody, "SHORT", 0)
        long = asked(answer(200, content)).body
    assert isinstance(long, LongList)
    assert list(long) == asked(answer(200, content)).body
