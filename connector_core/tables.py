"""The tables of a journal: what every file of ours keeps, beside the records or in a state file of its own."""

from functools import lru_cache
from hashlib import blake2b

from connector_core.database import Layout

_CONNECTION = """CREATE TABLE connector_connection (
  name TEXT PRIMARY KEY, runs INTEGER NOT NULL, begin TEXT, fingerprint TEXT) WITHOUT ROWID"""
_PARTITION = """CREATE TABLE connector_partition (
  connection TEXT NOT NULL, key TEXT NOT NULL, low_water TEXT, high_water TEXT,
  window_start TEXT, window_end TEXT, cursor TEXT, PRIMARY KEY (connection, key)) WITHOUT ROWID"""
_REJECT = """CREATE TABLE connector_reject (
  connection TEXT NOT NULL, key TEXT NOT NULL, partition TEXT NOT NULL, reason TEXT NOT NULL, path TEXT NOT NULL,
  digest BLOB NOT NULL, rejected_at TEXT NOT NULL, posted_at TEXT, raw BLOB NOT NULL,
  run_no INTEGER NOT NULL, PRIMARY KEY (connection, key))"""
_SKIP = """CREATE TABLE connector_skip (
  connection TEXT NOT NULL, id TEXT NOT NULL, partition TEXT NOT NULL, reason TEXT NOT NULL, posted_at TEXT,
  PRIMARY KEY (connection, id)) WITHOUT ROWID"""
_SEEN = """CREATE TABLE connector_seen (
  id TEXT PRIMARY KEY, rating TEXT NOT NULL, posted_at TEXT NOT NULL, connection TEXT NOT NULL, partition TEXT NOT NULL,
  digest BLOB NOT NULL, run_no INTEGER NOT NULL) WITHOUT ROWID"""
_SEEN_BY_KEY = """CREATE TABLE connector_seen (
  key BLOB PRIMARY KEY, id TEXT NOT NULL, rating TEXT NOT NULL, posted_at TEXT NOT NULL, connection TEXT NOT NULL,
  partition TEXT NOT NULL, digest BLOB NOT NULL, run_no INTEGER NOT NULL)"""
"""Rows stand in the order in which they came, so that those of a time that is read again are neighbours; what is random
is a small index."""
_KEYED = (
    "ALTER TABLE connector_seen RENAME TO connector_seen_by_id",
    _SEEN_BY_KEY,
    """INSERT INTO connector_seen SELECT connector_key(id), id, rating, posted_at, connection, partition, digest, run_no
       FROM connector_seen_by_id ORDER BY posted_at""",
    "DROP TABLE connector_seen_by_id",
)
_FILE = "CREATE TABLE connector_file (inode TEXT NOT NULL, length INTEGER NOT NULL)"

TABLES = (_CONNECTION, _PARTITION, _REJECT, _SKIP)
"""What every journal keeps, in whatever file."""

_TARGET = "CREATE TABLE connector_target (name TEXT NOT NULL)"

_REMEMBERED = 2_500
"""Keys of a commit, more or less: each is looked for first, and kept then."""


@lru_cache(_REMEMBERED)
def key_of(id: str) -> bytes | str:  # noqa: A002 - the record's own word
    """What `connector_seen` is searched by: shorter than an id, and no other's.

    A lone surrogate is no text; an id with one is its own key, which SQLite refuses to look for like any such value.
    """
    try:
        return blake2b(id.encode(), digest_size=16).digest()
    except UnicodeEncodeError:
        return id


STATE = Layout(
    mark=0x43437374,
    steps=((*TABLES, _SEEN, _FILE), (_TARGET,), _KEYED),
    functions={"connector_key": key_of},
)
"""A journal's own file, beside its target."""
