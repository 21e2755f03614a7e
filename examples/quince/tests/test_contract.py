"""The whole contract of a source, on the recording and against the simulator."""

from pathlib import Path

from connector_core.testing import SourceCase, source_contract
from quince.simulator import KEY, Account, serving

HERE = Path(__file__).parent


def config(account: Account) -> dict[str, object]:
    """The configuration that reads a served account."""
    return {"connection_details": {"key": KEY, "base_url": account.url}}


test_on_the_recording = source_contract(SourceCase(plugin="quince", cassette=HERE / "cassettes/first.yaml"))
test_against_the_simulator = source_contract(SourceCase(plugin="quince", config=config, server=serving))
