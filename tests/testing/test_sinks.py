"""The core's own targets keep the contract of load plugins."""

from connector_core.testing import SinkCase, sink_contract
from tests.simulated import records_of_lines, records_of_table

test_a_table = sink_contract(
    SinkCase(
        target=lambda folder: f"sqlite:///{folder}/feedback.db",
        read=lambda folder: records_of_table(folder / "feedback.db"),
    )
)
test_a_log = sink_contract(
    SinkCase(
        target=lambda folder: f"jsonl:{folder}/feedback.jsonl",
        read=lambda folder: records_of_lines(folder / "feedback.jsonl"),
        state=lambda folder: f"{folder}/elsewhere.state",
        log=True,
        deletes=False,
    )
)
