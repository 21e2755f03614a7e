"""Reading ends: what arrives without end, an order that never stands still, and a record that is listed twice."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_core.errors import SourceError
from connector_core.model import Page, Window
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import NOW, FakeCxm, Record, make_answers, make_config, make_partition
from plugins.trackco_cxm.tests.fake_cxm import make_survey as survey
from trackco_cxm import extract

ENOUGH = 3_000
"""So many pages that a reading of these few answers has gone astray."""


def read(connect: Connect, fake: FakeCxm, *, in_flight: int = 1) -> list[Page]:
    window, config = Window(None, NOW + timedelta(days=1)), make_config(wire={"page_size": 10})
    return list(extract(make_partition(survey("S")), window, None, config, connect(fake, in_flight=in_flight)))


def ids(pages: list[Page]) -> list[str]:
    return [record["uuid"] for page in pages for record in page.records]


def arriving(fake: FakeCxm, many: int, at: datetime) -> None:
    """With each response so many answers arrive, all of one second."""

    def arrive(page: int) -> None:
        assert page < ENOUGH, "the reading does not end"
        made = make_answers(many, end=at, apart=timedelta(0))
        fake.answers["S"] += [record | {"uuid": f"new-{page}-{number}"} for number, record in enumerate(made)]

    fake.after_page = arrive


@pytest.mark.parametrize("in_flight", [1, 8])
@pytest.mark.parametrize(("counts", "many"), [(True, 1), (True, 12), (False, 1), (False, 12)])
def test_where_answers_arrive_without_end_all_that_were_there_come(
    connect: Connect, many: int, counts: Any, in_flight: int
) -> None:
    """Only the second in which they arrive may hold more with each look at it, and then it is named as unproven."""
    fake = FakeCxm(answers={"S": make_answers(40)}, counts=counts, newest_first=True)
    arriving(fake, many, NOW + timedelta(seconds=1))
    pages: list[Page] = []
    config, window = make_config(wire={"page_size": 10}), Window(None, NOW + timedelta(days=1))
    try:
        pages.extend(extract(make_partition(survey("S")), window, None, config, connect(fake, in_flight=in_flight)))
    except SourceError as error:
        assert "from 2024-07-10 12:30:01 to 2024-07-10 12:30:02: " in str(error)  # noqa: PT017 - some end well
        assert "unproven" in str(error)  # noqa: PT017 - as above
    else:
        assert {note for page in pages for note in page.notes} <= (set() if counts else {"unproven.no_total"})
    assert {f"a-{number:06}" for number in range(40)} <= set(ids(pages))


@pytest.mark.parametrize("ignored", ["page", "nothing"])
def test_what_is_shuffled_in_each_response_and_counted_by_nobody_is_read_to_an_end(
    connect: Connect, ignored: str
) -> None:
    """Days are ignored too, so that nothing is left to prove it by; and nothing is claimed."""
    answers = make_answers(30, end=datetime(1990, 1, 1, tzinfo=UTC), apart=timedelta(0))
    fake = FakeCxm(answers={"S": answers}, bare=True, ignores=frozenset({"start", ignored}))
    fake.after_page = lambda page: random.Random(page).shuffle(fake.answers["S"])  # noqa: S311 - an order, no secret
    pages = read(connect, fake)
    assert "unproven.no_total" in [note for page in pages for note in page.notes]
    assert len(fake.asked) < 60


def twice(answers: list[Record], number: int) -> list[Record]:
    """One of these answers is listed a second time."""
    return [*answers[:number], answers[number], *answers[number:]]


@pytest.mark.parametrize("apart", [timedelta(hours=1), timedelta(seconds=1)])
@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_record_that_is_listed_and_counted_twice_is_proven_in_the_end(
    connect: Connect, in_flight: int, apart: timedelta
) -> None:
    """It stands on two pages; halved, the two are on one page, whose rows are as many as the count."""
    fake = FakeCxm(answers={"S": twice(make_answers(391, apart=apart), 9)})
    pages = read(connect, fake, in_flight=in_flight)
    assert sorted(ids(pages)) == [f"a-{number:06}" for number in range(391)]
    assert [note for page in pages for note in page.notes] == []
    assert pages[-1].cursor is not None
    assert len(fake.asked) < 30 * 3 * 41


def test_a_full_page_with_a_record_twice_is_no_proof_where_different_records_are_counted(connect: Connect) -> None:
    """Ten rows of nine answers, and ten are counted: one is still to come."""
    answers = twice(make_answers(10), 3)
    fake = FakeCxm(answers={"S": answers}, miscount=-1)
    assert sorted(ids(read(connect, fake))) == [f"a-{number:06}" for number in range(10)]
