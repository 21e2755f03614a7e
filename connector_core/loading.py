"""What an author of a load plugin needs, by name: what a sink gets and promises, and a journal to be its memory.

Sources import nothing of this; the journal brings SQLite.
"""

from connector_core.database import Database, open_database
from connector_core.journal import Journal
from connector_core.sink import (
    Delivery,
    Held,
    History,
    Memory,
    Place,
    Portion,
    Refused,
    Row,
    Sink,
    Stored,
    Target,
)
from connector_core.tables import STATE

__all__ = [
    "STATE",
    "Database",
    "Delivery",
    "Held",
    "History",
    "Journal",
    "Memory",
    "Place",
    "Portion",
    "Refused",
    "Row",
    "Sink",
    "Stored",
    "Target",
    "open_database",
]
