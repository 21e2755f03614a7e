"""Every answer that existed when a reading began is delivered, whatever changes between any two responses.

Assumed, and kept by the server of these tests: one response is a snapshot, a declared total is true, nothing is
deleted, no edit moves an answer out of its window, and `start` and `end` select by `answered_at`.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any, Literal

import pytest
from attrs import define, field, frozen
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

import trackco_cxm
from connector_core import Call, Json, Page, Response, SourceError, Window
from connector_core.clock import stopped_at
from plugins.trackco_cxm.tests.fake_cxm import NOW, make_config, make_partition, make_survey
from trackco_cxm import spans
from trackco_cxm.proof import Answer, Known

PARTITION, CONFIG = make_partition(make_survey("S")), make_config(wire={"page_size": 4})
WINDOW = Window(NOW - timedelta(days=3), NOW)
MINUTES = 3 * 24 * 60
"""Answers are given at distinct minutes of the window."""


@pytest.fixture(autouse=True, scope="module", params=[spans.CHUNK, 6])
def chunk(request: pytest.FixtureRequest) -> Iterator[None]:
    """In one piece, and in pieces of a day, whose pages are asked for ahead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "CHUNK", request.param)
        yield


@frozen
class Habits:
    """What a server does its own way; the default is the contract.

    Attributes:
        cap: the most records of a page, declared in `meta.limit` or not.
        counts: whether it says how many there are.
        page: whether the page that is asked for is the one that comes.
        dates: whether `start` and `end` select, to the second, by whole days, or not at all.
        ahead: how many pages that are asked for at once are answered in the reverse of their order.
    """

    order: Literal["oldest", "newest", "updated", "restless"] = "oldest"
    cap: int = 4
    declared: bool = True
    counts: bool = True
    page: bool = True
    dates: Literal["seconds", "days", "ignored"] = "seconds"
    ahead: int = 1


HABITS = st.builds(
    Habits,
    st.sampled_from(["oldest", "newest", "updated", "restless"]), st.integers(2, 5), st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from(["seconds", "seconds", "days", "ignored"]), st.integers(1, 3),
)  # fmt: skip
TIMES = st.integers(0, MINUTES - 1) | st.integers(MINUTES - 30, MINUTES - 1)
CHANGES = st.lists(st.lists(st.tuples(st.sampled_from(["add", "edit"]), TIMES), max_size=3), max_size=25)
"""What happens after each response: an answer is added at some minute, or the one nearest to it is edited."""


@define(eq=False)
class Server:
    """An account that changes after each response, at the border of the plugin's HTTP.

    Attributes:
        answers: the number of changes so far, by minute: when each was last touched.
        left: the changes to come.
    """

    habits: Habits
    answers: dict[int, int]
    left: Iterator[list[tuple[str, int]]]
    clock: Any = field(factory=lambda: stopped_at(NOW))
    server_date: Any = None
    served: int = 0

    def get(self, path: str, params: Any = None) -> Response:
        assert "/S/" in path
        return Response(self._answer(params or {}), 200, None)

    def get_each(self, calls: Iterable[Call]) -> Iterator[Response]:
        waiting = iter(calls)
        while some := list(islice(waiting, self.habits.ahead)):
            yield from reversed([self.get(call.path, call.params) for call in reversed(some)])

    def ids(self) -> set[str]:
        return {f"a-{minute}" for minute in self.answers}

    def _answer(self, params: Any) -> Json:
        self.served += 1
        assert self.served < 5_000, "a reading that never ends"
        found = [record(minute, touched) for minute, touched in self.answers.items() if self._selected(minute, params)]
        keys: dict[str, Any] = {"oldest": by_date, "newest": by_date, "updated": lambda one: -one["touched"]}
        found.sort(key=keys.get(self.habits.order, by_date), reverse=self.habits.order == "newest")
        if self.habits.order == "restless":
            random.Random(self.served).shuffle(found)  # noqa: S311 - an order like any other
        size = min(params["limit"], self.habits.cap)
        first = (params["page"] - 1) * size if self.habits.page else 0
        body: dict[str, Any] = {"data": found[first : first + size]}
        if self.habits.counts:
            body["meta"] = {"total": len(found), "limit": size if self.habits.declared else params["limit"]}
        self._change(next(self.left, []))
        return body

    def _selected(self, minute: int, params: Any) -> bool:
        if self.habits.dates == "ignored":
            return True
        length = 10 if self.habits.dates == "days" else 19
        return bool(params["start"][:length] <= at(minute).isoformat()[:length] < params["end"][:length])

    def _change(self, changes: list[tuple[str, int]]) -> None:
        for kind, minute in changes:
            if kind == "edit" and self.answers:
                nearest = min(self.answers, key=lambda one: (abs(one - minute), one))
                self.answers[nearest] = self.served + len(self.answers)
            else:
                self.answers.setdefault(minute, self.served)


def at(minute: int) -> datetime:
    return (NOW - timedelta(minutes=MINUTES - minute)).replace(tzinfo=None)


def record(minute: int, touched: int) -> dict[str, Any]:
    return {"uuid": f"a-{minute}", "answered_at": at(minute).isoformat(sep=" "), "touched": touched}


def by_date(one: dict[str, Any]) -> Any:
    return one["answered_at"]


def server(habits: Habits, minutes: Iterable[int], changes: Iterable[list[tuple[str, int]]]) -> Server:
    return Server(habits, dict.fromkeys(minutes, 0), iter(changes))


def pages(source: Any, cursor: Json = None) -> Iterator[Page]:
    """What the shipped plugin reads."""
    return iter(trackco_cxm.extract(PARTITION, WINDOW, cursor, CONFIG, source))


def ids(read: Iterable[Page]) -> set[str]:
    return {one["uuid"] for page in read for one in page.records}


def is_unproven(read: Iterable[Page]) -> bool:
    return any(note.startswith("unproven") for page in read for note in page.notes)


MANY = list(range(0, MINUTES, 400))


@settings(max_examples=200, deadline=None)
@given(HABITS, st.lists(TIMES, max_size=40), CHANGES)
@example(Habits("updated", counts=True, cap=2), [1, 2, 3, 4], [[("edit", 3)], [("edit", 1)], [("edit", 4)]])
@example(Habits("newest", counts=False, cap=2, declared=False), [1, 2, 3], [[("add", 9)], [("add", 10)]])
@example(Habits("oldest", counts=False, dates="days", cap=2), [1, 2, 3, 1500], [])
@example(Habits("newest", counts=True, page=False, cap=3), MANY, [])
@example(Habits("restless", counts=True, dates="ignored", cap=4), MANY, [])
def test_what_is_not_called_unproven_was_all_delivered(
    habits: Habits, minutes: list[int], changes: list[list[tuple[str, int]]]
) -> None:
    source = server(habits, minutes, changes)
    before, read = source.ids(), list[Page]()
    try:
        read.extend(pages(source))
    except SourceError as error:
        assert "unproven" in str(error)  # noqa: PT017 - both ends are right
        event("refused")
        return
    event("unproven" if is_unproven(read) else "proven")
    if not is_unproven(read):
        assert before <= ids(read)


@settings(max_examples=120, deadline=None)
@given(HABITS, st.lists(TIMES, max_size=40), CHANGES)
def test_where_times_select_a_reading_is_proven_once_changes_stop(
    habits: Habits, minutes: list[int], changes: list[list[tuple[str, int]]]
) -> None:
    """Windows are halved until each is: in whatever order, with or without a count, even if pages are ignored."""
    source = server(Habits(**{**fields(habits), "dates": "seconds"}), minutes, changes)
    before = source.ids()
    read = list(pages(source))
    assert not is_unproven(read)
    assert before <= ids(read)


def fields(habits: Habits) -> dict[str, Any]:
    return {name: getattr(habits, name) for name in ("order", "cap", "declared", "counts", "page", "ahead")}


@settings(max_examples=120, deadline=None)
@given(HABITS, st.lists(TIMES, min_size=5, max_size=40), CHANGES, st.integers(0, 30))
def test_a_reading_that_goes_on_from_any_place_while_the_source_changes_gives_the_rest(
    habits: Habits, minutes: list[int], changes: list[list[tuple[str, int]]], stop: int
) -> None:
    source = server(Habits(**{**fields(habits), "dates": "seconds"}), minutes, changes)
    before, read, cursor = source.ids(), list[Page](), None
    for page in islice(pages(source), stop):
        read.append(page)
        cursor = page.cursor or cursor
    kept = read[: max((number for number, page in enumerate(read, 1) if page.cursor), default=0)]
    rest = list(pages(source, cursor))
    event(f"resumed: {cursor is not None}")
    assert before <= ids(kept) | ids(rest)


@pytest.mark.parametrize("order", ["oldest", "newest", "updated", "restless"])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("dates", ["seconds", "ignored"])
@pytest.mark.parametrize("page", [True, False])
def test_a_source_that_never_stands_still_is_read_in_bounded_time(
    order: Any, counts: Any, dates: Any, page: Any
) -> None:
    """A new answer with every response, in pages of two: proven or not, the reading ends, and what it claims is so."""
    late = ([("add", MINUTES - 1 - number % 1000)] for number in count())
    source = server(Habits(order, 2, counts=counts, page=page, dates=dates), MANY, late)
    before, read = source.ids(), list[Page]()
    with suppress(SourceError):
        read.extend(pages(source))
        assert is_unproven(read) or before <= ids(read)
    assert source.served < 3_000


def test_a_page_that_was_taken_holds_no_records_in_memory_and_gives_none_again() -> None:
    page, known = Answer([{"uuid": "a"}, {"uuid": "b"}], ["a", "b"], 2, None), Known()
    assert (known.take(page), page.records, known.agrees) == ([{"uuid": "a"}, {"uuid": "b"}], [], True)
    assert (known.take(page), known.distinct) == ([], 2)
