"""A record as JSON, and back: what every target holds, in one place."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from connector_core.model import Feedback, Json, Transaction
from connector_core.times import format_instant

Record = dict[str, Json]
"""A record as JSON: keys in a fixed order, absent where there is nothing to say; `additional_fields` come last."""

Write = Callable[[Record], bytes]
"""Writes a record as one line, without its newline. What the target must not hold is first taken out of the record."""

_WHOLE_SECONDS_UTC = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS

FIELDS = b',"additional_fields":'
"""Stands once in a line, before the last value: within a text, its quotes would be escaped."""


def record_of(f: Feedback) -> Record:
    """The record as JSON."""
    record: Record = {"id": f.id, "kind": f.kind, "rating": f.rating, "title": f.title}
    if f.text is not None:
        record["text"] = f.text
    record["posted_at"] = _instant(f.posted_at)
    if f.author_id is not None:
        record["author_id"] = f.author_id
    if f.author_name is not None:
        record["author_name"] = f.author_name
    record["survey_id"] = f.survey_id
    record["survey_title"] = f.survey_title
    if f.transaction is not None and f.transaction.id:
        record["transaction"] = ticket = {"id": f.transaction.id}
        if f.transaction.platform is not None:
            ticket["platform"] = f.transaction.platform
    fields = f.additional_fields
    record["additional_fields"] = fields if fields.__class__ is dict else dict(fields)
    return record


def _instant(posted_at: datetime) -> str:
    """What `format_instant` says, in a third of the time."""
    if posted_at.tzinfo is not UTC:
        return format_instant(posted_at)
    return orjson.dumps(posted_at, option=_WHOLE_SECONDS_UTC)[1:-1].decode()


def columns_of(line: bytes) -> tuple[Record, str]:
    """The record of a line (`sink.Row`), and apart from it its additional fields, which stay the text that they are."""
    own, _, fields = line.partition(FIELDS)
    return orjson.loads(own + b"}"), fields[:-1].decode()


def feedback_of(record: Record) -> Feedback:
    """The record that `record_of` made this of, without its notes; the given object is used up."""
    ticket = record.pop("transaction", None)
    posted = datetime.fromisoformat(record.pop("posted_at"))
    return Feedback(**record, posted_at=posted, transaction=Transaction(**ticket) if ticket else None)
