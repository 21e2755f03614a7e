"""The whole contract of a source, against the simulator and on a recording; and what an answer becomes."""

from pathlib import Path

from my_source import map as mapper_of
from my_source import simulator

from connector_core import Feedback, Partition, Reject, Skip
from connector_core.testing import SourceCase, source_contract

HERE = Path(__file__).parent
SCALES = {"nps": (0, 10), "csat": (1, 5)}

test_against_the_simulator = source_contract(
    SourceCase(plugin="my_source", config=simulator.config, server=simulator.serving, scales=SCALES)
)
test_on_the_recording = source_contract(
    SourceCase(plugin="my_source", cassette=HERE / "cassettes/first.yaml", scales=SCALES)
)


def test_an_answer_becomes_a_record() -> None:
    mapper = mapper_of(Partition("s2", "Support", {"kind": "csat"}), id_prefix="my_source:")
    raw = {"id": "1", "score": 4, "answered_at": "2025-03-01T09:00:00-03:00", "comment": "Quick.", "channel": "email"}
    record = mapper(raw)
    assert isinstance(record, Feedback)
    assert (record.id, record.rating, record.text) == ("my_source:1", "4", "Quick.")
    assert record.posted_at.isoformat() == "2025-03-01T12:00:00+00:00"
    assert record.additional_fields == {"interaction.channel": "email"}
    assert isinstance(mapper(raw | {"score": None}), Skip)
    assert mapper(raw | {"score": 6}) == Reject("rating.out_of_scale", "score", record.id, record.posted_at)
