"""The tests that a plugin gets for free: whole contracts, run by pytest against a source or a target.

Needs the extra `connector-core[testing]`; a plain run never imports this package.
"""

from connector_core.testing.contract import Check, NotShownError
from connector_core.testing.sink_case import SinkCase
from connector_core.testing.sink_checks import sink_contract

__all__ = ["Check", "NotShownError", "SinkCase", "sink_contract"]
