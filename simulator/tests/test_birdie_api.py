"""Birdie's API: what is taken, what is refused with which words, and what a server says of what it has seen."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
import requests
from attrs import define

from birdie_simulator import FEEDBACK, FEEDBACK_PATH, SCHEMAS_PATH, WEBHOOK_PATH, Behaviour, Counts, Server, serve

Send = Callable[..., requests.Response]

FULL: dict[str, Any] = {
    "kind": {
        "name": "nps",
        "fields": {
            "feedback_id": "trackco_nps:1", "rating": "10", "posted_at": "2024-07-01T10:30:00Z", "title": "[NPS] Ação",
            "text": "Ótimo", "author_id": "c-1", "author_name": "Zoë", "account_id": "a", "survey_title": "Ação",
            "ticket_id": "T-1", "ticket_platform": "Zendesk",
        },
    },
    "additional_fields": {"a": [1, None, {"b": 1.5}], "n": 10**30},
    "batch_id": "b-1",
}  # fmt: skip


def body(key: str, rating: str = "9", **more: Any) -> dict[str, Any]:
    """The least that is valid."""
    fields = {"feedback_id": key, "rating": rating, "posted_at": "2024-07-01T10:30:00Z"}
    return {"kind": {"name": "nps", "fields": fields}, **more}


@define
class StillClock:
    """A clock that moves only when told to."""

    now: datetime = datetime(2026, 9, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def send() -> Iterator[Send]:
    """`send(server, body, path=..., method=..., key=...)`: one request with the server's key."""
    with requests.Session() as session:
        session.trust_env = False

        def request(
            server: Server, json: Any = None, *, path: str = FEEDBACK_PATH, method: str = "PUT", key: str | None = None
        ) -> requests.Response:
            headers = {"Authorization": f"ApiKey {server.key if key is None else key}"}
            return session.request(method, server.base_url + path, json=json, headers=headers, timeout=10)

        yield request


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def test_a_valid_record_is_created_and_kept_as_it_was_sent(server: Server, send: Send) -> None:
    answer = send(server, FULL)
    assert answer.status_code == 201
    assert answer.json() == {"feedback_id": "trackco_nps:1"}
    assert server.records == {"trackco_nps:1": FULL}
    assert server.requests == [("PUT", FEEDBACK_PATH, 201)]


def test_the_least_that_is_valid_is_taken(server: Server, send: Send) -> None:
    assert send(server, body("a")).status_code == 201


def test_records_are_told_apart_by_their_id_and_the_last_one_stays(server: Server, send: Send) -> None:
    """Created, repeated, updated; another batch makes no other record."""
    for one in (body("a"), body("b"), body("a"), body("a", batch_id="later"), body("a", rating="1")):
        assert send(server, one).status_code == 201
    assert server.counts == Counts(created=2, updated=1, repeated=2)
    assert list(server.records) == ["a", "b"]
    assert server.records["a"] == body("a", rating="1")
    assert [one["kind"]["fields"]["rating"] for one in server.versions["a"]] == ["9", "9", "9", "1"]


def spoilt(pointer: str, *value: Any) -> Any:
    """The full body with another value at a pointer, or none."""
    spoiled = copy.deepcopy(FULL)
    *path, last = pointer.split("/")[1:]
    place = spoiled
    for name in path:
        place = place[name]
    if value:
        place[last] = value[0]
    else:
        del place[last]
    return spoiled


FIELDS = "/kind/fields"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([FULL], "the body: must be an object"),
        (spoilt("/kind"), "the body: lacks kind"),
        (spoilt("/kind", "nps"), "/kind: must be an object"),
        (spoilt("/kind/name"), "/kind: lacks name"),
        (spoilt("/kind/name", "ces"), "/kind/name: must be one of csat, nps"),
        (spoilt("/kind/rating", "1"), "/kind: must not hold rating"),
        (spoilt("/rating", "1"), "the body: must not hold rating"),
        (spoilt(f"{FIELDS}/score", 1), f"{FIELDS}: must not hold score"),
        (spoilt(f"{FIELDS}/feedback_id"), f"{FIELDS}: lacks feedback_id"),
        (spoilt(f"{FIELDS}/feedback_id", ""), f"{FIELDS}/feedback_id: must not be empty"),
        (spoilt(f"{FIELDS}/rating"), f"{FIELDS}: lacks rating"),
        (spoilt(f"{FIELDS}/rating", 9), f"{FIELDS}/rating: must be text"),
        (spoilt(f"{FIELDS}/rating", "11"), f"{FIELDS}/rating: must be of the form ^(?:[0-9]|10)(?!\\n)$"),
        (spoilt(f"{FIELDS}/text", None), f"{FIELDS}/text: must be text"),
        (spoilt(f"{FIELDS}/posted_at", "2024-07-01 10:30:00"), f"{FIELDS}/posted_at: must be a moment of RFC 3339"),
        (spoilt(f"{FIELDS}/posted_at", "2024-07-01T10:30:00"), f"{FIELDS}/posted_at: must be a moment of RFC 3339"),
        (spoilt(f"{FIELDS}/posted_at", "2024-02-30T10:30:00Z"), f"{FIELDS}/posted_at: must be a moment of RFC 3339"),
        (spoilt("/additional_fields", []), "/additional_fields: must be an object"),
        (spoilt("/batch_id", None), "/batch_id: must be text"),
        (spoilt("/batch_id", ""), "/batch_id: must not be empty"),
    ],
)
def test_what_is_not_valid_is_refused_with_its_place_and_rule(
    server: Server, send: Send, wrong: Any, said: str
) -> None:
    answer = send(server, wrong)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(said)
    assert server.records == {}


def test_ratings_of_another_kind_have_another_scale(server: Server, send: Send) -> None:
    csat = spoilt("/kind/name", "csat")
    for rating, status in (("100", 201), ("-1", 400), ("5.0", 400), ("5\n", 400), ("\u0665", 400)):
        csat["kind"]["fields"]["rating"] = rating
        assert send(server, csat).status_code == status, rating


@pytest.mark.parametrize("text", [b"", b"{", b'{"kind": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(server: Server, text: bytes) -> None:
    headers = {"Authorization": f"ApiKey {server.key}"}
    answer = requests.put(server.base_url + FEEDBACK_PATH, data=text, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is no JSON"})


def test_values_are_quoted_on_request_only(send: Send) -> None:
    wrong = spoilt("/kind/fields/rating", "segredo")
    with serve() as server:
        assert "segredo" not in send(server, wrong).text
        server.set(Behaviour(quote_values=True))
        assert '"segredo"' in send(server, wrong).json()["error"]


@pytest.mark.parametrize("path", [FEEDBACK_PATH, WEBHOOK_PATH, SCHEMAS_PATH])
def test_a_wrong_key_is_let_in_nowhere(server: Server, send: Send, path: str) -> None:
    method = {FEEDBACK_PATH: "PUT", WEBHOOK_PATH: "POST", SCHEMAS_PATH: "GET"}[path]
    answer = send(server, body("a"), path=path, method=method, key="another")
    assert (answer.status_code, answer.json()) == (401, {"error": "the API key is not valid"})
    assert server.records == {}


def test_the_schema_is_served(server: Server, send: Send) -> None:
    served = send(server, path=SCHEMAS_PATH, method="GET").json()["feedback"]
    assert served == FEEDBACK
    jsonschema.validate(FULL, served)


def test_another_path_and_another_key_can_be_asked_for(send: Send) -> None:
    with serve(path="/v2/put", key="other") as server:
        assert send(server, body("a"), path="/v2/put").status_code == 201
        assert send(server, body("a")).status_code == 404
        assert server.key == "other"


# --- the webhook


def test_the_webhook_takes_fifty_records_at_once_and_no_more(server: Server, send: Send) -> None:
    def post(number: int) -> requests.Response:
        return send(server, [body(f"{n}") for n in range(number)], path=WEBHOOK_PATH, method="POST")

    assert (post(50).status_code, len(server.records)) == (201, 50)
    for number in (0, 51):
        assert post(number).json() == {"error": "the body must be a list of 1 to 50 records"}


def test_the_webhook_takes_all_of_a_list_or_nothing(server: Server, send: Send) -> None:
    answer = send(server, [body("a"), body("b", rating="11")], path=WEBHOOK_PATH, method="POST")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("/1/kind/fields/rating: ")
    assert server.records == {}
    assert send(server, body("a"), path=WEBHOOK_PATH, method="POST").status_code == 400


# --- batches, rates and faults


def test_a_batch_ends_a_day_after_its_first_record(send: Send) -> None:
    clock = StillClock()
    with serve(clock=clock) as server:
        assert send(server, body("a", rating="11", batch_id="b")).status_code == 400  # begins no batch
        clock.now += timedelta(hours=1)
        assert send(server, body("a", batch_id="b")).status_code == 201
        clock.now += timedelta(hours=24)
        assert send(server, body("b", batch_id="b")).status_code == 201
        clock.now += timedelta(seconds=1)
        late = send(server, body("c", batch_id="b"))
        assert (late.status_code, late.json()) == (
            400,
            {"error": "/batch_id: the batch has begun more than 24 hours ago"},
        )
        assert send(server, body("c", batch_id="c")).status_code == 201
        assert send(server, body("d")).status_code == 201
        assert list(server.records) == ["a", "b", "c", "d"]


def test_more_requests_than_allowed_in_any_one_second_get_a_503(send: Send) -> None:
    clock = StillClock()
    with serve(clock=clock, behaviour=Behaviour(rate_limit=3, retry_after=2)) as server:
        statuses = []
        for _ in range(5):
            statuses.append(send(server, body("a")).status_code)
            clock.now += timedelta(milliseconds=300)
        assert statuses == [201, 201, 201, 503, 503]  # the fifth comes within a second of the second, third and fourth
        assert server.rate_seen == 4
        clock.now += timedelta(seconds=1)
        assert send(server, body("a")).status_code == 201


def test_a_503_says_when_to_come_again_where_it_is_told_to(send: Send) -> None:
    with serve(behaviour=Behaviour(rate_limit=0)) as server:
        first = send(server, body("a"))
        server.set(Behaviour(rate_limit=0, retry_after=2))
        second = send(server, body("a"))
        server.set(Behaviour(rate_limit=None))
        assert send(server, body("a")).status_code == 201
    assert (first.status_code, first.headers.get("Retry-After")) == (503, None)
    assert (second.status_code, second.headers.get("Retry-After")) == (503, "2")
    assert first.json() == {"error": "too many requests"}


def test_faults_hit_the_next_requests_in_turn(send: Send) -> None:
    with serve(behaviour=Behaviour(faults=(503, None, 500, "drop_before", "drop_after"))) as server:
        seen: list[int] = []
        for number in range(6):
            try:
                seen.append(send(server, body(f"{number}")).status_code)
            except requests.ConnectionError:
                seen.append(0)
        assert seen == [503, 201, 500, 0, 0, 201]
        assert list(server.records) == ["1", "4", "5"]  # the connection of 3 was cut before it was stored, of 4 after
        assert [status for _, _, status in server.requests] == seen


def test_chosen_ids_are_refused(send: Send) -> None:
    with serve(behaviour=Behaviour(refused=frozenset({"b"}))) as server:
        assert [send(server, body(key)).status_code for key in "abc"] == [201, 400, 201]
        assert list(server.records) == ["a", "c"]
