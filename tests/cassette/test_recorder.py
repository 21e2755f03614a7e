"""What is kept of what passes, and how it is written."""

import gzip
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core.cassette import RecordingAdapter, Scrub, Session, load
from connector_core.errors import ConfigError

URL = "https://api.example.com/v1/votes"


class Unreachable(BaseAdapter):
    """An adapter that never gets an answer."""

    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise requests.ConnectionError("no route")

    def close(self) -> None:
        """Nothing is open."""


def session_on(adapter: BaseAdapter) -> requests.Session:
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def test_the_caller_gets_the_real_answer_and_the_file_the_clean_one(tmp_path: Path) -> None:
    server = serve(lambda _: Answer(b'{"email":"fulana@example.org","token":"s3cret-token"}'))
    adapter = RecordingAdapter(HTTPAdapter(), Scrub(secrets=["s3cret-token"], personal={"email": "contact"}))
    with session_on(adapter) as http:
        headers = {"Authorization": "Bearer s3cret-token", "Cookie": "a=b", "X-Own": "1", "Accept": "application/json"}
        got = http.get(f"{server.url}/v1/me", params={"key": "s3cret-token"}, headers=headers)
    assert got.json() == {"email": "fulana@example.org", "token": "s3cret-token"}
    adapter.save(tmp_path / "c.yaml", SESSION)
    text = (tmp_path / "c.yaml").read_text()
    assert "s3cret" not in text
    assert "fulana" not in text
    kept = yaml.safe_load(text)["interactions"][0]
    assert kept["request"]["uri"] == f"{server.url}/v1/me?key=REDACTED"
    assert kept["request"]["headers"] == {"Accept": ["application/json"]}
    assert kept["response"]["status"] == {"code": 200, "message": "OK"}


def test_headers_that_change_from_one_recording_to_the_next_are_dropped(tmp_path: Path) -> None:
    volatile = ("Date", Server, "Connection", "Keep-Alive", "Content-Length", "X-Request-Id", "Set-Cookie", "ETag")
    kept = {"Content-Type": "application/json", "Location": "/v2", "Link": "</v3>; rel=next", "Retry-After": "3"}
    path = record(tmp_path / "c.yaml", [URL], lambda _: Answer(b"{}", 200, kept | dict.fromkeys(volatile, "1")))
    assert load(path).interactions[0].headers == kept


def test_the_layout_is_for_review_in_a_diff(tmp_path: Path) -> None:
    """One value a line, text as it reads; a letter that YAML would escape the whole body for is escaped alone."""
    body = '{"a": "Olá,\\nmundo", "b": [1.50, null], "c": "\x85\u2028😀"}'.encode()
    text = record(tmp_path / "c.yaml", [URL], lambda _: Answer(body), Scrub(personal=None)).read_text(encoding="utf-8")
    head, _, tail = text.partition("interactions:\n")
    assert head == (
        "version: 1\nconnector_core:\n  plugin: acme\n  clock: '2024-07-02T12:30:15.250000Z'\n"
        "  options:\n    since: '2024-07-01'\n  cursors:\n    poll:1:\n      page: 3\n"
    )
    assert tail.endswith(
        "    body:\n      string: |-\n        {\n"
        '          "a": "Olá,\\nmundo",\n'
        '          "b": [\n            1.5,\n            null\n          ],\n'
        '          "c": "\\u0085\\u2028\\ud83d\\ude00"\n        }\n'
    )


def test_two_recordings_of_the_same_are_the_same_file(tmp_path: Path) -> None:
    """Whatever the order in which the requests of several threads ended."""
    urls = [f"{URL}?page={number}" for number in range(5)]
    scrub = Scrub(personal={"email": "contact"}, key=b"one")
    body = b'{"email": "a@example.org"}'
    first = record(tmp_path / "c.yaml", urls, lambda _: Answer(body), scrub).read_bytes()
    assert record(tmp_path / "c.yaml", urls[::-1], lambda _: Answer(body), scrub).read_bytes() == first


def test_several_answers_to_one_request_stay_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    statuses = iter([503, 429, 200, 200])
    path = record(tmp_path / "c.yaml", [URL, URL, URL, f"{URL}?a=1"], lambda _: Answer(b"{}", next(statuses)))
    assert [one.status for one in load(path).interactions] == [503, 429, 200, 200]


def test_compressed_answers_are_kept_decoded(tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server = serve(lambda _: Answer(gzip.compress(b'{"a":1}'), 200, headers))
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with session_on(adapter) as http:
        assert http.get(server.url).json() == {"a": 1}
    adapter.save(tmp_path / "c.yaml", SESSION)
    kept = load(tmp_path / "c.yaml").interactions[0]
    assert kept.content == b'{"a":1}'
    assert "Content-Encoding" not in kept.headers


def test_a_request_without_a_whole_answer_is_not_kept(tmp_path: Path) -> None:
    broken = Answer(b"cut off and no gzip", 200, {"Content-Encoding": "gzip"})
    server = serve(lambda path: broken if path == "/broken" else Answer())
    adapter = RecordingAdapter(HTTPAdapter(), None)
    with session_on(adapter) as http:
        http.get(f"{server.url}/whole")
        with pytest.raises(requests.RequestException):
            http.get(f"{server.url}/broken", timeout=5)
    unreachable = RecordingAdapter(Unreachable(), None)
    with session_on(unreachable) as http, pytest.raises(requests.ConnectionError):
        http.get(server.url)
    unreachable.save(tmp_path / "none.yaml", SESSION)
    adapter.save(tmp_path / "one.yaml", SESSION)
    assert [one.asked.path for one in load(tmp_path / "one.yaml").interactions] == ["/whole"]
    assert load(tmp_path / "none.yaml").interactions == ()


def test_recording_with_8_threads_keeps_every_interaction(tmp_path: Path) -> None:
    server = serve(lambda path: Answer(f'"{path}"'.encode()))
    adapter = RecordingAdapter(HTTPAdapter(pool_maxsize=8), Scrub())
    with session_on(adapter) as http, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: http.get(f"{server.url}/{number}"), range(200)))
    adapter.save(tmp_path / "c.yaml", SESSION)
    interactions = load(tmp_path / "c.yaml").interactions
    assert len(server.asked) == 200
    assert {one.asked.path for one in interactions} == {f"/{number}" for number in range(200)}
    assert all(one.content.decode() == f'"{one.asked.path}"' for one in interactions)


def test_what_is_sent_is_kept_too(tmp_path: Path) -> None:
    path = record(tmp_path / "c.yaml", [URL], lambda _: Answer(), Scrub(secrets=["tok-1"], personal=None), data='{"b": 1, "key": "tok-1"}')
    assert load(path).interactions[0].asked.body == b'{"b":1,"key":"REDACTED"}'
    path = record(tmp_path / "c.yaml", [URL], lambda _: Answer(), None, data=iter([b"streamed"]))
    assert load(path).interactions[0].asked.body == b""


def test_a_recording_replaces_an_earlier_one_with_the_mode_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        path = record(tmp_path / "c.yaml", [URL], lambda _: Answer())
        path.chmod(0o600)
        again = record(tmp_path / "c.yaml", [URL, URL], lambda _: Answer())
    finally:
        os.umask(before)
    assert (again, len(load(path).interactions)) == (path, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_recording_that_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("precious")
    (tmp_path / "a-folder").mkdir()
    adapter = RecordingAdapter(Unreachable(), None)
    for path in (tmp_path / "a-file" / "c.yaml", tmp_path / "a-folder"):
        with pytest.raises(ConfigError, match="cannot be written"):
            adapter.save(path, SESSION)
    assert (tmp_path / "a-file").read_text() == "precious"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a-file", "a-folder"]


def test_the_folder_of_a_recording_is_made(tmp_path: Path) -> None:
    RecordingAdapter(Unreachable(), None).save(tmp_path / "new" / "c.yaml", SESSION)
    assert load(tmp_path / "new" / "c.yaml").session == SESSION


def test_the_session_comes_back_without_secrets(tmp_path: Path) -> None:
    cursors: dict[str, Any] = {"poll:1": {"next": "/votes?key=tok-1", "n": 5, "to": "a@example.org", "none": None}}
    east = timezone(timedelta(hours=3))
    session = Session("acme", datetime(2024, 7, 2, 3, tzinfo=east), {"since": None}, cursors)
    RecordingAdapter(Unreachable(), Scrub(secrets=["tok-1"])).save(tmp_path / "c.yaml", session)
    back = load(tmp_path / "c.yaml").session
    cursors["poll:1"]["next"] = "/votes?key=REDACTED"
    assert back == Session("acme", datetime(2024, 7, 2, tzinfo=UTC), {"since": None}, cursors)


def test_closing_closes_the_inner_adapter() -> None:
    inner = HTTPAdapter()
    with session_on(RecordingAdapter(inner, None)) as http:
        http.get(serve(lambda _: Answer()).url)
    assert len(inner.poolmanager.pools) == 0
