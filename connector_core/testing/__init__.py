"""The tests that a plugin gets for free: whole contracts, run by pytest against a source or a target.

Needs the extra `connector-core[testing]`; a plain run never imports this package. Its names are looked up on first use,
so that the processes which checks start need not load pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector_core.testing.contract import Check, NotShownError
    from connector_core.testing.source import SOURCE_CHECKS, source_contract
    from connector_core.testing.source_case import SourceCase

__all__ = ["SOURCE_CHECKS", "Check", "NotShownError", "SourceCase", "source_contract"]

_HOMES = {
    "Check": "contract",
    "NotShownError": "contract",
    "SOURCE_CHECKS": "source",
    "SourceCase": "source_case",
    "source_contract": "source",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
