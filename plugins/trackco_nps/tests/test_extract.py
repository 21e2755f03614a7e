"""Reading a campaign's answers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core import Json, Page, Reject, SourceError, TransientError, Window
from plugins.trackco_nps.tests.fake_track import FakeTrack, build_answer, build_config, build_partition, connected
from trackco_nps import extract
from trackco_nps import map as compile_mapper
from trackco_nps._wire import Wire
from trackco_nps.answers import PAGE
from trackco_nps.config import Config

END = datetime(2024, 7, 10, 15, tzinfo=UTC)
ALL = Window(None, END)
WEEK = Window(datetime(2024, 7, 3, 15, tzinfo=UTC), END)


def read(
    track: FakeTrack,
    window: Window = ALL,
    cursor: Json = None,
    in_flight: int = 1,
    config: Config | None = None,
    **campaign: Any,
) -> list[Page]:
    """Read all pages of campaign 10 from a fake API."""
    with connected(track, config, in_flight) as http:
        return list(extract(build_partition(**campaign), window, cursor, config or build_config(), http))


def history() -> list[dict[str, Any]]:
    """Answers of campaign 10, one every six hours from its creation to the end; and one from long before."""
    first = datetime(2024, 1, 15, 12, tzinfo=UTC)
    instants = [first + timedelta(hours=n) for n in range(0, int((END - first).total_seconds() // 3600), 6)]
    instants.append(datetime(2009, 5, 1, tzinfo=UTC))
    return [build_answer(id=n, time=int(instant.timestamp())) for n, instant in enumerate(instants)]


def ids(pages: Iterable[Page]) -> list[int]:
    return sorted(record["id"] for page in pages for record in page.records)


def test_a_first_run_reads_everything_once_and_what_was_imported_before_the_campaign_too() -> None:
    track = FakeTrack(answers=history())
    assert ids(read(track, answers=100_000)) == [answer["id"] for answer in track.answers]
    assert "start" not in track.asked[0]
    assert track.asked[0]["end"] == "2024-01-14"
    assert track.asked[2]["start"] == "2024-01-15"
    assert track.asked[-1]["end"] == "2024-07-11"


def test_a_campaign_is_asked_for_with_its_tags_and_without_a_limit_and_then_for_its_counts() -> None:
    track = FakeTrack()
    read(track, WEEK)
    assert track.asked == [
        {
            "path": "report/answer",
            "codes": "10",
            "start": "2024-07-02",
            "end": "2024-07-11",
            "limit": "-1",
            "tags": "true",
        },
        {"path": "report/nps", "codes": "10", "start": "2024-07-02", "end": "2024-07-11"},
    ]
    assert track.headers["Authorization"] == "bearer 0123456789abcdef"


def test_the_end_is_a_day_later_for_an_account_that_excludes_it() -> None:
    config = evolve(build_config(), wire=Wire(last_day_included=False))
    track = FakeTrack(answers=history(), end_excluded=True)
    assert ids(read(track, config=config, answers=100_000)) == [answer["id"] for answer in track.answers]


zones = st.sampled_from(["America/Sao_Paulo", "UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
instants = st.datetimes(datetime(2024, 6, 1), datetime(2024, 7, 10), timezones=st.just(UTC))  # noqa: DTZ001 - aware by `timezones`


windows = st.tuples(instants, instants, st.booleans()).map(
    lambda drawn: Window(min(drawn[:2]) if drawn[2] else None, max(drawn[:2]))
)


@settings(max_examples=50, deadline=None)
@given(st.lists(instants, max_size=30), windows, zones, st.none() | st.integers(0, 10_000_000))
def test_every_answer_of_a_window_comes_exactly_once_whatever_the_zone(
    posted: list[datetime], window: Window, zone: str, answers: int | None
) -> None:
    answered = [build_answer(id=n, time=int(instant.timestamp())) for n, instant in enumerate(posted)]
    came = ids(read(FakeTrack(answers=answered, zone=zone), window, answers=answers))
    assert len(came) == len(set(came))
    assert set(came) >= {a["id"] for a in answered if window.holds(datetime.fromtimestamp(a["time"], UTC))}


def test_pages_hold_at_most_a_hundred_and_only_the_last_of_a_chunk_is_a_place_to_resume() -> None:
    time = int(datetime(2024, 7, 5, 12, tzinfo=UTC).timestamp())
    pages = read(FakeTrack(answers=[build_answer(id=n, time=time) for n in range(2 * PAGE + 1)]), WEEK)
    assert [len(page.records) for page in pages] == [PAGE, PAGE, 1]
    assert [page.cursor for page in pages] == [None, None, {"until": "2024-07-08"}]


def test_days_that_were_not_over_are_no_place_to_resume_after() -> None:
    """An answer may still be added to them before the interrupted run goes on."""
    pages = read(FakeTrack(), Window(datetime(2024, 7, 5, tzinfo=UTC), END), answers=1_000_000)
    assert [page.cursor and page.cursor["until"] for page in pages] == [
        "2024-07-04",
        "2024-07-05",
        "2024-07-06",
        "2024-07-07",
        "2024-07-08",
        None,
        None,
        None,
    ]


def test_an_empty_chunk_is_an_empty_page_with_its_place() -> None:
    (page,) = read(FakeTrack(), WEEK)
    assert (list(page.records), page.cursor) == ([], {"until": "2024-07-08"})


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=9), timedelta(days=40)])
def test_resuming_after_any_page_reads_the_rest_and_what_came_since(later: timedelta) -> None:
    track = FakeTrack(answers=history())
    pages = read(track, answers=100_000)
    between = [
        build_answer(id=9_000 + n, time=int((END + hours * timedelta(hours=1)).timestamp()))
        for n, hours in enumerate((-0.5, 0.5, 8, 30))
    ]
    now = FakeTrack(answers=[*track.answers, *between])
    window = Window(None, END + later)
    wanted = {a["id"] for a in track.answers}
    wanted |= {a["id"] for a in between[1:] if window.holds(datetime.fromtimestamp(a["time"], UTC))}
    places = [number for number, page in enumerate(pages) if page.cursor]
    assert len(places) > 10
    for number in places:
        rest = read(now, window, pages[number].cursor, answers=100_000)
        assert wanted <= {*ids(pages[: number + 1]), *ids(rest)}
        assert len(ids(rest)) == len(set(ids(rest)))


def test_requests_in_flight_change_nothing_of_what_is_read() -> None:
    track = FakeTrack(answers=history())
    assert read(track, answers=100_000, in_flight=8) == read(track, answers=100_000, in_flight=1)


def test_answers_of_other_campaigns_are_cut_out_and_noted() -> None:
    other = build_answer(id=2, campaign_code="11")
    unsaid = build_answer(id=3, campaign_code=None)
    same = build_answer(id=4, campaign_code=10.0)
    track = FakeTrack(answers=[build_answer(), other, unsaid, same], ignore_codes=True)
    (page,) = read(track, Window(datetime(2024, 6, 28, tzinfo=UTC), END))
    assert sorted(record["id"] for record in page.records) == [3, 4, 1001]
    assert page.notes == ("codes.ignored", "unproven.codes")


def test_the_filter_is_not_blamed_while_it_works() -> None:
    window = Window(datetime(2024, 1, 1, tzinfo=UTC), END)
    assert {page.notes for page in read(FakeTrack(answers=history()), window, answers=100_000)} == {()}


@pytest.mark.parametrize(
    ("came", "counted", "noted"), [(10, 21, True), (11, 21, False), (0, 20, False), (3, None, False)]
)
def test_far_fewer_answers_than_the_campaign_counts_are_noted_once_all_was_read(
    came: int, counted: int | None, noted: object
) -> None:
    pages = read(FakeTrack(answers=history()[:came]), answers=counted)
    assert ("answers.fewer_than_counted" in pages[-1].notes) is noted
    assert all(page.notes == () for page in pages[:-1])


@pytest.mark.parametrize(("window", "cursor"), [(WEEK, None), (ALL, {"until": "2024-07-01"})])
def test_fewer_answers_than_counted_are_no_wonder_where_not_all_was_asked(window: Window, cursor: Json) -> None:
    assert {page.notes for page in read(FakeTrack(), window, cursor, answers=1_000)} == {()}


def test_dates_that_select_nothing_are_noted_and_nothing_is_cut() -> None:
    everything = history()
    pages = read(FakeTrack(answers=everything, ignore_dates=True), WEEK)
    assert ids(pages) == [answer["id"] for answer in everything]
    assert pages[-1].notes == ("dates.ignored", "unproven.dates")


@pytest.mark.parametrize("time", [None, "x", 10**400, -62135596800, 253402300799])
def test_odd_dates_of_answers_do_not_stop_the_reading(time: object) -> None:
    pages = read(FakeTrack(replies={"report/answer": [build_answer(time=time)]}))
    assert ids(pages) == [1001] * len(pages)


def test_a_list_in_an_envelope_is_read_too() -> None:
    (page,) = read(FakeTrack(replies={"report/answer": {"data": [build_answer()]}}), WEEK)
    assert len(page.records) == 1


def test_records_of_any_shape_reach_the_mapper_which_rejects_them() -> None:
    (page,) = read(FakeTrack(replies={"report/answer": ["x", None]}), WEEK)
    mapper = compile_mapper(build_partition(), build_config(), "trackco_nps:")
    assert [mapper(record) for record in page.records] == [Reject("record.shape", "$")] * 2


@pytest.mark.parametrize("body", [{"answers": []}, {"data": {}}, "x", None, 5])
def test_a_body_that_holds_no_list_is_an_error_that_names_the_campaign(body: object) -> None:
    with pytest.raises(SourceError, match="the list of answers of campaign 10 is JSON, but no list") as caught:
        read(FakeTrack(replies={"report/answer": body}))
    assert not caught.value.ends_run


@pytest.mark.parametrize("in_flight", [1, 8])
def test_the_rate_limit_ends_the_run_at_once_and_what_was_read_is_kept(in_flight: int) -> None:
    track = FakeTrack(answers=history(), refuse_from=5)
    with connected(track, in_flight=in_flight) as http:
        pages = extract(build_partition(answers=100_000), ALL, None, build_config(), http)
        kept = [next(pages) for _ in range(2)] if in_flight == 1 else []
        with pytest.raises(TransientError, match=r"wait five minutes|nothing is sent before"):
            list(pages)
    assert len(track.asked) == 5 if in_flight == 1 else len(track.asked) <= 6 + in_flight
    assert all(page.cursor for page in kept)


def test_reading_is_lazy() -> None:
    track = FakeTrack()
    with connected(track) as http:
        pages = extract(build_partition(answers=1_000_000), ALL, None, build_config(), http)
        assert not track.asked
        next(pages)
        assert len(track.asked) == 2
