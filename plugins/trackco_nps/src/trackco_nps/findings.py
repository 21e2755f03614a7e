"""`check`: four cheap requests against a real account, and what each tells of the configuration and our assumptions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connector_core import Finding, Partition, SourceError, hookimpl
from trackco_nps import sample
from trackco_nps.campaigns import answer_count, created_on, list_campaigns, not_found, scored_question, sort_out
from trackco_nps.chunks import Chunk, chunks, day_after, recent
from trackco_nps.config import Config
from trackco_nps.reading import answer_rows, asked
from trackco_nps.selection import Own

if TYPE_CHECKING:
    from connector_core import HttpClient

_REFUSALS = {401: "token", 403: "token", 404: "base_url"}
"""What a refusal is about; `check` never raises for these."""


@hookimpl
def check(config: Config, http: "HttpClient") -> Iterator[Finding]:
    """Try the configuration and see which assumptions hold, line by line; a refusal is the last line."""
    try:
        yield from _look(config, http)
    except SourceError as error:
        if error.status not in _REFUSALS:
            raise
        yield Finding(_REFUSALS[error.status], ok=False, text=str(error))


def _look(config: Config, http: "HttpClient") -> Iterator[Finding]:
    campaigns, codeless = sort_out(list_campaigns(http))
    yield Finding("token", ok=True, text="Track.co accepts it")
    wanted = [str(code) for code in dict.fromkeys(config.data_source.campaigns)]
    if wanted:
        yield from (campaign_finding(code, campaigns, config) for code in wanted)
    else:
        yield campaigns_finding(campaigns, len(codeless), config)
    chosen = [campaigns[code] for code in wanted or campaigns if code in campaigns]
    if chosen:
        today = http.clock.now().date()
        yield from _try(max(chosen, key=lambda c: answer_count(c.definition) or 0), today, config, http)
        yield forecast(chosen, today, config)


def _try(campaign: Partition, today: date, config: Config, http: "HttpClient") -> Iterator[Finding]:
    """Read a little of a campaign: its recent days, one of them again by itself, and its report."""
    zone = ZoneInfo(config.data_source.time_zone)
    part = recent(day_after(today), created_on(campaign.definition), answer_count(campaign.definition))
    answers = _answers(campaign, part, config, http)
    yield sample.codes_finding(answers.count, sum(1 for _ in answers.came), campaign.key)
    yield sample.keys_finding(answers)
    yield sample.tags_finding(answers)
    if config.metadata.transaction_id_field:
        yield sample.ticket_finding(answers, config.metadata.transaction_id_field)
    day = sample.fullest_day(answers, zone, before=today)
    if day is not None:
        again = _answers(campaign, Chunk(day, day), config, http)
        dates = sample.dates_finding(day, again)
        yield dates
        if dates.ok:
            yield sample.zone_finding(day, answers, again, zone)
    report = http.get("report/nps", config.wire.days(campaign.key, part)).body
    yield sample.report_finding(report, answers)


def _answers(campaign: Partition, part: Chunk, config: Config, http: "HttpClient") -> Own:
    response = http.send(asked(campaign.key, part, config.wire))
    return Own(answer_rows(response.body, campaign.key), campaign.key)


def campaign_finding(code: str, campaigns: Mapping[str, Partition], config: Config) -> Finding:
    """Whether one listed campaign is there, and what it is."""
    if code not in campaigns:
        return Finding(f"campaign {code}", ok=False, text=not_found([code], campaigns))
    campaign = campaigns[code]
    count = answer_count(campaign.definition)
    counted = "does not count its answers" if count is None else f"counts {count:,} answers"
    return Finding(f"campaign {code}", ok=True, text=f"{campaign.title}: {_kind(campaign, config)}, {counted}")


def campaigns_finding(campaigns: Mapping[str, Partition], codeless: int, config: Config) -> Finding:
    """How many campaigns there are, of which kind."""
    kinds = [_kind(campaign, config) for campaign in campaigns.values()]
    counted = f"together they count {_total(campaigns.values()):,} answers"
    without = f"; {codeless} without a code cannot be read" if codeless else ""
    told = f"{len(kinds)} found: {kinds.count('nps')} nps and {kinds.count('csat')} csat; {counted}{without}"
    return Finding("campaigns", ok=bool(kinds), text=told)


def forecast(chosen: Sequence[Partition], today: date, config: Config) -> Finding:
    """How many requests reading everything takes, against the budget."""
    cut = (chunks(None, day_after(today), created_on(c.definition), answer_count(c.definition)) for c in chosen)
    each = 2 if config.wire.compare_counts else 1
    requests, budget = 1 + each * sum(len(list(parts)) for parts in cut), config.budget
    bound = f"the budget of {budget.requests:,} in {budget.seconds:,} seconds"
    minutes = requests // budget.requests * budget.seconds / 60
    waits = f"more than {bound}, so it waits some {minutes:,.0f} minutes" if minutes else f"within {bound}"
    read = f"{_total(chosen):,} answers in {len(chosen)} campaigns"
    return Finding("forecast", ok=True, text=f"reading everything takes about {requests:,} requests ({read}), {waits}")


def _kind(campaign: Partition, config: Config) -> str:
    return scored_question(campaign.definition, config.wire)[0]


def _total(campaigns: Iterable[Partition]) -> int:
    return sum(answer_count(campaign.definition) or 0 for campaign in campaigns)
