"""Imports that are killed at every point, and gone on with: `python -m tests.dying sqlite|jsonl FOLDER`.

Prints how many points there were. A child of this process dies at each of them by SIGKILL, inside a statement's
turn at the database or a write to the file; the import is then made again, and the target must be as if nothing had
happened. It runs in a process of its own because it forks.
"""

import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import structlog
from attrs import define

from connector_core.database import open_database
from connector_core.journal import Journal
from connector_core.jsonl import open_log
from connector_core.sink import Sink
from connector_core.sqlite import TARGET, Table
from connector_core.tables import STATE
from tests.fakes import Ledger, hour, imported


@define
class Fuse:
    """Kills this process at the n-th point it is shown; for 0, never."""

    left: int

    def point(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@define
class MortalConnection:
    """A database before whose every statement the process may die."""

    inner: sqlite3.Connection
    fuse: Fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        self.fuse.point()
        return self.inner.execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        self.fuse.point()
        return self.inner.executemany(*arguments)


@define
class MortalFile:
    """A file before, within and after whose every write the process may die."""

    inner: Any
    fuse: Fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, body: memoryview) -> int:
        self.fuse.point()
        written: int = self.inner.write(body[: len(body) // 2 or 1])
        self.fuse.point()
        return written


def ledger() -> Ledger:
    """Six answers in two surveys; one of them is rejected and one comes twice."""
    made = Ledger(now=hour(100))
    for number in range(3):
        made.say("a", f"a{number}", number, why="ação " * number)
        made.say("b", f"b{number // 2}", number // 2, {1: "nine"}.get(number // 2, 9))
    return made


def sqlite_sink(folder: Path, fuse: Fuse) -> Sink:
    """A table in a mortal database."""
    opened = open_database(str(folder / "f.db"), TARGET)
    connection: Any = MortalConnection(opened.db, fuse)
    database = attrs.evolve(opened, db=connection)
    return Journal(database, "ledger", Table(database, "ledger"))


def jsonl_sink(folder: Path, fuse: Fuse) -> Sink:
    """A mortal log with a mortal journal."""
    opened = open_database(str(folder / "f.state"), STATE)
    connection: Any = MortalConnection(opened.db, fuse)
    database = attrs.evolve(opened, db=connection)
    log = open_log(database, str(folder / "f.jsonl"))
    file: Any = MortalFile(log.file, fuse)
    return Journal(database, "ledger", attrs.evolve(log, file=file))


def sqlite_content(folder: Path) -> Any:
    """What the table, the rejects and the places are."""
    columns = "id, rating, text, posted_at, partition, digest"
    with closing(sqlite3.connect(folder / "f.db")) as db:
        rows = db.execute(f"SELECT {columns} FROM feedback ORDER BY rowid").fetchall()
        rejects = db.execute("SELECT key, reason FROM connector_reject").fetchall()
        return rows, rejects, db.execute("SELECT key, high_water, cursor FROM connector_partition").fetchall()


def jsonl_content(folder: Path) -> Any:
    """What the file is, and what the journal says of it."""
    with closing(sqlite3.connect(folder / "f.state")) as db:
        seen = db.execute("SELECT id, digest FROM connector_seen").fetchall()
        places = db.execute("SELECT key, high_water, cursor FROM connector_partition").fetchall()
        (length,) = db.execute("SELECT length FROM connector_file").fetchone()
    body = (folder / "f.jsonl").read_bytes()
    assert length == len(body)
    return body, seen, places


KINDS: dict[str, tuple[Callable[[Path, Fuse], Sink], Callable[[Path], Any]]] = {
    "sqlite": (sqlite_sink, sqlite_content),
    "jsonl": (jsonl_sink, jsonl_content),
}


def run(kind: str, folder: Path, point: int = 0) -> None:
    """Import once, each page a commit; dies at the point."""
    folder.mkdir(exist_ok=True)
    with closing(KINDS[kind][0](folder, Fuse(point))) as sink:
        summary = imported(ledger(), sink, tick=2.0)
    assert summary.error is None, summary.error


def dies(kind: str, folder: Path, point: int) -> bool:
    """Import in a child; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            run(kind, folder, point)
        except BaseException as error:  # noqa: BLE001 - a child must not go on as if it were the parent
            sys.stderr.write(f"child: {error!r}\n")
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WIFSIGNALED(status), status
    return status != 0


def main(kind: str, root: Path) -> None:
    """Die at every point, alone and twice in a row, and compare."""
    run(kind, root / "whole")
    whole = KINDS[kind][1](root / "whole")
    for point in count(1):
        folder = root / f"{point}"
        if not dies(kind, folder, point):
            sys.stdout.write(f"{point - 1}\n")
            return
        dies(kind, folder, point // 2 + 1)
        run(kind, folder)
        assert KINDS[kind][1](folder) == whole, point


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    main(sys.argv[1], Path(sys.argv[2]))
