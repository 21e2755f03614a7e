"""The host of trustworthy customer-feedback imports: what a plugin author needs, by name.

All of it is light. `HttpClient`, which brings `requests`, and `encode`, which brings `orjson`, are looked up on first
use, so that naming a plugin's hooks and settings stays cheap.
"""

from typing import TYPE_CHECKING, Any

from connector_core.endpoint import Budget, Call, Endpoint, Response
from connector_core.errors import (
    ConfigError,
    ConnectorError,
    SourceError,
    TargetError,
    TooLargeError,
    TransientError,
)
from connector_core.hookspecs import hookimpl
from connector_core.model import (
    Counted,
    Description,
    Destination,
    Feedback,
    Finding,
    Json,
    Mapper,
    Outcome,
    Page,
    Partition,
    Personal,
    Reject,
    Selects,
    Skip,
    Transaction,
    Unimportable,
    Window,
)
from connector_core.settings import section, setting
from connector_core.times import format_instant, instant_reader

if TYPE_CHECKING:
    from connector_core.http import HttpClient
    from connector_core.jsontext import encode

__all__ = [
    "Budget",
    "Call",
    "ConfigError",
    "ConnectorError",
    "Counted",
    "Description",
    "Destination",
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
    "Selects",
    "Skip",
    "SourceError",
    "TargetError",
    "TooLargeError",
    "Transaction",
    "TransientError",
    "Unimportable",
    "Window",
    "encode",
    "format_instant",
    "hookimpl",
    "instant_reader",
    "section",
    "setting",
]


def __getattr__(name: str) -> Any:
    if name == "HttpClient":
        from connector_core.http import HttpClient  # noqa: PLC0415

        return HttpClient
    if name == "encode":
        from connector_core.jsontext import encode  # noqa: PLC0415

        return encode
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
