"""`--check`: what an account bears out of the configuration and of every assumption about the wire."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connector_core import Finding, Json, Partition, SourceError
from trackco_cxm.config import Config
from trackco_cxm.samples import Sample, take_sample
from trackco_cxm.surveys import choice_fault, chosen_hashes, fault, hash_of, read_surveys, title_of
from trackco_cxm.verdicts import VERDICTS, date_findings, forecast

if TYPE_CHECKING:
    from connector_core import HttpClient

SAMPLED = 10
"""How many surveys are tried; each costs up to three requests."""

_REFUSED = {401: "token", 403: "token", 404: "data_source.organization_id"}


def find(config: Config, http: "HttpClient") -> Iterator[Finding]:
    """Find out, line by line, in a few requests; what the server refuses is a finding, and the last.

    Raises:
        TransientError: the server cannot be reached.
    """
    try:
        surveys = read_surveys(config, http)
    except SourceError as error:
        yield Finding(_REFUSED.get(error.status or 0, "surveys"), ok=False, text=str(error))
        return
    yield Finding("token", ok=True, text="accepted")
    yield Finding("data_source.organization_id", ok=True, text=f"found, with {len(surveys)} surveys")
    yield from _survey_findings(config, surveys)
    readable = _readable(config, surveys)
    samples: list[Sample] = []
    for partition in readable[:SAMPLED]:
        try:
            samples.append(take_sample(partition, samples, config, http))
        except SourceError as error:
            yield Finding("wire.interactions_path", ok=False, text=str(error))
            return
    if not samples:
        yield Finding("wire", ok=None, text="no survey can be imported, so the list of answers was not tried")
        return
    for verdict in VERDICTS:
        yield verdict(samples, config)
    yield from date_findings(samples, config, http.server_date)
    yield forecast(samples, len(readable))


def _survey_findings(config: Config, surveys: Sequence[Json]) -> Iterator[Finding]:
    listed = chosen_hashes(config)
    for key in listed:
        reason = choice_fault(key, surveys, config.wire)
        yield Finding(f"survey {key}", ok=reason is None, text=reason or "found, can be imported")
    if listed:
        return
    faults = [(title_of(survey, config.wire), fault(survey, config.wire)) for survey in surveys]
    good = sum(reason is None for _, reason in faults)
    yield Finding("data_source.surveys", ok=good > 0, text=f"{good} of {len(surveys)} surveys can be imported")
    for title, reason in faults:
        if reason:
            yield Finding(f"survey {title or '(unnamed)'}", ok=None, text=f"is left out: {reason}")


def _readable(config: Config, surveys: Sequence[Json]) -> list[Partition]:
    """The partitions that a run would read, as far as they can be imported."""
    listed = chosen_hashes(config)
    return [
        Partition(key, title_of(survey, config.wire), survey)
        for survey in surveys
        if (key := hash_of(survey)) and fault(survey, config.wire) is None and (not listed or key in listed)
    ]
