"""What a Birdie simulator shows: to tests of clients that send side by side, to people, and as a command."""

import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import requests

from birdie_simulator import FEEDBACK_PATH, Behaviour, Server, serve

COMMAND = [sys.executable, "-m", "birdie_simulator"]


def put(server: Server, key: str, kind: str = "nps", **fields: Any) -> int:
    """PUT one record on a connection of its own, and return the status."""
    values = {"feedback_id": key, "rating": "9", "posted_at": "2024-07-01T10:30:00Z"} | fields
    headers = {"Authorization": f"ApiKey {server.key}"}
    body = {"kind": {"name": kind, "fields": values}}
    return requests.put(server.base_url + FEEDBACK_PATH, json=body, headers=headers, timeout=10).status_code


def test_it_tells_how_many_requests_were_under_way_and_which_ids_overlapped() -> None:
    with serve(behaviour=Behaviour(latency=0.3)) as server, ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda key: put(server, key), "aab")) == [201, 201, 201]
        assert server.in_flight_peak == 3
        assert server.overlapping == {"a"}


def test_a_person_sees_how_many_records_have_arrived_and_the_latest_of_them() -> None:
    with serve() as server:
        put(server, "first", text="<script>alert('1')</script> & \"x\" {nps}")
        put(server, "second", kind="csat", text="y" * 1000, author_name="Zoë\ud800")
        answer = requests.get(server.base_url, timeout=10)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = answer.content.decode()
    assert "<b>1</b> nps and <b>1</b> csat records;\n2 were created, 0 updated, 0 repeated" in page
    assert page.index("second") < page.index("first")
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; &quot;x&quot; {nps}" in page
    assert "Zoë?" in page
    assert f"{'y' * 300}…" in page


def test_its_records_are_had_as_json() -> None:
    with serve() as server:
        for rating in ("1", "2", "2"):
            put(server, "a", rating=rating)
        said = requests.get(f"{server.base_url}/records", timeout=10).json()
    assert said == {"created": 1, "updated": 1, "repeated": 1, "records": [server.records["a"]]}
    assert said["records"][0]["kind"]["fields"]["rating"] == "2"


def test_who_only_looks_is_not_counted() -> None:
    with serve(behaviour=Behaviour(faults=(500,))) as server:
        for path in ("/", "/records"):
            assert requests.get(server.base_url + path, timeout=10).status_code == 200
        assert (server.requests, server.rate_seen) == ([], 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_as_a_command_it_says_where_it_is_and_serves_until_told_to_stop(number: signal.Signals) -> None:
    arguments = [*COMMAND, "--key", "k", "--path", "/put", "--fail-first", "1", "--refuse", "b"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = orjson.loads(process.stdout.readline())
        statuses = []
        for key in ("a", "a", "b"):
            fields = {"feedback_id": key, "rating": "9", "posted_at": "2024-07-01T10:30:00Z"}
            answer = requests.put(
                said["base_url"] + said["path"],
                json={"kind": {"name": "nps", "fields": fields}},
                headers={"Authorization": f"ApiKey {said['key']}"},
                timeout=10,
            )
            statuses.append(answer.status_code)
        process.send_signal(number)
        assert process.wait(10) == 0
    assert statuses == [503, 201, 400]
    assert (said["key"], said["path"]) == ("k", "/put")


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert re.fullmatch(rf"birdie-simulator: cannot serve on port {port}: .*\n", ended.stderr)
