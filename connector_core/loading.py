"""What an author of a load plugin needs, by name: what a sink gets and promises, and a journal to be its memory.

Sources import nothing of this; the journal brings SQLite.
"""

import json
from hashlib import blake2b
from typing import Any

from connector_core.database import Database, open_database
from connector_core.errors import ConfigError
from connector_core.hookspecs import Connect
from connector_core.journal import Journal
from connector_core.jsontext import encode
from connector_core.settings import settings_of
from connector_core.sink import (
    Batch,
    Held,
    History,
    Memory,
    Place,
    Portion,
    Refused,
    Row,
    Sink,
    Stored,
)
from connector_core.tables import STATE
from connector_core.target import Delivery, Refusal, Target

__all__ = [
    "STATE",
    "Batch",
    "Connect",
    "Database",
    "Delivery",
    "Held",
    "History",
    "Journal",
    "Memory",
    "Place",
    "Portion",
    "Refusal",
    "Refused",
    "Row",
    "Sink",
    "Stored",
    "Target",
    "encode",
    "form_of",
    "open_database",
    "open_state",
]


def open_state(path: str, target: str) -> Database:
    """Open the file in which a journal keeps what it knows of one target, or make it.

    Args:
        path: of the file: what the user gave with `--state`, or one beside the target.
        target: what tells this target from all others: where it is, without any secret.

    Raises:
        ConfigError: it is the state of another target, its folder is missing, or it is a file of something else.
        TransientError: another process has it open.
        TargetError: it cannot be opened, or is damaged.
    """
    database = open_database(path, STATE)
    try:
        known = _target_of(database)
        if known not in (None, target):
            raise ConfigError(f"{path}: is the state of {known}, not of {target}; give another path with --state")  # noqa: TRY301 - to be closed
        if known is None:
            with database.transaction():
                database.db.execute("INSERT INTO connector_target VALUES (?)", (target,))
    except BaseException:
        database.close()
        raise
    return database


def _target_of(database: Database) -> str | None:
    """Whose state this is; None of a new one."""
    names = database.select("SELECT name FROM connector_target")
    if names:
        return str(names[0][0])
    used = [database.select(f"SELECT 1 FROM {table} LIMIT 1") for table in ("connector_file", "connector_seen")]  # noqa: S608
    return "another target" if any(used) else None


def form_of(config: Any) -> bytes:
    """A digest of the settings that shape what a target makes of records, for `Journal.form`; of none, nothing."""
    shaping = {path: value for path, rule, value in settings_of(config) if rule.shapes}
    return blake2b(json.dumps(shaping, sort_keys=True).encode(), digest_size=16).digest() if shaping else b""
