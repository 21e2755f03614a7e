"""A record as JSON, and back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core.jsontext import encode, repaired
from connector_core.model import Feedback, Transaction
from connector_core.record import columns_of, feedback_of, record_of
from connector_core.times import format_instant
from tests.fakes import feedback

YEARS = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - the strategy gives them a zone
texts = st.text(st.characters(exclude_categories=()))
tickets = st.none() | st.builds(Transaction, texts.filter(bool), st.none() | texts)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
records = st.builds(
    feedback,
    texts,
    title=texts,
    text=st.none() | texts | st.just('","additional_fields":{'),
    author_id=st.none() | texts,
    author_name=st.none() | texts,
    transaction=tickets,
    additional_fields=st.dictionaries(texts | st.just("additional_fields"), values, max_size=3),
)


@given(records)
def test_a_record_made_again_of_its_json_is_the_same(record: Feedback) -> None:
    assert feedback_of(record_of(record)) == record


def test_additional_fields_may_be_any_mapping() -> None:
    record = evolve(feedback("1"), additional_fields=MappingProxyType({"q": 5}))
    assert record_of(record) == record_of(evolve(record, additional_fields={"q": 5}))
    assert json.loads(encode(record_of(record)))["additional_fields"] == {"q": 5}


@given(st.datetimes(*YEARS, timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3)), ZoneInfo("America/Lima")])))
@example(datetime.min.replace(tzinfo=UTC))
@example(datetime.max.replace(tzinfo=UTC))
def test_an_instant_is_written_in_whole_seconds_of_utc(posted_at: datetime) -> None:
    record = evolve(feedback("1"), posted_at=posted_at)
    assert record_of(record)["posted_at"] == format_instant(posted_at)


@given(records)
def test_the_columns_of_a_line_are_what_the_line_says_whatever_texts_hold(record: Feedback) -> None:
    """Also where a text looks like the key at which the line is cut."""
    line = encode(record_of(record))
    own, fields = columns_of(line)
    assert own | {"additional_fields": json.loads(fields)} == json.loads(line) == repaired(record_of(record))
    assert fields.encode() == encode(record.additional_fields)
