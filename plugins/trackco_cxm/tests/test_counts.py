"""How many answers the API says it has, for `--reconcile`."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.model import Counted, Window
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import NOW, FakeCxm, make_answers, make_config, make_partition, make_survey
from trackco_cxm import count
from trackco_cxm.counts import whole_days

PARTITION = make_partition(make_survey("S"))
ZONES = st.sampled_from(["UTC", "America/Sao_Paulo", "Pacific/Kiritimati", "Africa/Monrovia"])
WEEK = Window(NOW - timedelta(days=7), NOW)
MIDNIGHT = datetime(2024, 7, 10, tzinfo=UTC)


def test_the_whole_days_of_a_window_are_counted_with_one_request(connect: Connect) -> None:
    fake = FakeCxm(answers={"S": make_answers(24 * 10)})
    counted = count(PARTITION, WEEK, make_config(), connect(fake))
    days = Window(datetime(2024, 7, 4, tzinfo=UTC), MIDNIGHT)
    assert counted == Counted(days, 24 * 6, scored_only=False, bands=None, nps=None)
    [(_, query)] = fake.asked
    assert (query["start"], query["end"]) == ("2024-07-04T00:00:00", "2024-07-10T00:00:00")


def test_the_beginning_of_time_stays_what_it_is(connect: Connect) -> None:
    fake = FakeCxm(answers={"S": make_answers(24 * 10)})
    counted = count(PARTITION, Window(None, NOW), make_config(), connect(fake))
    assert counted == Counted(Window(None, MIDNIGHT), 24 * 10 - 12)


@pytest.mark.parametrize("habits", [{"counts": False}, {"bare": True}, {"ignores": frozenset({"start"})}])
def test_a_server_that_does_not_count_these_days_says_nothing(connect: Connect, habits: dict[str, bool]) -> None:
    answers = make_answers(50, end=NOW - timedelta(days=40))
    fake = FakeCxm(answers={"S": answers}, **habits)  # type: ignore[arg-type]  # one habit each, of its own type
    assert count(PARTITION, WEEK, make_config(), connect(fake)) is None
    assert len(fake.asked) == 1


def test_where_no_day_is_whole_nothing_is_asked(connect: Connect) -> None:
    fake = FakeCxm(answers={"S": make_answers(5)})
    assert count(PARTITION, Window(NOW - timedelta(hours=20), NOW), make_config(), connect(fake)) is None
    assert fake.asked == []


@given(
    start=st.datetimes(datetime(2015, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - aware by `timezones`
    length=st.timedeltas(timedelta(0), timedelta(days=9)),
    zone=ZONES.map(ZoneInfo),
)
def test_the_days_counted_lie_within_the_window_and_less_than_a_day_is_left_at_each_end(
    start: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    """A clock change makes a day an hour longer at the most."""
    days = whole_days(Window(start, start + length), zone)
    if days:
        first, end = (border.replace(tzinfo=zone).astimezone(UTC) for border in (days.first, days.end))
        assert start <= first <= start + timedelta(hours=25)
        assert start + length - timedelta(hours=25) <= end <= start + length
    else:
        assert length < timedelta(hours=50)
