"""What is about to be appended to a file, kept in one of its own until a journal knows that it is there.

It is not kept in the journal: SQLite would write it twice, and look after each of its pages.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

_HEAD = struct.Struct(">QQ")
"""Where in the file it goes, and how many bytes of it follow; more may stand behind them, of a longer one before."""


def keep(path: str, place: int, size: int, pieces: Iterable[bytes]) -> None:
    """Make an intent durable, of so many bytes that come in pieces.

    One that is torn does no harm: nothing was appended before it was whole.

    Raises:
        OSError: it is not durable.
    """
    is_new = not Path(path).exists()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb", buffering=0) as file:
        write(file, _HEAD.pack(place, size))
        for piece in pieces:
            write(file, piece)
        os.fsync(file.fileno())
    if is_new:
        sync(Path(path).parent)


def kept(path: str, place: int) -> bytes:
    """What was about to be appended at this place; nothing where that cannot be told."""
    try:
        intent = Path(path).read_bytes()
    except OSError:
        return b""
    meant, size = _HEAD.unpack_from(intent.ljust(_HEAD.size, b"\0"))
    return intent[_HEAD.size : _HEAD.size + size] if meant == place else b""


def write(out: BinaryIO, body: bytes) -> None:
    """Write all of it, however little a call takes."""
    left = memoryview(body)
    while left:
        left = left[out.write(left) :]


def sync(folder: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
