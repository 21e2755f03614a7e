"""The file in which processes share the request budgets of APIs: losing it costs a wait, and nothing else."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from hashlib import scrypt
from pathlib import Path
from typing import TypeVar

from connector_core.endpoint import Endpoint
from connector_core.httptext import origin

PATIENCE = 2.0
"""Seconds that we wait for another process that writes."""

T = TypeVar("T")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS lease (id BLOB PRIMARY KEY, key TEXT, permits INTEGER, ends REAL)",
    "CREATE TABLE IF NOT EXISTS blocked (key TEXT PRIMARY KEY, ends REAL)",
)


def key_of(endpoint: Endpoint) -> str:
    """Whose budget it is: an origin and a token, made dear enough that trying out tokens does not pay."""
    told = {name.lower(): value for name, value in endpoint.headers.items()}
    whose = json.dumps([origin(endpoint.base_url), told.get("authorization") or sorted(told.items())])
    return scrypt(whose.encode(), salt=b"connector-core budget", n=2**12, r=8, p=1, dklen=16).hex()


def opened(file: Path | None) -> sqlite3.Connection:
    """A database with our tables. A process that is killed leaves it whole; a machine that crashes may not."""
    if file is not None:
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = sqlite3.connect(file or ":memory:", PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = OFF")
        transaction(db, lambda db: [db.execute(statement) for statement in _SCHEMA])
    except sqlite3.Error:
        db.close()
        raise
    return db


def transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """What some work gives, done in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        done = work(db)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    return done
