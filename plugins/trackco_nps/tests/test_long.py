"""Days whose answers are more than memory should hold: they are read as short lists are, and never held."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core import Finding, Page, SourceError, Window
from connector_core.spool import LongList
from plugins.trackco_nps.tests.fake_track import (
    FakeTrack,
    build_answer,
    build_campaign,
    build_config,
    build_partition,
    connected,
)
from trackco_nps import check, extract
from trackco_nps._wire import Wire
from trackco_nps.answers import PAGE
from trackco_nps.chunks import Chunk
from trackco_nps.reading import TRIES, Reading

END = datetime(2024, 7, 10, 15, tzinfo=UTC)
WEEK = Window(datetime(2024, 7, 3, 15, tzinfo=UTC), END)
DAYS = Chunk(WEEK.end.date().replace(day=2), WEEK.end.date().replace(day=11))


def answered(count: int, day: int, first: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Answers of one day of July, at noon in the account's zone."""
    time = int(datetime(2024, 7, day, 15, tzinfo=UTC).timestamp())
    return [build_answer(**{"id": first + n, "time": time} | changes) for n in range(count)]


def read(track: FakeTrack, short: int, wire: Wire) -> tuple[list[Page], str]:
    """All pages of campaign 10, and how it ended, where lists of so many bytes are short."""
    pages: list[Page] = []
    with pytest.MonkeyPatch.context() as patch, connected(track, in_flight=2) as http:
        patch.setattr("connector_core.longbody.SHORT", short)
        try:
            pages.extend(extract(build_partition(answers=100), WEEK, None, evolve(build_config(), wire=wire), http))
        except SourceError as error:
            return pages, str(error)
    return pages, ""


counts = st.integers(0, 4) | st.sampled_from([49, 50, 51, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
odd = st.sampled_from([{}, {"nps_answer": None}, {"nps_answer": "x"}, {"time": 0}, {"campaign_code": 11}])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(counts, st.integers(3, 9), odd), max_size=3),
    st.none() | st.sampled_from([3, 50, PAGE]),
    st.none() | st.just(60),
    st.sampled_from([False, True, "list"]),
    st.booleans(),
    st.booleans(),
)
def test_long_lists_give_the_same_pages_as_short_ones(  # noqa: PLR0913, PLR0917 - one for each switch
    days: list[tuple[int, int, dict[str, Any]]],
    most: int | None,
    bears: int | None,
    ignore_codes: Any,
    ignore_dates: bool,  # noqa: FBT001 - a switch of the API
    compare: bool,  # noqa: FBT001 - a setting
) -> None:
    """Cut or whole, compared or not, of one campaign or more: the same records, places, notes and errors."""
    answers = [a for n, (count, day, change) in enumerate(days) for a in answered(count, day, n * 1000, **change)]
    track = FakeTrack(answers=answers, most=most, bears=bears, ignore_codes=ignore_codes, ignore_dates=ignore_dates)
    assert read(track, 0, Wire(compare_counts=compare)) == read(track, 10**9, Wire(compare_counts=compare))


def test_the_answers_of_a_long_list_are_not_in_memory_and_its_pages_are() -> None:
    track = FakeTrack(answers=answered(2 * PAGE + 1, 9))
    with connected(track) as http:
        (piece,) = Reading("10", Wire(), http, compares=True).pieces([DAYS])
    assert isinstance(piece.answers, LongList)
    assert piece.count == 2 * PAGE + 1
    pages, _ = read(track, 0, Wire())
    assert [len(page.records) for page in pages] == [PAGE, PAGE, 1]


def broken(times: int) -> FakeTrack:
    """Whose list of answers is broken in its middle, so many times."""
    answers = answered(500, 9)
    body = json.dumps(answers[::-1]).encode().replace(b'"id": 400', b'"id": 4.0.0')

    def before_each(_: int) -> None:
        asked = sum(query["path"] == "report/answer" for query in track.asked)
        track.replies = {"report/answer": body} if asked <= times else {}

    track = FakeTrack(answers=answers, before_each=before_each)
    return track


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_list_that_is_broken_in_its_middle_is_asked_for_again(in_flight: int) -> None:
    """As the host does with one that is broken elsewhere, or short."""
    with connected(broken(TRIES - 1), in_flight=in_flight) as http:
        pages = list(extract(build_partition(answers=100), WEEK, None, build_config(), http))
    assert sorted(record["id"] for page in pages for record in page.records) == list(range(500))


def test_a_list_that_stays_broken_ends_its_campaign_before_a_page_of_it_was_given() -> None:
    track = broken(99)
    with connected(track) as http:
        pages = extract(build_partition(answers=100), WEEK, None, build_config(), http)
        with pytest.raises(SourceError, match=r"report/answer: the list that it answered is no JSON somewhere after"):
            next(pages)
    assert len(track.asked) == TRIES


@pytest.mark.parametrize("ignored", ["codes", "dates", ""])
def test_a_check_says_the_same_of_long_lists_as_of_short_ones(ignored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [*answered(60, 8), *answered(5, 9, 100), *answered(7, 9, 200, campaign_code=11)]
    config = build_config(transaction_id_field="Cidade")

    def findings(short: int) -> list[Finding]:
        monkeypatch.setattr("connector_core.longbody.SHORT", short)
        track = FakeTrack([build_campaign()], answers, **{f"ignore_{ignored}": True} if ignored else {})
        with connected(track, config) as http:
            return [*check(config, http)]

    assert findings(0) == findings(10**9)
    assert {finding.ok for finding in findings(0)} == {True, False} if ignored else {True}
