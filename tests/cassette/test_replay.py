"""A replay follows its recording exactly, says what does not fit, and never reaches a socket."""

import gzip
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
import yaml
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from connector_core import jsontext
from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, load
from connector_core.cassette.recording import Asked
from connector_core.clock import stopped_at
from connector_core.endpoint import Call, Endpoint
from connector_core.errors import SourceError
from connector_core.http import HttpClient
from tests.cassette.fakes import SESSION, Answer, Canned, record, serving, session_on

BASE = "https://api.example.com/v1"


def cassette(path: Path, *interactions: tuple[str, str, Any, dict[str, list[str]]]) -> Path:
    """A file as plain vcrpy writes it: method, URL, body and headers of each answer."""
    whole = [
        {
            "request": {"method": method, "uri": url, "body": None, "headers": {}},
            "response": {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": body}},
        }
        for method, url, body, headers in interactions
    ]
    path.write_text(yaml.safe_dump({"version": 1, "interactions": whole}), encoding="utf-8")
    return path


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a replay opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_sockets")
def test_an_answer_is_replayed_with_its_status_headers_and_body(tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "Retry-After": "30"}
    path = record(tmp_path / "c.yaml", [f"{BASE}/a"], lambda _: Answer(b'{"a":1}', 429, headers))
    with session_on(ReplayAdapter(load(path))) as http:
        got = http.get(f"{BASE}/a")
    assert (got.status_code, got.reason, dict(got.headers), got.json()) == (429, "Said", headers, {"a": 1})
    assert (got.url, got.encoding, got.request.method) == (f"{BASE}/a", "utf-8", "GET")


@pytest.mark.usefixtures("no_sockets")
def test_the_order_of_parameters_the_case_of_the_host_and_a_usual_port_do_not_matter(tmp_path: Path) -> None:
    path = record(tmp_path / "c.yaml", [f"{BASE}/a?x=1&y=&x=2&z=%C3%A9"], lambda _: Answer())
    with session_on(ReplayAdapter(load(path))) as http:
        assert http.get("https://API.example.com:443/v1/a?z=é&x=2&x=1&y").ok


@pytest.mark.usefixtures("no_sockets")
def test_several_answers_to_one_request_come_in_recorded_order_and_a_failure_in_its_turn(tmp_path: Path) -> None:
    """Nothing waits: the clock of a replay stands still."""
    turns = iter([Answer(b"busy", 503), Answer(b"{}", 429, {"Retry-After": "30"}), Answer(b"<html>"), Answer(b"[7]")])
    path = record(tmp_path / "c.yaml", [f"{BASE}/a"] * 4, lambda _: next(turns))
    recording = load(path)
    assert recording.session
    adapter = ReplayAdapter(recording)
    http = HttpClient(Endpoint(BASE), stopped_at(recording.session.clock), transport=adapter)
    assert http.get("/a").body == [7]
    assert (http.requests_made, adapter.unused()) == (4, [])
    http.close()


@pytest.mark.usefixtures("no_sockets")
def test_redirects_are_replayed_hop_by_hop(tmp_path: Path) -> None:
    hop = {f"{BASE}/old": Answer(b"", 301, {"Location": "/v1/new?a=1"}), f"{BASE}/new?a=1": Answer(b"[1]")}
    adapter = ReplayAdapter(load(record(tmp_path / "c.yaml", list(hop), hop.__getitem__)))
    with session_on(adapter) as http:
        got = http.get(f"{BASE}/old")
    assert (got.json(), [one.status_code for one in got.history], adapter.unused()) == ([1], [301], [])


def follow(http: requests.Session) -> list[Any]:
    """What a source does that reads on by whatever the last answer gave it."""
    first = http.get(f"{BASE}/people", params={"sort": "name"})
    second = http.get(first.links["next"]["url"])
    third = http.get(second.json()["next"])
    person = third.json()["people"][0]
    fourth = http.get(f"{BASE}/people/{person['email']}", params={"phone": person["phone"], "name": person["name"]})
    return [answer.json() for answer in (first, second, third, fourth)]


def test_requests_that_are_made_from_scrubbed_answers_find_their_own(tmp_path: Path) -> None:
    """By a `Link` header, by a link in a body, by a field in a path, and by fields in parameters."""
    person = {"email": "maria@acme.com", "phone": "+55 11 91234-5678", "name": "Maria Silva", "cpf": "111.444.777-35"}

    def answer_to(url: str) -> Answer:
        if "maria%40acme.com" in url or "maria@acme.com" in url:
            step = "3" if "step=2" in url else "4" if "step=3" in url else "end"
        else:
            step = "2"
        onward = f"{BASE}/people?to=maria%40acme.com&name=Maria%20Silva&cpf=111.444.777-35&step={step}"
        headers = {"Content-Type": "application/json", "Link": f'<{onward}>; rel="next"'}
        return Answer(json.dumps({"people": [person], "next": onward}).encode(), headers=headers)

    recorder = RecordingAdapter(Canned(answer_to), Scrub(personal={"name": "author"}, key=b"key"))
    with session_on(recorder) as http:
        live = follow(http)
    recorder.save(tmp_path / "c.yaml", SESSION)
    adapter = ReplayAdapter(load(tmp_path / "c.yaml"))
    with session_on(adapter) as http:
        again = follow(http)
    assert adapter.unused() == []
    assert [len(answer["people"]) for answer in again] == [len(answer["people"]) for answer in live]
    text = (tmp_path / "c.yaml").read_text()
    assert not any(value in text for value in ("maria", "Maria", "91234", "111.444"))


@pytest.mark.usefixtures("no_sockets")
def test_a_body_of_many_megabytes_is_replayed(tmp_path: Path) -> None:
    body = json.dumps([{"id": number, "text": "Ótimo! " * 20} for number in range(60_000)]).encode()
    assert len(body) > 10_000_000
    path = record(tmp_path / "c.yaml", [f"{BASE}/a"], lambda _: Answer(body), Scrub(personal=None))
    with session_on(ReplayAdapter(load(path))) as http:
        assert http.get(f"{BASE}/a").json() == json.loads(body)


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("body", [gzip.compress(b'{"a":1}', mtime=0), b'{"a":1}', '{"a":1}'])
def test_a_body_under_a_compression_header_is_replayed_decoded_however_it_was_kept(tmp_path: Path, body: Any) -> None:
    headers = {"content-encoding": ["gzip"], "Content-Length": ["999"], "Transfer-Encoding": ["chunked"]}
    path = cassette(tmp_path / "c.yaml", ("GET", f"{BASE}/a", body, headers))
    with session_on(ReplayAdapter(load(path))) as http:
        got = http.get(f"{BASE}/a", stream=True)
        assert got.json() == {"a": 1}
    assert "Content-Encoding" not in got.headers


@pytest.mark.usefixtures("no_sockets")
def test_bodies_tell_requests_apart_whatever_the_layout_of_their_json(tmp_path: Path) -> None:
    path = cassette(tmp_path / "c.yaml", ("POST", f"{BASE}/a", "[1]", {}), ("POST", f"{BASE}/a", "[2]", {}))
    text = path.read_text()
    path.write_text(text.replace("body: null", "body: '{\"a\": 1}'", 1).replace("body: null", "body: a=2", 1))
    with session_on(ReplayAdapter(load(path))) as http:
        assert http.post(f"{BASE}/a", data="a=2").json() == [2]
        assert http.post(f"{BASE}/a", data=b'{"a":1}').json() == [1]
        with pytest.raises(SourceError, match=r"differs in its body$"):
            http.post(f"{BASE}/a", data="a=3")


def missing(path: Path, url: str, secrets: tuple[str, ...] = (), method: str = "GET") -> str:
    """What a replay says of a request that was not recorded."""
    with session_on(ReplayAdapter(load(path), secrets)) as http, pytest.raises(SourceError) as raised:
        http.request(method, url)
    assert raised.value.ends_run
    said = str(raised.value)
    assert "\n" not in said
    return said.removeprefix(f"{path} ")


@pytest.mark.usefixtures("no_sockets")
def test_a_missing_request_is_named_with_the_nearest_recorded_one_and_what_differs(tmp_path: Path) -> None:
    urls = ["/polls", "/polls/7/votes?start=2024-07-01&limit=100&page=1", "/polls/8/votes?page=2&deep=1"]
    path = record(tmp_path / "c.yaml", [BASE + url for url in urls], lambda _: Answer())
    near = "the nearest recorded is GET https://api.example.com/v1/polls"
    assert missing(path, f"{BASE}/polls/7/votes?page=2&limit=100&start=2024-07-01") == (
        f"holds no answer to GET {BASE}/polls/7/votes?limit=100&page=2&start=2024-07-01;"
        f" {near}/7/votes?limit=100&page=1&start=2024-07-01, which differs in page (2 asked for, 1 recorded)"
    )
    assert missing(path, f"{BASE}/polls/8/votes?page=2&page=3&a=b").endswith(
        "differs in a (b asked for, nothing recorded), deep (nothing asked for, 1 recorded),"
        " page (2 and 3 asked for, 2 recorded)"
    )
    assert missing(path, "http://other.example.com/v1/polls", method="PUT").endswith(
        f"{near}, which differs in its method, its origin"
    )


@pytest.mark.usefixtures("no_sockets")
def test_a_request_whose_answers_are_used_up_is_said_so(tmp_path: Path) -> None:
    adapter = ReplayAdapter(load(record(tmp_path / "c.yaml", [f"{BASE}/a"] * 2, lambda _: Answer())))
    with session_on(adapter) as http:
        http.get(f"{BASE}/a")
        http.get(f"{BASE}/a")
        with pytest.raises(SourceError, match=r"holds 2 answer\(s\) to GET .*/a, all used already$"):
            http.get(f"{BASE}/a")


@pytest.mark.usefixtures("no_sockets")
def test_an_empty_recording_answers_nothing(tmp_path: Path) -> None:
    assert (
        missing(record(tmp_path / "c.yaml", [], lambda _: Answer()), f"{BASE}/a")
        == f"is empty, it holds no answer to GET {BASE}/a"
    )


@pytest.mark.usefixtures("no_sockets")
def test_no_message_shows_a_secret_or_a_customer(tmp_path: Path) -> None:
    """Neither a configured secret, nor what looks like one, nor an e-mail address, in either request."""
    path = record(tmp_path / "c.yaml", [f"{BASE}/u/a@example.org/x?api_key=k1&q=b@example.org&n=1"], lambda _: Answer())
    said = missing(path, "https://me:pw@api.example.com/v1/u/c%40example.org/x?api_key=k2&q=hush-7&n=d@e", ("hush-7",))
    assert not any(hidden in said for hidden in ("k1", "k2", "hush", "pw", "@", "example.org"))
    assert "api_key (*** asked for, *** recorded)" in said
    assert "/u/***/x" in said


@pytest.mark.usefixtures("no_sockets")
def test_a_secret_in_a_url_matches_what_the_recording_says_in_its_place(tmp_path: Path) -> None:
    """So a recording made with one token is replayed with another, or with none that is real."""
    path = record(tmp_path / "c.yaml", [f"{BASE}/a/tok-1?key=tok-1"], lambda _: Answer(), Scrub(secrets=["tok-1"]))
    with session_on(ReplayAdapter(load(path), ["tok/2"])) as http:
        assert http.get(f"{BASE}/a/tok%2F2?key=tok%2f2").ok


@pytest.mark.usefixtures("no_sockets")
def test_a_made_up_secret_that_is_an_ordinary_word_spoils_no_request(tmp_path: Path) -> None:
    path = record(tmp_path / "c.yaml", [f"{BASE}/demos?demo=1"], lambda _: Answer(), Scrub(secrets=["tok-1"]))
    with session_on(ReplayAdapter(load(path), ["demo"])) as http:
        assert http.get(f"{BASE}/demos?demo=1").ok


@pytest.mark.usefixtures("no_sockets")
def test_a_secret_that_plain_vcrpy_recorded_is_not_shown(tmp_path: Path) -> None:
    path = cassette(tmp_path / "c.yaml", ("GET", f"{BASE}/hush-7?q=hush-7", "{}", {}))
    adapter = ReplayAdapter(load(path), ["hush-7"])
    assert adapter.unused() == [f"GET {BASE}/REDACTED?q=REDACTED"]
    with session_on(adapter) as http:
        http.get(f"{BASE}/hush-7?q=hush-7")
        with pytest.raises(SourceError, match=r"REDACTED.*already") as raised:
            http.get(f"{BASE}/hush-7?q=hush-7")
    assert "hush" not in str(raised.value)


def test_what_was_not_used_is_listed_in_recorded_order(tmp_path: Path) -> None:
    urls = [f"{BASE}/{name}" for name in ("a", "b", "b", "b", "c?token=t")]
    adapter = ReplayAdapter(load(record(tmp_path / "c.yaml", urls, lambda _: Answer())))
    with session_on(adapter) as http:
        http.get(f"{BASE}/a")
        http.get(f"{BASE}/b")
    assert adapter.unused() == [
        f"GET {BASE}/b (answer 2 of 3)",
        f"GET {BASE}/b (answer 3 of 3)",
        f"GET {BASE}/c?token=***",
    ]


def test_a_replay_with_8_threads_uses_each_answer_once_and_asks_no_server(tmp_path: Path) -> None:
    served = count()
    recorder = RecordingAdapter(HTTPAdapter(pool_maxsize=8), None)
    with serving(lambda _: Answer(str(next(served)).encode())) as server, ThreadPoolExecutor(8) as pool:
        urls = [f"{server.url}/{number % 50}" for number in range(400)]
        with session_on(recorder) as http:
            list(pool.map(http.get, urls))
        recorder.save(tmp_path / "c.yaml", SESSION)
        adapter = ReplayAdapter(load(tmp_path / "c.yaml"))
        with session_on(adapter) as http:
            bodies = list(pool.map(lambda url: http.get(url).json(), urls))
    assert sorted(bodies) == list(range(400))
    assert (len(server.asked), adapter.unused()) == (400, [])


@pytest.mark.usefixtures("no_sockets")
def test_the_client_keeps_many_replayed_requests_in_flight(tmp_path: Path) -> None:
    path = record(
        tmp_path / "c.yaml",
        [f"{BASE}/a?page={number}" for number in range(100)],
        lambda url: Answer(url[-2:].strip("=").encode()),
    )
    adapter = ReplayAdapter(load(path))
    http = HttpClient(Endpoint(BASE), stopped_at(SESSION.clock), in_flight=8, transport=adapter)
    bodies = [got.body for got in http.get_each(Call("a", {"page": number}) for number in range(100))]
    http.close()
    assert (bodies, adapter.unused()) == (list(range(100)), [])


def test_many_interactions_are_replayed_each_once_in_any_order(tmp_path: Path) -> None:
    """How long it takes is shown by benchmarks/replay.py."""
    urls = [f"{BASE}/votes?limit=20&page={number}" for number in range(500)]
    path = record(tmp_path / "c.yaml", urls, lambda url: Answer(url.encode()), Scrub(personal=None))
    adapter = ReplayAdapter(load(path))
    answers = {url: adapter.send(requests.Request("GET", url).prepare()).content.decode() for url in reversed(urls)}
    assert answers == {url: url for url in urls}
    assert adapter.unused() == []


def replayed(body: bytes, scrub: Scrub | None) -> bytes:
    """The body as a replay gives it."""
    with TemporaryDirectory() as folder:
        path = record(Path(folder) / "c.yaml", [f"{BASE}/a"], lambda _: Answer(body), scrub)
        return ReplayAdapter(load(path)).send(requests.Request("GET", f"{BASE}/a").prepare()).content


JSON_TEXT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LAYOUTS: list[dict[str, Any]] = [
    {},
    {"indent": 1},
    {"ensure_ascii": False},
    {"ensure_ascii": False, "indent": "\t"},
    {"separators": (",\r\n", " : ")},
]
JSON_BODIES = st.builds(lambda value, how: json.dumps(value, **how).encode(), JSON_TEXT, st.sampled_from(LAYOUTS))
ODD_BODIES = st.sampled_from([
    rb'"\ud800"', rb'"\u0000"', b'"\x00"', b"1e400", b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", b"[1,]", b"9" * 30, b"\xff",
    b"\n a\n\n", b"a \nb", b"a\rb\n", "\x85\n\u2028".encode(), b"---\n...\n", b"#x\n", b"\t\n", b"null", b"", b"-0.0",
])  # fmt: skip


@given(JSON_BODIES | ODD_BODIES | st.binary() | st.text().map(str.encode))
def test_without_a_scrub_what_was_recorded_is_replayed_to_the_byte(body: bytes) -> None:
    assert replayed(body, None) == body


@given(JSON_BODIES)
def test_with_nothing_to_scrub_json_is_replayed_with_its_value(body: bytes) -> None:
    assert jsontext.decode(replayed(body, Scrub(personal=None))) == jsontext.decode(body)


def test_a_plain_run_loads_nothing_of_cassettes() -> None:
    heavy = "{'yaml', 'vcr', 'connector_core.cassette'} & set(sys.modules)"
    command = f"import sys, connector_core, connector_core.http, connector_core.personal; sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_a_path_is_the_same_however_its_letters_are_escaped() -> None:
    first, second, other = (
        Asked.of("GET", f"https://a.example/c/{name}/answers", b"")
        for name in ("person@example.com", "person%40example.com", "person%2Fexample.com")
    )
    assert first == second
    assert first != other
