"""One format: plain vcrpy loads our cassettes, and we load those that plain vcrpy records."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import vcr
import yaml
from requests.adapters import HTTPAdapter

from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, Session, load
from connector_core.clock import SYSTEM
from connector_core.errors import SourceError

BODIES = {
    "/text": '{"a": "Olá 😀\\n \\u0000"}'.encode(),
    "/many": b'[{"a": 1},\n {"b": [true, null]}]',
    "/binary": bytes(range(256)),
    "/empty": b"",
}


@pytest.fixture
def server() -> Server:
    def answer_to(path: str) -> Answer:
        if path == "/gzip":
            return Answer(gzip.compress(b'{"a": 1}'), 200, {"Content-Encoding": "gzip"})
        if path == "/moved":
            return Answer(b"", 302, {"Location": "/text"})
        return Answer(
            BODIES[path.partition("?")[0]], 429 if "busy" in path else 200, {"Content-Type": "application/json"}
        )

    return serve(answer_to)


PATHS = [*BODIES, "/gzip", "/moved", "/many?busy=1", "/many?b=1&a=2"]


@pytest.mark.parametrize("decoding", [False, True])
def test_what_plain_vcrpy_recorded_is_replayed(server: Server, tmp_path: Path, *, decoding: bool) -> None:
    path = tmp_path / "plain.yaml"
    with vcr.use_cassette(str(path), decode_compressed_response=decoding), requests.Session() as http:
        live = [http.get(server.url + at) for at in PATHS]
    asked = len(server.asked)
    recording = load(path)
    adapter = ReplayAdapter(recording)
    with requests.Session() as http:
        http.mount("http://", adapter)
        again = [http.get(server.url + at) for at in PATHS[:5]]
        with pytest.raises(SourceError, match="already"):
            http.get(server.url + "/text")
    assert [(one.status_code, one.content) for one in again] == [(one.status_code, one.content) for one in live[:5]]
    assert len(server.asked) == asked
    assert recording.session is None


@pytest.mark.parametrize("scrub", [None, Scrub(personal=None)])
def test_plain_vcrpy_replays_what_we_recorded(server: Server, tmp_path: Path, scrub: Scrub | None) -> None:
    path = tmp_path / "ours.yaml"
    adapter = RecordingAdapter(HTTPAdapter(), scrub)
    with requests.Session() as http:
        http.mount("http://", adapter)
        live = [http.get(server.url + at, allow_redirects=False) for at in PATHS]
    adapter.save(path, Session("acme", SYSTEM.now(), {"since": None}, {}))
    asked = len(server.asked)
    with vcr.use_cassette(str(path), record_mode="none") as tape, requests.Session() as http:
        again = [http.get(server.url + at, allow_redirects=False) for at in PATHS]
    assert tape.all_played
    assert len(server.asked) == asked
    assert [one.status_code for one in again] == [one.status_code for one in live]
    whole = [one.content for one in live if one.url != f"{server.url}/binary"]
    for one, there in zip((one for one in again if one.url != f"{server.url}/binary"), whole, strict=True):
        assert one.content == there or one.json() == yaml.safe_load(there)
    if scrub is None:
        assert [one.content for one in again] == [one.content for one in live]
