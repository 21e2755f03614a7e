"""Five ways in which APIs hand out a list, each as a generator to read from in `extract`.

What differs is where one may resume: a page's cursor is a promise that going on after it loses nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from connector_core import Call, Json, Page, SourceError, format_instant

if TYPE_CHECKING:
    from connector_core import HttpClient

Params = Mapping[str, Any]
Span = tuple[datetime, datetime]


def by_cursor(http: "HttpClient", path: str, params: Params, cursor: Json) -> Iterator[Page]:
    """The API's own token says where the next page begins: it is the cursor."""
    while True:
        answer = http.get(path, {**params, "cursor": cursor})
        cursor = answer.take("next_cursor", str | None)
        yield Page(answer.take("rows", list), cursor)
        if cursor is None:
            return


def by_link(http: "HttpClient", path: str, params: Params, cursor: Json) -> Iterator[Page]:
    """The `Link` header names the next page, whole: its URL is the cursor."""
    url, query = (cursor, {}) if cursor else (path, params)
    while url:
        answer = http.get(url, query)
        url, query = answer.links.get("next"), {}
        yield Page(answer.take("", list), url)


def by_page_number(http: "HttpClient", path: str, params: Params) -> Iterator[Page]:
    """Pages are numbered, some are asked for at once, and page 3 is not what it was when something arrives before it.

    So no page is a place to resume, and all are read again until as many different rows came as the API counts.
    """
    for _ in range(3):
        first, ids = http.get(path, {**params, "page": 1}), set()
        others = (Call(path, {**params, "page": number}) for number in range(2, first.take("pages", int) + 1))
        for answer in chain([first], http.get_each(others)):
            rows = answer.take("rows", list)
            ids |= {str(id_of(row)) for row in rows}
            yield Page(rows)
        if len(ids) >= answer.take("total", int):
            return
    raise SourceError(f"{first.place}: fewer rows came than the API counts, three times; run it again when it is quiet")


def by_offset(http: "HttpClient", path: str, params: Params, cursor: Json, tries: int = 3) -> Iterator[Page]:
    """The API skips as many rows as it is told to, oldest first: the cursor is where the last row stood, and its id.

    Each page begins with the last row of the one before. Where it does not, something was deleted, all moved up, and
    rows were passed over: then reading begins anew. The end is where nothing follows, not where a page is short.
    """
    offset, last = cursor or (0, None)
    while True:
        rows = http.get(path, {**params, "offset": offset}).take("rows", list)
        if last is not None and [id_of(row) for row in rows[:1]] != [last]:
            break
        fresh = rows if last is None else rows[1:]
        if not fresh:
            return
        offset, last = offset + len(rows) - 1, id_of(rows[-1])
        yield Page(fresh, [offset, last])
    if not tries:
        raise SourceError(f"{path}: its rows change places while they are read; run it again when it is quiet")
    yield from by_offset(http, path, params, None, tries - 1)


def by_time(http: "HttpClient", path: str, span: Span, cursor: Json, most: int = 1000) -> Iterator[Page]:
    """The API gives what lies between two instants, and no more than so many rows: the cursor is the end of a slice.

    A slice that comes full may have been cut, and is halved. Where a window has no start, `span` begins where an
    account can begin at the earliest; it ends where the window does, and not later: what comes then is the next run's.
    """
    start, step = datetime.fromisoformat(cursor) if cursor else span[0], timedelta(days=32)
    while start < span[1]:
        end = min(start + step, span[1])
        rows = http.get(path, {"from": format_instant(start), "to": format_instant(end)}).take("rows", list)
        if len(rows) < most:
            yield Page(rows, format_instant(end))
            start, step = end, step * 2
        elif end - start > timedelta(seconds=1):
            step = timedelta(seconds=(end - start) // timedelta(seconds=2))
        else:
            raise SourceError(f"{path}: {most} rows or more within the second of {format_instant(start)}")


def id_of(row: Json) -> Json:
    """The id of a row; None of what has none."""
    return row.get("id") if isinstance(row, dict) else None
