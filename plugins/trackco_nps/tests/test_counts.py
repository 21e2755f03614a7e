"""What the API's own report says of a campaign, for `--reconcile`."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core import Counted, SourceError, Window
from plugins.trackco_nps.tests.fake_track import FakeTrack, build_answer, build_config, build_partition, connected
from trackco_nps import count
from trackco_nps._wire import Wire
from trackco_nps.chunks import instants, whole_days
from trackco_nps.config import Config

END = datetime(2024, 7, 10, 15, tzinfo=UTC)
REPORT = {"nps": 20.5, "detractors": 2, "passives": 3, "promoters": 5}


def counted(track: FakeTrack, window: Window, config: Config | None = None) -> Counted | None:
    with connected(track, config) as http:
        return count(build_partition(), window, config or build_config(), http)


def test_the_whole_days_of_the_accounts_zone_within_the_window_are_counted() -> None:
    track = FakeTrack(replies={"report/nps": REPORT})
    found = counted(track, Window(datetime(2024, 7, 3, 15, tzinfo=UTC), END))
    days = Window(datetime(2024, 7, 4, 3, tzinfo=UTC), datetime(2024, 7, 10, 3, tzinfo=UTC))
    assert found == Counted(days, 10, scored_only=True, bands=(2, 3, 5), nps=20.5)
    assert track.asked == [{"path": "report/nps", "codes": "10", "start": "2024-07-04", "end": "2024-07-09"}]


def test_the_beginning_of_time_has_no_first_day() -> None:
    track = FakeTrack(replies={"report/nps": REPORT})
    found = counted(track, Window(None, END), evolve(build_config(), wire=Wire(last_day_included=False)))
    assert found is not None
    assert found.window == Window(None, datetime(2024, 7, 10, 3, tzinfo=UTC))
    assert track.asked == [{"path": "report/nps", "codes": "10", "end": "2024-07-10"}]


def test_a_window_without_a_whole_day_is_not_asked_for() -> None:
    track = FakeTrack(replies={"report/nps": REPORT})
    assert counted(track, Window(datetime(2024, 7, 9, 4, tzinfo=UTC), END)) is None
    assert track.asked == []


@pytest.mark.parametrize(
    ("report", "answers", "nps"),
    [
        ({"nps": -100}, None, -100.0),
        ({"nps": "20", **dict.fromkeys(("detractors", "passives", "promoters"), "4")}, 12, None),
        ({"nps": 101} | dict.fromkeys(("detractors", "passives", "promoters"), 0), 0, None),
        ({"nps": True, "detractors": 1, "passives": 1, "promoters": 0}, 2, None),
        ({"nps": 10**400, "detractors": 1, "passives": 1, "promoters": 0}, 2, None),
    ],
)
def test_what_the_report_does_not_say_is_left_open(report: Any, answers: int | None, nps: float | None) -> None:
    found = counted(FakeTrack(replies={"report/nps": report}), Window(None, END))
    assert found is not None
    assert (found.answers, found.nps) == (answers, nps)
    assert (found.bands is None) is (answers is None)


@pytest.mark.parametrize("report", [[], None, "x", {}, {"nps": None}, {"detractors": 1, "passives": 1}])
def test_a_report_that_says_nothing_is_none(report: Any) -> None:
    assert counted(FakeTrack(replies={"report/nps": report}), Window(None, END)) is None


@pytest.mark.parametrize("status", [400, 404])
def test_an_api_without_a_report_cannot_say(status: int) -> None:
    assert counted(FakeTrack(statuses={"report/nps": status}), Window(None, END)) is None


def test_another_refusal_is_raised() -> None:
    with pytest.raises(SourceError, match="HTTP 418"):
        counted(FakeTrack(statuses={"report/nps": 418}), Window(None, END))


instants_of_all = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - aware by `timezones`
near = st.datetimes(datetime(2018, 10, 30), datetime(2018, 11, 8), timezones=st.just(UTC))  # noqa: DTZ001 - aware by `timezones`
zones = st.sampled_from(["America/Sao_Paulo", "UTC", "Pacific/Kiritimati", "America/Havana"]).map(ZoneInfo)


@example(datetime.min.replace(tzinfo=UTC), END, ZoneInfo("America/Sao_Paulo"), [])
@given(st.none() | near | instants_of_all, near, zones, st.lists(near))
def test_the_counted_days_are_those_that_lie_wholly_in_the_window(
    start: datetime | None, end: datetime, zone: ZoneInfo, moments: list[datetime]
) -> None:
    """Also where a day has no midnight, or two."""
    window = Window(start, end)
    days = whole_days(window, zone)
    if days is None:
        return
    covered = instants(days, zone)
    assert covered.end <= end
    assert start is None or (covered.start is not None and covered.start >= start)
    for moment in moments:
        day = moment.astimezone(zone).date()
        assert covered.holds(moment) is ((days.first is None or days.first <= day) and day <= days.last)


def test_an_instant_at_which_a_day_begins_belongs_to_it() -> None:
    midnight = datetime(2018, 11, 4, 3, tzinfo=UTC)  # the clocks of São Paulo went from 23:59 to 01:00
    zone = ZoneInfo("America/Sao_Paulo")
    days = whole_days(Window(midnight, datetime(2018, 11, 6, 2, tzinfo=UTC)), zone)
    assert days is not None
    assert instants(days, zone) == Window(midnight, datetime(2018, 11, 6, 2, tzinfo=UTC))
    assert instants(days, zone).holds(midnight)


def test_the_count_is_that_of_the_answers_on_the_same_days() -> None:
    times = [datetime(2024, 7, 9, hour, tzinfo=UTC) for hour in (2, 3, 23)]
    answers = [build_answer(id=n, time=int(time.timestamp())) for n, time in enumerate(times)]
    found = counted(FakeTrack(answers=answers), Window(datetime(2024, 7, 9, 3, tzinfo=UTC), END))
    assert found is not None
    assert found.answers == sum(found.window.holds(time) for time in times) == 2
