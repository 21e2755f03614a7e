"""Which surveys a run reads."""

from collections.abc import Callable
from typing import Any

import pytest

from connector_core.errors import SourceError
from connector_core.model import Partition, Unimportable
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import FakeCxm, make_config, make_survey
from trackco_cxm.surveys import list_partitions

Listed = Callable[..., list[Partition | Unimportable]]


@pytest.fixture
def listed(connect: Connect) -> Listed:
    """Lists the partitions of a fake account under a configuration."""

    def listed(fake: FakeCxm, **sections: Any) -> list[Partition | Unimportable]:
        return list_partitions(make_config(**sections), connect(fake))

    return listed


def chosen(*keys: str) -> dict[str, Any]:
    return {"data_source": {"surveys": keys}}


def test_each_survey_is_a_partition_with_its_raw_definition(listed: Listed) -> None:
    surveys = [make_survey("A"), make_survey("B", "nps", "open", "label", status="archived")]
    expected = [Partition("A", "Survey A", surveys[0]), Partition("B", "Survey B", surveys[1])]
    assert listed(FakeCxm(surveys)) == expected


def test_questions_are_asked_for_and_all_pages_read(listed: Listed) -> None:
    fake = FakeCxm([make_survey(f"S{number:03}") for number in range(250)])
    assert [p.key for p in listed(fake)] == [f"S{number:03}" for number in range(250)]
    path = "/v1/organizations/00000000-0000-4000-8000-000000000001/surveys"
    assert fake.asked == [(path, {"include_questions": "true", "limit": "100", "page": page}) for page in "123"]


@pytest.mark.parametrize(
    ("types", "count"), [(("open",), 0), (("nps", "csat"), 2), (("nps", "nps_relational", "csat"), 3)]
)
def test_a_survey_must_hold_exactly_one_scored_question(listed: Listed, types: tuple[str, ...], count: int) -> None:
    reason = f"holds {count} questions of type nps or csat, must be exactly one"
    assert listed(FakeCxm([make_survey("A", *types)])) == [Unimportable("A", "Survey A", reason)]


@pytest.mark.parametrize(
    ("raw", "key", "reason"),
    [
        ({"uuid": "u-1", "questions": []}, "u-1", "has no public_hash"),
        ("text", "entry 1 of the list", "has no public_hash"),
        ({"public_hash": "A"}, "A", "came without its questions; check wire.survey_questions_key (questions)"),
        (
            {"public_hash": "A", "questions": [{"type": "nps"}]},
            "A",
            "its question of type nps or csat has no uuid",
        ),
    ],
)
def test_what_cannot_be_read_as_a_survey_is_named_with_its_reason(
    listed: Listed, raw: Any, key: str, reason: str
) -> None:
    [found] = listed(FakeCxm([raw]))
    assert isinstance(found, Unimportable)
    assert (found.key, found.reason) == (key, reason)


def test_chosen_surveys_come_in_the_users_order_and_once(listed: Listed) -> None:
    fake = FakeCxm([make_survey("A"), make_survey("B"), make_survey("C", "open")])
    assert [p.key for p in listed(fake, **chosen("B", " A", "B"))] == ["B", "A"]


def test_all_faults_of_chosen_surveys_are_told_in_one_line(listed: Listed) -> None:
    fake = FakeCxm([make_survey("AbCdEf"), make_survey("Two", "nps", "csat")])
    with pytest.raises(SourceError) as caught:
        listed(fake, **chosen("AbCdEg", "Two", "uuid-AbCdEf", "zzz"))
    assert str(caught.value) == (
        "data_source.surveys: AbCdEg is not among the 2 public hashes found (did you mean AbCdEf?);"
        " Two holds 2 questions of type nps or csat, must be exactly one;"
        " uuid-AbCdEf is not among the 2 public hashes found (did you mean AbCdEf?);"
        " zzz is not among the 2 public hashes found"
    )


@pytest.mark.parametrize(
    "habits",
    [
        {"bare": True},
        {"counts": False},
        {"cap": 7},
        {"cap": 7, "bare": True},
        {"ignores": frozenset({"limit"})},
        {"ignores": frozenset({"limit", "page"})},
        {"ignores": frozenset({"limit", "page"}), "bare": True},
    ],
)
@pytest.mark.parametrize("count", [0, 1, 7, 150])
def test_the_list_is_whole_whatever_the_servers_habits(listed: Listed, habits: dict[str, Any], count: int) -> None:
    fake = FakeCxm([make_survey(f"S{number:03}") for number in range(count)], **habits)
    assert len(listed(fake)) == count


def test_a_list_that_cannot_be_whole_is_an_error(listed: Listed) -> None:
    fake = FakeCxm([make_survey(f"S{number:03}") for number in range(150)], ignores=frozenset({"page"}))
    with pytest.raises(SourceError, match="the list of surveys: 100 different records came"):
        listed(fake)


def test_an_unknown_organization_is_named_as_the_setting_to_look_at(listed: Listed) -> None:
    with pytest.raises(SourceError, match=r"data_source\.organization_id") as caught:
        listed(FakeCxm(refusals={"/surveys": 404}))
    assert caught.value.status == 404


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_says_where_to_get_one_and_ends_the_run(listed: Listed, status: int) -> None:
    with pytest.raises(SourceError, match='Apps, install or open "API v2"') as caught:
        listed(FakeCxm(refusals={"/surveys": status}))
    assert caught.value.ends_run


def test_other_refusals_stay_what_they_are(listed: Listed) -> None:
    with pytest.raises(SourceError, match="answered HTTP 410: no"):
        listed(FakeCxm(refusals={"/surveys": 410}))
