"""Recordings of HTTP in vcrpy's own file format: made below `requests`, replayed below `requests`, nothing patched.

Needs the extra `connector-core[cassette]`; a plain run never imports this package.
"""

from connector_core.cassette.reader import load
from connector_core.cassette.recorder import RecordingAdapter
from connector_core.cassette.recording import Asked, Interaction, Recording, Session
from connector_core.cassette.replay import ReplayAdapter
from connector_core.cassette.scrub import Scrub

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
