"""Each way in which an answer can go wrong, as a plain client meets it."""

import asyncio
import socket
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from aiohttp import web

from trackco_simulator import ORGANIZATION_ID, Behaviour, CxmAccount, Faults, Server, generate_cxm, generate_nps, serve
from trackco_simulator.door import LOOPBACK, Door
from trackco_simulator.faults import FINAL, HARMLESS, PASSING

Get = Callable[..., requests.Response]
SURVEYS = f"/v1/organizations/{ORGANIZATION_ID}/surveys"
BLANKS = 300_000


@pytest.fixture(scope="module")
def account() -> CxmAccount:
    return generate_cxm(1, 50, dirty=0)


@pytest.fixture
def server(account: CxmAccount, clock: Any) -> Iterator[Server]:
    with serve([account, generate_nps(1, 5)], clock=clock) as server:
        yield server


def broken(kind: str, **more: Any) -> Behaviour:
    """Every request is hit by one kind."""
    return Behaviour(faults=Faults(**({"seed": 1, "kinds": (kind,), "rate": 1.0, "in_a_row": None} | more)))


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_harmless_brings_the_whole_answer(kind: str, server: Server, get: Get) -> None:
    good = get(server, SURVEYS)
    server.set(broken(kind))
    odd = get(server, SURVEYS)
    assert odd.content == good.content
    assert odd.headers["Date"] == good.headers["Date"]
    assert (odd.headers.get("Content-Encoding"), odd.headers["Content-Type"]) == {
        "gzip": ("gzip", "application/json"),
        "slow_drip": (None, "application/json"),
        "wrong_content_type": (None, "text/html"),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "retry_after"),
    [
        ("429", 429, "application/json", None),
        ("429_date", 429, "application/json", "Tue, 01 Sep 2026 12:00:02 GMT"),
        ("500", 500, "application/json", None),
        ("502", 502, "text/html", None),
        ("503", 503, "application/json", "1"),
        ("504", 504, "text/html", None),
        ("401", 401, "application/json", None),
        ("405", 405, "application/json", None),
        ("html_200", 200, "text/html", None),
    ],
)
def test_another_answer_comes(  # noqa: PLR0913, PLR0917 - one for each column
    kind: str, status: int, content_type: str, retry_after: str | None, server: Server, get: Get
) -> None:
    server.set(broken(kind))
    answer = get(server, SURVEYS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert answer.headers.get("Retry-After") == retry_after
    assert answer.headers["Date"] == "Tue, 01 Sep 2026 12:00:00 GMT"
    assert server.hits == [(SURVEYS, kind)]


def test_retry_after_may_be_any_small_number(server: Server, get: Get) -> None:
    server.set(broken("429_seconds"))
    said = {get(server, SURVEYS, limit=limit).headers["Retry-After"] for limit in range(1, 6)}
    assert {"0", "1", "2"} >= said > {"0"}


def test_a_405_of_the_nps_api_is_its_captcha(server: Server, get: Get) -> None:
    server.set(broken("405"))
    assert "CAPTCHA" in get(server, "/v2/campaign").text


def test_a_body_is_cut_short_and_its_length_says_so(server: Server, get: Get) -> None:
    whole = get(server, SURVEYS).content
    server.set(broken("truncated_json"))
    short = get(server, SURVEYS)
    assert short.status_code == 200
    assert whole.startswith(short.content)
    with pytest.raises(requests.JSONDecodeError):
        short.json()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", requests.ConnectionError),
        ("reset_mid_body", (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)),
        ("corrupt_gzip", requests.exceptions.ContentDecodingError),
    ],
)
def test_no_whole_answer_comes(kind: str, error: Any, server: Server, get: Get) -> None:
    server.set(broken(kind, most=1))
    with pytest.raises(error):
        get(server, SURVEYS)
    assert get(server, SURVEYS).status_code == 200
    assert [served.status for served in server.requests] == [0 if "reset" in kind else 200, 200]


def test_a_reset_comes_in_the_middle_of_the_body(server: Server, get: Get) -> None:
    whole = get(server, SURVEYS).content
    server.set(broken("reset_mid_body"))
    with requests.get(
        server.base_url + SURVEYS, headers={"Authorization": f"Bearer {server.token}"}, stream=True, timeout=10
    ) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))
        pieces = answer.iter_content(10)
        assert next(pieces) == whole[:10]
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            list(pieces)


@pytest.mark.parametrize("kind", ["endless_body", "endless_drip", "gzip_bomb"])
def test_a_body_without_end_ends_when_the_client_goes(kind: str, server: Server) -> None:
    server.set(broken(kind, most=1))
    headers = {"Authorization": f"Bearer {server.token}"}
    with requests.get(server.base_url + SURVEYS, headers=headers, stream=True, timeout=10) as answer:
        body = answer.raw.read(50 if kind == "endless_drip" else BLANKS, decode_content=True)
        assert body.startswith(b"[ ")
        assert not body[1:].strip()
    assert requests.get(server.base_url + SURVEYS, headers=headers, timeout=10).status_code == 200


def test_a_bomb_unfolds_a_thousandfold(server: Server) -> None:
    server.set(broken("gzip_bomb"))
    headers = {"Authorization": f"Bearer {server.token}"}
    with requests.get(server.base_url + SURVEYS, headers=headers, stream=True, timeout=10) as answer:
        folded = answer.raw.read(5_000, decode_content=False)
    assert len(zlib.decompressobj(wbits=31).decompress(folded)) > 500 * len(folded)


def test_a_redirect_leads_to_another_host_which_hears_what_comes(server: Server) -> None:
    server.set(broken("redirect_elsewhere"))
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = requests.get(server.base_url + SURVEYS, headers=headers, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] != server.base_url + SURVEYS
    assert server.leaked == []
    assert requests.get(answer.headers["Location"], timeout=10).json() == []
    requests.get(answer.headers["Location"], headers=headers, timeout=10)
    assert server.leaked == ["", f"Bearer {server.token}"]


def test_connections_are_refused_until_the_server_listens_again(server: Server, get: Get) -> None:
    server.set(broken("refused", most=1, outage=60))
    with pytest.raises(requests.ConnectionError):
        get(server, SURVEYS)
    place = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError), socket.create_connection(place, timeout=10):
            pass  # pragma: no cover - it is refused
    assert not server.is_open
    server.open()
    server.open()
    assert server.is_open
    assert get(server, SURVEYS).status_code == 200


def test_a_server_that_refuses_listens_again_by_itself(server: Server, get: Get) -> None:
    server.set(broken("refused", most=1, outage=0))
    with pytest.raises(requests.ConnectionError):
        get(server, SURVEYS)
    while not server.is_open:
        pass
    assert get(server, SURVEYS).status_code == 200


@pytest.mark.parametrize("turns", range(4))
def test_who_comes_in_while_the_door_shuts_is_answered_or_cut_off(turns: int) -> None:
    """Whichever turn of the loop it is; who is forgotten would wait for its answer for ever."""

    async def answer() -> bytes:
        loop, runner = asyncio.get_running_loop(), web.AppRunner(web.Application())
        await runner.setup()
        door = Door(runner, 0)
        await door.open()
        with socket.create_connection((LOOPBACK, door.port)) as client:
            client.settimeout(0)
            for _ in range(turns):
                await asyncio.sleep(0)
            await door.shut(60)
            try:
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
                return await asyncio.wait_for(loop.sock_recv(client, 12), 10)
            except ConnectionError:
                return b"cut off"
            finally:
                await runner.cleanup()

    assert asyncio.run(answer()) in {b"cut off", b"HTTP/1.1 404"}


def test_the_same_requests_are_hit_whichever_threads_make_them(server: Server) -> None:
    faults = Faults(seed=3, kinds=("429", "500", "502"), rate=0.5)
    paths = [f"{SURVEYS}?limit={limit}" for limit in range(1, 9)]

    def ask(path: str) -> list[int]:
        headers = {"Authorization": f"Bearer {server.token}"}
        return [requests.get(server.base_url + path, headers=headers, timeout=10).status_code for _ in range(6)]

    server.set(Behaviour(faults=faults))
    alone = [ask(path) for path in paths]
    server.set(Behaviour(faults=faults))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, paths)) == alone
    assert len({tuple(statuses) for statuses in alone}) > 1
    server.set(Behaviour(faults=Faults(seed=4, kinds=("429", "500", "502"), rate=0.5)))
    assert [ask(path) for path in paths] != alone


def test_a_request_gets_through_after_so_many_faults_in_a_row(server: Server, get: Get) -> None:
    server.set(broken("500", in_a_row=4))
    assert [get(server, SURVEYS).status_code for _ in range(10)] == [*[500] * 4, 200, *[500] * 4, 200]


def test_there_are_no_more_faults_than_allowed(server: Server, get: Get) -> None:
    server.set(broken("500", most=3))
    assert [get(server, SURVEYS, limit=limit).status_code for limit in range(1, 6)] == [500, 500, 500, 200, 200]


def test_nothing_goes_wrong_at_first(server: Server, get: Get) -> None:
    server.set(broken("500", after=2))
    assert [get(server, SURVEYS, limit=limit).status_code for limit in range(1, 5)] == [200, 200, 500, 500]


def test_a_fault_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no such fault: 418; there are .*500"):
        Faults(seed=1, kinds=("418", "500"))
    with pytest.raises(ValueError, match="no such fault"):
        Faults(seed=1, kinds=())


def test_by_default_everything_passes_by_itself() -> None:
    assert set(Faults(seed=1).kinds) == {*HARMLESS, *PASSING}
    assert not set(FINAL) & set(Faults(seed=1).kinds)


def test_a_limit_is_ignored(server: Server, get: Get) -> None:
    server.set(Behaviour(ignore_limit=True))
    page = get(server, SURVEYS, limit=2).json()
    assert (len(page["data"]), page["meta"]["limit"]) == (5, 100)
    with serve(generate_nps(1, 80), behaviour=Behaviour(ignore_limit=True)) as nps:
        assert len(get(nps, "/v2/report/answer", limit=-1).json()) == 50


def test_a_record_stands_on_two_pages(account: CxmAccount, server: Server, get: Get) -> None:
    server.set(Behaviour(repeat_across_pages=True))
    pages = [get(server, SURVEYS, limit=2, page=number).json() for number in (1, 2, 3, 4, 5)]
    hashes = [[survey["public_hash"] for survey in page["data"]] for page in pages]
    every = [survey.public_hash for survey in account.surveys]
    assert hashes == [every[:2], every[1:3], every[2:4], every[3:], every[4:]]
    assert {page["meta"]["last_page"] for page in pages} == {4}
    assert get(server, SURVEYS, limit=1, page=2).json()["data"][0]["public_hash"] == every[1]


@pytest.mark.parametrize(("off", "total"), [(-2, 3), (-9, 0), (7, 12)])
def test_a_total_lies(off: int, total: int, server: Server, get: Get) -> None:
    server.set(Behaviour(lying_total=off))
    page = get(server, SURVEYS).json()
    assert (page["meta"]["total"], len(page["data"])) == (total, 5)


def test_an_order_may_be_another_one_each_time(account: CxmAccount, server: Server, get: Get) -> None:
    server.set(Behaviour(order="restless"))
    path = f"{SURVEYS}/{account.surveys[0].public_hash}/interactions"
    one, two = ([record["uuid"] for record in get(server, path).json()["data"]] for _ in range(2))
    assert sorted(one) == sorted(two)
    assert one != two


def test_answers_change_while_they_are_read(clock: Any, get: Get) -> None:
    account = generate_cxm(1, 50, dirty=0)
    path = f"{SURVEYS}/{account.surveys[0].public_hash}/interactions"
    with serve(account, behaviour=Behaviour(edit_while_reading=1), clock=clock) as server:
        before = account.expected()
        get(server, path, limit=5)
        changed = [key for key, record in account.expected().items() if record != before[key]]
        get(server, path, start="2001-01-01", end="2001-01-02")
        assert len(changed) == 1
