"""Reading the answers of one survey: whole days, in pieces of about a commit's worth, each proven to be complete."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connector_core import Json, Page, Partition, Window, instant_reader
from trackco_cxm.config import Config
from trackco_cxm.days import Days, asked_days, cursor_after, split
from trackco_cxm.paging import Listing, fetch, read_all

if TYPE_CHECKING:
    from connector_core import HttpClient


def answer_list(partition: Partition, days: Days, config: Config) -> Listing:
    """The answers of a survey in some days: everything about this request is ASSUMED."""
    wire, name = config.wire, f"survey {partition.key}"
    path = wire.interactions_path.replace("{organization}", quote(config.data_source.organization_id, safe=""))
    return Listing(
        path=path.replace("{survey}", quote(partition.key, safe="")),
        params={
            wire.start_parameter: days.first.strftime(wire.date_format),
            wire.end_parameter: days.end.strftime(wire.date_format),
        },
        id_key=wire.id_key,
        place=f"{name}, answers from {days.first} to {days.end}",
        missing=f"{name}: Track.co lists it but has no answers at this path; check wire.interactions_path with --check",
    )


def outside_reader(config: Config) -> Callable[[Sequence[Json], Days], bool]:
    """Compile the test whether the server ignored the days asked: most of the records' own dates lie far outside."""
    read, key = instant_reader(ZoneInfo(config.data_source.time_zone)), config.wire.date_key

    def far(record: Json, days: Days) -> bool | None:
        try:
            return days.far_from(read(record[key])[0])
        except (TypeError, KeyError, ValueError):
            return None  # the mapper will say what is wrong with this one

    def ignored(records: Sequence[Json], days: Days) -> bool:
        votes = [vote for record in records if (vote := far(record, days)) is not None]
        return sum(votes) * 2 > len(votes)

    return ignored


def read_answers(
    partition: Partition, window: Window, cursor: Json, config: Config, http: "HttpClient"
) -> Iterator[Page]:
    """Read the answers of a survey from a window, a piece at a time; the last page of each, empty, holds the cursor.

    The first page of a piece tells how many answers it has; one of too many is split and asked again. A server that
    ignores the days asked is read in one piece, since every piece would hold everything (note `filter.ignored`).

    Raises:
        SourceError: the survey cannot be read, or it cannot be proven that all of it came.
        TransientError: the server cannot be reached.
    """
    asked, ignored, filtered = asked_days(window, cursor), outside_reader(config), True
    pending = [asked] if len(asked) else []
    while pending:
        days = pending.pop()
        listing = answer_list(partition, days, config)
        first = fetch(http, listing, config.wire)
        if filtered and ignored(first.records, days):
            filtered = False
            days_left = Days(days.first, asked.end)
            if days_left != days:
                pending = [days_left]
                continue
        parts = split(days, first.total) if filtered else [days]
        if len(parts) > 1:
            pending += reversed(parts)
            continue
        for page in read_all(http, listing, config.wire, first):
            filtered = filtered and not ignored(page.records, days)
            yield page
        notes = () if filtered else ("filter.ignored",)
        yield Page((), cursor_after(days, asked, window, http.clock.now()), notes)
        if pending and not filtered:
            pending = [Days(days.end, asked.end)]
