"""Birdie's ingestion API on loopback: strict about bodies, idempotent by id, and unreliable on request."""

from birdie_simulator.behaviour import Behaviour, Fault
from birdie_simulator.schema import FEEDBACK
from birdie_simulator.server import FEEDBACK_PATH, KEY, SCHEMAS_PATH, WEBHOOK_PATH, Server, serve
from birdie_simulator.store import Counts

__all__ = [
    "FEEDBACK",
    "FEEDBACK_PATH",
    "KEY",
    "SCHEMAS_PATH",
    "WEBHOOK_PATH",
    "Behaviour",
    "Counts",
    "Fault",
    "Server",
    "serve",
]
