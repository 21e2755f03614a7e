"""Which days are asked, in which pieces, and where to resume."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.model import Window
from trackco_cxm.days import BEGINNING, CHUNK, Days, asked_days, cursor_after, split

INSTANTS = st.datetimes(timezones=st.just(UTC))
END = datetime(2024, 7, 10, 12, 30, tzinfo=UTC)
OFFSETS = st.timedeltas(timedelta(hours=-12), timedelta(hours=14))


def test_a_window_without_a_start_begins_where_no_such_product_existed() -> None:
    assert asked_days(Window(None, END), None) == Days(BEGINNING, date(2024, 7, 12))


def test_a_day_more_is_asked_at_both_ends() -> None:
    window = Window(datetime(2024, 7, 1, 9, tzinfo=UTC), END)
    assert asked_days(window, None) == Days(date(2024, 6, 30), date(2024, 7, 12))


@given(start=INSTANTS, end=INSTANTS, offset=OFFSETS)
def test_the_days_hold_the_window_in_whatever_zone_the_server_reads_them(
    start: datetime, end: datetime, offset: timedelta
) -> None:
    days = asked_days(Window(start, end), None)
    midnight = datetime.min.time()
    if days.first > date.min:
        assert datetime.combine(days.first, midnight, UTC) - offset <= start
    if days.end < date.max:
        assert datetime.combine(days.end, midnight, UTC) - offset >= end


def test_a_cursor_is_where_reading_goes_on() -> None:
    assert asked_days(Window(None, END), {"until": "2024-07-03T00:00:00Z"}).first == date(2024, 7, 3)


@pytest.mark.parametrize("total", [None, 0, 1, CHUNK])
def test_a_commits_worth_is_not_split(total: int | None) -> None:
    days = Days(date(2024, 1, 1), date(2024, 2, 1))
    assert split(days, total) == [days]


def test_a_day_is_not_split() -> None:
    day = Days(date(2024, 1, 1), date(2024, 1, 2))
    assert split(day, 10 * CHUNK) == [day]


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), length=st.integers(0, 10_000), total=st.integers(0, 10**12))
def test_pieces_adjoin_cover_everything_and_are_as_many_as_needed(first: date, length: int, total: int) -> None:
    days = Days(first, first + timedelta(days=length))
    parts = split(days, total)
    assert (parts[0].first, parts[-1].end) == (days.first, days.end)
    assert all(before.end == after.first for before, after in pairwise(parts))
    assert len(parts) == max(1, min(length, -(-total // CHUNK)))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(start=INSTANTS, end=INSTANTS, now=INSTANTS, share=st.floats(0, 1), offset=OFFSETS)
def test_a_cursor_never_passes_over_what_was_yet_to_come(
    start: datetime, end: datetime, now: datetime, share: float, offset: timedelta
) -> None:
    """Answers posted after the reading, or after the window, must be within what a resumed run asks."""
    window = Window(start, end)
    asked = asked_days(window, None)
    read = Days(asked.first, asked.first + timedelta(days=int(len(asked) * share)))
    until = asked_days(window, cursor_after(read, asked, window, now)).first
    assert asked.first <= until <= max(asked.first, read.end)
    if until > asked.first:
        assert datetime.combine(until, datetime.min.time(), UTC) - offset <= min(end, now)


@pytest.mark.parametrize(
    ("instant", "far"),
    [
        ("2024-07-02T23:59:59", True),
        ("2024-07-03T00:00:00", False),
        ("2024-07-11T23:59:59", False),
        ("2024-07-12T00:00:00", True),
    ],
)
def test_two_days_outside_is_too_far_for_any_pair_of_zones(instant: str, far: object) -> None:
    days = Days(date(2024, 7, 5), date(2024, 7, 10))
    assert days.far_from(datetime.fromisoformat(instant).replace(tzinfo=UTC)) is far
