"""Whether a SQLite file is as long as it says of itself, looked at before SQLite does, which would mend or cut it."""

import os
import sqlite3
from pathlib import Path

from connector_core.errors import TargetError

_HEADER = 100
"""Bytes before everything else in a SQLite file."""


def is_whole(path: str, file: int) -> bool:
    """Whether a file is as long as it says of itself; a shorter one may be whole with its `-wal`.

    Raises:
        TargetError: it is not.
    """
    header, size = os.pread(file, _HEADER, 0), os.fstat(file).st_size
    if not size or bytes_of(path, "-journal"):
        return True  # SQLite knows better
    if not header.startswith(b"SQLite format 3\0"):
        raise sqlite3.DatabaseError("file is not a database")  # as SQLite says, which takes a single byte for nothing
    if header[24:28] != header[92:96]:  # what counts changes, and for which of them the count of pages holds
        return True
    pages, page = int.from_bytes(header[28:32]), int.from_bytes(header[16:18])
    expected = pages * (page if page > 1 else 65_536)
    if size > expected:
        raise TargetError(f"{path}: has {size - expected} bytes behind its end that are not ours; take them away")
    if size < expected and not bytes_of(path, "-wal"):
        raise TargetError(
            f"{path}: is cut off ({size} of {expected} bytes); put it back as it was, or give another path"
        )
    return size == expected


def bytes_of(path: str, beside: str = "") -> int:
    """How many bytes a file, or one beside it, holds; 0 where there is none."""
    try:
        return Path(f"{os.path.realpath(path)}{beside}").stat().st_size
    except OSError:
        return 0
