"""The CXM API, as the contract has it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from trackco_simulator import ORGANIZATION_ID, CxmAccount, Server, generate_cxm, golden_cxm, serve

Get = Callable[..., requests.Response]
SURVEYS = f"/v1/organizations/{ORGANIZATION_ID}/surveys"


@pytest.fixture(scope="module")
def account() -> CxmAccount:
    return generate_cxm(1, 400)


@pytest.fixture(scope="module")
def server(account: CxmAccount) -> Iterator[Server]:
    with serve(account) as running:
        yield running


@pytest.fixture
def interactions(account: CxmAccount) -> str:
    return f"{SURVEYS}/{account.surveys[0].public_hash}/interactions"


def test_surveys_come_by_page_under_data_with_meta(server: Server, get: Get) -> None:
    answer = get(server, SURVEYS, limit=2, page=3)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["meta"] == {"page": 3, "limit": 2, "total": 5, "last_page": 3}
    assert len(answer.json()["data"]) == 1


def test_questions_come_only_when_asked_for(server: Server, get: Get) -> None:
    assert "questions" not in get(server, SURVEYS).json()["data"][0]
    assert get(server, SURVEYS, include_questions="true").json()["data"][0]["questions"]


def test_pages_hold_every_interaction_of_a_survey_once(
    server: Server, account: CxmAccount, interactions: str, get: Get
) -> None:
    pages = [get(server, interactions, limit=50, page=number).json() for number in range(1, 6)]
    uuids = [record.get("uuid") for page in pages for record in page["data"]]
    entries = account.timeline(account.surveys[0].public_hash).entries
    assert len(uuids) == len(entries) == pages[0]["meta"]["total"]
    assert set(uuids) - {None} <= {entry.id for entry in entries}
    assert pages[0]["meta"]["last_page"] == -(-len(entries) // 50)


def test_a_page_beyond_the_last_is_empty(server: Server, interactions: str, get: Get) -> None:
    assert get(server, interactions, page=99).json()["data"] == []


def test_a_page_has_a_hundred_records_unless_told_otherwise(server: Server, interactions: str, get: Get) -> None:
    assert get(server, interactions).json()["meta"]["limit"] == 100
    assert len(get(server, interactions).json()["data"]) == 100


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2024-07-01T07:30:00", "2024-07-01T07:30:01", True),
        ("2024-07-01T07:29:00", "2024-07-01T07:30:00", False),
        ("2024-07-01", "2024-07-02", True),
        ("2024-07-01T10:30:00Z", "2024-07-01T10:31:00Z", True),
        ("2024-07-01T10:30:00", "2024-07-01T10:31:00", False),
    ],
)
def test_windows_take_their_start_leave_their_end_and_mean_the_accounts_zone(
    start: str,
    end: str,
    found: bool,  # noqa: FBT001 - a row of the table above
    get: Get,
) -> None:
    with serve(golden_cxm()) as server:
        answer = get(server, f"{SURVEYS}/AbCdEfGhIjKl/interactions", start=start, end=end)
    assert bool(answer.json()["data"]) is found


@pytest.mark.parametrize(
    "params", [{"limit": "many"}, {"limit": 0}, {"page": 0}, {"start": "yesterday"}, {"end": "2024-13-01"}]
)
def test_parameters_that_cannot_be_read_are_refused(
    server: Server, interactions: str, params: dict[str, Any], get: Get
) -> None:
    assert get(server, interactions, **params).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        f"{SURVEYS}/nosuchhash01/interactions",
        "/v1/organizations/00000000-0000-4000-8000-0000000000ff/surveys",
        "/v1/organizations/00000000-0000-4000-8000-0000000000ff/surveys/nosuchhash01/interactions",
        "/v1/nothing",
    ],
)
def test_what_does_not_exist_is_a_404_in_json(server: Server, path: str, get: Get) -> None:
    answer = get(server, path)
    assert answer.status_code == 404
    assert answer.json()["error"]


@pytest.mark.parametrize("token", ["wrong", ""])
def test_a_wrong_token_is_a_401_in_json(server: Server, token: str, get: Get) -> None:
    answer = get(server, SURVEYS, token=token)
    assert answer.status_code == 401
    assert answer.json()["error"]


def test_a_missing_token_is_a_401(server: Server) -> None:
    assert requests.get(server.base_url + SURVEYS, timeout=10).status_code == 401


def test_hand_made_records_are_served_as_they_are(get: Get) -> None:
    account = golden_cxm()
    early = {"uuid": "u-1", "answered_at": "2024-06-30 10:00:00", "extra": None}
    account.add_raw(["anything"])
    account.add_raw(early)
    account.add_raw("placed", at=datetime(2024, 7, 1, 0, tzinfo=UTC), survey="AbCdEfGhIjKl")
    with serve(account) as server:
        data = get(server, f"{SURVEYS}/AbCdEfGhIjKl/interactions").json()["data"]
    assert [early, "placed", ["anything"]] == [data[0], data[1], data[3]]
    assert len(account.expected()) == 1
    account.delete(["u-1"])
    assert len(account) == 3


def test_answers_that_are_added_while_serving_are_served(get: Get) -> None:
    account = golden_cxm()
    with serve(account) as server:
        [uuid] = account.add(1, at=datetime(2024, 8, 1, tzinfo=UTC))
        data = get(server, f"{SURVEYS}/AbCdEfGhIjKl/interactions", start="2024-07-31").json()["data"]
    assert [record["uuid"] for record in data] == [uuid]


def test_organization_and_token_can_be_chosen(get: Get) -> None:
    with serve(golden_cxm(), token="opaque text", organization_id="org-1") as server:
        assert get(server, "/v1/organizations/org-1/surveys").status_code == 200
        assert server.organization_id == "org-1"
