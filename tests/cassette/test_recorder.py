"""What is kept of what passes, and how it is written."""

import gzip
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import DecodeError

from connector_core import Call, Endpoint, HttpClient
from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, Session, load
from connector_core.errors import ConfigError, TooLargeError
from connector_core.spool import LongList
from tests.cassette.fakes import SESSION, Answer, Canned, record, serving, session_on

URL = "https://api.example.com/v1/votes"
NOTHING = Canned(lambda _: Answer())


class Unreachable(BaseAdapter):
    """An adapter that never gets an answer."""

    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise requests.ConnectionError("no route")

    def close(self) -> None:
        """Nothing is open."""


def test_the_caller_gets_the_real_answer_and_the_file_the_clean_one(tmp_path: Path) -> None:
    body = b'{"email":"fulana@example.org","token":"s3cret-token"}'
    adapter = RecordingAdapter(HTTPAdapter(), Scrub(secrets=["s3cret-token"], personal={"email": "contact"}))
    with serving(lambda _: Answer(body)) as server, session_on(adapter) as http:
        headers = {"Authorization": "Bearer s3cret-token", "Cookie": "a=b", "X-Own": "1", "Accept": "application/json"}
        got = http.get(f"{server.url}/v1/me", params={"key": "s3cret-token"}, headers=headers)
    assert got.content == body
    adapter.save(tmp_path / "c.yaml", SESSION)
    text = (tmp_path / "c.yaml").read_text()
    assert "s3cret" not in text
    assert "fulana" not in text
    kept = yaml.safe_load(text)["interactions"][0]
    assert kept["request"]["uri"] == f"{server.url}/v1/me?key=REDACTED"
    assert kept["request"]["headers"] == {"Accept": ["application/json"]}
    assert kept["response"]["status"] == {"code": 200, "message": "OK"}


def test_headers_that_change_from_one_recording_to_the_next_are_dropped(tmp_path: Path) -> None:
    volatile = ("Date", "Server", "Connection", "Keep-Alive", "Content-Length", "X-Request-Id", "Set-Cookie", "ETag")
    kept = {"Content-Type": "application/json", "Location": "/v2", "Link": "</v3>; rel=next", "Retry-After": "3"}
    answer = Answer(b"{}", 200, kept | dict.fromkeys(volatile, "1"))
    path = record(tmp_path / "c.yaml", [URL], lambda _: answer)
    assert load(path).interactions[0].headers == kept


def test_where_an_answer_leads_is_scrubbed_like_any_url(tmp_path: Path) -> None:
    answer = Answer(b"", 302, {"Location": "https://me:pw@h.example/a?key=tok-1", "Link": "</a?key=tok-1>"})
    path = record(tmp_path / "c.yaml", [URL], lambda _: answer, Scrub(secrets=["tok-1"]))
    clean = {"Location": "https://h.example/a?key=REDACTED", "Link": "</a?key=REDACTED>"}
    assert load(path).interactions[0].headers == clean


@pytest.mark.parametrize("personal", [{"mail": "contact", "who": "author"}, None])
def test_a_link_to_the_next_page_replays_as_it_was_recorded(tmp_path: Path, personal: Any) -> None:
    """In a body, or in a header; with a customer's data in it, the request that follows it must find its answer."""
    link = f"{URL}?who=Ana+Luz&mail=ana%40canary.example&cursor=MTI%3D&key=tok-1"

    def served(url: str) -> Answer:
        more = "cursor" not in url
        return Answer(
            json.dumps({"next": link if more else None}).encode(),
            200,
            {"Link": f'<{link}>; rel="next"'} if more else {},
        )

    path = record(tmp_path / "c.yaml", [URL, link], served, Scrub(secrets=["tok-1"], personal=personal))
    transport = ReplayAdapter(load(path), ["tok-1"])
    with session_on(transport) as http:
        first = http.get(URL)
        assert first.links["next"]["url"] == first.json()["next"]
        assert http.get(first.json()["next"]).json() == {"next": None}
    assert transport.unused() == []
    assert ("canary" in path.read_text()) == (personal is None)


def test_the_layout_is_for_review_in_a_diff(tmp_path: Path) -> None:
    """One value a line, text as it reads; a letter that YAML would escape the whole body for is escaped alone."""
    body = '{"a": "Olá,\\nmundo", "b": [1.50, null], "c": "\x85\u2028😀"}'.encode()
    path = record(tmp_path / "c.yaml", [URL], lambda _: Answer(body), Scrub(personal=None))
    head, _, tail = path.read_text(encoding="utf-8").partition("interactions:\n")
    assert head == (
        "version: 1\n"
        "connector_core:\n"
        "  plugin: acme\n"
        "  clock: '2024-07-02T12:30:15.250000Z'\n"
        "  options:\n"
        "    since: '2024-07-01'\n"
        "  cursors:\n"
        "    poll:1:\n"
        "      page: 3\n"
    )
    assert tail.endswith(
        "    body:\n"
        "      string: |-\n"
        "        {\n"
        '          "a": "Olá,\\nmundo",\n'
        '          "b": [\n'
        "            1.5,\n"
        "            null\n"
        "          ],\n"
        '          "c": "\\u0085\\u2028\\ud83d\\ude00"\n'
        "        }\n"
    )


def test_two_recordings_of_the_same_are_the_same_file(tmp_path: Path) -> None:
    """Whatever the order in which the requests of several threads ended."""
    urls = [f"{URL}?page={number}" for number in range(5)]
    scrub = Scrub(personal={"email": "contact"}, key=b"one")
    answer = Answer(b'{"email": "a@example.org"}')
    first = record(tmp_path / "1.yaml", urls, lambda _: answer, scrub)
    second = record(tmp_path / "2.yaml", urls[::-1], lambda _: answer, scrub)
    assert first.read_bytes() == second.read_bytes()


def test_several_answers_to_one_request_stay_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    statuses = iter([503, 429, 200, 200])
    urls = [URL, URL, URL, f"{URL}?a=1"]
    path = record(tmp_path / "c.yaml", urls, lambda _: Answer(b"{}", next(statuses)))
    assert [one.status for one in load(path).interactions] == [503, 429, 200, 200]


def test_compressed_answers_are_kept_decoded(tmp_path: Path) -> None:
    answer = Answer(gzip.compress(b'{"a":1}'), 200, {"Content-Encoding": "gzip"})
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with serving(lambda _: answer) as server, session_on(adapter) as http:
        assert http.get(server.url).json() == {"a": 1}
    adapter.save(tmp_path / "c.yaml", SESSION)
    kept = load(tmp_path / "c.yaml").interactions[0]
    assert (kept.content, kept.headers) == (b'{"a":1}', {})


def test_a_request_without_a_whole_answer_is_not_kept(tmp_path: Path) -> None:
    broken = Answer(b"cut off and no gzip", 200, {"Content-Encoding": "gzip"})
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with serving(lambda path: broken if path == "/broken" else Answer()) as server, session_on(adapter) as http:
        http.get(f"{server.url}/whole")
        with pytest.raises(DecodeError):
            http.get(f"{server.url}/broken")
    adapter.save(tmp_path / "c.yaml", SESSION)
    assert [one.asked.path for one in load(tmp_path / "c.yaml").interactions] == ["/whole"]


def test_an_answer_that_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_core.body.MAX_BODY", 1000)
    bomb = Answer(gzip.compress(b" " * 1001), 200, {"Content-Encoding": "gzip"})
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with serving(lambda _: bomb) as server, session_on(adapter) as http, pytest.raises(TooLargeError):
        http.get(server.url)
    adapter.save(tmp_path / "c.yaml", SESSION)
    assert load(tmp_path / "c.yaml").interactions == ()


def test_a_list_that_is_asked_for_as_a_long_one_is_recorded_and_replayed_like_any(tmp_path: Path) -> None:
    records = [{"id": number, "text": "x" * 90} for number in range(1_000)]
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with serving(lambda _: Answer(json.dumps(records).encode())) as server:
        recorded = _long(server.url, adapter)
    adapter.save(tmp_path / "c.yaml", SESSION)
    replayed = _long(server.url, ReplayAdapter(load(tmp_path / "c.yaml")))
    for body in (recorded, replayed):
        assert isinstance(body, LongList)
        assert list(body) == list(body) == records


def _long(url: str, adapter: BaseAdapter) -> Any:
    with closing(HttpClient(Endpoint(url), transport=adapter)) as http:
        return http.send(Call("votes", long=True)).body


def test_a_request_that_reached_nothing_is_not_kept(tmp_path: Path) -> None:
    adapter = RecordingAdapter(Unreachable(), None)
    with session_on(adapter) as http, pytest.raises(requests.ConnectionError):
        http.get(URL)
    adapter.save(tmp_path / "c.yaml", SESSION)
    assert load(tmp_path / "c.yaml").interactions == ()


def test_recording_with_8_threads_keeps_every_interaction(tmp_path: Path) -> None:
    adapter = RecordingAdapter(HTTPAdapter(pool_maxsize=8), Scrub())
    with (
        serving(lambda path: Answer(f'"{path}"'.encode())) as server,
        session_on(adapter) as http,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda number: http.get(f"{server.url}/{number}"), range(200)))
    adapter.save(tmp_path / "c.yaml", SESSION)
    interactions = load(tmp_path / "c.yaml").interactions
    assert len(server.asked) == len(interactions) == 200
    assert {one.asked.path for one in interactions} == {f"/{number}" for number in range(200)}
    assert all(one.content.decode() == f'"{one.asked.path}"' for one in interactions)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [('{"b": 1, "key": "tok-1"}', b'{"b":1,"key":"REDACTED"}'), (b"[]", b"[]"), (iter([b"streamed"]), b"")],
)
def test_what_is_sent_is_kept_too_unless_it_is_a_stream(tmp_path: Path, sent: Any, kept: bytes) -> None:
    adapter = RecordingAdapter(NOTHING, Scrub(secrets=["tok-1"], personal=None))
    with session_on(adapter) as http:
        http.post(URL, data=sent)
    adapter.save(tmp_path / "c.yaml", SESSION)
    assert load(tmp_path / "c.yaml").interactions[0].asked.body == kept


def test_a_recording_replaces_an_earlier_one_with_the_mode_of_any_new_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("earlier")
    path.chmod(0o600)
    before = os.umask(0o022)
    try:
        record(path, [URL, URL], lambda _: Answer())
    finally:
        os.umask(before)
    assert len(load(path).interactions) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_that_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("precious")
    (tmp_path / "a-folder").mkdir()
    adapter = RecordingAdapter(NOTHING, None)
    for path in (tmp_path / "a-file" / "c.yaml", tmp_path / "a-folder"):
        with pytest.raises(ConfigError, match="cannot be written"):
            adapter.save(path, SESSION)
    assert (tmp_path / "a-file").read_text() == "precious"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a-file", "a-folder"]


def test_the_folder_of_a_recording_is_made_and_the_session_comes_back(tmp_path: Path) -> None:
    RecordingAdapter(NOTHING, None).save(tmp_path / "new" / "c.yaml", SESSION)
    assert load(tmp_path / "new" / "c.yaml").session == SESSION


def test_the_session_is_kept_in_utc_and_without_secrets(tmp_path: Path) -> None:
    cursors: dict[str, Any] = {"poll:1": {"next": "/votes?key=tok-1", "n": 5, "to": "a@example.org", "none": None}}
    east = timezone(timedelta(hours=3))
    session = Session("acme", datetime(2024, 7, 2, 3, tzinfo=east), {"since": None}, cursors)
    RecordingAdapter(NOTHING, Scrub(secrets=["tok-1"])).save(tmp_path / "c.yaml", session)
    back = load(tmp_path / "c.yaml").session
    clean = {"poll:1": cursors["poll:1"] | {"next": "/votes?key=REDACTED"}}
    assert back == Session("acme", datetime(2024, 7, 2, tzinfo=UTC), {"since": None}, clean)


def test_closing_closes_the_inner_adapter() -> None:
    inner = Canned(lambda _: Answer())
    RecordingAdapter(inner, None).close()
    assert inner.closed
