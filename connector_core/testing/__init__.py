"""The tests that a plugin gets for free: whole contracts, run by pytest against a source or a target.

Needs the extra `connector-core[testing]`; a plain run never imports this package. Its names are looked up on first use,
so that the processes which checks start need not load pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector_core.testing.contract import Check, NotShownError
    from connector_core.testing.sink_case import SinkCase
    from connector_core.testing.sink_checks import SINK_CHECKS, sink_contract
    from connector_core.testing.source import SOURCE_CHECKS, source_contract
    from connector_core.testing.source_case import SourceCase

__all__ = [
    "SINK_CHECKS",
    "SOURCE_CHECKS",
    "Check",
    "NotShownError",
    "SinkCase",
    "SourceCase",
    "sink_contract",
    "source_contract",
]

_HOMES = {
    "Check": "contract",
    "NotShownError": "contract",
    "SINK_CHECKS": "sink_checks",
    "SOURCE_CHECKS": "source",
    "SinkCase": "sink_case",
    "SourceCase": "source_case",
    "sink_contract": "sink_checks",
    "source_contract": "source",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
