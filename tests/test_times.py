"""Dates of every form that an API sends, and the instants that they name."""

import re
import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from connector_core.times import MILLISECONDS_FROM, format_instant, instant_reader, parse_moment

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
READ_UTC, READ_SAO_PAULO = instant_reader(UTC), instant_reader(SAO_PAULO)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

INSTANTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ZONES = st.sampled_from(sorted(zoneinfo.available_timezones())).map(ZoneInfo)
CHANGES = st.sampled_from(
    [
        datetime(2018, 11, 4),  # noqa: DTZ001 - local times: clocks in Brazil go forward
        datetime(2018, 2, 18),  # noqa: DTZ001 - and back
        datetime(2024, 3, 31, 2),  # noqa: DTZ001 - the same in Europe
        datetime(2024, 10, 27, 2),  # noqa: DTZ001
        datetime(2011, 12, 30),  # noqa: DTZ001 - a day that Samoa left out
        datetime(1914, 1, 1),  # noqa: DTZ001 - the end of local mean time in Brazil
    ]
)
LOCAL = st.datetimes() | st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds), CHANGES, st.integers(-90_000, 90_000)
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2024-07-01T10:30:00Z", "2024-07-01T10:30:00"),
        ("2024-07-01t10:30:00z", "2024-07-01T10:30:00"),
        ("2024-07-01T10:30:00-03:00", "2024-07-01T13:30:00"),
        ("2024-07-01 10:30:00+0530", "2024-07-01T05:00:00"),
        ("2024-07-01T10:30:00.999999Z", "2024-07-01T10:30:00"),
        ("2024-07-01T10:30:00.123456789Z", "2024-07-01T10:30:00"),
        ("2024-07-01T10:30:00+01:00:00.5", "2024-07-01T09:29:59"),
        ("2024-07-01 07:30:00", "2024-07-01T10:30:00"),
        ("2024-07-01T07:30:00", "2024-07-01T10:30:00"),
        (" 2024-07-01T07:30:00.9\n", "2024-07-01T10:30:00"),
        ("2024-07-01", "2024-07-01T03:00:00"),
        ("20240701", "2024-07-01T03:00:00"),
        ("1719829800", "2024-07-01T10:30:00"),
        ("1719829800999", "2024-07-01T10:30:00"),
        (1719829800, "2024-07-01T10:30:00"),
        (1719829800.9, "2024-07-01T10:30:00"),
        (1719829800999, "2024-07-01T10:30:00"),
        (1719829800999.9, "2024-07-01T10:30:00"),
        (0, "1970-01-01T00:00:00"),
        (-0.5, "1969-12-31T23:59:59"),
        (-MILLISECONDS_FROM, "1966-10-31T14:13:20"),
        (MILLISECONDS_FROM - 1, "5138-11-16T09:46:39"),
        (MILLISECONDS_FROM, "1973-03-03T09:46:40"),
        (253402300799999, "9999-12-31T23:59:59"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59"),
        ("9999-12-31T20:59:59", "9999-12-31T23:59:59"),
    ],
)
def test_each_form_names_its_instant(value: Any, instant: str) -> None:
    assert READ_SAO_PAULO(value) == (utc(instant), False)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2018-11-04 00:30:00", "2018-11-04T03:30:00"),
        ("2018-11-04 00:00:00", "2018-11-04T03:00:00"),
        ("2018-11-04 00:59:59", "2018-11-04T03:59:59"),
        ("2018-02-17 23:30:00", "2018-02-18T01:30:00"),
        ("2018-02-17 23:00:00", "2018-02-18T01:00:00"),
        ("2018-02-17 23:59:59", "2018-02-18T01:59:59"),
    ],
)
def test_a_local_time_that_is_no_time_or_two_is_read_with_fold_0_and_said(local: str, instant: str) -> None:
    assert READ_SAO_PAULO(local) == (utc(instant), True)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2018-11-03 23:59:59", "2018-11-04T02:59:59"),
        ("2018-11-04 01:00:00", "2018-11-04T03:00:00"),
        ("2018-02-17 22:59:59", "2018-02-18T00:59:59"),
        ("2018-02-18 00:00:00", "2018-02-18T03:00:00"),
    ],
)
def test_beside_a_change_of_the_clock_nothing_is_doubtful(local: str, instant: str) -> None:
    assert READ_SAO_PAULO(local) == (utc(instant), False)


@settings(max_examples=500)
@given(LOCAL, ZONES)
@example(datetime(2018, 11, 4, 0, 30), SAO_PAULO)  # noqa: DTZ001
@example(datetime(2018, 2, 17, 23, 30), SAO_PAULO)  # noqa: DTZ001
@example(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"))  # noqa: DTZ001
@example(datetime(1914, 1, 1, 0, 6, 27), SAO_PAULO)  # noqa: DTZ001
@example(datetime(1914, 1, 1, 0, 6, 28), SAO_PAULO)  # noqa: DTZ001
def test_local_times_are_those_of_the_zone(moment: datetime, zone: tzinfo) -> None:
    """What is remembered of a day gives what the zone itself gives, also on a day with a change."""
    first, second = (moment.replace(tzinfo=zone, fold=fold, microsecond=0) for fold in (0, 1))
    read = instant_reader(zone)
    try:
        expected = first.astimezone(UTC), first.utcoffset() != second.utcoffset()
    except OverflowError:
        with pytest.raises(ValueError, match=REFUSED):
            read(str(moment))
        return
    assert read(str(moment)) == expected
    assert read(moment.isoformat()) == expected


@given(INSTANTS, OFFSETS, ZONES)
def test_an_instant_is_read_back_from_every_form_that_it_is_written_in(
    instant: datetime, offset: tzinfo, zone: tzinfo
) -> None:
    read, seconds = instant_reader(zone), int(instant.timestamp())
    assume(abs(seconds) < MILLISECONDS_FROM)
    assert read(format_instant(instant)) == (instant, False)
    assert read(seconds) == read(float(seconds)) == (instant, False)
    if abs(seconds * 1000) >= MILLISECONDS_FROM:
        assert read(seconds * 1000) == read(seconds * 1000 + 999) == (instant, False)
    if FIRST + timedelta(1) < instant < LAST - timedelta(1):
        assert read(instant.astimezone(offset).isoformat()) == (instant, False)


@given(INSTANTS, OFFSETS)
def test_an_instant_is_written_in_one_form(instant: datetime, offset: tzinfo) -> None:
    assert format_instant(instant) == instant.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    if FIRST + timedelta(1) < instant < LAST - timedelta(1):
        assert format_instant(instant.astimezone(offset).replace(microsecond=5)) == format_instant(instant)


REFUSED = r"^not a date, or out of range$"
NO_DATES: list[Any] = [
    None, True, False, [], {}, b"2024-07-01", "", " ", "canary", "2024-13-01", "2024-02-30", "2024-07-01T25:00:00",
    "86400", "-1", "1719829800.5", "2024-07-01T10:30:00 UTC", "\ud800", "\u0661" * 10, "\u00b2" * 10,
    "2024-07-01T10:30:00Z" + " " * 40 + "x", "9" * 41, "9" * 5000,
]  # fmt: skip
OUT_OF_RANGE: list[Any] = [
    10**400, -(10**400), 1e300, float("inf"), float("-inf"), float("nan"), 253402300800000, -62135596801000, "9" * 40,
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T21:00:00", "9999-12-31T23:59:59",
]  # fmt: skip


@pytest.mark.parametrize("value", NO_DATES, ids=ascii)
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        READ_SAO_PAULO(value)


@pytest.mark.parametrize("value", OUT_OF_RANGE, ids=lambda value: ascii(value)[:30])
def test_a_date_that_utc_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        READ_SAO_PAULO(value)


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers()),
    st.integers(-(10**18), 10**18), st.text("0123456789-:+.TZ W"), st.datetimes().map(str),
)  # fmt: skip


@settings(max_examples=500)
@given(ANYTHING, ZONES)
def test_anything_else_ends_in_a_value_error_that_holds_no_value(value: Any, zone: tzinfo) -> None:
    try:
        instant, _ = instant_reader(zone)(value)
    except ValueError as error:
        assert re.search(REFUSED, str(error))  # noqa: PT017 - it may raise, or not
    else:
        assert instant.tzinfo is UTC
        assert instant.microsecond == 0
        assert FIRST <= instant <= LAST


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-07-01", "2024-07-01T00:00:00"),
        ("2024-07-01T12:00:00", "2024-07-01T12:00:00"),
        ("2024-07-01T12:00:00-03:00", "2024-07-01T15:00:00"),
        ("2024-07-01 12:00Z", "2024-07-01T12:00:00"),
    ],
)
def test_what_a_person_types_is_utc_unless_it_says_otherwise(text: str, instant: str) -> None:
    assert parse_moment(text) == utc(instant)


@given(
    st.text() | st.text("0123456789-:+.TZ ") | st.sampled_from(["0001-01-01T00:00:00+01:00", "9999-12-31T23:59-01:00"])
)
def test_a_typed_date_is_read_or_refused_with_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_moment(text).tzinfo is UTC
