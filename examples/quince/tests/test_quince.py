"""The source against its simulator and its recording, through the real command; the mapper and the reading alone."""

import json
import subprocess
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quince
from connector_core import Endpoint, Feedback, HttpClient, Partition, Reject, Skip, SourceError, Unimportable, Window
from quince.config import Config, Connection, Source
from quince.simulator import KEY, SURVEYS, Account, generate, recorded, serving

RUN = str(Path(sysconfig.get_path("scripts")) / "connector-run")
CASSETTES = Path(__file__).parent / "cassettes"
END = datetime(2025, 6, 1, tzinfo=UTC)
ALWAYS = Window(None, END)
SUPPORT = Partition("srv_support", "Support", {"kind": "csat", "scale": 5})


@pytest.fixture
def account() -> Iterator[Account]:
    with serving(Account(page=2)) as served:
        yield served


@pytest.fixture
def http(account: Account) -> HttpClient:
    return HttpClient(Endpoint(account.url, {"X-Quince-Key": KEY}))


def config(url: str, *surveys: str) -> Config:
    return Config(connection_details=Connection(key=KEY, base_url=url), data_source=Source(surveys=surveys))


def run(folder: Path, account: Account, *more: str, key: str = KEY) -> "subprocess.CompletedProcess[str]":
    document = {"connection_details": {"key": key, "base_url": account.url}}
    (folder / "quince.json").write_text(json.dumps(document))
    command = [RUN, "--plugin", "quince", "--config", "quince.json", "--quiet", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def totals(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())["total"]
    return found


# --- whole runs


def test_the_recording_replays_to_the_records_that_stand_beside_it() -> None:
    config, known = CASSETTES / "first.config.json", CASSETTES / "first.records.jsonl"
    command = [RUN, "--plugin", "quince", "--config", str(config), "--quiet", "--to", "jsonl:-"]
    done = subprocess.run([*command, "--replay", str(CASSETTES / "first.yaml")], capture_output=True, check=True)
    assert done.stdout == known.read_bytes()


def test_recording_the_same_account_again_gives_the_same_file(tmp_path: Path) -> None:
    with serving(recorded()) as account:
        options = ["--record", "again.yaml", "--scrub-key", "a key for the repository", "--to", "jsonl:-"]
        assert run(tmp_path, account, *options).returncode == 0
        again = (tmp_path / "again.yaml").read_text().replace(account.url, "http://127.0.0.1:8750/v1")
    assert again == (CASSETTES / "first.yaml").read_text()
    assert "code: 429" in again
    assert "example.com" not in again.replace("@example.com", "")


def test_every_response_is_accounted_for_and_a_later_edit_of_any_age_arrives(tmp_path: Path) -> None:
    with serving(generate(5, 40)) as account:
        into = ["--to", "sqlite:///quince.db", "--report", "report.json"]
        assert run(tmp_path, account, *into).returncode == 0
        first = totals(tmp_path)
        assert first["read"] == first["new"] + first["skipped"]["test"] + first["skipped"]["unscored"] == 120
        account.clock = lambda: END + timedelta(days=60)
        oldest = min(account.responses["srv_relation"], key=lambda each: datetime.fromisoformat(each["created_at"]))
        account.edit(oldest, score=1, comment="On second thoughts")
        account.add("srv_support", 5, END + timedelta(days=1))
        assert run(tmp_path, account, *into).returncode == 0
        second = totals(tmp_path)
        assert second["new"] + second["updated"] == second["loaded"] == 2
        done = run(tmp_path, account, "--to", "sqlite:///quince.db", "--reconcile")
        assert (done.returncode, done.stdout.count("ok  ")) == (0, 3), done.stdout


def test_a_key_that_is_not_known_is_said_in_one_line(tmp_path: Path) -> None:
    with serving() as account:
        done = run(tmp_path, account, "--to", "jsonl:-", key="wrong-key-1234")
    assert done.returncode == 1
    assert "source: Quince does not know this key; check connection_details.key" in done.stderr
    assert "wrong-key" not in done.stderr


def test_check_says_what_holds(http: HttpClient, account: Account) -> None:
    assert [finding.ok for finding in quince.check(config(account.url), http)] == [True, True, True]
    disorder = [{"updated_at": "2025-05-02T00:00:00Z"}, {"updated_at": "2025-05-01T00:00:00Z"}]
    account.instead = [(200, {"surveys": SURVEYS, "next_cursor": None}), (200, {"responses": disorder})]
    assert [finding.ok for finding in quince.check(config(account.url), http)] == [True, True, False]


# --- reading


def test_a_survey_that_is_no_feedback_is_named(http: HttpClient, account: Account) -> None:
    found = quince.partitions(config(account.url), http)
    assert [each.key for each in found if isinstance(each, Partition)] == [
        "srv_delivery",
        "srv_relation",
        "srv_support",
    ]
    (other,) = [each for each in found if isinstance(each, Unimportable)]
    assert (other.key, "neither NPS nor CSAT" in other.reason) == ("srv_ideas", True)


def test_a_survey_that_is_asked_for_by_name_must_be_there(http: HttpClient, account: Account) -> None:
    assert [each.key for each in quince.partitions(config(account.url, "srv_support"), http)] == ["srv_support"]
    with pytest.raises(SourceError, match=r"data_source\.surveys: the account has no survey srv_gone, srv_lost"):
        quince.partitions(config(account.url, "srv_lost", "srv_gone", "srv_support"), http)


def test_after_every_page_one_may_go_on(http: HttpClient, account: Account) -> None:
    made = [account.add("srv_support", 5, END - timedelta(hours=number))["id"] for number in range(7)]
    whole = list(quince.extract(SUPPORT, ALWAYS, None, http))
    assert len(whole) == 4
    for number, page in enumerate(whole[:-1], 1):
        rest = quince.extract(SUPPORT, ALWAYS, page.cursor, http)
        ids = [raw["id"] for each in [*whole[:number], *rest] for raw in each.records]
        assert sorted(ids) == sorted(made)


def test_what_is_edited_while_it_is_read_comes_again(http: HttpClient, account: Account) -> None:
    made = [account.add("srv_support", 5, END - timedelta(days=9 - number)) for number in range(4)]
    reading = quince.extract(SUPPORT, ALWAYS, None, http)
    first = next(reading)
    account.edit(made[0], score=1)
    ids = [raw["id"] for page in reading for raw in page.records]
    assert [raw["id"] for raw in first.records] == [made[0]["id"], made[1]["id"]]
    assert ids == [made[2]["id"], made[3]["id"], made[0]["id"]]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ([], "the body: must be an object, is a list"),
        ({"responses": []}, "next_cursor: must be text or null, is not there"),
        ({"responses": None, "next_cursor": None}, "responses: must be a list, is null"),
        ({"responses": [], "next_cursor": "again"}, "next_cursor leads back to the same page"),
    ],
)
def test_a_body_that_nobody_expected_is_the_sources_fault(
    body: Any, line: str, http: HttpClient, account: Account
) -> None:
    account.instead = [(200, body)] * 2
    with pytest.raises(SourceError, match=line):
        list(quince.extract(SUPPORT, ALWAYS, None, http))


def test_a_survey_id_may_hold_anything(http: HttpClient, account: Account) -> None:
    with pytest.raises(SourceError, match="answered HTTP 404"):
        list(quince.extract(Partition("a/b?c", "odd", SUPPORT.definition), ALWAYS, None, http))
    assert account.asked == ["/v1/surveys/a%2Fb%3Fc/responses"]


# --- one response

RAW = {
    "id": "rsp_1",
    "score": 4,
    "comment": "Quick, but…",
    "created_at": "2025-05-31T23:30:00-03:00",
    "updated_at": "2025-06-02T08:00:00Z",
    "person": {"id": "p1", "name": "Person 1", "email": "person1@example.com"},
    "properties": {"plan": "paid"},
    "test": False,
}
MAPPER = quince.map(SUPPORT, "quince:")


def test_a_response_becomes_a_record_field_by_field() -> None:
    assert MAPPER(RAW) == Feedback(
        id="quince:rsp_1",
        kind="csat",
        rating="4",
        title="[CSAT] Support",
        posted_at=datetime(2025, 6, 1, 2, 30, tzinfo=UTC),
        survey_id="srv_support",
        survey_title="Support",
        text="Quick, but…",
        author_id="p1",
        author_name="Person 1",
        additional_fields={
            "interaction.updated_at": "2025-06-02T08:00:00Z",
            "interaction.test": False,
            "customer.email": "person1@example.com",
            "metadata.plan": "paid",
        },
    )


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"id": 7}, Reject("id.missing", "id")),
        ({"created_at": "yesterday"}, Reject("date.invalid", "created_at", "quince:rsp_1")),
        ({"score": 0}, Reject("rating.out_of_scale", "score", "quince:rsp_1")),
        ({"score": 6}, Reject("rating.out_of_scale", "score", "quince:rsp_1")),
        ({"score": "4"}, Reject("rating.type", "score", "quince:rsp_1")),
        ({"score": True}, Reject("rating.type", "score", "quince:rsp_1")),
        ({"score": 4.5}, Reject("rating.type", "score", "quince:rsp_1")),
        ({"score": None}, Skip("unscored", "quince:rsp_1")),
        ({"test": True}, Skip("test", "quince:rsp_1")),
    ],
)
def test_what_cannot_be_imported_is_named_by_its_reason_and_place(change: Any, outcome: Reject | Skip) -> None:
    made = MAPPER({**RAW, **change})
    assert isinstance(made, type(outcome))
    assert (made.reason, made.id) == (outcome.reason, outcome.id)
    assert getattr(made, "path", None) == getattr(outcome, "path", None)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MUTATED = st.builds(lambda name, value: {**RAW, name: value}, st.sampled_from(sorted(RAW)), JSON)


@given(
    st.one_of(
        JSON,
        MUTATED,
        st.builds(lambda raw, name: {k: v for k, v in raw.items() if k != name}, MUTATED, st.sampled_from(sorted(RAW))),
    )
)
def test_the_mapper_never_raises_and_its_ratings_are_within_the_scale(raw: Any) -> None:
    made = MAPPER(raw)
    assert not isinstance(made, Feedback) or made.rating in {"1", "2", "3", "4", "5"}
