"""The records of one long body, whose bytes wait in an unnamed file that goes with its last holder."""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from attrs import field, frozen

from connector_core.errors import SourceError, SpoolError
from connector_core.longlist import is_closed, runs
from connector_core.model import Json

_PIECE = 2**16


@frozen(eq=False)
class LongList:
    """The records of a body, decoded anew each time they are gone over; from many threads at once, if need be.

    Attributes:
        place: where it came from, as errors show it.
    """

    place: str
    _file: IO[bytes] = field(repr=False)

    def __iter__(self) -> Iterator[Json]:
        """Each record in turn.

        Raises:
            SourceError: this is no JSON array; what came before was given already.
            SpoolError: the disk fails.
        """
        passed = 0
        try:
            for run in runs(self.pieces()):
                yield from run
                passed += len(run)
        except ValueError:
            raise SourceError(
                f"{self.place}: the list that it answered is no JSON somewhere after its first {passed:,} records;"
                " progress is kept, run it again; if that stays, ask whoever runs the API"
            ) from None

    def is_closed(self) -> bool:
        """Whether it ends as an array does."""
        with _usable():
            size = os.fstat(self._file.fileno()).st_size
            return is_closed(os.pread(self._file.fileno(), _PIECE, max(0, size - _PIECE)))

    def pieces(self) -> Iterator[bytes]:
        """The body itself."""
        place = 0
        while True:
            with _usable():
                piece = os.pread(self._file.fileno(), _PIECE, place)
            if not piece:
                return
            yield piece
            place += len(piece)


def kept(pieces: Iterable[bytes], place: str) -> LongList:
    """Keep all that comes; nothing of it outlives the value.

    Raises:
        SpoolError: there is no room for it.
    """
    with _usable():
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - its holder closes it
    try:
        for piece in pieces:
            view = memoryview(piece)
            with _usable():
                while view:
                    view = view[file.write(view) :]
    except BaseException:
        file.close()
        raise
    whole = LongList(place, file)
    weakref.finalize(whole, file.close)
    return whole


@contextmanager
def _usable() -> Iterator[None]:
    """The file can be used, or a person must see to it."""
    try:
        yield
    except OSError as error:
        raise SpoolError(
            f"an answer that is too long for memory cannot be kept in {tempfile.tempdir or 'any temporary folder'}"
            f" ({error.strerror}); make room there, or name another folder in TMPDIR; progress is kept,"
            " the same command goes on from there"
        ) from None
