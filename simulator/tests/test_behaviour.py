"""Each way of departing from the contract."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from trackco_simulator import ORGANIZATION_ID, Behaviour, CxmAccount, Server, generate_cxm, generate_nps, serve

Get = Callable[..., requests.Response]
SURVEYS = f"/v1/organizations/{ORGANIZATION_ID}/surveys"
ANSWERS = "/v2/report/answer"


def path(account: CxmAccount) -> str:
    return f"{SURVEYS}/{account.surveys[0].public_hash}/interactions"


def page(get: Get, account: CxmAccount, behaviour: Behaviour, **params: Any) -> Any:
    with serve(account, behaviour=behaviour) as server:
        return get(server, path(account), **params).json()


def instants(account: CxmAccount, records: list[dict[str, Any]]) -> list[int]:
    entries = account.timeline(account.surveys[0].public_hash).entries
    at = {entry.id: entry.at for entry in entries}
    return [at[record["uuid"]] for record in records]


@pytest.fixture
def account() -> CxmAccount:
    return generate_cxm(1, 300, dirty=0)


def test_bare_arrays(account: CxmAccount, get: Get) -> None:
    assert len(page(get, account, Behaviour(bare_arrays=True), limit=3)) == 3
    with serve(account, behaviour=Behaviour(bare_arrays=True)) as server:
        assert len(get(server, SURVEYS).json()) == 5


def test_no_meta(account: CxmAccount, get: Get) -> None:
    assert set(page(get, account, Behaviour(no_meta=True))) == {"data"}


def test_the_page_size_is_capped_silently(account: CxmAccount, get: Get) -> None:
    capped = page(get, account, Behaviour(max_page_size=10), limit=100, page=2)
    assert len(capped["data"]) == capped["meta"]["limit"] == 10
    assert capped["meta"]["page"] == 2


def test_pages_are_ignored(account: CxmAccount, get: Get) -> None:
    first, second = (page(get, account, Behaviour(ignore_page=True), limit=10, page=n) for n in (1, 2))
    assert first == second


def test_dates_are_ignored(account: CxmAccount, get: Get) -> None:
    everything = page(get, account, Behaviour(ignore_dates=True), start="2001-01-01", end="2001-01-02")
    assert everything["meta"]["total"] == len(account.timeline(account.surveys[0].public_hash).entries)


def test_answers_come_oldest_first_newest_first_or_in_one_disorder(account: CxmAccount, get: Get) -> None:
    orders = {}
    for order in ("oldest", "newest", "shuffled"):
        behaviour = Behaviour(order=order)
        pages = [page(get, account, behaviour, limit=40, page=number)["data"] for number in (1, 2, 3)]
        orders[order] = instants(account, [record for data in pages for record in data])
    assert orders["oldest"] == sorted(orders["oldest"])
    assert orders["newest"] == orders["oldest"][::-1]
    assert sorted(orders["shuffled"]) == orders["oldest"] != orders["shuffled"]


def test_questions_stand_in_answers(account: CxmAccount, get: Get) -> None:
    embedded = page(get, account, Behaviour(questions_in_answers=True))["data"]
    replies = [reply for record in embedded for reply in record["answers"]]
    assert replies
    assert all("question_uuid" not in reply and reply["question"]["uuid"] for reply in replies)


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_answers_that_arrive_while_reading_shift_the_pages(order: Any, account: CxmAccount, get: Get) -> None:
    with serve(account, behaviour=Behaviour(order=order, insert_while_reading=1)) as server:
        first, second, third = (get(server, path(account), limit=20, page=number).json() for number in (1, 2, 3))
        [uuid] = server.inserted
        assert second["data"][0] == first["data"][-1]
        assert third["data"][0] != second["data"][-1]
        assert second["meta"]["total"] == first["meta"]["total"] + 1
        again = get(server, path(account), limit=1).json()["data"]
    assert [record["uuid"] for record in again] == [uuid]
    assert f"trackco_cxm:{uuid}" in account.expected()


def test_nothing_arrives_after_a_windows_last_page(account: CxmAccount, get: Get) -> None:
    with serve(account, behaviour=Behaviour(insert_while_reading=5)) as server:
        get(server, path(account), limit=1000)
        assert server.inserted == []


def test_nps_caps_silently_even_without_a_limit(get: Get) -> None:
    with serve(generate_nps(1, 100), behaviour=Behaviour(limit_cap=30)) as server:
        assert len(get(server, ANSWERS, limit=-1).json()) == 30
        assert len(get(server, ANSWERS, limit=20).json()) == 20


def test_nps_answers_come_in_the_order_asked_for(get: Get) -> None:
    with serve(generate_nps(1, 100, dirty=0)) as server:
        times = {}
        for order in ("oldest", "newest", "shuffled"):
            server.set(Behaviour(order=order))
            times[order] = [answer["time"] for answer in get(server, ANSWERS, limit=-1).json()]
    assert times["oldest"] == sorted(times["oldest"]) == times["newest"][::-1]
    assert times["shuffled"] not in (times["oldest"], times["newest"])


def test_nps_ignores_dates(get: Get) -> None:
    with serve(generate_nps(1, 100), behaviour=Behaviour(ignore_dates=True)) as server:
        assert len(get(server, ANSWERS, limit=-1, start="2001-01-01", end="2001-01-01").json()) == 100


def test_cxm_says_429_beyond_the_rate_limit_until_time_passes(account: CxmAccount, clock: Any, get: Get) -> None:
    with serve(account, behaviour=Behaviour(rate_limit=(2, 60)), clock=clock) as server:
        answers = [get(server, SURVEYS) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "Retry-After" not in answers[2].headers
        clock.now += timedelta(seconds=60)
        assert get(server, SURVEYS).status_code == 200


@pytest.mark.parametrize(("form", "header"), [("seconds", "50"), ("date", "Tue, 01 Sep 2026 12:01:00 GMT")])
def test_a_429_can_say_when_to_come_back(form: Any, header: str, account: CxmAccount, clock: Any, get: Get) -> None:
    with serve(account, behaviour=Behaviour(rate_limit=(1, 60), retry_after=form), clock=clock) as server:
        get(server, SURVEYS)
        clock.now += timedelta(seconds=10)
        assert get(server, SURVEYS).headers["Retry-After"] == header


def test_nps_shows_a_captcha_beyond_the_rate_limit_and_waiting_does_not_help(clock: Any, get: Get) -> None:
    with serve(generate_nps(1, 5), behaviour=Behaviour(rate_limit=(1000, 300)), clock=clock) as server:
        server.set(Behaviour(rate_limit=(1, 300)))
        assert get(server, "/v2/campaign").status_code == 200
        refused = get(server, "/v2/campaign")
        assert refused.status_code == 405
        assert refused.headers["Content-Type"] == "text/html"
        assert "CAPTCHA" in refused.text
        clock.now += timedelta(hours=1)
        assert get(server, "/v2/campaign").status_code == 405
        server.set(Behaviour())
        assert get(server, "/v2/campaign").status_code == 200


def test_failures_come_in_turn_and_then_the_answers_again(account: CxmAccount, get: Get) -> None:
    statuses = (500, 502, 503, 504, 429, 403)
    with serve(account, behaviour=Behaviour(fail_next=statuses, retry_after="seconds")) as server:
        answers = [get(server, SURVEYS) for _ in range(7)]
        assert tuple(answer.status_code for answer in answers) == (*statuses, 200)
        assert [answer.headers.get("Retry-After") for answer in answers] == [None, None, "1", None, "1", None, None]
        assert [served.status for served in server.requests] == [*statuses, 200]


def test_an_nps_405_is_the_captcha_also_when_it_is_asked_for(get: Get) -> None:
    with serve(generate_nps(1, 5), behaviour=Behaviour(fail_next=(405,))) as server:
        assert "CAPTCHA" in get(server, "/v2/campaign").text
        assert get(server, "/v2/campaign").status_code == 200


def test_the_date_is_the_clocks_or_stands_still(account: CxmAccount, clock: Any, get: Get) -> None:
    with serve(account, clock=clock) as server:
        assert get(server, SURVEYS).headers["Date"] == "Tue, 01 Sep 2026 12:00:00 GMT"
        server.set(Behaviour(date_header=datetime(2020, 1, 1, tzinfo=UTC)))
        assert get(server, SURVEYS).headers["Date"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_json_can_come_under_a_wrong_content_type(account: CxmAccount, get: Get) -> None:
    with serve(account, behaviour=Behaviour(wrong_content_type=True)) as server:
        answer = get(server, SURVEYS)
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.json()["data"]


def test_the_server_tells_what_it_answered_and_how_many_at_once(account: CxmAccount, get: Get) -> None:
    with serve(account, behaviour=Behaviour(latency=0.05)) as server:

        def one(_: int) -> int:
            headers = {"Authorization": f"Bearer {server.token}"}
            return requests.get(server.base_url + SURVEYS, headers=headers, timeout=10).status_code

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(one, range(4))) == [200] * 4
        assert server.in_flight_peak > 1
        assert server.requests == [("GET", SURVEYS, 200)] * 4
        assert get(server, "/v1/nothing", a=1).status_code == 404
        assert server.requests[-1] == ("GET", "/v1/nothing?a=1", 404)


def test_a_behaviour_can_change_while_serving(account: CxmAccount, get: Get) -> None:
    with serve(account) as server:
        server.set(Behaviour(fail_next=(500,)))
        assert server.behaviour.fail_next == (500,)
        assert get(server, SURVEYS).status_code == 500


def test_two_servers_do_not_meet(account: CxmAccount, get: Get) -> None:
    with serve(account) as one, serve(generate_nps(1, 5)) as other:
        assert isinstance(one, Server)
        assert get(one, SURVEYS).status_code == get(other, "/v2/campaign").status_code == 200
        assert get(one, "/v2/campaign").status_code == 404
