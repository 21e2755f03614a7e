"""Which days are asked for at once."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Window
from trackco_nps.chunks import EARLIEST, LONGEST_DAYS, Chunk, chunk_days, chunks, outer_days, recent, settled_day

DAY = timedelta(days=1)
days = st.dates(date(2005, 1, 1), date(2035, 1, 1))
counts = st.none() | st.integers(0, 10_000_000)
instants = st.datetimes(datetime(2013, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - aware by `timezones`
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.none() | days, days, st.none() | days, counts)
def test_chunks_cover_every_day_once_and_in_order(
    first: date | None, last: date, created: date | None, answers: int | None
) -> None:
    parts = list(chunks(first, last, created, answers))
    if first is not None and first > last:
        assert not parts
        return
    assert parts[0].first == first
    assert parts[-1].last == last
    assert all(later.first == earlier.last + DAY for earlier, later in pairwise(parts))
    assert all(part.first is None or part.first <= part.last for part in parts)


@given(days, days, counts)
def test_chunks_are_at_most_a_year_long_from_the_campaigns_creation_on(
    last: date, created: date | None, answers: int | None
) -> None:
    parts = list(chunks(None, last, created, answers))
    assert all(part.first and (part.last - part.first).days < LONGEST_DAYS for part in parts[1:])


@given(st.integers(1, 5000), counts)
def test_a_chunk_is_as_long_as_its_answers_allow(span: int, answers: int | None) -> None:
    length = chunk_days(span, answers)
    assert 1 <= length <= LONGEST_DAYS
    if answers and length > 1:
        assert answers / span * length <= 5_000


@pytest.mark.parametrize(
    ("span", "answers", "length"),
    [(1000, 10_000, 365), (1000, 100_000, 50), (1000, 10_000_000, 1), (1000, 0, 365), (1000, None, 31), (1, 5, 365)],
)
def test_lengths_of_chunks_by_example(span: int, answers: int | None, length: int) -> None:
    assert chunk_days(span, answers) == length


def test_everything_before_the_campaign_is_one_chunk_without_a_beginning() -> None:
    assert list(chunks(None, date(2024, 3, 10), date(2024, 3, 1), 50_000)) == [
        Chunk(None, date(2024, 2, 29)),
        *(Chunk(date(2024, 3, day), date(2024, 3, day)) for day in range(1, 11)),
    ]


def test_a_campaign_of_unknown_age_is_cut_from_a_fixed_day_on() -> None:
    first, second, *_ = chunks(None, date(2024, 3, 10), None, None)
    assert (first, second.first) == (Chunk(None, EARLIEST - DAY), EARLIEST)


def test_a_campaign_created_in_the_future_is_one_chunk() -> None:
    assert list(chunks(None, date(2024, 3, 10), date(2030, 1, 1), 7)) == [Chunk(None, date(2024, 3, 10))]


@given(instants, instants, zones)
def test_the_outer_days_cover_the_window_in_any_zone(one: datetime, other: datetime, zone: timezone) -> None:
    start, end = sorted((one, other))
    first, last = outer_days(Window(start, end))
    assert first is not None
    assert first <= start.astimezone(zone).date()
    assert last >= end.astimezone(zone).date()


def test_a_window_without_a_beginning_or_from_long_ago_has_no_first_day() -> None:
    end = datetime(2024, 7, 1, tzinfo=UTC)
    assert outer_days(Window(None, end)) == (None, date(2024, 7, 2))
    assert outer_days(Window(datetime.min.replace(tzinfo=UTC), end)) == (None, date(2024, 7, 2))


@given(instants, zones)
def test_the_settled_day_is_over_in_any_zone(instant: datetime, zone: timezone) -> None:
    assert settled_day(instant) < instant.astimezone(zone).date()


def test_recent_days_are_all_of_a_small_campaign_and_the_last_of_a_large_one() -> None:
    last, created = date(2024, 7, 11), date(2024, 1, 1)
    assert recent(last, created, 100) == Chunk(None, last)
    assert recent(last, created, 241_250) == Chunk(date(2024, 7, 8), last)
    assert recent(last, None, None) == Chunk(date(2024, 6, 11), last)
