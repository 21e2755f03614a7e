"""What a few requests show of one survey's answers: the raw material of `--check`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from attrs import frozen

from connector_core import Json, Partition, Window, instant_reader
from trackco_cxm.config import Config
from trackco_cxm.listing import fetch
from trackco_cxm.proof import Answer, id_of
from trackco_cxm.reading import answer_list, outside_reader
from trackco_cxm.spans import Span, asked_span

if TYPE_CHECKING:
    from connector_core import HttpClient

_APART = timedelta(days=6)
"""Answers this far apart can be told apart by the days asked, in whatever zones."""


@frozen
class Sample:
    """The first page of all answers of a survey, and what two further requests told where they could.

    Attributes:
        first: the first page.
        limit_held: whether a page of one record held one.
        page_held: whether the second page differed from the first.
        days: whether asking for a few days gave the answers of these days, others too, or none.
    """

    partition: Partition
    first: Answer
    limit_held: bool | None = None
    page_held: bool | None = None
    days: Literal["held", "ignored", "misread"] | None = None


def take_sample(partition: Partition, before: Sequence[Sample], config: Config, http: "HttpClient") -> Sample:
    """Look at one survey in up to three requests; what an earlier sample has told is not asked again.

    Raises:
        SourceError: the list of answers cannot be read.
        TransientError: the server cannot be reached.
    """
    everything = asked_span(Window(None, http.clock.now()), None, partition.key)
    first = fetch(http, answer_list(partition, everything, config), config.wire)
    limit_held, page_held, told = None, None, None
    if len(first.records) > 1 and all(sample.page_held is None for sample in before):
        limit_held, page_held = _try_second_page(partition, everything, first, config, http)
    days = _telling_days(first.records, config)
    if days is not None and all(sample.days is None for sample in before):
        answer = fetch(http, answer_list(partition, days, config), config.wire)
        told = _judged(answer.records, days, config)
    return Sample(partition, first, limit_held, page_held, told)


def _judged(records: Sequence[Json], days: Span, config: Config) -> Literal["held", "ignored", "misread"]:
    """What came of asking for days that hold answers."""
    if not records:
        return "misread"
    return "ignored" if outside_reader(config)(days, records) else "held"


def _try_second_page(
    partition: Partition, days: Span, first: Answer, config: Config, http: "HttpClient"
) -> tuple[bool, bool]:
    """Whether the second page of one record each holds one record, and another than the first page begins with."""
    wire, listing = config.wire, answer_list(partition, days, config)
    second = fetch(http, listing, wire, wire.first_page + 1, **{wire.limit_parameter: 1})
    same = second.records and id_of(second.records[0], wire.id_key) == id_of(first.records[0], wire.id_key)
    return len(second.records) == 1, not same


def _telling_days(records: Sequence[Json], config: Config) -> Span | None:
    """A few days that hold the newest of these answers and not the oldest; None when they lie too close together."""
    dates = [instant for _, instant in dates_of(records, config)]
    if not dates or max(dates) - min(dates) < _APART:
        return None
    newest = max(dates).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return Span(newest - timedelta(days=1), newest + timedelta(days=2))


def dates_of(records: Sequence[Json], config: Config) -> list[tuple[Json, datetime]]:
    """The dates of these answers, as given and as instants, as far as they can be read."""
    read, found = instant_reader(ZoneInfo(config.data_source.time_zone)), []
    for record in records:
        try:
            date = record[config.wire.date_key]
            found.append((date, read(date)[0]))
        except (TypeError, KeyError, ValueError):
            continue
    return found
