"""JSON lines: `jsonl:path` is a log, exactly once, a line for each version of an answer; `jsonl:-` is standard output.

The file cannot hold cursors, so a journal does. A write is: say in the journal what is about to be appended, append
and flush it to disk, then say in the journal that it is there, with the cursors. A run that finds an announcement
without its confirmation was killed in between: it cuts the file back to where the journal is sure of it.
"""

import json
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from attrs import define

from connector_core.errors import ConfigError, TargetError
from connector_core.hookspecs import hookimpl
from connector_core.journal import Journal, connect
from connector_core.sink import History, Memory, Portion, Sink, Stored


@hookimpl
def load(target: str, connection: str, state: str | None) -> Sink | None:
    """Take `jsonl:path` and `jsonl:-`."""
    if not target.startswith("jsonl:"):
        return None
    path = target.removeprefix("jsonl:")
    if path == "-":
        journal = Journal(connect(state or ":memory:"), connection, state or "memory")
        return JsonlSink(journal, sys.stdout.buffer, None)
    if not path or Path(path).is_dir() or not Path(path).parent.is_dir():
        raise ConfigError(f"--to {target}: write jsonl:path/of/a/file.jsonl in a folder that exists, or jsonl:-")
    state = state or f"{path}.state"
    journal = Journal(connect(state), connection, state)
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
    except OSError as error:
        raise TargetError(f"{path}: cannot be opened for writing ({error.strerror})") from None
    sink = JsonlSink(journal, file, path)
    sink.recover()
    return sink


@define
class JsonlSink:
    """An append-only file, or standard output when `path` is None, and its journal."""

    journal: Journal
    file: BinaryIO
    path: str | None

    def recover(self) -> None:
        """Bring file and journal together after a run that was killed.

        Raises:
            TargetError: the file is not as our last run left it; nothing was touched.
        """
        noted = self._noted()
        length, announced = noted.get("length", 0), noted.get("announced", 0)
        status = os.fstat(self.file.fileno())
        journal = self.journal.path
        if not noted and status.st_size:
            raise TargetError(f"{self.path}: is not empty, and {journal} knows nothing of it; give another path")
        if noted and noted["file"] != _identity(status):
            raise TargetError(
                f"{self.path}: is not the file that {journal} describes; put that back, or move {journal} away"
            )
        if not length <= status.st_size <= length + announced:
            raise TargetError(
                f"{self.path}: holds {status.st_size} bytes where our last run left {length}: somebody else changed it;"
                " nothing was touched"
            )
        if status.st_size > length:
            self.file.truncate(length)
            os.fsync(self.file.fileno())
        with self.journal.transaction():
            self._note(length, 0)

    def history(self) -> History:
        """See `Sink.history`."""
        return self.journal.history()

    def remember(self, memory: Memory) -> None:
        """See `Sink.remember`."""
        self.journal.remember(memory)

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink.write`."""
        with self.journal.transaction():
            verdicts = self.journal.judge(portions)
            body = b"".join(row.line + b"\n" for verdict in verdicts for row in verdict.fresh)
            length = self._noted().get("length", 0) if self.path else 0
            if self.path:
                self._note(length, len(body))
        if body:
            self._append(length, body)
        with self.journal.transaction():
            for portion, verdict in zip(portions, verdicts, strict=True):
                self.journal.keep_digests(portion, verdict)
                self.journal.keep(portion, verdict)
            if self.path:
                self._note(length + len(body), 0)
        return [verdict.stored for verdict in verdicts]

    def _append(self, length: int, body: bytes) -> None:
        try:
            if self.path:
                status, now = os.fstat(self.file.fileno()), Path(self.path).stat()
                if status.st_size != length or _identity(status) != _identity(now):
                    raise TargetError(f"{self.path}: somebody else changed it during the run; nothing more was written")
                self.file.seek(length)
            view = memoryview(body)
            while view:
                view = view[self.file.write(view) :]
            self.file.flush()
            if self.path:
                os.fsync(self.file.fileno())
        except BrokenPipeError:
            raise TargetError("standard output was closed by its reader; the rest was not written") from None
        except OSError as error:
            raise TargetError(
                f"{self.path or 'standard output'}: {error.strerror}; the next run goes on from the last commit"
            ) from None

    def _noted(self) -> dict[str, Any]:
        found = self.journal.db.execute("SELECT value FROM connector_meta WHERE key = 'jsonl'").fetchone()
        return json.loads(found[0]) if found else {}

    def _note(self, length: int, announced: int) -> None:
        noted = {"file": _identity(os.fstat(self.file.fileno())), "length": length, "announced": announced}
        self.journal.db.execute("INSERT OR REPLACE INTO connector_meta VALUES ('jsonl', ?)", (json.dumps(noted),))

    def gone(self, partitions: Collection[str]) -> Sequence[str]:
        """See `Sink.gone`."""
        return self.journal.gone(partitions)

    def prune(self, ids: Sequence[str]) -> None:
        """See `Sink.prune`: a log only grows."""
        raise ConfigError(
            f"--prune: JSON lines are a log, nothing can be deleted from them ({len(ids)} ids); use a database target"
        )

    def reset(self, partitions: Collection[str] | None) -> int:
        """See `Sink.reset`."""
        return self.journal.reset(partitions)

    def close(self) -> None:
        """See `Sink.close`."""
        if self.path:
            self.file.close()
        self.journal.close()


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"
