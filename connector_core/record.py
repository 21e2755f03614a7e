"""A record as JSON, and back: what every target holds, in one place."""

from datetime import datetime

import orjson

from connector_core.model import Feedback, Json, Transaction
from connector_core.times import format_instant


def record_of(f: Feedback) -> dict[str, Json]:
    """The record as JSON: keys in a fixed order, absent where there is nothing to say."""
    ticket = f.transaction
    record: dict[str, Json] = {
        "id": f.id,
        "kind": f.kind,
        "rating": f.rating,
        "title": f.title,
        "text": f.text,
        "posted_at": format_instant(f.posted_at),
        "author_id": f.author_id,
        "author_name": f.author_name,
        "survey_id": f.survey_id,
        "survey_title": f.survey_title,
        "transaction": ticket and _present({"id": ticket.id, "platform": ticket.platform}),
        "additional_fields": f.additional_fields,
    }
    return _present(record)


def _present(record: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in record.items() if value is not None} if None in record.values() else record


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
