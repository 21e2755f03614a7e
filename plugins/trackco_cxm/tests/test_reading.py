"""Reading the answers of one survey from servers of every habit."""

import gc
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol
from urllib.parse import unquote

import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_core import Call
from connector_core.errors import SourceError, TransientError
from connector_core.model import Page, Window
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import FakeCxm, Record, make_answers, make_config, make_partition, make_survey
from trackco_cxm import reading
from trackco_cxm.spans import CHUNK

NOW = datetime(2024, 7, 10, 12, 30, tzinfo=UTC)
EVERYTHING = Window(None, NOW)
PATH = "/v1/organizations/00000000-0000-4000-8000-000000000001/surveys/S/interactions"
FROZEN_MINUTE = timedelta(minutes=1)


class PagesOf(Protocol):
    """Reads the pages of the fake's survey `S`."""

    def __call__(
        self,
        fake: FakeCxm,
        window: Window = EVERYTHING,
        cursor: Any = None,
        *,
        in_flight: int = 1,
        now: datetime = NOW,
        **sections: Any,
    ) -> Iterator[Page]: ...


@pytest.fixture
def pages_of(connect: Connect) -> PagesOf:
    def pages_of(
        fake: FakeCxm,
        window: Window = EVERYTHING,
        cursor: Any = None,
        *,
        in_flight: int = 1,
        now: datetime = NOW,
        **sections: Any,
    ) -> Iterator[Page]:
        http = connect(fake, in_flight=in_flight, now=now)
        return reading.read_answers(make_partition(make_survey("S")), window, cursor, make_config(**sections), http)

    return pages_of


def ids(pages: Iterable[Page]) -> list[str]:
    return [record["uuid"] for page in pages for record in page.records]


def notes(pages: Iterable[Page]) -> list[str]:
    return [note for page in pages for note in page.notes]


def small(size: int = 10) -> dict[str, Any]:
    return {"wire": {"page_size": size}}


def test_a_survey_of_few_answers_is_one_request_as_in_the_contract(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(3)})
    window = Window(datetime(2024, 7, 1, 9, tzinfo=UTC), NOW)
    assert ids(pages_of(fake, window)) == ["a-000000", "a-000001", "a-000002"]
    asked = {"start": "2024-06-30T00:00:00", "end": "2024-07-12T00:00:00", "limit": "100", "page": "1"}
    assert [(unquote(path), query) for path, query in fake.asked] == [(PATH, asked)]


def test_the_last_page_of_a_piece_holds_the_cursor_and_no_other(pages_of: PagesOf) -> None:
    pages = list(pages_of(FakeCxm(answers={"S": make_answers(25)}), **small()))
    assert [(len(page.records), page.cursor) for page in pages] == [
        (10, None),
        (10, None),
        (5, None),
        (0, {"until": "2024-07-09T00:00:00Z"}),
    ]
    assert notes(pages) == []


def test_reading_is_lazy(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(25)})
    pages = pages_of(fake, **small())
    assert fake.asked == []
    next(pages)
    assert len(fake.asked) == 1


def test_a_window_that_was_read_to_its_end_asks_nothing(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": []})
    assert list(pages_of(fake, cursor={"until": "2024-07-12T00:00:00Z"})) == []
    assert fake.asked == []


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100, 101])
@pytest.mark.parametrize(
    "habits",
    [
        {},
        {"bare": True},
        {"counts": False},
        {"cap": 7},
        {"cap": 7, "bare": True},
        {"cap": 1, "counts": False},
        {"ignores": frozenset({"limit"})},
        {"ignores": frozenset({"limit"}), "bare": True},
        {"ignores": frozenset({"page"})},
        {"ignores": frozenset({"page"}), "bare": True},
        {"ignores": frozenset({"page", "limit"}), "bare": True},
    ],
)
def test_every_answer_comes_once_and_proven_whatever_the_servers_habits(
    pages_of: PagesOf, habits: dict[str, Any], count: int, newest_first: Any
) -> None:
    """How many requests are in flight makes no difference."""
    for in_flight in (1, 8):
        fake = FakeCxm(answers={"S": make_answers(count)}, newest_first=newest_first, **habits)
        pages = list(pages_of(fake, in_flight=in_flight, **small()))
        assert sorted(ids(pages)) == [f"a-{number:06}" for number in range(count)]
        assert set(notes(pages)) <= {"page.ignored"}
        assert pages[-1].cursor is not None


def test_a_declared_page_size_below_the_asked_one_is_believed(pages_of: PagesOf) -> None:
    """Where the count is missing, it saves the request that would find the next page empty."""
    records = make_answers(4)
    fake = FakeCxm(answers={"S": []}, body={"data": records, "meta": {"limit": 5}})
    assert len(ids(pages_of(fake))) == 4
    assert len(fake.asked) == 1


def test_a_count_of_something_else_can_be_done_without(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(25)}, miscount=7)
    pages = list(pages_of(fake, wire={"page_size": 10, "total_key": ""}))
    assert (len(ids(pages)), notes(pages)) == (25, [])


@pytest.mark.parametrize("bare", [True, False])
def test_answers_of_one_second_that_fill_the_only_page_are_unproven(pages_of: PagesOf, bare: Any) -> None:
    """Nothing tells a page that ends there from one that is cut, and no smaller window can be asked for."""
    fake = FakeCxm(answers={"S": make_answers(25, apart=timedelta(0))}, ignores=frozenset({"page"}), bare=bare)
    read: list[Page] = []
    with pytest.raises(SourceError, match=r"survey S, answers from 2024-07-10 12:30:00 to .*unproven") as caught:
        read.extend(pages_of(fake, **small()))
    assert "\n" not in str(caught.value)
    assert not caught.value.ends_run
    assert len(set(ids(read))) == 10


@pytest.mark.parametrize("habits", [{"counts": False}, {"bare": True}])
def test_more_answers_of_one_second_than_a_page_holds_are_followed_page_by_page_where_nobody_counts(
    pages_of: PagesOf, habits: Any
) -> None:
    """They keep none of the later ones back, and are noted: what arrives while they are read may be missed."""
    later = make_answers(95)
    backfilled = make_answers(25, end=NOW - timedelta(days=300), apart=timedelta(0))
    answers = [*(record | {"uuid": f"old-{record['uuid']}"} for record in backfilled), *later]
    pages = list(pages_of(FakeCxm(answers={"S": answers}, **habits), **small()))
    assert sorted(ids(pages)) == sorted(record["uuid"] for record in answers)
    assert notes(pages) == ["unproven.no_total"]
    assert pages[-1].cursor is not None


@pytest.mark.parametrize("twins", [[3], [0, 24], [7, 7]])
def test_a_list_that_holds_an_answer_twice_is_proven_piece_by_piece(pages_of: PagesOf, twins: list[int]) -> None:
    records = make_answers(25)
    fake = FakeCxm(answers={"S": [*records, *(records[number] for number in twins)]})
    pages = list(pages_of(fake, **small()))
    assert sorted(ids(pages)) == [record["uuid"] for record in records]
    assert pages[-1].cursor is not None


@pytest.mark.parametrize("miscount", [1, 10**9])
@pytest.mark.parametrize("count", [0, 25])
def test_a_count_that_lies_costs_a_bounded_number_of_requests(pages_of: PagesOf, miscount: int, count: int) -> None:
    """Each of some 30 halvings reads one piece up to three times; then the first piece of all fails."""
    fake = FakeCxm(answers={"S": make_answers(count)}, miscount=miscount)
    with pytest.raises(SourceError, match=r"survey S, answers from 2000-01-01 to .* unproven that all came"):
        list(pages_of(fake, **small()))
    assert len(fake.asked) <= 30 * 3 * 4


def test_days_that_are_ignored_without_a_count_are_read_to_their_end_and_unproven(pages_of: PagesOf) -> None:
    answers = make_answers(95, apart=timedelta(days=1))
    fake = FakeCxm(answers={"S": answers}, ignores=frozenset({"start"}), bare=True)
    pages = list(pages_of(fake, **small()))
    assert {record["uuid"] for record in answers} == set(ids(pages))
    assert notes(pages) == ["unproven.no_total", "filter.ignored"]


@pytest.mark.parametrize("body", [5, "text", {"data": None}, {"items": []}, {}])
def test_a_body_without_a_list_names_the_setting_to_look_at(pages_of: PagesOf, body: Any) -> None:
    with pytest.raises(SourceError, match=r"survey S, .*holds no list under data; set wire.records_key"):
        list(pages_of(FakeCxm(answers={"S": []}, body=body)))


def test_the_list_may_stand_anywhere(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": []}, body={"result": {"items": make_answers(3), "count": 3}})
    wire = {"records_key": "result.items", "total_key": "result.count"}
    assert len(ids(pages_of(fake, wire=wire))) == 3


def test_every_name_of_the_request_can_be_overridden(pages_of: PagesOf) -> None:
    wire = {
        "interactions_path": "/v2/{organization}/answers?survey={survey}",
        "start_parameter": "from",
        "end_parameter": "to",
        "date_format": "%d/%m/%Y",
        "limit_parameter": "per_page",
        "page_parameter": "p",
        "page_size": 7,
        "first_page": 0,
    }
    fake = FakeCxm(answers={"00000000-0000-4000-8000-000000000001": []}, body=[])
    list(pages_of(fake, Window(NOW, NOW), wire=wire))
    [(path, query)] = fake.asked
    assert path == "/v2/00000000-0000-4000-8000-000000000001/answers"
    assert query == {"survey": "S", "from": "09/07/2024", "to": "12/07/2024", "per_page": "7", "p": "0"}


def test_a_survey_without_answers_at_the_assumed_path_fails_alone(pages_of: PagesOf) -> None:
    with pytest.raises(SourceError, match=r"survey S: .*wire.interactions_path") as caught:
        list(pages_of(FakeCxm(answers={})))
    assert (caught.value.status, caught.value.ends_run) == (404, False)


@pytest.mark.parametrize(("status", "error"), [(401, SourceError), (410, SourceError), (503, TransientError)])
def test_other_refusals_stay_what_they_are(pages_of: PagesOf, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(pages_of(FakeCxm(answers={"S": []}, refusals={"/interactions": status})))


def test_records_that_are_no_objects_or_have_no_id_are_counted_by_position(pages_of: PagesOf) -> None:
    odd = [5, None, {"answered_at": "2024-07-01 00:00:00"}, *make_answers(30)]
    pages = list(pages_of(FakeCxm(answers={"S": odd}), **small()))
    assert sum(len(page.records) for page in pages) == 33
    assert pages[-1].cursor is not None


class Account:
    """Changes a fake's survey `S` while its pages are read."""

    def __init__(self, fake: FakeCxm) -> None:
        self.fake, self.made = fake, 0

    def arrive(self, _: Any = None) -> None:
        """One more answer comes in, the newest."""
        self.made += 1
        [record] = make_answers(1, end=NOW + timedelta(seconds=self.made))
        self.fake.answers["S"].append(record | {"uuid": f"new-{self.made}"})

    def vanish(self, page: int) -> None:
        """The first answer is deleted after the first page was read."""
        if page == 1:
            self.fake.answers["S"].pop(0)

    def edit(self, page: int) -> None:
        """The third answer is edited after the first page was read."""
        if page == 1:
            self.fake.answers["S"][2] = self.fake.answers["S"][2] | {"status": 5}


@pytest.mark.parametrize("in_flight", [1, 8])
@pytest.mark.parametrize("newest_first", [True, False])
def test_answers_that_arrive_while_pages_are_read_lose_nothing(
    pages_of: PagesOf, newest_first: Any, in_flight: int
) -> None:
    fake = FakeCxm(answers={"S": make_answers(95)}, newest_first=newest_first)
    account = Account(fake)
    fake.after_page = lambda page: account.arrive() if page <= 30 else None
    pages = list(pages_of(fake, in_flight=in_flight, **small()))
    assert {f"a-{number:06}" for number in range(95)} <= set(ids(pages))
    assert pages[-1].cursor is not None


def test_new_answers_at_the_front_cost_one_more_request_not_another_pass(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(95)}, newest_first=True)
    account = Account(fake)
    fake.after_page = lambda page: account.arrive() if page == 3 else None
    list(pages_of(fake, **small()))
    assert [query["page"] for _, query in fake.asked] == [*map(str, range(1, 11)), "1"]


def test_an_answer_that_moved_up_past_a_page_border_is_found_again(pages_of: PagesOf) -> None:
    """A deletion shifts later answers to pages already read, and the numbers agree all the same."""
    fake = FakeCxm(answers={"S": make_answers(25)})
    fake.after_page = Account(fake).vanish
    pages = list(pages_of(fake, **small()))
    assert sorted(ids(pages)) == [f"a-{number:06}" for number in range(25)]
    assert pages[-1].cursor is not None


def test_only_what_is_new_or_changed_is_given_out_again(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(25)})
    account = Account(fake)

    def change(page: int) -> None:
        account.vanish(page)
        account.edit(page)

    fake.after_page = change
    seen = ids(pages_of(fake, **small()))
    assert {name for name in seen if seen.count(name) > 1} == {"a-000003"}


@pytest.fixture(scope="module")
def many() -> list[Record]:
    """More answers than one piece holds, a minute apart."""
    return make_answers(2 * CHUNK + 500, apart=FROZEN_MINUTE)


LARGE: dict[str, Any] = {"wire": {"page_size": 1000}}


@pytest.mark.parametrize("in_flight", [1, 8])
def test_many_answers_are_read_in_pieces_that_adjoin(pages_of: PagesOf, many: list[Record], in_flight: int) -> None:
    fake = FakeCxm(answers={"S": many})
    pages = list(pages_of(fake, in_flight=in_flight, **LARGE))
    assert sorted(ids(pages)) == [record["uuid"] for record in many]
    sizes, size = [], 0
    for page in pages:
        size += len(page.records)
        if page.cursor is not None:
            sizes.append(size)
            size = 0
    assert max(sizes) <= CHUNK
    assert notes(pages) == []
    probes = [query for _, query in fake.asked if query["page"] == "1"]
    assert len(fake.asked) - len(probes) < 25
    assert len(probes) < 60


@define
class WholeDays(FakeCxm):
    """Takes the end of what is asked for its whole day, so that parts have more than the whole, and has no page behind
    the last."""

    def _selected(self, key: str, query: dict[str, str]) -> list[Any]:
        first, last = query["start"][:10], query["end"][:10]
        return [one for one in self.answers[key] if first <= one["answered_at"][:10] <= last]

    def _page(self, records: list[Any], query: dict[str, str]) -> Any:
        page = super()._page(records, query)
        return page if page["data"] or query["page"] == "1" else None

    def _answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        status, page = super()._answer(path, query)
        return (status, page) if page is not None else (404, {"message": "no such page"})


def test_a_page_that_is_asked_for_ahead_and_not_there_does_no_harm(pages_of: PagesOf) -> None:
    days = make_answers(2 * CHUNK + 500, apart=20 * FROZEN_MINUTE)
    fake = WholeDays(answers={"S": days})
    assert set(ids(pages_of(fake, in_flight=4, wire={"page_size": 100}))) == {record["uuid"] for record in days}


@pytest.mark.parametrize("how", ["is left", "fails"])
def test_a_reading_lets_go_of_what_it_has_asked_for(connect: Connect, many: list[Record], how: str) -> None:
    """Whether it is left early or fails, and its error is kept: others wait for their turn."""
    fake = FakeCxm(answers={"S": many}, after_page=lambda page: refuse() if how == "fails" and page == 45 else None)

    def refuse() -> None:
        fake.body = {"message": "no"}

    http = connect(fake, in_flight=4, now=NOW)
    partition, config = make_partition(make_survey("S")), make_config(**LARGE)
    reading_of_it = reading.read_answers(partition, EVERYTHING, None, config, http)
    kept: list[Exception] = []
    drawn: list[Call] = []
    gc.disable()
    try:
        try:
            assert list(islice(reading_of_it, None if how == "fails" else 3))
        except SourceError as error:
            kept.append(error)
        assert len(kept) == (how == "fails")
        del reading_of_it
        calls = (drawn.append(call) or call for call in [Call(f"surveys?limit=1&page={page}") for page in range(1, 99)])
        next(others := http.get_each(calls))
        assert len(drawn) == 8
    finally:
        gc.enable()
    others.close()


def test_pages_of_a_piece_are_asked_for_before_the_one_in_front_of_it_has_come(
    pages_of: PagesOf, many: list[Record]
) -> None:
    fake, second = FakeCxm(answers={"S": many}), threading.Event()

    def look(_: int) -> None:
        if len({query["start"] for _, query in fake.asked if query["page"] == "2"}) > 1:
            second.set()

    fake.after_page = look
    pages = pages_of(fake, in_flight=8, **LARGE)
    assert next(page for page in pages if page.records)
    assert second.wait(30)
    assert len(ids(pages)) < len(many), "one page was taken before"


@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_piece_that_is_not_proven_is_halved_and_those_behind_it_are_read_on(
    pages_of: PagesOf, many: list[Record], in_flight: int
) -> None:
    """An answer is listed, and counted, twice."""
    place = len(many) // 2
    fake = FakeCxm(answers={"S": [*many[:place], many[place], *many[place:]]})
    pages = list(pages_of(fake, in_flight=in_flight, **LARGE))
    assert sorted(ids(pages)) == [record["uuid"] for record in many]
    assert notes(pages) == []


class Miscounting(FakeCxm):
    """Says something else of how many answers there are where only that is asked."""

    share = 1.0

    def _page(self, records: list[Any], query: dict[str, str]) -> Any:
        page = super()._page(records, query)
        if query["limit"] == "1":
            page["meta"]["total"] = int(page["meta"]["total"] * self.share)
        return page


@pytest.mark.parametrize("in_flight", [1, 8])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.9, 2.1])
def test_counts_that_only_steer_lose_nothing(
    pages_of: PagesOf, many: list[Record], share: float, in_flight: int
) -> None:
    """Whatever they say, fewer or more; and what they cost is bounded."""
    fake = Miscounting(answers={"S": many})
    fake.share = share
    pages = list(pages_of(fake, in_flight=in_flight, **LARGE))
    assert sorted(ids(pages)) == [record["uuid"] for record in many]
    assert notes(pages) == []
    assert len(fake.asked) < 120


def test_a_resumed_reading_gives_the_rest_from_every_cursor(pages_of: PagesOf, many: list[Record]) -> None:
    """Also in a later window: what arrived in the meantime is not passed over."""
    pages = list(pages_of(FakeCxm(answers={"S": many}), **LARGE))
    places = [number for number, page in enumerate(pages) if page.cursor is not None]
    assert len(places) > 3
    places = places[:: len(places) // 4] + places[-1:]
    later = many[-1] | {"uuid": "later", "answered_at": "2024-07-10 12:31:00"}
    window = Window(None, NOW + timedelta(days=2))
    for place in places:
        rest = pages_of(FakeCxm(answers={"S": [*many, later]}), window, pages[place].cursor, **LARGE)
        got = set(ids(pages[: place + 1])) | set(ids(rest))
        assert got == {record["uuid"] for record in many} | {"later"}


# Each example makes its own server; the fixtures that are not made anew hold nothing.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_window_is_covered_in_any_zone_of_the_server(
    pages_of: PagesOf, many: list[Record], data: st.DataObject
) -> None:
    """The fake reads the days asked in its own zone; every answer within the window comes."""
    shift = timedelta(hours=data.draw(st.integers(-12, 14)))
    start = NOW - data.draw(st.timedeltas(timedelta(0), timedelta(days=16)))
    end = start + data.draw(st.timedeltas(timedelta(0), timedelta(days=16)))
    wanted = {r["uuid"] for r in many if start <= datetime.fromisoformat(r["answered_at"] + "Z") < end}
    local = [r | {"answered_at": f"{datetime.fromisoformat(r['answered_at']) + shift:%Y-%m-%d %H:%M:%S}"} for r in many]
    assert wanted <= set(ids(pages_of(FakeCxm(answers={"S": local}), Window(start, end), **LARGE)))


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_server_that_ignores_the_days_is_read_once_not_once_a_piece(
    pages_of: PagesOf, many: list[Record], newest_first: Any, in_flight: int
) -> None:
    fake = FakeCxm(answers={"S": many}, ignores=frozenset({"start"}), newest_first=newest_first)
    pages = list(pages_of(fake, in_flight=in_flight, **LARGE))
    assert sorted(ids(pages)) == [record["uuid"] for record in many]
    assert notes(pages) == ["filter.ignored"]
    assert len(fake.asked) < 30 + 8, "each page once, and the counts of the parts"


def test_days_found_ignored_only_on_a_later_page_are_read_on_in_one_piece(pages_of: PagesOf) -> None:
    """The first page of the first day cannot tell, since the oldest answers are all of that day."""
    crowded = make_answers(CHUNK + 1, end=NOW - timedelta(days=9), apart=timedelta(0))
    fake = FakeCxm(answers={"S": crowded + make_answers(150)}, ignores=frozenset({"start"}))
    for number, record in enumerate(fake.answers["S"]):
        record["uuid"] = f"{number:06}"
    window = Window(NOW - timedelta(days=8), NOW)
    pages = list(pages_of(fake, window, **LARGE))
    assert set(ids(pages)) == {f"{number:06}" for number in range(CHUNK + 151)}
    assert "filter.ignored" in notes(pages)
    assert len([page for page in pages if page.cursor is not None]) <= 2


def test_an_odd_date_among_others_does_not_make_the_days_ignored(pages_of: PagesOf) -> None:
    records = [
        *make_answers(5),
        {"uuid": "x", "answered_at": "soon"},
        {"uuid": "y"},
        {"uuid": "z", "answered_at": None},
    ]
    fake = FakeCxm(answers={"S": []}, body={"data": records, "meta": {"total": len(records)}})
    assert notes(pages_of(fake, Window(NOW - timedelta(days=1), NOW))) == []


def test_ignored_days_are_noted_where_there_is_only_one_piece_too(pages_of: PagesOf) -> None:
    fake = FakeCxm(answers={"S": make_answers(50, apart=timedelta(days=1))}, ignores=frozenset({"start"}))
    pages = list(pages_of(fake, Window(NOW - timedelta(days=1), NOW)))
    assert (len(ids(pages)), notes(pages), len(fake.asked)) == (50, ["filter.ignored"], 1)
