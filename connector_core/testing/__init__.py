"""The tests that a plugin gets for free: whole contracts, run by pytest against a source or a target.

Needs the extra `connector-core[testing]`; a plain run never imports this package.
"""

from connector_core.testing.contract import Check, NotShownError
from connector_core.testing.source import SOURCE_CHECKS, source_contract
from connector_core.testing.source_case import SourceCase

__all__ = ["SOURCE_CHECKS", "Check", "NotShownError", "SourceCase", "source_contract"]
