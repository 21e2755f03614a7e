"""One format: plain vcrpy loads our cassettes, and we load those that plain vcrpy records."""

import gzip
from pathlib import Path

import pytest
import requests
import vcr
from requests.adapters import HTTPAdapter

from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, load
from tests.cassette.fakes import SESSION, Answer, Server, serving, session_on

BODIES = {
    "/text": '{"a": "Olá 😀\\n \\u0000"}'.encode(),
    "/many": b'[{"a": 1},\n {"b": [true, null]}]',
    "/binary": bytes(range(256)),
    "/empty": b"",
}


PATHS = [*BODIES, "/gzip", "/moved", "/many?busy=1", "/many?b=1&a=2"]


def answer_to(path: str) -> Answer:
    if path == "/gzip":
        return Answer(gzip.compress(b'{"a": 1}'), 200, {"Content-Encoding": "gzip"})
    if path == "/moved":
        return Answer(b"", 302, {"Location": "/text"})
    return Answer(BODIES[path.partition("?")[0]], 429 if "busy" in path else 200)


def ask_all(server: Server, http: requests.Session) -> list[tuple[str, int, bytes]]:
    """Ask for every path, redirects followed."""
    answers = [http.get(server.url + path) for path in PATHS]
    return [(answer.url, answer.status_code, answer.content) for answer in answers]


@pytest.mark.parametrize("decoding", [False, True])
def test_we_replay_what_plain_vcrpy_recorded(tmp_path: Path, *, decoding: bool) -> None:
    path = tmp_path / "plain.yaml"
    with serving(answer_to) as server:
        with vcr.use_cassette(str(path), decode_compressed_response=decoding), requests.Session() as http:
            live = ask_all(server, http)
        asked = len(server.asked)
        recording = load(path)
        adapter = ReplayAdapter(recording)
        with session_on(adapter) as http:
            again = ask_all(server, http)
    assert again == live
    assert (len(server.asked), adapter.unused(), recording.session) == (asked, [], None)


@pytest.mark.parametrize("scrub", [None, Scrub(personal=None)])
def test_plain_vcrpy_replays_what_we_recorded(tmp_path: Path, scrub: Scrub | None) -> None:
    path = tmp_path / "ours.yaml"
    adapter = RecordingAdapter(HTTPAdapter(), scrub)
    with serving(answer_to) as server:
        with session_on(adapter) as http:
            live = ask_all(server, http)
        adapter.save(path, SESSION)
        asked = len(server.asked)
        with vcr.use_cassette(str(path), record_mode="none") as tape, requests.Session() as http:
            again = ask_all(server, http)
    assert tape.all_played
    assert len(server.asked) == asked
    assert again == [(url, status, body if scrub is None else scrub.body(body)) for url, status, body in live]
