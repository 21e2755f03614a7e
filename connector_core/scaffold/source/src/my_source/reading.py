"""What there is to read, and how it is read: surveys, and the answers of one, page by page."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from connector_core import (
    Counted,
    Finding,
    Json,
    Page,
    Partition,
    Response,
    Unimportable,
    Window,
    format_instant,
    hookimpl,
)

if TYPE_CHECKING:
    from connector_core import HttpClient


@hookimpl
def partitions(http: "HttpClient") -> list[Partition | Unimportable]:
    """List what can be read by itself: here each survey that asks for a score."""
    answer = http.get("surveys")
    return [survey(attrs.evolve(answer, body=raw)) for raw in answer.take("surveys", list)]


def survey(entry: Response) -> Partition | Unimportable:
    """One entry of the list of surveys; its key must stay the same for ever."""
    key, title, kind = entry.take("id", str), entry.take("name", str), entry.take("kind", str)
    if kind not in ("nps", "csat"):
        return Unimportable(key, title, f"asks for no score ({kind})")
    return Partition(key, title, {"kind": kind})


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, http: "HttpClient") -> Iterator[Page]:
    """Deliver at least what was posted in the window. A page's cursor is from where one may go on after it."""
    while True:
        answer = http.get(answers_of(partition), {**bounds(window), "cursor": cursor})
        cursor = answer.take("next", str | None)
        yield Page(answer.take("answers", list), cursor)
        if cursor is None:
            return


@hookimpl
def count(partition: Partition, window: Window, http: "HttpClient") -> Counted:
    """Ask how many answers there are, for `--reconcile`; leave this hook out if your API does not count."""
    return Counted(window, http.get(answers_of(partition), bounds(window)).take("total", int))


@hookimpl
def check(http: "HttpClient") -> Iterable[Finding]:
    """Try the token, and each assumption about the API, with a few cheap requests."""
    found = partitions(http)
    readable = [each for each in found if isinstance(each, Partition)]
    yield Finding("token", ok=True, text="accepted")
    yield Finding("surveys", ok=bool(readable), text=f"{len(readable)} of {len(found)} can be imported")


def bounds(window: Window) -> dict[str, str | None]:
    """The query that selects a window: the start is included, the end is not."""
    return {"from": format_instant(window.start) if window.start else None, "to": format_instant(window.end)}


def answers_of(partition: Partition) -> str:
    """The path of a survey's answers; an id may hold anything."""
    return f"surveys/{quote(partition.key, safe='')}/answers"
