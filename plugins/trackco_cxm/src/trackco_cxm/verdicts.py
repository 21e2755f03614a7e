"""What the samples say of each assumption: pure functions from samples to one line each.

What fails makes an import impossible or wrong; a departure that reading bears is told without a verdict.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from connector_core import Feedback, Finding, Json
from trackco_cxm import scalars
from trackco_cxm.config import Config
from trackco_cxm.mapper import answer_reader, compile_mapper
from trackco_cxm.questions import TYPES, questions_of, type_name
from trackco_cxm.samples import Sample, dates_of

_Told = TypeVar("_Told")

_CLOCKS = timedelta(minutes=5)
"""How far two clocks may differ."""


def path_verdict(samples: Sequence[Sample], _: Config) -> Finding:
    """The path of a survey's answers."""
    return Finding("wire.interactions_path", ok=True, text=f"answered for {len(samples)} surveys, with a list")


def total_verdict(samples: Sequence[Sample], config: Config) -> Finding:
    """Whether the server counts."""
    name = "wire.total_key"
    if all(sample.first.total is not None for sample in samples):
        return Finding(name, ok=True, text=f"the count stands under {config.wire.total_key}")
    text = "no count found: that all answers came is then known only from the pages having ended"
    return Finding(name, ok=None, text=text)


def limit_verdict(samples: Sequence[Sample], config: Config) -> Finding:
    """Whether the records per page are as asked."""
    name, asked = "wire.limit_parameter", config.wire.page_size
    held = _first_told([sample.limit_held for sample in samples])
    most = max(len(sample.first.records) for sample in samples)
    capped = any((sample.first.total or 0) > len(sample.first.records) for sample in samples) and most < asked
    if held is None:
        return Finding(name, ok=None, text="could not be told: no survey has two answers")
    if not held:
        return Finding(name, ok=None, text="is ignored; pages are read as they come")
    return Finding(name, ok=True, text=f"is honoured, but pages end at {most}" if capped else "is honoured")


def page_verdict(samples: Sequence[Sample], _: Config) -> Finding:
    """Whether the page asked is the page given."""
    name, held = "wire.page_parameter", _first_told([sample.page_held for sample in samples])
    if held is None:
        return Finding(name, ok=None, text="could not be told: no survey has two answers")
    if held:
        return Finding(name, ok=True, text="is honoured")
    if _first_told([sample.limit_held for sample in samples]):
        return Finding(name, ok=False, text="is ignored: a survey of many answers cannot be read")
    return Finding(name, ok=None, text="is ignored, and so is the limit: what comes is taken for all there is")


def days_verdict(samples: Sequence[Sample], _: Config) -> Finding:
    """Whether the days asked are the days given."""
    name, told = "wire.start_parameter, wire.end_parameter", _first_told([sample.days for sample in samples])
    if told is None:
        return Finding(name, ok=None, text="could not be told: the answers looked at lie too close together")
    if told == "ignored":
        return Finding(name, ok=None, text="are ignored: every run reads everything")
    text = "are honoured" if told == "held" else "are misread: days that hold answers bring none"
    return Finding(name, ok=told == "held", text=text)


def type_verdict(samples: Sequence[Sample], config: Config) -> Finding:
    """Whether every question is of a known type."""
    known = frozenset(TYPES.values())
    asked = [q.get("type") for sample in samples for q in questions_of(sample.partition.definition, config.wire)]
    unknown = sum(type_name(given) not in known for given in asked)
    text = f"{unknown} of {len(asked)} questions are of an unknown type, their answers are taken as given"
    return Finding("question types", None if unknown else True, text if unknown else f"all {len(asked)} are known")


def reference_verdict(samples: Sequence[Sample], config: Config) -> Finding:
    """Whether the answers refer to questions of their survey's definition."""
    name, known, given = "wire.question_key", 0, 0
    for sample in samples:
        reader = answer_reader(sample.partition.definition, config.wire)
        for record in sample.first.records:
            answers = record.get(config.wire.answers_key) if isinstance(record, dict) else None
            answers = answers if isinstance(answers, list) else []
            known, given = (
                known + sum(reader.asked(answer) in reader.questions for answer in answers),
                given + len(answers),
            )
    if not given:
        return Finding(name, ok=None, text="could not be told: no answers came")
    return Finding(name, ok=known > 0, text=f"{known} of {given} answers refer to a question of their survey")


def record_verdict(samples: Sequence[Sample], config: Config) -> Finding:
    """What would become of the interactions looked at."""
    outcomes: Counter[str] = Counter()
    for sample in samples:
        mapper = compile_mapper(sample.partition, config, "")
        for outcome in (mapper(record) for record in sample.first.records):
            outcomes["imported" if isinstance(outcome, Feedback) else outcome.reason] += 1
    if not outcomes:
        return Finding("records", ok=None, text="could not be told: no interactions came")
    text = ", ".join(f"{number} {name}" for name, number in outcomes.most_common())
    return Finding("records", ok=outcomes["imported"] > 0, text=f"of {outcomes.total()} looked at: {text}")


VERDICTS: Sequence[Callable[[Sequence[Sample], Config], Finding]] = (
    path_verdict,
    total_verdict,
    limit_verdict,
    page_verdict,
    days_verdict,
    type_verdict,
    reference_verdict,
    record_verdict,
)
"""One line each, in this order."""


def date_findings(samples: Sequence[Sample], config: Config, server_date: datetime | None) -> Iterator[Finding]:
    """In what form dates come, and whether the configured zone can be theirs."""
    records = [record for sample in samples for record in sample.first.records if isinstance(record, dict)]
    read, name = dates_of(records, config), "wire.date_key"
    if not records:
        yield Finding(name, ok=None, text="could not be told: there are no answers")
        return
    forms = {_form(date, instant) for date, instant in read}
    text = f"{len(read)} of {len(records)} dates can be read; {', '.join(sorted(forms)) or 'none'}"
    yield Finding(name, ok=len(read) * 2 > len(records), text=text)
    dates = [instant for _, instant in read]
    name, zone = "data_source.time_zone", config.data_source.time_zone
    if server_date is None or not dates:
        yield Finding(name, ok=None, text="could not be told: there is no date, or no clock of the server, to compare")
    elif max(dates) > server_date + _CLOCKS:
        yield Finding(name, ok=False, text=f"read in {zone}, answers lie in the future; set the account's own zone")
    else:
        yield Finding(name, ok=True, text=f"read in {zone}, no answer looked at lies in the future")


def forecast(samples: Sequence[Sample], surveys: int) -> Finding:
    """How many requests reading everything takes, by what the samples hold."""
    totals = [sample.first.total for sample in samples if sample.first.total is not None]
    if len(totals) < len(samples):
        return Finding("forecast", ok=None, text="could not be told: the server does not count")
    size = max(len(sample.first.records) for sample in samples) or 1
    requests = sum(max(1, -(-total // size)) for total in totals) * surveys // len(samples)
    answers = sum(totals) * surveys // len(samples)
    guess = f", judged by {len(samples)} of them" if surveys > len(samples) else ""
    text = f"reading everything takes about {requests + 1:,} requests ({answers:,} answers in {surveys} surveys{guess})"
    return Finding("forecast", ok=True, text=text)


def _first_told(told: Sequence[_Told | None]) -> _Told | None:
    return next((verdict for verdict in told if verdict is not None), None)


def _form(date: Json, instant: datetime) -> str:
    number = scalars.number(date)
    if number is not None:
        return "unix seconds" if number // 1 == instant.timestamp() else "unix milliseconds"
    return "with an offset" if datetime.fromisoformat(str(date).strip()).tzinfo else "without an offset"
