"""JSON lines: `jsonl:path` is a log, exactly once, a line for each version of an answer; `jsonl:-` is standard output.

The file cannot hold cursors, so a journal does. A write is: keep beside the journal what is about to be appended;
append it and flush it to disk; keep in the journal that it is there, with the cursors. A run that finds more in the
file than the journal knows of was preceded by one that was killed in between: what is the intent's is cut off, and
will be read and appended again.
"""

import os
import stat
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

from connector_core import intent
from connector_core.builtin import BUILT_IN
from connector_core.database import Database, open_database
from connector_core.errors import ConfigError, TargetError
from connector_core.hookspecs import hookimpl
from connector_core.journal import Journal
from connector_core.lock import Lock, hold
from connector_core.model import Destination
from connector_core.sink import Sink
from connector_core.tables import STATE
from connector_core.target import Delivery

_LINES = 100
"""So many are written at once."""

_NOTED = "SELECT inode, length FROM connector_file"
"""Which file the journal knows, and how many of its bytes."""


@hookimpl
def destination() -> Destination:
    """See `forms`."""
    return Destination(forms=BUILT_IN["jsonl"])


@hookimpl
def load(target: str, connection: str, state: str | None) -> Sink | None:
    """Take `jsonl:path` and `jsonl:-`."""
    if not target.startswith("jsonl:"):
        return None
    path = target.removeprefix("jsonl:")
    if not path or path.startswith("//"):  # a URL by habit, which would be a file in the root folder
        raise ConfigError(f"--to {target}: write jsonl:path/of/a/file.jsonl, or jsonl:- for standard output")
    if path != "-":
        state = state or f"{path}.state"
        if _size(path) and _size(state) is None:
            raise TargetError(f"{path}: is not empty, and there is no {state} that knows it; give another path")
    database = open_database(state or ":memory:", STATE)
    try:
        return Journal(database, connection, open_stream(database) if path == "-" else open_log(database, path))
    except BaseException:
        database.close()
        raise


def open_stream(database: Database) -> "Stream":
    """Write to standard output.

    Raises:
        ConfigError: the journal is that of a file.
    """
    if database.select("SELECT 1 FROM connector_file"):
        raise ConfigError(f"--state {database.path}: belongs to a file of JSON lines; give another path")
    return Stream(database, sys.stdout.buffer)


def open_log(database: Database, path: str) -> "Log":
    """Open a log, or begin one, and cut off what a run that was killed has left behind its last commit.

    Raises:
        ConfigError: this is no file, or the journal is that of another target.
        TransientError: another process has it open, with another state.
        TargetError: the file is not as our last run left it; nothing was touched.
    """
    noted, size = database.select(_NOTED), _size(path)
    if not noted and (size or database.select("SELECT 1 FROM connector_seen LIMIT 1")):
        raise ConfigError(f"{path}: {database.path} is the state of another target; give another path or --state")
    if noted and size is None:
        raise TargetError(
            f"{path}: is not there, but {database.path} is the state of a file; put that back, or move the state away"
        )
    lock = hold(path)
    try:
        file = open(path, "a+b", buffering=0, opener=partial(os.open, mode=0o600))  # noqa: SIM115 - closed by the log
    except OSError as error:
        lock.release()
        raise TargetError(f"{path}: cannot be opened for writing ({error.strerror}); give another path") from None
    log = Log(database, file, path, lock)
    try:
        if noted:
            log.recover(*noted[0])
        else:
            log.begin()
    except BaseException:
        log.close()
        raise
    return log


def _size(path: str) -> int | None:
    """How many bytes a file holds; None where there is none."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"--to jsonl:{path}: is no file that can grow; write jsonl:- for standard output")
    return status.st_size


@frozen
class Log:
    """An append-only file. Its inode and committed length stand in `connector_file`, what is appended in `intent`."""

    database: Database
    file: BinaryIO
    path: str
    lock: Lock
    seen: None = None

    @property
    def intent(self) -> str:
        """The file of what is about to be appended."""
        return f"{self.database.path}-intent"

    def begin(self) -> None:
        """Tell the journal of a new file, once its folder is sure to hold it."""
        intent.sync(Path(self.path).parent)
        with self.database.transaction():
            inode = str(os.fstat(self.file.fileno()).st_ino)  # as text: some file systems use all 64 bits
            self.database.db.execute("INSERT INTO connector_file (inode, length) VALUES (?, 0)", (inode,))

    def recover(self, inode: object, length: object) -> None:
        """Bring the file back to what the journal is sure of.

        Raises:
            TargetError: it holds something else than our own words, or the journal does; nothing was touched.
        """
        if not isinstance(length, int) or length < 0:
            raise self._changed(f"cannot be gone on with: {self.database.path} is damaged")
        status = os.fstat(self.file.fileno())
        if str(status.st_ino) != inode:
            raise self._changed(f"is not the file that {self.database.path} knows, which may be that of another target")
        if status.st_size < length:
            raise self._changed(f"holds {status.st_size} bytes where our last run left {length}")
        if status.st_size > length:
            self.file.seek(length)
            meant = intent.kept(self.intent, length)
            if not meant.startswith(self.file.read(len(meant) + 1)):
                raise self._changed(f"holds what our last run did not write, behind its {length} bytes")
            self.file.truncate(length)
            os.fsync(self.file.fileno())

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """See `Target`."""
        lines = [delivery.row.line for delivery in deliveries]
        size = sum(map(len, lines)) + len(lines)
        if size:
            self.database.look()
            ((length,),) = self.database.select("SELECT length FROM connector_file")
            self._append(length, size, lines)
        with self.database.transaction():
            self.database.db.execute("UPDATE connector_file SET length = length + ?", (size,))
            yield

    def _append(self, length: int, size: int, lines: Sequence[bytes]) -> None:
        self._expect(length)
        try:
            intent.keep(self.intent, length, size, _pieces(lines))
            for piece in _pieces(lines):
                intent.write(self.file, piece)
            os.fsync(self.file.fileno())
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}; the next run goes on from the last commit") from None
        self._expect(length + size)

    def _expect(self, size: int) -> None:
        """Check that nobody else has touched the file."""
        ours = os.fstat(self.file.fileno())
        try:
            there = Path(self.path).stat()
        except OSError:
            raise self._changed("was taken away during the run") from None
        if ours.st_size != size or not os.path.samestat(ours, there):
            raise self._changed("was changed during the run by somebody else")

    def _changed(self, how: str) -> TargetError:
        better = f"put the file back as it was, or move it and {self.database.path} away to begin anew"
        return TargetError(f"{self.path}: {how}; {better}")

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`; a log only grows."""
        raise ConfigError(f"--prune: nothing can be deleted from JSON lines ({self.path}); use a database target")

    def close(self) -> None:
        """See `Target`. Where more was appended than the journal knows of, the next run needs the intent."""
        with suppress(TargetError, OSError):
            status = os.fstat(self.file.fileno())
            if (str(status.st_ino), status.st_size) in self.database.select(_NOTED):
                Path(self.intent).unlink(missing_ok=True)
        self.file.close()
        self.lock.release()


@frozen
class Stream:
    """Standard output: at least once, up to a successful flush."""

    database: Database
    out: BinaryIO
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """See `Target`."""
        try:
            for piece in _pieces([delivery.row.line for delivery in deliveries]):
                intent.write(self.out, piece)
            self.out.flush()
        except BrokenPipeError:
            raise TargetError("standard output was closed by its reader; the rest was not written") from None
        except OSError as error:
            raise TargetError(f"standard output: {error.strerror}; the rest was not written") from None
        with self.database.transaction():
            yield

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`; what was written is gone."""
        raise ConfigError("--prune: nothing can be deleted from standard output; use a database target")

    def close(self) -> None:
        """See `Target`; it is not ours to close."""


def _pieces(lines: Sequence[bytes]) -> Iterator[bytes]:
    """The lines, some at a time: they are in memory already, and need not be there twice."""
    for first in range(0, len(lines), _LINES):
        yield b"\n".join([*lines[first : first + _LINES], b""])
