"""Proving that all answers came: against the API's own counts, or else by what a cut body looks like."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from connector_core import Json, Page, SourceError, TooLargeError, Window
from plugins.trackco_nps.tests.fake_track import FakeTrack, build_answer, build_config, build_partition, connected
from trackco_nps import extract
from trackco_nps._wire import Wire

END = datetime(2024, 7, 10, 15, tzinfo=UTC)
WEEK = Window(datetime(2024, 7, 3, 15, tzinfo=UTC), END)
UNCOMPARED = Wire(compare_counts=False)


def answered(count: int, day: int, first: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Answers of one day of July, at noon in the account's zone."""
    time = int(datetime(2024, 7, day, 15, tzinfo=UTC).timestamp())
    return [build_answer(id=first + n, time=time, **changes) for n in range(count)]


def read(track: FakeTrack, window: Window = WEEK, wire: Wire | None = None, answers: int | None = 100) -> list[Page]:
    """All pages of campaign 10."""
    config = evolve(build_config(), wire=wire or Wire())
    with connected(track, config) as http:
        return list(extract(build_partition(answers=answers), window, None, config, http))


def ids(pages: list[Page]) -> list[int]:
    return sorted(record["id"] for page in pages for record in page.records)


def notes(pages: list[Page]) -> set[str]:
    return {note for page in pages for note in page.notes}


def asked(track: FakeTrack, path: str = "report/answer") -> list[tuple[str, str]]:
    """The days that were asked for, in July."""
    return [(query["start"][-2:], query["end"][-2:]) for query in track.asked if query["path"] == path]


def test_days_whose_answers_a_silent_cap_has_cut_are_read_in_halves_until_all_came() -> None:
    answers = [*answered(7, 4), *answered(7, 5, 100), *answered(7, 9, 200)]
    track = FakeTrack(answers=answers, most=8)
    pages = read(track)
    assert ids(pages) == [answer["id"] for answer in answers]
    assert notes(pages) == set()
    whole, first, last = ("02", "11"), ("02", "06"), ("07", "11")
    assert asked(track) == [whole, whole, first, first, ("02", "04"), ("05", "06"), last]
    assert [page.cursor["until"][-2:] for page in pages] == ["04", "06", "08"]


def test_a_day_of_which_fewer_come_than_are_counted_fails_its_campaign_and_moves_no_place() -> None:
    track = FakeTrack(answers=[*answered(3, 3), *answered(12, 4, 100), *answered(3, 9, 200)], most=10)
    pages = []
    with pytest.raises(SourceError) as caught, connected(track) as http:
        pages.extend(extract(build_partition(answers=100), WEEK, None, build_config(), http))
    assert str(caught.value) == (
        "campaign 10, 2024-07-04: the API counts 12 answers with a score and gave 10, twice; it looks as if it gave at"
        " most 10 answers at once. What came is loaded, and that day is read again next time. If its report"
        " (/report/nps) counts others than its list, set wire.compare_counts to false"
    )
    assert not caught.value.ends_run
    assert [(len(page.records), page.cursor) for page in pages] == [(3, {"until": "2024-07-03"}), (10, None)]


def test_a_day_that_ends_the_beginning_of_time_is_named_too() -> None:
    track = FakeTrack(answers=[build_answer(id=n, time=0) for n in range(3)], most=2)
    with pytest.raises(SourceError, match="campaign 10, up to 1970-01-01: the API counts 3 answers"):
        read(track, Window(None, END))


def test_an_answer_added_between_a_list_and_its_count_is_read_at_once() -> None:
    track = FakeTrack(answers=answered(3, 9))
    track.before_each = lambda number: track.answers.extend(answered(number == 2, 9, 100))  # type: ignore[attr-defined]
    pages = read(track)
    assert ids(pages) == [0, 1, 2, 100]
    assert asked(track) == asked(track, "report/nps") == [("02", "11")] * 2


def test_an_answer_added_at_the_wrong_moment_does_not_hide_one_that_was_cut() -> None:
    """Counted first, the two that are there would be met by two that come: the new one, and one of them."""
    track = FakeTrack(answers=answered(2, 9), most=2)
    track.before_each = lambda number: track.answers.extend(answered(number == 2, 9, 100))  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match="counts 3 answers with a score and gave 2"):
        read(track)


def test_answers_without_a_score_on_the_scale_make_up_for_none_that_is_missing() -> None:
    odd = [build_answer(id=n, time=answered(1, 9)[0]["time"], nps_answer=s) for n, s in enumerate((None, 11, [], "x"))]
    track = FakeTrack(answers=[*answered(3, 9, 100), *odd], most=5)
    with pytest.raises(SourceError, match="counts 3 answers with a score and gave 1,"):
        read(track)
    assert len(ids(read(evolve(track, most=None)))) == 7


def test_answers_of_other_campaigns_make_up_for_none_that_is_missing() -> None:
    others = answered(5, 9, 100, campaign_code=11)
    report = {"nps": 0, "detractors": 3, "passives": 0, "promoters": 0}
    track = FakeTrack(answers=[*answered(3, 9), *others], ignore_codes=True, replies={"report/nps": report})
    assert notes(read(track)) == {"codes.ignored"}
    pages = read(evolve(track, most=6))
    assert len(ids(pages)) == 1
    assert notes(pages) == {"codes.ignored", "unproven.codes"}


def test_what_is_dated_in_no_year_of_the_api_does_not_say_that_dates_select_nothing() -> None:
    odd = [build_answer(id=n, time=time) for n, time in enumerate((-62135596800, 253402300799))]
    everything = FakeTrack(answers=odd, ignore_dates=True)
    assert notes(read(everything)) == set()


def test_nothing_is_compared_where_dates_select_nothing() -> None:
    track = FakeTrack(answers=[*answered(3, 9), build_answer(time=1_500_000_000)], ignore_dates=True, most=3)
    pages = read(track)
    assert notes(pages) == {"dates.ignored", "unproven.dates"}
    assert asked(track, "report/nps") == []


NO_COUNTS: list[dict[str, Any]] = [
    {"statuses": {"report/nps": 404}},
    {"statuses": {"report/nps": 400}},
    {"replies": {"report/nps": {"nps": 50}}},
    {"replies": {"report/nps": {"nps": 50, "detractors": 1, "passives": -1, "promoters": 1}}},
    {"replies": {"report/nps": []}},
]


@pytest.mark.parametrize("missing", NO_COUNTS)
def test_an_api_that_gives_no_counts_is_asked_once_and_noted_once(missing: dict[str, Any]) -> None:
    track = FakeTrack(answers=[*answered(3, 4), *answered(3, 5, 100)], **missing)
    pages = read(track, answers=1_000_000)
    assert len(ids(pages)) == 6
    assert [page.notes for page in pages if page.notes] == [("unproven.counts",)]
    assert pages[-1].notes
    assert asked(track, "report/nps") == [("02", "02"), ("03", "03"), ("04", "04")]


@pytest.mark.parametrize("missing", NO_COUNTS)
def test_an_empty_list_is_proven_by_nothing_where_the_api_gives_no_counts(missing: dict[str, Any]) -> None:
    """Else one that is empty by mistake would make all answers of a campaign be called gone."""
    for answers in (1, 40, None):
        assert notes(read(FakeTrack(**missing), answers=answers)) == {"unproven.counts"}
    assert notes(read(FakeTrack(**missing), answers=0)) == set()
    assert notes(read(FakeTrack(), answers=40)) == set()


def test_a_single_chunk_without_counts_is_noted_among_others_that_have_them() -> None:
    track = FakeTrack(answers=[*answered(3, 4), *answered(3, 5, 100)])
    read(track, answers=1_000_000)
    requests = len(track.asked)

    def fail_the_last(number: int) -> None:
        track.statuses = {"report/nps": 404} if number >= 2 * requests - 1 else {}

    track.before_each = fail_the_last
    pages = read(track, answers=1_000_000)
    assert len(ids(pages)) == 6
    assert notes(pages) == {"unproven.counts"}


def test_another_refusal_of_the_counts_is_an_error() -> None:
    with pytest.raises(SourceError, match="HTTP 418"):
        read(FakeTrack(answers=answered(3, 4), statuses={"report/nps": 418}))


def test_nothing_is_compared_where_the_setting_says_so() -> None:
    track = FakeTrack(answers=answered(12, 4), most=10)
    pages = read(track, wire=UNCOMPARED)
    assert len(ids(pages)) == 10
    assert notes(pages) == set()
    assert asked(track, "report/nps") == []


def test_without_counts_a_round_number_of_answers_is_read_in_halves() -> None:
    answers = [*answered(40, 3), *answered(40, 5, 100), *answered(40, 9, 200)]
    track = FakeTrack(answers=answers, most=100)
    pages = read(track, wire=UNCOMPARED)
    assert ids(pages) == [answer["id"] for answer in answers]
    assert notes(pages) == set()


@pytest.mark.parametrize(("most", "noted"), [(50, True), (100, True), (60, False), (None, False)])
def test_without_counts_two_single_days_of_the_same_round_number_are_noted(most: int | None, noted: object) -> None:
    track = FakeTrack(answers=[*answered(130, 4), *answered(140, 5, 200), *answered(1, 6, 400)], most=most)
    pages = read(track, wire=UNCOMPARED, answers=1_000_000)
    assert [page.notes for page in pages if page.notes] == ([("unproven.capped",)] if noted else [])
    assert [page.cursor["until"][-2:] for page in pages if page.cursor] == [f"0{day}" for day in range(2, 9)]


def test_without_counts_one_single_day_of_a_round_number_is_believed() -> None:
    track = FakeTrack(answers=[*answered(50, 4), *answered(49, 5, 100)])
    assert notes(read(track, wire=UNCOMPARED, answers=1_000_000)) == set()


@pytest.mark.parametrize("bears", [8, 15])
def test_days_whose_answers_are_too_large_are_read_in_halves(bears: int) -> None:
    answers = [*answered(7, 4), *answered(7, 5, 100), *answered(7, 9, 200)]
    pages = read(FakeTrack(answers=answers, bears=bears))
    assert ids(pages) == [answer["id"] for answer in answers]
    assert notes(pages) == set()


def test_what_follows_days_that_were_too_large_is_read_once() -> None:
    answers = [answer for day in range(1, 10) for answer in answered(day, day, day * 100)]
    track = FakeTrack(answers=answers, bears=10)
    pages = read(track, Window(datetime(2024, 1, 1, tzinfo=UTC), END), answers=None)
    assert ids(pages) == [answer["id"] for answer in answers]


def test_a_single_day_that_is_too_large_is_an_error() -> None:
    with pytest.raises(TooLargeError):
        read(FakeTrack(answers=answered(9, 4), bears=8))


@pytest.mark.parametrize("cursor", [None, {"until": "2024-07-05"}])
def test_a_place_is_read_on_from(cursor: Json) -> None:
    track = FakeTrack(answers=[*answered(2, 4), *answered(2, 6, 100)])
    with connected(track) as http:
        pages = list(extract(build_partition(), WEEK, cursor, build_config(), http))
    assert ids(pages) == ([100, 101] if cursor else [0, 1, 100, 101])
    assert date.fromisoformat(track.asked[0]["start"]) == (date(2024, 7, 6) if cursor else date(2024, 7, 2))


def test_halves_of_a_short_chunk_do_not_end_the_chunks_after_it() -> None:
    """Each chunk is a day or two; the long ones before it are cut, the ones after it come all the same."""
    answers = [answer for day in range(1, 11) for answer in answered(3, day, day * 100)]
    track = FakeTrack(answers=answers, most=4)
    pages = read(track, Window(END - timedelta(days=60), END), answers=None)
    assert ids(pages) == [answer["id"] for answer in answers]
