"""`connector-run` that dies by SIGKILL at one exact point: `python -m tests.mortal statement:40 -- ARGUMENTS`.

The points are counted by kind: each statement of SQLite before it is made; before and after each `COMMIT`; before,
within and after each write to a file of JSON lines; before and after each time that it is flushed to the disk. Each
page is a commit of its own here, so that there are many.
"""

import builtins
import os
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from connector_core import jsonl, run
from connector_core.cli import run_command
from connector_core.sink import Batch
from tests.dying import Fuse, MortalFile

SQLITE = ("statement", "commit")
JSONL = (*SQLITE, "write", "fsync")
"""The kinds of points that a run of each target comes to."""


def mortal_connection(fuses: dict[str, Fuse], plain: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
    """A kind of connection before whose every statement, and after whose every commit, the process may die."""

    class Mortal(plain):  # type: ignore[misc, valid-type]  # what it extends is the core's own
        def execute(self, statement: str, *values: Any) -> Any:
            fuses["statement"].point()
            if statement != "COMMIT":
                return super().execute(statement, *values)
            fuses["commit"].point()
            done = super().execute(statement, *values)
            fuses["commit"].point()
            return done

        def executemany(self, *arguments: Any) -> Any:
            fuses["statement"].point()
            return super().executemany(*arguments)

    return Mortal


def mortal_fsync(fuse: Fuse, plain: Callable[[int], None], descriptor: int) -> None:
    """Flush to the disk, or die before or after it."""
    fuse.point()
    plain(descriptor)
    fuse.point()


def main(kind: str, number: int, arguments: list[str]) -> None:
    """Put the fuses in, and run."""
    fuses = {name: Fuse(number if name == kind else 0) for name in JSONL}
    connect, plain = sqlite3.connect, builtins.open

    def mortal_connect(*given: Any, factory: Any = sqlite3.Connection, **more: Any) -> sqlite3.Connection:
        return connect(*given, factory=mortal_connection(fuses, factory), **more)

    def mortal_open(*given: Any, **more: Any) -> Any:
        return MortalFile(plain(*given, **more), fuses["write"])

    setattr(sqlite3, "connect", mortal_connect)  # noqa: B010 - not what its type says, and only here
    setattr(jsonl, "open", mortal_open)  # noqa: B010 - the module has none of its own
    os.fsync = partial(mortal_fsync, fuses["fsync"], os.fsync)
    batches, each_page = run._batches, Batch(seconds=0.0)
    setattr(run, "_batches", lambda steps, clock, _: batches(steps, clock, each_page))  # noqa: B010 - a commit
    run_command(arguments)


if __name__ == "__main__":
    point, _, *rest = sys.argv[1:]
    main(point.partition(":")[0], int(point.partition(":")[2]), rest)
