"""The NPS API, as the contract has it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from trackco_simulator import NpsAccount, Server, generate_nps, serve

Get = Callable[..., requests.Response]
ANSWERS = "/v2/report/answer"
KEYS = {
    "id", "time", "type", "name", "email", "phone", "identification", "alternative_email", "alternative_phone",
    "nps_answer", "last_nps_answer", "nps_comment", "campaign_name", "campaign_code", "deadline",
    "dispatch_time", "reminder_time", "elapsed_time", "status", "priority", "assignee", "lot_code", "picture",
    "tags", "categories", "justifications",
}  # fmt: skip
CAMPAIGN_KEYS = {
    "code", "name", "description", "detractors", "passives", "promoters", "dispatches", "answers", "comments",
    "main_channel", "tags", "questions", "dispatch_limits", "create_time",
}  # fmt: skip


@pytest.fixture(scope="module")
def account() -> NpsAccount:
    return generate_nps(1, 400)


@pytest.fixture(scope="module")
def server(account: NpsAccount) -> Iterator[Server]:
    with serve(account) as running:
        yield running


def test_campaigns_are_a_bare_array(server: Server, account: NpsAccount, get: Get) -> None:
    campaigns = get(server, "/v2/campaign").json()
    assert [campaign["code"] for campaign in campaigns] == [campaign.code for campaign in account.campaigns]
    assert all(set(campaign) == CAMPAIGN_KEYS for campaign in campaigns)
    assert sum(campaign["answers"] for campaign in campaigns) == 400


def test_a_campaign_is_an_array_of_one(server: Server, account: NpsAccount, get: Get) -> None:
    [campaign] = get(server, f"/v2/campaign/{account.campaigns[1].code}").json()
    assert campaign["questions"][0]["type"] == "csat"
    assert get(server, "/v2/campaign/9999").json() == []


def test_answers_have_the_26_keys(server: Server, get: Get) -> None:
    assert len(KEYS) == 26
    answers = get(server, ANSWERS, limit=-1, tags="true").json()
    assert all(set(answer) == KEYS for answer in answers)


@pytest.mark.parametrize(("params", "count"), [({}, 50), ({"limit": 7}, 7), ({"limit": -1}, 400)])
def test_a_limit_is_fifty_unless_told_otherwise_and_minus_one_is_all(
    server: Server, params: dict[str, Any], count: int, get: Get
) -> None:
    assert len(get(server, ANSWERS, **params).json()) == count


def test_tags_are_filled_only_when_asked_for(server: Server, get: Get) -> None:
    without = get(server, ANSWERS, limit=-1).json()
    filled = get(server, ANSWERS, limit=-1, tags="true").json()
    assert not any(answer["tags"] for answer in without)
    assert any(answer["tags"] for answer in filled)
    assert [answer | {"tags": []} for answer in filled] == without


def test_codes_choose_campaigns_and_unknown_ones_choose_nothing(server: Server, account: NpsAccount, get: Get) -> None:
    first, second, _ = (campaign.code for campaign in account.campaigns)
    chosen = get(server, ANSWERS, limit=-1, codes=f"{first},{second}").json()
    assert {answer["campaign_code"] for answer in chosen} == {first, second}
    assert get(server, ANSWERS, limit=-1, codes="9999").json() == []


def test_days_are_whole_included_and_meant_in_sao_paulo(get: Get) -> None:
    account = generate_nps(1, 0)
    code = account.campaigns[0].code
    instants = {
        1: datetime(2024, 7, 1, 2, 59, 59, tzinfo=UTC),
        2: datetime(2024, 7, 1, 3, tzinfo=UTC),
        3: datetime(2024, 7, 2, 2, 59, 59, tzinfo=UTC),
        4: datetime(2024, 7, 2, 3, tzinfo=UTC),
    }
    for number, at in instants.items():
        account.add_raw({"id": number, "time": int(at.timestamp())}, at=at, campaign=code)
    with serve(account) as server:
        answers = get(server, ANSWERS, start="2024-07-01", end="2024-07-01", limit=-1).json()
    assert [answer["id"] for answer in answers] == [2, 3]


def test_hand_made_answers_stand_at_their_own_time_and_campaign(get: Get) -> None:
    account = generate_nps(1, 0)
    code = account.campaigns[2].code
    late = {"tags": [{"name": "a", "value": ',"tags":[ x'}], "id": 7, "time": 1_700_000_000, "campaign_code": code}
    account.add_raw(["anything"])
    account.add_raw(late)
    with serve(account) as server:
        assert get(server, ANSWERS, codes=code, tags="true").json() == [late]
        assert get(server, ANSWERS, codes=code).json() == [late | {"tags": []}]
        assert get(server, ANSWERS, codes=account.campaigns[0].code).json() == [["anything"]]


def test_an_empty_period_is_an_empty_array(server: Server, get: Get) -> None:
    assert get(server, ANSWERS, start="2001-01-01", end="2001-12-31").json() == []


@pytest.mark.parametrize("params", [{"codes": "a,b"}, {"start": "yesterday"}, {"limit": "all"}])
def test_parameters_that_cannot_be_read_are_refused(server: Server, params: dict[str, str], get: Get) -> None:
    assert get(server, ANSWERS, **params).status_code == 400


def test_the_report_agrees_with_the_records(get: Get) -> None:
    account = generate_nps(1, 200, dirty=0)
    with serve(account) as server:
        report = get(server, "/v2/report/nps").json()
        nothing = get(server, "/v2/report/nps", codes="9999").json()
    ratings = [int(record["rating"]) for record in account.expected().values()]
    assert report["promoters"] == sum(rating >= 9 for rating in ratings)
    assert report["passives"] == sum(7 <= rating <= 8 for rating in ratings)
    assert report["detractors"] == sum(rating <= 6 for rating in ratings)
    shares = [report[f"{name}_percentage"] for name in ("promoters", "passives", "detractors")]
    assert sum(shares) == pytest.approx(100, abs=0.05)
    assert report["nps"] == pytest.approx(shares[0] - shares[2], abs=0.01)
    assert nothing["nps"] == nothing["promoters"] == 0


def test_errors_are_json_and_a_wrong_token_is_a_401(server: Server, get: Get) -> None:
    assert get(server, "/v2/campaign", token="wrong").json()["error"]["code"] == 401
    assert get(server, "/v2/nothing").json()["error"]["code"] == 404


def test_the_scheme_of_a_token_may_be_written_in_any_case(server: Server) -> None:
    headers = {"Authorization": f"bearer {server.token}"}
    assert requests.get(f"{server.nps_base_url}/campaign", headers=headers, timeout=10).status_code == 200
