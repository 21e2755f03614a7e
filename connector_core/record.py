"""A record as JSON, and back: what every target holds, in one place."""

from datetime import datetime

import orjson

from connector_core.model import Feedback, Json, Transaction
from connector_core.times import format_instant


def record_of(f: Feedback) -> dict[str, Json]:
    """The record as JSON: keys in a fixed order, absent where there is nothing to say."""
    record: dict[str, Json] = {"id": f.id, "kind": f.kind, "rating": f.rating, "title": f.title}
    if f.text is not None:
        record["text"] = f.text
    record["posted_at"] = format_instant(f.posted_at)
    if f.author_id is not None:
        record["author_id"] = f.author_id
    if f.author_name is not None:
        record["author_name"] = f.author_name
    record["survey_id"] = f.survey_id
    record["survey_title"] = f.survey_title
    if f.transaction is not None:
        platform = {"platform": f.transaction.platform} if f.transaction.platform is not None else {}
        record["transaction"] = {"id": f.transaction.id} | platform
    record["additional_fields"] = f.additional_fields
    return record


_FIELDS = b',"additional_fields":'
"""Stands once in a line, before the last value: within a text, its quotes would be escaped."""


def columns_of(line: bytes) -> tuple[dict[str, Json], str]:
    """The record of a line (`sink.Row`), and apart from it its additional fields, which stay the text that they are."""
    own, _, fields = line.partition(_FIELDS)
    return orjson.loads(own + b"}"), fields[:-1].decode()


def feedback_of(record: dict[str, Json]) -> Feedback:
    """The record that `record_of` made this of, without its notes; the given object is used up."""
    ticket = record.pop("transaction", None)
    posted = datetime.fromisoformat(record.pop("posted_at"))
    return Feedback(**record, posted_at=posted, transaction=Transaction(**ticket) if ticket else None)
