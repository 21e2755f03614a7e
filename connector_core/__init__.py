"""The host of trustworthy customer-feedback imports: what a plugin author needs, by name.

Names are looked up on first use, so that importing the package (for `--help`, say) loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector_core.errors import ConfigError, ConnectorError, SourceError, TargetError, TransientError
    from connector_core.hookspecs import hookimpl
    from connector_core.http import Call, HttpClient, Response
    from connector_core.model import (
        Budget,
        Description,
        Endpoint,
        Feedback,
        Finding,
        Json,
        Mapper,
        Outcome,
        Page,
        Partition,
        Personal,
        Reject,
        Skip,
        Transaction,
        Unimportable,
        Window,
    )
    from connector_core.settings import section, setting
    from connector_core.times import format_instant, instant_reader

__all__ = [
    "Budget",
    "Call",
    "ConfigError",
    "ConnectorError",
    "Description",
    "Endpoint",
    "Feedback",
    "Finding",
    "HttpClient",
    "Json",
    "Mapper",
    "Outcome",
    "Page",
    "Partition",
    "Personal",
    "Reject",
    "Response",
    "Skip",
    "SourceError",
    "TargetError",
    "Transaction",
    "TransientError",
    "Unimportable",
    "Window",
    "format_instant",
    "hookimpl",
    "instant_reader",
    "section",
    "setting",
]

_HOMES = {
    "connector_core.errors": (
        "ConfigError",
        "ConnectorError",
        "SourceError",
        "TargetError",
        "TransientError",
    ),
    "connector_core.hookspecs": ("hookimpl",),
    "connector_core.http": ("Call", "HttpClient", "Response"),
    "connector_core.settings": ("section", "setting"),
    "connector_core.times": ("format_instant", "instant_reader"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "connector_core.model")
    return getattr(import_module(home), name)
