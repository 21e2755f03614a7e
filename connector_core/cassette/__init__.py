"""Recordings of HTTP in vcrpy's own file format: made below `requests`, replayed below `requests`, nothing patched.

Needs the extra `connector-core[cassette]`; a plain run never imports this package. `RecordingAdapter`, which brings
vcrpy, is looked up on first use: a replay needs none of it.
"""

from typing import TYPE_CHECKING, Any

from connector_core.cassette.reader import load
from connector_core.cassette.recording import Asked, Interaction, Recording, Session
from connector_core.cassette.replay import ReplayAdapter
from connector_core.cassette.scrub import Scrub

if TYPE_CHECKING:
    from connector_core.cassette.recorder import RecordingAdapter

__all__ = [
    "Asked",
    "Interaction",
    "Recording",
    "RecordingAdapter",
    "ReplayAdapter",
    "Scrub",
    "Session",
    "load",
]


def __getattr__(name: str) -> Any:
    if name != "RecordingAdapter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from connector_core.cassette.recorder import RecordingAdapter  # noqa: PLC0415

    return RecordingAdapter
