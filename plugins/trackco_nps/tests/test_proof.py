"""Nothing is lost while the source changes: what reading gives, against all that was there when it began.

Assumed: one response is a snapshot; nothing is deleted, no score taken away and no answer moved to another time; the
report counts the scored answers that the list selects.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from connector_core import Json, Page, SourceError, Window
from plugins.trackco_nps.tests.fake_track import (
    SCORES,
    FakeTrack,
    build_answer,
    build_config,
    build_partition,
    connected,
)
from trackco_nps import extract

END = datetime(2024, 7, 10, 15, tzinfo=UTC)
WEEK = Window(datetime(2024, 7, 3, 15, tzinfo=UTC), END)

moments = st.datetimes(datetime(2024, 6, 29), datetime(2024, 7, 11), timezones=st.just(UTC))  # noqa: DTZ001 - aware by `timezones`
scores = st.sampled_from([9, 0, "7", 7, None, 11])
codes = st.sampled_from([10, 10, 11])


@frozen
class Insert:
    """An answer that is added, at any time of any day."""

    at: datetime
    score: Any
    code: int


@frozen
class Edit:
    """An answer whose comment changes, and whose score where it has none yet."""

    number: int
    score: int


Change = Insert | Edit
inserts = st.builds(Insert, moments, scores, codes)
changes = st.lists(inserts | st.builds(Edit, st.integers(0, 30), st.integers(0, 10)), max_size=3)


@frozen
class Api:
    """How the API behaves, apart from what is in it."""

    most: int | None
    ignore_dates: bool
    ignore_codes: bool | Literal["list"]
    zone: str
    salt: int

    def serving(self, answers: list[dict[str, Any]], meanwhile: list[list[Change]]) -> FakeTrack:
        """The API, with changes that come just before each of its next requests, and answers in any order."""

        def change(_: int) -> None:
            for each in meanwhile.pop(0) if meanwhile else ():
                apply(each, answers)

        def order(answer: Mapping[str, Any]) -> float:
            return random.Random(f"{self.salt} {answer['id']}").random()  # noqa: S311 - an order, no secret

        return FakeTrack(
            answers=answers,
            most=self.most,
            ignore_dates=self.ignore_dates,
            ignore_codes=self.ignore_codes,
            zone=self.zone,
            order=order,
            before_each=change,
        )


def apply(change: Change, answers: list[dict[str, Any]]) -> None:
    """Change what is in the account."""
    if isinstance(change, Insert):
        time = int(change.at.timestamp())
        answers.append(
            build_answer(id=len(answers), time=time, nps_answer=change.score, campaign_code=change.code, version=0)
        )
    elif answers:
        edited = answers[change.number % len(answers)]
        edited["version"] += 1
        if edited["nps_answer"] is None:
            edited["nps_answer"] = change.score


def filled(first: list[Insert]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for each in first:
        apply(each, answers)
    return answers


zones = st.sampled_from(["America/Sao_Paulo", "UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
apis = st.builds(
    Api, st.none() | st.integers(1, 8), st.just(value=False), st.just(value=False), zones, st.integers(0, 9)
)
accounts = (st.lists(inserts, max_size=25) | st.lists(inserts, min_size=12, max_size=25)).map(filled)
sizes = st.sampled_from([None, 100, 700_000, 10_000_000])
"""The campaign's own counter, by which chunks are long or short."""
windows = st.sampled_from([WEEK, Window(None, END), Window(END - timedelta(hours=3), END)])


@frozen
class Case:
    """One reading: what is there, how it is served, and what is asked for."""

    answers: list[dict[str, Any]]
    api: Api
    window: Window
    size: int | None

    @property
    def there(self) -> set[int]:
        """The scored answers of campaign 10 in the window."""
        own = [answer for answer in self.answers if answer["campaign_code"] == 10]
        scored = [answer for answer in own if answer["nps_answer"] in SCORES]
        return {each["id"] for each in scored if self.window.holds(datetime.fromtimestamp(each["time"], UTC))}

    def read(
        self, meanwhile: list[list[Change]], cursor: Json = None, enough: Callable[[Page], bool] = lambda _: False
    ) -> tuple[list[Page], bool]:
        """The pages that come, up to one that is enough, and whether nothing says that they may not be all."""
        pages: list[Page] = []
        partition = build_partition(answers=self.size, create_time=int(datetime(2024, 7, 1, tzinfo=UTC).timestamp()))
        with connected(self.api.serving(self.answers, list(meanwhile))) as http:
            try:
                for page in extract(partition, self.window, cursor, build_config(), http):
                    pages.append(page)
                    if enough(page):
                        break
            except SourceError:
                return pages, False
        return pages, are_proven(pages)


cases = st.builds(Case, accounts, apis, windows, sizes)


def are_proven(pages: list[Page]) -> bool:
    return not any(note.startswith("unproven") for page in pages for note in page.notes)


def ids(pages: list[Page]) -> set[int]:
    return {record["id"] for page in pages for record in page.records}


stories = st.lists(changes, max_size=20)


@pytest.mark.parametrize(
    "ignored", [{}, {"ignore_dates": True}, {"ignore_codes": True}, {"ignore_codes": "list"}], ids=str
)
@settings(max_examples=80, deadline=None)
@given(case=cases, meanwhile=stories)
def test_what_is_not_called_unproven_holds_every_answer_that_was_there_when_reading_began(
    ignored: dict[str, Any], case: Case, meanwhile: list[list[Change]]
) -> None:
    case = evolve(case, api=evolve(case.api, **ignored))
    there = case.there
    pages, proven = case.read(meanwhile)
    event(f"proven: {proven}, capped: {case.api.most is not None}")
    if proven:
        assert there <= ids(pages)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_reading_is_proven_when_nothing_changes_and_no_day_is_over_the_cap(case: Case) -> None:
    own = [answer for answer in case.answers if answer["campaign_code"] == 10]
    fullest = max(Counter(day_of(answer, case.api.zone) for answer in own).values(), default=0)
    api = evolve(case.api, most=max(case.api.most or 0, fullest))
    pages, proven = evolve(case, api=api).read([])
    assert proven
    assert case.there <= ids(pages)


def day_of(answer: Mapping[str, Any], zone: str) -> date:
    return datetime.fromtimestamp(answer["time"], ZoneInfo(zone)).date()


@settings(max_examples=60, deadline=None)
@given(cases, stories, stories, st.integers(0, 8), st.integers(0, 50))
def test_resuming_after_any_place_while_the_source_changes_gives_the_rest(
    case: Case, meanwhile: list[list[Change]], later: list[list[Change]], place: int, hours: int
) -> None:
    there = case.there
    left = iter(range(place, -1, -1))
    pages, _ = case.read(meanwhile, enough=lambda page: page.cursor is not None and next(left) == 0)
    while pages and pages[-1].cursor is None:
        pages.pop()
    if pages and are_proven(pages):
        resumed = evolve(case, window=Window(case.window.start, END + timedelta(hours=hours)))
        rest, proven = resumed.read(later, pages[-1].cursor)
        event(f"resumed after {len(pages)}, proven: {proven}")
        if proven:
            assert there <= ids(pages) | ids(rest)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["until", "x"]), inner, max_size=2),
    max_leaves=6,
)
days = st.dates().map(str) | st.dates(date(2024, 6, 1), date(2024, 7, 12)).map(str) | st.text(max_size=12)


@settings(max_examples=120, deadline=None)
@given(json.filter(lambda value: value is not None) | st.builds(lambda day: {"until": day}, days | json))
@example({"until": "9999-12-31"})
@example({"until": "0001-01-01"})
@example({"until": "2024-07-08"})
@example({"until": "2024-07-09"})
def test_a_place_that_is_none_of_ours_is_one_clear_line_whatever_it_is(cursor: Json) -> None:
    track, message, pages = FakeTrack(), "", []
    with connected(track) as http:
        try:
            pages = list(extract(build_partition(), WEEK, cursor, build_config(), http))
        except SourceError as error:
            message = str(error)
    if pages:
        assert date.fromisoformat(cursor["until"]) <= date(2024, 7, 8)
        return
    assert not track.asked
    assert message == (
        "campaign 10: the place in the state up to which it was read is none of ours;"
        " `connector state reset --partition 10` makes it be read anew"
    )


@pytest.mark.parametrize("until", ["2024-07-09", "2999-01-01"])
def test_a_place_after_days_that_were_not_over_is_none_of_ours(until: str) -> None:
    """Read on from there, the days before would be taken for read."""
    with connected(FakeTrack()) as http, pytest.raises(SourceError, match="none of ours"):
        list(extract(build_partition(), WEEK, {"until": until}, build_config(), http))
