"""What the API itself counts: `/report/nps`, asked for the same days as the answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connector_core import Counted, Json, Partition, SourceError, Window, hookimpl
from trackco_nps import parts, values
from trackco_nps._wire import Wire
from trackco_nps.chunks import Chunk, instants, whole_days
from trackco_nps.config import Config

if TYPE_CHECKING:
    from connector_core import HttpClient

_NO_REPORT = (400, 404)
"""Statuses of an API that has no report for what was asked."""

_BANDS = ("detractors", "passives", "promoters")
_LOWEST_NPS, _HIGHEST_NPS = -100, 100


@hookimpl
def count(partition: Partition, window: Window, config: Config, http: "HttpClient") -> Counted | None:
    """Ask for a campaign's report of the whole days of `data_source.time_zone` within the window."""
    zone = ZoneInfo(config.data_source.time_zone)
    days = whole_days(window, zone)
    if days is None:
        return None
    told = report(partition.key, days, config.wire, http)
    found, nps = bands(told), _nps(told)
    if found is None and nps is None:
        return None
    return Counted(instants(days, zone), sum(found) if found else None, scored_only=True, bands=found, nps=nps)


def report(code: str, part: Chunk, wire: Wire, http: "HttpClient") -> Json:
    """The report of a campaign's answers of some days; None where the API has none."""
    try:
        return http.get("report/nps", wire.days(code, part)).body
    except SourceError as error:
        if error.status not in _NO_REPORT:
            raise
        return None


def bands(told: Json) -> tuple[int, int, int] | None:
    """How many detractors, passives and promoters a report counts; None where it does not say all three (DOC v1)."""
    counts = [values.whole(told.get(band)) for band in _BANDS] if isinstance(told, dict) else []
    detractors, passives, promoters = counts or (None, None, None)
    return None if detractors is None or passives is None or promoters is None else (detractors, passives, promoters)


def scored(answers: Iterable[Json]) -> int:
    """How many answers have a score on the scale: those that a report counts (ASSUMED)."""
    return sum(map(is_scored, answers))


def is_scored(answer: Json) -> bool:
    """Whether an answer is one of them."""
    try:
        return isinstance(answer, dict) and parts.score(answer) is not None
    except parts.MisfitError:
        return False


def _nps(told: Json) -> float | None:
    value = told.get("nps") if isinstance(told, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if _LOWEST_NPS <= value <= _HIGHEST_NPS else None
