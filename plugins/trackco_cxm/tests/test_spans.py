"""Which time is asked, in which pieces, and where to resume."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core.errors import SourceError
from connector_core.model import Json, Window
from trackco_cxm.spans import BEGINNING, CHUNK, Span, asked_span, cursor_after, divided, halves, joined, split

INSTANTS = st.datetimes(timezones=st.just(UTC))
END = datetime(2024, 7, 10, 12, 30, tzinfo=UTC)
OFFSETS = st.timedeltas(timedelta(hours=-12), timedelta(hours=14))
SECONDS = "%Y-%m-%dT%H:%M:%S"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("until"), inner),
)


def at(year: int, month: int = 1, day: int = 1, *clock: int) -> datetime:
    """A border: a time of a wall clock."""
    return datetime.combine(date(year, month, day), time(*clock))


def test_a_window_without_a_start_begins_where_no_such_product_existed() -> None:
    assert asked_span(Window(None, END), None, "S") == Span(BEGINNING, at(2024, 7, 12))


@pytest.mark.parametrize("year", [1, 24, 999, 1999])
def test_so_does_one_with_an_earlier_start(year: int) -> None:
    """A year that was mistyped, or that no server would read as it is written: nothing of it is kept as a place."""
    assert asked_span(Window(datetime(year, 7, 1, tzinfo=UTC), END), None, "S").first == BEGINNING
    assert asked_span(Window(None, END), {"until": f"{year:04}-07-01T00:00:00Z"}, "S").first == BEGINNING


def test_a_day_more_is_asked_at_both_ends() -> None:
    window = Window(datetime(2024, 7, 1, 9, tzinfo=UTC), END)
    assert asked_span(window, None, "S") == Span(at(2024, 6, 30), at(2024, 7, 12))


@given(start=INSTANTS, end=INSTANTS, offset=OFFSETS)
def test_the_days_hold_the_window_in_whatever_zone_the_server_reads_them(
    start: datetime, end: datetime, offset: timedelta
) -> None:
    asked = asked_span(Window(start, end), None, "S")
    if asked.first > BEGINNING:
        assert asked.first.replace(tzinfo=UTC) - offset <= start
    if asked.end < at(9999, 12, 31):
        assert asked.end.replace(tzinfo=UTC) - offset >= end


@pytest.mark.parametrize("border", [at(2024, 7, 3), at(2024, 7, 3, 12, 0, 1)])
def test_a_cursor_is_where_reading_goes_on(border: datetime) -> None:
    cursor = {"until": f"{border.isoformat()}Z"}
    assert asked_span(Window(None, END), cursor, "S") == Span(border, at(2024, 7, 12))


@given(cursor=JSON.filter(lambda value: value is not None))
@example(cursor={"until": "2024-07-03"})
@example(cursor={"until": "2024-07-03T00:00:00+03:00"})
@example(cursor={"until": "0001-01-01T00:00:00Z"})
@example(cursor={"until": "9999-12-31T23:59:59.999999Z"})
@example(cursor={"until": 5})
@example(cursor=[])
def test_a_cursor_that_is_none_of_ours_is_one_clear_line(cursor: Json) -> None:
    """Somebody may have edited the state; whatever JSON stands there, the survey and the way out are named."""
    try:
        asked = asked_span(Window(None, END), cursor, "AbC")
    except SourceError as error:
        assert str(error) == (  # noqa: PT017 - most values raise, those that are cursors must not
            "survey AbC: the place to resume in its state cannot be read, it was not written by this plugin;"
            " `connector state reset --partition AbC` makes the next run read the survey anew"
        )
        assert not error.ends_run  # noqa: PT017 - both ends are right
    else:
        said = datetime.fromisoformat(cursor["until"]).replace(tzinfo=None, microsecond=0)
        assert asked.first == max(said, BEGINNING)


@pytest.mark.parametrize("total", [None, 0, 1, CHUNK])
def test_a_commits_worth_is_not_split(total: int | None) -> None:
    span = Span(at(2024), at(2024, 2))
    assert split(span, total) == [span]


@pytest.mark.parametrize("span", [Span(at(2024), at(2024, 1, 2)), Span(at(2024, 1, 1, 6), at(2024, 1, 1, 7))])
def test_a_day_is_not_split(span: Span) -> None:
    assert split(span, 10 * CHUNK) == [span]


@given(
    first=st.datetimes(at(2000), at(2030)).map(lambda border: border.replace(microsecond=0)),
    length=st.integers(1, 10_000),
    total=st.integers(0, 10**12),
)
def test_parts_adjoin_cover_everything_and_are_few(first: datetime, length: int, total: int) -> None:
    """Also where the first day has begun: a cursor may lie within it."""
    begin = datetime.combine(first, time())
    span = Span(first, begin + timedelta(days=length))
    parts = split(span, total)
    assert (parts[0].first, parts[-1].end) == (span.first, span.end)
    assert all(before.end == after.first for before, after in pairwise(parts))
    assert all(part.end.time() == time() and part for part in parts)
    assert len(parts) == 1 if total <= CHUNK else min(length, 8) <= len(parts) <= min(length, 32)
    lengths = [(part.end - max(begin, datetime.combine(part.first, time()))).days for part in parts]
    assert max(lengths) - min(lengths) <= 1


@given(st.lists(st.integers(0, CHUNK // 2) | st.integers(0, 3 * CHUNK), min_size=2, max_size=8).map(tuple))
@example((0, 0, 5, CHUNK, 0))
def test_neighbours_are_joined_while_one_piece_holds_them(sizes: tuple[int, ...]) -> None:
    """They still cover everything; at least two are left, or a count that lies would lead back to where it began."""
    parts = split(Span(at(2000), at(2000) + timedelta(days=len(sizes))), 2 * CHUNK)
    pieces = joined(parts, sizes)
    held = [
        [size for part, size in zip(parts, sizes, strict=True) if piece.first <= part.first < piece.end]
        for piece, _ in pieces
    ]
    assert_adjoining([piece for piece, _ in pieces], Span(parts[0].first, parts[-1].end))
    assert [size for _, size in pieces] == [sum(one) for one in held]
    assert len(pieces) >= 2
    assert all(len(one) == 1 or sum(one) <= CHUNK for one in held)
    assert all(sum(one) + after[0] > CHUNK for one, after in pairwise(held)) or len(pieces) == len(parts)


def days_of(span: Span) -> int:
    return (span.end - span.first).days


def assert_adjoining(pieces: Sequence[Span], whole: Span) -> None:
    """They cover all of it, one after the other."""
    assert (pieces[0].first, pieces[-1].end) == (whole.first, whole.end)
    assert all(before.end == after.first for before, after in pairwise(pieces))


YEARS = Span(at(2000), at(2008))
DAYS = days_of(YEARS)
CROWDS = st.dictionaries(st.integers(0, DAYS - 1), st.integers(1, 3 * CHUNK), max_size=20)


@given(CROWDS)
@example({7: CHUNK, 8: CHUNK, 9: 1})
def test_time_is_divided_until_no_piece_has_too_many_or_days_tell_nothing_more_apart(crowds: dict[int, int]) -> None:
    def count(spans: Sequence[Span]) -> list[int | None]:
        asked.append(len(spans))
        ends = [((span.first - YEARS.first).days, (span.end - YEARS.first).days) for span in spans]
        return [sum(crowds.get(day, 0) for day in range(*both)) for both in ends]

    asked: list[int] = []
    pieces = divided(YEARS, sum(crowds.values()), count)
    assert_adjoining([piece for piece, _ in pieces], YEARS)
    assert [size for _, size in pieces] == count([piece for piece, _ in pieces])
    assert all((size or 0) <= CHUNK or days_of(piece) == 1 for piece, size in pieces)
    assert len(asked) - 1 <= 4 * (len(crowds) or 1), "days are looked for in a few steps each"


@pytest.mark.parametrize("total", [None, 0, CHUNK])
def test_what_one_piece_holds_is_not_counted_in_parts(total: int | None) -> None:
    assert divided(YEARS, total, lambda _: pytest.fail("is asked")) == [(YEARS, total)]


@pytest.mark.parametrize("said", [None, 2 * CHUNK])
def test_counts_that_cannot_be_right_are_not_followed(said: int | None) -> None:
    """A server that ignores the times counts the same in every part; one part that it does not count leaves doubt."""
    asked: list[int] = []

    def count(spans: Sequence[Span]) -> list[int | None]:
        asked.append(len(spans))
        return [said, *[2 * CHUNK] * (len(spans) - 1)]

    pieces = divided(YEARS, 2 * CHUNK, count)
    assert_adjoining([piece for piece, _ in pieces], YEARS)
    assert (asked, {size for _, size in pieces}) == ([len(pieces)], {None})


@pytest.mark.parametrize(
    ("span", "border"),
    [
        (Span(at(2024, 1, 1), at(2024, 1, 5)), at(2024, 1, 3)),
        (Span(at(2024, 1, 1), at(2024, 1, 4)), at(2024, 1, 2)),
        (Span(at(2024, 1, 1, 13), at(2024, 1, 3)), at(2024, 1, 2)),
        (Span(at(2024, 1, 1), at(2024, 1, 2)), at(2024, 1, 1, 12)),
        (Span(at(2024, 1, 1, 6), at(2024, 1, 1, 6, 0, 3)), at(2024, 1, 1, 6, 0, 1)),
    ],
)
def test_days_are_halved_by_days_and_a_day_by_its_time(span: Span, border: datetime) -> None:
    assert halves(span, SECONDS) == [Span(span.first, border), Span(border, span.end)]


@pytest.mark.parametrize(
    ("span", "date_format"),
    [
        (Span(at(2024, 1, 1, 6), at(2024, 1, 1, 6, 0, 1)), SECONDS),
        (Span(at(2024, 1, 1), at(2024, 1, 2)), "%d/%m/%Y"),
        (Span(at(2024, 1, 1, 6), at(2024, 1, 1, 6, 1)), "%Y-%m-%dT%H:%M"),
        (Span(at(2024, 1, 1, 23, 59, 58), at(2024, 1, 2)), "%Y-%m-%dT%H:%M"),
    ],
)
def test_what_cannot_be_written_apart_is_not_halved(span: Span, date_format: str) -> None:
    assert halves(span, date_format) == []


def test_all_time_is_a_second_after_29_halvings() -> None:
    span, times = Span(BEGINNING, at(2026)), 0
    while parts := halves(span, SECONDS):
        span, times = parts[0], times + 1
    assert (span.end - span.first, times) == (timedelta(seconds=1), 29)


def in_zone(name: str) -> Callable[[datetime], datetime]:
    return lambda border: border.replace(tzinfo=ZoneInfo(name)).astimezone(UTC)


def whole_day(border: datetime) -> datetime:
    return datetime.combine(border, time(), UTC)


# A gap (midnight does not exist), an overlap (an hour comes twice), and a server that knows dates only.
@pytest.mark.parametrize("day", [at(2018, 11, 4), at(2018, 2, 17), at(2024, 7, 3)])
@pytest.mark.parametrize("read", [in_zone("America/Sao_Paulo"), whole_day])
@given(second=st.integers(0, 2 * 86_400 - 1), turns=st.lists(st.booleans(), max_size=40))
def test_each_answer_lies_in_a_half_however_the_server_reads_the_borders(
    read: Callable[[datetime], datetime], day: datetime, second: int, turns: list[bool]
) -> None:
    """Halving again and again, in whatever order, never lets an answer fall between two pieces."""
    span, left = Span(day, day + timedelta(days=2)), list(turns)
    answer = read(span.first) + timedelta(seconds=second)
    if answer >= read(span.end):
        return
    pieces = [span]
    while left and (parts := halves(pieces[place := left.pop() * (len(pieces) - 1)], SECONDS)):
        pieces[place : place + 1] = parts
    assert any(read(piece.first) <= answer < read(piece.end) for piece in pieces)


@given(start=INSTANTS, end=INSTANTS, now=INSTANTS, share=st.floats(0, 1), offset=OFFSETS)
def test_a_cursor_never_passes_over_what_was_yet_to_come(
    start: datetime, end: datetime, now: datetime, share: float, offset: timedelta
) -> None:
    """Answers posted after the reading, or after the window, must be within what a resumed run asks."""
    window = Window(start, end)
    asked = asked_span(window, None, "S")
    length = max(0, int((asked.end - asked.first).total_seconds() * share))
    read = Span(asked.first, asked.first + timedelta(seconds=length))
    until = asked_span(window, cursor_after(read, asked, window, now), "S").first
    assert asked.first <= until <= max(asked.first, read.end)
    if until > asked.first:
        assert until.replace(tzinfo=UTC) - offset <= min(end, now)


def test_a_cursor_may_lie_within_a_day_that_was_halved() -> None:
    window, read = Window(None, END), Span(BEGINNING, at(2024, 7, 3, 12))
    assert cursor_after(read, asked_span(window, None, "S"), window, END) == {"until": "2024-07-03T12:00:00Z"}


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
    span = Span(at(2024, 7, 5), at(2024, 7, 10))
    assert span.far_from(datetime.fromisoformat(instant).replace(tzinfo=UTC)) is far


def test_a_span_is_told_as_days_where_its_borders_are_midnights() -> None:
    assert str(Span(at(2024, 7, 3), at(2024, 7, 4, 12))) == "2024-07-03 to 2024-07-04 12:00:00"
