"""Each way of paging against an API that pages so, resumed after every page, and while the list changes."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connector_core import Endpoint, HttpClient, Json, Page, SourceError, format_instant
from examples.paging.paging import by_cursor, by_link, by_offset, by_page_number, by_time
from tests.fakes import Scripted, answer, hour

Query = dict[str, str]
Reading = Callable[[HttpClient, Json], Iterator[Page]]
ROWS = [{"id": number, "at": format_instant(hour(number))} for number in range(7)]
END = hour(1000)


def api(reply: Callable[[Query], Any], *, link: Callable[[Query], str | None] = lambda _: None) -> HttpClient:
    """A client of an API that answers by a function of the query."""

    def served(target: str) -> Any:
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        following = link(query)
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return answer(200, json.dumps(reply(query)).encode(), **headers)

    return HttpClient(Endpoint("https://api.example/v1"), transport=Scripted(served))


def ids(pages: Any) -> list[int]:
    return [row["id"] for page in pages for row in page.records]


def tokens(query: Query) -> Any:
    start = int(query.get("cursor", "0"))
    return {"rows": ROWS[start : start + 2], "next_cursor": str(start + 2) if start + 2 < len(ROWS) else None}


def linked(query: Query) -> Any:
    return ROWS[int(query.get("from", "0")) :][:2]


def next_link(query: Query) -> str | None:
    start = int(query.get("from", "0")) + 2
    return f"/v1/rows?from={start}&kind=nps" if start < len(ROWS) else None


def offsets(query: Query) -> Any:
    return {"rows": ROWS[int(query["offset"]) :][:3]}


def times(query: Query) -> Any:
    first, end = (datetime.fromisoformat(query[name]) for name in ("from", "to"))
    return {"rows": [row for row in ROWS if first <= datetime.fromisoformat(str(row["at"])) < end][:3]}


def reading_times(http: HttpClient, cursor: Json) -> Iterator[Page]:
    return by_time(http, "rows", (hour(-100), END), cursor, most=3)


WAYS: dict[str, tuple[HttpClient, Reading]] = {
    "cursor": (api(tokens), lambda http, cursor: by_cursor(http, "rows", {"kind": "nps"}, cursor)),
    "link": (api(linked, link=next_link), lambda http, cursor: by_link(http, "rows", {"kind": "nps"}, cursor)),
    "offset": (api(offsets), lambda http, cursor: by_offset(http, "rows", {}, cursor)),
    "time": (api(times), reading_times),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_all_comes_in_order_and_after_every_cursor_one_may_go_on(way: str) -> None:
    http, read = WAYS[way]
    pages = list(read(http, None))
    assert ids(pages) == list(range(7))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        if page.cursor is not None:
            stored = json.loads(json.dumps(page.cursor))
            assert ids(pages[:number]) + ids(read(http, stored)) == list(range(7))


def test_a_next_link_leads_to_no_other_host() -> None:
    http = api(linked, link=lambda _: "https://elsewhere.example/rows")
    pages = by_link(http, "rows", {}, None)
    next(pages)
    with pytest.raises(SourceError, match=r"another host, https://elsewhere\.example"):
        next(pages)


# --- page numbers


def numbered(rows: list[Any], query: Query, *, counted: int | None = None) -> Any:
    start = 2 * (int(query["page"]) - 1)
    total = len(rows) if counted is None else counted
    return {"rows": rows[start : start + 2], "pages": -(-len(rows) // 2), "total": total}


def test_numbered_pages_have_no_cursor() -> None:
    pages = list(by_page_number(api(lambda query: numbered(ROWS, query)), "rows", {}))
    assert ids(pages) == list(range(7))
    assert {page.cursor for page in pages} == {None}


def test_numbered_pages_that_shift_while_they_are_read_are_read_again() -> None:
    """A row arrives in front when the first page was read, so that one slips behind the last page."""
    rows = [dict(row) for row in ROWS[:6]]

    def reply(query: Query) -> Any:
        if query["page"] == "2" and len(rows) == 6:
            rows.insert(0, {"id": 99})
        return numbered(rows, query)

    pages = list(by_page_number(api(reply), "rows", {}))
    assert sorted({*ids(pages)}) == [*range(6), 99]
    assert [raw["id"] for raw in pages[0].records] == [0, 1]


def test_numbered_pages_that_never_agree_with_the_count_are_not_called_complete() -> None:
    http = api(lambda query: numbered(ROWS, query, counted=8))
    with pytest.raises(SourceError, match="fewer rows came than the API counts"):
        list(by_page_number(http, "rows", {}))


# --- offsets


def test_rows_that_move_up_while_they_are_read_are_not_passed_over() -> None:
    rows = [dict(row) for row in ROWS]

    def reply(query: Query) -> Any:
        if query["offset"] == "2" and len(rows) == 7:
            del rows[0]
        return {"rows": rows[int(query["offset"]) :][:3]}

    assert {*ids(by_offset(api(reply), "rows", {}, None))} == {*range(7)}


def test_a_cursor_of_a_list_that_has_moved_up_begins_anew() -> None:
    http = api(lambda query: {"rows": ROWS[1:][int(query["offset"]) :][:3]})
    assert ids(by_offset(http, "rows", {}, [2, 2])) == list(range(1, 7))


def test_rows_that_never_stay_in_their_places_are_not_read_for_ever() -> None:
    http = api(lambda query: {"rows": [{"id": query["offset"]}, {"id": "x"}]})
    with pytest.raises(SourceError, match="its rows change places"):
        list(by_offset(http, "rows", {}, None))


def test_a_page_that_is_shorter_than_usual_is_not_the_end() -> None:
    http = api(lambda query: {"rows": ROWS[int(query["offset"]) :][: 2 if query["offset"] == "0" else 3]})
    assert ids(by_offset(http, "rows", {}, None)) == list(range(7))


def test_an_empty_list_has_no_page() -> None:
    assert list(by_offset(api(lambda _: {"rows": []}), "rows", {}, None)) == []


# --- times


def test_a_window_begins_where_the_run_says() -> None:
    http = api(times)
    assert ids(by_time(http, "rows", (hour(3), END), None, most=3)) == [3, 4, 5, 6]


def test_a_second_that_holds_more_than_the_api_gives_is_named() -> None:
    crowded = [{"id": number, "at": format_instant(hour(1))} for number in range(3)]

    def reply(query: Query) -> Any:
        first, end = (datetime.fromisoformat(query[name]) for name in ("from", "to"))
        return {"rows": crowded if first <= hour(1) < end else []}

    with pytest.raises(SourceError, match="within the second of 2024-01-01T01:00:00Z"):
        list(by_time(api(reply), "rows", (hour(0), hour(9)), None, most=3))


def test_the_end_of_the_last_slice_is_the_end_of_the_window() -> None:
    """Not later: what is posted after it and before the next run must come then."""
    (*_, last) = by_time(api(times), "rows", (hour(0), END), None, most=9)
    assert last.cursor == format_instant(END)
