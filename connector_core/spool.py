"""The bytes of one long body: in memory while they are few, else in an unnamed file that goes with its last holder."""

import os
import weakref
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

from attrs import field, frozen

from connector_core.longlist import runs
from connector_core.model import Json

IN_MEMORY = 2**20
"""Bytes of one body that are kept in memory."""

_PIECE = 2**18


@frozen(eq=False)
class LongList:
    """The records of a body, decoded anew each time they are gone over; from many threads at once, if need be."""

    _start: bytes = field(repr=False)
    _file: IO[bytes] | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Json]:
        """Each record in turn.

        Raises:
            ValueError: this is no JSON array.
        """
        for run in runs(self._pieces()):
            yield from run

    def _pieces(self) -> Iterator[bytes]:
        yield self._start
        place = 0
        while self._file and (piece := os.pread(self._file.fileno(), _PIECE, place)):
            yield piece
            place += len(piece)


def received(pieces: Iterable[bytes]) -> LongList:
    """Keep all that comes; nothing of it outlives the value.

    Raises:
        OSError: the disk is full.
    """
    start, file = bytearray(), None
    try:
        for piece in pieces:
            if file is None and len(start) + len(piece) <= IN_MEMORY:
                start += piece
            else:
                file = file or TemporaryFile(buffering=0)  # noqa: SIM115 - its holder closes it
                view = memoryview(piece)
                while view:
                    view = view[file.write(view) :]
    except BaseException:
        if file:
            file.close()
        raise
    whole = LongList(bytes(start), file)
    if file:
        weakref.finalize(whole, file.close)
    return whole
