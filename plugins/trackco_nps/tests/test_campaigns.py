"""Which campaigns a run reads."""

from datetime import date
from typing import Any

import pytest

from connector_core import Partition, SourceError, Unimportable
from plugins.trackco_nps.tests.fake_track import FakeTrack, build_campaign, build_config, connected
from trackco_nps import partitions
from trackco_nps.campaigns import answer_count, created_on


def found(campaigns: Any, *codes: int, **switches: Any) -> list[Partition | Unimportable]:
    """What `partitions` says of a list of campaigns, with some of them listed in the configuration."""
    with connected(FakeTrack(campaigns=campaigns, **switches)) as http:
        return list(partitions(build_config(*codes), http))


def test_each_campaign_is_a_partition_with_its_definition() -> None:
    one, two = build_campaign(10, name=" Pós-venda "), build_campaign("011", name={"pt-br": "Entrega"})
    assert found([one, two]) == [Partition("10", "Pós-venda", one), Partition("11", "Entrega", two)]


def test_a_campaign_without_a_name_is_titled_by_its_code() -> None:
    assert [partition.title for partition in found([build_campaign(10, name=None)])] == ["Campaign 10"]


@pytest.mark.parametrize(
    "campaign", [{"name": "Sem código"}, {"name": "Sem código", "code": True}, {"name": "Sem código", "code": "x"}]
)
def test_a_campaign_without_a_code_is_said_to_be_unimportable(campaign: object) -> None:
    *_, left = found([build_campaign(), campaign])
    assert left == Unimportable("campaign[1]", "Sem código", "it has no code, by which its answers would be asked for")


def test_what_is_no_campaign_at_all_is_said_by_its_place() -> None:
    assert [(left.key, left.title) for left in found(["x"])] == [("campaign[0]", "campaign[0]")]


def test_a_code_that_comes_twice_is_read_once() -> None:
    assert [partition.title for partition in found([build_campaign(name="A"), build_campaign(name="B")])] == ["A"]


def test_only_listed_campaigns_are_read() -> None:
    campaigns = [build_campaign(code) for code in (10, 11, 12)] + [{"name": "no code"}]
    assert [partition.key for partition in found(campaigns, 12, 10, 12)] == ["12", "10"]


def test_listed_campaigns_that_are_not_there_are_all_named_with_the_nearest_codes() -> None:
    with pytest.raises(SourceError) as caught:
        found([build_campaign(code) for code in (123, 130, 990, 5)], 124, 123, 999)
    missing = "data_source.campaigns: there is no campaign 124, 999 in the token's account"
    assert str(caught.value) == f"{missing}; the nearest of its 4 are 123, 990"
    assert caught.value.ends_run


def test_where_no_code_is_near_the_range_of_codes_is_said() -> None:
    with pytest.raises(SourceError, match="no campaign 7 in the token's account; it has 2, from 12 to 13"):
        found([build_campaign(13), build_campaign(12)], 7)


def test_an_account_without_campaigns_says_so() -> None:
    assert found([]) == []
    with pytest.raises(SourceError, match="no campaign 7 in the token's account; it has none that can be read"):
        found([], 7)


def test_a_list_of_campaigns_that_is_none_is_an_error() -> None:
    with pytest.raises(SourceError, match="the list of campaigns is JSON, but no list of records"):
        found({"error": "x"})


def test_a_wrong_token_says_where_to_get_another() -> None:
    with pytest.raises(SourceError, match=r"does not accept the token; check connection_details\.token") as caught:
        found([], refuse_from=1, refusal=(401, b'{"error": "no"}'))
    assert caught.value.ends_run


@pytest.mark.parametrize(
    ("count", "read"), [(7, 7), (0, 0), (-1, None), ("7", None), (True, None), (None, None), (7.0, None)]
)
def test_the_counter_of_answers_is_believed_when_it_is_one(count: object, read: int | None) -> None:
    assert answer_count(build_campaign(answers=count)) == read


@pytest.mark.parametrize(("time", "day"), [(1705320000, date(2024, 1, 15)), (None, None), ("x", None), (10**400, None)])
def test_the_day_of_creation_is_read_when_there_is_one(time: object, day: date | None) -> None:
    assert created_on(build_campaign(create_time=time)) == day
