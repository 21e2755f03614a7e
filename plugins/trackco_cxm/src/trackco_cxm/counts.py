"""How many answers the API says it has: `meta.total` of one request for the same days."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connector_core import Counted, Partition, Window
from trackco_cxm.config import Config
from trackco_cxm.listing import fetch
from trackco_cxm.reading import answer_list, outside_reader
from trackco_cxm.spans import BEGINNING, Span

if TYPE_CHECKING:
    from connector_core import HttpClient


def count_answers(partition: Partition, window: Window, config: Config, http: "HttpClient") -> Counted | None:
    """Count the answers of the whole days of `data_source.time_zone` within a window, scored or not.

    None where there is no whole day, the server does not count, or it ignores the days asked.

    Raises:
        SourceError: the list of answers cannot be read.
        TransientError: the server cannot be reached.
    """
    zone = ZoneInfo(config.data_source.time_zone)
    days = whole_days(window, zone)
    if not days:
        return None
    first = fetch(http, answer_list(partition, days, config), config.wire)
    if first.total is None or outside_reader(config)(days, first.records):
        return None
    return Counted(Window(window.start and _instant(days.first, zone), _instant(days.end, zone)), first.total)


def whole_days(window: Window, zone: ZoneInfo) -> Span:
    """The days of a zone that lie within a window from their first instant to their last, if there are any."""
    end = _midnight(window.end.astimezone(zone))
    if window.start is None:
        return Span(BEGINNING, end)
    first = _midnight(window.start.astimezone(zone))
    return Span(first if _instant(first, zone) >= window.start else first + timedelta(days=1), end)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _instant(midnight: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of a day, whether or not the zone's clocks show 00:00 just once."""
    return midnight.replace(tzinfo=zone).astimezone(UTC)
