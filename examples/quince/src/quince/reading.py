"""What there is to read, and how it is read: surveys, and the responses of one in the order of their updates."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from connector_core import (
    Counted,
    Finding,
    Json,
    Page,
    Partition,
    Response,
    SourceError,
    Unimportable,
    Window,
    format_instant,
    hookimpl,
)
from quince.config import Config

if TYPE_CHECKING:
    from connector_core import HttpClient

SCALES: Mapping[tuple[str, int], tuple[int, int]] = {("nps", 10): (0, 10), ("csat", 5): (1, 5), ("csat", 7): (1, 7)}
"""The lowest and the highest score of each kind of survey that is feedback, by its kind and scale."""


def pages(http: "HttpClient", path: str, params: Mapping[str, Any], cursor: Json = None) -> Iterator[Response]:
    """Follow the cursor of a list to its end."""
    while True:
        answer = http.get(path, {**params, "cursor": cursor})
        following = answer.take("next_cursor", str | None)
        if following is not None and following == cursor:
            raise SourceError(f"{answer.place}: next_cursor leads back to the same page; the rest cannot be read")
        yield answer
        cursor = following
        if cursor is None:
            return


@hookimpl
def partitions(config: Config, http: "HttpClient") -> list[Partition | Unimportable]:
    """List each survey, or each that the configuration names."""
    found = [
        survey(attrs.evolve(page, body=raw))
        for page in pages(http, "surveys", {})
        for raw in page.take("surveys", list)
    ]
    wanted = config.data_source.surveys
    readable = {each.key for each in found if isinstance(each, Partition)}
    missing = sorted({*wanted} - readable)
    if missing:
        which = ", ".join(missing)
        raise SourceError(f"data_source.surveys: the account has no survey {which} that can be imported", ends_run=True)
    return [each for each in found if not wanted or each.key in wanted]


def survey(entry: Response) -> Partition | Unimportable:
    """One entry of the list of surveys."""
    key, title = entry.take("id", str), entry.take("name", str)
    kind, scale = entry.take("kind", str), entry.take("scale", int | None)
    if (kind, scale) not in SCALES:
        return Unimportable(key, title, f"is neither NPS nor CSAT on a scale that is known ({kind}, {scale})")
    return Partition(key, title, {"kind": kind, "scale": scale})


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, http: "HttpClient") -> Iterator[Page]:
    """Read what was updated from the window's start on; the end is left open, as an edit may come at any moment."""
    since = format_instant(window.start) if window.start else None
    for answer in pages(http, responses_of(partition), {"updated_since": since}, cursor):
        yield Page(answer.take("responses", list), answer.take("next_cursor", str | None))


@hookimpl
def count(partition: Partition, window: Window, http: "HttpClient") -> Counted:
    """Ask how many responses were given in the window, tests and unscored ones among them."""
    start = format_instant(window.start) if window.start else None
    params = {"created_from": start, "created_before": format_instant(window.end)}
    return Counted(window, http.get(f"{responses_of(partition)}/count", params).take("count", int))


@hookimpl
def check(config: Config, http: "HttpClient") -> Iterable[Finding]:
    """Try the key, the surveys, and the one thing that reading relies upon: the order of the responses."""
    found = partitions(config, http)
    readable = [each for each in found if isinstance(each, Partition)]
    yield Finding("key", ok=True, text="accepted")
    yield Finding("surveys", ok=bool(readable), text=f"{len(readable)} of {len(found)} can be imported")
    for each in readable[:1]:
        first = http.get(responses_of(each)).take("responses", list)
        updates = [raw.get("updated_at") for raw in first if isinstance(raw, dict)]
        times = [text for text in updates if isinstance(text, str)]
        good = len(times) == len(first) and times == sorted(times)
        yield Finding("order", ok=good, text="responses come in the order of their updates")


def responses_of(partition: Partition) -> str:
    """The path of a survey's responses; an id may hold anything."""
    return f"surveys/{quote(partition.key, safe='')}/responses"
